"""What one student makes stays small enough for the others not to wait for it."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from engine import Diagnostic
from engine.doctor.reading import read_expression
from engine.formula.limits import LIMITS
from engine.scenario import load, loads
from engine.session import Session, actions
from tui.classroom.bounds import set_bounds


@pytest.fixture
def session(monkeypatch):
    for name, value in asdict(LIMITS).items():
        monkeypatch.setattr(LIMITS, name, value)  # so that they are as before afterwards
    scenario = load("question")
    set_bounds(scenario)
    return Session(scenario.opening)


@pytest.mark.parametrize(
    "action",
    [
        actions.SetNetwork(sizes=[5, 9_000, 7], activations=["relu", "tanh"]),
        actions.SetNetwork(sizes=[190] * 12, activations=["tanh"] * 11, batch=150),
        actions.Edit(name="x", value="ones((2, 30000)) @ ones((30000, 1))"),
        actions.Watch(formula="ones((300, 300)) @ ones((300, 300))"),
    ],
)
def test_an_action_that_makes_something_huge_is_refused(session, action):
    before = session.state
    with pytest.raises(Diagnostic) as refused:
        session.dispatch(action)
    assert refused.value.code == "too_large"
    assert session.state is before


def test_many_steps_on_a_deep_network_are_refused_and_fewer_on_a_small_one_are_taken(session):
    session.dispatch(actions.Update(count=500))
    session.dispatch(actions.SetNetwork(sizes=[3] * 100, activations=["tanh"] * 99))
    with pytest.raises(Diagnostic, match="10,000 steps"):
        session.dispatch(actions.Update(count=10_000))


def test_a_huge_value_in_a_formula_is_refused_where_it_stands(session):
    problem = read_expression(session.state.program, "W3 @ exp(ones((201, 200)))").problem
    assert problem is not None
    assert problem.code == "too_large"


def test_the_bounds_grow_with_what_the_class_is_about(session):
    before = LIMITS.entries
    large = loads("""
schema = 1
[network]
sizes = [784, 128, 10]
activations = ["relu", "softmax"]
loss = "cross_entropy"
""")
    set_bounds(large)
    assert LIMITS.entries == 4 * 784 * 128 > before
    Session(large.opening).dispatch(actions.Continue(to_end=True))
