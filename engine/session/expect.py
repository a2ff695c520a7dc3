"""Expectations: claims about a factor, a gradient or the loss, checked by value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import ArrayLike

from engine.calculus import Program, derive
from engine.calculus import Step as ChainStep
from engine.calculus.layouts import Layout, spell_size
from engine.calculus.pictures import Shown
from engine.calculus.symbols import symbol_values
from engine.diagnostics import Diagnostic, did_you_mean
from engine.formula import Array, evaluate, parse
from engine.formula.syntax import names_in
from engine.session.actions import Expect
from engine.session.quiz import AnswerVerdict
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
    yield from _about_answers(state, expected)
    about_factor = (
        expected.shape, expected.layout, expected.side, expected.operation, expected.structure, expected.formula,
        expected.value, expected.product, expected.factor,
    )  # fmt: skip
    if all(claim is UNSET for claim in about_factor):
        return
    step = find_step(state, expected.factor)
    if isinstance(step, str):
        yield step
        return
    yield from claims_about(state, step, expected)


def claims_about(state: State, step: ChainStep, expected: Expect) -> Iterator[str]:
    """What does not hold of the claims about one step's factor, and about the product that it gives."""
    name = step.factor.name
    for claim, is_so, what in (
        (expected.layout, step.layout, "layout"),
        (expected.side, step.side, "side"),
        (expected.operation, step.operation, "operation"),
        (expected.structure, step.factor.structure, "structure"),
    ):
        if claim is not UNSET and claim != is_so:
            yield f"{name}: the {what} is {is_so or 'none, as it is the first factor'}, not {claim}"
    if not isinstance(expected.shape, UnsetType) and tuple(expected.shape) != tuple(step.factor.shape):
        yield f"{name}: the shape is {spell_size(step.factor.shape)}, not {spell_size(tuple(expected.shape))}"
    if expected.value is not UNSET:
        yield from compare(f"{name}: the value", step.factor.value, expected.value, expected.tolerance)
    if expected.product is not UNSET:
        yield from compare(f"{name}: the new product", step.after.value, expected.product, expected.tolerance)
    if isinstance(expected.formula, str):
        yield from compare_formula(state, step, expected.formula)


def _about_answers(state: State, expected: Expect) -> Iterator[str]:
    """The verdict on the last formula or answer, and the points."""
    verdict = expected.verdict
    if not isinstance(verdict, UnsetType):
        of_answer = verdict in tuple(AnswerVerdict)
        found = state.quiz.verdict if of_answer else state.diagnosis and state.diagnosis.verdict
        if found != verdict:
            what = "answer" if of_answer else "formula"
            yield f"the verdict on the last {what} is {found or 'none, as none was judged'}, not {verdict}"
    if expected.score is not UNSET and expected.score != state.quiz.won:
        yield f"the score is {state.quiz.won}, not {expected.score}"


def _about_numbers(state: State, expected: Expect) -> Iterator[str]:
    if not isinstance(expected.loss, UnsetType):
        if state.loss is None:
            yield f"the loss: {state.program.loss} is not a number"
        else:
            yield from compare("the loss", np.asarray(state.loss), expected.loss, expected.tolerance)
    if expected.gradient is not UNSET:
        name = state.view.target if isinstance(expected.name, UnsetType) else expected.name
        gradients = state.gradients()
        if name not in gradients:
            try:
                *_, last = derive(state.program, name, of=state.view.of, layout=Layout.DENOMINATOR)
                gradients = {name: last.result.value}
            except Diagnostic as problem:
                yield f"the gradient by {name}: {problem.message}"
                return
        yield from compare(f"the gradient by {name}", gradients[name], expected.gradient, expected.tolerance)


def find_step(state: State, factor: str | UnsetType) -> ChainStep | str:
    """The step whose factor is named, or the one taken last; or why there is none."""
    if isinstance(factor, UnsetType):
        return state.current or "no factor has been joined yet: step first, or name the factor"
    for step in (*([state.current] if state.current else []), *state.steps):
        if step.factor.name == factor:
            return step
    names = [step.factor.name for step in state.steps]
    hint = "".join(did_you_mean(factor, names)) or f"its factors are {', '.join(names)}"
    return f"the chain has no factor {factor}: {hint}"


def compare(what: str, found: Array, expected: ArrayLike, tolerance: float) -> Iterator[str]:
    """Where the numbers that are expected are not those that are found; a flat list fills a column or a row."""
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


def compare_formula(state: State, step: ChainStep, text: str, *, of_product: bool = False) -> Iterator[str]:
    """Where a formula does not equal a step's factor, or the product that it gives, here or for other numbers."""
    node = parse(text)
    name = "the new product" if of_product else step.factor.name
    formula = "the product" if of_product else step.factor.formula
    for program in (state.program, *other_numbers(state.program)):
        found = step if program is state.program else state.step_for(program, step.index)
        values = symbol_values(program, names_in(node), state.view.of)
        try:
            wanted = evaluate(node, values, text)
        except Diagnostic as problem:
            yield f"{name}: the formula {text} cannot be applied: {problem.message}"
            return
        matrix = _as_matrix(found.after if of_product else found.factor.shown, found.layout)
        if wanted.shape != matrix.shape and not (wanted.size == matrix.size == 1):
            is_so = f"{'' if of_product else 'the factor '}{formula} {_spell(matrix)}"
            yield f"{name}: the formula {text} is {_spell(wanted)}, and {is_so}"
            return
        if not np.allclose(matrix, wanted.reshape(matrix.shape), rtol=1e-9, atol=1e-12):
            where = "" if program is state.program else " for other numbers, although it does for these"
            yield f"{name}: the formula {text} does not equal {formula}{where}"
            return


def other_numbers(program: Program) -> Iterator[Program]:
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


def _as_matrix(shown: Shown, layout: Layout) -> Array:
    """The entries; of a tensor its matrix over vec, which is what a factor's formula says."""
    value = shown.value
    if value.ndim < 3:
        return value
    if layout is Layout.DENOMINATOR:
        return value.reshape(-1, value.shape[2], order="F")  # (m, n, k) to (mn, k)
    return value.transpose().reshape(-1, value.shape[0], order="F").T
