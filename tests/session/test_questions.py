"""Questions: answers are judged by value, replies and hints come in order, and none can teach what is wrong."""

from __future__ import annotations

import pytest

from engine import Diagnostic
from engine.scenario import load
from engine.session import State, actions, opened, reduce
from engine.session.replies import WORDS, typed_reply

OPENING = load("question").opening


def at(joined: int, *, layout: str = "denominator") -> State:
    """∂L/∂W2 of 2-3-2 with some factors joined; the next of two joined ones is ∂z3/∂a2."""
    state = opened(OPENING.program, OPENING.view)
    state = reduce(state, actions.Target(target="W2"))
    state = reduce(state, actions.SetLayout(layout=layout))
    return reduce(state, actions.Jump(step=joined))


def asked(kind: str, answer: object, *, joined: int = 2, layout: str = "denominator", **more: object) -> State:
    return reduce(at(joined, layout=layout), actions.Ask(prompt="?", kind=actions.QuestionKind(kind), answer=answer,
                                                         **more))  # fmt: skip


def answered(state: State, *replies: object) -> State:
    for reply in replies:
        state = reduce(state, actions.Answer(value=reply))
    return state


RIGHT = [
    ("shape", [3, 2], {}, ["3×2", "3x2", "(3, 2)", "[3, 2]", "3 by 2", "3 2", [3, 2], [3.0, 2.0]]),
    ("side", "left", {}, ["left", "L", " Left "]),
    ("layout", "denominator", {}, ["denominator", "den"]),
    ("operation", "matmul", {}, ["matmul", "matrix product", "·", "@"]),
    ("structure", "dense", {}, ["dense", "de"]),
    ("structure", "diagonal", {"factor": "da2/dz2"}, ["diagonal"]),
    ("formula", "W3.T", {}, ["W3.T", "W3ᵀ", "(2 * W3 - W3)^T", r"W^{(3)T}"]),
    ("value", [[0.5, -0.6], [-0.2, 0.4], [0.3, 0.1]], {}, ["[[0.5, -0.6], [-1/5, 0.4], [0.3, 0.1]]"]),
    ("value", -0.2, {"about": "nothing"}, ["-0.2", "-1/5", "-0.2001", -0.2]),
    ("choice", 1, {"choices": ["W3", "W3.T"]}, [1, 1.0, "W3.T"]),
    ("shape", [3, 1], {"about": "product"}, ["3x1"]),
    ("value", [-0.1358984, 0.0749873, -0.0222336], {"about": "product"}, ["[-0.1359, 0.0750, -0.0222]"]),
    ("formula", "W3.T @ delta3", {"about": "product"}, ["W3.T @ ((a3 - y) * a3 * (1 - a3))"]),
]


@pytest.mark.parametrize(("kind", "answer", "more", "replies"), RIGHT)
def test_an_answer_is_right_by_its_value_however_it_is_written(kind, answer, more, replies):
    state = asked(kind, answer, **more)
    assert state.outcome.ok, state.outcome.failures
    for reply in replies:
        quiz = answered(state, reply).quiz
        assert (quiz.verdict, quiz.is_open, quiz.won) == ("right", False, 1), reply


WRONG = [
    ("shape", [3, 2], {}, ["2×3", [3], "3x2x1"]),
    ("side", "left", {}, ["right"]),
    ("formula", "W3.T", {}, ["W3", "W3.T @ W3", "W3.T + 1", "W3 @ W3"]),
    ("formula", "diag(drelu(z2))", {"factor": "da2/dz2"}, ["eye(3)"]),  # equal at these numbers, and only at these
    ("value", [[0.5, -0.6], [-0.2, 0.4], [0.3, 0.1]], {}, ["[[0.5, -0.2, 0.3], [-0.6, 0.4, 0.1]]", "0.5"]),
    ("choice", 1, {"choices": ["W3", "W3.T"]}, [0, "w3"]),
]


@pytest.mark.parametrize(("kind", "answer", "more", "replies"), WRONG)
def test_a_wrong_answer_costs_a_point_and_leaves_the_question_open(kind, answer, more, replies):
    state = asked(kind, answer, points=4, **more)
    for reply in replies:
        quiz = answered(state, reply).quiz
        assert (quiz.verdict, quiz.is_open, quiz.tries, quiz.at_stake) == ("wrong", True, 1, 3), reply


