"""Mistakes made on purpose: every single one of the usual kinds at every place of a right formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engine import Network, Program, derive
from engine.formula import FUNCTIONS, Pointwise, parse, spell
from engine.formula.syntax import Binary, Call, Name, Negate, Node, Number, Transpose, substitute, walk

ACTIVATIONS = ["relu", "tanh", "sigmoid", "softplus", "leaky_relu", "silu"]


@dataclass(frozen=True)
class Case:
    program: Program
    target: str
    formula: Node

    def __str__(self) -> str:
        return f"{self.program.title}: ∂L/∂{self.target} = {spell(self.formula)}"


def networks(count: int = 20, seed: int = 5) -> Iterator[Program]:
    """Networks of two or three layers: single samples, column and row batches, with and without biases."""
    generator = np.random.default_rng(seed)
    for number in range(count):
        depth = int(generator.integers(2, 4))
        sizes = [int(size) for size in generator.permutation(np.arange(2, 7))[: depth + 1]]
        loss, last = [
            ("half_squared_error", "sigmoid"), ("squared_error", "tanh"), ("half_squared_error", "identity"),
            ("binary_cross_entropy", "sigmoid"), ("cross_entropy", "softmax"),
        ][number % 5]  # fmt: skip
        yield Network(
            sizes,
            [*(str(generator.choice(ACTIVATIONS)) for _ in range(depth - 1)), last],
            loss,
            bias=bool(generator.random() < 0.5),
            first_layer=int(generator.integers(2)),
            batch=[1, 7, 7][number % 3],
            samples=["columns", "columns", "rows", "rows_transposed"][number % 4],
            reduction=["sum", "mean"][int(generator.integers(2))],
        ).program(seed=number)


def right_formulas(program: Program) -> Iterator[Case]:
    """The gradient of every parameter, as the derivation writes it; with the output delta fused where it can be."""
    for target in program.parameters:
        for fused in (False, True):
            *_, last = derive(program, target, fused=fused)
            formula = last.product.formula
            assert formula is not None
            yield Case(program, target, parse(spell(formula)))  # each part a node of its own
            if not fused and str(formula) == str([*derive(program, target, fused=True)][-1].product.formula):
                break


# ---- mistakes --------------------------------------------------------------------------------------------------

Mistake = Callable[[Node, Program], Iterator[Node]]


def transpose(node: Node, program: Program) -> Iterator[Node]:
    if isinstance(node, Transpose):
        yield node.operand
    elif isinstance(node, Name) and 1 not in (program.plan.shape(node.name) if _known(node, program) else (1, 1)):
        yield Transpose(node)


def swap(node: Node, program: Program) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator == "@":
        yield Binary("@", node.right, node.left)


def product(node: Node, program: Program) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator == "@":
        yield Binary("*", node.left, node.right)
    if isinstance(node, Binary) and node.operator == "*" and not isinstance(node.left, Number):
        yield Binary("@", node.left, node.right)


def layer(node: Node, program: Program) -> Iterator[Node]:
    if isinstance(node, Name) and node.name[-1:].isdigit():
        letter, number = node.name[0], int(node.name[1:])
        for other in (f"{letter}{number - 1}", f"{letter}{number + 1}"):
            if other in program.values:
                yield Name(other)


def argument(node: Node, program: Program) -> Iterator[Node]:
    """z for a, or a for z."""
    if isinstance(node, Name) and node.name[0] in "az" and node.name[1:].isdigit():
        other = ("z" if node.name[0] == "a" else "a") + node.name[1:]
        if other in program.values:
            yield Name(other)


def sign(node: Node, program: Program) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator == "-":
        yield Binary("+", node.left, node.right)
        yield Binary("-", node.right, node.left)


def derivative(node: Node, program: Program) -> Iterator[Node]:
    """The activation instead of its derivative."""
    if isinstance(node, Call) and node.derivative:
        yield Call(node.function, node.arguments)


def twice(node: Node, program: Program) -> Iterator[Node]:
    """The activation applied twice."""
    if isinstance(node, Call) and isinstance(FUNCTIONS[node.function], Pointwise):
        yield Call(node.function, (Call(node.function, node.arguments),), (), node.derivative)


def missing(node: Node, program: Program) -> Iterator[Node]:
    """A factor left out of an entry-by-entry product."""
    if isinstance(node, Binary) and node.operator == "*" and not isinstance(node.left, Number):
        yield node.left
        yield node.right


def doubled(node: Node, program: Program) -> Iterator[Node]:
    if isinstance(node, Call) and node.derivative:
        yield Binary("*", node, node)


def summed(node: Node, program: Program) -> Iterator[Node]:
    """The sum over the samples: left out, along the other axis, or a mean."""
    if isinstance(node, Call) and node.function == "sum" and node.keywords:
        (key, axis), *rest = node.keywords
        assert isinstance(axis, Number)
        yield node.arguments[0]
        yield Call("sum", node.arguments, ((key, Number(1.0 - axis.value)), *rest))
        yield Call("mean", node.arguments, node.keywords)


MISTAKES: dict[str, Mistake] = {
    "transpose": transpose, "swap": swap, "@ and *": product, "layer": layer, "z and a": argument, "sign": sign,
    "function for derivative": derivative, "applied twice": twice, "missing factor": missing,
    "doubled derivative": doubled, "sum": summed,
}  # fmt: skip


def whole(node: Node, program: Program) -> Iterator[tuple[str, Node]]:
    """Mistakes of the whole formula."""
    yield "scale", Binary("*", Number(2.0), node)
    yield "scale", Binary("*", Number(0.5), node)
    yield "sign", Negate(node)


def mutated(node: Node, program: Program) -> list[tuple[str, Node]]:
    """All formulas that are one mistake away."""
    found = list(whole(node, program))
    for name, mistake in MISTAKES.items():
        for place in _places(node):
            found += [(name, _with(node, place, wrong)) for wrong in mistake(place, program)]
    return found


def _places(node: Node) -> list[Node]:
    return [part for part in walk(node) if not (isinstance(part, Name) and part.name in ("True", "False"))]


def _with(node: Node, place: Node, wrong: Node) -> Node:
    """The formula with one part replaced: that very part, not its equals elsewhere."""
    return substitute(node, lambda part: wrong if part is place else None)


def _known(node: Name, program: Program) -> bool:
    return node.name in program.values


def several(node: Node, program: Program, count: int, generator: np.random.Generator) -> tuple[list[str], Node]:
    """A formula with that many mistakes, one after the other."""
    kinds: list[str] = []
    for _ in range(count):
        options = mutated(node, program)
        names = sorted({kind for kind, _ in options})
        chosen = names[int(generator.integers(len(names)))]
        of_kind = [wrong for kind, wrong in options if kind == chosen]
        node = of_kind[int(generator.integers(len(of_kind)))]
        kinds.append(chosen)
    return kinds, node
