"""Which factors make up the chain that is on the screen, and in which order they stand in the product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.calculus import Side, Step
from engine.session import State
from engine.session.actions import Break


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


def links(state: State) -> list[Link]:
    """The chain in the order in which its factors stand in the product, left to right."""
    ordered: list[Link] = []
    for step in path(state):
        link = Link(
            step,
            step.symbol or None,
            step.index < state.cursor,
            state.cursor > 0 and step.index == state.cursor - 1,
            Break(factor=step.factor.name) in state.breakpoints,
        )
        if step.side is Side.LEFT:
            ordered.insert(0, link)
        else:
            ordered.append(link)
    return ordered


def symbols(chain: Sequence[Link]) -> list[str]:
    """The operation between each two neighbours: that of whichever was joined later."""
    return [(right if right.step.index > left.step.index else left).symbol or "·" for left, right in pairwise(chain)]
