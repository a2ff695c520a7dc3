"""Another network: read back from a program, typed into a form, set, undone and replayed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import ALL, Diagnostic, Network, Program
from engine.calculus.network import LOSSES, Samples, WeightIndices
from engine.calculus.recognise import network_of
from engine.scenario import load, loads
from engine.session import Log, Session, actions
from engine.session.network_form import fields_of, read_network
from engine.session.renewal import network_for

networks = st.integers(1, 3).flatmap(
    lambda depth: st.builds(
        Network,
        sizes=st.lists(st.integers(1, 5), min_size=depth + 1, max_size=depth + 1),
        activations=st.lists(
            st.sampled_from(["relu", "tanh", "softmax", "identity", "z * sigmoid(1.7 * z)", "z**2"]),
            min_size=depth,
            max_size=depth,
        ),
        loss=st.sampled_from(list(LOSSES)),
        bias=st.booleans(),
        first_layer=st.integers(0, 1),
        batch=st.sampled_from([1, 2, 7]),
        samples=st.sampled_from(Samples),
        reduction=st.sampled_from(["sum", "mean"]),
        l2=st.sampled_from([0.0, 0.1]),
        weight_indices=st.sampled_from(WeightIndices),
    )
)


@given(networks)
def test_a_network_is_read_back_from_its_program(network):
    try:
        program = network.program()
    except Diagnostic:
        return  # such as a softmax of single numbers
    found = network_of(program)
    assert found is not None
    assert found.forward() == network.forward()
    assert found.shapes() == network.shapes()
    assert str(found) == str(network)


@given(networks)
def test_the_form_of_a_network_asks_for_the_same_network(network):
    try:
        program = network.program(seed=5)
    except Diagnostic:
        return
    action = read_network(fields_of(program))
    assert network_for(action).forward() == network.forward()
    assert action.seed == 5


def test_a_program_that_no_network_writes_is_none():
    assert network_of(Program(["z = W1 @ x", "L = sum(z**2)"], {"W1": [3, 2], "x": [2, 1]})) is None
    assert network_of(Program(["z = x", "L = sum(z**2)"], {"x": [2, 1]})) is None


@pytest.fixture
def session() -> Session:
    return Session(load("question").opening)


WIDER = actions.SetNetwork(
    sizes=[2, 5, 3, 2], activations=["tanh", "relu", "sigmoid"], bias=True, first_layer=1, seed=3
)  # fmt: skip


def test_numbers_stay_where_name_and_shape_do_and_the_rest_is_drawn(session):
    before = session.state.program
    state = session.dispatch(
        actions.SetNetwork(sizes=[2, 3, 4], activations=["tanh", "sigmoid"], first_layer=1, seed=3)
    )
    drawn = Network([2, 3, 4], ["tanh", "sigmoid"], first_layer=1).program(seed=3)
    for name in ("x", "W2"):
        np.testing.assert_array_equal(state.program.inputs[name], before.inputs[name])
    for name in ("y", "W3"):
        np.testing.assert_array_equal(state.program.inputs[name], drawn.inputs[name])
    state = session.dispatch(
        actions.SetNetwork(sizes=[2, 3, 4], activations=["tanh", "sigmoid"], first_layer=1, seed=3, keep=False)
    )
    np.testing.assert_array_equal(state.program.inputs["W2"], drawn.inputs["W2"])


def test_the_view_stays_where_it_makes_sense_and_the_chain_begins_anew(session):
    session.dispatch(actions.Continue())
    state = session.dispatch(WIDER)
    assert (state.view.target, state.cursor, state.compared) == ("W3", 0, None)
    state = session.dispatch(actions.SetNetwork(sizes=[2, 4], activations=["sigmoid"], first_layer=0))
    assert state.view.target == "W1"
    session.dispatch(actions.Target(target=ALL))
    assert session.dispatch(WIDER).view.target == ALL


def test_undo_goes_back_to_the_former_network_and_redo_forward(session):
    former = session.state.program
    made = session.dispatch(WIDER).program
    state = session.dispatch(actions.Undo())
    assert state.program is former
    assert [step.factor.name for step in state.steps] == ["dL/da3", "da3/dz3", "dz3/dW3"]
    assert session.dispatch(actions.Redo()).program is made
    assert session.dispatch(actions.Reset()).program is former


def test_it_is_logged_and_replays_to_the_same_numbers(session):
    session.dispatch(actions.Update(count=3))
    session.dispatch(WIDER)
    session.dispatch(actions.Update(rate=0.2, count=4))
    session.dispatch(actions.Step(count=2))
    log = Log.loads(b"".join(session.log.lines()))
    assert log.records[1].action == WIDER
    replayed = Session.replayed(load("question").opening, log)
    assert replayed.state.cursor == 2
    for name, value in session.state.values.items():
        np.testing.assert_array_equal(replayed.state.values[name], value)


@pytest.mark.parametrize(
    "action",
    [
        actions.SetNetwork(sizes=[2, 3], activations=["tanh", "tanh"]),
        actions.SetNetwork(sizes=[2, 3], activations=["tahn"]),
        actions.SetNetwork(sizes=[2, 3], activations=["tanh"], loss="nothing"),
        actions.SetNetwork(sizes=[10_000] * 4, activations=["tanh"] * 3),
    ],
)
def test_what_is_no_network_is_refused_and_nothing_is_kept(session, action):
    state = session.state
    with pytest.raises(Diagnostic):
        session.dispatch(action)
    assert session.state is state
    assert not session.log.records


@pytest.mark.parametrize(
    ("field", "text", "key"),
    [
        ("sizes", "2-x", "sizes"), ("sizes", "2", "sizes"), ("sizes", "2-0-1", "sizes"), ("sizes", "2-99999", "sizes"),
        ("batch", "0", "batch"), ("batch", "²", "batch"), ("seed", "-1", "seed"), ("samples", "heaps", "samples"),
        ("first_layer", "2", "first_layer"), ("bias", "maybe", "bias"), ("l2", "x", "l2"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_read_is_named(session, field, text, key):
    fields = fields_of(session.state.program) | {field: text}
    with pytest.raises(Diagnostic) as problem:
        read_network(fields)
    assert problem.value.where.key == key


def test_sizes_and_activations_are_read_in_the_ways_that_people_write_them(session):
    fields = fields_of(session.state.program)
    for text in ("2-5-3", "2, 5, 3", "2 5 3", "2×5×3"):
        assert read_network(fields | {"sizes": text}).sizes == [2, 5, 3]
    activations = read_network(fields | {"activations": "maximum(z, 0.1 * z); tanh"}).activations
    assert activations == ["maximum(z, 0.1 * z)", "tanh"]


def test_a_script_may_set_a_network_and_a_wrong_one_is_found_when_it_is_loaded():
    text = """
schema = 1
[network]
sizes = [2, 3]
activations = ["tanh"]
[[script]]
do = "set_network"
sizes = [2, 4, 3]
activations = ["tanh", "{activation}"]
[[script]]
do = "edit"
name = "W2"
value = "W2 * 0.5"
"""
    assert len(loads(text.replace("{activation}", "sigmoid")).script) == 2
    with pytest.raises(Diagnostic) as problem:
        loads(text.replace("{activation}", "sigmoit"))
    assert "sigmoid" in str(problem.value)
