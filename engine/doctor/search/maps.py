"""Parts with one operand, and sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.doctor.search import rules
from engine.doctor.search.pools import Built, Pool
from engine.doctor.search.rules import PairRule
from engine.formula import Array
from engine.formula.syntax import Binary, Node

if TYPE_CHECKING:
    from engine.doctor.search.search import Search

from engine.doctor.search.pairing import Pairing, joined_node
from engine.doctor.search.parts import Context, Hit, Mapped, Part, Wrap, after, without


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
