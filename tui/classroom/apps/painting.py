"""What a terminal shows, cell by cell, so that only the cells that change are sent to it.

Textual paints whole widgets, each piece with its colours; a step of the debugger's is then 14 kB. Most of the cells are
as they were, and most of the rest have the colours of the cell before.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

Piece = tuple[int, int, Iterable[Segment]]
"""Row, column, and what stands there; a segment is a text and its style."""

ATTRIBUTES = (("bold", "1"), ("dim", "2"), ("italic", "3"), ("blink", "5"))
MARKS = (("underline", "4"), ("reverse", "7"), ("strike", "9"))
"""Those that are seen where there is no character too."""
GAP = 4
"""Cells that are as they were, and are sent all the same: as many bytes as it takes to go past them."""
UNKNOWN = "\0"
"""A cell of which nothing is known."""
CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])
"""C0, DEL and C1; none of them is a column wide."""


class Look(NamedTuple):
    """How a character is drawn, in codes for a terminal; empty for what the terminal does of its own."""

    attributes: str = ""
    marks: str = ""
    foreground: str | None = ""
    """None where it cannot be seen."""
    background: str = ""


PLAIN = Look()


@lru_cache(2048)
def looks_of(style: Style, colours: ColorSystem) -> tuple[Look, Look]:
    """Of characters and of spaces. Rich's own codes would be kept from the first kind of terminal that has asked."""
    attributes, marks = (
        ";".join(code for name, code in names if getattr(style, name)) for names in (ATTRIBUTES, MARKS)
    )
    foreground, background = (
        ";".join(color.downgrade(colours).get_ansi_codes(foreground=is_foreground)) if color is not None else ""
        for color, is_foreground in ((style.color, True), (style.bgcolor, False))
    )
    look = Look(attributes, marks, foreground, background)
    return look, look if marks else Look(background=background, foreground=None)


def turned(now: Look | None, look: Look) -> tuple[Look, str]:
    """The look that a terminal is to be in so that `look` is drawn, and what brings it there from `now`."""
    if now is None or now.marks != look.marks or (look.foreground is not None and now.attributes != look.attributes):
        return look, f"\x1b[{';'.join(filter(None, ('0', *look)))}m"
    foreground = now.foreground if look.foreground is None else look.foreground
    changed = []
    if foreground != now.foreground:
        changed.append(foreground or "39")
    if look.background != now.background:
        changed.append(look.background or "49")
    if not changed:
        return now, ""
    return Look(now.attributes, now.marks, foreground, look.background), f"\x1b[{';'.join(changed)}m"


def pieces(update: CompositorUpdate) -> Iterator[Piece]:
    """What Textual would write, and where. Of another kind of update there is none."""
    if isinstance(update, LayoutUpdate):
        for row, strips in enumerate(update.strips, update.region.y):
            column = update.region.x
            for strip in strips:
                yield row, column, strip
                column += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for row, start, end in update.spans:
            for stop, (column, chop) in zip(update.chop_ends[row], update.chops[row].items(), strict=False):
                if chop is not None and column < end and stop > start:
                    yield row, column, chop


def harmless(text: str) -> str:
    """Without characters that would control the terminal: Textual passes them on, and they may be another's."""
    return text if text.isprintable() else text.translate(CONTROLS)


@lru_cache(1024)
def cells_of(text: str) -> list[str]:
    """What stands in each cell; frames and spaces come again and again. The list is everybody's, to be copied.

    Where a character does not take up one cell, it is for the terminal to know which takes up how many.
    """
    if text.isascii() or all(get_character_cell_size(character) == 1 for character in text):
        return list(map(sys.intern, text))
    return [text] + [""] * (cell_len(text) - 1)


