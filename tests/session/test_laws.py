"""Laws of a session, over random actions: undo, replay, the log, the layout flip."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Diagnostic, Form, Layout
from engine.scenario import load
from engine.session import Log, Session, State, actions

OPENING = load("question").opening
numbers = st.floats(-2, 2).map(lambda value: round(value, 3))
ANY = st.one_of(
    st.builds(actions.Step, count=st.integers(1, 3)),
    st.builds(actions.Back, count=st.integers(1, 3)),
    st.builds(actions.Jump, step=st.integers(0, 6)),
    st.just(actions.StepInto()),
    st.builds(actions.StepInto, part=st.integers(0, 10)),
    st.just(actions.StepOut()),
    st.just(actions.Continue()),
    st.builds(actions.Target, target=st.sampled_from(["all", "W2", "W3", "x", "y", "z2", "a3", "nobody"])),
    st.builds(actions.SetLayout, layout=st.sampled_from(Layout)),
    st.builds(actions.SetForm, form=st.sampled_from(Form)),
    st.builds(actions.SetForm, form=st.just(Form.ENTRY), entry=st.lists(st.integers(0, 2), min_size=2, max_size=2)),
    st.builds(
        actions.Edit,
        name=st.sampled_from(["W2", "W3", "x", "y", "z2"]),
        at=st.lists(st.integers(0, 2), min_size=2, max_size=2),
        value=numbers,
    ),
    st.builds(
        actions.Edit,
        name=st.sampled_from(["W2", "W3", "x"]),
        value=st.sampled_from(["W2 * 0.5", "W3 + 0.1", "-x", "W2.T", "nobody"]),
    ),
    st.builds(actions.Update, rate=st.floats(0.01, 1)),
    st.builds(actions.Update, rate=st.floats(0.01, 1), count=st.integers(2, 4)),
    st.just(actions.Dismiss()),
    st.builds(
        actions.SetNetwork,
        sizes=st.lists(st.integers(1, 4), min_size=2, max_size=3),
        activations=st.lists(st.sampled_from(["relu", "tanh"]), min_size=1, max_size=2),
        bias=st.booleans(),
        first_layer=st.integers(0, 1),
        batch=st.integers(1, 2),
        keep=st.booleans(),
    ),
    st.just(actions.Undo()),
    st.just(actions.Redo()),
    st.just(actions.Reset()),
    st.builds(actions.Note, say=st.text(max_size=20)),
    st.builds(actions.Expect, shape=st.just([2, 1])),
)
scripts = st.lists(ANY, max_size=25)


def played(script: list[actions.AnyAction]) -> Session:
    session = Session(OPENING, "random")
    for action in script:
        try:
            session.dispatch(action, "somebody")
        except Diagnostic:
            continue
    return session


def same(one: State, other: State) -> bool:
    numbers_agree = all(np.array_equal(one.values[name], other.values[name]) for name in one.values)
    return numbers_agree and (one.view, one.cursor, one.inside, one.say, one.outcome) == (
        other.view, other.cursor, other.inside, other.say, other.outcome,
    )  # fmt: skip


@given(scripts)
def test_a_state_is_always_whole(script):
    state = played(script).state
    assert 0 <= state.cursor <= len(state.steps)
    assert state.steps[-1].is_last
    assert state.loss is not None
    if state.current is not None:
        assert state.current.after.value.shape == state.current.after.shape
    assert (state.part is None) is (state.inside is None)
    assert state.inside is None or state.current is not None


@given(scripts)
def test_undoing_everything_returns_to_the_numbers_of_the_beginning(script):
    session = played(script)
    while session.state.past:
        session.dispatch(actions.Undo())
    for name, value in OPENING.program.inputs.items():
        np.testing.assert_array_equal(session.state.program.inputs[name], value)


@given(scripts)
def test_replaying_the_record_gives_the_same_state(script):
    session = played(script)
    log = Log.loads(b"".join(session.log.lines()))
    assert log.header.digest == session.log.header.digest
    assert same(Session.replayed(OPENING, log).state, session.state)


@given(scripts, st.floats(0, 1))
def test_a_log_that_was_cut_anywhere_loads_up_to_its_last_whole_record(script, share):
    lines = list(played(script).log.lines())
    data = b"".join(lines)
    cut = len(lines[0]) + int(share * (len(data) - len(lines[0])))
    whole = data[:cut].count(b"\n") - 1
    loaded = Log.loads(data[:cut]).records
    assert len(loaded) in (whole, whole + 1)  # a record whose last byte is only the line's end is whole, too
    assert [record.seq for record in loaded] == list(range(len(loaded)))


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"{}", b'{"type":"header"}', b"garbage\n", b'{"type":"header","schema":9,"digest":""}',
     b'{"type":"header","schema":1,"digest":"","more":' + b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_log_is_refused(data):
    with pytest.raises(Diagnostic) as problem:
        Log.loads(data)
    assert problem.value.code == "bad_log"


@given(scripts)
def test_flipping_the_layout_twice_is_nothing(script):
    session = played(script)
    before = session.state
    flipped = session.dispatch(actions.SetLayout(layout=before.view.layout.flipped))
    again = session.dispatch(actions.SetLayout(layout=before.view.layout))
    assert [step.factor.formula for step in again.steps] == [step.factor.formula for step in before.steps]
    for one, other in zip(before.steps, flipped.steps, strict=True):
        if one.before is not None and other.before is not None and one.operation != "sum":
            assert one.side is other.side.flipped
        np.testing.assert_array_equal(one.factor.value, other.factor.value.transpose())


def test_a_log_of_other_numbers_is_refused():
    other = Session(load("question").opening)
    other.dispatch(actions.Update())
    session = Session(State(**{name: getattr(other.state, name) for name in ("program", "view", "steps")}, cursor=0,
                            opening=(other.state.program, other.state.view)))  # fmt: skip
    session.dispatch(actions.Step())
    with pytest.raises(Diagnostic) as problem:
        Session.replayed(OPENING, session.log)
    assert problem.value.code == "bad_log"


def test_a_log_that_nests_too_deep_loads_up_to_there():
    session = Session(OPENING)
    session.dispatch(actions.Step())
    deep = b'{"seq":1,"actor":"a","action":{"do":"edit","name":"x","value":' + b"[" * 100_000 + b"]" * 100_000 + b"}}\n"
    assert len(Log.loads(b"".join(session.log.lines()) + deep).records) == 1
