"""Edits that are typed: numbers, formulas for an entry, formulas for all of a value."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Diagnostic
from engine.scenario import load
from engine.session import Log, Session, State, actions
from engine.session.changes import changed_gradients, changed_values
from engine.session.edits import read_edit


@pytest.fixture
def session() -> Session:
    return Session(load("question").opening)


def typed(session: Session, name: str, place: tuple[int, int], text: str) -> State:
    return session.dispatch(read_edit(name, place, text))


@pytest.mark.parametrize(
    ("text", "value"),
    [("-0.75", -0.75), ("−0.75", -0.75), ("1e-3", 1e-3), ("+.5", 0.5), ("W3[0,1] * 2", -0.4), ("0.5 * L", None)],
)
def test_a_number_or_a_formula_is_put_into_the_entry(session, text, value):
    loss = session.state.loss
    state = typed(session, "W3", (1, 2), text)
    assert state.program.inputs["W3"][1, 2] == pytest.approx(0.5 * loss if value is None else value, rel=1e-15)
    assert np.count_nonzero(state.program.inputs["W3"] != session.state.opening[0].inputs["W3"]) == 1


def test_a_formula_after_an_equals_sign_is_for_all_of_the_value(session):
    before = session.state.program.inputs
    state = typed(session, "W3", (0, 0), "= W3 * 0.5 + 0.1 * W2.T")
    np.testing.assert_allclose(state.program.inputs["W3"], before["W3"] * 0.5 + 0.1 * before["W2"].T, rtol=1e-15)


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("W3 * 0.5", "one number, and W3 * 0.5 is 2×3", "for all of W3 write = W3 * 0.5"),
        ("= W2", "W2 is 3×2, and all of W3 is 2×3", "its transpose fits: = (W2).T"),
        ("= 0.5", "0.5 is 1×1, and all of W3 is 2×3", "= 0.5 * ones((2, 3))"),
        ("= W4", "W4", ""),
        ("", "missing", "-0.25"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(session, text, words, hint):
    with pytest.raises(Diagnostic) as problem:
        typed(session, "W3", (0, 1), text)
    assert words in problem.value.message
    assert hint in " ".join(problem.value.hints)
    assert not session.log.records


def test_a_formula_is_logged_as_it_was_typed_and_replays_to_the_same_numbers(session):
    typed(session, "W3", (0, 1), "= W3 * 0.5")
    typed(session, "W2", (2, 1), "W3[0,1] + 1")
    log = Log.loads(b"".join(session.log.lines()))
    assert log.records[0].action == actions.Edit(name="W3", value="W3 * 0.5")
    replayed = Session.replayed(load("question").opening, log)
    for name, value in session.state.program.inputs.items():
        np.testing.assert_array_equal(replayed.state.program.inputs[name], value)


def test_what_changed_is_told_for_values_and_for_gradients(session):
    before = session.state
    state = typed(session, "W3", (1, 2), "0.75")
    values = {change.name: change for change in changed_values(state)}
    assert list(values) == ["W3", "z3", "a3", "L"]
    assert (values["W3"].entry, values["W3"].old, values["W3"].new, values["W3"].count) == ("W3[1,2]", 0.1, 0.75, 1)
    assert (values["z3"].entry, values["z3"].count) == ("z3[1]", 1)
    gradients = {change.name: change for change in changed_gradients(state)}
    old, new = before.gradients()["W2"], state.gradients()["W2"]
    row, column = np.unravel_index(np.abs(new - old).argmax(), old.shape)
    assert gradients["W2"].entry == f"W2[{row},{column}]"
    assert (gradients["W2"].old, gradients["W2"].new) == (old[row, column], new[row, column])


def test_what_changed_is_put_away_and_the_numbers_stay(session):
    edited = typed(session, "W3", (1, 2), "0.75")
    state = session.dispatch(actions.Dismiss())
    assert state.compared is None
    assert state.program is edited.program
    with pytest.raises(Diagnostic) as problem:
        session.dispatch(actions.Dismiss())
    assert problem.value.code == "nothing_to_dismiss"
