"""What becomes of a class's messages."""

from __future__ import annotations

import pytest

from engine.diagnostics import Diagnostic
from engine.session import actions
from tests.tui.classroom.classes import QUESTION, SHAPE, STEP, a_class, answered, contents
from tui.classroom.room import messages as m
from tui.classroom.room.people import Mistake, Share
from tui.classroom.room.permissions import MAX_PEOPLE, MAX_QUESTIONS
from tui.classroom.room.room import MAX_MISTAKES, MAX_NOTES, Room


def names(room: Room) -> list[str]:
    return [person.name for person in room.roster()]


def test_what_the_leader_does_moves_the_class():
    room = a_class(m.Led(by="tia", action=STEP), m.Led(by="tia", action=actions.Step(count=2)))
    assert room.session.state.cursor == 3


def test_the_log_tells_the_lesson_from_what_was_done_by_hand_and_names_nobody():
    room = a_class(m.Led(by="tia", action=STEP, by_lesson=True), m.Led(by="tia", action=STEP))
    assert [record.actor for record in room.session.log.records] == ["script", "user"]
    looked_at = a_class(m.Look(by="tia", whom="ana"), m.Shown(by="ana", actions=(STEP,), anew=True))
    assert looked_at.shoulder is not None
    assert [record.actor for record in looked_at.shoulder.log.records] == ["user"]


@pytest.mark.parametrize("by_lesson", [False, True])
def test_what_the_lesson_is_said_to_have_done_is_allowed_to_nobody_who_may_not_do_it(by_lesson):
    room = a_class()
    too_large = actions.SetNetwork(sizes=[1000, 1000], activations=["tanh"])
    assert not room.apply(m.Led(by="ana", action=STEP, by_lesson=by_lesson))
    assert not room.apply(m.Led(by="zoe", action=STEP, by_lesson=by_lesson))
    assert not room.apply(m.Led(by="tia", action=too_large, by_lesson=by_lesson))
    assert not room.apply(m.Led(by="tia", action=actions.Back(), by_lesson=by_lesson))
    assert room.session.log.records == []


def test_what_the_session_refuses_is_ignored():
    room = a_class()
    assert not room.apply(m.Led(by="tia", action=actions.Back()))
    assert room.session.log.records == []


def test_the_lead_is_handed_to_a_student_and_taken_back():
    room = a_class(m.Lead(by="tia", whom="bo"))
    assert not room.apply(m.Led(by="tia", action=STEP))
    assert room.apply(m.Led(by="bo", action=STEP))
    assert room.apply(m.Lead(by="tia", whom="tia"))
    assert not room.apply(m.Led(by="bo", action=STEP))
    assert room.session.state.cursor == 1


@pytest.mark.parametrize("going", [m.Leave(by="bo"), m.Remove(by="tia", whom="bo")])
def test_the_lead_goes_back_to_the_teacher_when_who_leads_goes(going):
    assert a_class(m.Lead(by="tia", whom="bo"), going).leader == "tia"


def test_a_second_teacher_leads_while_the_first_is_gone_and_keeps_the_lead_until_it_is_taken():
    room = a_class(m.Join(by="ulf", name="Ulf", teaches=True), m.Leave(by="tia"))
    assert room.leader == "ulf"
    assert room.apply(m.Join(by="tia", name="Tia", teaches=True))
    assert room.leader == "ulf"
    assert room.apply(m.Lead(by="tia", whom="tia"))
    assert room.leader == "tia"


def test_nobody_leads_before_a_teacher_comes():
    room = Room(QUESTION)
    assert room.apply(m.Join(by="ana", name="Ana"))
    assert (room.leader, room.teacher) == ("", "")
    with pytest.raises(Diagnostic, match="nobody leads the class"):
        room.check(m.Led(by="ana", action=STEP))
    assert room.apply(m.Join(by="tia", name="Tia", teaches=True))
    assert room.leader == "tia"


def test_a_student_cannot_come_back_as_a_teacher():
    room = a_class(m.Leave(by="ana"), m.Join(by="ana", name="Ana", teaches=True))
    assert not room.people["ana"].teaches


def test_names_that_two_servers_gave_at_the_same_time_are_told_apart():
    room = a_class(m.Join(by="ana-2", name="ANA"), m.Join(by="ana-3", name="ana"))
    assert [room.people[by].name for by in ("ana", "ana-2", "ana-3")] == ["Ana", "ANA 2", "ana 3"]
    long = "n" * m.MAX_NAME
    assert room.apply(m.Join(by="x", name=long))
    assert room.apply(m.Join(by="y", name=long))
    assert room.people["y"].name == "n" * (m.MAX_NAME - 2) + " 2"


