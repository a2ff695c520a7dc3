"""Fused output deltas: ∂L/∂z of a loss and the last activation as one factor, where the product simplifies.

Cross-entropy after softmax, binary cross-entropy after a sigmoid, and half squared error after nothing all have
∂L/∂z = a − y, which is why they are used together. Source: Bishop, Pattern Recognition and Machine Learning, 4.3.6.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.calculus import algebra
from engine.calculus.jacobians import Gradient
from engine.calculus.program import Plan
from engine.formula import parse
from engine.formula.syntax import Call, Name, Node, substitute

DELTAS: Mapping[tuple[str, str], str] = {
    ("half_squared_error", "identity"): "a - y",
    ("binary_cross_entropy", "sigmoid"): "a - y",
    ("cross_entropy", "softmax"): "a * sum(y) - y",
    ("cross_entropy", "softmax_cols"): "a * sum(y, axis=0, keepdims=True) - y",
    ("cross_entropy", "softmax_rows"): "a * sum(y, axis=1, keepdims=True) - y",
}
"""∂loss/∂z for each loss and activation, over the activation a and the target y; Σy is 1 where y is a distribution."""


def fused_delta(plan: Plan, of: str) -> tuple[str, str, Gradient] | None:
    """The activation and the pre-activation that a fused factor joins, and ∂of/∂z, or None where nothing fuses.

    `of` must be a loss of DELTAS, perhaps divided by a number, of an activation that is read by it alone.
    """
    line = plan.lines.get(of)
    if line is None:
        return None
    scale, loss = algebra.coefficient(line.expression)
    match loss:
        case Call(function, (Name(activation), target)) if activation in plan.lines:
            applied = plan.lines[activation].expression
        case _:
            return None
    match applied:
        case Call(kind, (Name(z),), (), False) if (function, kind) in DELTAS:
            delta = DELTAS[function, kind]
        case _:
            return None
    if sum(activation in other.reads for other in plan.lines.values()) != 1:
        return None
    filled = {"a": Name(activation), "y": target}

    def fill(part: Node) -> Node | None:
        return filled.get(part.name) if isinstance(part, Name) else None

    formula = substitute(parse(delta), fill)
    scaled = algebra.scaled(scale, formula)
    return activation, z, Gradient(plan.shape(z), scaled, plan.algebra)
