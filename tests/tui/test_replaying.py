"""What a replay leaves behind: JUnit XML, a transcript; and recordings."""

from __future__ import annotations

import io
import sys
from xml.etree import ElementTree

import pytest

from engine.scenario import load
from engine.scenario.starter import starter
from tests.cases.commands import run

BROKEN = """
[[script]]
do = "expect"
factor = "dL/da2"
shape = [1, 3]
[[script]]
do = "undo"
[[script]]
do = "undo"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sound.toml").write_text(starter())
    (tmp_path / "broken.toml").write_text(starter() + BROKEN)
    (tmp_path / "bad.toml").write_text(starter().replace("sizes", "sizs").replace('"ask"', '"aks"'))
    return tmp_path


def test_junit_has_a_case_for_each_claim_and_question_and_whatever_else_failed(folder):
    status, _, _ = run("replay", "sound.toml", "broken.toml", "--junit", "out.xml")
    assert status == 1
    sound, broken = ElementTree.parse("out.xml").getroot()
    assert (sound.get("name"), sound.get("tests"), sound.get("failures")) == ("sound.toml", "2", "0")
    assert (broken.get("name"), broken.get("tests"), broken.get("failures")) == ("broken.toml", "4", "2")
    wrong, refused = [case for case in broken if len(case)]
    assert wrong.get("name") == "script[7] expect dz1/dW1"
    assert wrong[0].get("message") == "dL/da2: the shape is 3×1, not 1×3"
    assert int(wrong.get("line")) == starter().count("\n") + 2
    assert "no edit has been made" in refused[0].get("message")


def test_junit_says_why_nothing_could_be_replayed(folder):
    status, out, _ = run("replay", "bad.toml", "--junit", "out.xml")
    assert (status, out) == (2, "")
    (suite,) = ElementTree.parse("out.xml").getroot()
    assert suite.get("errors") == str(len(suite)) == "3"
    assert {case[0].get("type") for case in suite} == {"unknown_key", "bad_value", "missing_key"}


def test_a_transcript_is_kept_compared_and_updated(folder):
    status, _, err = run("replay", "sound.toml", "--transcript", "sound.txt")
    assert status == 2
    assert "--update writes it" in err
    assert run("replay", "sound.toml", "--transcript", "sound.txt", "--update")[0] == 0
    text = (folder / "sound.txt").read_text(encoding="utf-8")
    for says in ("[0] step", "L is a number.", "Question: Next comes ∂z2/∂a1", "Hint: a1 has 4 entries",
                 "Answer 3×4: That is", "L goes from"):  # fmt: skip
        assert says in text
    assert run("replay", "sound.toml", "--transcript", "sound.txt")[0] == 0
    (folder / "sound.toml").write_text(starter().replace("L is a number.", "L is one number."))
    status, _, err = run("replay", "sound.toml", "--transcript", "sound.txt")
    assert status == 1
    assert "+L is one number." in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--update"],
        ["--junit", "nowhere/out.xml"],
        ["--transcript", "nowhere/out.txt", "--update"],
        ["--transcript", "."],
    ],
)
def test_what_cannot_be_written_or_read_is_said(folder, arguments):
    status, _, err = run("replay", "sound.toml", *arguments)
    assert status == 2
    assert err.startswith("error[")


def test_a_linear_session_is_recorded_and_replays(folder, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\nl\ne W2[0,1] = 0.125\nb\nb\nq\n"))
    status, _, _ = run("record", "sound.toml", "--to", "mine.toml", "--linear", "--title", "Mine")
    assert status == 0
    recorded = load("mine.toml")
    assert recorded.title == "Mine"
    assert [type(action).__name__ for action in recorded.script] == ["Step", "SetLayout", "Edit", "Back"]
    assert run("replay", "mine.toml")[0] == 0
    status, _, err = run("record", "sound.toml", "--to", "mine.toml", "--linear")
    assert status == 2
    assert "nothing is overwritten" in err


def test_a_log_is_written_as_a_scenario(folder):
    from engine.session import Session, actions

    session = Session(load("sound.toml").opening)
    session.dispatch(actions.Update(rate=0.25))
    (folder / "log.jsonl").write_bytes(b"".join(session.log.lines()))
    assert run("record", "sound.toml", "--log", "log.jsonl", "--to", "mine.toml")[0] == 0
    assert load("mine.toml").script == (actions.Update(rate=0.25),)
    status, _, err = run("record", "sound.toml", "--log", "log.jsonl", "--to", "other.toml", "--title", "x" * 201)
    assert (status, err.split("]")[0]) == (2, "error[too_large")
    for log in ("nowhere", "sound.toml", "."):
        status, _, err = run("record", "sound.toml", "--log", log, "--to", "other.toml")
        assert status == 2
        assert err.startswith("error[")
