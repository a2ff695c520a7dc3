"""What a teacher can type: what the keys of the class's panel do, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic, did_you_mean
from tui.classroom.room.answers import is_over, questions
from tui.classroom.room.messages import Call, End, Hand, Lead, Lock, Mute, Remove, Reveal
from tui.classroom.room.people import Person
from tui.classroom.seats.lines.commands import ANNOUNCE, EVERYBODY, WATCHING, Command, bare
from tui.classroom.seats.lines.sentences import everybody, roster_lines, shares_lines
from tui.linear import LineCommand

if TYPE_CHECKING:
    from tui.classroom.seats.lines.seat import LinesSeat


def _named(seat: LinesSeat, rest: str) -> Person:
    """Somebody by their name, in whatever case, and as this terminal spells it."""
    if not rest:
        raise Diagnostic("bad_value", "a name is missing", hints=("roster says who is here",))
    people, wanted = [each for each in everybody(seat.classroom.room) if not each.teaches], rest.casefold()
    for spell in (str, seat.glyphs):
        found = [person for person in people if spell(person.name).casefold() == wanted]
        if len(found) == 1:
            return found[0]
    hints = did_you_mean(rest, [person.name for person in people]) or ("roster says who is here",)
    raise Diagnostic("unknown_name", f"no student is called {rest[:40]}", hints=hints)


# ---- the class -------------------------------------------------------------------------------------------------------


def _roster(seat: LinesSeat) -> Iterator[str]:
    return roster_lines(seat.classroom.room, seat.person, seat.classroom.way_in)


def _call(seat: LinesSeat) -> Iterator[str]:
    seat.classroom.send(Call(by=seat.person))
    yield "Everybody is called back."


def _lock(seat: LinesSeat) -> Iterator[str]:
    seat.classroom.send(Lock(by=seat.person, locked=True))
    seat.classroom.send(Call(by=seat.person))
    yield "Everybody is called back, and nobody can leave: unlock lets them go."


def _unlock(seat: LinesSeat) -> Iterator[str]:
    seat.classroom.send(Lock(by=seat.person, locked=False))
    yield "Everybody may leave for a session of their own."


def _end(seat: LinesSeat) -> Iterator[str]:
    seat.classroom.send(End(by=seat.person))
    yield "The class ends."


# ---- answers ---------------------------------------------------------------------------------------------------------


def _answers(seat: LinesSeat, rest: str) -> Iterator[str]:
    room = seat.classroom.room
    found = questions(room)
    if not found:
        raise Diagnostic("no_question", "no question has been put yet", hints=("enter goes on with the lesson",))
    if rest and not (rest.isascii() and rest.isdecimal() and len(rest) < 5 and 1 <= int(rest) <= len(found)):
        raise Diagnostic("bad_value", f"questions are numbered from 1 to {len(found)}", hints=("answers 1",))
    number = int(rest) if rest else found.index(room.question) + 1 if room.question in found else len(found)
    question = found[number - 1]
    yield f"Question {number} of {len(found)}: {' '.join(question.split())}"
    yield from shares_lines(room, question, with_names=True)


def _reveal(seat: LinesSeat) -> Iterator[str]:
    seat.classroom.send(Reveal(by=seat.person, shown=True))
    room = seat.classroom.room
    right = "and which is right" if is_over(room, room.question) else "and which is right once you answer"
    yield f"Everybody sees how the answers are distributed, without names, {right}: hide puts that away."


def _hide(seat: LinesSeat) -> Iterator[str]:
    if not seat.classroom.room.revealed:
        raise Diagnostic("not_allowed", "no answers are shown", hints=("reveal shows them to everybody",))
    seat.classroom.send(Reveal(by=seat.person, shown=False))
    yield "The answers are put away."


# ---- one student -----------------------------------------------------------------------------------------------------


def _look(seat: LinesSeat, rest: str) -> Iterator[str]:
    return seat.looking.over(_named(seat, rest))


def _lead(seat: LinesSeat, rest: str) -> Iterator[str]:
    if not rest:
        if seat.is_leading:
            raise Diagnostic("leading", "you lead already", hints=("lead NAME hands a student the lead",))
        seat.classroom.send(Lead(by=seat.person, whom=seat.person))
        yield "You take the lead back."
        return
    person = _named(seat, rest)
    seat.classroom.send(Lead(by=seat.person, whom=person.id))
    yield f"{person.name} is handed the lead: lead alone takes it back."


def _lower(seat: LinesSeat, rest: str) -> Iterator[str]:
    person = _named(seat, rest.removesuffix(" down"))
    if person.hand is None:
        raise Diagnostic("bad_value", f"no hand of {person.name} is up")
    seat.classroom.send(Hand(by=seat.person, up=False, whose=person.id))
    yield f"The hand of {person.name} is down."


def _mute(seat: LinesSeat, rest: str) -> Iterator[str]:
    person = _named(seat, rest)
    seat.classroom.send(Mute(by=seat.person, whom=person.id, muted=True))
    yield f"{person.name} is muted: unmute undoes that."


def _unmute(seat: LinesSeat, rest: str) -> Iterator[str]:
    person = _named(seat, rest)
    seat.classroom.send(Mute(by=seat.person, whom=person.id, muted=False))
    yield f"{person.name} is heard again."


def _remove(seat: LinesSeat, rest: str) -> Iterator[str]:
    person = _named(seat, rest)
    seat.classroom.send(Remove(by=seat.person, whom=person.id))
    yield f"{person.name} is sent out, and gets in again only after admit."


def _admit(seat: LinesSeat, rest: str) -> Iterator[str]:
    person = _named(seat, rest)
    seat.classroom.send(Remove(by=seat.person, whom=person.id, removed=False))
    yield f"{person.name} may come in again."


TEACHING: tuple[Command, ...] = (
    bare("roster", "Who is here, what they do, and the latest notes; raised hands first.", _roster),
    LineCommand(("answers",), "answers NUMBER", "The answers to the latest question, or to one by its number.",
                _answers),
    bare("reveal", "Show everybody how the answers are distributed.", _reveal),
    bare("hide", "Put that away.", _hide),
    bare("call", "Call everybody back to the class's session.", _call),
    bare("lock", "Call everybody back, and let nobody leave the class's session.", _lock),
    bare("unlock", "Let everybody leave the class's session.", _unlock),
    LineCommand(("look",), "look NAME", "Where a student is, and what they see; they are told that you look.", _look),
    LineCommand(("lead",), "lead NAME, lead", "Hand a student the lead; or take it back.", _lead),
    LineCommand(("hand",), "hand NAME", "Put a student's hand down.", _lower),
    LineCommand(("mute",), "mute NAME", "Show a student's notes and hand no more.", _mute),
    LineCommand(("unmute",), "unmute NAME", "Show them again.", _unmute),
    LineCommand(("remove",), "remove NAME", "Send a student out.", _remove),
    LineCommand(("admit",), "admit NAME", "Let a student who was sent out in again.", _admit),
    ANNOUNCE,
    bare("end class", "End the class: everybody leaves, and its summary is written.", _end),
    *EVERYBODY,
)  # fmt: skip
NOT_LEADING: tuple[Command, ...] = (*WATCHING, *TEACHING)
"""A teacher while another leads."""
