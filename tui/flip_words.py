"""The layout flip in words: what it says, without anything that draws."""

from __future__ import annotations

from dataclasses import replace

from engine.calculus import Operation, Order, Side, Step
from engine.calculus.typeset import fraction
from engine.session import State


def is_flip(before: State, after: State) -> bool:
    """Whether all that has changed is the layout."""
    return (
        before.program is after.program
        and before.cursor == after.cursor
        and before.view.layout is not after.view.layout
        and replace(before.view, layout=after.view.layout) == after.view
    )


def flip_sentence(before: State, after: State) -> str:
    """`(AB)ᵀ = BᵀAᵀ: (W3ᵀ · ∂L/∂z3)ᵀ = (∂L/∂z3)ᵀ · W3`, for the factor that was joined last."""
    old, new = before.current, after.current
    if old is None or new is None or old.before is None or old.upstream is None:
        return "(AB)ᵀ = BᵀAᵀ: every factor is transposed, and the product grows to the other side"
    factor, flipped = old.factor.operand, new.factor.operand
    so_far = fraction(old.upstream.of, old.by if old.order is Order.FORWARD else old.upstream.name)
    turned = f"({so_far})ᵀ"
    if old.joining.is_turned:
        so_far, turned = turned, so_far
    match old.operation:
        case Operation.CONTRACT:
            tensor = fraction(old.factor.numerator, old.factor_by)
            return (f"(Σₖ Tₖ pₖ)ᵀ = Σₖ pₖ Tₖᵀ: the dimensions of {tensor} are reversed, {_size(old)} to "
                    f"{_size(new)}")  # fmt: skip
        case Operation.SUM if old.leg.jacobian is None:
            return "(A + B)ᵀ = Aᵀ + Bᵀ: both paths are transposed"
        case Operation.HADAMARD:
            return f"(A ⊙ B)ᵀ = Aᵀ ⊙ Bᵀ: ({_joined(old, factor, so_far)})ᵀ = {_joined(new, flipped, turned)}"
    return f"(AB)ᵀ = BᵀAᵀ: ({_joined(old, factor, so_far)})ᵀ = {_joined(new, flipped, turned)}"


def _size(step: Step) -> str:
    return "×".join(str(int(size)) for size in step.factor.shape)


def _joined(step: Step, factor: str, product: str) -> str:
    pair = (factor, product) if step.side is Side.LEFT else (product, factor)
    return f" {step.symbol} ".join(pair)
