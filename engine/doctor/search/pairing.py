"""Two parts joined by an operator: upwards all pairs of their values, downwards what one must be beside the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from engine.doctor.search import stacks
from engine.doctor.search.parts import Aim, Context, Hit, Part, Wrap, without
from engine.doctor.search.pools import Batch, Built, Change, Ints, Pool, Rows
from engine.doctor.search.rules import PairRule
from engine.formula import Array, Shape

MOST_PAIRS = 1_000_000
"""Pairs that are joined in one NumPy call."""
SIBLINGS = 3
"""Values of an unchanged neighbour that are tried: as it is, and with other brackets."""
CHEAP = 2
"""What an unchanged neighbour may cost: brackets that move."""


@dataclass(slots=True)
class Paired(Batch):
    """Values of two pools, joined."""

    pools: tuple[Pool, Pool]
    shapes: tuple[Shape, Shape]
    rows: tuple[Ints, Ints]
    join: Callable[[Built, Built], Built]

    def build(self, position: int) -> Built:
        left, right = (
            pool.build(shape, int(rows[position]))
            for pool, shape, rows in zip(self.pools, self.shapes, self.rows, strict=True)
        )
        return self.join(left, right)


@dataclass(slots=True)
class Pairing:
    """Two neighbouring parts, and one rule by which they are joined."""

    left: Part
    right: Part
    rule: PairRule
    penalty: int
    join: Callable[[Built, Built], Built]
    is_insertion: bool = False
    """Whether the right side is a factor that is added."""

    @property
    def cost(self) -> int:
        return self.rule.cost + self.penalty

    def oriented(self, left: Array, right: Array) -> tuple[Array, Array] | None:
        """Both stacks as the rule puts them: first and second operand. None where one can't be transposed."""
        if self.rule.transposes == "left":
            if left.ndim != 3:
                return None
            left = left.swapaxes(1, 2)
        if self.rule.transposes == "right":
            if right.ndim != 3:
                return None
            right = right.swapaxes(1, 2)
        return (right, left) if self.rule.swapped else (left, right)

    def fitting(self, cap: int) -> tuple[Pool, Pool, Mapping[Shape, Sequence[tuple[Shape, Shape]]]]:
        """The pools of both sides, and for each shape of a result the shapes of the sides that lead to it."""
        left, right = self.left.pool(cap), self.right.pool(cap)
        rule = self.rule
        known = rule.operator, rule.swapped, rule.transposes, self.is_insertion
        return left, right, _fitting_shapes(*known, tuple(left.rows), tuple(right.rows))

    def add_to(self, pool: Pool, cap: int) -> None:
        """All joined values that cost at most `cap`."""
        left, right, table = self.fitting(cap - self.cost)
        for one, other in (pair for pairs in table.values() for pair in pairs):
            first, second = left.rows[one], right.rows[other]
            for rows, count in _staircase(first, second, cap - self.cost):
                oriented = self.oriented(first.values[rows], second.values[:count])
                assert oriented is not None
                values = stacks.join(self.rule.operator, *oriented)
                if self.rule.swapped:
                    values = values.swapaxes(0, 1)
                pairs = np.indices((rows.stop - rows.start, count)).reshape(2, -1)
                index = (pairs[0] + rows.start, pairs[1])
                costs = first.costs[index[0]] + second.costs[index[1]] + self.cost
                batch = Paired((left, right), (one, other), index, self.join)
                pool.add(values.reshape(-1, *values.shape[2:]), costs, batch)
                self.left.search.check()

    def hits(self, context: Context, budget: int, cap: int) -> Iterator[Hit]:
        """Joined values that meet a context."""
        left, right, table = self.fitting(min(cap, budget - self.cost))
        for one, other in table.get(context.shape, ()):
            first, second = left.rows[one], right.rows[other]
            for rows, count in _staircase(first, second, budget - self.cost):
                said = self._said(context.functional, first.values[rows], second.values[:count])
                for aim, (i, j) in context.met(said):
                    cost = self.cost + int(first.costs[i + rows.start] + second.costs[j])
                    if aim.cost + cost <= budget:
                        built = self.join(left.build(one, int(i) + rows.start), right.build(other, int(j)))
                        yield context.hit(aim, cost, built)
                self.left.search.check()

    def _said(self, functional: Array, left: Array, right: Array) -> Array:
        """What the functional says of every pair: (n, m), without joining them."""
        operator = self.rule.operator
        if operator in stacks.ADDITIVE:
            sign = -1.0 if operator == "-" else 1.0
            signs = (sign, 1.0) if self.rule.swapped else (1.0, sign)
            first = stacks.scores(stacks.pull_term(functional, left.shape[1:]), left)
            second = stacks.scores(stacks.pull_term(functional, right.shape[1:]), right)
            return np.asarray(signs[0] * first[:, None] + signs[1] * second[None])
        if operator == "/":
            right = 1.0 / right
            operator = "*"
        oriented = self.oriented(left, right)
        assert oriented is not None
        x, y = oriented
        pulled = stacks.pull_left(operator, functional, y, x.shape[1:])
        said = x.reshape(len(x), -1) @ pulled.reshape(len(y), -1).T
        return said.T if self.rule.swapped else said

    def contexts(self, context: Context) -> Iterator[tuple[Part, Context]]:
        """What each part must be while the other one stays."""
        yield from self._one_side(context, self.left, self.right, is_left=True)
        yield from self._one_side(context, self.right, self.left, is_left=False)

    def _one_side(self, context: Context, part: Part, other: Part, *, is_left: bool) -> Iterator[tuple[Part, Context]]:
        shapes = (context.shape, *(shape for shape, _ in part.pool(CHEAP) if shape != context.shape))
        for shape, rows in other.pool(CHEAP):
            for row in range(min(SIBLINGS, rows.upto(CHEAP))):
                wrap = self._wrap(context.wrap, other.pool(CHEAP), shape, row, is_left=is_left)
                cost = context.cost + self.cost + int(rows.costs[row])
                for functional, aims in self._pulled(context, rows.values[row], shapes, is_left=is_left):
                    yield part, Context(functional, aims, cost, wrap)

    def _wrap(self, around: Wrap, pool: Pool, shape: Shape, row: int, *, is_left: bool) -> Wrap:
        def wrap(built: Built) -> Built:
            sibling = pool.build(shape, row)
            return around(self.join(built, sibling) if is_left else self.join(sibling, built))

        return wrap

    def _pulled(
        self, context: Context, sibling: Array, shapes: Sequence[Shape], *, is_left: bool
    ) -> Iterator[tuple[Array, tuple[Aim, ...]]]:
        """The functional of one part beside its sibling, for each shape that the part may have, and its aims."""
        rule = self.rule
        own, others = ("left", "right") if is_left else ("right", "left")
        if rule.transposes == others:
            if sibling.ndim != 2:
                return
            sibling = sibling.T
        is_first = is_left != rule.swapped
        match rule.operator:
            case "+" | "-":
                if stacks.joined_shape("+", context.shape, sibling.shape) != context.shape:
                    return
                negated = rule.operator == "-"
                term = float(stacks.scores(stacks.pull_term(context.functional, sibling.shape), sibling[None])[0])
                aims = context.shifted(-term if negated and is_first else term)
                for shape in shapes:
                    if stacks.joined_shape("+", shape, sibling.shape) == context.shape:
                        pulled = stacks.pull_term(context.functional, shape)
                        yield (-pulled if negated and not is_first else pulled), aims
                return
            case "/":
                if not is_first or np.any(sibling == 0.0):
                    return
                operator, sibling = "*", 1.0 / sibling
            case _:
                operator = rule.operator
        if operator != "*":
            beside = _shape_beside(operator, context.shape, sibling.shape, is_first=is_first)
            shapes = () if beside is None else (beside,)
        pull = stacks.pull_left if is_first else stacks.pull_right
        for shape in shapes:
            pair = (shape, sibling.shape) if is_first else (sibling.shape, shape)
            if stacks.joined_shape(operator, *pair) != context.shape:
                continue
            pulled = pull(operator, context.functional, sibling[None], shape)[0]
            if rule.transposes == own:
                if pulled.ndim != 2:
                    continue
                pulled = pulled.T
            yield pulled, context.aims