def test_who_comes_back_has_the_same_place_and_name():
    room = a_class(m.Went(by="ana", mode=m.Mode.ALONE, step=2, steps=5), answered("ana", "3×2", "right", 2))
    before = room.people["ana"]
    assert room.apply(m.Leave(by="ana"))
    assert not room.people["ana"].present
    assert room.apply(m.Join(by="ana", name="Ana"))
    assert room.people["ana"] == before


def test_the_end_of_an_old_connection_does_not_send_away_who_has_come_in_anew():
    room = a_class(m.Join(by="ana", name="Ana", seat="2"))
    assert not room.apply(m.Leave(by="ana", seat=""))
    assert room.people["ana"].present
    assert room.apply(m.Leave(by="ana", seat="2"))


def test_who_was_taken_for_gone_is_there_again_unless_they_have_come_in_anew_meanwhile():
    room = a_class(m.Join(by="ana", name="Ana", seat="1"), m.Leave(by="ana", seat="1"))
    again = m.Join(by="ana", name="Ana", seat="1", again=True)
    assert room.apply(again)
    assert room.people["ana"].present
    assert room.apply(m.Join(by="ana", name="Ana", seat="2"))
    assert not room.apply(again)
    assert room.people["ana"].seat == "2"
    assert not room.apply(m.Join(by="zoe", name="Zoe", seat="1", again=True))


def test_hands_stand_first_in_the_order_in_which_they_were_raised_and_then_names():
    room = a_class(m.Hand(by="cy", up=True), m.Hand(by="bo", up=True), m.Hand(by="cy", up=True))
    assert names(room) == ["Cy", "Bo", "Ana", "Tia"]
    assert room.apply(m.Hand(by="cy", up=False))
    assert names(room) == ["Bo", "Ana", "Cy", "Tia"]
    assert room.apply(m.Hand(by="cy", up=True))
    assert room.apply(m.Hand(by="tia", up=False, whose="bo"))
    assert names(room) == ["Cy", "Ana", "Bo", "Tia"]


def test_a_hand_goes_down_with_who_leaves():
    assert a_class(m.Hand(by="cy", up=True), m.Leave(by="cy")).people["cy"].hand is None


def test_a_student_goes_alone_and_a_call_brings_everybody_back():
    went = m.Went(by="ana", mode=m.Mode.ALONE, step=2, steps=5, target="W2", factor="dz3/da2")
    room = a_class(went)
    ana = room.people["ana"]
    assert (ana.mode, ana.step, ana.steps, ana.target, ana.factor) == (m.Mode.ALONE, 2, 5, "W2", "dz3/da2")
    assert room.apply(m.Call(by="tia"))
    assert {person.mode for person in room.people.values()} == {m.Mode.FOLLOWING}


def test_while_locked_nobody_leaves_the_class_and_who_is_alone_goes_on():
    room = a_class(m.Went(by="bo", mode=m.Mode.ALONE, step=1), m.Lock(by="tia", locked=True))
    assert not room.apply(m.Went(by="ana", mode=m.Mode.ALONE))
    assert room.apply(m.Went(by="bo", mode=m.Mode.ALONE, step=2))
    assert room.apply(m.Went(by="bo", mode=m.Mode.FOLLOWING))
    assert not room.apply(m.Went(by="bo", mode=m.Mode.ALONE))
    assert room.apply(m.Lock(by="tia", locked=False))
    assert room.apply(m.Went(by="ana", mode=m.Mode.ALONE))


def test_who_gets_the_lead_is_back_with_the_class_and_stays():
    room = a_class(m.Went(by="bo", mode=m.Mode.ALONE), m.Lead(by="tia", whom="bo"))
    assert room.people["bo"].mode is m.Mode.FOLLOWING
    assert not room.apply(m.Went(by="bo", mode=m.Mode.ALONE))


def test_the_session_that_is_looked_at_is_made_from_what_the_student_shows():
    room = a_class(m.Led(by="tia", action=STEP), m.Look(by="tia", whom="ana"))
    assert room.shoulder is None
    assert not room.apply(m.Shown(by="ana", actions=(STEP,)))
    assert room.apply(m.Shown(by="ana", actions=(STEP, actions.Target(target="x")), anew=True))
    assert room.apply(m.Shown(by="ana", actions=(STEP, STEP)))
    state = room.shoulder.state
    assert (state.view.target, state.cursor) == ("x", 2)
    assert room.session.state.cursor == 1
    assert room.apply(m.Shown(by="ana", actions=(STEP,), anew=True))
    assert room.shoulder.state.cursor == 1


