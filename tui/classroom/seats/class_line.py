"""The last row of a terminal: what the class wants of somebody, what is said to them, and the line that they type."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from textual.events import Key

from engine.diagnostics import display_width
from tui.classroom.room.messages import MAX_TEXT
from tui.glyphs import Glyphs

MAX_KEPT = 6
"""Notes and replies that can be read again."""
LEAST_SECONDS, COLUMNS_A_SECOND = 5.0, 16.0
"""How long something stands that ends by itself: so long, and as long as it takes to be read."""
SEPARATOR = " · "
"""Between the parts of a status, none of which is cut."""


class Said(Enum):
    """How long something stands that is said, and whether it can be read again."""

    REMARK = auto()
    """Until a key or something else, and for a few seconds at most."""
    REPLY = auto()
    """The same, but for that a note waits for it; it can be read again."""
    NOTE = auto()
    """A person's: until a key. Whatever comes first, it is shown after that, and it can be read again."""


def cut(text: str, width: int) -> str:
    """As much of `text` as fits into `width` columns, filled up with spaces."""
    while display_width(text) > width:
        text = text[: max(0, len(text) - max(1, (display_width(text) - width) // 2))]
    return text + " " * (width - display_width(text))


def pages(text: str, width: int, hint: str, separator: str = " ") -> list[str]:
    """A text in pieces that fit beside the hint that there is more, cut at separators; in one where all of it fits."""
    if display_width(text) <= width:
        return [text]
    found, room = [""], max(5, width - display_width(hint))
    for part in text.split(separator):
        longer = f"{found[-1]}{separator}{part}" if found[-1] else part
        if display_width(longer) <= room:
            found[-1] = longer
            continue
        found.append(part)
        while display_width(found[-1]) > room:  # a word that is wider than a line
            piece = cut(found[-1], room).rstrip()
            found[-1:] = [piece, found[-1][len(piece) :]]
    return [piece for piece in found if piece]


class ClassLine:
    """The row, as bytes to be written where it stands."""

    def __init__(self, glyphs: Glyphs) -> None:
        self.glyphs = glyphs
        self.status = ""
        """What stands there while nothing else is said."""
        self.next_key = ""
        """Which key reads on."""
        self.turn = 0
        """Counts what is shown: another number is another text, or another page of it."""
        self.prompt: str | None = None
        """What is asked for while a line is typed; None while none is."""
        self.typed = ""
        self._entered: Callable[[str], object] = lambda text: None
        self._kept: deque[str] = deque(maxlen=MAX_KEPT)
        self._waiting: deque[str] = deque(maxlen=MAX_KEPT)
        """Notes that have not been shown, or not for long enough."""
        self._said, self._as, self._page = "", Said.REMARK, 0
        """What is said now, empty for the status; what it is; which page of it is shown."""
        self._again = 0
        """While it is said again: how manyth it is, from the latest on."""
        self._width = 80

    def ask(self, prompt: str, entered: Callable[[str], object]) -> None:
        """Let a line be typed; `entered` gets it."""
        self.prompt, self.typed, self._entered = prompt, "", entered

    # ---- what is said ----------------------------------------------------------------------------------------------

    def say(self, text: str, kind: Said = Said.REMARK) -> None:
        """Say something, from its beginning."""
        text = " ".join(text.split())
        if kind is not Said.REMARK:
            self._kept.append(text)
        if kind is not Said.NOTE:
            self._put_back()
            self._show(text, kind)
            return
        self._waiting.append(text)
        self.turn += 1
        if not self._said or self._again or self._as is Said.REMARK:
            self.over()

    def over(self) -> None:
        """What is said has been read: a note that waits is next, or the status."""
        if self._waiting:
            self._show(self._waiting.popleft(), Said.NOTE)
        elif self._said or self._page:
            self._show("")

    def passed(self) -> None:
        """The class has gone on from what somebody was replied; all else stays."""
        if self._said and self._as is Said.REPLY:
            self.over()

    def interrupt(self) -> None:
        """Show the status before anything else; a note that stands comes after it."""
        self._put_back()
        self._show("")

    def _put_back(self) -> None:
        if self._said and self._as is Said.NOTE and not self._again:
            self._waiting.appendleft(self._said)

    def _show(self, text: str, kind: Said = Said.REMARK, again: int = 0) -> None:
        self._said, self._as, self._again, self._page = text, kind, again, 0
        self.turn += 1

    def read_on(self) -> None:
        """The next page; after the last one what was said before, each once, and then the status."""
        if self._page + 1 < len(self._pages()):
            self._page += 1
            self.turn += 1
        elif self._waiting or (self._said and not self._again):
            self.over()
        elif self._again < len(self._kept):
            self._show(self._kept[-1 - self._again], again=self._again + 1)
        else:
            self._show("")

    @property
    def seconds(self) -> float | None:
        """After how long what is shown is over by itself; None where it is not."""
        if not (self._said or self._page) or (self._as is Said.NOTE and not self._again):
            return None
        return LEAST_SECONDS + display_width(self._pages()[self._page]) / COLUMNS_A_SECOND

    # ---- what is typed ---------------------------------------------------------------------------------------------

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

    # ---- what is drawn ---------------------------------------------------------------------------------------------

    def drawn(self, width: int, row: int) -> bytes:
        """The bytes that draw it; `row` counts from 1."""
        self._width = width
        if self.prompt is None:
            text = f" {self._text()}"
        else:
            text = self.glyphs(f" {self.prompt} ")
            room = width - display_width(text) - 1
            text += self.glyphs(self.typed)[-room:] + "_"
        return f"\x1b[{row};1H\x1b[0;7m{cut(text, width)}\x1b[0m".encode()

    @property
    def _hint(self) -> str:
        return self.glyphs(f" … {self.next_key} more")

    def _pages(self) -> list[str]:
        said = self.glyphs(self._said or self.status)
        return pages(said, self._width - 1, self._hint, " " if self._said else self.glyphs(SEPARATOR))

    def _text(self) -> str:
        found = self._pages()
        self._page = min(self._page, len(found) - 1)  # the terminal is wider now, or the status shorter
        has_more = self._page + 1 < len(found) or (self._said and self._waiting)
        room = self._width - 1 - display_width(found[self._page])
        return found[self._page] + (self._hint if has_more and room >= display_width(self._hint) else "")
