"""GIVEN a state, WHEN an action, THEN a state: one table of claims for each action."""

from __future__ import annotations

import numpy as np
import pytest

from engine import ALL, Diagnostic, Form, Layout
from engine.scenario import load
from engine.session import Session, State, View, actions, opened, reduce


@pytest.fixture
def start() -> State:
    """The question, with ∂L/∂W2 as what is derived: five factors."""
    program = load("question").opening.program
    return opened(program, View("W2", "L"))


def after(state: State, *happened: actions.AnyAction) -> State:
    for action in happened:
        state = reduce(state, action)
    return state


def test_a_session_opens_before_the_first_factor_with_the_forward_pass_done(start):
    assert (start.cursor, len(start.steps), start.current) == (0, 5, None)
    assert start.upcoming.factor.name == "dL/da3"
    assert start.loss == pytest.approx(0.24372097518143712, rel=1e-12)


@pytest.mark.parametrize(("count", "cursor"), [(1, 1), (4, 4), (5, 5), (9, 5)])
def test_step_joins_as_many_factors_as_there_are(start, count, cursor):
    assert after(start, actions.Step(count=count)).cursor == cursor


def test_back_takes_factors_away_and_stops_at_the_start(start):
    state = after(start, actions.Step(count=3), actions.Back())
    assert state.cursor == 2
    assert after(state, actions.Back(count=7)).cursor == 0


def test_jump_goes_to_a_factor_by_its_name_and_to_a_number(start):
    assert after(start, actions.Jump(factor="dz3/da2")).current.factor.name == "dz3/da2"
    assert after(start, actions.Continue(), actions.Jump(step=1)).cursor == 1


def test_changing_the_layout_or_the_form_keeps_the_place_in_the_chain(start):
    state = after(start, actions.Step(count=3), actions.SetLayout(layout=Layout.NUMERATOR))
    assert (state.cursor, state.current.factor.name, state.current.factor.shape) == (3, "dz3/da2", (2, 3))
    state = after(state, actions.SetForm(form=Form.ENTRY, entry=[2, 1]))
    assert (state.cursor, state.view.entry) == (3, (2, 1))


def test_another_target_is_derived_from_the_start(start):
    state = after(start, actions.Step(count=3), actions.Target(target="W3"))
    assert (state.cursor, [step.factor.name for step in state.steps]) == (0, ["dL/da3", "da3/dz3", "dz3/dW3"])
    assert len(after(state, actions.Target(target=ALL)).steps) == 6


def test_an_edit_of_one_entry_changes_that_entry_and_what_depends_on_it(start):
    state = after(start, actions.Edit(name="W3", at=[1, 2], value=0.75))
    changed = np.argwhere(state.program.inputs["W3"] != start.program.inputs["W3"]).tolist()
    assert changed == [[1, 2]]
    assert set(state.changes()) == {"W3", "z3", "a3", "L"}
    assert start.program.inputs["W3"][1, 2] == 0.1


def test_an_edit_of_a_whole_value_takes_rows_or_a_flat_list_for_a_column(start):
    assert after(start, actions.Edit(name="x", value=[2, 3])).program.inputs["x"].tolist() == [[2.0], [3.0]]
    assert after(start, actions.Edit(name="x", value=[[2], [3]])).program.inputs["x"].tolist() == [[2.0], [3.0]]


def test_an_update_moves_every_parameter_against_its_gradient(start):
    state = after(start, actions.Update(rate=0.5))
    for name, gradient in start.gradients().items():
        np.testing.assert_allclose(state.program.inputs[name], start.program.inputs[name] - 0.5 * gradient)
    assert state.loss < start.loss
    assert state.program.inputs["x"] is start.program.inputs["x"]


def test_undo_and_redo_walk_through_the_edits_and_a_new_edit_ends_redo(start):
    first = after(start, actions.Edit(name="y", value=[0, 1]))
    second = after(first, actions.Update())
    assert after(second, actions.Undo()).program is first.program
    assert after(second, actions.Undo(), actions.Undo()).program is start.program
    assert after(second, actions.Undo(), actions.Redo()).program is second.program
    with pytest.raises(Diagnostic, match="nothing has been undone"):
        after(second, actions.Undo(), actions.Edit(name="y", value=[0, 2]), actions.Redo())


def test_undo_revokes_numbers_and_never_the_place_in_the_chain(start):
    state = after(start, actions.Update(), actions.Step(count=2), actions.SetLayout(layout=Layout.NUMERATOR))
    undone = after(state, actions.Undo())
    assert (undone.cursor, undone.view) == (2, state.view)


def test_reset_goes_back_to_the_opening_and_can_be_undone(start):
    edited = after(start, actions.Update(), actions.Target(target="W3"), actions.Step())
    state = after(edited, actions.Reset())
    assert (state.program, state.view, state.cursor) == (start.program, start.view, 0)
    assert after(state, actions.Undo()).program is edited.program


def test_a_note_changes_nothing_but_what_is_said(start):
    state = after(start, actions.Step(), actions.Note(say="look"))
    assert (state.say, state.cursor) == ("look", 1)
    assert after(state, actions.Step()).say == ""


REFUSED = {
    "at_the_end": (actions.Continue(), actions.Step()),
    "at_the_start": (actions.Back(),),
    "nothing_to_undo": (actions.Undo(),),
    "nothing_to_redo": (actions.Redo(),),
    "bad_action": (actions.Jump(),),
    "unknown_name": (actions.Jump(factor="dz3/da1"),),
    "no_path": (actions.Target(target="W3", of="z2"),),
    "bad_value": (actions.SetForm(form=Form.ENTRY, entry=[3, 0]),),
    "not_an_input": (actions.Edit(name="z2", value=1.0),),
    "wrong_shape": (actions.Edit(name="W2", value=[[1, 2, 3], [4, 5, 6]]),),
    "not_finite": (actions.Edit(name="y", value=[1e300, 0]),),
    "no_gradient": (actions.Target(target="W2", of="z2"), actions.Update()),
}


@pytest.mark.parametrize("code", REFUSED)
def test_an_action_that_cannot_be_done_is_refused_and_leaves_state_and_log_as_they_were(start, code):
    session = Session(start)
    *before, refused = REFUSED[code]
    for action in before:
        session.dispatch(action)
    state, records = session.state, list(session.log.records)
    with pytest.raises(Diagnostic) as problem:
        session.dispatch(refused)
    assert problem.value.code == code
    assert session.state is state
    assert session.log.records == records
