"""What may be sent by whom, and when: one table, with the sentences that say why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.diagnostics import Diagnostic
from tui.classroom.room import messages
from tui.classroom.room.messages import AnyMessage, Message, Mode
from tui.classroom.room.people import Person

if TYPE_CHECKING:
    from tui.classroom.room.room import Room

MAX_PEOPLE = 2_000
"""Persons that a class has room for, with those who have left."""
MAX_QUESTIONS = 500
MAX_ACTIONS = 50_000
"""Actions of the class's session, or of the one over whose shoulder the teacher looks: a late comer replays them."""

Rule = Callable[["Room", Any], None]
"""Raises a Diagnostic where the message is not allowed."""


def _no(message: str, hint: str, code: str = "not_allowed") -> Diagnostic:
    return Diagnostic(code, message, hints=(hint,))


# ---- who -----------------------------------------------------------------------------------------------------------


def _a_teacher(room: Room, message: Message) -> None:
    if not room.people[message.by].teaches:
        raise _no("only the teacher may do this", "raise your hand, and ask")


def _a_student(room: Room, message: Message) -> None:
    if room.people[message.by].teaches:
        raise _no("only a student may do this", "a teacher's words go to everybody as notes")


def _the_leader(room: Room, message: Message) -> None:
    if message.by == room.leader:
        return
    if room.people[message.by].teaches:
        raise _no(f"{_called(room, room.leader)} leads the class", "take the lead back first")
    raise _no(f"{_called(room, room.leader)} leads the class", "leave for a session of your own to try things")


def _who_is_looked_at(room: Room, message: messages.Shown) -> None:
    if message.by != room.looking:
        raise _no("nobody looks over this shoulder", "a session is shown only while the teacher looks at it")


def _not_muted(room: Room, message: Message) -> None:
    if room.people[message.by].muted:
        raise _no("the teacher has muted you", "your answers still count")


def _may_come_in(room: Room, message: messages.Join) -> None:
    person = room.people.get(message.by)
    if person is None and len(room.people) >= MAX_PEOPLE:
        raise _no(f"the class is full: it has room for {MAX_PEOPLE:,}", "begin another class", "too_many")
    if person is not None and person.removed:
        raise _no("the teacher has sent you out of this class", "speak to the teacher")
    if message.again:
        _of_the_latest_seat(room, message)


def _of_the_latest_seat(room: Room, message: messages.Join | messages.Leave) -> None:
    if message.by not in room.people or room.people[message.by].seat != message.seat:
        raise _no("this connection has been replaced by a newer one", "the newer one goes on")


# ---- whom ----------------------------------------------------------------------------------------------------------


def _known(room: Room, whom: str) -> Person:
    person = room.people.get(whom)
    if person is None:
        raise _no("there is nobody of that name in the class", "choose somebody from the list", "unknown_name")
    if person.removed:
        raise _no(f"{person.name} was sent out", "let them in again first")
    return person


def _removable(room: Room, message: messages.Remove) -> None:
    person = room.people.get(message.whom)
    if message.removed or person is None:
        _known_student(room, message)
    elif not person.removed:
        raise _no(f"{person.name} was not sent out", "choose somebody who was")


def _known_student(room: Room, message: messages.Mute | messages.Remove) -> None:
    if _known(room, message.whom).teaches:
        raise _no("a teacher cannot be muted or sent out", "choose a student")


def _present(room: Room, message: messages.Lead) -> None:
    person = _known(room, message.whom)
    if not person.present:
        raise _no(f"{person.name} is not here now", "choose somebody who is here")


def _present_student_or_nobody(room: Room, message: messages.Look) -> None:
    if message.whom == "":
        return
    person = _known(room, message.whom)
    if person.teaches or not person.present:
        raise _no(f"{person.name} is no student who is here now", "choose a student who is here")


# ---- when ----------------------------------------------------------------------------------------------------------


