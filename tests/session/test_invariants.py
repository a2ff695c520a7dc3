"""What holds after any sequence of actions of any kind: shapes chain, products are gradients, logs replay."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Diagnostic, Form, Layout
from engine.calculus import Order, Side
from engine.calculus.chain import gradients_of
from engine.calculus.layouts import Operation
from engine.scenario import load
from engine.session import Log, Session, State, actions
from tests.session.test_laws import ANY

MORE = {
    "step_into": st.builds(actions.StepInto),
    "step_out": st.just(actions.StepOut()),
    "continue": st.builds(actions.Continue, to_end=st.booleans()),
    "set_order": st.builds(actions.SetOrder, order=st.sampled_from(Order)),
    "set_fused": st.builds(actions.SetFused, fused=st.booleans()),
    "break": st.builds(actions.Break, factor=st.sampled_from(["dz3/da2", "da2/dz2", "dL/da3", "nothing"])),
    "watch": st.builds(actions.Watch, formula=st.sampled_from(["a2 * 2", "W3.T @ (a3 - y)", "nobody", "1 +"])),
    "set_values": st.builds(
        actions.SetValues,
        values=st.dictionaries(
            st.sampled_from(["x", "y", "nobody"]), st.lists(st.floats(-2, 2), max_size=3), min_size=1
        ),
    ),
    "dismiss": st.just(actions.Dismiss()),
    "set_network": st.builds(
        actions.SetNetwork,
        sizes=st.lists(st.integers(1, 4), min_size=3, max_size=3),
        activations=st.just(["tanh", "sigmoid"]),
        first_layer=st.integers(0, 1),
        keep=st.booleans(),
    ),
    "ask": st.builds(
        actions.Ask,
        prompt=st.just("What is its shape?"),
        kind=st.just(actions.QuestionKind.SHAPE),
        answer=st.sampled_from([[2, 1], [3, 2]]),
        about=st.sampled_from(["factor", "nothing"]),
    ),
    "answer": st.builds(actions.Answer, value=st.sampled_from([[2, 1], "3x2", "left"])),
    "pause": st.builds(actions.Pause, seconds=st.floats(0, 1)),
    "diagnose": st.builds(actions.Diagnose, formula=st.sampled_from(["a3 - y", "(a3 - y) @ a2.T", "W3", "1 +"])),
}
OF_TEST_LAWS = {
    "step",
    "back",
    "jump",
    "continue",
    "target",
    "set_layout",
    "set_form",
    "edit",
    "update",
    "undo",
    "redo",
    "reset",
    "note",
    "expect",
}
SCENARIOS = {"question": load("question").opening}
scripts = st.lists(st.one_of(ANY, *MORE.values()), max_size=20)
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_every_kind_of_action_is_drawn() -> None:
    assert set(MORE) | OF_TEST_LAWS == set(actions.ACTIONS)


def played(script: list[actions.AnyAction]) -> Session:
    session = Session(SCENARIOS["question"], "random")
    for action in script:
        try:
            session.dispatch(action)
        except Diagnostic:
            continue
    return session


def looks(state: State) -> tuple[object, ...]:
    """All of a state that can be compared, its programs as their numbers."""
    plain = [name for name in (field.name for field in fields(state)) if name not in _OF_PROGRAMS]
    numbers = [{name: value.tolist() for name, value in program.inputs.items()}
               for program in (state.program, *state.past, *state.future, *filter(None, [state.compared]))]  # fmt: skip
    return (*(getattr(state, name) for name in plain), numbers, [str(step) for step in state.steps])


_OF_PROGRAMS = {"program", "steps", "opening", "past", "future", "compared", "diagnosis"}


@few
@given(scripts)
def test_shapes_chain_and_a_finished_product_is_the_gradient(script) -> None:
    state = played(script).state
    assert 0 <= state.cursor <= len(state.steps)
    gradients = gradients_of(state.program, state.view.of)
    for step in state.steps:
        assert step.factor.value.shape == step.factor.shape
        assert step.after.value.shape == step.after.shape
        if step.operation is Operation.MATMUL and step.before is not None and state.view.form is not Form.INDEX:
            left, right = (step.factor, step.before) if step.side is Side.LEFT else (step.before, step.factor)
            assert left.shape[-1] == right.shape[0]
            np.testing.assert_allclose(left.value @ right.value, step.after.value, rtol=1e-9, atol=1e-12)
        if step.is_last and step.target in gradients and step.entry is None and step.form != Form.VEC:
            gradient = gradients[step.target]
            expected = gradient if step.layout is Layout.DENOMINATOR else gradient.T
            np.testing.assert_allclose(step.result.value, expected, rtol=1e-9, atol=1e-12)


@few
@given(scripts)
def test_replaying_the_record_of_any_actions_gives_the_identical_state(script) -> None:
    session = played(script)
    again = Session.replayed(SCENARIOS["question"], Log.loads(b"".join(session.log.lines())))
    assert looks(again.state) == looks(session.state)
    assert list(again.log.lines()) == list(session.log.lines())


@few
@given(scripts)
def test_a_refused_action_changes_nothing_and_is_not_logged(script) -> None:
    session = Session(SCENARIOS["question"], "random")
    for action in script:
        before, count = session.state, len(session.log.records)
        try:
            session.dispatch(action)
        except Diagnostic:
            assert session.state is before
            assert len(session.log.records) == count
        else:
            assert len(session.log.records) == count + 1
