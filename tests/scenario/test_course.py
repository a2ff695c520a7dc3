"""The course: what every shipped lesson owes a learner, beside replaying without a failure."""

from __future__ import annotations

import pytest

from engine.scenario import load
from engine.scenario.library import DEFAULT, lesson_names
from engine.session.actions import Ask

COURSE = [name for name in lesson_names() if name != DEFAULT]


@pytest.mark.parametrize("name", COURSE)
def test_a_lesson_asks_at_least_three_questions_and_helps_with_each(name):
    questions = [action for action in load(name).script if isinstance(action, Ask)]
    assert len(questions) >= 3
    for question in questions:
        assert question.hints, question.prompt
        assert question.wrong, f"nothing is said to a usual mistake: {question.prompt}"
        assert question.right, f"nothing is said to the right answer: {question.prompt}"


def test_there_is_a_course():
    assert {"scalar_chain", "one_neuron"} <= set(COURSE)
