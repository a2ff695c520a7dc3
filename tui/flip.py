"""The layout flip: what it says, and in which few frames it is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.calculus import Operation, Order, Side, Step
from engine.calculus.typeset import fraction
from engine.session import State

if TYPE_CHECKING:  # the sentence is said without a screen too
    from textual.screen import Screen
    from textual.timer import Timer

FRAME = 0.065
"""Seconds for which a frame is seen; there are two, so that a flip is over in less than a fifth of a second."""
HELD = 0.3
"""Seconds between two flips below which the key counts as held."""
LATE = 2.5
"""How many times its length a frame may take; a terminal that takes longer is slow, and gets no frames any more."""


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


class Frames:
    """Draws a flip in a few frames; whatever comes in between ends it at once."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._timer: Timer | None = None
        self._last = float("-inf")
        self._is_slow = False

    @property
    def is_running(self) -> bool:
        return self._timer is not None

    def may_run(self) -> bool:
        """Not where animations are off, nor without colours or beyond ASCII, nor while the key is held."""
        app = self._screen.app
        now = time.monotonic()
        is_held = now - self._last < HELD
        self._last = now
        is_plain = app.no_color or app.has_class("-ascii") or app.is_headless
        return not (self._is_slow or is_held or is_plain or app.animation_level == "none")

    def run(self, frames: Sequence[Callable[[], None]]) -> None:
        """Draw the first frame now, and each further one a moment later."""
        self.stop()
        first, *rest = frames
        first()
        if rest:
            due = time.monotonic() + FRAME
            self._timer = self._screen.set_timer(FRAME, lambda: self._next(rest, due))

    def _next(self, frames: Sequence[Callable[[], None]], due: float) -> None:
        self._timer = None
        if time.monotonic() - due > (LATE - 1) * FRAME:
            self._is_slow = True
            frames = frames[-1:]
        self.run(frames)

    def stop(self) -> None:
        """Forget the frames that are left."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
