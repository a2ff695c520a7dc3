"""NumPy's functions that are operators, or formulas of other functions: what a call of each stands for.

An entry says how many arguments it takes and which node it becomes. The nodes that the user did not write carry the
span of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from engine.diagnostics import Span
from engine.formula.syntax import (
    COMPARISONS,
    CONSTANTS,
    HADAMARD,
    MATMUL,
    Binary,
    Call,
    Name,
    Negate,
    Node,
    Number,
    Transpose,
)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What a call becomes."""

    arguments: int
    build: Callable[..., Node]
    """From the span of the call and its arguments."""


def is_number(node: Node, value: float) -> bool:
    return isinstance(node, Number) and node.value == value


def is_condition(node: Node) -> bool:
    """Whether a node is a comparison, whose value is 0 or 1."""
    return isinstance(node, Binary) and node.operator in COMPARISONS


def is_static(node: Node) -> bool:
    """Whether a node is written out as an argument such as an axis: `0`, `-1`, `None`."""
    return isinstance(node.operand if isinstance(node, Negate) else node, Number) or (
        isinstance(node, Name) and node.name in CONSTANTS
    )


def _operator(symbol: str) -> Rewriting:
    return Rewriting(2, lambda span, left, right: Binary(symbol, left, right, span=span))


def _number(value: float, span: Span) -> Number:
    return Number(value, span=span)


def _where(span: Span, condition: Node, then: Node, otherwise: Node) -> Node:
    """The condition itself where it makes ones and zeros."""
    if is_condition(condition) and is_number(then, 1.0) and is_number(otherwise, 0.0):
        return replace(condition, span=span)
    return Call("where", (condition, then, otherwise), span=span)


def _maximum(span: Span, left: Node, right: Node) -> Node:
    """relu where one side is zero, as everybody means it."""
    for one, other in ((left, right), (right, left)):
        if is_number(one, 0.0):
            return Call("relu", (other,), span=span)
    return Call("maximum", (left, right), span=span)


def _heaviside(span: Span, z: Node, at_zero: Node) -> Node:
    above = Binary(">", z, _number(0.0, span), span=span)
    if is_number(at_zero, 0.0):
        return above
    zero = Binary("==", z, _number(0.0, span), span=span)
    return Binary("+", above, Binary(HADAMARD, at_zero, zero, span=span), span=span)


PAIRWISE: Mapping[str, str] = {"max": "maximum", "min": "minimum"}
"""What `max(0, z)` means on paper, where `max(z, 0)` and `max(z, axis=0)` are NumPy's along an axis."""

REWRITTEN: Mapping[str, Rewriting] = {
    "dot": _operator(MATMUL),
    "matmul": _operator(MATMUL),
    "mm": _operator(MATMUL),
    "multiply": _operator(HADAMARD),
    "add": _operator("+"),
    "subtract": _operator("-"),
    "divide": _operator("/"),
    "power": _operator("**"),
    "greater": _operator(">"),
    "greater_equal": _operator(">="),
    "less": _operator("<"),
    "negative": Rewriting(1, lambda span, x: Negate(x, span=span)),
    "reciprocal": Rewriting(1, lambda span, x: Binary("/", _number(1.0, span), x, span=span)),
    "transpose": Rewriting(1, lambda span, x: Transpose(x, span=span)),
    "where": Rewriting(3, _where),
    "maximum": Rewriting(2, _maximum),
    "heaviside": Rewriting(2, _heaviside),
}
"""By the name of the function or method: `np.dot(W, x)` and `W.dot(x)`."""

SAME_VALUE = ("astype", "copy", "float", "double", "clone", "detach", "numpy")
"""Methods that change how a value is stored and not what it is."""

KEYWORDS: Mapping[str, str] = {"dim": "axis", "keepdim": "keepdims"}
"""PyTorch's names of arguments."""

REFUSED: Mapping[str, str] = {
    "einsum": "write it with @, * and sum, as in sum(A * B, axis=1)",
    "tensordot": "write it with @ and .T",
    "vdot": "write sum(a * b)",
    "inner": "write A @ B.T",
    "squeeze": "values are matrices here: a column stays n×1",
    "expand_dims": "for a column write reshape(-1, 1)",
    "newaxis": "for a column write reshape(-1, 1)",
}
"""NumPy's names that the language does without, and what to write instead."""
