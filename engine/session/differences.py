"""The chain before and after the last edit: which factor, and which product, differs, and where most."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.calculus import Program
from engine.calculus import Step as ChainStep
from engine.calculus.pictures import Shown
from engine.diagnostics import Diagnostic
from engine.formula import Array
from engine.session.state import State

MAX_COMPARED = 10_000
"""Entries of the largest matrix that is compared as a whole."""
CORNER = 12
"""Of a larger one so many along each dimension are compared."""
MAX_LISTED = 3
"""Entries that are named of a matrix."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A matrix or tensor before and after."""

    old: Shown
    new: Shown
    is_whole: bool
    """Whether all of it was compared, or only its first rows and columns."""
    count: int
    """Entries that differ."""
    largest: float
    listed: tuple[tuple[tuple[int, ...], float, float], ...]
    """Place, old and new number of those that differ most, the most first."""
    old_entries: Array
    """What was compared, as it was."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A step of the derivation before and after."""

    old: ChainStep
    new: ChainStep
    factor: Difference
    product: Difference
    """The new product."""


def before(state: State) -> Program:
    """The program before the last edit.

    Raises a Diagnostic `nothing_to_compare` where nothing was edited, or the network is another since.
    """
    program = state.compared or (state.past[-1] if state.past else None)
    if program is None or program is state.program:
        raise Diagnostic("nothing_to_compare", "nothing has been edited that could be compared",
                         hints=("e edits, g takes a gradient step",))  # fmt: skip
    if program.plan is not state.program.plan:
        raise Diagnostic("nothing_to_compare", "the network is another one: its factors have no counterparts")
    return program


def pairs(state: State) -> Iterator[Pair]:
    """Every step of the chain before and after the last edit. Raises what `before` raises."""
    for old, new in zip(state.view.derive(before(state)), state.steps, strict=True):
        yield Pair(old, new, difference(old.factor.shown, new.factor.shown), difference(old.after, new.after))


def difference(old: Shown, new: Shown) -> Difference:
    """Where two matrices or tensors of the same shape differ."""
    is_whole = math.prod(new.shape) <= MAX_COMPARED
    cuts = [slice(0, size if is_whole else min(size, CORNER)) for size in new.shape]
    first, second = (np.asarray(each.window(*cuts)).reshape([cut.stop for cut in cuts]) for each in (old, new))
    apart = np.abs(second - first)
    count = int(np.count_nonzero(apart))
    order = np.argsort(-apart, axis=None, kind="stable")[: min(count, MAX_LISTED)]
    places = [tuple(int(index) for index in np.unravel_index(int(at), apart.shape)) for at in order]
    listed = tuple((place, float(first[place]), float(second[place])) for place in places)
    return Difference(old, new, is_whole, count, float(apart.max(initial=0.0)), listed, first)


def difference_words(found: Difference) -> str:
    """`2 entries differ: [0,0] 0.1 → 0.2, [1,0] 0.3 → 0.4`."""
    part = "" if found.is_whole else " in the first rows and columns"
    if not found.count:
        return f"the same{part}"
    listed = ", ".join(f"[{','.join(map(str, place))}] {old:.4g} → {new:.4g}" for place, old, new in found.listed)
    more = f" and {found.count - len(found.listed)} more" if found.count > len(found.listed) else ""
    verb = "entry differs" if found.count == 1 else "entries differ"
    return f"{found.count} {verb}{part}: {listed}{more}"
