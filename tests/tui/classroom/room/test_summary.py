"""What is left of a class: the page against a golden text, the data, and the files."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.diagnostics import Diagnostic
from engine.scenario import load
from engine.scenario.replay import Replay
from engine.session import Session, actions
from tests.tui.classroom.classes import QUESTION, SHAPE, STEP, answered
from tui.classroom.room import Room
from tui.classroom.room import messages as m
from tui.classroom.room import summary as summaries
from tui.classroom.room.attendance import Attendance
from tui.classroom.room.summary import markdown, summary_of, write
from tui.saving import read_log, scenario_of_log

CHOICE = actions.Ask(
    prompt="Which one?", kind=actions.QuestionKind.CHOICE, choices=["W3", "W3ᵀ"], answer=1, about="nothing"
)
GOLDEN = Path(__file__).parent / "goldens" / "summary.md"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 14, 8, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def later(self, minutes: float) -> None:
        self.time += timedelta(minutes=minutes)


def judged(by: str, verdict: str, where: str = "", target: str = "W3") -> m.Judged:
    return m.Judged(by=by, target=target, formula="…", verdict=verdict, where=where)


def a_class_that_is_over() -> tuple[Room, Attendance]:
    clock, room = Clock(), Room(QUESTION)
    attendance = Attendance(room, clock)
    script: list[m.AnyMessage | float] = [
        m.Join(by="tia", name="Tia", teaches=True), m.Join(by="bo", name="bo | *Bo*"), 5, m.Join(by="ana", name="Ana"),
        m.Join(by="eve", name="Eve"), m.Went(by="eve", mode=m.Mode.FOLLOWING), m.Leave(by="eve"),
        m.Join(by="cy", name="Cy"), m.Led(by="tia", action=STEP), m.Led(by="tia", action=SHAPE),
        answered("bo", "2×3"), answered("cy", "3 × 2", "right", 2), answered("ana", "", "shown"), 10,
        answered("bo", "3×2", "right", 1), m.Leave(by="cy"), 20, m.Join(by="cy", name="Cy", seat="2"),
        m.Join(by="dan", name="Dan"), answered("dan", "5×5", points=9), 0.5, m.Remove(by="tia", whom="dan"),
        answered("ana", "W3.T @ [delta3]", question="What is ∂L/∂a2?\nAs a *formula*."),
        judged("ana", "shape_mismatch", "W3 @ x"), judged("bo", "shape_mismatch", "W3 @ x"),
        judged("bo", "wrong_value", target="W2"), judged("cy", "misplaced"), judged("ana", "correct"),
        m.Led(by="tia", action=actions.Answer(give_up=True)), m.Led(by="tia", action=CHOICE), 9.5,
        m.End(by="tia"),
    ]  # fmt: skip
    for entry in script:
        if isinstance(entry, int | float):
            clock.later(entry)
        else:
            assert room.apply(entry), entry
    return room, attendance


def test_the_page_is_the_golden_one():
    text = markdown(summary_of(*a_class_that_is_over()), "class-20260314-0830.toml")
    if os.environ.get("CHAINSTEP_UPDATE_GOLDENS"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_of_a_class_to_which_nobody_came_there_is_a_page_too():
    room = Room(QUESTION)
    text = markdown(summary_of(room, Attendance(room, Clock())))
    assert "Nobody taught 0 students." in text
    assert "No question was put." in text
    assert "Nowhere." in text
    assert "0 actions." in text


def test_times_are_from_coming_to_going_and_add_up():
    _, attendance = a_class_that_is_over()
    minutes = {person: seconds / 60 for person, seconds in attendance.seconds().items()}
    assert minutes == {"tia": 45, "bo": 45, "ana": 40, "eve": 0, "cy": 20, "dan": 0.5}


def test_a_connection_that_is_replaced_is_counted_once():
    clock, room = Clock(), Room(QUESTION)
    attendance = Attendance(room, clock)
    for message in (m.Join(by="ana", name="Ana", seat="1"), m.Join(by="ana", name="Ana", seat="2"),
                    m.Leave(by="ana", seat="1"), m.Leave(by="ana", seat="2")):  # fmt: skip
        room.apply(message)
        clock.later(1)
    assert attendance.seconds() == {"ana": 180}


def test_the_numbers_are_those_of_the_class_without_who_was_sent_out():
    summary = summary_of(*a_class_that_is_over())
    bo = next(person for person in summary.people if person.name.startswith("bo"))
    assert (bo.answered, bo.right_at_first, bo.right_in_the_end, bo.points) == (1, 0, 1, 1)
    shape = summary.questions[0]
    assert (shape.answered, shape.right_at_first, shape.right_in_the_end) == (3, 1, 2)
    assert "5×5" not in [given.answer for given in shape.first_answers]
    dan = next(person for person in summary.people if person.removed)
    assert (dan.answered, dan.points) == (0, 0), "as the question's numbers have it"
    assert [(broken.verdict, broken.count) for broken in summary.mistakes] == [
        ("shape_mismatch", 2), ("wrong_value", 1), ("misplaced", 1),
    ]  # fmt: skip


def test_what_nobody_chose_and_a_right_answer_that_nobody_gave_are_there_too():
    _, choice, own = summary_of(*a_class_that_is_over()).questions
    assert own.question.startswith("What is ∂L/∂a2?"), "which the class's session did not put"
    assert choice.answered == 0
    assert [(given.answer, given.count, given.right) for given in choice.first_answers] == [
        ("W3", 0, False), ("W3ᵀ", 0, True),
    ]  # fmt: skip
    room, attendance = a_class_that_is_over()
    room.ended = False
    assert room.apply(m.Remove(by="tia", whom="cy"))
    shape = summary_of(room, attendance).questions[0]
    assert [(given.answer, given.count, given.right) for given in shape.first_answers] == [
        ("", 1, False), ("2×3", 1, False), ("3×2", 0, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "is_visitor"),
    [
        ((), True), ((m.Went(by="eve", mode=m.Mode.ALONE, step=2),), True), ((m.Hand(by="eve", up=True),), False),
        ((answered("eve", "2×3"),), False), ((m.Went(by="eve", mode=m.Mode.ALONE),) * 2, False), ((20 / 60,), False),
    ],
)  # fmt: skip
def test_who_looked_in_for_some_seconds_and_did_nothing_is_a_visitor(what, is_visitor):
    clock, room = Clock(), Room(QUESTION)
    attendance = Attendance(room, clock)
    for message in (m.Join(by="tia", name="Tia", teaches=True), m.Join(by="eve", name="Eve"), *what):
        clock.later(message) if isinstance(message, float) else room.apply(message)
    room.apply(m.Leave(by="eve"))
    summary = summary_of(room, attendance)
    assert [person.visitor for person in summary.people] == [False, is_visitor]
    said = "Tia taught 0 students. 1 visitor looked in for some seconds." if is_visitor else "Tia taught 1 student."
    assert f"{said}\n" in markdown(summary)


def test_the_files_are_for_the_owner_alone_and_never_over_others(tmp_path: Path):
    room, attendance = a_class_that_is_over()
    first, second = (write(room, attendance, tmp_path / "new") for _ in range(2))
    assert [path.name for path in first] == [f"class-20260314-0830{end}" for end in (".md", ".json", ".toml")]
    assert [path.name for path in second] == [f"class-20260314-0830-2{end}" for end in (".md", ".json", ".toml")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in first} == {0o600}
    assert "`chainstep class-20260314-0830.toml`" in first[0].read_text(encoding="utf-8")
    data = json.loads(first[1].read_bytes())
    assert data["schema"] == 1
    assert data["began"] == "2026-03-14T08:30:00Z"
    assert data["people"][0] == {
        "name": "Tia", "teaches": True, "removed": False, "visitor": False, "seconds": 2700, "answered": 0,
        "right_at_first": 0, "right_in_the_end": 0, "points": 0.0,
    }  # fmt: skip
    assert "tia" not in json.dumps(data["people"])  # an id can be a key's fingerprint


def test_the_class_s_session_is_a_scenario_that_comes_to_the_same_state(tmp_path: Path):
    room, attendance = a_class_that_is_over()
    path = write(room, attendance, tmp_path)[-1]
    replay = Replay(load(path), answers=False)
    assert all(event.ok for event in replay)
    assert replay.session.state.cursor == room.session.state.cursor == 1
    assert replay.session.state.quiz.question == CHOICE


def test_a_session_that_is_too_long_for_a_scenario_is_a_log(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(summaries, "MAX_SCRIPT", 1)
    room, attendance = a_class_that_is_over()
    page, _, path = write(room, attendance, tmp_path)
    assert path.suffix == ".jsonl"
    assert "`chainstep --log class-20260314-0830.jsonl`" in page.read_text(encoding="utf-8")
    log = read_log(str(path))
    assert Session.replayed(scenario_of_log(log).opening, log).state.cursor == 1


def test_so_is_one_that_would_be_too_large(tmp_path: Path):
    clock, room = Clock(), Room(QUESTION)
    attendance = Attendance(room, clock)
    room.apply(m.Join(by="tia", name="Tia", teaches=True))
    for _ in range(260):
        room.apply(m.Led(by="tia", action=actions.Note(say="x" * 4_000)))
    assert write(room, attendance, tmp_path)[-1].suffix == ".jsonl"


def test_a_folder_that_cannot_be_written_is_said_to_be_so(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Diagnostic, match="the summary cannot be written to") as refused:
        write(*a_class_that_is_over(), tmp_path / "file")
    assert refused.value.code == "unwritable"