@pytest.mark.parametrize(
    ("kind", "answer", "more", "reply"),
    [
        ("shape", [3, 2], {}, "three by two"), ("shape", [3, 2], {}, [0.5]), ("shape", [3, 2], {}, ""),
        ("side", "left", {}, "up"), ("layout", "numerator", {}, 3), ("structure", "dense", {}, "diag"),
        ("formula", "W3.T", {}, "W3.T @"), ("formula", "W3.T", {}, "W9"), ("formula", "W3.T", {}, "x" * 5_000),
        ("value", -0.2, {"about": "nothing"}, "a3"), ("value", -0.2, {"about": "nothing"}, [[1], [2, 3]]),
        ("value", -0.2, {"about": "nothing"}, "1/0"), ("choice", 0, {"choices": ["a", "b"]}, 2),
        ("choice", 0, {"choices": ["a", "b"]}, "c"), ("choice", 0, {"choices": ["a", "b"]}, -1),
        ("choice", 0, {"choices": ["a", "b"]}, float("inf")), ("shape", [3, 2], {}, [float("inf"), 2]),
        ("shape", [3, 2], {}, float("nan")),
        ("shape", [3, 2], {}, "2"), ("shape", [3, 2], {}, 2), ("value", -0.2, {"about": "nothing"}, [float("inf")]),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_and_does_not_count(kind, answer, more, reply):
    state = asked(kind, answer, **more)
    with pytest.raises(Diagnostic):
        answered(state, reply)


def test_a_lone_number_is_a_shape_where_the_question_knows_one_of_one_size():
    assert answered(asked("shape", [3], about="nothing"), "3").quiz.verdict == "right"
    assert answered(asked("shape", [3], about="nothing"), "2").quiz.verdict == "wrong"
    known = asked("shape", [3, 2], wrong=[actions.WrongAnswer(answer=[3], say="That is one column.")])
    assert answered(known, " 3 ").quiz.reply == "That is one column."
    with pytest.raises(Diagnostic, match="3 alone is no shape"):
        answered(asked("shape", [3, 2]), "3")
    assert answered(asked("shape", [3, 2]), "[3]").quiz.verdict == "wrong"


CONTRADICTIONS = [
    ("shape", [2, 3], {}, "the shape is 3×2, not 2×3"),
    ("shape", [3, 2], {"layout": "numerator"}, "the shape is 2×3, not 3×2"),
    ("shape", [3, 2], {"about": "product"}, "the new product is 3×1, not 3×2"),
    ("side", "right", {}, "the side is left, not right"),
    ("operation", "hadamard", {}, "the operation is matmul"),
    ("structure", "diagonal", {}, "the structure is dense"),
    ("formula", "W3", {}, "W3 is 2×3"),
    ("formula", "eye(3)", {"factor": "da2/dz2"}, "for other numbers"),
    ("formula", "delta3", {"about": "product"}, "2×1"),
    ("value", [[0.5, -0.6], [-0.2, 0.4], [0.3, 0.2]], {}, "the value [2, 1] is 0.1, not 0.2"),
    ("layout", "numerator", {"factor": "dz3/da2"}, "the layout is denominator"),
    ("shape", [3, 2], {"factor": "dz9/da2"}, "the chain has no factor dz9/da2"),
    ("shape", [3, 2], {"wrong": [actions.WrongAnswer(answer="3×2", say="")]}, "wrong[0] is the right answer"),
    ("formula", "W3 @ W3", {"about": "nothing"}, "cannot be applied"),
]


@pytest.mark.parametrize(("kind", "answer", "more", "says"), CONTRADICTIONS)
def test_an_answer_that_contradicts_the_derivation_is_the_outcome(kind, answer, more, says):
    outcome = asked(kind, answer, **more).outcome
    assert not outcome.ok
    assert says in "; ".join(outcome.failures)


def test_common_wrong_answers_have_their_own_reply_and_the_third_shows_the_answer():
    known = [actions.WrongAnswer(answer=[2, 3], say="That is numerator layout.")]
    state = asked("shape", [3, 2], wrong=known, right="Rows follow a2.", points=5)
    state = answered(state, "2x3")
    assert (state.say, state.quiz.reply) == ("That is numerator layout.",) * 2
    state = answered(state, "2x2")
    assert state.say == "No, it is not 2×2."
    state = answered(state, [9])
    assert state.say == "No, it is not 9. The answer is 3×2. Rows follow a2."
    assert (state.quiz.verdict, state.quiz.is_open) == ("shown", False)
    assert (state.quiz.won, state.quiz.possible, state.quiz.answered, state.quiz.asked) == (0, 5, 0, 1)


def test_hints_come_one_by_one_and_cost_a_point_each():
    state = asked("side", "left", hints=["3×2 and 2×1.", "Which order fits?"], points=5)
    for hint in ("3×2 and 2×1.", "Which order fits?"):
        state = reduce(state, actions.Answer(hint=True))
        assert state.say == hint
    with pytest.raises(Diagnostic, match="no more hints"):
        reduce(state, actions.Answer(hint=True))
    assert answered(state, "right", "left").quiz.won == 2


def test_the_points_never_go_below_none():
    state = asked("side", "left", hints=["a", "b"])
    for _ in range(2):
        state = reduce(state, actions.Answer(hint=True))
    quiz = answered(state, "left").quiz
    assert (quiz.won, quiz.possible, quiz.score) == (0, 1, "0 of 1 point")


def test_giving_up_shows_the_answer_and_looking_around_keeps_the_question_open():
    state = asked("choice", 1, choices=["W3", "W3.T"])
    state = reduce(reduce(state, actions.SetLayout(layout="numerator")), actions.Reset())
    assert state.quiz.is_open
    state = reduce(state, actions.Answer(give_up=True))
    assert state.say == "The answer is W3.T."
    assert not state.quiz.is_open


@pytest.mark.parametrize(("formula", "said"), [
    ("W3.T @ (a3 - y) * a3", "No: cannot multiply entry by entry: 3×1 and 2×1 do not have the same shape."),
    ("(W3.T @ (a3 - y) * a3) @ x.T", "do not have the same shape, in (W3.T @ (a3 - y) * a3)."),
])  # fmt: skip
def test_a_formula_that_cannot_be_applied_is_told_in_which_part(formula, said):
    state = answered(asked("formula", "W3.T @ (a3 - y)", about="nothing"), formula)
    assert state.quiz.reply.endswith(said)


@pytest.mark.parametrize("action", [actions.Answer(), actions.Answer(value=1, hint=True), actions.Ask(
    prompt="?", kind="side", answer="left")])  # fmt: skip
def test_an_answer_of_two_things_and_a_question_on_a_question_are_refused(action):
    with pytest.raises(Diagnostic):
        reduce(asked("side", "left"), action)


def test_without_a_question_there_is_nothing_to_answer():
    with pytest.raises(Diagnostic, match="no question is open"):
        reduce(at(2), actions.Answer(value="left"))


def test_an_expectation_can_be_about_the_verdict_and_the_score():
    state = answered(asked("side", "left", points=3), "right", "left")
    for expected, ok in (({"verdict": "right", "score": 2}, True), ({"verdict": "wrong"}, False),
                         ({"score": 3}, False), ({"verdict": "correct"}, False)):  # fmt: skip
        assert reduce(state, actions.Expect(**expected)).outcome.ok is ok
    judged = reduce(state, actions.Diagnose(formula="delta2 @ x.T", target="W2"))
    assert reduce(judged, actions.Expect(verdict="correct")).outcome.ok


def test_the_number_that_is_typed_for_a_choice_is_its_place_in_the_list():
    choice = asked("choice", 1, choices=["W3", "W3.T"]).quiz.question
    assert typed_reply(choice, " 2 ") == 1
    assert typed_reply(asked("value", 2, about="nothing", choices=["1", "3"]).quiz.question, "2") == "2"
    shape = asked("shape", [3, 2], choices=["2×3", "3×2"]).quiz.question
    assert [typed_reply(shape, text) for text in ("2", "3", "3x2")] == ["3×2", "3", "3x2"]


def test_every_structure_that_a_factor_can_have_is_an_answer():
    from engine.calculus.jacobians.base import Jacobian

    def below(kind: type) -> set[type]:
        return {kind, *(each for one in kind.__subclasses__() for each in below(one))}

    words = {kind.structure for kind in below(Jacobian) if "structure" in kind.__dict__}
    assert words == set(WORDS[actions.QuestionKind.STRUCTURE])
