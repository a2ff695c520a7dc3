"""What an edit did, in a few words: how much of every value and every gradient changed, and where most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.calculus import Program
from engine.calculus.chain import gradients_of
from engine.calculus.entry_names import entry_at
from engine.calculus.program import Plan
from engine.formula import Array
from engine.session.state import State


@dataclass(frozen=True, slots=True)
class Change:
    """A value, or a gradient, of which the last edit changed something."""

    name: str
    """`z3`, or of a gradient the parameter that it is by."""
    is_gradient: bool
    count: int
    """How many entries changed."""
    entry: str
    """The one that changed most: `z3[0]`; of a gradient what it is by, `W3[0,1]`: that names it in either layout."""
    old: float
    new: float


def changed_values(state: State) -> Iterator[Change]:
    """What of the forward pass changed, in its order; the loss among it."""
    aliases = state.program.plan.aliases
    yield from _changes(state.program.plan, {
        name: pair for name, pair in state.changes().items() if name not in aliases
    }, is_gradient=False)  # fmt: skip


def changed_gradients(state: State) -> Iterator[Change]:
    """What of the gradients of `of` by the parameters changed; nothing where `of` is not a number."""
    if state.compared is None:
        return
    old, new = gradients(state.compared, state.view.of), gradients(state.program, state.view.of)
    pairs = {name: (old[name], new[name]) for name in new}
    yield from _changes(state.program.plan, pairs, is_gradient=True)


def gradients(program: Program, of: str) -> dict[str, Array]:
    """The gradients by the parameters in their own shapes; none where `of` is not a number."""
    return gradients_of(program, of) if program.plan.shape(of) == (1, 1) else {}


def _changes(plan: Plan, pairs: Mapping[str, tuple[Array, Array]], *, is_gradient: bool) -> Iterator[Change]:
    for name, pair in pairs.items():
        old, new = (array.reshape(plan.shape(name)) for array in pair)
        difference = np.abs(new - old)
        count = int(np.count_nonzero(difference))
        if count:
            row, column = np.unravel_index(int(difference.argmax()), difference.shape)
            entry = entry_at(plan, name, int(row), int(column))
            yield Change(name, is_gradient, count, entry, float(old[row, column]), float(new[row, column]))
