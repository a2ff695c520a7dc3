"""From the nodes of a formula to the parts that the search changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.calculus import algebra
from engine.diagnostics import Diagnostic
from engine.doctor.search import rules
from engine.doctor.search.maps import Atom, Map, Sum, Way, same, unchanged
from engine.doctor.search.parts import Part
from engine.doctor.search.products import PRODUCTS, Chain, Flat, Scaled
from engine.formula import FUNCTIONS, Array, Pointwise, ShapeMap, compile_formula
from engine.formula.syntax import Binary, Call, Name, Negate, Node, Number, Transpose, walk

if TYPE_CHECKING:
    from engine.doctor.search.search import Search

MOST_ONE_BY_ONE = 300
"""Values to which a function that takes no stacks is applied one by one."""
REDUCED = ("sum", "mean")


class Decomposer:
    """Takes a formula apart for one search."""

    def __init__(self, search: Search) -> None:
        self.search = search

    def whole(self, node: Node) -> Part:
        """The whole formula: a product, if only of one factor, with a number in front."""
        return self._product(node)

    def part(self, node: Node) -> Part:
        match node:
            case Binary("+" | "-", left, right):
                return Sum(self.search, node, self._term(left), self._term(right))
            case Binary(operator) if operator in PRODUCTS:
                return self._product(node)
            case Call("outer", (_, _)):
                return self._product(node)
            case Negate(operand):
                return Map(self.search, node, self.part(operand), [
                    Way(0, None, np.negative, Negate, lambda functional: (-functional,)),
                    Way(rules.SIGN, "sign", same, _itself, unchanged),
                ])  # fmt: skip
            case Transpose(operand):
                return Map(self.search, node, self.part(operand), [
                    Way(0, None, _turned, algebra.transpose, lambda functional: (functional.T,)),
                    Way(rules.TRANSPOSE, "transpose", same, _itself, unchanged),
                ])  # fmt: skip
            case Call(function) if isinstance(FUNCTIONS[function], Pointwise):
                return self._pointwise(node)
            case Call(function, (operand, *_)) if function in REDUCED:
                return self._reduced(node, operand)
            case Binary("**", base, Number() as exponent):
                return self._power(node, base, exponent)
            case Call(_, (operand, *others)) if not any(self._reads(other) for other in others):
                return self._applied(node, operand)
        return Atom(self.search, node)

    @staticmethod
    def _reads(node: Node) -> bool:
        return any(isinstance(part, Name) and part.name not in ("True", "False", "None") for part in walk(node))

    def _term(self, node: Node) -> Part:
        """A term of a sum; a function's value may lack a factor."""
        return self._product(node) if isinstance(node, Call) else self.part(node)

    # ---- products ----------------------------------------------------------------------------------------------

    def _product(self, node: Node) -> Part:
        flat, numbers = Flat(), []  # type: ignore[var-annotated]
        self._flatten(node, flat, numbers, "*")
        value = 1.0
        for operator, number in numbers:
            factor = float(np.asarray(self.search.trial.evaluate(number)))
            value = value / factor if operator == "/" else value * factor
        if not flat.factors:
            return Atom(self.search, node)
        chain = Chain(self.search, flat)
        return Scaled(self.search, node, chain.whole, numbers, value)

    def _flatten(
        self, node: Node, flat: Flat, numbers: list[tuple[str, Node]], operator: str
    ) -> tuple[int, int] | None:
        """Append the factors of a product; answers which they are, or None where it is a number alone."""
        if operator in "*/" and self.search.is_number(node):
            numbers.append((operator, node))
            return None
        match node:
            case Binary(joint, left, right) if joint in PRODUCTS and operator != "/":
                return self._flatten_pair(node, self._settled(joint, left, right), left, right, flat, numbers)
            case Call("outer", (left, right)) if operator != "/":
                return self._flatten_pair(node, "outer", left, right, flat, numbers)
        flat.factors.append(self.part(node))
        return len(flat.factors) - 1, len(flat.factors) - 1

    def _flatten_pair(
        self, node: Node, operator: str, left: Node, right: Node, flat: Flat, numbers: list[tuple[str, Node]]
    ) -> tuple[int, int] | None:
        first = self._flatten(left, flat, numbers, "*")
        if first is not None:
            flat.operators.append(operator)
        second = self._flatten(right, flat, numbers, "/" if operator == "/" else "*")
        if first is None:
            return second
        if second is None:
            flat.operators.pop()
            return first
        flat.splits[first[0], second[1]] = first[1], node
        return first[0], second[1]

    def _settled(self, operator: str, left: Node, right: Node) -> str:
        if operator != "·":
            return operator
        one, other = self.search.value(left), self.search.value(right)
        is_scaling = (one is not None and one.shape == ()) or (other is not None and other.shape == ())
        return "*" if is_scaling else "@"

    # ---- functions ---------------------------------------------------------------------------------------------

    def _pointwise(self, node: Call) -> Part:
        function = FUNCTIONS[node.function]
        assert isinstance(function, Pointwise)
        apply, slope = function.value, function.slope

        def value(stack: Array) -> Array:
            return np.asarray(apply(stack), dtype=np.float64)

        def derivative(stack: Array) -> Array:
            return np.asarray(slope(stack, apply(stack)), dtype=np.float64)

        def called(is_derivative: bool) -> Callable[[Node], Node]:
            return lambda part: Call(node.function, (part,), (), is_derivative, span=node.span)

        ways = [
            Way(rules.DERIVATIVE_MARK if node.derivative else 0, "function" if node.derivative else None, value,
                called(False)),
            Way(0 if node.derivative else rules.DERIVATIVE_MARK, None if node.derivative else "prime", derivative,
                called(True)),
            Way(rules.UNWRAP, "unwrap", same, _itself, unchanged),
        ]  # fmt: skip
        return Map(self.search, node, self.part(node.arguments[0]), ways)

    def _power(self, node: Node, base: Node, exponent: Number) -> Part:
        ways = [_to_the(exponent.value, 0, None)]
        if exponent.value != 1:
            ways.append(Way(rules.NUMBER, "power", same, _itself, unchanged))
        ways += [_to_the(power, rules.NUMBER, "power") for power in (2.0, 3.0) if power != exponent.value]
        return Map(self.search, node, self.part(base), ways)

    def _reduced(self, node: Call, operand: Node) -> Part:
        _, static = self.search.trial.shapes.arguments(node)
        own = (node.function, static.get("axis"), bool(static.get("keepdims")))
        ways = []
        for name in REDUCED:
            for axis in (None, 0, 1):
                for keeps in (True, False) if axis is not None else (False,):
                    said = (name, axis, keeps)
                    is_own = (said[0], said[2]) == (own[0], own[2]) and _same_axis(axis, own[1])
                    cost, kind = (0, None) if is_own else _reduction_cost(said, own)  # type: ignore[arg-type]
                    ways.append(_reduction(node, said, cost, kind, is_own, self.search.sizes))
        ways.append(Way(rules.SUM, "no_sum", same, _itself, unchanged))
        return Map(self.search, node, self.whole(operand), ways)

    def _applied(self, node: Call, operand: Node) -> Part:
        """A function that takes no stacks: applied to one value after the other."""
        ways = [self._call_way(node, node.arguments[1:], 0, None)]
        if node.function == "delete" and len(node.arguments) == 3:
            for place in range(max(self.search.sizes, default=0)):
                if Number(float(place)) != node.arguments[1]:
                    rest = (Number(float(place)), node.arguments[2])
                    ways.append(self._call_way(node, rest, rules.NUMBER, "number"))
        ways.append(Way(rules.UNWRAP, "unwrap", same, _itself, unchanged))
        return Map(self.search, node, self.part(operand), ways)

    @staticmethod
    def _call_way(node: Call, rest: tuple[Node, ...], cost: int, kind: str | None) -> Way:
        def build(part: Node) -> Node:
            return Call(node.function, (part, *rest), node.keywords, node.derivative, span=node.span)

        def compute(stack: Array) -> Array | None:
            shapes = ShapeMap({"v": stack.shape[1:]})
            formula = build(Name("v"))
            try:
                shapes.of(formula)
            except Diagnostic:
                return None
            run = compile_formula(formula, shapes)
            if len(stack) > MOST_ONE_BY_ONE:
                return None
            return np.stack([np.asarray(run({"v": value}), dtype=np.float64) for value in stack])

        return Way(cost, kind, compute, build)


