"""What may be sent by whom, and when: one table, with the sentences that say why not.

The rules look at nothing that may still be on its way: what a person does at once after something else was sent is
judged by the Room as it will be, when the bus brings it (`Led` by `Room.apply`, which knows the session of then).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.diagnostics import Diagnostic
from tui.classroom import messages
from tui.classroom.messages import TEACHERS_ONLY, AnyMessage, Message, Mode
from tui.classroom.people import Person

if TYPE_CHECKING:
    from tui.classroom.room import Room

MAX_PEOPLE = 2_000
"""Persons that a class has room for, with those who have left."""
MAX_QUESTIONS = 500
MAX_ACTIONS = 20_000
"""Actions of the class's session, or of the one over whose shoulder the teacher looks: late servers replay them."""

Rule = Callable[["Room", Any], None]
"""Raises a Diagnostic where the message is not allowed."""


def _no(message: str, hint: str, code: str = "not_allowed") -> Diagnostic:
    return Diagnostic(code, message, hints=(hint,))


# ---- who -----------------------------------------------------------------------------------------------------------


def _a_teacher(room: Room, message: Message) -> None:
    if not room.people[message.by].teaches:
        raise _no("only the teacher can do that", "raise your hand, and ask")


def _the_leader(room: Room, message: Message) -> None:
    if message.by != room.leader:
        leader = room.people.get(room.leader)
        hint = "take the lead back first" if room.people[message.by].teaches else "try it in a session of your own"
        raise _no(f"{leader.name if leader else 'nobody'} leads the class", hint)


def _who_is_looked_at(room: Room, message: Message) -> None:
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


def _of_the_latest_seat(room: Room, message: messages.Leave) -> None:
    if room.people[message.by].seat != message.seat:
        raise _no("a newer connection has taken this one's place", "the newer one goes on")


# ---- whom ----------------------------------------------------------------------------------------------------------


def _known(room: Room, whom: str) -> Person:
    person = room.people.get(whom)
    if person is None or person.removed:
        raise _no("there is nobody of that name in the class", "choose somebody who is here", "unknown_name")
    return person


def _a_student(room: Room, message: messages.Mute | messages.Remove) -> None:
    if _known(room, message.whom).teaches:
        raise _no("a teacher cannot be muted or sent out", "choose a student")


def _here(room: Room, message: messages.Lead) -> None:
    if not (person := _known(room, message.whom)).present:
        raise _no(f"{person.name} is not here now", "choose somebody who is here")


def _a_student_here_or_nobody(room: Room, message: messages.Look) -> None:
    if message.whom:
        person = _known(room, message.whom)
        if person.teaches or not person.present:
            raise _no(f"{person.name} is no student who is here now", "choose a student who is here")


# ---- when ----------------------------------------------------------------------------------------------------------


def _room_for_an_action(room: Room, _message: messages.Led) -> None:
    if len(room.session.log.records) >= MAX_ACTIONS:
        raise _no(f"the class's session has had its {MAX_ACTIONS:,} actions", "end the class, and begin another",
                  "too_many")  # fmt: skip


def _not_out_while_locked(room: Room, message: messages.Went) -> None:
    if message.mode is Mode.FOLLOWING:
        return
    if message.by == room.leader:
        raise _no("who leads stays with the class", "let somebody else lead first")
    me = room.people[message.by]
    if room.locked and not me.teaches and me.mode is Mode.FOLLOWING:
        raise _no("the teacher keeps everybody together just now", "raise your hand, and ask to be let go")


def _ones_own_hand(room: Room, message: messages.Hand) -> None:
    is_teacher = room.people[message.by].teaches
    if is_teacher and (message.up or _known(room, message.whose).teaches):
        raise _no("a teacher raises no hand", "a student's hand can be put down")
    if not is_teacher and message.whose not in ("", message.by):
        raise _no("only the teacher can put down another's hand", "your own hand you can raise and put down")
    if message.up:
        _not_muted(room, message)


def _room_for_the_question(room: Room, message: messages.Answered) -> None:
    if message.question not in room.answers and len(room.answers) >= MAX_QUESTIONS:
        raise _no(f"the class has had its {MAX_QUESTIONS} questions", "end the class, and begin another", "too_many")


def _something_to_reveal(room: Room, message: messages.Reveal) -> None:
    if message.shown and not room.distribution(room.question):
        raise _no("nobody has answered the question yet", "wait for the first answer")


def _known_from_the_beginning(room: Room, message: messages.Shown) -> None:
    before = 0 if message.anew else len(room.shown)
    if not message.anew and not room.shown:
        raise _no("what came before is not known", "show all of the session's actions anew")
    if before + len(message.actions) > MAX_ACTIONS:
        raise _no(f"only {MAX_ACTIONS:,} actions of a session are shown", "come back to the class", "too_many")


RULES: dict[type[Message], tuple[Rule, ...]] = {
    messages.Join: (_may_come_in,),
    messages.Leave: (_of_the_latest_seat,),
    messages.Led: (_the_leader, _room_for_an_action),
    messages.Went: (_not_out_while_locked,),
    messages.Hand: (_ones_own_hand,),
    messages.Answered: (_room_for_the_question,),
    messages.Judged: (),
    messages.Note: (_not_muted,),
    messages.Reveal: (_something_to_reveal,),
    messages.Call: (),
    messages.Lock: (),
    messages.Lead: (_here,),
    messages.Look: (_a_student_here_or_nobody,),
    messages.Shown: (_who_is_looked_at, _known_from_the_beginning),
    messages.Mute: (_a_student,),
    messages.Remove: (_a_student,),
    messages.End: (),
}
"""Each message's rules; besides, its sender is here, teaches where `TEACHERS_ONLY` says so, and the class goes on."""


def check(room: Room, message: AnyMessage) -> None:
    """Raises a Diagnostic that says why the message is not allowed now, and what is.

    Its code is `not_allowed`, `not_here`, `unknown_name` or `too_many`; its place is the message's type.
    """
    try:
        if not isinstance(message, messages.Join):
            sender = room.people.get(message.by)
            if sender is None or not sender.present:
                raise _no("you are not in this class", "come in first", "not_here")
        if room.ended and not isinstance(message, messages.Leave):
            raise _no("the class is over", "its summary is with the teacher")
        if isinstance(message, TEACHERS_ONLY):
            _a_teacher(room, message)
        for rule in RULES[type(message)]:
            rule(room, message)
    except Diagnostic as problem:
        raise problem.at(key=str(type(message).__struct_config__.tag)) from None