@lru_cache(maxsize=4_096)
def _fitting_shapes(
    operator: str,
    swapped: bool,
    transposes: str,
    is_insertion: bool,
    lefts: tuple[Shape, ...],
    rights: tuple[Shape, ...],
) -> Mapping[Shape, Sequence[tuple[Shape, Shape]]]:
    """For each shape of a result the shapes of both sides that lead to it by a rule."""
    table: dict[Shape, list[tuple[Shape, Shape]]] = {}
    for one, other in product(lefts, rights):
        if transposes and len(one if transposes == "left" else other) != 2:
            continue
        if is_insertion and operator == "@" and one == other == (1, 1):
            continue  # a number is added with one kind of product alone
        first = one[::-1] if transposes == "left" else one
        second = other[::-1] if transposes == "right" else other
        shape = stacks.joined_shape(operator, *((second, first) if swapped else (first, second)))
        if shape is not None:
            table.setdefault(shape, []).append((one, other))
    return table


def _shape_beside(operator: str, result: Shape, sibling: Shape, *, is_first: bool) -> Shape | None:
    """The shape of a part that gives `result` in a matrix product with its sibling."""
    if len(result) != 2 or len(sibling) != 2:
        return None
    if operator == "outer":
        return (result[0], 1) if is_first else (result[1], 1)
    return (result[0], sibling[0]) if is_first else (sibling[1], result[1])


def _staircase(first: Rows, second: Rows, budget: int) -> Iterator[tuple[slice, int]]:
    """Runs of rows of `first`, each with how many rows of `second` go with it: together they cost at most `budget`."""
    end = first.upto(budget)
    start = 0
    while start < end:
        cost = int(first.costs[start])
        stop = min(first.upto(cost), end)
        count = second.upto(budget - cost)
        if not count:
            return
        step = max(1, MOST_PAIRS // count)
        for begin in range(start, stop, step):
            yield slice(begin, min(stop, begin + step)), count
        start = stop


def joined_node(rule: PairRule, left: Built, right: Built, *changes: Change) -> Built:
    return Built(rule.build(left.node, right.node), without((*left.changes, *right.changes), *changes))
