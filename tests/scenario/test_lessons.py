"""The course: in its order, with questions that know the common wrong answers, in numbers that plain NumPy confirms."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from engine.calculus import Layout, derive
from engine.scenario import Replay, load
from engine.scenario.library import COURSE, lesson_names
from engine.session import actions, reduce
from engine.session.actions import Answer, Ask, Diagnose, Expect
from engine.session.quiz import AnswerVerdict
from tests.scenario.by_hand import BY_HAND

COURSE_NAMES = resources.files("scenarios").joinpath(COURSE).read_text(encoding="utf-8").split()
EXERCISES = [name for name in COURSE_NAMES if name.startswith("mistakes-")]


def questions(name: str) -> list[Ask]:
    return [action for action in load(name).script if isinstance(action, Ask)]


def test_the_course_names_every_lesson_once_and_lessons_come_in_its_order():
    assert len(set(COURSE_NAMES)) == len(COURSE_NAMES)
    assert lesson_names() == [*COURSE_NAMES, "tour"]  # which is no lesson of the course


def test_what_is_in_no_course_comes_behind_it(tmp_path, monkeypatch):
    (tmp_path / COURSE).write_text("b\n", encoding="utf-8")
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.toml").write_text("schema = 1\n", encoding="utf-8")
    monkeypatch.setattr("engine.scenario.library.resources.files", lambda package: tmp_path)
    assert lesson_names() == ["b", "a", "c"]


@pytest.mark.parametrize("name", COURSE_NAMES)
def test_a_lesson_asks_at_least_three_questions_and_replies_to_common_wrong_answers(name):
    asked = questions(name)
    assert len(asked) >= 3
    assert all(question.hints and question.right and question.wrong for question in asked)


@pytest.mark.parametrize("name", COURSE_NAMES)
def test_every_wrong_choice_has_a_reply_of_its_own(name):
    for question in questions(name):
        if question.kind is actions.QuestionKind.CHOICE:
            wrong = {wrong.answer for wrong in question.wrong}
            assert wrong == set(range(len(question.choices))) - {question.answer}, question.prompt


@pytest.mark.parametrize("name", COURSE_NAMES)
def test_every_common_wrong_answer_is_wrong_and_gets_its_reply_and_the_right_one_is_right(name):
    scenario = load(name)
    state = scenario.opening
    for action in scenario.script:
        state = reduce(state, action)
        if isinstance(action, Ask):
            for wrong in action.wrong:
                refuted = reduce(state, Answer(value=wrong.answer)).quiz
                assert (refuted.verdict, refuted.reply) == (AnswerVerdict.WRONG, wrong.say), action.prompt
            state = reduce(state, Answer(value=action.answer))
            assert (state.quiz.verdict, state.quiz.reply) == (AnswerVerdict.RIGHT, action.right)


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_losses_and_gradients_of_a_lesson_are_those_of_plain_numpy(name):
    program = load(name).opening.program
    by_hand = BY_HAND[name](program.inputs)
    assert float(by_hand.pop("L")) == pytest.approx(program.values[program.loss].item(), rel=1e-12)
    assert by_hand
    for target, gradient in by_hand.items():
        *_, last = derive(program, target, layout=Layout.DENOMINATOR)
        np.testing.assert_allclose(last.result.value, gradient, rtol=1e-9, atol=1e-14, err_msg=target)


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_every_gradient_that_a_lesson_claims_is_one_of_those_by_hand(name):
    scenario = load(name)
    replay = Replay(scenario)
    claimed = 0
    for action, event in zip(scenario.script, replay, strict=True):
        state = replay.session.state
        assert event.ok
        if isinstance(action, Expect) and isinstance(action.gradient, list | float | int):
            by = action.name if isinstance(action.name, str) else str(state.view.target)
            by_hand = BY_HAND[name](state.program.inputs)[by]
            claim = np.reshape(np.asarray(action.gradient, dtype=np.float64), by_hand.shape)
            np.testing.assert_allclose(claim, by_hand, rtol=0, atol=1e-6, err_msg=by)
            claimed += 1
    assert claimed


def test_every_lesson_has_its_numbers_by_hand():
    assert set(BY_HAND) == set(COURSE_NAMES)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_states_its_source_and_has_a_mistake_judged_and_the_right_formula_accepted(name):
    text = resources.files("scenarios").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    verdicts = {str(action.verdict) for action in load(name).script if isinstance(action, Diagnose)}
    assert text.count("https://") >= sum(line.startswith("# Source:") for line in text.splitlines()) > 0
    assert "correct" in verdicts
    assert len(verdicts) > 1
