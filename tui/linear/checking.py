"""Commands that judge: the doctor on a formula of one's own, and answers to the lesson's questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic
from engine.doctor import STAGES, Diagnosis, consult, has_hints, hint_lines, report_lines
from engine.session import actions
from engine.session.replies import typed_reply

if TYPE_CHECKING:
    from tui.linear.linear import Linear


def judged(linear: Linear, formula: str) -> Iterator[str]:
    """Judge a formula; corrections are looked for, and told when they are asked for."""
    if not formula:
        raise Diagnostic("bad_value", "a formula is missing, as in d (a3 - y) * a3 * (1 - a3) @ a2.T")
    view = linear.state.view
    if linear.session.budget is not None:
        linear.session.budget.check_text(linear.state.program, formula)
    found = consult(linear.state.program, view.target, formula, of=view.of)
    linear.found, linear.stage = found, 0
    if isinstance(found, Diagnosis):
        linear.session.dispatch(actions.Diagnose(formula=found.formula))
    yield from report_lines(found, 0)
    if has_hints(found):
        yield "hint gives a hint."


def hint(linear: Linear, rest: str) -> Iterator[str]:
    """A hint about the open question; where there is none, about the formula that was judged last."""
    if linear.state.quiz.is_open:
        yield from linear.answered(actions.Answer(hint=True))
        return
    found = linear.found
    if found is None:
        raise Diagnostic("nothing_to_tell", "no question is open, and no formula has been judged",
                         hints=("d FORMULA judges one",))  # fmt: skip
    is_far = isinstance(found, Diagnosis) and not found.fixes
    linear.stage = len(STAGES) if is_far and linear.stage < len(STAGES) else linear.stage + 1
    if linear.stage > len(STAGES):
        yield "That is all."
    elif isinstance(found, Diagnosis):
        yield from hint_lines(found, linear.stage) or ["That is all."]
    else:
        yield from report_lines(found, linear.stage)


def answer(linear: Linear, rest: str) -> Iterator[str]:
    """Answer the open question."""
    question = linear.state.quiz.question
    if question is None or not linear.state.quiz.is_open:
        raise Diagnostic("no_question", "no question is open", hints=("enter goes on with the lesson",))
    yield from linear.answered(actions.Answer(value=typed_reply(question, rest)))


def give_up(linear: Linear, rest: str) -> Iterator[str]:
    """Be shown the answer."""
    if rest != "up":
        raise Diagnostic("unknown_command", "there is no command give", hints=("give up shows the answer",))
    yield from linear.answered(actions.Answer(give_up=True))
