"""A user's formula taken apart: every part knows the values that it can be changed to, and what they would have to be.

Upwards, `pool` lists the values of a part by what the changes inside of it cost. Downwards, a `Context` says which
value of a part would make the whole formula right while all around it stays, as a linear functional. Where both meet
is a correction: two changes are found by listing one each, three by listing one and two.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.calculus import algebra
from engine.doctor import rules, stacks
from engine.doctor.pools import Batch, Built, Change, Ints, Pool, Rows
from engine.doctor.rules import PairRule
from engine.formula import Array, Shape
from engine.formula.syntax import Binary, Node, Transpose

if TYPE_CHECKING:
    from engine.doctor.search import Search
    from engine.doctor.vocabulary import Candidate

MOST_PAIRS = 1_000_000
"""Pairs that are joined in one NumPy call."""
MOST_COMPARED = 200_000
"""Numbers that are compared with aims at once."""
CLOSE = 1e-9
"""How near a functional must come to what it is to be; what comes near by accident is refused when it is verified."""
SIBLINGS = 3
"""Values of an unchanged neighbour that are tried: as it is, and with other brackets."""
CHEAP = 2
"""What an unchanged neighbour may cost: brackets that move."""

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


# ---- ways to come to a value -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Mapped(Batch):
    """Values of another pool, each changed in the same way."""

    pool: Pool
    shape: Shape
    change: Callable[[Built], Built]

    def build(self, position: int) -> Built:
        return self.change(self.pool.build(self.shape, position))


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


def without(changes: Sequence[Change], *more: Change) -> tuple[Change, ...]:
    """Changes in order, each once."""
    return tuple(dict.fromkeys((*changes, *more)))


def joined_node(rule: PairRule, left: Built, right: Built, *changes: Change) -> Built:
    return Built(rule.build(left.node, right.node), without((*left.changes, *right.changes), *changes))


# ---- parts with one operand, and sums --------------------------------------------------------------------------


class Atom(Part):
    """A name, a number, or what is not taken apart further."""

    def fill(self, pool: Pool, cap: int) -> None:
        value = self.search.value(self.node)
        if value is not None:
            pool.add_one(value, 0, Built(self.node))


@dataclass(frozen=True, slots=True)
class Way:
    """One way to compute a value from an operand's."""

    cost: int
    kind: str | None
    compute: Callable[[Array], Array | None]
    """From a stack to a stack; None where it cannot be applied to values of that shape."""
    build: Callable[[Node], Node]
    pull: Callable[[Array], Iterable[Array]] | None = None
    """Functionals of the operand from that of the value, one for each shape, where the way is linear."""
    is_many: bool = False
    """Whether the shape of the operand does not follow from that of the value, so that all are pulled."""


class Map(Part):
    """A function of one operand, which may have been another function, or none."""

    def __init__(self, search: Search, node: Node, operand: Part, ways: Sequence[Way]) -> None:
        super().__init__(search, node)
        self.operand, self.ways = operand, ways

    def fill(self, pool: Pool, cap: int) -> None:
        for way in self.ways:
            inner = self.operand.pool(cap - way.cost) if way.cost <= cap else Pool()
            for shape, rows in inner:
                count = rows.upto(cap - way.cost)
                if not count:
                    continue
                values = way.compute(rows.values[:count])
                if values is not None:
                    pool.add(values, rows.costs[:count] + way.cost, Mapped(inner, shape, self._change(way)))

    def _change(self, way: Way) -> Wrap:
        def change(built: Built) -> Built:
            node = way.build(built.node)
            if way.kind is None:
                return Built(node, built.changes)
            return Built(node, without(built.changes, self.changed(way.kind, node)))

        return change

    def hits(self, context: Context, budget: int, cap: int) -> Iterator[Hit]:
        # Where a way is not linear, no context leads on to the operand: all that it can be is listed here.
        yield from super().hits(context, budget, cap if all(way.pull for way in self.ways) else budget)

    def contexts(self, context: Context, limit: int) -> Iterator[tuple[Part, Context]]:
        for way in self.ways:
            if way.pull is None or context.cost + way.cost > limit:
                continue
            wrap = after(context.wrap, self._change(way))
            for functional in way.pull(context.functional):
                if way.is_many and functional.shape not in self.operand.pool(rules.TRANSPOSE).rows:
                    continue
                yield self.operand, Context(functional, context.aims, context.cost + way.cost, wrap)


def same(stack: Array) -> Array:
    """The value of an operand itself."""
    return stack


def unchanged(functional: Array) -> Iterable[Array]:
    """The functional of an operand that is the value itself."""
    return (functional,)


def after(outer: Callable[[Same], Same], inner: Callable[[Same], Same]) -> Callable[[Same], Same]:
    """One change after another."""
    return lambda built: outer(inner(built))


class Sum(Part):
    """left + right or left − right."""

    def __init__(self, search: Search, node: Binary, left: Part, right: Part) -> None:
        super().__init__(search, node)
        self.left, self.right = left, right
        self.pairings = [Pairing(left, right, rule, 0, self._join(rule)) for rule in rules.RULES[node.operator]]

    def _join(self, rule: PairRule) -> Callable[[Built, Built], Built]:
        def join(left: Built, right: Built) -> Built:
            node = rule.build(left.node, right.node)
            changes = [self.changed(rule.kind, node)] if rule.kind else []
            return joined_node(rule, left, right, *changes)

        return join

    def fill(self, pool: Pool, cap: int) -> None:
        for pairing in self.pairings:
            if pairing.cost <= cap:
                pairing.add_to(pool, cap)
        for part in (self.left, self.right):
            self._add_rest(pool, part, cap)

    def _add_rest(self, pool: Pool, part: Part, cap: int) -> None:
        """One of the terms alone."""
        if cap < rules.DROP:
            return
        inner = part.pool(cap - rules.DROP)
        for shape, rows in inner:
            count = rows.upto(cap - rules.DROP)
            pool.add(rows.values[:count], rows.costs[:count] + rules.DROP, Mapped(inner, shape, self._drop))

    def _drop(self, built: Built) -> Built:
        return Built(built.node, without(built.changes, self.changed("drop_term", built.node)))

    def contexts(self, context: Context, limit: int) -> Iterator[tuple[Part, Context]]:
        for pairing in self.pairings:
            if context.cost + pairing.cost <= limit:
                yield from pairing.contexts(context)
        if context.cost + rules.DROP <= limit:
            for part in (self.left, self.right):
                wrap = after(context.wrap, self._drop)
                yield part, Context(context.functional, context.aims, context.cost + rules.DROP, wrap)

    def hits(self, context: Context, budget: int, cap: int) -> Iterator[Hit]:
        yield from super().hits(context, budget, cap)
        for pairing in self.pairings:
            if pairing.cost <= budget:
                yield from pairing.hits(context, budget, cap)


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
