"""What a part of a step reads and writes, for the three matrices on the screen, and what is said about it."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content

from engine.calculus import Side
from engine.calculus.inside import Part
from engine.calculus.places import Line, Place
from engine.session import State
from tui.glyphs import Glyphs
from tui.look import Lit


class Light(NamedTuple):
    """What is lit of one matrix, and which place of it must be in sight."""

    line: Line | None = None
    focus: Place | None = None


def lights(state: State, part: Part | None) -> tuple[Light, Light, Light]:
    """What is lit of the three matrices from left to right."""
    step = state.current
    if part is None or step is None:
        return Light(), Light(), Light()
    factor, before = Light(part.factor, part.factor_focus), Light(part.before, part.before_focus)
    after = Light(part.after, part.after_focus)
    return (before, factor, after) if step.side is Side.RIGHT else (factor, before, after)


def covered(line: Line | None) -> Lit | None:
    """Whether a place belongs to a row, a column, an entry or a slice."""
    if line is None:
        return None
    return lambda place: all(index in (None, own) for index, own in zip(line, place, strict=True))


def part_lines(part: Part, glyphs: Glyphs) -> list[Content]:
    """A part's equation, its numbers, and why."""
    lines = [Content.styled(glyphs(part.equation), "bold")]
    if part.numbers:
        lines.append(Content.styled(glyphs(f"  {part.numbers}"), "bold $chain-inner"))
    return [*lines, Content(glyphs(part.words))]
