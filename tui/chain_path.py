"""Which factors make up the chain that is on the screen, and in which order they stand in the product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.calculus import Side, Step
from engine.session import State
from engine.session.actions import Break, QuestionKind


@dataclass(frozen=True, slots=True)
class Link:
    """A factor of the chain on the screen."""

    step: Step
    symbol: str | None
    """The operation between this factor and the part of the chain that was there before it; None for the first."""
    joined: bool
    """Whether the cursor has passed it."""
    current: bool
    """Whether it was joined last."""
    breaks: bool = False
    """Whether a run stops there."""
    hides_shape: bool = False
    """Whether an open question asks for its shape, so that the screen must not give it away."""


def path(state: State) -> tuple[Step, ...]:
    """The steps of the chain through the factor joined last, or through the first: back to `of`, on to its target.

    With target `all` and with values that are read twice there are several chains; this is the one at the cursor.
    """
    focus = state.current or state.steps[0]
    by_product = {id(step.product): step for step in state.steps}
    before: list[Step] = []
    step = by_product.get(id(focus.upstream))
    while step is not None:
        before.append(step)
        step = by_product.get(id(step.upstream))
    after: list[Step] = []
    product = focus.product
    for later in state.steps[focus.index + 1 :]:
        if later.upstream is product and later.target == focus.target:
            after.append(later)
            product = later.product
    return (*reversed(before), focus, *after)


def asked_step(state: State) -> tuple[Step | None, QuestionKind | None]:
    """The step whose factor an open question is about, and what is asked for."""
    question = state.quiz.question
    if question is None or not state.quiz.is_open:
        return None, None
    named = (step for step in state.steps if step.factor.name == state.quiz.factor)
    return (next(named, None) if question.about == "factor" else None), question.kind


def links(state: State) -> list[Link]:
    """The chain in the order in which its factors stand in the product, left to right."""
    ordered: list[Link] = []
    asked, kind = asked_step(state)
    for step in path(state):
        is_asked = step is asked
        link = Link(
            step,
            "?" if is_asked and kind is QuestionKind.OPERATION else step.symbol or None,
            step.index < state.cursor,
            state.cursor > 0 and step.index == state.cursor - 1,
            Break(factor=step.factor.name) in state.breakpoints,
            is_asked and kind is QuestionKind.SHAPE,
        )
        if step.side is Side.LEFT:
            ordered.insert(0, link)
        else:
            ordered.append(link)
    return ordered


def symbols(chain: Sequence[Link]) -> list[str]:
    """The operation between each two neighbours: that of whichever was joined later."""
    return [(right if right.step.index > left.step.index else left).symbol or "·" for left, right in pairwise(chain)]
