"""What all printed spellings share: how strongly operators bind, and where a reader needs brackets."""

from __future__ import annotations

from enum import Enum

from engine.formula.syntax import Binary, Index, Negate, Node, Number


class Spelling(Enum):
    """How a formula is written."""

    NUMPY = "numpy"
    """`(W3.T @ (a3 - y)) * drelu(z2)`"""
    PAPER = "paper"
    """`(W3ᵀ (a3 − y)) ⊙ relu′(z2)`"""
    LATEX = "latex"
    r"""`(W^{(3)\top} (a^{(3)} - y)) \odot \operatorname{relu}'(z^{(2)})`"""


PRECEDENCE = {"+": 10, "-": 10, "*": 20, "@": 20, "·": 20, "/": 20, "**": 30}
ATOM, SIGN, COMPARISON = 40, 25, 5
KRONECKER = 15
"""On paper ⊗ stands in brackets inside of a product."""


def is_mixed(outer: Binary, inner: Node) -> bool:
    """Whether one is a matrix product and the other one entry by entry."""
    if not isinstance(inner, Binary):
        return False
    if outer.operator == "@" and inner.operator == "/":
        return not is_number(inner.right)
    if {outer.operator, inner.operator} != {"@", "*"}:
        return False
    hadamard = outer if outer.operator == "*" else inner
    return not (is_number(hadamard.left) or is_number(hadamard.right))


def is_chain(node: Node) -> bool:
    """Whether a node is a matrix product that can lose its brackets in a longer one: `W (p / q x)` can not."""
    if not (isinstance(node, Binary) and node.operator == "@"):
        return False
    first = node.left
    while isinstance(first, Binary) and first.operator == "@":
        first = first.left
    return not (isinstance(first, Binary) and first.operator in "/·")


def is_number(node: Node) -> bool:
    """`2`, `-2`."""
    return isinstance(node.operand if isinstance(node, Negate) else node, Number)


def is_scalar(node: Node) -> bool:
    """Whether a node is a number by its looks: `2`, `-2`, `a1[0, 0]`."""
    match node:
        case Number() | Negate(Number()):
            return True
        case Index(_, (int(), int())):
            return True
    return False


def spell_number(value: float) -> str:
    """`2` rather than `2.0`, else the shortest text that reads back to the same number."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
