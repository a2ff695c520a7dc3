"""GIVEN a session inside of a step, WHEN an action, THEN it is at another part, at the same one, or outside."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Diagnostic, Form, Layout, Order
from engine.calculus.inside import Inside
from engine.scenario import load
from engine.session import Log, Session, State, View, actions, opened, reduce
from engine.session.inside import title


def after(state: State, *happened: actions.AnyAction) -> State:
    for action in happened:
        state = reduce(state, action)
    return state


@pytest.fixture
def inside() -> State:
    """In the last factor of ∂L/∂W2, at entry [0,1], which is part 4 of 9."""
    start = opened(load("question").opening.program, View("W2", "L"))
    return after(start, actions.Continue(), actions.StepInto(), actions.Step(count=4))


def test_step_into_starts_at_the_first_part_and_step_and_back_move_inside(inside):
    assert (inside.inside, inside.cursor, inside.part.title) == (4, 5, "entry [0,1]")
    assert after(inside, actions.Back(count=4)).inside == 0
    assert after(inside, actions.Step(count=99)).inside == 8
    assert after(inside, actions.StepInto(part=7)).inside == 7
    assert title(inside, inside.part) == "inside ∂L/∂W2: entry [0,1], 5 of 9"


def test_a_step_beyond_either_end_steps_out_and_stays_at_the_factor(inside):
    for out in (after(inside, actions.StepInto(part=8), actions.Step()),
                after(inside, actions.StepInto(part=0), actions.Back()),
                after(inside, actions.StepOut())):  # fmt: skip
        assert (out.inside, out.part, out.cursor) == (None, None, 5)


@pytest.mark.parametrize(
    "action",
    [
        actions.Jump(step=5), actions.Jump(factor="dz3/da2"), actions.Continue(), actions.Target(target="W2"),
        actions.SetForm(form=Form.HADAMARD), actions.SetForm(form=Form.ENTRY, entry=[1, 1]),
        actions.SetOrder(order=Order.FORWARD), actions.Reset(),
    ],
)  # fmt: skip
def test_what_shows_another_step_or_another_form_steps_out(inside, action):
    assert after(inside, action).inside is None


def test_flipping_the_layout_stays_at_the_same_derivative(inside):
    flipped = after(inside, actions.SetLayout(layout=Layout.NUMERATOR))
    assert flipped.inside == inside.inside
    assert (inside.part.after, flipped.part.after) == ((0, 1), (1, 0))
    assert flipped.part.value == inside.part.value
    assert after(flipped, actions.SetLayout(layout=Layout.NUMERATOR)).inside == inside.inside


def test_an_edit_and_its_undo_stay_inside_with_the_new_numbers(inside):
    edited = after(inside, actions.Edit(name="x", at=[1, 0], value=-0.5))
    assert edited.inside == inside.inside
    (term,) = edited.part.terms
    assert (term.right, term.second) == ("a1[1]", -0.5)
    assert edited.part.value == pytest.approx(term.first * -0.5) != inside.part.value
    assert after(edited, actions.Undo()).part.value == inside.part.value


@pytest.mark.parametrize(
    ("happened", "code", "hint"),
    [
        ([actions.Jump(step=0), actions.StepInto()], "nothing_to_step_into", "join a factor first"),
        ([actions.StepInto()], "already_inside", "step out"),
        ([actions.StepInto(part=9)], "bad_value", "9 parts"),
        ([actions.StepOut(), actions.StepOut()], "not_inside", "step into"),
    ],
)
def test_what_cannot_be_done_says_what_could(inside, happened, code, hint):
    with pytest.raises(Diagnostic) as problem:
        after(inside, *happened)
    assert problem.value.code == code
    assert hint in " ".join((problem.value.message, *problem.value.hints))


def test_a_log_replays_to_the_same_part():
    opening = load("question").opening
    session = Session(opening)
    for action in (
        actions.Step(count=3),
        actions.StepInto(),
        actions.Step(),
        actions.SetLayout(layout=Layout.NUMERATOR),
    ):
        session.dispatch(action)
    again = Session.replayed(opening, Log.loads(b"".join(session.log.lines())))
    assert again.state.inside == session.state.inside == 1
    np.testing.assert_equal(again.state.part.value, session.state.part.value)


def test_every_part_of_every_step_of_the_question_can_be_reached_by_stepping():
    state = opened(load("question").opening.program, View("all", "L"))
    for _ in range(len(state.steps)):
        state = after(state, actions.Step(), actions.StepInto())
        for number in range(Inside(state.current).count):
            assert state.inside == number
            assert state.part.equation
            state = after(state, actions.Step())
        assert state.inside is None


def test_another_network_is_seen_from_outside(inside):
    changed = after(inside, actions.SetNetwork(sizes=[2, 4, 3], activations=["tanh", "sigmoid"]))
    assert (changed.inside, changed.cursor) == (None, 0)
    assert after(changed, actions.Step()).cursor == 1
    assert after(changed, actions.Undo()).inside is None


def test_watches_and_breakpoints_stay_inside(inside):
    assert after(inside, actions.Watch(formula="norm(W2)")).inside == inside.inside
    assert after(inside, actions.Break(layer=2)).inside == inside.inside