@pytest.mark.parametrize(
    "then",
    [
        m.Look(by="tia", whom=""),
        m.Look(by="tia", whom="bo"),
        m.Leave(by="ana"),
        m.Remove(by="tia", whom="ana"),
        m.Leave(by="tia"),
    ],
)
def test_a_shoulder_is_no_longer_looked_over(then):
    room = a_class(m.Look(by="tia", whom="ana"), m.Shown(by="ana", actions=(STEP,), anew=True), then)
    assert room.looking == getattr(then, "whom", "").replace("ana", "")
    assert room.shoulder is None
    assert not room.apply(m.Shown(by="ana", actions=(STEP,), anew=True))


def test_a_shown_action_that_is_refused_leaves_the_others():
    room = a_class(m.Look(by="tia", whom="ana"), m.Shown(by="ana", actions=(actions.Back(), STEP), anew=True))
    assert room.shoulder.state.cursor == 1


def test_the_first_answers_are_distributed_and_the_most_frequent_stands_first():
    room = a_class(m.Led(by="tia", action=SHAPE), m.Join(by="dee", name="Dee"), m.Join(by="eve", name="Eve"))
    for message in (
        answered("ana", "2×3"),
        answered("bo", "2 × 3"),
        answered("cy", "3×2", "right", 2),
        answered("ana", "3×2", "right", 1),
        answered("dee", "", "shown"),
        answered("eve", "3×2", "right", 2, "Another?"),
    ):
        assert room.apply(message)
    assert room.distribution(SHAPE.prompt) == [Share("2×3", 2, False), Share("", 1, False), Share("3×2", 1, True)]
    ana = room.questions[SHAPE.prompt]["ana"]
    assert (ana.first.answer, ana.last.answer) == ("2×3", "3×2")
    assert room.question == SHAPE.prompt
    assert room.distribution("nobody asked this") == []
    assert room.apply(m.Remove(by="tia", whom="bo"))
    assert Share("2×3", 1, False) in room.distribution(SHAPE.prompt)


def test_a_question_wins_points_once_however_often_it_is_answered():
    room = a_class(answered("ana", "a", "right", 1), answered("ana", "a", "right", 2), answered("ana", "a", "right", 1),
                   answered("ana", "b", "right", 3, "Another?"))  # fmt: skip
    assert room.people["ana"].points == 5
    assert room.people["ana"].answered.answer == "b"


def test_answers_are_revealed_until_the_class_is_asked_something_else():
    room = a_class()
    assert not room.apply(m.Reveal(by="tia"))
    assert room.apply(answered("ana", "2×3"))
    assert room.question == SHAPE.prompt  # the class's session has put none: it is the newest that anybody answered
    assert room.apply(m.Reveal(by="tia"))
    assert room.apply(answered("bo", "2", question="Another?"))
    assert (room.revealed, room.question) == (SHAPE.prompt, "Another?")
    assert room.apply(m.Led(by="tia", action=SHAPE))
    assert (room.revealed, room.question) == ("", SHAPE.prompt)
    assert room.apply(answered("bo", "2", question="A third?"))
    assert room.question == SHAPE.prompt
    assert room.apply(m.Reveal(by="tia"))
    assert room.apply(m.Reveal(by="tia", shown=False))
    assert room.revealed == ""


def test_where_formulas_break_is_counted_and_right_ones_are_not():
    def judged(by: str, verdict: str, where: str = "") -> m.Judged:
        return m.Judged(by=by, target="W3", formula="…", verdict=verdict, where=where)

    room = a_class(
        judged("ana", "shape_mismatch", "W3 @ x"),
        judged("bo", "shape_mismatch", "W3 @ x"),
        judged("bo", "wrong_value"),
        judged("cy", "correct"),
        judged("cy", "correct_transposed"),
    )
    assert room.mistakes == {Mistake("W3", "shape_mismatch", "W3 @ x"): 2, Mistake("W3", "wrong_value", ""): 1}
    assert room.people["bo"].judged.verdict == "wrong_value"


