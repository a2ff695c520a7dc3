"""Replaying: every shipped lesson keeps its promises, and a broken one says where."""

from __future__ import annotations

import random

import msgspec
import pytest

from engine.calculus import Layout
from engine.diagnostics import Diagnostic
from engine.scenario import Player, Replay, Scenario, Severity, lessons, load, loads
from engine.scenario.check import check_scenario
from engine.scenario.library import lesson_names
from engine.scenario.replay import ACTOR
from engine.session import Log, Session, actions

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


# ---- where a lesson is ---------------------------------------------------------------------------------------------

TWICE = """
schema = 1
[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmoid"]
[[script]]
do = "step"
[[script]]
do = "ask"
prompt = "Which side?"
kind = "choice"
choices = ["left", "right"]
answer = 0
about = "nothing"
[[script]]
do = "answer"
give_up = true
[[script]]
do = "step"
[[script]]
do = "reset"
[[script]]
do = "step"
[[script]]
do = "ask"
prompt = "Which side?"
kind = "choice"
choices = ["left", "right"]
answer = 0
about = "nothing"
[[script]]
do = "answer"
give_up = true
[[script]]
do = "step"
[[script]]
do = "step"
"""
"""The same entries again and again, and one that a player's own coming back looks like."""
BY_HAND = (
    actions.Step(), actions.Back(), actions.Reset(), actions.Update(), actions.Undo(),
    actions.SetLayout(layout=Layout.NUMERATOR),
)  # fmt: skip


def goes_on(player: Player) -> None:
    """As who presses the key does; a question is given up."""
    if player.session.state.quiz.is_open:
        player.session.dispatch(actions.Answer(give_up=True))
    player.go_on()


def end(player: Player) -> tuple[object, ...]:
    """What a lesson leads to, and how often each question was put."""
    while not player.is_over:
        goes_on(player)
    state = player.session.state
    return state.view, state.cursor, state.loss, state.quiz.asked


def read_again(session: Session, scenario: Scenario, count: int | None = None) -> Session:
    """The session that its log, or the first records of it, leads to."""
    log = Log.loads(b"".join(session.log.lines()))
    return Session.replayed(scenario.opening, Log(log.header, log.records[:count]))


@pytest.mark.parametrize("name", [*lesson_names(), "twice"])
def test_who_follows_a_lesson_by_its_log_is_where_it_is_whatever_is_done_by_hand(name):
    scenario, chance = loads(TWICE) if name == "twice" else load(name), random.Random(name)
    session = Session(scenario.opening)
    player, follower = Player(session, scenario.script), Player(session, scenario.script)
    while not player.is_over:
        for action in chance.choices(BY_HAND, k=chance.choice([0, 0, 1, 3])):
            try:
                session.dispatch(action)
            except Diagnostic:  # it cannot be done there
                continue
            follower.catch_up()
        goes_on(player)
        follower.catch_up()
        again = Player(read_again(session, scenario), scenario.script)
        assert player.position == follower.position == again.position
    assert end(player) == end(Player(Session(scenario.opening), scenario.script))


@pytest.mark.parametrize("name", ["question", "twice"])
def test_a_lesson_that_broke_off_anywhere_is_gone_on_from_there(name):
    scenario = loads(TWICE) if name == "twice" else load(name)
    player = Player(Session(scenario.opening), scenario.script)
    for by_hand in ([], [actions.Step()], [actions.Update(), actions.Back()], []):
        for action in by_hand:
            player.session.dispatch(action)
        goes_on(player)
    for count in range(len(player.session.log.records)):
        broken = Player(read_again(player.session, scenario, count), scenario.script)
        assert end(broken) == end(Player(Session(scenario.opening), scenario.script))


def test_what_a_player_answers_is_no_place_in_the_script():
    scenario = loads(TWICE)
    player = Player(Session(scenario.opening), scenario.script)
    player.go_on()
    player.go_on()
    player.session.dispatch(actions.Answer(give_up=True), ACTOR)  # as a lesson that plays by itself
    for each in (player, Player(read_again(player.session, scenario), scenario.script)):
        assert each.go_on().cursor == 2
        assert each.position == 4


@pytest.mark.parametrize("name", lesson_names())
def test_every_entry_of_a_lesson_is_the_same_after_it_was_written_and_read(name):
    for action in load(name).script:
        for written in (msgspec.json, msgspec.msgpack):
            assert written.decode(written.encode(action), type=actions.AnyAction) == action
