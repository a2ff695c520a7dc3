"""The class as a state machine: who may do what, what becomes of it, and that it is the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Diagnostic, Layout
from engine.scenario import load
from engine.session import Session, actions
from tui.classroom import permissions
from tui.classroom.messages import (
    TEACHERS_ONLY,
    Answered,
    AnyMessage,
    Call,
    End,
    Hand,
    Join,
    Judged,
    Lead,
    Leave,
    Led,
    Lock,
    Look,
    Mode,
    Mute,
    Note,
    Remove,
    Reveal,
    Shown,
    Went,
)
from tui.classroom.room import Room, Share

QUESTION = load("question")
ASK = actions.Ask(prompt="Which side?", kind=actions.QuestionKind.SIDE, answer="left", about="nothing")


def room_after(*messages: AnyMessage) -> Room:
    """A class with a teacher and three students, Ada, Bea and Cy, after these messages, of which none is ignored."""
    room = Room(QUESTION)
    for message in (
        Join(by="t", name="Tea", teaches=True, seat="t1"),
        Join(by="a", name="Ada", seat="a1"),
        Join(by="b", name="Bea", seat="b1"),
        Join(by="c", name="Cy", seat="c1"),
        *messages,
    ):
        assert room.apply(message), message
    return room


def refused(room: Room, message: AnyMessage) -> Diagnostic:
    """Why a message is not allowed; it is seen that it changes nothing, either."""
    before = looks(room)
    with pytest.raises(Diagnostic) as caught:
        room.check(message)
    assert not room.apply(message)
    assert looks(room) == before
    assert caught.value.where.key == type(message).__struct_config__.tag
    assert caught.value.hints
    return caught.value


def looks(room: Room) -> tuple[Any, ...]:
    """All of a class that can be compared."""
    return (
        list(room.people.values()), room.leader, room.locked, room.looking, list(room.shown), room.question,
        room.revealed, {question: dict(given) for question, given in room.answers.items()}, dict(room.mistakes),
        list(room.notes), room.ended, list(room.session.log.lines()), room.session.state.cursor, room.roster(),
    )  # fmt: skip


def answered(by: str, answer: str, verdict: str = "wrong", points: float = 0.0) -> Answered:
    return Answered(by=by, question=ASK.prompt, answer=answer, verdict=verdict, points=points)


# ---- who may do what -----------------------------------------------------------------------------------------------

TEACHERS: list[AnyMessage] = [
    Call(by="t"), Lock(by="t", locked=True), Lead(by="t", whom="a"), Look(by="t", whom="b"),
    Mute(by="t", whom="a", muted=True), Remove(by="t", whom="a"), End(by="t"), Hand(by="t", up=False, whose="a"),
]  # fmt: skip
EVERYBODYS: list[AnyMessage] = [
    Went(by="a", mode=Mode.ALONE), Hand(by="a", up=True), answered("a", "left"), Note(by="a", text="why?"),
    Judged(by="a", target="W2", formula="x", verdict="wrong_value"), Leave(by="a", seat="a1"), Note(by="t", text="so"),
]  # fmt: skip


@pytest.mark.parametrize("message", TEACHERS + EVERYBODYS, ids=repr)
def test_what_is_allowed_is_applied(message: AnyMessage) -> None:
    room = room_after()
    heard: list[AnyMessage] = []
    room.listeners.append(heard.append)
    room.check(message)
    assert room.apply(message)
    assert heard == [message]


@pytest.mark.parametrize("message", TEACHERS, ids=repr)
def test_what_the_teacher_may_a_student_may_not(message: AnyMessage) -> None:
    room = room_after()
    heard: list[AnyMessage] = []
    room.listeners.append(heard.append)
    assert refused(room, msgspec.structs.replace(message, by="b")).code == "not_allowed"
    assert heard == []


def test_reveal_is_the_teachers_too() -> None:
    assert "only the teacher" in refused(room_after(answered("a", "left")), Reveal(by="a")).message


REFUSED: dict[str, tuple[list[AnyMessage], AnyMessage, str]] = {
    "Tea leads the class": ([], Led(by="a", action=actions.Step()), "not_allowed"),
    "Ada leads the class": ([Lead(by="t", whom="a")], Led(by="t", action=actions.Step()), "not_allowed"),
    "who leads stays with the class": ([], Went(by="t", mode=Mode.ALONE), "not_allowed"),
    "keeps everybody together": ([Lock(by="t", locked=True)], Went(by="a", mode=Mode.ALONE), "not_allowed"),
    "put down another's hand": ([Hand(by="a", up=True)], Hand(by="b", up=False, whose="a"), "not_allowed"),
    "a teacher raises no hand": ([], Hand(by="t", up=True, whose="a"), "not_allowed"),
    "has muted you": ([Mute(by="t", whom="a", muted=True)], Note(by="a", text="!"), "not_allowed"),
    "the teacher has muted you": ([Mute(by="t", whom="a", muted=True)], Hand(by="a", up=True), "not_allowed"),
    "cannot be muted": ([], Mute(by="t", whom="t", muted=True), "not_allowed"),
    "or sent out": ([], Remove(by="t", whom="t"), "not_allowed"),
    "nobody of that name": ([], Lead(by="t", whom="z"), "unknown_name"),
    "Ada is not here now": ([Leave(by="a", seat="a1")], Lead(by="t", whom="a"), "not_allowed"),
    "Tea is no student": ([], Look(by="t", whom="t"), "not_allowed"),
    "Bea is no student who is here": ([Leave(by="b", seat="b1")], Look(by="t", whom="b"), "not_allowed"),
    "sent you out": ([Remove(by="t", whom="a")], Join(by="a", name="Ada", seat="a2"), "not_allowed"),
    "you are not in this class": ([Remove(by="t", whom="a")], Note(by="a", text="!"), "not_here"),
    "not in this class": ([], Note(by="z", text="!"), "not_here"),
    "a newer connection": ([Join(by="a", name="Ada", seat="a2")], Leave(by="a", seat="a1"), "not_allowed"),
    "nobody has answered": ([Led(by="t", action=ASK)], Reveal(by="t"), "not_allowed"),
    "nobody looks over": ([Look(by="t", whom="b")], Shown(by="a", actions=(), anew=True), "not_allowed"),
    "what came before": ([Look(by="t", whom="b")], Shown(by="b", actions=(actions.Step(),)), "not_allowed"),
    "the class is over": ([End(by="t")], Note(by="a", text="!"), "not_allowed"),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_allowed_changes_nothing_and_says_why(words: str) -> None:
    before, message, code = REFUSED[words]
    problem = refused(room_after(*before), message)
    assert (words in problem.message, problem.code) == (True, code)


def test_every_message_has_rules() -> None:
    assert set(permissions.RULES) == set(AnyMessage.__args__)
    assert set(TEACHERS_ONLY) < set(permissions.RULES)


@pytest.mark.parametrize(
    "limit, messages",
    [
        ("MAX_PEOPLE", [Join(by=f"p{number}", name="Pi", seat="1") for number in range(3)]),
        ("MAX_QUESTIONS", [Answered(by="a", question=f"{number}?", answer="", verdict="") for number in range(6)]),
        ("MAX_ACTIONS", [Led(by="t", action=actions.Note())] * 7),
    ],
)
def test_everything_that_grows_has_an_end(monkeypatch, limit: str, messages: list[AnyMessage]) -> None:
    monkeypatch.setattr(permissions, limit, 5)
    room = room_after()
    said = [room.apply(message) for message in messages]
    assert said == sorted(said, reverse=True)
    assert not all(said)
    assert refused(room, messages[-1]).code == "too_many"


# ---- what becomes of it --------------------------------------------------------------------------------------------


def test_an_action_that_the_session_refuses_is_ignored() -> None:
    room = room_after()
    out = Led(by="t", action=actions.StepOut())
    room.check(out)  # the session may be elsewhere when it comes
    assert not room.apply(out)
    assert room.session.log.records == []


def test_the_class_does_what_is_led() -> None:
    room = room_after(Led(by="t", action=actions.Step(count=2)), Lead(by="t", whom="a"),
                      Led(by="a", action=actions.SetLayout(layout=Layout.NUMERATOR)))  # fmt: skip
    assert (room.session.state.cursor, room.session.state.view.layout) == (2, Layout.NUMERATOR)
    assert [record.actor for record in room.session.log.records] == ["t", "a"]


def test_of_two_who_lead_at_once_the_order_decides() -> None:
    room = room_after(Lead(by="t", whom="a"))
    late = Led(by="t", action=actions.Step())  # sent before the teacher's server knew
    assert not room.apply(late)
    assert room.apply(Led(by="a", action=actions.Step()))
    assert room.session.state.cursor == 1


def test_the_lead_goes_back_to_the_teacher_when_who_leads_leaves_or_is_sent_out() -> None:
    for gone in (Leave(by="a", seat="a1"), Remove(by="t", whom="a")):
        room = room_after(Lead(by="t", whom="a"), gone)
        assert room.leader == "t"


def test_the_lead_goes_to_another_teacher_who_is_here() -> None:
    room = room_after(Join(by="u", name="Uli", teaches=True), Leave(by="t", seat="t1"))
    assert room.leader == "u"
    room.apply(Leave(by="u"))
    assert (room.leader, room.has_teacher) == ("t", False)


def test_nobody_leads_before_a_teacher_comes() -> None:
    room = Room(QUESTION)
    room.apply(Join(by="a", name="Ada"))
    assert (room.leader, room.has_teacher) == ("", False)
    assert "nobody leads" in refused(room, Led(by="a", action=actions.Step())).message


def test_a_teacher_who_leaves_keeps_and_watches_nobody() -> None:
    room = room_after(Lock(by="t", locked=True), Look(by="t", whom="a"), Leave(by="t", seat="t1"))
    assert (room.locked, room.looking) == (False, "")


def test_hands_come_first_in_the_order_in_which_they_were_raised() -> None:
    room = room_after(Hand(by="c", up=True), Hand(by="b", up=True), Hand(by="c", up=True))
    assert [person.name for person in room.roster()] == ["Cy", "Bea", "Ada", "Tea"]
    room.apply(Hand(by="t", up=False, whose="c"))
    room.apply(Hand(by="c", up=True))
    assert [person.name for person in room.roster()] == ["Bea", "Cy", "Ada", "Tea"]
    room.apply(Leave(by="b", seat="b1"))
    assert not room.people["b"].hand


def test_those_who_are_called_back_follow() -> None:
    room = room_after(Went(by="a", mode=Mode.ALONE, step=2, steps=5, target="W2", factor="dz3/da2"))
    assert (room.people["a"].mode, room.people["a"].factor) == (Mode.ALONE, "dz3/da2")
    room.apply(Lock(by="t", locked=True))
    assert room.apply(Went(by="a", mode=Mode.ALONE, step=3, steps=5)), "who is away may go on until the call"
    room.apply(Call(by="t"))
    assert room.people["a"].mode is Mode.FOLLOWING
    refused(room, Went(by="a", mode=Mode.ALONE))
    room.apply(Lock(by="t", locked=False))
    assert room.apply(Went(by="a", mode=Mode.ALONE))


def test_a_name_is_ones_own() -> None:
    room = room_after(Join(by="d", name="ADA"), Join(by="e", name="ada"), Join(by="a", name="Ada", seat="a2"))
    assert [room.people[whom].name for whom in "ade"] == ["Ada", "ADA 2", "ada 3"]


def test_who_comes_in_twice_is_there_until_the_second_connection_ends() -> None:
    room = room_after(Join(by="a", name="Ada", seat="a2"))
    assert not room.apply(Leave(by="a", seat="a1"))
    assert room.people["a"].present
    assert room.apply(Leave(by="a", seat="a2"))
    assert not room.people["a"].present


def test_answers_are_counted_by_each_ones_first() -> None:
    room = room_after(
        Led(by="t", action=ASK), answered("c", "left", "right", 1), answered("a", " on  the right"),
        answered("b", "on the right"), answered("a", "left", "right", 0.5), answered("t", "left", "right"),
    )  # fmt: skip
    assert room.question == "Which side?"
    assert room.distribution(room.question) == [
        Share("on  the right", ("a", "b"), is_right=False),
        Share("left", ("c",), is_right=True),
    ]
    assert [share.count for share in room.distribution(room.question)] == [2, 1]
    given = room.answers[room.question]["a"]
    assert (given.first.answer, given.last.answer, room.people["a"].points) == (" on  the right", "left", 0.5)
    assert room.people["a"].last_answer == given.last
    room.apply(Remove(by="t", whom="b"))
    assert [share.people for share in room.distribution(room.question)] == [("c",), ("a",)]


def test_points_are_the_most_of_each_question() -> None:
    room = room_after(answered("a", "x", "right", 2), answered("a", "y", "right", 1),
                      Answered(by="a", question="Other?", answer="z", verdict="right", points=3))  # fmt: skip
    assert room.people["a"].points == 5


def test_another_question_hides_the_answers_to_the_one_before() -> None:
    room = room_after(Led(by="t", action=ASK), answered("a", "left"), Reveal(by="t"))
    assert room.revealed
    room.apply(Led(by="t", action=actions.Answer(give_up=True)))
    assert room.revealed
    room.apply(Led(by="t", action=msgspec.structs.replace(ASK, prompt="And now?")))
    assert (room.revealed, room.question) == (False, "And now?")
    assert room.apply(Reveal(by="t", shown=False))


def test_formulas_that_break_are_counted_by_where_and_those_of_the_teacher_are_not() -> None:
    wrong = Judged(by="a", target="W2", formula="(a3 - y) @ x.T", verdict="shape_mismatch", where="a3 - y")
    right = msgspec.structs.replace(wrong, verdict="correct")
    room = room_after(wrong, msgspec.structs.replace(wrong, by="b"), msgspec.structs.replace(wrong, by="t"), right)
    assert dict(room.mistakes) == {("W2", "shape_mismatch", "a3 - y"): 2}
    assert room.people["a"].last_judged == right


def test_notes_of_who_is_muted_or_sent_out_are_shown_to_nobody() -> None:
    room = room_after(*(Note(by=by, text=f"of {by}") for by in "tabc"), Mute(by="t", whom="a", muted=True),
                      Remove(by="t", whom="b"))  # fmt: skip
    assert [note.text for note in room.shown_notes()] == ["of t", "of c"]


def test_only_the_latest_notes_are_kept() -> None:
    room = room_after(*(Note(by="a", text=str(number)) for number in range(250)))
    assert [room.notes[0].text, room.notes[-1].text, len(room.notes)] == ["50", "249", 200]


def test_the_teacher_sees_what_the_student_sees() -> None:
    room = room_after(Led(by="t", action=actions.Step()), Look(by="t", whom="a"))
    assert room.looked_at is room.session.state, "Ada follows"
    room.apply(Went(by="a", mode=Mode.ALONE))
    assert room.looked_at is None
    room.apply(Shown(by="a", actions=(actions.Step(), actions.Step(count=2)), anew=True))
    assert room.looked_at is not None
    assert room.looked_at.cursor == 3
    room.apply(Shown(by="a", actions=(actions.Back(),)))
    assert room.looked_at.cursor == 2
    room.apply(Shown(by="a", actions=(actions.Step(),), anew=True))
    assert (room.looked_at.cursor, room.session.state.cursor) == (1, 1)
    room.apply(Call(by="t"))
    assert room.looked_at is room.session.state
    room.apply(Leave(by="a", seat="a1"))
    assert (room.looking, room.looked_at) == ("", None)


# ---- the same everywhere -------------------------------------------------------------------------------------------

IDS = st.sampled_from(["t", "u", "a", "b", "c", "z"])
DID = st.sampled_from(
    [actions.Step(), actions.Back(), actions.StepInto(), actions.StepOut(), ASK, actions.Answer(value="left"),
     actions.Edit(name="W2", value=0.25, at=[0, 1]), actions.Undo(), actions.SetLayout(layout=Layout.NUMERATOR)]
)  # fmt: skip
SEATS = st.sampled_from(["1", "2"])
TEXTS = st.sampled_from(["left", "right", " left"])
MESSAGES: dict[type, st.SearchStrategy[AnyMessage]] = {
    Join: st.builds(lambda by, seat: Join(by=by, name=by.upper(), teaches=by in "tu", seat=seat), IDS, SEATS),
    Leave: st.builds(Leave, by=IDS, seat=SEATS),
    Led: st.builds(Led, by=IDS, action=DID),
    Went: st.builds(Went, by=IDS, mode=st.sampled_from(Mode), step=st.integers(0, 5)),
    Hand: st.builds(Hand, by=IDS, up=st.booleans(), whose=st.one_of(st.just(""), IDS)),
    Answered: st.builds(
        Answered, by=IDS, question=TEXTS, answer=TEXTS, verdict=st.sampled_from(["right", "wrong"]),
        points=st.integers(0, 3).map(float),
    ),
    Judged: st.builds(Judged, by=IDS, target=st.just("W2"), formula=TEXTS, verdict=st.just("wrong_value")),
    Note: st.builds(Note, by=IDS, text=TEXTS),
    Reveal: st.builds(Reveal, by=IDS, shown=st.booleans()),
    Call: st.builds(Call, by=IDS),
    Lock: st.builds(Lock, by=IDS, locked=st.booleans()),
    Lead: st.builds(Lead, by=IDS, whom=IDS),
    Look: st.builds(Look, by=IDS, whom=IDS),
    Shown: st.builds(Shown, by=IDS, actions=st.lists(DID, max_size=3).map(tuple), anew=st.booleans()),
    Mute: st.builds(Mute, by=IDS, whom=IDS, muted=st.booleans()),
    Remove: st.builds(Remove, by=IDS, whom=IDS),
}  # fmt: skip
"""Without the end, after which nothing happens."""
CLASSES = st.lists(st.one_of(*MESSAGES.values()), max_size=40)
BEGINNING = [Join(by="t", name="T", teaches=True, seat="1"), Join(by="a", name="A", seat="1"),
             Join(by="b", name="B", seat="1")]  # fmt: skip


def test_every_message_is_drawn() -> None:
    assert {*MESSAGES, End} == set(AnyMessage.__args__)


@settings(max_examples=150)
@given(CLASSES)
def test_whatever_is_sent_a_class_holds_together(messages: Iterable[AnyMessage]) -> None:
    room, removed = Room(QUESTION), set[str]()
    called_and_locked = False
    for message in (*BEGINNING, *messages):
        before = looks(room)
        unknown = not isinstance(message, Join) and message.by not in room.people
        applied = room.apply(message)
        if not applied:
            assert looks(room) == before
        assert not (unknown and applied)
        removed |= {message.whom} if isinstance(message, Remove) and applied else set()
        called_and_locked = room.locked and (called_and_locked or (isinstance(message, Call) and applied))
        leader = room.people[room.leader]
        assert leader.present or leader.teaches
        assert leader.mode is Mode.FOLLOWING
        for person in room.people.values():
            assert not (person.id in removed and person.present)
            assert not (person.hand and not person.present)
            if called_and_locked and not person.teaches:
                assert person.mode is Mode.FOLLOWING
        raised = [person.hand for person in room.roster() if person.hand]
        assert raised == sorted(set(raised))
        assert len({person.name for person in room.people.values()}) == len(room.people)
        assert room.looked_at is None or room.people[room.looking].present


@settings(max_examples=100)
@given(CLASSES)
def test_two_processes_that_hear_the_same_know_the_same(messages: list[AnyMessage]) -> None:
    here, there = Room(QUESTION), Room(QUESTION)
    told = msgspec.msgpack.Encoder()
    decoder = msgspec.msgpack.Decoder(AnyMessage)
    for message in (*BEGINNING, *messages):
        assert here.apply(message) == there.apply(decoder.decode(told.encode(message)))
        _ = here.looked_at  # looking makes no difference
    assert looks(here) == looks(there)
    assert (here.looked_at is None) == (there.looked_at is None)
    if here.looked_at is not None and there.looked_at is not None:
        assert here.looked_at.cursor == there.looked_at.cursor


def test_who_goes_on_alone_leaves_the_class_as_it_is() -> None:
    room = room_after(Led(by="t", action=actions.Step()))
    fork: Session = room.session.forked()
    fork.dispatch(actions.Step())
    assert (fork.state.cursor, room.session.state.cursor) == (2, 1)
    assert (len(fork.log.records), len(room.session.log.records)) == (2, 1)
