"""What is doubtful about a lesson though nothing in it is wrong: it hides mistakes, gives answers away, says much."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

import numpy as np
from msgspec import UNSET

from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic, Where
from engine.formula import compile_formula, spell
from engine.scenario.finding import Finding, Severity
from engine.scenario.load import Scenario
from engine.session import State, actions, reduce
from engine.session.actions import Ask, Expect, QuestionKind
from engine.session.replies import WORDS, read_reply, spell_reply

COLUMNS = 74
"""Of the narrator's panel on a screen of 80×24, and of a question's."""
SAID, ASKED = 5, 6
"""Lines that fit there: of what is said beside the matrices, and of a question or of the reply to an answer."""
FLAT = 1e-3
"""Slopes of a saturated activation: less than this comes through."""
FEW = 3
"""Questions with choices from which on it is noticed that the right one always stands in the same place."""


def lint(scenario: Scenario) -> Iterator[Finding]:
    """Warnings and notes about the numbers, the narration, the claims and the questions of a scenario."""
    yield from _numbers(scenario)
    for number, action in enumerate(scenario.script):
        where = scenario.where(f"script[{number}]")
        yield from _narration(action, where)
        if isinstance(action, Expect):
            yield from _claims(action, where)
        elif isinstance(action, Ask):
            yield from _question(action, where)
    yield from _same_place(scenario)
    yield from _left_out(scenario)


def _warning(code: str, message: str, where: Where) -> Finding:
    return Finding(Severity.WARNING, code, message, where)


# ---- numbers ---------------------------------------------------------------------------------------------------------


def _numbers(scenario: Scenario) -> Iterator[Finding]:
    """Weights that look the same transposed, and activations through which nothing or everything goes."""
    program = scenario.opening.program
    for name in program.parameters:
        value = program.inputs[name]
        if value.ndim == 2 and value.shape[0] == value.shape[1] > 1 and np.array_equal(value, value.T):
            message = f"{name} is symmetric, so that {name} and {name}ᵀ cannot be told apart"
            yield _warning("symmetric", message, _place(scenario, name))
    where = scenario.where("network.activations" if "network" in scenario.lines else "program.forward")
    from engine.doctor.trials import activations  # a scenario is opened sooner than it is checked

    for function, node in activations(program):
        with np.errstate(all="ignore"):
            argument = np.asarray(compile_formula(node.arguments[0], program.plan.shapes)(program.values))
            slope = np.abs(function.slope(argument, function.value(argument)))
        flat = int((slope < FLAT).sum())
        what = spell(node)
        if not flat:
            if function.kinks and argument.size > 1 and (slope == 1).all():
                message = f"in {what} every unit is on, so that a formula without {function.name}′ is right by accident"
                yield Finding(Severity.NOTE, "all_on", message, where)
            continue
        if function.kinks:
            if flat == argument.size:
                message = f"in {what} no unit is on: every gradient behind it is 0"
                yield _warning("dead", message, where)
        else:
            message = f"in {what} {flat} of {argument.size} entries are saturated: less than {FLAT} comes through"
            yield _warning("saturated", message, where)


def _place(scenario: Scenario, name: str) -> Where:
    section = "network.sizes" if "network" in scenario.lines else "program.shapes"
    return scenario.where(f"values.{name}" if f"values.{name}" in scenario.lines else section)


# ---- what is said ----------------------------------------------------------------------------------------------------


def _narration(action: actions.Action, where: Where) -> Iterator[Finding]:
    said, room = {"say": action.say}, SAID
    if isinstance(action, Ask):
        room = ASKED
        said = {"say and prompt": f"{action.say}\n{action.prompt}", "right": action.right}
        said |= {f"hints[{number}]": hint for number, hint in enumerate(action.hints)}
        said |= {f"wrong[{number}].say": wrong.say for number, wrong in enumerate(action.wrong)}
    for key, text in said.items():
        lines = sum(len(wrap(part, COLUMNS)) or 1 for part in text.strip().split("\n")) if text.strip() else 0
        if lines > room:
            yield _warning("too_long", f"{key}: {lines} lines, and at 80×24 {room} can be seen", where)


# ---- claims ----------------------------------------------------------------------------------------------------------


def _claims(action: Expect, where: Where) -> Iterator[Finding]:
    """Claims that no number could fail."""
    for name in ("value", "product", "gradient", "loss"):
        claim = getattr(action, name)
        if claim is UNSET:
            continue
        try:
            largest = float(np.abs(np.asarray(claim, dtype=np.float64)).max(initial=0.0))
        except (TypeError, ValueError, OverflowError):
            continue  # the replay says so
        if action.tolerance * max(1.0, largest) >= max(largest, 0.1):
            message = f"with a tolerance of {action.tolerance:g} zeros would do for this {name} as well"
            yield _warning("cannot_fail", message, where)


# ---- questions -------------------------------------------------------------------------------------------------------


def _question(question: Ask, where: Where) -> Iterator[Finding]:
    if not question.hints:
        yield _warning("no_hints", "this question has no hints, and who cannot answer it can only give up", where)
    answer = spell_reply(question, read_reply(question, question.answer))
    if question.kind is QuestionKind.CHOICE:
        others = [len(choice) for number, choice in enumerate(question.choices) if number != question.answer]
        if len(answer) > 40 and len(answer) > 2 * max(others):
            yield _warning("gives_itself_away", "the right choice is by far the longest", where)
        return
    known = WORDS.get(question.kind, ())
    for place, text in (("the prompt", question.prompt), ("say", question.say), *_first(question.hints)):
        if _says(text, answer) and not any(_says(text, word) for word in known if word != answer):
            yield _warning("gives_itself_away", f"the answer, {answer}, stands in {place}", where)


def _first(hints: list[str]) -> list[tuple[str, str]]:
    """Of several hints the first: the last may well be the answer."""
    return [("the first of the hints", hints[0])] if len(hints) > 1 else []


def _says(text: str, answer: str) -> bool:
    plain = text.replace("x", "×").replace(" ", "").casefold()
    return answer.replace("x", "×").replace(" ", "").casefold() in plain


def _same_place(scenario: Scenario) -> Iterator[Finding]:
    """The right choice is always the first, or always the last of so many."""
    asked = [(number, action) for number, action in enumerate(scenario.script)
             if isinstance(action, Ask) and action.kind is QuestionKind.CHOICE]  # fmt: skip
    if len(asked) >= FEW and len({read_reply(action, action.answer) for _, action in asked}) == 1:
        place = int(asked[0][1].answer) + 1 if isinstance(asked[0][1].answer, int | float) else 1
        message = f"in all {len(asked)} questions with choices the right one is number {place}"
        yield _warning("gives_itself_away", message, scenario.where(f"script[{asked[-1][0]}]"))


# ---- the walk --------------------------------------------------------------------------------------------------------


def _left_out(scenario: Scenario) -> Iterator[Finding]:
    """Derivations that the script begins and leaves before their end."""
    state = scenario.opening
    furthest = number = 0
    for number, action in enumerate(scenario.script):
        if isinstance(action, Ask | actions.Answer | actions.Diagnose | Expect):
            continue
        try:
            after = reduce(state, action)
        except Diagnostic:
            continue  # the replay says so
        is_other = after.program.plan is not state.program.plan
        if is_other or (after.view.target, after.view.of) != (state.view.target, state.view.of):
            yield from _unfinished(state, furthest, scenario.where(f"script[{number}]"))
            furthest = 0
        state = after
        furthest = max(furthest, state.cursor)
    yield from _unfinished(state, furthest, scenario.where(f"script[{number}]"))


def _unfinished(state: State, furthest: int, where: Where) -> Iterator[Finding]:
    if 0 < furthest < len(state.steps):
        what = fraction(state.view.of, state.view.target)
        message = (
            f"here {what} is left after {furthest} of its {len(state.steps)} factors: the others are never reached"
        )
        yield _warning("never_reached", message, where)