def _room_for_an_action(room: Room, _message: messages.Led) -> None:
    if len(room.session.log.records) >= MAX_ACTIONS:
        raise _no(f"the class's session has had its {MAX_ACTIONS:,} actions", "end the class, and go on in a new one",
                  "too_many")  # fmt: skip


def _not_out_while_locked(room: Room, message: messages.Went) -> None:
    if message.mode is Mode.FOLLOWING:
        return
    if message.by == room.leader:
        raise _no("whoever leads stays with the class", "give the lead to another first")
    if room.locked and room.people[message.by].mode is Mode.FOLLOWING:
        raise _no("the teacher keeps the class together for now", "raise your hand, and ask to be let go")


def _hand_is_ones_own(room: Room, message: messages.Hand) -> None:
    is_teacher = room.people[message.by].teaches
    if not is_teacher and message.whose in ("", message.by):
        if message.up:
            _not_muted(room, message)
        return
    if not is_teacher:
        raise _no("only the teacher may put down another's hand", "your own hand you may raise and put down")
    if message.up or _known(room, message.whose).teaches:
        raise _no("a teacher raises no hands", "a student's hand can be put down")


def _room_for_the_question(room: Room, message: messages.Answered) -> None:
    if message.question not in room.questions and len(room.questions) >= MAX_QUESTIONS:
        raise _no(f"the class has had its {MAX_QUESTIONS} questions", "end the class, and go on in a new one",
                  "too_many")  # fmt: skip


def _something_to_reveal(room: Room, message: messages.Reveal) -> None:
    if message.shown and not room.questions.get(room.question):
        raise _no("nobody has answered a question yet", "wait for the first answer")


def _shown_from_its_opening(room: Room, message: messages.Shown) -> None:
    if not message.anew and room.shoulder is None:
        raise _no("what came before these actions is not known", "show all of the session's actions anew")
    before = 0 if message.anew or room.shoulder is None else len(room.shoulder.log.records)
    if before + len(message.actions) > MAX_ACTIONS:
        raise _no(f"only {MAX_ACTIONS:,} actions of a session are shown", "begin a new session", "too_many")


RULES: dict[type[Message], tuple[Rule, ...]] = {
    messages.Join: (_may_come_in,),
    messages.Leave: (_of_the_latest_seat,),
    messages.Led: (_the_leader, _room_for_an_action),
    messages.Went: (_not_out_while_locked,),
    messages.Hand: (_hand_is_ones_own,),
    messages.Answered: (_a_student, _room_for_the_question),
    messages.Judged: (_a_student,),
    messages.Note: (_not_muted,),
    messages.Reveal: (_a_teacher, _something_to_reveal),
    messages.Call: (_a_teacher,),
    messages.Lock: (_a_teacher,),
    messages.Lead: (_a_teacher, _present),
    messages.Look: (_a_teacher, _present_student_or_nobody),
    messages.Shown: (_who_is_looked_at, _shown_from_its_opening),
    messages.Mute: (_a_teacher, _known_student),
    messages.Remove: (_a_teacher, _removable),
    messages.End: (_a_teacher,),
}
"""Each message's rules; besides, its sender is in the class, and the class is not over."""


def check(room: Room, message: AnyMessage) -> None:
    """Raises a Diagnostic that says why the message is not allowed now, and what is.

    `not_allowed`, `not_here`, `unknown_name`, `too_many`. Whether a `Led` action applies, `reduce` decides.
    """
    try:
        if not isinstance(message, messages.Join):
            sender = room.people.get(message.by)
            if sender is None or not sender.present:
                raise _no("you are not in this class", "come in first", "not_here")
        if room.ended and not isinstance(message, messages.Leave):
            raise _no("the class is over", "its summary is with the teacher")
        for rule in RULES[type(message)]:
            rule(room, message)
    except Diagnostic as problem:
        raise problem.at(key=str(type(message).__struct_config__.tag)) from None


def _called(room: Room, whom: str) -> str:
    return room.people[whom].name if whom in room.people else "nobody"
