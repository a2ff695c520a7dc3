"""A matrix as lines of text: the part that fits, the cursor on an entry, what is lit, and colours by sign and size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from textual.content import Content

from engine.calculus.layouts import Layout
from engine.calculus.pictures import Shown
from engine.calculus.typeset import spell_cell
from engine.formula import Array
from tui.glyphs import Glyphs
from tui.look import PLAIN, Dress, Place, heat_mark, heat_style, largest_of, mark_style
from tui.render import CHANGED, CURRENT, DIM, LIT, Part

ZERO = "dim underline"
"""A zero that is read inside of a step: of a row that is almost all zeros, the rest stands out."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a matrix reaches beyond its panel, in lines and in columns of the matrix."""

    rows: int
    columns: int
    block: int = 1
    """Lines of a tensor's slice, with its caption."""
    slices: int = 1


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a matrix that is visible."""

    lines: list[Content]
    rows: tuple[int, int]
    columns: tuple[int, int]
    extent: Extent
    cell: int
    """Columns of text of an entry."""
    axis: int | None = None
    """Of a tensor, the one along which its slices lie."""
    abreast: int = 1
    """How many slices lie side by side."""

    def place_at(self, x: int, y: int) -> Place | None:
        """The entry that is drawn at a column and a line of text; None beside all entries."""
        row, columns = self.rows[0] + y, self.columns[1] - self.columns[0]
        if self.axis is None:
            column = (x - 1) // (self.cell + 2)
            inside = 0 <= column < columns and 0 <= y < len(self.lines)
            return (row, self.columns[0] + column) if inside else None
        block, across = self.extent.block, columns * (self.cell + 2) + 4
        number, left = row // block * self.abreast + x // across, x % across
        column = (left - 1) // (self.cell + 2)
        if not (0 <= column < columns and row % block and number < self.extent.slices and x // across < self.abreast):
            return None
        place = [row % block - 1, self.columns[0] + column]
        place.insert(self.axis, number)
        return tuple(place)

    @property
    def is_whole(self) -> bool:
        return self.rows == (0, self.extent.rows) and self.columns == (0, self.extent.columns)


def matrix_cut(
    shown: Shown,
    layout: Layout,
    width: int,
    height: int,
    offset: tuple[int, int],
    glyphs: Glyphs,
    decimals: int | None = 4,
    old: Array | None = None,
    dress: Dress = PLAIN,
) -> Cut:
    """The lines of the part of a matrix, or of a tensor's slices, that fits into width × height from `offset` on.

    Only the entries that are visible are computed. Fewer decimals are shown before anything is cut off, unless they
    were chosen.
    """
    if dress.look.is_chosen:
        decimals = dress.look.decimals
    if len(shown.shape) == 3:
        return _tensor_cut(shown, layout, width, height, offset, glyphs, decimals, dress)
    rows, columns = shown.shape
    top, first = min(offset[0], max(0, rows - 1)), min(offset[1], max(0, columns - 1))
    bottom = min(rows, top + max(1, height))
    last = min(columns, first + max(1, width // 3))
    window = np.atleast_2d(shown.window(slice(top, bottom), slice(first, last)))
    cells, count = _fitted(window, width - 4, decimals, dress)
    last = first + count
    before = None if old is None else np.atleast_2d(old)[top:bottom, first:last]
    visible = window[:, :count]
    dressed = _Dressed(dress, largest_of(visible.ravel().tolist()), lambda row, column: (top + row, first + column))
    lines = _bracketed(cells, visible, before, glyphs, dressed, open_above=top > 0, open_below=bottom < rows)
    cell = max(len(cell) for row in cells for cell in row)
    return Cut(lines, (top, bottom), (first, last), Extent(rows, columns), cell)


@dataclass(frozen=True, slots=True)
class _Dressed:
    """What is drawn on the cells of one window."""

    dress: Dress
    largest: float
    """The size that counts as large."""
    place: Callable[[int, int], Place]
    """The entry that a cell of the window shows."""

    def cell(
        self, text: str, value: float, row: int, column: int, style: str, *, is_last: bool
    ) -> list[tuple[str, str]]:
        """The blank before a cell, its number, and the blank behind it."""
        dress = self.dress
        place = self.place(row, column)
        is_here = place == dress.cursor
        before, after = "▸" if is_here else " ", " "
        if dress.look.heat:
            style, after = heat_style(value, self.largest) or style, heat_mark(value, self.largest)
        if dress.lit is not None and dress.lit(place):
            style = f"bold underline {style}" if dress.look.heat else ZERO if dress.is_marked and value == 0 else LIT
            if dress.is_marked and not is_here and not (column and dress.lit(self.place(row, column - 1))):
                before = "‹"
            if dress.is_marked and (is_last or not dress.lit(self.place(row, column + 1))):
                after = "›"
        if is_here:
            style = CURRENT
        return [
            (before, "bold" if before != " " else ""),
            (text, style),
            (after, "bold" if after == "›" else mark_style(value) if dress.look.heat else ""),
        ]

    @property
    def is_plain(self) -> bool:
        """Whether nothing is drawn on any cell."""
        return self.dress.cursor is None and self.dress.lit is None and not self.dress.look.heat

    def has_all(self, rows: int, columns: int) -> bool:
        """Whether the window's first and last entry are lit, and with them all of a slice."""
        lit = self.dress.lit
        is_marked = self.dress.is_marked and lit is not None and rows * columns > 1
        return is_marked and lit is not None and lit(self.place(0, 0)) and lit(self.place(rows - 1, columns - 1))


