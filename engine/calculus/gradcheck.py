"""Checks of derivatives against central differences: every factor by itself, and every gradient end to end.

A failure says both numbers and what kind of mistake it looks like: a transpose, a sign, a factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.calculus.chain import derive
from engine.calculus.jacobians import Indices
from engine.calculus.kinks import kinks
from engine.calculus.layouts import Layout, vec
from engine.calculus.program import Program
from engine.calculus.route import ALL, find_route
from engine.formula import Array

STEP = 1e-5
"""Step of the central differences, relative to the size of the entry; the error is of order STEP²."""
TOLERANCE = 1e-6
"""Largest difference, relative to the largest entry, that counts as agreement."""
MAX_CHECKED = 400
"""Entries that are perturbed one by one; of a larger value these are drawn at random."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison of a derivative with central differences."""

    name: str
    """`dz3/da2` for a factor, `dL/dW2` for a gradient."""
    ok: bool
    error: float
    """Largest difference, relative to the largest entry of either (absolute below 1)."""
    message: str
    """Empty when it agrees; else the worst entry with both numbers, and what kind of mistake it looks like."""
    kinks: tuple[str, ...] = ()
    """Activations that stand closer to a kink than the differences step: these cannot be judged."""


def check_factors(program: Program, of: str | None = None) -> Iterator[Check]:
    """Every ∂y/∂x of the chains from the parameters to `of`, each by itself."""
    route = find_route(program, of or program.loss, ALL)
    for reader, name in route.factors:
        jacobian = program.plan.jacobian(reader, name).bind(program.values)
        value = program.values[name]
        picked = _picked(value.size)
        numeric = _differences(_line(program, reader, name), value, picked)
        with np.errstate(all="ignore"):
            exact = np.stack([jacobian.column(position) for position in picked], axis=1)
        yield _compare(f"d{reader}/d{name}", exact, numeric, _kinks(program, (reader,)))


def check_gradients(program: Program, of: str | None = None) -> Iterator[Check]:
    """∂of/∂parameter for every parameter, end to end, with `of` a scalar."""
    of = of or program.loss
    for step in derive(program, ALL, of=of, layout=Layout.DENOMINATOR):
        if not step.is_last:
            continue
        name = step.target

        def forward(changed: Array, name: str = name) -> Array:
            return program.with_values({name: changed}).values[of]

        value = np.array(program.values[name])
        picked = _picked(value.size)
        numeric = _differences(forward, value, picked)
        with np.errstate(all="ignore"):
            exact = vec(step.product.array).reshape(-1, value.size)[:, picked]
        yield _compare(f"d{of}/d{name}", exact, numeric, _kinks(program, program.plan.lines))


def _line(program: Program, y: str, x: str) -> Callable[[Array], Array]:
    """The value of line y for another value of x, all else as it is."""
    evaluate, values = program.plan.lines[y].evaluate, program.values
    return lambda changed: np.asarray(evaluate({**values, x: changed}))


def _picked(size: int) -> Indices:
    """Positions in vec order: all of them, or a random choice."""
    if size <= MAX_CHECKED:
        return np.arange(size)
    return np.sort(np.random.default_rng(size).choice(size, MAX_CHECKED, replace=False))


def _differences(forward: Callable[[Array], Array], value: Array, picked: Indices) -> Array:
    """Numerator-layout columns (entries of y × picked entries of x) by central differences."""
    columns = []
    flat = value.reshape(-1, order="F")
    for position in picked:
        step = STEP * max(1.0, abs(flat[position]))
        sides = []
        for sign in (1.0, -1.0):
            moved = flat.copy()
            moved[position] += sign * step
            with np.errstate(all="ignore"):
                result = forward(moved.reshape(value.shape, order="F"))
            sides.append(np.asarray(result).reshape(-1, order="F"))
        with np.errstate(all="ignore"):
            columns.append((sides[0] - sides[1]) / (2 * step))
    return np.stack(columns, axis=1)


def _compare(name: str, exact: Array, numeric: Array, near: tuple[str, ...]) -> Check:
    scale = max(1.0, float(np.abs(exact).max(initial=0)), float(np.abs(numeric).max(initial=0)))
    with np.errstate(all="ignore"):
        difference = np.abs(exact - numeric) / scale
    error = float(difference.max(initial=0))
    if error <= TOLERANCE:
        return Check(name, True, error, "", near)
    worst = np.unravel_index(int(difference.argmax()), difference.shape)
    message = f"{name} is {exact[worst]:.9g}, central differences give {numeric[worst]:.9g}{_kind(exact, numeric)}"
    return Check(name, False, error, message, near)


def _kind(exact: Array, numeric: Array) -> str:
    """What the mistake looks like, from numbers that agree after one change."""
    if not (np.isfinite(exact).all() and np.isfinite(numeric).all()):
        return ""
    scale = max(1.0, float(np.abs(numeric).max(initial=0)))
    for factor, what in ((-1.0, "the sign"), (2.0, "a factor 2"), (0.5, "a factor ½")):
        if np.abs(exact - factor * numeric).max() <= TOLERANCE * scale:
            return f": {what} is wrong"
    if np.abs(np.sort(exact.ravel()) - np.sort(numeric.ravel())).max() <= TOLERANCE * scale:
        return ": the same numbers in other places, as after a transpose"
    return ""


def _kinks(program: Program, lines: Iterable[str]) -> tuple[str, ...]:
    """What in the given lines lies at a kink within the reach of the differences."""
    plan = program.plan
    return tuple(
        f"{kink.function} in {name}"
        for name in lines
        for kink in kinks(plan.lines[name].expression, plan.shapes, program.values, reach=2 * STEP)
    )
