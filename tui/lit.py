"""The rows, columns, entries and slices that a part of a step is about: in ‹ › and underlined, not by colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from textual.content import Content

from engine.calculus import Side
from engine.calculus.inside import Part
from engine.calculus.layouts import Layout
from engine.calculus.places import Line, Place
from engine.session import State
from tui.glyphs import Glyphs

LIT = "bold underline $chain-inner"
LIT_ZERO = "dim underline"
"""A zero in a row or a column that is read."""
INNER_MARK = "bold $chain-inner"


@dataclass(frozen=True, slots=True)
class Lit:
    """What is lit of one matrix, and which place of it must be in sight."""

    line: Line | None = None
    focus: Place | None = None


def lights(state: State, part: Part | None) -> tuple[Lit, Lit, Lit]:
    """What is lit of the three matrices from left to right."""
    step = state.current
    if part is None or step is None:
        return Lit(), Lit(), Lit()
    factor, before = Lit(part.factor, part.factor_focus), Lit(part.before, part.before_focus)
    after = Lit(part.after, part.after_focus)
    return (before, factor, after) if step.side is Side.RIGHT else (factor, before, after)


def marks(lit: Line | None, row: int, first: int, count: int) -> tuple[list[str], list[bool]]:
    """The gaps of a row of entries, before the first one to behind the last one, and which of the entries are lit."""
    flags = [lit is not None and lit[0] in (None, row) and lit[1] in (None, first + column) for column in range(count)]
    gaps = ["‹" if flags[0] else " "]
    for one, other in pairwise(flags):
        gaps.append(" ‹" if other and not one else "› " if one and not other else "  ")
    return [*gaps, "›" if flags[-1] else " "], flags


def in_slice(lit: Line | None, axis: int, number: int) -> Line | None:
    """What is lit of one slice of a tensor."""
    if lit is None or lit[axis] not in (None, number):
        return None
    return tuple(index for position, index in enumerate(lit) if position != axis)


def place_on_screen(place: Place, layout: Layout, abreast: int, rows: int) -> tuple[int, int]:
    """Line and column of a place in its panel; of a tensor, whose slices have `rows` rows, under its caption."""
    if len(place) == 2:
        return place[0], place[1]
    number, *rest = (place[2], *place[:2]) if layout is Layout.DENOMINATOR else place
    return number // abreast * (rows + 1) + 1 + rest[0], rest[1]


def part_lines(part: Part, glyphs: Glyphs) -> list[Content]:
    """A part's equation, its numbers, and why."""
    lines = [Content.styled(glyphs(part.equation), "bold")]
    if part.numbers:
        lines.append(Content.styled(glyphs(f"  {part.numbers}"), INNER_MARK))
    return [*lines, Content(glyphs(part.words))]