class Row:
    """One row: of each cell its character and its look; a wide character's second cell is empty."""

    __slots__ = ("characters", "former", "looks", "start", "stop")

    def __init__(self, characters: list[str], looks: list[Look]) -> None:
        self.characters, self.looks = characters, looks
        self.former: Row | None = None
        """As it was before it was written to; None where nothing has changed."""
        self.start, self.stop = len(characters), 0
        """The cells between which something has changed."""

    def put(self, column: int, text: str, look: Look, blank: Look) -> int:
        """Write a text, as far as there is room for it; how many columns it takes."""
        cells = cells_of(text)
        width = len(cells)
        if (room := max(0, len(self.characters) - column)) < width:  # it was laid out for a wider terminal
            cells = cells[:room]
        stop = column + len(cells)
        if blank is look or " " not in text:
            looks = [look] * len(cells)
        else:
            looks = [blank if cell == " " else look for cell in cells]
        if self.characters[column:stop] != cells or self.looks[column:stop] != looks:
            if self.former is None:
                self.former = Row(self.characters[:], self.looks[:])
            self.start, self.stop = min(self.start, column), max(self.stop, stop)
            self.characters[column:stop] = cells
            self.looks[column:stop] = looks
        return width

    def settle(self) -> None:
        """What it shows has been sent."""
        self.former, self.start, self.stop = None, len(self.characters), 0


class Pen:
    """What is sent, and the look that the terminal is in after it."""

    def __init__(self) -> None:
        self._sent: list[str] = []
        self._look: Look | None = None

    @property
    def frame(self) -> str:
        """All that is sent; it ends without colours, for what comes after it."""
        return "".join([*self._sent, "\x1b[0m"]) if self._sent else ""

    def draw_over(self, number: int, old: Row, new: Row, cells: range) -> None:
        """Draw those of a row's cells that are not as they were."""
        characters, looks = new.characters, new.looks
        asked: Look | None = None  # the look that the last cell was drawn in: most cells have the one before's
        last = -1 - GAP  # the cell after the one sent last
        for column in cells:
            character = characters[column]
            is_as_before = character == old.characters[column] and looks[column] == old.looks[column]
            if is_as_before or character == UNKNOWN:
                continue
            if not character and last == column:  # the rest of a wide one that has been sent
                last = column + 1
                continue
            start = column
            while not characters[start] and start > 0:
                start -= 1
            if last < start <= last + GAP and not any(turned(self._look, each)[1] for each in looks[last:start]):
                start = last
            if start != last:
                self._sent.append(f"\x1b[{number + 1};{start + 1}H")
            for place in range(start, column + 1):
                if (look := looks[place]) is not asked:
                    asked = look
                    self._look, change = turned(self._look, look)
                    self._sent.append(change)
                self._sent.append(characters[place])
            last = column + 1


class Painting:
    """The cells of one terminal, or of several that are shown the same."""

    def __init__(self, colours: ColorSystem) -> None:
        self._colours = colours
        self._size = (0, 0)
        self._rows: list[Row] = []

    def fit(self, size: tuple[int, int]) -> None:
        """Columns and rows; when they are others, nothing is known of the terminal any more."""
        if size != self._size:
            self._size = size
            self.forget()

    def forget(self) -> None:
        """The terminal has been cleared."""
        self._rows = [self._unknown() for _ in range(self._size[1])]

    def _unknown(self) -> Row:
        return Row([UNKNOWN] * self._size[0], [PLAIN] * self._size[0])

    def paint(self, found: Iterable[Piece]) -> str:
        """Put pieces there, and what is to be sent for that; empty where all of it stood there."""
        for number, column, segments in found:
            if not 0 <= number < len(self._rows):
                continue
            row = self._rows[number]
            for text, style, control in segments:
                if not control and (text := harmless(text)):
                    looks = looks_of(style, self._colours) if style is not None else (PLAIN, PLAIN)
                    column += row.put(column, text, *looks)
        pen = Pen()
        for number, row in enumerate(self._rows):
            if row.former is not None:
                pen.draw_over(number, row.former, row, range(row.start, row.stop))
                row.settle()
        return pen.frame

    def whole(self) -> str:
        """What draws all of it on a terminal that shows something else."""
        pen, nothing = Pen(), self._unknown()
        for number, row in enumerate(self._rows):
            pen.draw_over(number, nothing, row, range(self._size[0]))
        return pen.frame