def test_a_muted_student_is_neither_read_nor_seen_to_raise_a_hand():
    room = a_class(m.Note(by="ana", text="hello"), m.Note(by="tia", text="welcome"), m.Hand(by="ana", up=True),
                   m.Mute(by="tia", whom="ana", muted=True))  # fmt: skip
    assert [note.text for note in room.shown_notes()] == ["welcome"]
    assert room.people["ana"].hand is None
    assert not room.apply(m.Hand(by="ana", up=True))
    assert not room.apply(m.Note(by="ana", text="again"))
    assert room.apply(answered("ana", "2×3"))
    assert room.apply(m.Mute(by="tia", whom="ana", muted=False))
    assert [note.text for note in room.shown_notes()] == ["hello", "welcome"]
    assert room.apply(m.Hand(by="ana", up=True))


def test_who_is_sent_out_stays_out():
    room = a_class(m.Note(by="bo", text="hello"), m.Remove(by="tia", whom="bo"))
    with pytest.raises(Diagnostic, match="sent you out"):
        room.check(m.Join(by="bo", name="Somebody else"))
    assert not room.apply(m.Join(by="bo", name="Bo", teaches=True))
    assert "Bo" not in names(room)
    assert room.shown_notes() == []


def test_after_the_end_only_leaving_is_left():
    room = a_class(m.End(by="tia"))
    with pytest.raises(Diagnostic, match="the class is over"):
        room.check(m.Led(by="tia", action=STEP))
    assert not room.apply(m.Join(by="dee", name="Dee"))
    assert room.apply(m.Leave(by="ana"))


def test_listeners_hear_of_what_was_applied_and_may_go_while_they_listen():
    room, heard = a_class(), []

    def once(message: m.AnyMessage) -> None:
        heard.append(("once", message, room.session.state.cursor))
        room.listeners.remove(once)

    room.listeners += [once, lambda message: heard.append(("always", message, room.session.state.cursor))]
    led, refused = m.Led(by="tia", action=STEP), m.Led(by="ana", action=STEP)
    room.apply(led)
    room.apply(refused)
    room.apply(led)
    assert heard == [("once", led, 1), ("always", led, 1), ("always", led, 2)]


def test_nothing_grows_without_end():
    room = a_class()
    for number in range(MAX_NOTES + 1):
        room.apply(m.Note(by="ana", text=str(number)))
    for number in range(MAX_MISTAKES + 1):
        room.apply(m.Judged(by="ana", target="W3", formula="", verdict="wrong_value", where=str(number)))
    for number in range(MAX_QUESTIONS + 1):
        room.apply(answered("ana", "1", question=str(number)))
    for number in range(MAX_PEOPLE):
        room.apply(m.Join(by=str(number), name=str(number)))
    assert [len(part) for part in (room.notes, room.mistakes, room.questions, room.people)] == [
        MAX_NOTES, MAX_MISTAKES, MAX_QUESTIONS, MAX_PEOPLE,
    ]  # fmt: skip
    assert room.notes[0].text == "1"
    with pytest.raises(Diagnostic, match="the class is full"):
        room.check(m.Join(by="late", name="Late"))


def test_a_class_s_session_has_an_end(monkeypatch):
    monkeypatch.setattr("tui.classroom.room.permissions.MAX_ACTIONS", 2)
    room = a_class(m.Led(by="tia", action=STEP), m.Led(by="tia", action=STEP), m.Look(by="tia", whom="ana"))
    assert not room.apply(m.Led(by="tia", action=STEP))
    assert not room.apply(m.Shown(by="ana", actions=(STEP,) * 3, anew=True))
    assert room.apply(m.Shown(by="ana", actions=(STEP,), anew=True))
    assert room.apply(m.Shown(by="ana", actions=(STEP,)))
    assert not room.apply(m.Shown(by="ana", actions=(STEP,)))


@pytest.mark.parametrize(
    "name, message",
    [
        ("session", m.Led(by="tia", action=STEP)),
        ("shoulder", m.Shown(by="bo", actions=(STEP,), anew=True)),
        ("people", m.Hand(by="ana", up=True)),
        ("questions", answered("ana", "2×3")),
        ("mistakes", m.Judged(by="ana", target="W3", formula="x", verdict="wrong_value")),
        ("notes", m.Note(by="ana", text="hello")),
        ("locked", m.Lock(by="tia", locked=True)),
    ],
)
def test_what_rooms_are_compared_by_sees_a_difference(name, message):
    room = a_class(m.Look(by="tia", whom="bo"))
    before = contents(room)
    assert before == contents(a_class(m.Look(by="tia", whom="bo")))
    room.apply(message)
    assert contents(room)[name] != before[name]
