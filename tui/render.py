"""What is on the screen, as styled text: no widgets and no terminal here, only shapes and numbers in and lines out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content, Span

from engine.calculus.layouts import Layout, Operation, Order, Side, spell_size
from engine.calculus.steps import Step
from engine.diagnostics import display_width
from engine.formula import spell_name
from tui.chain_path import Link, symbols
from tui.glyphs import Glyphs

NUMERATOR = "$chain-numerator"
DENOMINATOR = "$chain-denominator"
INNER = "bold underline $chain-inner"
"""The dimension that two neighbours share."""
CHANGED = "bold $chain-changed"
LIT = "bold underline $chain-inner"
"""An entry that another one comes from."""
DIM = "dim"
CURRENT = "bold reverse"

Part = str | tuple[str, str]


def joined(lines: Sequence[Content]) -> Content:
    """Lines as one text."""
    return placed(lines, 0, 0)


def placed(lines: Sequence[Content], above: int, before: int) -> Content:
    """Lines as one text, below that many empty lines and to the right of that many blanks."""
    indent = " " * before
    spans: list[Span] = []
    start = above
    for line in lines:
        start += before
        spans += [Span(span.start + start, span.end + start, span.style) for span in line.spans]
        start += len(line.plain) + 1
    text = "\n" * above + "\n".join([indent + line.plain for line in lines])
    return Content(text, spans, strip_control_codes=False)


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
        return _contracted_axes(step)
    if step.operation in (Operation.MATMUL, Operation.OUTER) or _sums_samples(step):
        return (1, 0) if step.side is Side.LEFT else (0, 1)
    return None, None


def _contracted_axes(step: Step) -> tuple[int | None, int | None]:
    """Of a tensor and a matrix; none where two dimensions are summed over at once, as of a matrix by a number."""
    is_denominator = step.layout is Layout.DENOMINATOR
    if step.order is Order.REVERSE and len(step.factor.shape) == 3:
        return (2, 0) if is_denominator else (0, 1)
    if step.order is Order.FORWARD and step.before is not None and len(step.before.shape) == 3:
        return (0, 2) if is_denominator else (1, 0)
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