def _itself(node: Node) -> Node:
    return node


def _to_the(power: float, cost: int, kind: str | None) -> Way:
    return Way(cost, kind, lambda stack: stack**power, lambda part: Binary("**", part, Number(power)))


def _turned(stack: Array) -> Array:
    return stack.swapaxes(1, 2) if stack.ndim == 3 else stack


def _same_axis(one: int | None, other: object) -> bool:
    return one == other or (isinstance(other, int) and one is not None and other == one - 2)


def _reduction_cost(said: tuple[str, int | None, bool], own: tuple[str, int | None, bool]) -> tuple[int, str]:
    name, axis, keeps = said
    if name != own[0]:
        same = _same_axis(axis, own[1]) and keeps == own[2]
        return (rules.MEAN if same else rules.LAYOUTS), "mean"
    if _same_axis(axis, own[1]):
        return rules.ONES, "keepdims"
    return rules.AXIS, "axis"


def _reduction(
    node: Call, said: tuple[str, int | None, bool], cost: int, kind: str | None, is_own: bool, sizes: Sequence[int]
) -> Way:
    name, axis, keeps = said

    def compute(stack: Array) -> Array | None:
        if axis is not None and axis >= stack.ndim - 1:
            return None
        axes = tuple(range(1, stack.ndim)) if axis is None else (axis + 1,)
        value = stack.sum(axis=axes, keepdims=keeps) if name == "sum" else stack.mean(axis=axes, keepdims=keeps)
        return np.asarray(value)

    def build(part: Node) -> Node:
        if is_own:
            return Call(node.function, (part, *node.arguments[1:]), node.keywords, span=node.span)
        keywords: Sequence[tuple[str, Node]] = ()
        if axis is not None:
            keywords = (("axis", Number(float(axis))), *((("keepdims", Name("True")),) if keeps else ()))
        return Call(name, (part,), tuple(keywords), span=node.span)

    def pull(functional: Array) -> Iterator[Array]:
        """The adjoint of a sum is a repetition, as often as the axis was long."""
        if axis is None:
            return
        kept = functional if keeps else np.expand_dims(functional, min(axis, functional.ndim))
        if kept.ndim != 2 or kept.shape[axis] != 1:
            return
        for size in sizes:
            shape = (size, kept.shape[1]) if axis == 0 else (kept.shape[0], size)
            yield np.broadcast_to(kept if name == "sum" else kept / size, shape)

    return Way(cost, kind, compute, build, pull, is_many=True)
