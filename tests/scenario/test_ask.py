"""Questions in a scenario file: found wrong with their line, answered in a replay, waited for in a lesson."""

from __future__ import annotations

import pytest

from engine import Diagnostic
from engine.scenario import Player, Replay, loads
from engine.scenario.check import check_scenario
from engine.session import Session, actions
from tests.cases.commands import run

HEAD = """\
schema = 1
[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmoid"]
[view]
target = "W1"
[[script]]
do = "step"
count = 2
"""
ASK = """\
[[script]]
do = "ask"
prompt = "Which shape has the next factor?"
kind = "shape"
answer = [4, 3]
hints = ["Rows follow a1."]
wrong = [{ answer = [3, 4], say = "That is numerator layout." }]
right = "Yes."
points = 2
"""
REST = """\
[[script]]
do = "expect"
verdict = "right"
score = 2
[[script]]
do = "note"
say = "On we go."
"""


def problems(text: str) -> list[str]:
    with pytest.raises(Exception) as raised:
        loads(text, "lesson.toml")
    found = raised.value
    return [f"{each.where.line} {each.where.key}: {each.message}" for each in getattr(found, "problems", (found,))]


def test_a_replay_answers_what_no_answer_follows_and_a_check_has_nothing_to_say():
    scenario = loads(HEAD + ASK + REST)
    replay = Replay(scenario)
    assert [event.ok for event in replay] == [True] * 4
    assert replay.session.state.quiz.won == 2
    assert [finding for finding in check_scenario(scenario) if finding.severity == "error"] == []


def test_answers_in_the_script_are_taken_instead():
    answers = '[[script]]\ndo = "answer"\nvalue = "3x4"\n[[script]]\ndo = "answer"\nvalue = [4, 3]\n'
    replay = Replay(loads(HEAD + ASK + answers + REST.replace("score = 2", "score = 1")))
    assert all(event.ok for event in replay)


def test_an_answer_that_contradicts_the_derivation_is_an_error_with_its_line(tmp_path):
    path = tmp_path / "lesson.toml"
    path.write_text(HEAD + ASK.replace("answer = [4, 3]\n", "answer = [3, 3]\n"), encoding="utf-8")
    for command in ("replay", "check"):
        status, out, _ = run(command, path)
        assert status == 1
        assert "lesson.toml:10, script[1]" in out
        assert "da1: the shape is 4×3, not 3×3" in out


def test_what_is_wrong_with_a_question_is_found_when_loading_with_its_key():
    asks = [
        'kind = "side"\nprompt = "?"\nanswer = "up"',
        'kind = "choice"\nprompt = "?"\nanswer = 2\nchoices = ["a", "b"]',
        'kind = "choice"\nprompt = "?"\nanswer = 0',
        'kind = "shape"\nprompt = "?"\nanswer = [4, 3]\nwrong = [{ answer = "x", say = "" }]',
        'kind = "formula"\nprompt = "?"\nanswer = "W2 @"',
        'kind = "shape"\nprompt = "?"\nanswer = [4, 3]\nfactor = "dz2/da7"',
        f'kind = "side"\nprompt = "{"x" * 1001}"\nanswer = "left"',
        'kind = "sides"\nprompt = "?"\nanswer = "left"',
        'kind = "side"\nanswer = "left"\nhint = "?"',
    ]
    found = problems(HEAD + "".join(f'[[script]]\ndo = "ask"\n{ask}\n' for ask in asks))
    assert [problem.split(":")[0] for problem in found] == [
        "14 script[1].answer", "19 script[2].answer", "21 script[3].choices", "31 script[4].wrong[0].answer",
        "36 script[5].answer", "42 script[6].factor", "46 script[7].prompt", "50 script[8].kind", "53 script[9]",
        "57 script[9].hint",
    ]  # fmt: skip
    text = "\n".join(found)
    for says in ("up is no side", "there are 2 choices", "2 to 9 choices", "x is no shape", "no value called a7",
                 "1,000 characters", "called sides", "no key hint", "the key prompt is missing"):  # fmt: skip
        assert says in text


def test_a_lesson_passes_over_what_is_for_a_replay_wherever_it_stands():
    answer, pause = '[[script]]\ndo = "answer"\nvalue = 1\n', '[[script]]\ndo = "pause"\nseconds = 1\n'
    scenario = loads(HEAD.replace("[[script]]", answer + pause + answer + "[[script]]") + pause + answer)
    player = Player(Session(scenario.opening), scenario.script)
    assert player.go_on().cursor == 2
    assert player.is_over
    only = loads(HEAD[: HEAD.index("[[script]]")] + pause + answer)
    player = Player(Session(only.opening), only.script)
    assert player.go_on().cursor == 0
    assert player.is_over


def test_a_lesson_waits_for_the_answer_and_counts_it_once():
    session = Session(loads(HEAD + ASK + REST).opening)
    player = Player(session, loads(HEAD + ASK + REST).script)
    player.go_on()
    assert player.go_on().quiz.is_open
    with pytest.raises(Diagnostic, match="waits for your answer"):
        player.go_on()
    session.dispatch(actions.Answer(value="3x4"))
    session.dispatch(actions.Step())  # looking around
    session.dispatch(actions.Answer(give_up=True))
    state = player.go_on()  # the claim that the answer was right is for a replay
    assert (state.say, state.cursor, state.outcome) == ("On we go.", 2, None)
    assert (state.quiz.won, state.quiz.possible) == (0, 2)
    with pytest.raises(Diagnostic, match="the lesson is over: 0 of 2 points"):
        player.go_on()