def _fitted(window: Array, width: int, decimals: int | None, dress: Dress = PLAIN) -> tuple[list[list[str]], int]:
    """The cells' texts, and how many columns of them fit: with fewer decimals, if then all do."""
    fewer = range(decimals, 1, -1) if decimals is not None and not dress.look.is_chosen else ()
    rows, count = window.tolist(), window.shape[1]
    for digits in fewer:
        if (digits + 4) * count - 2 > width and _has_decimals(rows):
            continue  # a cell such as 0.12 has two characters more than digits, and two blanks before it
        cells = [[spell_cell(value, digits) for value in row] for row in rows]
        if (_widest(cells) + 2) * count - 2 <= width:
            return cells, count
    most = count
    if decimals is not None:
        first = max(1, min(count, (width + 2) // (decimals + 4)))
        most = first if _has_decimals([row[:first] for row in rows]) else count
    cells = [[spell_cell(value, decimals) for value in row[:most]] for row in rows]
    count = max(1, min(most, (width + 2) // (_widest(cells) + 2)))
    return [row[:count] for row in cells], count


def _widest(cells: list[list[str]]) -> int:
    return max([len(cell) for row in cells for cell in row])


def _has_decimals(rows: list[list[float]]) -> bool:
    """Whether there is a number that is written with decimals however few there are."""
    return any(0.005 <= abs(value) < 10**6 and value != round(value) for row in rows for value in row)


def _bracketed(
    cells: list[list[str]],
    values: Array,
    old: Array | None,
    glyphs: Glyphs,
    dressed: _Dressed,
    *,
    open_above: bool = False,
    open_below: bool = False,
) -> list[Content]:
    width = _widest(cells)
    is_plain = old is None and dressed.is_plain
    lines = []
    for number, row in enumerate(cells):
        is_first, is_last = number == 0 and not open_above, number == len(cells) - 1 and not open_below
        left, right = "[]" if is_first and is_last else "⎡⎤" if is_first else "⎣⎦" if is_last else "⎢⎥"
        if is_plain and values[number].all():  # most rows are one text in one style, which is quickly drawn and sent
            numbers = "  ".join([cell.rjust(width) for cell in row])
            lines.append(Content(f"{glyphs(left)} {numbers} {glyphs(right)}", strip_control_codes=False))
            continue
        parts: list[Part] = [glyphs(left)]
        for position, cell in enumerate(row):
            value = values[number, position]
            changed = old is not None and old[number, position] != value
            style = CHANGED if changed else DIM if value == 0 else ""
            drawn = dressed.cell(cell.rjust(width), value, number, position, style, is_last=position == len(row) - 1)
            parts += [(glyphs(text), style) for text, style in drawn]
        parts.append(glyphs(right))
        lines.append(Content.assemble(*parts))
    return lines


def _tensor_cut(
    shown: Shown, layout: Layout, width: int, height: int, offset: tuple[int, int], glyphs: Glyphs,
    decimals: int | None, dress: Dress,
) -> Cut:  # fmt: skip
    """∂y/∂x of a vector by a matrix: one matrix for each y[k], as many side by side as fit, then below each other."""
    axis = 2 if layout is Layout.DENOMINATOR else 0
    count = shown.shape[axis]
    rows, columns = (size for position, size in enumerate(shown.shape) if position != axis)
    visible_columns = min(columns, max(1, (width - 4) // 4))
    sample = shown.window(*(slice(0, 8) for _ in shown.shape))
    digits, cell = _tensor_digits(sample, visible_columns, width, count, decimals, dress)
    largest = largest_of(sample.ravel().tolist())
    visible_columns = min(visible_columns, max(1, (width - 4 + 2) // (cell + 2)))
    slice_width = visible_columns * (cell + 2) - 2 + 4
    abreast = max(1, min(count, (width + 2) // (slice_width + 2)))
    block_rows = rows + 1
    total = -(-count // abreast) * block_rows
    top = min(offset[0], max(0, total - height))
    first = min(offset[1], max(0, columns - visible_columns))
    lines: list[Content] = []
    for band in range(top // block_rows, -(-count // abreast)):
        start, stop = top - band * block_rows, top + height - band * block_rows  # in lines of this band
        if stop <= 0:
            break
        shown_rows = slice(max(0, start - 1), min(rows, stop - 1))
        captioned = start <= 0
        blocks = []
        for number in range(band * abreast, min(count, (band + 1) * abreast)):
            whole = _Dressed(dress, largest, partial(_tensor_place, axis, number, 0, 0))
            caption = f"‹ k = {number} ›" if whole.has_all(rows, columns) else f"k = {number}"
            style = "bold" if "‹" in caption else DIM
            block = [Content.styled(glyphs(caption).center(slice_width), style)] if captioned else []
            cuts = [shown_rows, slice(first, first + visible_columns)]
            cuts.insert(axis, slice(number, number + 1))
            if shown_rows.start < shown_rows.stop:
                matrix = np.asarray(shown.window(*cuts).take(0, axis))
                cells = [[spell_cell(value, digits).rjust(cell) for value in row] for row in matrix.tolist()]
                dressed = _Dressed(dress, largest, partial(_tensor_place, axis, number, shown_rows.start, first))
                block += _bracketed(
                    cells, matrix, None, glyphs, dressed,
                    open_above=shown_rows.start > 0, open_below=shown_rows.stop < rows,
                )  # fmt: skip
            blocks.append(block)
        lines += [Content("  ").join(row) for row in zip(*blocks, strict=True)]
    extent = Extent(total, columns, block_rows, count)
    across = (first, first + visible_columns)
    return Cut(lines, (top, min(total, top + height)), across, extent, cell, axis, abreast)


def _tensor_place(axis: int, number: int, top: int, first: int, row: int, column: int) -> Place:
    entry = [top + row, first + column]
    entry.insert(axis, number)
    return tuple(entry)


def _tensor_digits(
    sample: Array, columns: int, width: int, count: int, decimals: int | None, dress: Dress
) -> tuple[int | None, int]:
    """Decimals and cell width with which all slices stand side by side, if any, else the full decimals."""
    chosen: tuple[int | None, int] | None = None
    fewer: Sequence[int | None] = (decimals,) if decimals is None or dress.look.is_chosen else range(decimals, 1, -1)
    for digits in fewer:
        cell = max(len(spell_cell(value, digits)) for value in sample.ravel().tolist())
        chosen = chosen or (digits, cell)
        if count * (columns * (cell + 2) + 4) - 2 <= width:
            return digits, cell
    assert chosen is not None
    return chosen


def natural_width(shown: Shown, decimals: int | None = 4) -> int:
    """The columns that a matrix takes, or the slices of a tensor side by side with two decimals."""
    sample = shown.window(*(slice(0, 8) for _ in shown.shape))
    if len(shown.shape) == 3:
        cell = max(len(spell_cell(value, 2)) for value in sample.ravel().tolist())
        return min(3, max(shown.shape)) * (min(shown.shape) * (cell + 2) + 4)
    cell = max(len(spell_cell(value, decimals)) for value in sample.ravel().tolist())
    return shown.shape[1] * (cell + 2) + 2
