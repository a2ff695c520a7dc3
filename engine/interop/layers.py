"""The layers of a program: which of its parameters multiply data, from which side, and what is added to the product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.calculus.program import Program
from engine.formula.syntax import MATMUL, Binary, Name, Node, Transpose, names_in


@dataclass(frozen=True, slots=True)
class Layer:
    """A product of a parameter with data, and the bias that is added to it."""

    weight: str
    bias: str | None
    is_out_by_in: bool | None
    """True for `W @ x` and `x @ W.T`, False for `x @ W` and `W.T @ x`; None where the program uses it both ways, or
    multiplies it by nothing but parameters."""


def layers_of(program: Program) -> list[Layer]:
    """The layers of a program, in the order of its lines; a weight that is used twice counts where it is first."""
    parameters = frozenset(program.parameters)
    found: dict[str, Layer] = {}
    for line in program.plan.lines.values():
        for terms in _sums(line.expression):
            weights = [pair for term in terms for pair in _weights(term, parameters)]
            biases = [term.name for term in terms if isinstance(term, Name) and term.name in parameters]
            for number, (weight, is_out_by_in) in enumerate(weights):
                known = found.get(weight)
                if known is None:
                    bias = biases[0] if biases and number == 0 else None
                    found[weight] = Layer(weight, bias, is_out_by_in)
                elif known.is_out_by_in != is_out_by_in:
                    found[weight] = Layer(weight, known.bias, None)
    return list(found.values())


def _sums(node: Node) -> Iterator[list[Node]]:
    """The terms of every sum in a formula, innermost first; a part that is no sum counts as one of one term."""
    terms = _flat(node, "+")
    for term in terms:
        factors = _flat(term, MATMUL)
        for part in factors if len(factors) > 1 else term.children:
            yield from _sums(part)
    yield terms


def _weights(term: Node, parameters: frozenset[str]) -> Iterator[tuple[str, bool | None]]:
    """The parameters in a matrix product, and whether they are out×in: data stands on their right."""
    factors = _flat(term, MATMUL)
    data = [place for place, factor in enumerate(factors) if set(names_in(factor)) - parameters]
    for place, factor in enumerate(factors):
        name = factor.operand if isinstance(factor, Transpose) else factor
        if len(factors) > 1 and isinstance(name, Name) and name.name in parameters:
            before, after = any(other < place for other in data), any(other > place for other in data)
            yield name.name, None if before == after else after != isinstance(factor, Transpose)


def _flat(node: Node, operator: str) -> list[Node]:
    """The operands of nested applications of an associative operator, from left to right."""
    if isinstance(node, Binary) and node.operator == operator:
        return [*_flat(node.left, operator), *_flat(node.right, operator)]
    return [node]
