"""A chain of products: its factors in order, and all the ways to bracket, swap, leave out and add some."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from engine.calculus import algebra
from engine.doctor.search import rules
from engine.doctor.search.maps import Map, Way
from engine.doctor.search.pairing import Pairing, joined_node
from engine.doctor.search.parts import Aim, Context, Hit, Mapped, Part, Wrap, after, transposed, without
from engine.doctor.search.pools import Built, Change, Pool
from engine.doctor.search.rules import PairRule
from engine.formula.syntax import Binary, Call, Name, Node

if TYPE_CHECKING:
    from engine.doctor.search.search import Search

PRODUCTS = ("@", "*", "·", "/", "outer")
MOST_FACTORS = 14
"""Of a longer chain the ends are searched, and its middle is left as it is."""
MOVED_CAP = 6
"""What changes inside of brackets that moved may cost."""
MOST_AIMS = 40
"""Numbers in front that are tried at once."""
INSERTED = (PairRule(None, 0, "*"), PairRule(None, 0, "@"), PairRule(None, 0, "@", swapped=True))


@dataclass(slots=True)
class Flat:
    """A product of products, flattened."""

    factors: list[Part] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    """Between each factor and the next."""
    splits: dict[tuple[int, int], tuple[int, Node]] = field(default_factory=dict)
    """For each bracket of the user's, after which factor it is split, and its node."""


class Chain:
    """The intervals of a flattened product."""

    def __init__(self, search: Search, flat: Flat) -> None:
        self.search, self.flat = search, flat
        self._intervals: dict[tuple[int, int], Interval] = {}

    @property
    def whole(self) -> Interval:
        return self.interval(0, len(self.flat.factors) - 1)

    def interval(self, first: int, last: int) -> Interval:
        key = first, last
        if key not in self._intervals:
            self._intervals[key] = Interval(self, first, last)
        return self._intervals[key]

    def product(self, first: int, last: int) -> Node:
        """Some neighbouring factors as they would be without brackets."""
        nodes = [factor.node for factor in self.flat.factors]
        span = nodes[first].span[0], nodes[last].span[1]
        node = nodes[first]
        for operator, right in zip(self.flat.operators[first:last], nodes[first + 1 : last + 1], strict=True):
            node = Call("outer", (node, right)) if operator == "outer" else Binary(operator, node, right)
        return dataclasses.replace(node, span=span)


