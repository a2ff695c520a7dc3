"""Doubtful lessons: each lint finds what it is for, and nothing where it is not."""

from __future__ import annotations

import json

import pytest

from engine.scenario import loads
from engine.scenario.check import check_scenario
from tests.cases.commands import run

NETWORK = """\
schema = 1
[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmoid"]
[values]
seed = 3
"""
VIEW = '[view]\ntarget = "W1"\n'
ASK = """\
[[script]]
do = "ask"
prompt = "Which shape?"
kind = "shape"
answer = [3, 1]
hints = ["Rows follow a2."]
"""


def codes(text: str) -> list[str]:
    return [finding.code for finding in check_scenario(loads(text, "lesson.toml"))]


def entry(text: str) -> str:
    return f"[[script]]\n{text}\n"


def choice(answer: int, choices: str = '["W2", "W2.T"]') -> str:
    return entry(
        f'do = "ask"\nprompt = "Which?"\nkind = "choice"\nanswer = {answer}\nhints = ["?"]\nchoices = {choices}'
    )


LONG = "nine char " * 38
"""Seven of them are a line of 74 columns: six lines, where what is said has five and a hint six."""
FOUND = {
    "symmetric": 'schema = 1\n[program]\nshapes = { x = [3, 1], W = [3, 3] }\nforward = ["z = W @ x", "L = sum(z)"]\n'
    "[values]\nW = [[1, 2, 3], [2, 4, 5], [3, 5, 6]]\n",
    "dead": NETWORK.replace("tanh", "relu") + "W1 = [[-1, -1], [-1, -1], [-1, -1], [-1, -1]]\nx = [1, 2]\n",
    "saturated": NETWORK + "x = [60, -90]\n",
    "all_on": NETWORK.replace("tanh", "relu") + "W1 = [[1, 1], [1, 1], [1, 1], [2, 1]]\nx = [0.1, 0.2]\n",
    "too_long": NETWORK + entry(f'do = "note"\nsay = "{LONG}"'),
    "too_long in a hint": NETWORK + ASK.replace("Rows follow a2.", LONG * 2),
    "never_reached": NETWORK + VIEW + entry('do = "step"\ncount = 3'),
    "never_reached before a new target": NETWORK + VIEW + entry('do = "step"') + entry('do = "target"\ntarget = "W2"'),
    "cannot_fail": NETWORK + entry('do = "expect"\nloss = 0.5\ntolerance = 0.6'),
    "cannot_fail of zeros": NETWORK + entry('do = "expect"\ngradient = [0, 0]\nname = "x"\ntolerance = 1'),
    "no_hints": NETWORK + ASK.replace('hints = ["Rows follow a2."]\n', ""),
    "gives_itself_away": NETWORK + ASK.replace("Which shape?", "Which shape is 3x1?"),
    "gives_itself_away in say": NETWORK + ASK.replace('prompt = "', 'say = "So 3×1."\nprompt = "'),
    "gives_itself_away at once": NETWORK + ASK.replace('["', '["3 × 1", "'),
    "gives_itself_away by length": NETWORK
    + choice(0, '["Because rows follow what we derive by in this layout", "So"]'),
    "gives_itself_away by place": NETWORK + choice(1) * 3,
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_doubtful_is_found(name):
    assert name.split(" ")[0] in codes(FOUND[name])


SOUND = {
    "a sound lesson": NETWORK + VIEW + ASK.replace("shape?", "shape is it, 3×4 or 4×3?") + entry('do = "continue"'),
    "square and not symmetric": FOUND["symmetric"].replace("[3, 5, 6]", "[3, 4, 6]"),
    "some units on": NETWORK.replace("tanh", "relu") + "W1 = [[1, 1], [-1, -1], [1, 1], [2, 1]]\nx = [1, 2]\n",
    "long enough": NETWORK
    + entry(f'do = "note"\nsay = "{LONG[30:]}"')
    + ASK.replace("Rows follow a2.", LONG)
    + entry('do = "continue"'),
    "both words": NETWORK + entry('do = "step"') + entry(
        'do = "ask"\nkind = "side"\nprompt = "Left or right?"\nanswer = "left"\nhints = ["?"]')
    + entry('do = "continue"'),
    "other places": NETWORK + choice(1) * 2 + choice(0),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_where_nothing_is_doubtful_nothing_is_said(name):
    assert [code for code in codes(SOUND[name]) if code not in ("ambiguous", "question")] == []


def test_warnings_fail_only_when_they_are_to_and_notes_never(tmp_path):
    path = tmp_path / "lesson.toml"
    for name, strict in (("no_hints", 1), ("all_on", 0)):
        path.write_text(FOUND[name])
        assert run("check", path)[0] == 0
        status, out, _ = run("check", path, "--strict", "--json")
        assert status == strict
        *found, end = [json.loads(line) for line in out.splitlines()]
        assert end["ok"] is (not strict)
        assert name in {finding["code"] for finding in found}


def test_a_question_that_contradicts_the_derivation_is_an_error(tmp_path):
    assert "question" in codes(NETWORK + ASK.replace("[3, 1]", "[1, 3]"))
