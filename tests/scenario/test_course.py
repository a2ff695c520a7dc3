"""The course: what every shipped lesson owes a learner, beside replaying without a failure."""

from __future__ import annotations

import pytest

from engine.scenario import load
from engine.scenario.library import DEFAULT, lesson_names
from engine.session import reduce
from engine.session.actions import Answer, Ask
from engine.session.quiz import AnswerVerdict

COURSE = [name for name in lesson_names() if name not in (DEFAULT, "tour")]


@pytest.mark.parametrize("name", COURSE)
def test_a_lesson_asks_at_least_three_questions_and_helps_with_each(name):
    questions = [action for action in load(name).script if isinstance(action, Ask)]
    assert len(questions) >= 3
    for question in questions:
        assert question.hints, question.prompt
        assert question.wrong, f"nothing is said to a usual mistake: {question.prompt}"
        assert question.right, f"nothing is said to the right answer: {question.prompt}"


@pytest.mark.parametrize("name", COURSE)
def test_every_usual_mistake_is_judged_wrong_and_gets_the_reply_that_is_meant_for_it(name):
    scenario = load(name)
    state = scenario.opening
    for action in scenario.script:
        if isinstance(action, Answer):
            continue  # every question is answered below
        state = reduce(state, action)
        if not isinstance(action, Ask):
            continue
        for mistake in action.wrong:
            quiz = reduce(state, Answer(value=mistake.answer)).quiz
            assert quiz.verdict is AnswerVerdict.WRONG, f"{mistake.answer} is right: {action.prompt}"
            assert mistake.say in quiz.reply, f"to {mistake.answer}: {quiz.reply}"
        state = reduce(state, Answer(value=action.answer))
