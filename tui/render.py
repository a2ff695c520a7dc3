"""What is on the screen, as styled text: no widgets and no terminal here, only shapes and numbers in and lines out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from textual.content import Content

from engine.calculus.layouts import Layout, Operation, Side, spell_size
from engine.calculus.pictures import Shown
from engine.calculus.places import Line
from engine.calculus.steps import Step
from engine.calculus.typeset import spell_cell
from engine.diagnostics import display_width
from engine.formula import Array, spell_name
from tui.chain_path import Link, symbols
from tui.glyphs import Glyphs
from tui.lit import INNER_MARK, LIT, LIT_ZERO, in_slice, marks

NUMERATOR = "$chain-numerator"
DENOMINATOR = "$chain-denominator"
INNER = "bold underline $chain-inner"
"""The dimension that two neighbours share."""
CHANGED = "bold $chain-changed"
DIM = "dim"
CURRENT = "bold reverse"

Part = str | tuple[str, str]


def joined(lines: Sequence[Content]) -> Content:
    """Lines as one text."""
    return Content("\n").join(lines)


# ---- matrices --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a matrix reaches beyond its panel, in lines and in columns of the matrix."""

    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a matrix that is visible."""

    lines: list[Content]
    rows: tuple[int, int]
    columns: tuple[int, int]
    extent: Extent
    abreast: int = 1
    """Slices of a tensor that stand side by side."""

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
    decimals: int = 4,
    old: Array | None = None,
    lit: Line | None = None,
) -> Cut:
    """The lines of the part of a matrix, or of a tensor's slices, that fits into width × height from `offset` on.

    Only the entries that are visible are computed. Fewer decimals are shown before anything is cut off. What is `lit`
    stands in ‹ ›.
    """
    if len(shown.shape) == 3:
        return _tensor_cut(shown, layout, width, height, offset, glyphs, decimals, lit)
    rows, columns = shown.shape
    top, first = min(offset[0], max(0, rows - 1)), min(offset[1], max(0, columns - 1))
    bottom = min(rows, top + max(1, height))
    last = min(columns, first + max(1, width // 3))
    window = np.atleast_2d(shown.window(slice(top, bottom), slice(first, last)))
    cells, count = _fitted(window, width - 4, decimals)
    last = first + count
    before = None if old is None else np.atleast_2d(old)[top:bottom, first:last]
    lines = _bracketed(cells, window[:, :count], before, glyphs, open_above=top > 0, open_below=bottom < rows,
                       lit=lit, corner=(top, first))  # fmt: skip
    return Cut(lines, (top, bottom), (first, last), Extent(rows, columns))


def _fitted(window: Array, width: int, decimals: int) -> tuple[list[list[str]], int]:
    """The cells' texts, and how many columns of them fit: with fewer decimals, if then all do."""
    for digits in range(decimals, 1, -1):
        cells = [[spell_cell(value, digits) for value in row] for row in window.tolist()]
        cell_width = max(len(cell) for row in cells for cell in row)
        if (cell_width + 2) * window.shape[1] - 2 <= width:
            return cells, window.shape[1]
    cells = [[spell_cell(value, decimals) for value in row] for row in window.tolist()]
    cell_width = max(len(cell) for row in cells for cell in row)
    count = max(1, min(window.shape[1], (width + 2) // (cell_width + 2)))
    return [row[:count] for row in cells], count


def _bracketed(
    cells: list[list[str]],
    values: Array,
    old: Array | None,
    glyphs: Glyphs,
    *,
    open_above: bool = False,
    open_below: bool = False,
    lit: Line | None = None,
    corner: tuple[int, int] = (0, 0),
) -> list[Content]:
    """The lines of a window whose first entry is the one at `corner`."""
    width = max(len(cell) for row in cells for cell in row)
    lines = []
    for number, row in enumerate(cells):
        is_first, is_last = number == 0 and not open_above, number == len(cells) - 1 and not open_below
        left, right = "[]" if is_first and is_last else "⎡⎤" if is_first else "⎣⎦" if is_last else "⎢⎥"
        gaps, is_lit = marks(lit, corner[0] + number, corner[1], len(row))
        parts: list[Part] = [glyphs(left), (glyphs(gaps[0]), INNER_MARK)]
        for position, cell in enumerate(row):
            value = values[number, position]
            changed = old is not None and old[number, position] != value
            style = CHANGED if changed else DIM if value == 0 else ""
            if is_lit[position]:
                style = LIT_ZERO if value == 0 and style == DIM and None in (lit or ()) else LIT
            parts += [(cell.rjust(width), style), (glyphs(gaps[position + 1]), INNER_MARK)]
        parts.append(glyphs(right))
        lines.append(Content.assemble(*parts))
    return lines


def _tensor_cut(
    shown: Shown, layout: Layout, width: int, height: int, offset: tuple[int, int], glyphs: Glyphs, decimals: int,
    lit: Line | None = None,
) -> Cut:  # fmt: skip
    """∂y/∂x of a vector by a matrix: one matrix for each y[k], as many side by side as fit, then below each other."""
    axis = 2 if layout is Layout.DENOMINATOR else 0
    count = shown.shape[axis]
    rows, columns = (size for position, size in enumerate(shown.shape) if position != axis)
    visible_rows, visible_columns = min(rows, max(1, height - 1)), min(columns, max(1, (width - 4) // 4))
    sample = shown.window(*(slice(0, 8) for _ in shown.shape))
    digits, cell = _tensor_digits(sample, visible_columns, width, count, decimals)
    visible_columns = min(visible_columns, max(1, (width - 4 + 2) // (cell + 2)))
    slice_width = visible_columns * (cell + 2) - 2 + 4
    abreast = max(1, min(count, (width + 2) // (slice_width + 2)))
    block_rows = rows + 1
    total = -(-count // abreast) * block_rows
    top = min(offset[0], max(0, total - height))
    first = min(offset[1], max(0, columns - visible_columns))
    lines: list[Content] = []
    for band in range(top // block_rows, -(-count // abreast)):
        if len(lines) >= height + block_rows:
            break
        blocks = []
        for number in range(band * abreast, min(count, (band + 1) * abreast)):
            cuts = [slice(0, visible_rows + block_rows), slice(first, first + visible_columns)]
            cuts.insert(axis, slice(number, number + 1))
            matrix = np.asarray(shown.window(*cuts).take(0, axis))
            cells = [[spell_cell(value, digits).rjust(cell) for value in row] for row in matrix.tolist()]
            own = in_slice(lit, axis, number)
            is_chosen = lit is not None and lit[axis] == number
            text = glyphs("‹ k = {} ›" if is_chosen else "k = {}").format(number)
            margin = " " * max(0, (slice_width - len(text)) // 2)
            caption = Content.assemble(margin, (text, LIT if is_chosen else DIM))
            caption = caption.pad_right(slice_width - caption.cell_length)
            blocks.append([caption, *_bracketed(cells, matrix, None, glyphs, lit=own, corner=(0, first))])
        lines += [Content("  ").join(row) for row in zip(*blocks, strict=True)]
    start = top - top // block_rows * block_rows
    lines = lines[start : start + height]
    return Cut(
        lines, (top, min(total, top + height)), (first, first + visible_columns), Extent(total, columns), abreast
    )


def _tensor_digits(sample: Array, columns: int, width: int, count: int, decimals: int) -> tuple[int, int]:
    """Decimals and cell width with which all slices stand side by side, if any, else the full decimals."""
    chosen: tuple[int, int] | None = None
    for digits in range(decimals, 1, -1):
        cell = max(len(spell_cell(value, digits)) for value in sample.ravel().tolist())
        chosen = chosen or (digits, cell)
        if count * (columns * (cell + 2) + 4) - 2 <= width:
            return digits, cell
    assert chosen is not None
    return chosen


def natural_width(shown: Shown) -> int:
    """The columns that a matrix takes with four decimals, or the slices of a tensor side by side with two."""
    sample = shown.window(*(slice(0, 8) for _ in shown.shape))
    if len(shown.shape) == 3:
        cell = max(len(spell_cell(value, 2)) for value in sample.ravel().tolist())
        return min(3, max(shown.shape)) * (min(shown.shape) * (cell + 2) + 4)
    cell = max(len(spell_cell(value)) for value in sample.ravel().tolist())
    return shown.shape[1] * (cell + 2) + 2


# ---- shapes and factors ----------------------------------------------------------------------------------------------


def fraction(numerator: str, denominator: str, glyphs: Glyphs) -> Content:
    """`∂z3/∂a2` on one line, the two names in their colours."""
    return Content.assemble(
        (glyphs("∂" + spell_name(numerator)), NUMERATOR), "/", (glyphs("∂" + spell_name(denominator)), DENOMINATOR)
    )


def lit_shape(shape: tuple[int, ...], lit: int | None, glyphs: Glyphs) -> Content:
    """`3×2` with one dimension lit."""
    parts: list[Part] = []
    for axis, size in enumerate(shape):
        parts += [glyphs("×")] if axis else []
        parts.append((str(size), INNER if axis == lit else ""))
    return Content.assemble(*parts)


def inner_axes(step: Step) -> tuple[int | None, int | None]:
    """Which axis of the factor and which of the product so far is the dimension that they share."""
    if step.operation is Operation.CONTRACT:
        return (2, 0) if step.layout is Layout.DENOMINATOR else (0, 1)
    if step.operation in (Operation.MATMUL, Operation.OUTER) or _sums_samples(step):
        return (1, 0) if step.side is Side.LEFT else (0, 1)
    return None, None


def _sums_samples(step: Step) -> bool:
    """Whether it is a product with ones, and not a sum of two paths."""
    return step.operation is Operation.SUM and step.leg.jacobian is not None


def shape_equation(step: Step, glyphs: Glyphs) -> Content:
    """`3×2 · 2×1 = 3×1` with the shared dimension lit in both."""
    after = Content(glyphs(spell_size(step.after.shape)))
    if step.before is None or step.operation is None:
        return after
    factor_axis, before_axis = inner_axes(step)
    factor = lit_shape(step.factor.shape, factor_axis, glyphs)
    before = lit_shape(step.before.shape, before_axis, glyphs)
    pair = (factor, before) if step.side is Side.LEFT else (before, factor)
    return Content.assemble(pair[0], glyphs(f" {step.symbol} "), pair[1], " = ", after)


# ---- the chain as fractions ------------------------------------------------------------------------------------------


def chain_lines(chain: Sequence[Link], of: str, target: str, result: str, width: int, glyphs: Glyphs) -> list[Content]:
    """The chain as fractions on three lines, shapes on the fourth, and on the fifth what is done and what is now.

    A chain that is too wide keeps the current factor in sight, and … stands for the rest.
    """
    drawn = _DrawnChain(chain, of, target, result, width, glyphs)
    lines: list[list[Part]] = [[] for _ in range(5)]
    drawn.head.put(lines, glyphs)
    _put_gap(lines, " = ")
    if drawn.start > 0:
        _put_gap(lines, glyphs("… "))
    for position in range(drawn.start, drawn.stop):
        if position > drawn.start:
            _put_gap(lines, drawn.gaps[position - 1])
        drawn.columns[position].put(lines, glyphs)
    if drawn.stop < len(drawn.columns) and drawn.cut:
        _put_gap(lines, glyphs(" …"))
    return [Content.assemble(*parts) for parts in lines]


def factor_at(
    chain: Sequence[Link], of: str, target: str, result: str, width: int, glyphs: Glyphs, x: int
) -> Step | None:
    """The factor that `chain_lines` draws at column `x`."""
    drawn = _DrawnChain(chain, of, target, result, width, glyphs)
    left = drawn.head.width(glyphs) + 3 + (2 if drawn.start > 0 else 0)
    for position in range(drawn.start, drawn.stop):
        left += display_width(drawn.gaps[position - 1]) if position > drawn.start else 0
        right = left + drawn.columns[position].width(glyphs)
        if left <= x < right:
            return chain[position].step
        left = right
    return None


class _DrawnChain:
    """Which columns there are, what stands between them, and which of them fit."""

    def __init__(self, chain: Sequence[Link], of: str, target: str, result: str, width: int, glyphs: Glyphs) -> None:
        self.head = _Column(of, target, result, "", has_mark=False)
        self.columns = [
            _Column(
                link.step.factor.numerator, link.step.factor_by,
                "?" if link.hides_shape else spell_size(link.step.factor.shape),
                "now" if link.current else "done" if link.joined else "", has_mark=True, breaks=link.breaks,
            )
            for link in chain
        ]  # fmt: skip
        self.gaps = [f" {glyphs(symbol)} " for symbol in symbols(chain)]
        self.start, self.stop, self.cut = _visible(self.head, self.columns, self.gaps, chain, width, glyphs)


@dataclass(frozen=True, slots=True)
class _Column:
    """A fraction with its shape and its mark."""

    numerator: str
    denominator: str
    shape: str
    mark: str
    has_mark: bool
    breaks: bool = False

    def width(self, glyphs: Glyphs) -> int:
        texts = ("∂" + spell_name(self.numerator), "∂" + spell_name(self.denominator), self.shape)
        widest = max(display_width(glyphs(text)) for text in texts)
        return max(widest, 5) if self.mark == "now" else max(widest, 4) if self.mark else widest

    def put(self, lines: list[list[Part]], glyphs: Glyphs) -> None:
        width = self.width(glyphs)
        top, below = glyphs("∂" + spell_name(self.numerator)), glyphs("∂" + spell_name(self.denominator))
        bar = max(display_width(top), display_width(below))
        faded = DIM if self.has_mark and not self.mark else ""
        bold = "bold " if self.mark == "now" else ""
        lines[0].append((top.center(width), f"{bold}{NUMERATOR} {faded}".strip()))
        lines[1].append((glyphs("─" * bar).center(width), faded))
        lines[2].append((below.center(width), f"{bold}{DENOMINATOR} {faded}".strip()))
        lines[3].append((glyphs(self.shape).center(width), CURRENT if self.mark == "now" else faded))
        mark = {"now": glyphs("▲ now"), "done": "done", "": ""}[self.mark]
        if self.breaks:
            mark = glyphs("● now" if self.mark == "now" else "●")
        lines[4].append((mark.center(width), "bold" if self.mark == "now" else DIM))


def _put_gap(lines: list[list[Part]], text: str) -> None:
    for number, parts in enumerate(lines):
        parts.append(text if number == 1 else " " * display_width(text))


def _visible(
    head: _Column, columns: list[_Column], gaps: list[str], chain: Sequence[Link], width: int, glyphs: Glyphs
) -> tuple[int, int, bool]:
    """Which columns fit: all of them, or as many as do around the current one."""
    widths = [column.width(glyphs) for column in columns]
    room = width - head.width(glyphs) - 3
    if sum(widths) + sum(map(display_width, gaps)) <= room:
        return 0, len(columns), False
    room -= 4
    centre = next((number for number, link in enumerate(chain) if link.current), len(chain) - 1)
    start, stop = centre, centre + 1
    used = widths[centre]
    while True:
        grown = False
        if start > 0 and used + widths[start - 1] + display_width(gaps[start - 1]) <= room:
            start -= 1
            used += widths[start] + display_width(gaps[start])
            grown = True
        if stop < len(columns) and used + widths[stop] + display_width(gaps[stop - 1]) <= room:
            used += widths[stop] + display_width(gaps[stop - 1])
            stop += 1
            grown = True
        if not grown:
            return start, stop, True
