"""Questions: put, hinted at, answered and given up; and what of a question contradicts the derivation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from msgspec import UNSET, UnsetType

from engine.calculus import Step as ChainStep
from engine.calculus.layouts import spell_size
from engine.diagnostics import Diagnostic, Where
from engine.session.actions import Answer, Ask, Expect, QuestionKind
from engine.session.expect import claims_about, compare, compare_formula, find_step
from engine.session.quiz import MAX_TRIES, AnswerVerdict
from engine.session.replies import agrees, inapplicable, read_reply, spell_reply
from engine.session.state import Outcome, State


def ask(state: State, action: Ask) -> State:
    """The state with an open question; where its own answer is wrong, that is the outcome.

    Raises a Diagnostic `open_question` while another waits for its answer, and what `question_problems` finds.
    """
    if state.quiz.is_open:
        raise Diagnostic("open_question", "a question is open", hints=("answer it, or give it up",))
    for problem in question_problems(action):
        raise problem
    failures = tuple(_contradictions(state, action))
    step = step_in_question(state, action)
    factor = None if step is None or isinstance(step, str) else step.factor.name
    return replace(state, quiz=state.quiz.opened(action, factor), outcome=Outcome(not failures, failures))


def answer(state: State, action: Answer) -> State:
    """The state with a hint, or with an answer that has been judged.

    Raises a Diagnostic `no_question` if none is open, `no_more_hints`, or `unreadable_answer` for what is no answer to
    this question: neither counts as a try.
    """
    quiz = state.quiz
    question = quiz.question
    if question is None or not quiz.is_open:
        raise Diagnostic("no_question", "no question is open", hints=("go on with the lesson",))
    if (action.value is not UNSET) + action.hint + action.give_up != 1:
        raise Diagnostic("bad_action", "an answer has either `value`, or `hint = true`, or `give_up = true`")
    if action.hint:
        if quiz.hints_shown >= len(question.hints):
            message = "there are no more hints" if question.hints else "this question has no hints"
            raise Diagnostic("no_more_hints", message, hints=("answer, or give up",))
        return replace(state, quiz=quiz.hinted(question.hints[quiz.hints_shown]))
    shown = " ".join(filter(None, [f"The answer is {spell_reply(question, question.answer)}.", question.right]))
    if isinstance(action.value, UnsetType):
        return replace(state, quiz=quiz.closed(AnswerVerdict.SHOWN, shown))
    reply = read_reply(question, action.value)
    problem = inapplicable(state, question, reply)
    if not problem and agrees(state, question, reply, read_reply(question, question.answer)):
        return replace(state, quiz=quiz.closed(AnswerVerdict.RIGHT, question.right or "Right."))
    known = (w.say for w in question.wrong if agrees(state, question, reply, read_reply(question, w.answer)))
    said = next(known, f"No: {problem}." if problem else f"No, it is not {spell_reply(question, reply)}.")
    if quiz.tries + 1 >= MAX_TRIES:
        return replace(state, quiz=quiz.refuted(said).closed(AnswerVerdict.SHOWN, f"{said} {shown}"))
    return replace(state, quiz=quiz.refuted(said))


def question_problems(question: Ask) -> Iterator[Diagnostic]:
    """What is wrong with a question whatever it is asked of; `where.key` is the guilty key."""
    if question.kind is QuestionKind.CHOICE and len(question.choices) < 2:
        message = "a question of kind choice has 2 to 9 choices"
        yield Diagnostic("bad_question", message, Where(key="choices"), hints=('choices = ["3×2", "2×3"]',))
        return
    answers = [("answer", question.answer)]
    answers += [(f"wrong[{number}].answer", wrong.answer) for number, wrong in enumerate(question.wrong)]
    for key, reply in answers:
        try:
            read_reply(question, reply)
        except Diagnostic as problem:
            where = replace(problem.where, key=key)
            yield Diagnostic("bad_question", problem.message, where, problem.notes, problem.hints)


def _contradictions(state: State, question: Ask) -> Iterator[str]:
    """Where the answer of the question is not what the derivation says."""
    right = read_reply(question, question.answer)
    for number, wrong in enumerate(question.wrong):
        if agrees(state, question, read_reply(question, wrong.answer), right):
            yield f"wrong[{number}] is the right answer"
    if problem := inapplicable(state, question, right):
        yield f"the answer {right} cannot be applied: {problem}"
        return
    step = step_in_question(state, question)
    if isinstance(step, str):
        yield step
    elif step is not None:
        claims = _about_product if question.about == "product" else _about_factor
        yield from (f"the answer of the question is wrong: {failure}" for failure in claims(state, step, question))


def step_in_question(state: State, question: Ask) -> ChainStep | str | None:
    """The step that the question is about, None if it is about none, or why there is no such step."""
    is_given = question.factor is not UNSET
    if question.about == "nothing" or question.kind is QuestionKind.CHOICE:
        return None
    if is_given:
        return find_step(state, question.factor)
    # A question for the layout is about some matrix that the prompt shows, unless a factor is named.
    return None if question.kind is QuestionKind.LAYOUT else state.upcoming


def _about_factor(state: State, step: ChainStep, question: Ask) -> Iterator[str]:
    claim = {str(question.kind): read_reply(question, question.answer)}
    return claims_about(state, step, Expect(tolerance=question.tolerance, **claim))  # type: ignore[arg-type]


def _about_product(state: State, step: ChainStep, question: Ask) -> Iterator[str]:
    right = read_reply(question, question.answer)
    if question.kind is QuestionKind.SHAPE:
        if right != [int(size) for size in step.after.shape]:
            yield f"the new product is {spell_size(step.after.shape)}, not {spell_reply(question, right)}"
    elif question.kind is QuestionKind.VALUE:
        yield from compare("the new product", step.after.value, right, question.tolerance)
    elif question.kind is QuestionKind.FORMULA:
        yield from compare_formula(state, step, str(right), of_product=True)
    else:
        yield from _about_factor(state, step, question)
