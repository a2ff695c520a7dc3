"""The last row of a student's terminal: what the class wants of them, the keys, and the line that they type into."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap

from textual.events import Key

from engine.diagnostics import display_width
from tui.classroom.room.messages import MAX_TEXT
from tui.glyphs import Glyphs

MORE = 26
"""Columns for the key that reads on."""


def cut(text: str, width: int) -> str:
    """As much of `text` as fits into `width` columns, filled up with spaces."""
    while display_width(text) > width:
        text = text[: max(0, len(text) - max(1, (display_width(text) - width) // 2))]
    return text + " " * (width - display_width(text))


def pages(text: str, width: int) -> list[str]:
    """A text in pieces that fit beside the key for the next one; in one where all of it fits."""
    return [text] if display_width(text) <= width else wrap(text, max(10, width - MORE)) or [text]


class ClassLine:
    """The row, as bytes to be written where it stands."""

    def __init__(self, glyphs: Glyphs) -> None:
        self.glyphs = glyphs
        self.status = ""
        """What stands there while nothing else is said."""
        self.next_key = ""
        """Which key reads on."""
        self._said = ""
        self._page: int | None = None
        """Which piece of what was said last is shown; None while none is."""
        self.prompt: str | None = None
        """What is asked for while a line is typed; None while none is."""
        self.typed = ""
        self._entered: Callable[[str], object] = lambda text: None

    def ask(self, prompt: str, entered: Callable[[str], object]) -> None:
        """Let a line be typed; `entered` gets it."""
        self.prompt, self.typed, self._entered = prompt, "", entered

    def say(self, text: str) -> None:
        """Say something, from its beginning."""
        self._said, self._page = " ".join(text.split()), 0

    def hush(self) -> None:
        """Show the status again."""
        self._page = None

    def read_on(self) -> None:
        """The next piece of what was said, or once more its first."""
        if self._said:
            self._page = 0 if self._page is None else self._page + 1

    def key(self, event: Key) -> None:
        """A key while a line is typed."""
        if event.key == "enter":
            typed, self.prompt = self.typed.strip(), None
            if typed:
                self._entered(typed)
        elif event.key in ("escape", "ctrl+c"):
            self.prompt = None
        elif event.key in ("backspace", "ctrl+h"):
            self.typed = self.typed[:-1]
        elif event.key == "ctrl+u":
            self.typed = ""
        elif event.character and event.is_printable:
            self.paste(event.character)

    def paste(self, text: str) -> None:
        """Characters more; a line's length is bounded."""
        shown = "".join(character for character in text if character.isprintable())
        self.typed = (self.typed + shown)[:MAX_TEXT]

    def drawn(self, width: int, row: int) -> bytes:
        """The bytes that draw it; `row` counts from 1."""
        if self.prompt is None:
            text = f" {self._text(width - 1)}"
        else:
            text = self.glyphs(f" {self.prompt} ")
            room = width - display_width(text) - 1
            text += self.glyphs(self.typed)[-room:] + "_"
        return f"\x1b[{row};1H\x1b[0;7m{cut(text, width)}\x1b[0m".encode()

    def _text(self, width: int) -> str:
        if self._page is None:
            return self.glyphs(self.status)
        found = pages(self.glyphs(self._said), width)
        page = self._page % len(found)
        key = f"{self.next_key} reads on" if page + 1 < len(found) else f"{self.next_key} from the beginning"
        return found[page] + (self.glyphs(f"  … {key}") if len(found) > 1 else "")
