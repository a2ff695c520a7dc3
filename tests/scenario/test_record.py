"""A recorded session, replayed as a scenario, is in the same state: for whatever was done."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from operator import attrgetter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Diagnostic
from engine.scenario import Replay, load, loads
from engine.scenario.record import beginning_at, scenario_of, steps_to, toml_value
from engine.session import Log, Session, actions
from engine.session.actions import Ask, QuestionKind, WrongAnswer
from tests.session.test_invariants import MORE
from tests.session.test_laws import ANY, same

QUESTION = load("question")
SAID = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf")), max_size=20)
REPLIES = st.sampled_from(["3x2", [2, 3], "left", 1, "W3.T", "$rate", "\\", '"""', [[0.5, 1e-300]]])
QUIZ = st.one_of(
    st.builds(Ask, prompt=st.just("$prompt"), kind=st.just(QuestionKind.SHAPE), answer=st.just([3, 2]),
              hints=st.just(["{a}"]), wrong=st.just([WrongAnswer(answer=[2, 3], say="$$no")]), points=st.integers(0, 5),
              say=SAID),
    st.builds(Ask, prompt=st.just("?"), kind=st.just(QuestionKind.CHOICE), answer=st.just(1),
              choices=st.just(["$a", "b\nc"])),
    st.builds(actions.Answer, value=REPLIES), st.just(actions.Answer(hint=True)), st.just(actions.Answer(give_up=True)),
    st.builds(actions.Note, say=SAID), st.builds(actions.Pause, seconds=st.floats(0, 60)),
    st.builds(actions.Edit, name=st.just("x"), value=st.lists(st.floats(-2, 2), min_size=2, max_size=2)),
    st.builds(actions.Diagnose, formula=st.sampled_from(["delta3 @ a2.T", "W3 @ W3", "no"]), target=st.just("W3")),
)  # fmt: skip


def played(script) -> Session:
    session = Session(QUESTION.opening, QUESTION.title)
    for action in script:
        try:
            session.dispatch(action)
        except Diagnostic:
            continue
    return session


@given(st.lists(st.one_of(ANY, QUIZ, *MORE.values()), max_size=25))
def test_replaying_a_recording_gives_the_same_state(script):
    session = played(action for action in script if action.say.isprintable())
    log = Log.loads(b"".join(session.log.lines()))
    scenario = loads(scenario_of(QUESTION, log), "recorded.toml")
    assert scenario.title == QUESTION.title
    replay = Replay(scenario, answers=False)
    assert [event.do for event in replay] == [
        type(record.action).__struct_config__.tag for record in session.log.records
    ]
    found, wanted = replay.session.state, session.state
    assert same(found, wanted)
    assert found.quiz == wanted.quiz
    assert (found.view, found.inside, found.say) == (wanted.view, wanted.inside, wanted.say)
    assert (found.watches, found.breakpoints, found.stopped) == (wanted.watches, wanted.breakpoints, wanted.stopped)
    for name, value in wanted.values.items():
        assert found.values[name].tobytes() == value.tobytes(), name
    assert [len(found.past), len(found.future)] == [len(wanted.past), len(wanted.future)]
    assert replay.session.log.header.digest == session.log.header.digest


@given(st.lists(st.one_of(ANY, *MORE.values()), max_size=12), st.lists(st.one_of(ANY, *MORE.values()), max_size=8))
def test_a_recording_that_begins_anywhere_replays_to_the_same_state(before, script):
    middle = played(action for action in before if action.say.isprintable()).state
    begun = loads(beginning_at(QUESTION, middle), "begun.toml")
    session = Session(begun.opening)
    for action in steps_to(middle):
        session.dispatch(action)
    assert begun.script == ()
    place = attrgetter("view", "cursor", "inside", "breakpoints", "watches")
    assert place(session.state) == place(middle)
    assert [line.text for line in session.state.program.plan.lines.values()] == [
        line.text for line in middle.program.plan.lines.values()
    ]
    for name, value in middle.values.items():
        assert session.state.values[name].tobytes() == value.tobytes(), name
    for action in script:
        if action.say.isprintable():
            with suppress(Diagnostic):
                session.dispatch(action)
    replay = Replay(loads(scenario_of(begun, session.log)), answers=False)
    assert [event.do for event in replay if event.failures and event.do not in ("expect", "diagnose")] == []
    assert same(replay.session.state, session.state)


def test_numbers_of_a_file_of_weights_are_written_out(tmp_path):
    np.savez(tmp_path / "layer.npz", W1=np.arange(8.0).reshape(4, 2), W2=np.ones((3, 4)) / 3)
    path = tmp_path / "lesson.toml"
    path.write_text('schema = 1\n[variables]\nh = 4\n[network]\nsizes = [2, "$h", 3]\n'
                    'activations = ["tanh", "sigmoid"]\n[values]\nweights = "layer.npz"\n')  # fmt: skip
    scenario = load(path)
    session = Session(scenario.opening)
    session.dispatch(actions.Step())
    again = loads(scenario_of(scenario, session.log, "Mine"))
    assert again.title == "Mine"
    assert again.script == (actions.Step(),)
    for name, value in scenario.opening.values.items():
        np.testing.assert_array_equal(again.opening.values[name], value)


def test_the_log_of_another_scenario_is_refused():
    other = loads('schema = 1\n[network]\nsizes = [2, 4, 3]\nactivations = ["tanh", "sigmoid"]\n')
    with pytest.raises(Diagnostic, match="another scenario"):
        scenario_of(QUESTION, Session(other.opening).log)


@given(st.recursive(st.one_of(st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), SAID),
                    lambda inner: st.one_of(st.lists(inner), st.dictionaries(SAID, inner))))  # fmt: skip
def test_values_are_written_as_toml_reads_them(value):
    assert tomllib.loads(f"a = {toml_value(value)}")["a"] == value