class Interval(Part):
    """Some neighbouring factors."""

    def __init__(self, chain: Chain, first: int, last: int) -> None:
        split = chain.flat.splits.get((first, last))
        factors = chain.flat.factors
        node = factors[first].node if first == last else split[1] if split else chain.product(first, last)
        super().__init__(chain.search, node)
        self.is_replaceable = first != last  # a factor alone has put its words in already
        self.chain, self.first, self.last = chain, first, last
        self.is_written = first == last or split is not None
        """Whether these brackets are the user's."""
        self._split = split[0] if split else None
        self._pairings: list[Pairing] | None = None

    @property
    def _factor(self) -> Part | None:
        return self.chain.flat.factors[self.first] if self.first == self.last else None

    @property
    def pairings(self) -> list[Pairing]:
        if self._pairings is None:
            self._pairings = list(self._find_pairings())
        return self._pairings

    def _find_pairings(self) -> Iterator[Pairing]:
        flat = self.chain.flat
        for cut in range(self.first, self.last):
            operator = flat.operators[cut]
            if operator == "/" and cut + 1 != self.last and cut != self._split:
                continue  # a divisor is the factor behind the sign alone
            penalty = 0 if cut == self._split else rules.REGROUP
            left, right = self.chain.interval(self.first, cut), self.chain.interval(cut + 1, self.last)
            if len(flat.factors) > MOST_FACTORS and cut != self._split:
                continue
            for rule in rules.RULES[operator]:
                yield Pairing(left, right, rule, penalty, self._join(rule, moved=penalty > 0))

    def _join(self, rule: PairRule, *, moved: bool) -> Callable[[Built, Built], Built]:
        def join(left: Built, right: Built) -> Built:
            node = rule.build(left.node, right.node)
            changes = [Change("regroup", self.node.span, self.node, node)] if moved else []
            if rule.kind:
                changes.append(Change(rule.kind, self.node.span, self.node, node))
            return joined_node(rule, left, right, *changes)

        return join

    # ---- upwards -----------------------------------------------------------------------------------------------

    def fill(self, pool: Pool, cap: int) -> None:
        if not self.is_written:
            cap = min(cap, MOVED_CAP)
        factor = self._factor
        if factor is not None:
            inner = factor.pool(cap)
            for shape, rows in inner:
                pool.add(rows.values, rows.costs, Mapped(inner, shape, lambda built: built))
        for pairing in self.pairings:
            if pairing.cost <= cap:
                pairing.add_to(pool, cap)
        self._add_parts(pool, cap)
        pool.finish()
        self._add_changed(pool, cap)

    def _add_parts(self, pool: Pool, cap: int) -> None:
        """One side of a product alone, the other one left out."""
        for part, left_out, cost in self._drops():
            if cost > cap:
                continue
            inner = part.pool(cap - cost)
            for shape, rows in inner:
                count = rows.upto(cap - cost)
                batch = Mapped(inner, shape, self._drop(left_out))
                pool.add(rows.values[:count], rows.costs[:count] + cost, batch)

    def _drops(self) -> Iterator[tuple[Interval, Interval, int]]:
        """What may stay, what is left out, and what that costs."""
        if self.first == self.last:
            return
        for kept, left_out in (
            (self.chain.interval(self.first, self.last - 1), self.chain.interval(self.last, self.last)),
            (self.chain.interval(self.first + 1, self.last), self.chain.interval(self.first, self.first)),
        ):
            yield kept, left_out, rules.DROP
        if self._split is not None:
            left = self.chain.interval(self.first, self._split)
            right = self.chain.interval(self._split + 1, self.last)
            for kept, left_out in ((left, right), (right, left)):
                if left_out.first != left_out.last and self.search.is_derivative(left_out.node):
                    yield kept, left_out, rules.DROP_REPEATED

    def _drop(self, left_out: Part) -> Wrap:
        def change(built: Built) -> Built:
            dropped = Change("drop", left_out.node.span, left_out.node, built.node)
            return Built(built.node, without(built.changes, dropped))

        return change

    def _add_changed(self, pool: Pool, cap: int) -> None:
        """The values so far with a factor added, transposed, or replaced by what is in the vocabulary."""
        if not self.is_written:
            return
        before = Pool(dict(pool.rows), pool.batches)  # the pool itself is sorted again when it is finished
        for shape, rows in before:
            count = rows.upto(cap - rules.TRANSPOSE)
            if count and len(shape) == 2 and shape != (1, 1):
                batch = Mapped(before, shape, transposed(self))
                pool.add(rows.values[:count].swapaxes(1, 2), rows.costs[:count] + rules.TRANSPOSE, batch)
        for pairing in self._insertions(_Held(self.search, self.node, before)):
            pairing.add_to(pool, cap)

    def _insertions(self, part: Part) -> Iterator[Pairing]:
        """Joins with a factor that is not there."""
        words = self.search.words
        for rule in INSERTED:

            def join(left: Built, right: Built, rule: PairRule = rule) -> Built:
                node = rule.build(left.node, right.node)
                return Built(node, without(left.changes, Change("insert", self.node.span, right.node, node)))

            yield Pairing(part, words, rule, 0, join, is_insertion=True)

    # ---- downwards ---------------------------------------------------------------------------------------------

    def contexts(self, context: Context, limit: int) -> Iterator[tuple[Part, Context]]:
        factor = self._factor
        if factor is not None:
            yield factor, context
        for pairing in self.pairings:
            if context.cost + pairing.cost <= limit:
                yield from pairing.contexts(context)
        for part, left_out, cost in self._drops():
            if context.cost + cost <= limit:
                wrap, drop = context.wrap, self._drop(left_out)
                yield part, Context(context.functional, context.aims, context.cost + cost, after(wrap, drop))
        yield from self._turned(context, limit)
        yield from self._summed(context, limit)

    def _turned(self, context: Context, limit: int) -> Iterator[tuple[Part, Context]]:
        cost = context.cost + rules.TRANSPOSE
        if len(context.shape) == 2 and context.shape != (1, 1) and cost <= limit and self.is_written:
            wrap = after(context.wrap, transposed(self))
            yield self, Context(context.functional.T, context.aims, cost, wrap)

    def _summed(self, context: Context, limit: int) -> Iterator[tuple[Part, Context]]:
        """A sum over an axis that is missing."""
        cost = context.cost + rules.SUM
        if cost > limit or not self.is_written or len(context.shape) != 2:
            return
        for axis in (0, 1):
            if context.shape[axis] != 1:
                continue
            for size in self.search.sizes:
                shape = (size, context.shape[1]) if axis == 0 else (context.shape[0], size)
                if shape not in self.pool(rules.TRANSPOSE).rows:
                    continue
                functional = np.broadcast_to(context.functional, shape)
                yield self, Context(functional, context.aims, cost, after(context.wrap, self._total(axis)))

    def _total(self, axis: int) -> Wrap:
        def change(built: Built) -> Built:
            node = algebra.total(built.node, axis)
            return Built(node, without(built.changes, self.changed("sum", node)))

        return change

    def hits(self, context: Context, budget: int, cap: int) -> Iterator[Hit]:
        yield from super().hits(context, budget, cap)
        for pairing in self.pairings:
            if pairing.cost <= budget:
                yield from pairing.hits(context, budget, cap)
        if self.is_written and budget >= rules.INSERT_DERIVATIVE:
            for pairing in self._insertions(self):
                yield from pairing.hits(context, budget, cap)


