"""The last row of a student's terminal: what the class wants of them, the keys, and the line that they type into."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Key

from engine.diagnostics import display_width
from tui.classroom.messages import MAX_TEXT
from tui.glyphs import Glyphs


def cut(text: str, width: int) -> str:
    """As much of `text` as fits into `width` columns, filled up with spaces."""
    while display_width(text) > width:
        text = text[: max(0, len(text) - max(1, (display_width(text) - width) // 2))]
    return text + " " * (width - display_width(text))


class ClassLine:
    """The row, as bytes to be written where it stands."""

    def __init__(self, glyphs: Glyphs) -> None:
        self.glyphs = glyphs
        self.status = ""
        self.prompt: str | None = None
        """What is asked for while a line is typed; None while none is."""
        self.typed = ""
        self._entered: Callable[[str], object] = lambda text: None

    def ask(self, prompt: str, entered: Callable[[str], object]) -> None:
        """Let a line be typed; `entered` gets it."""
        self.prompt, self.typed, self._entered = prompt, "", entered

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
            text = self.glyphs(f" {self.status}")
        else:
            text = self.glyphs(f" {self.prompt} ")
            room = width - display_width(text) - 1
            text += self.glyphs(self.typed)[-room:] + "_"
        return f"\x1b[{row};1H\x1b[0;7m{cut(text, width)}\x1b[0m".encode()
