"""The words of a right formula: what a part of a wrong one may have been meant to be, and what may be missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.calculus import algebra, derive
from engine.calculus.jacobians import Diagonal, DiagonalMinusRankOne
from engine.calculus.operations import local_jacobian
from engine.calculus.site import Site
from engine.diagnostics import Diagnostic
from engine.doctor.search import rules
from engine.doctor.trials import TOLERANCE, Trial
from engine.formula import FUNCTIONS, Array, Pointwise, spell
from engine.formula.syntax import Binary, Call, Name, Node, Number, Transpose, names_in, substitute, walk

NUMBERS = (0.0, 1.0, 2.0, -1.0, 0.5)
INSERT_COSTS = {
    "derivative": rules.INSERT_DERIVATIVE,
    "factor": rules.INSERT,
    "piece": rules.INSERT,
    "product": rules.PRODUCT,
    "value": rules.SYMBOL,
}
"""What it costs to add a word of each role."""

_NAME = re.compile(r"([A-Za-z]+)(\d*)(.*)")


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A factor that a right formula may have."""

    node: Node
    value: Array
    role: str
    """`derivative` of an activation, `factor` of the reference chain, `piece` of one, `product` so far, or `value`."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """What a part may have been meant to be."""

    node: Node
    value: Array
    cost: int
    kind: str


class Vocabulary:
    """All words for one program, target and trial."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self.words = tuple(self._found())
        self._relations = _relations(trial)

    def _found(self) -> Iterator[Word]:
        known: set[str] = set()
        for role, node in self._nodes():
            text = spell(node)
            if text in known:
                continue
            known.add(text)
            value = self._trial.evaluate(node)
            if value is not None:
                yield Word(node, value, role)

    def _nodes(self) -> Iterator[tuple[str, Node]]:
        trial = self._trial
        plan = trial.program.plan
        for line in plan.lines.values():
            for part in walk(line.expression):
                if isinstance(part, Call) and part.arguments and not part.derivative:
                    yield from _derivatives(part, plan.algebra)
                if isinstance(part, Binary) and part.operator == "@":  # what a product leaves of its other side
                    yield from (("factor", algebra.transpose(side)) for side in part.children)
        for step in trial.steps:
            node = step.factor.node if step.factor.jacobian is not None else None
            if node is None:
                continue
            yield "factor", node
            for piece in _pieces(node):
                if names_in(piece):
                    yield "piece", piece
                    yield "piece", algebra.transpose(piece)
        whole = trial.steps[-1].product.formula
        for part in walk(whole) if whole is not None else ():
            if isinstance(part, Binary) and part is not whole:
                yield "product", part
                yield "product", algebra.transpose(part)
        for name, value in trial.values.items():
            if value.ndim == 2:
                yield "value", Name(name)
                yield "value", algebra.transpose(Name(name))
                if 1 in value.shape and value.size > 1:
                    yield "value", Call("sum", (Name(name),))

    @cached_property
    def gradients(self) -> Sequence[tuple[Name, Array]]:
        """The parameters' names with their gradients: one may stand where the other belongs."""
        trial = self._trial
        if trial.program.plan.shape(trial.of) != (1, 1):
            return ()
        try:
            steps = derive(trial.program, of=trial.of)
            return tuple((Name(step.target), step.product.array) for step in steps if step.is_last)
        except Diagnostic:
            return ()

    def is_derivative(self, value: Array | None) -> bool:
        """Whether a value is that of an activation's derivative."""
        return value is not None and any(
            word.role == "derivative" and word.value.shape == value.shape and np.allclose(word.value, value)
            for word in self.words
        )

    def instead_of(self, node: Node, value: Array | None) -> Iterator[Candidate]:
        """What a part of the formula may have been meant to be, each with what that mistake costs."""
        if isinstance(node, Name):
            yield from self._names_for(node)
        if isinstance(node, Number):
            for number in NUMBERS:
                if number != node.value:
                    yield Candidate(algebra.scaled(1, Number(number)) if number >= 0 else Number(number),
                                    np.asarray(number), rules.NUMBER, "number")  # fmt: skip
            return
        lost = max(0, sum(isinstance(part, Name) for part in walk(node)) - rules.REPLACED)
        for word in self.words:
            is_name = isinstance(node, Name) and isinstance(word.node, Name | Transpose)
            if is_name or word.role == "product":  # a product in place of all that is there would mend anything
                continue
            kind, cost = "symbol", rules.SYMBOL
            if word.role == "derivative":
                kind, cost = _derivative_mistake(value, word.value)
            yield Candidate(word.node, word.value, cost + lost, kind)
        yield from self._weights_for(value)
        if not isinstance(node, Name):
            yield from self._renamed(node)

    def _names_for(self, node: Name) -> Iterator[Candidate]:
        for name, value in self._trial.values.items():
            if name == node.name:
                continue
            kind, cost = self._relations.get((node.name, name)) or _relation(node.name, name)
            yield Candidate(Name(name), value, cost, kind)

    def _renamed(self, node: Node) -> Iterator[Candidate]:
        """A name that is taken for another throughout a part."""
        read = [part.name for part in walk(node) if isinstance(part, Name)]
        for name in {name for name in read if read.count(name) > 1}:
            for candidate in self._names_for(Name(name)):
                renamed = _with_name(node, name, candidate.node)
                value = self._valued(renamed) if candidate.cost < rules.SYMBOL else None
                if value is not None:
                    yield Candidate(renamed, value, candidate.cost, candidate.kind)

    def _valued(self, node: Node) -> Array | None:
        try:
            self._trial.shapes.of(node)
        except Diagnostic:
            return None
        return self._trial.evaluate(node)

    def _weights_for(self, value: Array | None) -> Iterator[Candidate]:
        if value is None or value.ndim != 2:
            return
        for name, gradient in self.gradients:
            weight = self._trial.values[name.name]
            for turned, whole in ((gradient, name), (gradient.T, Transpose(name))):
                if turned.shape == value.shape and _proportional(value, turned):
                    shown = weight if whole is name else weight.T
                    yield Candidate(whole, shown, rules.GRADIENT_FOR_WEIGHT, "gradient")