class _Held(Part):
    """A part whose values are those of a pool that is there already."""

    def __init__(self, search: Search, node: Node, pool: Pool) -> None:
        super().__init__(search, node)
        self._pool, self._cap = pool, 1_000

    def fill(self, pool: Pool, cap: int) -> None:
        raise AssertionError(cap)


# ---- numbers in front ------------------------------------------------------------------------------------------

Numbers = Sequence[tuple[str, Node]]
"""Numbers that multiply (`*`) or divide (`/`) a product."""


class Scaled(Map):
    """A product with numbers in front, which may be other numbers: one context with an aim for each of them."""

    is_replaceable = False

    def contexts(self, context: Context, limit: int) -> Iterator[tuple[Part, Context]]:
        aims = [
            Aim(aim.value / way.ratio, aim.cost + way.cost, after(after(aim.wrap, context.wrap), self._change(way)))
            for aim in context.aims
            for way in self.ways
            if isinstance(way, Scaling) and context.cost + aim.cost + way.cost <= limit
        ]
        cheapest: dict[float, Aim] = {}
        for aim in sorted(aims, key=lambda aim: aim.cost):
            cheapest.setdefault(round(aim.value, 10), aim)
        yield self.operand, Context(context.functional, tuple(cheapest.values())[:MOST_AIMS], context.cost, lambda b: b)

    def __init__(self, search: Search, node: Node, product: Part, numbers: Numbers, value: float) -> None:
        ways = [_scaling(0, None, value, lambda part: _in_front(numbers, part))]
        for kind, ratio, build in _ratios(search):
            ways.append(_scaling(rules.SCALE, kind, ratio * value, _composed(build, numbers)))
            if numbers:  # as if no number had been there
                ways.append(_scaling(rules.SCALE + 1, kind, ratio, build))
        if numbers:
            ways.append(_scaling(rules.SCALE, "scale", 1.0, lambda part: part))
        super().__init__(search, node, product, ways)


def _ratios(search: Search) -> Iterator[tuple[str, float, Callable[[Node], Node]]]:
    """The factors by which a product is usually wrong."""
    yield "sign", -1.0, algebra.negate
    for ratio in (2.0, 0.5):
        yield "scale", ratio, _times(ratio)
        yield "sign", -ratio, _times(-ratio)
    for name, count in search.counts.items():
        yield "scale", count, _counted(name, "*")
        yield "scale", 1.0 / count, _counted(name, "/")
        yield "sign", -1.0 / count, after(algebra.negate, _counted(name, "/"))
        yield "scale", 2.0 / count, after(_times(2.0), _counted(name, "/"))


def _counted(name: str, operator: str) -> Callable[[Node], Node]:
    """Times the number of samples, or divided by it."""
    return lambda part: Binary("/", part, Name(name)) if operator == "/" else Binary("*", Name(name), part)


def _times(ratio: float) -> Callable[[Node], Node]:
    """Numbers in front are gathered: ½ of 2 v is v."""

    def build(part: Node) -> Node:
        value, rest = algebra.coefficient(part)
        return algebra.scaled(value * Fraction(ratio), rest)

    return build


def _composed(build: Callable[[Node], Node], numbers: Numbers) -> Callable[[Node], Node]:
    return lambda part: build(_in_front(numbers, part))


@dataclass(frozen=True, slots=True)
class Scaling(Way):
    """A multiplication by a number."""

    ratio: float = field(kw_only=True)


def _scaling(cost: int, kind: str | None, ratio: float, build: Callable[[Node], Node]) -> Way:
    return Scaling(
        cost, kind, lambda stack: stack * ratio, build, lambda functional: (functional * ratio,), ratio=ratio
    )


def _in_front(numbers: Numbers, part: Node) -> Node:
    for operator, number in reversed(numbers):
        part = Binary("/", part, number) if operator == "/" else Binary("*", number, part)
    return part
