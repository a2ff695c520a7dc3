"""The class in sentences, one a line: who is here, how a question was answered, where a student is."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UnsetType

from engine.session import State
from engine.session.actions import Answer
from engine.session.quiz import Quiz
from engine.session.replies import read_reply, spell_reply
from tui.classroom.room import Room
from tui.classroom.room.answers import how_many, is_over, shares, who_gave
from tui.classroom.room.messages import Mode
from tui.classroom.room.people import Person
from tui.classroom.words import (
    answers_so_far,
    class_place,
    class_rules,
    counts,
    hand_number,
    mode_of,
    verdict_of,
    where_of,
)
from tui.linear import asked_lines, situation

NOTES = 3
"""Of the latest notes."""


def spoken(text: str) -> str:
    """What screens say with dots between its parts, to be read aloud."""
    return text.replace(" · ", ", ").replace("✓", "right")


# ---- people ----------------------------------------------------------------------------------------------------------


def roster_lines(room: Room, me: str, way_in: str) -> Iterator[str]:
    """What the panel shows: the class, a line for each person, raised hands first, and the latest notes."""
    yield f"{spoken(counts(room))}."
    answered = f", {so_far}" if (so_far := answers_so_far(room)) else ""
    yield f"The class is at {class_place(room)}{answered}; {spoken(class_rules(room, me))}."
    if way_in:
        yield f"Students come in by: {spoken(way_in)}"
    yield from (person_line(person, room) for person in everybody(room) if person.id != me)
    for note in room.shown_notes()[-NOTES:]:
        yield f"Note from {room.people[note.by].name}: {note.text}"


def everybody(room: Room) -> list[Person]:
    """Who is in the class, and last who was sent out and can be let in again."""
    return [*room.roster(), *(person for person in room.people.values() if person.removed)]


def person_line(person: Person, room: Room) -> str:
    """`Ada: alone, at 3/5 ∂z3/∂a2 for W2, hand 1; answered 3×2: wrong; formula W3: wrong shape`."""
    parts = [mode_of(room, person)]
    parts += [f"at {where}"] if (where := where_of(person)) else []
    parts += [f"hand {hand_number(room, person)}"] if person.hand is not None else []
    said = [f"{person.name}: {', '.join(parts)}"]
    if person.answered is not None:
        said.append(f"answered {person.answered.answer}: {person.answered.verdict}" if person.answered.answer
                    else "gave up an answer")  # fmt: skip
    if person.judged is not None:
        said.append(f"formula {verdict_of(person.judged)[2:]}")
    return "; ".join(said)


def look_lines(person: Person, room: Room) -> Iterator[str]:
    """Where a student is, and what they see there."""
    if person.mode is Mode.FOLLOWING:
        what = "leads the class" if room.leader == person.id else "follows the class"
        yield f"{person.name} {what}, and sees:"
    else:
        yield f"{person.name} is in a session of their own, and sees:"
    shown = room.shoulder if person.mode is Mode.ALONE and room.looking == person.id else None
    state = (shown or room.session).state
    yield from situation(state)
    yield from open_question_lines(state)


# ---- questions -------------------------------------------------------------------------------------------------------


def open_question_lines(state: State) -> Iterator[str]:
    """The question that waits for an answer, to somebody who does not give it."""
    if state.quiz.is_open and state.quiz.question is not None:
        yield from asked_lines(state.quiz.question)


def shares_lines(room: Room, question: str, *, with_names: bool = False) -> Iterator[str]:
    """How often each answer was given at first, and how many have not answered; which is right as on screens."""
    is_told = with_names or is_over(room, question)
    for share in shares(room, question, is_told=is_told):
        right = " (right)" if share.is_right and is_told else ""
        names = f": {', '.join(who_gave(room, question, share))}" if with_names and share.count else ""
        yield spoken(f"{share.count}: {share.answer or 'given up'}{right}{names}")
    yield f"{how_many(room, question, with_names=with_names)}."


def reply_line(quiz: Quiz, otherwise: str = "") -> str:
    """What was said to an answer, with whether it is right where the reply does not begin with that."""
    reply = " ".join(quiz.reply.split()) or otherwise
    verdict, begun = str(quiz.verdict or ""), reply.casefold()
    is_said = verdict not in ("right", "wrong") or begun.startswith(("right", "wrong", "no:", "no,"))
    return reply if is_said else f"{verdict[:1].upper()}{verdict[1:]}. {reply}"


# ---- the session -----------------------------------------------------------------------------------------------------


def state_lines(state: State) -> Iterator[str]:
    """What was said last, and where the derivation stands."""
    if state.say.strip():
        yield " ".join(state.say.split())
    yield from situation(state)


def answer_lines(answer: Answer, quiz: Quiz) -> Iterator[str]:
    """How the class's question was answered, and the reply."""
    if answer.hint:
        yield f"A hint: {quiz.reply}"
        return
    if quiz.question is not None and not isinstance(answer.value, UnsetType):
        yield f"The class answers: {spell_reply(quiz.question, read_reply(quiz.question, answer.value))}"
    yield reply_line(quiz)
