"""Replaying: every shipped lesson keeps its promises, and a broken one says where."""

from __future__ import annotations

import pytest

from engine.scenario import Player, Replay, Severity, lessons, load, loads
from engine.scenario.check import check_scenario
from engine.scenario.library import lesson_names
from engine.session import Session, actions

WRONG = """
schema = 1
[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmoid"]
[[script]]
do = "back"
[[script]]
do = "expect"
loss = 1
[[script]]
do = "expect"
[[script]]
do = "step"
"""


@pytest.mark.parametrize("name", lesson_names())
def test_every_lesson_replays_and_all_that_it_expects_holds(name):
    scenario = load(name)
    events = list(Replay(scenario))
    assert [event.failures for event in events if not event.ok] == []
    assert sum(event.do == "expect" for event in events) >= 3


@pytest.mark.parametrize("name", lesson_names())
def test_every_lesson_passes_the_check(name):
    assert [finding for finding in check_scenario(load(name)) if finding.severity is not Severity.NOTE] == []


def test_every_lesson_has_a_title_and_a_summary():
    assert all(lesson.title and lesson.summary for lesson in lessons())


def test_the_replay_goes_on_after_what_fails_and_remembers_it():
    replay = Replay(loads(WRONG))
    events = list(replay)
    assert [event.ok for event in events] == [False, False, True, True]
    assert "no factor has been joined yet" in events[0].failures[0]
    assert not replay.ok
    assert replay.session.state.cursor == 1


def test_the_check_finds_refused_actions_failed_claims_and_claims_of_nothing():
    findings = {(finding.severity, finding.code, finding.where.key) for finding in check_scenario(loads(WRONG))}
    assert findings == {
        (Severity.ERROR, "refused", "script[0]"),
        (Severity.ERROR, "expectation", "script[1]"),
        (Severity.WARNING, "empty_expectation", "script[2]"),
        (Severity.WARNING, "never_reached", "script[3]"),
    }


def test_equal_layer_sizes_are_noted_and_a_kink_is_a_warning():
    text = 'schema = 1\n[network]\nsizes = [2, 3, 2]\nactivations = ["relu", "tanh"]\n[values]\nx = [0, 0]\n'
    codes = {(finding.severity, finding.code) for finding in check_scenario(loads(text))}
    assert codes == {(Severity.NOTE, "equal_sizes"), (Severity.NOTE, "ambiguous"), (Severity.WARNING, "kink"),
                     (Severity.WARNING, "dead")}  # fmt: skip


def test_a_player_who_left_the_script_comes_back_to_where_it_was():
    scenario = load("question")
    straight, wandering = Session(scenario.opening), Session(scenario.opening)
    one, other = Player(straight, scenario.script), Player(wandering, scenario.script)
    for _ in range(6):
        one.go_on()
        other.go_on()
    wandering.dispatch(actions.Target(target="all"))
    wandering.dispatch(actions.Update())
    one.go_on()
    other.go_on()
    assert wandering.state.view == straight.state.view
    assert wandering.state.cursor == straight.state.cursor
    assert wandering.state.loss == straight.state.loss
