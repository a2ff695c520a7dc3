"""A session in sentences, one a line: where a derivation stands, a question, a value, what an edit changed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.calculus import Operation, Order, Step
from engine.calculus.inside import Part
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.calculus.typeset import equation, fraction
from engine.diagnostics import Diagnostic
from engine.doctor import short_lines
from engine.session import State, actions
from engine.session.differences import difference_words, pairs
from engine.session.inside import title
from engine.session.replies import EXAMPLES
from engine.session.stops import spell_break, where
from tui.flip_words import flip_sentence, is_flip
from tui.look import Look
from tui.watch_text import watch_lines

WIDTH = 76
"""Columns in which tables and formulas are written."""
MAX_SPOKEN = 12
"""Rows and columns of the largest matrix that is read out; of a larger one this many."""


def situation(state: State, look: Look = Look()) -> Iterator[str]:  # noqa: B008 frozen
    """Where the derivation stands, in sentences."""
    view, step = state.view, state.current
    order = ", forward order" if view.order is Order.FORWARD else ""
    what = f"{fraction(view.of, view.target)}, {view.layout} layout, form {view.form}{order}"
    if (part := state.part) is not None:
        yield from inside_lines(state, part, look)
        return
    if step is None:
        loss = "" if state.loss is None else f" {state.program.loss} is {state.loss:.6g}."
        yield f"{what}: {len(state.steps)} factors, none joined yet.{loss}"
        return
    yield f"{what}: step {state.cursor} of {len(state.steps)}. {equation(step)}."
    yield f"The factor {fraction(step.factor.numerator, step.factor.denominator)}, {spoken(step.factor.shown, look)}"
    if step.before is not None:
        yield f"The product so far, {spoken(step.before, look)}"
        yield f"It joins on the {step.side}, by {_operation(step)}."
    yield f"The new product, {spoken(step.after, look)}"
    yield f"Why: {step.why}"


def inside_lines(state: State, part: Part, look: Look) -> Iterator[str]:
    """One part of a step, as sentences: which, its equation in names and in numbers, and why."""
    heading = title(state, part)
    yield f"{heading[:1].upper()}{heading[1:]}."
    gap = " " if part.numbers.startswith("=") else ", "
    yield f"{part.equation}{gap if part.numbers else ''}{part.numbers}."
    if part.running is not None:
        yield f"Added up so far, {spoken(part.running, look)}"
    yield f"Why: {part.words}"


def news_lines(before: State, after: State, look: Look = Look()) -> Iterator[str]:  # noqa: B008 frozen
    """What has come from one state to a later one; nothing where all is as it was."""
    if after.outcome is not None and not after.outcome.ok:
        yield "Not as expected: " + "; ".join(after.outcome.failures)
    elif after.shows_diagnosis and after.diagnosis is not None and after.diagnosis is not before.diagnosis:
        yield from short_lines(after.diagnosis, WIDTH)
    elif after.program is not before.program:
        yield from change_lines(before, after)
    elif (after.cursor, after.inside, after.view) != (before.cursor, before.inside, before.view):
        yield from moved_lines(before, after, look)


def moved_lines(before: State, after: State, look: Look = Look()) -> Iterator[str]:  # noqa: B008 frozen
    """Where the derivation stands after a step or another view of it."""
    if is_flip(before, after):
        yield f"{flip_sentence(before, after)}."
    if after.stopped:
        yield f"Stopped: {after.stopped}."
    yield from situation(after, look)
    yield from (f"watch {line}" for line in watch_lines(after))


_OPERATIONS = {
    "matmul": "matrix product",
    "hadamard": "entry-by-entry product",
    "outer": "outer product",
    "contract": "contraction of the tensor",
    "sum": "addition",
}


def _operation(step: Step) -> str:
    if step.operation is Operation.SUM and step.leg.jacobian is not None:
        return "a matrix product with ones, which is a sum"
    return _OPERATIONS[step.operation or "sum"]


def spoken(shown: Shown, look: Look = Look()) -> str:  # noqa: B008 frozen
    """`3×2: row 0: 0.1, -0.4; row 1: …`."""
    shape = spell_size(shown.shape)
    if len(shown.shape) == 3:
        return f"a tensor, {shape}."
    cut = np.atleast_2d(shown.window(slice(0, MAX_SPOKEN), slice(0, MAX_SPOKEN)))
    rows = [f"row {number}: {', '.join(map(look.spell, row))}" for number, row in enumerate(cut.tolist())]
    more = "" if cut.shape == tuple(shown.shape) else f"; and so on to {shape}"
    return f"{shape}: {'; '.join(rows)}{more}."


def asked_lines(question: actions.Ask) -> Iterator[str]:
    """A question with its choices."""
    yield f"Question: {' '.join(question.prompt.split())}"
    for number, choice in enumerate(question.choices, start=1):
        yield f"  {number}: {choice}"


def how_line(question: actions.Ask, *, has_help: bool = True) -> str:
    """How it is answered; `has_help` where hints and the answer can be asked for."""
    is_choice = question.kind is actions.QuestionKind.CHOICE
    how = f"a 1 to a {len(question.choices)}" if is_choice else f"a and {EXAMPLES[question.kind]}"
    if not has_help:
        return f"Answer with {how}."
    hint = f", hint for a hint ({len(question.hints)})" if question.hints else ""
    return f"Answer with {how}{hint}, give up to be shown the answer."


def question_lines(question: actions.Ask) -> Iterator[str]:
    """A question with its choices, and how it is answered."""
    yield from asked_lines(question)
    yield how_line(question)


def value_lines(state: State, name: str, look: Look = Look()) -> Iterator[str]:  # noqa: B008 frozen
    """A value read out; without a name, all their shapes."""
    program = state.program
    if not name:
        yield "; ".join(f"{each} {spell_size(program.plan.shape(each))}" for each in program.values)
        return
    if name not in program.values:
        raise Diagnostic("unknown_name", f"there is no value called {name}", hints=(", ".join(program.values),))
    matrix = program.matrix(name)
    yield f"{name}, {spoken(Shown.of(matrix), look)}"


def compare_lines(state: State) -> Iterator[str]:
    """The factors and products that the last edit changed."""
    for pair in pairs(state):
        factor = pair.new.factor
        name = fraction(factor.numerator, pair.new.factor_by)
        yield f"{pair.new.index + 1}. {name}: {difference_words(pair.factor)}."
        if pair.new.before is not None:
            yield f"The new product {fraction(pair.new.product.of, pair.new.by)}: {difference_words(pair.product)}."


def change_lines(before: State, after: State) -> Iterator[str]:
    """What an edit changed; of another program all is new, so that only where one stands is said."""
    if before.program.plan is not after.program.plan:
        yield f"Now it is {after.program.title}."
        yield from situation(after)
        return
    changed = [
        name for name, value in after.values.items() if not np.array_equal(before.values[name], value)
    ]  # fmt: skip
    if before.loss is not None and after.loss is not None:
        yield f"{after.program.loss} goes from {before.loss:.6g} to {after.loss:.6g}."
    yield f"Changed: {', '.join(changed) or 'nothing'}."


def factor_lines(state: State) -> Iterator[str]:
    """All factors in their order, which are joined, and where breakpoints are set."""
    points = {point.factor for point in state.breakpoints}
    for step in state.steps:
        marks = ["joined"] if step.index < state.cursor else ["next"] if step.index == state.cursor else []
        marks += ["breakpoint"] if step.factor.name in points else []
        named = fraction(step.factor.numerator, step.factor.denominator)
        formula = f", {step.factor}" if step.factor.jacobian is not None else ", the sum over the paths"
        yield f"{step.index + 1}. {named}{formula}, {spell_size(step.factor.shape)}{', '.join(['', *marks])}."


def break_lines(state: State) -> Iterator[str]:
    """Each breakpoint, and where it holds."""
    for point in state.breakpoints:
        yield f"breakpoint: {spell_break(point)}, {where(state, point)}"
    if not state.breakpoints:
        yield "No breakpoints."


def watched_lines(state: State) -> Iterator[str]:
    """Each watch with its value."""
    yield from (f"watch {line}" for line in watch_lines(state))
    if not state.watches:
        yield "No watches."
