"""Expectations: claims about a factor, a gradient or the loss, checked by value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import UNSET
from numpy.typing import ArrayLike

from engine.calculus import Program, derive
from engine.calculus import Step as ChainStep
from engine.calculus.layouts import Layout, spell_size
from engine.calculus.symbols import symbol_values
from engine.diagnostics import Diagnostic, did_you_mean
from engine.formula import Array, evaluate, parse
from engine.formula.syntax import names_in
from engine.session.actions import Expect
from engine.session.state import Outcome, State

TRIALS = (11, 23, 37)
"""Seeds of the other numbers on which a formula must agree: at the user's own ones a missing relu′ may pass."""


def check(state: State, expected: Expect) -> Outcome:
    """Which of the claims hold.

    Raises a Diagnostic `unparsable` for a formula that cannot be read; a formula that cannot be applied is a failure.
    """
    failures = list(_failures(state, expected))
    return Outcome(not failures, tuple(failures))


def _failures(state: State, expected: Expect) -> Iterator[str]:
    yield from _about_numbers(state, expected)
    about_factor = (
        expected.shape, expected.layout, expected.side, expected.operation, expected.structure, expected.formula,
        expected.value, expected.product, expected.factor,
    )  # fmt: skip
    if all(claim is UNSET for claim in about_factor):
        return
    step = _find(state, expected)
    if isinstance(step, str):
        yield step
        return
    name = step.factor.name
    for claim, is_so, what in (
        (expected.layout, step.layout, "layout"),
        (expected.side, step.side, "side"),
        (expected.operation, step.operation, "operation"),
        (expected.structure, step.factor.structure, "structure"),
    ):
        if claim is not UNSET and claim != is_so:
            yield f"{name}: the {what} is {is_so or 'none, as it is the first factor'}, not {claim}"
    if not isinstance(expected.shape, type(UNSET)) and tuple(expected.shape) != tuple(step.factor.shape):
        yield f"{name}: the shape is {spell_size(step.factor.shape)}, not {spell_size(tuple(expected.shape))}"
    if expected.value is not UNSET:
        yield from _compare(f"{name}: the value", step.factor.value, expected.value, expected.tolerance)
    if expected.product is not UNSET:
        yield from _compare(f"{name}: the new product", step.after.value, expected.product, expected.tolerance)
    if isinstance(expected.formula, str):
        yield from _compare_formula(state, step, expected.formula)


def _about_numbers(state: State, expected: Expect) -> Iterator[str]:
    if not isinstance(expected.loss, type(UNSET)):
        if state.loss is None:
            yield f"the loss: {state.program.loss} is not a number"
        else:
            yield from _compare("the loss", np.asarray(state.loss), expected.loss, expected.tolerance)
    if expected.gradient is not UNSET:
        name = state.view.target if isinstance(expected.name, type(UNSET)) else expected.name
        gradients = state.gradients()
        if name not in gradients:
            try:
                *_, last = derive(state.program, name, of=state.view.of, layout=Layout.DENOMINATOR)
                gradients = {name: last.result.value}
            except Diagnostic as problem:
                yield f"the gradient by {name}: {problem.message}"
                return
        yield from _compare(f"the gradient by {name}", gradients[name], expected.gradient, expected.tolerance)


def _find(state: State, expected: Expect) -> ChainStep | str:
    """The step that is meant, or why there is none."""
    if isinstance(expected.factor, type(UNSET)):
        return state.current or "no factor has been joined yet: step first, or name the factor"
    for step in (*([state.current] if state.current else []), *state.steps):
        if step.factor.name == expected.factor:
            return step
    names = [step.factor.name for step in state.steps]
    hint = "".join(did_you_mean(expected.factor, names)) or f"its factors are {', '.join(names)}"
    return f"the chain has no factor {expected.factor}: {hint}"


def _compare(what: str, found: Array, expected: ArrayLike, tolerance: float) -> Iterator[str]:
    try:
        wanted = np.asarray(expected, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        yield f"{what} cannot be compared: what is expected must be numbers, in rows of equal length"
        return
    is_flat = wanted.ndim < 2 and wanted.size == found.size and 1 in (*found.shape, 1 if found.ndim < 2 else 0)
    if wanted.shape != found.shape and not is_flat:
        yield f"{what} is {_spell(found)}, not {_spell(wanted)}"
        return
    wanted = wanted.reshape(found.shape)
    difference = np.abs(found - wanted)
    if not difference.size or difference.max() <= tolerance * max(1.0, float(np.abs(wanted).max())):
        return
    worst = tuple(int(index) for index in np.unravel_index(int(difference.argmax()), difference.shape))
    place = f"[{', '.join(map(str, worst))}] " if worst else ""
    yield f"{what} {place}is {found[worst]:.9g}, not {wanted[worst]:.9g}"


def _spell(array: Array) -> str:
    return spell_size(array.shape) if array.ndim >= 2 else f"a list of {array.size}" if array.ndim else "a number"


def _compare_formula(state: State, step: ChainStep, text: str) -> Iterator[str]:
    node = parse(text)
    name = step.factor.name
    for program in (state.program, *_other_numbers(state.program)):
        found = step if program is state.program else state.step_for(program, step.index)
        values = symbol_values(program, names_in(node), state.view.of)
        try:
            wanted = evaluate(node, values, text)
        except Diagnostic as problem:
            yield f"{name}: the formula {text} cannot be applied: {problem.message}"
            return
        matrix = _as_matrix(found)
        if wanted.shape != matrix.shape and not (wanted.size == matrix.size == 1):
            is_so = f"the factor {step.factor.formula} {_spell(matrix)}"
            yield f"{name}: the formula {text} is {_spell(wanted)}, and {is_so}"
            return
        if not np.allclose(matrix, wanted.reshape(matrix.shape), rtol=1e-9, atol=1e-12):
            where = "" if program is state.program else " for other numbers, although it does for these"
            yield f"{name}: the formula {text} does not equal {step.factor.formula}{where}"
            return


def _other_numbers(program: Program) -> Iterator[Program]:
    """The program on other numbers for which it is defined: a logarithm needs positive ones."""
    for seed in TRIALS:
        drawn = program.redrawn(seed)
        for trial in (drawn, drawn.with_values({name: np.abs(value) for name, value in drawn.inputs.items()})):
            try:
                _ = trial.values
            except Diagnostic:
                continue
            yield trial
            break


def _as_matrix(step: ChainStep) -> Array:
    """The factor's entries; of a tensor its matrix over vec, which is what its formula says."""
    value = step.factor.value
    if value.ndim < 3:
        return value
    if step.layout is Layout.DENOMINATOR:
        return value.reshape(-1, value.shape[2], order="F")  # (m, n, k) to (mn, k)
    return value.transpose().reshape(-1, value.shape[0], order="F").T