def _derivative_mistake(value: Array | None, right: Array) -> tuple[str, int]:
    """What was written instead of an activation's derivative."""
    if value is not None and bool((value == 1).all()):
        return "ones", rules.ONES
    rows, *columns = right.shape or (0,)
    if (
        value is not None
        and columns == [rows]
        and value.size == rows > 1
        and np.allclose(value.ravel(), right.diagonal())
    ):
        return "softmax", rules.ONES
    return "derivative", rules.WRONG_DERIVATIVE


def _derivatives(call: Call, rules_: algebra.Algebra) -> Iterator[tuple[str, Node]]:
    """The derivative of an activation wherever the program applies one, as one writes it."""
    try:
        jacobian = local_jacobian(Site(call, call.arguments[0], 0, rules_))
    except Diagnostic:
        return
    if isinstance(jacobian, Diagonal) and names_in(jacobian.vector.node):
        yield "derivative", jacobian.vector.node
    if isinstance(jacobian, DiagonalMinusRankOne) and 1 in jacobian.y:
        yield "derivative", jacobian.numerator_formula()


def _pieces(node: Node) -> Iterator[Node]:
    """The factors of a product: `a3` and `1 - a3` of their Hadamard product."""
    match node:
        case Binary("*" | "@", left, right):
            yield from _pieces(left)
            yield from _pieces(right)
        case _:
            yield node


def _with_name(node: Node, name: str, other: Node) -> Node:
    return substitute(node, lambda part: other if part == Name(name) else None)


def _relations(trial: Trial) -> dict[tuple[str, str], tuple[str, int]]:
    """z3 and a3 where a3 = sigmoid(z3), and values under two names."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for line in trial.program.plan.lines.values():
        match line.expression:
            case Call(function, (Name(z), *_)) if isinstance(FUNCTIONS[function], Pointwise) or "softmax" in function:
                found[line.name, z] = found[z, line.name] = ("argument", rules.ARGUMENT)
            case Name(other):
                found[line.name, other] = found[other, line.name] = ("symbol", rules.SYMBOL)
    return found


def _relation(one: str, other: str) -> tuple[str, int]:
    """How likely one name was taken for another, by their spelling."""
    first, second = _NAME.fullmatch(one), _NAME.fullmatch(other)
    if first and second and first[1] == second[1]:
        if first[2] != second[2] and first[3] == second[3]:
            return "layer", rules.LAYER
        if first[2] == second[2]:
            return "stale", rules.STALE
    return "symbol", rules.SYMBOL


def _proportional(value: Array, gradient: Array) -> bool:
    place = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
    if not gradient[place]:
        return False
    ratio = value[place] / gradient[place]
    scale = float(np.abs(value).max())
    return bool(scale) and float(np.abs(value - ratio * gradient).max()) <= TOLERANCE * scale
