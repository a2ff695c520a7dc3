"""Right formulas in unusual forms: each rewrite keeps the value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from engine import Program
from engine.formula import ShapeMap, parse, shapes_of, spell
from engine.formula.syntax import Binary, Call, Name, Negate, Node, Number, Transpose, substitute, walk

Rewrite = Callable[[Node, Program], Iterator[Node]]


def commuted(node: Node, program: Program) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator in "*+":
        yield Binary(node.operator, node.right, node.left)


def turned(node: Node, program: Program) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator == "@":
        yield Transpose(Binary("@", Transpose(node.right), Transpose(node.left)))


def regrouped(node: Node, program: Program) -> Iterator[Node]:
    match node:
        case Binary("@", Binary("@", a, b), c):
            yield Binary("@", a, Binary("@", b, c))
        case Binary("*", Binary("*", a, b), c):
            yield Binary("*", a, Binary("*", b, c))


def negated(node: Node, program: Program) -> Iterator[Node]:
    match node:
        case Binary("-", a, b):
            yield Negate(Binary("-", b, a))
        case Binary("@" | "*" as operator, a, b):
            yield Negate(Binary(operator, Negate(a), b))


def scaled(node: Node, program: Program) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator in ("@", "*"):
        yield Binary("*", Number(0.5), Binary("+", node, node))
        yield Binary("/", Binary("*", Number(3.0), node), Number(3.0))


def masked(node: Node, program: Program) -> Iterator[Node]:
    """(z > 0) for relu′(z), σ′(z) for a (1 − a)."""
    match node:
        case Call("relu", (z,), derivative=True):
            yield Binary(">", z, Number(0.0))
        case Binary("*", Name(a), Binary("-", Number(1.0), Name(b))) if a == b:
            line = program.plan.lines.get(a)
            if line is not None and isinstance(line.expression, Call) and line.expression.function == "sigmoid":
                yield Call("sigmoid", line.expression.arguments, (), True)


def as_product(node: Node, program: Program) -> Iterator[Node]:
    """A sum over an axis as a product with ones."""
    match node:
        case Call("sum", (operand,), (("axis", Number(axis)), _)):
            size = ShapeMap(shapes_of(program.values)).of(operand)[int(axis)]
            ones = parse(f"ones(({size}, 1))" if axis == 1 else f"ones((1, {size}))")
            yield Binary("@", operand, ones) if axis == 1 else Binary("@", ones, operand)


def inlined(node: Node, program: Program) -> Iterator[Node]:
    """A value by what it is computed from."""
    if isinstance(node, Name) and node.name in program.plan.lines and node.name[0] in "az":
        yield program.plan.lines[node.name].expression


REWRITES: tuple[Rewrite, ...] = (
    commuted, turned, regrouped, negated, scaled, masked, as_product, inlined,
)  # fmt: skip


def rephrased(node: Node, program: Program, count: int, generator: np.random.Generator) -> Node:
    """The same value after some rewrites at random places."""
    for _ in range(count):
        node = parse(spell(node))  # each part a node of its own
        rewrite = REWRITES[int(generator.integers(len(REWRITES)))]
        options = [(place, new) for place in walk(node) for new in rewrite(place, program)]
        if options:
            place, new = options[int(generator.integers(len(options)))]
            node = substitute(node, lambda part, place=place, new=new: new if part is place else None)
    return node
