"""A user's formula taken apart: every part knows the values that it can be changed to, and what they would have to be.

Upwards, `pool` lists the values of a part by what the changes inside of it cost. Downwards, a `Context` says which
value of a part would make the whole formula right while all around it stays, as a linear functional. Where both meet
is a correction: two changes are found by listing one each, three by listing one and two.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.calculus import algebra
from engine.doctor.search import stacks
from engine.doctor.search.pools import Batch, Built, Change, Pool
from engine.formula import Array, Shape
from engine.formula.syntax import Binary, Node, Transpose

if TYPE_CHECKING:
    from engine.doctor.search.search import Search
    from engine.doctor.search.vocabulary import Candidate

MOST_COMPARED = 200_000
"""Numbers that are compared with aims at once."""
CLOSE = 1e-9
"""How near a functional must come to what it is to be; what comes near by accident is refused when it is verified."""

Wrap = Callable[[Built], Built]
Same = TypeVar("Same")


@dataclass(frozen=True, slots=True)
class Aim:
    """A number that a functional must say; others than the plain one stand for other numbers in front."""

    value: float
    cost: int
    wrap: Wrap


@dataclass(slots=True)
class Context:
    """What a part's value must be, for the whole formula to be right."""

    functional: Array
    """Of the shape that the value must have."""
    aims: tuple[Aim, ...]
    """What the functional must say of the value: any of these, the cheapest first."""
    cost: int
    """Of the changes around the part."""
    wrap: Wrap
    """What is around the part, up to where the aims were set."""

    @property
    def shape(self) -> Shape:
        return self.functional.shape

    def shifted(self, term: float) -> tuple[Aim, ...]:
        """The aims of a term beside which another one says `term`."""
        return tuple(replace(aim, value=aim.value - term) for aim in self.aims)

    def met(self, said: Array) -> Iterator[tuple[Aim, NDArray[np.intp]]]:
        """Where what the functional says meets an aim."""
        if said.size * len(self.aims) <= MOST_COMPARED:  # all aims at once, as most meet nothing
            values = np.array([aim.value for aim in self.aims])
            if not (np.abs(said[..., None] - values) <= CLOSE).any():
                return
        for aim in self.aims:
            is_met = np.abs(said - aim.value) <= CLOSE
            if is_met.any():
                for place in np.argwhere(is_met):
                    yield aim, place

    def hit(self, aim: Aim, cost: int, built: Built) -> Hit:
        """The whole formula, from a part that meets an aim."""
        return Hit(self.cost + aim.cost + cost, aim.wrap(self.wrap(built)))


@dataclass(slots=True)
class Hit:
    """A formula that is probably right."""

    cost: int
    built: Built


class Part(ABC):
    """A part of the formula."""

    is_replaceable = True
    """Whether the whole part may have been meant to be another word."""

    def __init__(self, search: Search, node: Node) -> None:
        self.search, self.node = search, node
        self._pool, self._cap = Pool(), -1
        self._replacements: list[Candidate] | None = None

    def pool(self, cap: int) -> Pool:
        """The values whose changes cost at most `cap` (a few may cost more)."""
        if cap > self._cap:
            self.search.check()
            self._pool, self._cap = Pool(), cap
            self.fill(self._pool, cap)
            if self.is_replaceable:
                self._add_replacements(self._pool, cap)
            self._pool.finish()
        return self._pool

    def _add_replacements(self, pool: Pool, cap: int) -> None:
        if self._replacements is None:
            self._replacements = list(self.search.instead_of(self.node))
        for candidate in self._replacements:
            if candidate.cost <= cap:
                change = self.changed(candidate.kind, candidate.node)
                pool.add_one(candidate.value, candidate.cost, Built(candidate.node, (change,)))

    @abstractmethod
    def fill(self, pool: Pool, cap: int) -> None:
        """Put the values into a pool."""

    def contexts(self, context: Context, limit: int) -> Iterator[tuple[Part, Context]]:
        """What the parts of this part must be, where changes around them may cost up to `limit`."""
        return iter(())

    def hits(self, context: Context, budget: int, cap: int) -> Iterator[Hit]:
        """The values that meet a context, at a cost of at most `budget` inside of this part."""
        rows = self.pool(min(cap, budget)).rows.get(context.shape)
        if rows is None:
            return
        count = rows.upto(budget)
        if not count:
            return
        said = stacks.scores(context.functional, rows.values[:count])
        for aim, (row,) in context.met(said):
            cost = int(rows.costs[row])
            if aim.cost + cost <= budget:
                yield context.hit(aim, cost, self._pool.build(context.shape, int(row)))

    def changed(self, kind: str, after: Node, *, before: Node | None = None) -> Change:
        return Change(kind, self.node.span, before or self.node, after)


@dataclass(slots=True)
class Mapped(Batch):
    """Values of another pool, each changed in the same way."""

    pool: Pool
    shape: Shape
    change: Callable[[Built], Built]

    def build(self, position: int) -> Built:
        return self.change(self.pool.build(self.shape, position))


def without(changes: Sequence[Change], *more: Change) -> tuple[Change, ...]:
    """Changes in order, each once."""
    return tuple(dict.fromkeys((*changes, *more)))


def after(outer: Callable[[Same], Same], inner: Callable[[Same], Same]) -> Callable[[Same], Same]:
    """One change after another."""
    return lambda built: outer(inner(built))


def transposed(part: Part) -> Wrap:
    """The value of a part, transposed."""

    def change(built: Built) -> Built:
        node = turned(built.node)
        return Built(node, without(built.changes, part.changed("transpose", node, before=built.node)))

    return change


def turned(node: Node) -> Node:
    """A formula transposed, inside where that takes a transpose away: (a bᵀ)ᵀ is b aᵀ."""
    match node:
        case Binary("@", left, right) if isinstance(left, Transpose) or isinstance(right, Transpose):
            return Binary("@", turned(right), turned(left))
    return algebra.transpose(node)
