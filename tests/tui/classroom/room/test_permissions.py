"""Who may send what: every message by every kind of sender, and any sequence of them."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.diagnostics import Diagnostic
from engine.session import actions
from tests.tui.classroom.classes import QUESTION, SHAPE, STEP, a_class, answered, contents
from tui.classroom.room import Room
from tui.classroom.room import messages as m
from tui.classroom.room.permissions import RULES, check

BY = "somebody"  # replaced by each sender
TABLE: list[tuple[m.AnyMessage, set[str]]] = [
    (m.Join(by=BY, name="N"), {"teacher", "leader", "watched", "student", "muted", "absent", "stranger"}),
    (m.Join(by=BY, name="N", again=True), {"teacher", "leader", "watched", "student", "muted", "absent"}),
    (m.Join(by=BY, name="N", seat="an older one", again=True), set()),
    (m.Leave(by=BY), {"teacher", "leader", "watched", "student", "muted"}),
    (m.Led(by=BY, action=STEP), {"leader"}),
    (m.Went(by=BY, mode=m.Mode.ALONE), {"teacher", "watched", "student", "muted"}),
    (m.Went(by=BY, mode=m.Mode.FOLLOWING), {"teacher", "leader", "watched", "student", "muted"}),
    (m.Hand(by=BY, up=True), {"leader", "watched", "student"}),
    (m.Hand(by=BY, up=False), {"leader", "watched", "student", "muted"}),
    (m.Hand(by=BY, up=False, whose="other"), {"teacher"}),
    (m.Hand(by=BY, up=True, whose="other"), set()),
    (m.Hand(by=BY, up=False, whose="teacher"), set()),
    (m.Hand(by=BY, up=False, whose="nobody"), set()),
    (answered(BY, "2×3"), {"leader", "watched", "student", "muted"}),
    (m.Judged(by=BY, target="W3", formula="x", verdict="wrong"), {"leader", "watched", "student", "muted"}),
    (m.Note(by=BY, text="hello"), {"teacher", "leader", "watched", "student"}),
    (m.Reveal(by=BY), {"teacher"}),
    (m.Call(by=BY), {"teacher"}),
    (m.Lock(by=BY, locked=True), {"teacher"}),
    (m.Lead(by=BY, whom="other"), {"teacher"}),
    (m.Lead(by=BY, whom="teacher"), {"teacher"}),
    (m.Lead(by=BY, whom="absent"), set()),
    (m.Lead(by=BY, whom="removed"), set()),
    (m.Lead(by=BY, whom="nobody"), set()),
    (m.Look(by=BY, whom="other"), {"teacher"}),
    (m.Look(by=BY, whom=""), {"teacher"}),
    (m.Look(by=BY, whom="absent"), set()),
    (m.Look(by=BY, whom="teacher"), set()),
    (m.Shown(by=BY, actions=(STEP,), anew=True), {"watched"}),
    (m.Mute(by=BY, whom="absent", muted=True), {"teacher"}),
    (m.Mute(by=BY, whom="teacher", muted=True), set()),
    (m.Remove(by=BY, whom="absent"), {"teacher"}),
    (m.Remove(by=BY, whom="teacher"), set()),
    (m.Remove(by=BY, whom="removed"), set()),
    (m.Remove(by=BY, whom="removed", removed=False), {"teacher"}),
    (m.Remove(by=BY, whom="other", removed=False), set()),
    (m.Remove(by=BY, whom="nobody", removed=False), set()),
    (m.End(by=BY), {"teacher"}),
]
SENDERS = ("teacher", "leader", "watched", "student", "muted", "absent", "removed", "stranger")


def a_mixed_class() -> Room:
    room = Room(QUESTION)
    for message in (
        m.Join(by="teacher", name="Tia", teaches=True),
        *(m.Join(by=by, name=by) for by in (*SENDERS[1:-1], "other")),
        m.Lead(by="teacher", whom="leader"),
        m.Look(by="teacher", whom="watched"),
        m.Mute(by="teacher", whom="muted", muted=True),
        m.Remove(by="teacher", whom="removed"),
        m.Leave(by="absent"),
        answered("other", "2×3"),
    ):
        assert room.apply(message)
    return room


TEACHERS_ONLY = (m.Reveal, m.Call, m.Lock, m.Lead, m.Look, m.Mute, m.Remove, m.End)


@pytest.mark.parametrize(
    "message, allowed",
    TABLE,
    ids=lambda value: (" ".join(sorted(value)) if isinstance(value, set) else str(value))[:60],
)
def test_a_message_is_allowed_to_these_and_to_nobody_else(message, allowed):
    found = set()
    for by in SENDERS:
        room = a_mixed_class()
        before = contents(room)
        if room.apply(replace(message, by=by)):
            found.add(by)
        else:
            assert contents(room) == before
    assert found == allowed


def test_every_message_has_rules_and_stands_in_the_table():
    kinds = set(get_args(m.AnyMessage))
    assert kinds == set(RULES) == {type(message) for message, _ in TABLE}
    for message, allowed in TABLE:
        assert type(message) not in TEACHERS_ONLY or allowed <= {"teacher"}


@pytest.mark.parametrize(
    "message, code, words, hint",
    [
        (m.Lock(by="ana", locked=True), "not_allowed", "only the teacher may do this", "raise your hand"),
        (m.Led(by="ana", action=STEP), "not_allowed", "Tia leads the class", "a session of your own"),
        (m.Lead(by="tia", whom="zoe"), "unknown_name", "there is nobody of that name", "from the list"),
        (m.Note(by="zoe", text="hello"), "not_here", "you are not in this class", "come in first"),
        (m.Shown(by="ana", actions=()), "not_allowed", "nobody looks over this shoulder", "while the teacher looks"),
    ],
)
def test_a_refusal_says_where_why_and_what_is_allowed(message, code, words, hint):
    with pytest.raises(Diagnostic) as refused:
        check(a_class(), message)
    problem = refused.value
    assert problem.code == code
    assert problem.where.key == type(message).__struct_config__.tag
    assert words in problem.message
    assert hint in problem.hints[0]


# ---- any sequence of messages, by several people -------------------------------------------------------------------

PEOPLE = ["tia", "ulf", "ana", "bo", "cy"]
by, whom = st.sampled_from([*PEOPLE, "stranger"]), st.sampled_from([*PEOPLE, "nobody"])
teacher = st.sampled_from(["tia", "ulf", "ana"])
TARGETS = [actions.Target(target="x"), actions.Target(target="nobody")]
some_actions = st.sampled_from([STEP, actions.Back(), *TARGETS, SHAPE])
VERDICTS = ["correct", "wrong_value"]
SOME = st.one_of(
    st.builds(lambda by: m.Join(by=by, name=by[0], teaches=by in ("tia", "ulf")), st.sampled_from(PEOPLE)),
    st.builds(m.Leave, by=by),
    st.builds(m.Led, by=by, action=some_actions),
    st.builds(m.Went, by=by, mode=st.sampled_from(m.Mode), step=st.integers(0, 3)),
    st.builds(m.Hand, by=by, up=st.booleans(), whose=st.just("") | whom),
    st.builds(answered, by=by, answer=st.sampled_from(["2×3", "3×2"]), points=st.integers(0, 2)),
    st.builds(m.Judged, by=by, target=st.just("W3"), formula=st.just("x"), verdict=st.sampled_from(VERDICTS)),
    st.builds(m.Note, by=by, text=st.text(max_size=3)),
    st.builds(m.Reveal, by=teacher, shown=st.booleans()),
    st.builds(m.Call, by=teacher),
    st.builds(m.Lock, by=teacher, locked=st.booleans()),
    st.builds(m.Lead, by=teacher, whom=whom),
    st.builds(m.Look, by=teacher, whom=st.just("") | whom),
    st.builds(m.Shown, by=by, actions=st.lists(some_actions, max_size=2).map(tuple), anew=st.booleans()),
    st.builds(m.Mute, by=teacher, whom=whom, muted=st.booleans()),
    st.builds(m.Remove, by=teacher, whom=whom, removed=st.booleans()),
)  # fmt: skip
sequences = st.lists(SOME | st.builds(m.End, by=st.just("ulf")), max_size=40)
few = settings(max_examples=150)


def begun() -> Room:
    return a_class(m.Join(by="ulf", name="Ulf", teaches=True))


@few
@given(sequences)
def test_two_rooms_that_are_fed_the_same_are_the_same(sequence):
    one, other = begun(), begun()
    assert [one.apply(message) for message in sequence] == [other.apply(message) for message in sequence]
    assert contents(one) == contents(other)


@few
@given(sequences)
def test_check_says_what_apply_does_and_what_is_refused_changes_nothing(sequence):
    room = begun()
    for message in sequence:
        before = contents(room)
        try:
            room.check(message)
            is_allowed = True
        except Diagnostic:
            is_allowed = False
        assert contents(room) == before
        assert room.apply(message) is is_allowed
        assert is_allowed or contents(room) == before
        assert not (is_allowed and message.by == "stranger")


@few
@given(sequences)
def test_a_class_stays_whole(sequence):
    room, removed, is_together = begun(), set(), False
    for message in sequence:
        applied = room.apply(message)
        if applied and isinstance(message, m.Remove):
            removed ^= {message.whom}
        if applied and isinstance(message, m.Call):
            is_together = room.locked
        is_together = is_together and room.locked
        leader = room.people[room.leader]
        assert not leader.removed
        assert leader.present or leader.id == room.teacher
        assert leader.mode is m.Mode.FOLLOWING
        assert not any(room.people[person].present for person in removed)
        assert not is_together or {person.mode for person in room.people.values()} == {m.Mode.FOLLOWING}
        hands = [person.hand for person in room.roster()]
        raised = [hand for hand in hands if hand is not None]
        assert raised == sorted(set(raised))
        assert hands == raised + [None] * (len(hands) - len(raised))
        assert all(person.present and not person.muted for person in room.people.values() if person.hand is not None)
        assert room.looking == "" or room.people[room.looking].present
        assert room.looking or room.shoulder is None
        assert len({person.name.casefold() for person in room.people.values()}) == len(room.people)
        assert room.revealed == "" or room.questions[room.revealed]
