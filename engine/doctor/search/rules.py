"""What a mistake costs, and how two parts may be joined instead of as they are.

Four is an ordinary mistake; the cheapest corrections are looked for first. The weights were chosen on real cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.calculus import algebra
from engine.formula.syntax import Binary, Call, Node

REGROUP = 1
"""For each bracket that moves."""
TRANSPOSE = SIGN = SCALE = AXIS = SUM = LAYER = STALE = OPERATOR = SWAP = DERIVATIVE_MARK = 4
MEAN = 3
"""A mean for a sum, or the other way: likelier than that a number before it is missing."""
ONES = 3
"""A vector of ones where the derivative of an activation belongs."""
ARGUMENT = WRONG_DERIVATIVE = INSERT_DERIVATIVE = GRADIENT_FOR_WEIGHT = NUMBER = UNWRAP = OUTER = 5
LAYOUTS = INSERT = DROP = TERM = 6
DROP_REPEATED = 5
PRODUCT = 7
"""A whole product so far that is missing."""
SYMBOL = 8
REPLACED = 2
"""Names that a part may have to be taken for another word; each further one costs one more."""


@dataclass(frozen=True, slots=True)
class PairRule:
    """One way to join two neighbouring parts of a product or a sum."""

    kind: str | None
    """The mistake that it corrects; None for the way in which they are joined already."""
    cost: int
    operator: str
    swapped: bool = False
    transposes: str = ""
    """`left` or `right`: the part, as it stands in the user's formula, that is transposed."""

    def build(self, left: Node, right: Node) -> Node:
        if self.transposes == "left":
            left = algebra.transpose(left)
        if self.transposes == "right":
            right = algebra.transpose(right)
        if self.swapped:
            left, right = right, left
        return Call("outer", (left, right)) if self.operator == "outer" else Binary(self.operator, left, right)


_SWAPPED = PairRule("swap", SWAP, "@", swapped=True)
_MIXED = (
    PairRule("layouts", LAYOUTS, "@", swapped=True, transposes="right"),
    PairRule("layouts", LAYOUTS, "@", swapped=True, transposes="left"),
)

RULES: Mapping[str, tuple[PairRule, ...]] = {
    "@": (PairRule(None, 0, "@"), PairRule("hadamard", OPERATOR, "*"), _SWAPPED, *_MIXED),
    "*": (
        PairRule(None, 0, "*"),
        PairRule("matmul", OPERATOR, "@"),
        PairRule("outer", OUTER, "@", transposes="right"),
        PairRule("matmul_swapped", OUTER, "@", swapped=True),
        PairRule("outer", LAYOUTS, "@", transposes="left"),
        PairRule("matmul_swapped", LAYOUTS, "@", swapped=True, transposes="right"),
        PairRule("matmul_swapped", LAYOUTS, "@", swapped=True, transposes="left"),
    ),
    "/": (PairRule(None, 0, "/"), PairRule("hadamard", OPERATOR, "*")),
    "outer": (PairRule(None, 0, "outer"), PairRule("swap", SWAP, "outer", swapped=True),
              PairRule("matmul", OPERATOR, "@"), PairRule("hadamard", OPERATOR, "*")),
    "+": (PairRule(None, 0, "+"), PairRule("sign", SIGN, "-")),
    "-": (PairRule(None, 0, "-"), PairRule("sign", SIGN, "+"), PairRule("sign", SIGN, "-", swapped=True)),
}  # fmt: skip
"""For each operator between two parts, the ways in which they may be joined instead."""
