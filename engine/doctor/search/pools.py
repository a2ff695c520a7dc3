"""All values that a part of a formula can be changed to, the cheapest way to each, and how it was come to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.diagnostics import Span
from engine.doctor.search.stacks import fingerprints
from engine.formula import Array, Shape
from engine.formula.syntax import Node

Ints = NDArray[np.int64]

MOST_VALUES = 12_000
"""Values of one shape that are kept of one part; the cheapest stay."""


@dataclass(frozen=True, slots=True)
class Change:
    """One edit, before it is put into words."""

    kind: str
    span: Span
    """The part of the user's text that is changed."""
    before: Node
    after: Node


@dataclass(frozen=True, slots=True)
class Built:
    """A formula, and the changes that lead to it from the user's."""

    node: Node
    changes: tuple[Change, ...] = ()


class Batch(ABC):
    """Where the values of a stack came from: enough to build the formula of any of them when it is asked for."""

    @abstractmethod
    def build(self, position: int) -> Built: ...


@dataclass(slots=True)
class Given(Batch):
    """Values that were computed one by one."""

    built: Sequence[Built]

    def build(self, position: int) -> Built:
        return self.built[position]


@dataclass(slots=True)
class Rows:
    """The values of one shape, the cheapest first."""

    values: Array
    """(n, *shape)"""
    costs: Ints
    batches: Ints
    positions: Ints
    counts: list[int]
    """How many cost at most 0, 1, 2 …"""

    def upto(self, cost: int) -> int:
        """How many cost at most that."""
        return 0 if cost < 0 else self.counts[min(cost, len(self.counts) - 1)]


@dataclass(slots=True)
class Pool:
    """The values of one part up to a cost, by shape."""

    rows: dict[Shape, Rows] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    _waiting: dict[Shape, list[tuple[Array, Ints, int, Ints]]] = field(default_factory=dict)

    def add(self, values: Array, costs: Ints | int, batch: Batch, positions: Ints | None = None) -> None:
        """A stack of values, with what each costs and its place in the batch; `finish` makes them count."""
        if not len(values):
            return
        finite = np.isfinite(values).reshape(len(values), -1).all(axis=1)
        cost = np.broadcast_to(np.asarray(costs, dtype=np.int64), (len(values),))
        place = np.arange(len(values)) if positions is None else positions
        if not finite.all():
            values, cost, place = values[finite], cost[finite], place[finite]
            if not len(values):
                return
        self.batches.append(batch)
        self._waiting.setdefault(values.shape[1:], []).append((values, cost, len(self.batches) - 1, place))

    def add_one(self, value: Array, cost: int, built: Built) -> None:
        self.add(value[None], cost, Given([built]))

    def finish(self) -> Pool:
        """Sort what was added by cost, and keep one of equal values, the cheapest."""
        for shape, parts in self._waiting.items():
            known = self.rows.get(shape)
            values = [part[0] for part in parts]
            costs = [part[1] for part in parts]
            batches = [np.full(len(part[0]), part[2]) for part in parts]
            positions = [part[3] for part in parts]
            if known is not None:
                values, costs = [known.values, *values], [known.costs, *costs]
                batches, positions = [known.batches, *batches], [known.positions, *positions]
            self.rows[shape] = _sorted(
                np.concatenate(values), np.concatenate(costs), np.concatenate(batches), np.concatenate(positions)
            )
        self._waiting.clear()
        return self

    def build(self, shape: Shape, row: int) -> Built:
        """The formula of one value."""
        rows = self.rows[shape]
        return self.batches[int(rows.batches[row])].build(int(rows.positions[row]))

    def __iter__(self) -> Iterator[tuple[Shape, Rows]]:
        return iter(list(self.rows.items()))


def _sorted(values: Array, costs: Ints, batches: Ints, positions: Ints) -> Rows:
    order = np.argsort(costs, kind="stable")
    _, first = np.unique(fingerprints(values)[order], return_index=True)
    order = order[np.sort(first)][:MOST_VALUES]
    costs = costs[order]
    counts = np.cumsum(np.bincount(costs)).tolist()
    return Rows(values[order], costs, batches[order], positions[order], counts)
