"""The class in sentences, one a line: who is here, how a question was answered, where a student is."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UnsetType

from engine.session import AnswerVerdict, State
from engine.session.actions import Answer
from engine.session.quiz import Quiz
from engine.session.replies import read_reply, spell_reply
from tui.classroom.room import Room
from tui.classroom.room.answers import bare, is_over, shares
from tui.classroom.room.messages import Mode
from tui.classroom.room.people import Person, Share
from tui.classroom.words import class_place, class_rules, counts, hand_number, mode_of, verdict_of, where_of
from tui.linear import asked_lines, situation

NOTES = 3
"""Of the latest notes."""


def spoken(text: str) -> str:
    """What screens say with dots between its parts, to be read aloud."""
    return text.replace(" · ", ", ")


# ---- people ----------------------------------------------------------------------------------------------------------


def roster_lines(room: Room, me: str, way_in: str) -> Iterator[str]:
    """What the panel shows: the class, a line for each person, raised hands first, and the latest notes."""
    yield f"{spoken(counts(room))}."
    yield f"The class is at {class_place(room)}; {spoken(class_rules(room, me))}."
    if way_in:
        yield f"Students come in by: {spoken(way_in)}"
    yield from (person_line(person, room) for person in room.roster() if person.id != me)
    for note in room.shown_notes()[-NOTES:]:
        yield f"Note from {room.people[note.by].name}: {note.text}"


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
    """How often each answer was given at first, and how many have not answered."""
    is_told = with_names or is_over(room, question)
    for share in shares(room, question, is_told=is_told):
        names = f": {', '.join(_names(room, question, share))}" if with_names and share.count else ""
        yield f"{share.count}: {share.answer or 'given up'}{' (right)' if share.is_right and is_told else ''}{names}"
    tries = room.questions.get(question, {})
    missing = [person.name for person in room.roster()
               if person.present and not person.teaches and person.id not in tries]  # fmt: skip
    names = f": {', '.join(missing)}" if with_names and missing else ""
    has = "has" if len(missing) == 1 else "have"
    yield f"{len(missing)} {has} not answered{names}." if missing else "Everybody who is here has answered."


def _names(room: Room, question: str, share: Share) -> Iterator[str]:
    """Who gave that answer first."""
    for who, tries in room.questions[question].items():
        is_right = tries.first.verdict == AnswerVerdict.RIGHT
        is_it = (bare(tries.first.answer), is_right) == (bare(share.answer), share.is_right)
        if is_it and not room.people[who].removed:
            is_later = not is_right and tries.last.verdict == AnswerVerdict.RIGHT
            yield room.people[who].name + (" (right since)" if is_later else "")


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
