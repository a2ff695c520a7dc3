"""Ways to walk a derivation, each of which reads more or less of what the steps offer."""

from __future__ import annotations

from engine import Form, Program, derive
from engine.formula import Array

CORNER = slice(0, 12)
HADAMARD = Form.HADAMARD


def gradients(program: Program) -> dict[str, Array]:
    """Every gradient as an array, and so every product that leads to one."""
    return {step.target: step.product.array for step in derive(program, form=HADAMARD) if step.is_last}


def factors_and_gradients(program: Program) -> dict[str, Array]:
    """Every factor too, with its name, its shape and its numbers as the form `hadamard` shows them."""
    found = {}
    for step in derive(program, form=HADAMARD):
        factor = step.factor
        _ = factor.name, factor.shape, factor.value
        array = step.product.array
        if step.is_last:
            found[step.target] = array
    return found


def windows_and_gradients(program: Program) -> dict[str, Array]:
    """Of every factor the corner that a screen shows, and every gradient."""
    found = {}
    for step in derive(program, form=HADAMARD):
        shown = step.factor.shown
        _ = shown.window(*(CORNER for _ in shown.shape))
        array = step.product.array
        if step.is_last:
            found[step.target] = array
    return found


def lazily(program: Program) -> dict[str, tuple[Array, Array, Array]]:
    """Of every factor a corner, and of every gradient δ, a and a corner: no gradient is computed as a whole."""
    found = {}
    for step in derive(program, form=HADAMARD):
        shown = step.factor.shown
        corner = shown.window(*(CORNER for _ in shown.shape))
        if not step.is_last:
            _ = step.product.array
            continue
        assert step.upstream is not None
        found[step.target] = (step.upstream.array, step.factor.value, step.product.window(CORNER, CORNER))
        assert corner.size
    return found
