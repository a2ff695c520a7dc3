"""What the class's line says: what the class wants of somebody, where they are, and their keys.

The parts of a line stand in the order of what matters: where one is cut off, it is at its end, and is read on.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

from engine.session.actions import Ask
from engine.session.quiz import Quiz
from engine.session.replies import WORDS
from tui.classroom.keymap import STUDENT, TEACHER
from tui.classroom.room import Room
from tui.classroom.room.people import Person
from tui.classroom.seats.class_line import SEPARATOR
from tui.classroom.words import MARKS
from tui.keymap import Command

MAX_SHOWN_NAME = 12
"""Columns of a name in a line that has to say more."""
MAX_LISTED = 4
"""Choices whose numbers are named one by one."""


def offered_by(question: Ask | None) -> tuple[str, ...]:
    """What can be chosen from by number."""
    return () if question is None else tuple(question.choices) or WORDS.get(question.kind, ())


def how_to_answer(question: Ask) -> str:
    """`press 1, 2 or 3`, or `press a and type`."""
    number = len(offered_by(question))
    if not number:
        return "press a and type"
    if number > MAX_LISTED:
        return f"press 1 to {number}"
    *others, last = map(str, range(1, number + 1))
    return f"press {', '.join(others)} or {last}" if others else f"press {last}"


def status(room: Room, me: Person, *, follows: bool) -> str:
    """A student's line."""
    hand = "hand (up)" if me.hand is not None else "hand"
    if room.leader == me.id:
        return _joined(["you lead: everybody sees what you do", *_keys(STUDENT, follow=None, hand=hand)])
    wanted, seen = _question(room, me, follows=follows), "the teacher sees this screen" * (room.looking == me.id)
    if follows:
        where = "" if wanted or seen else _leader(room)
        leave = "all together" if room.locked else "d alone"
        return _joined([wanted, seen, where, leave, f"h {hand}", "m note", "w who", "q leave"])
    where = "" if wanted or seen else "a session of your own"
    return _joined([wanted, seen, where, *_keys(STUDENT, follow=None if wanted else "follow", hand=hand)])


def _leader(room: Room) -> str:
    leader = room.people.get(room.leader)
    return f"you follow {_short(leader.name)}" if leader is not None and leader.present else "no teacher is here"


def _short(name: str) -> str:
    return name if cell_len(name) <= MAX_SHOWN_NAME else f"{set_cell_size(name, MAX_SHOWN_NAME - 1).rstrip()}…"


def _tried(quiz: Quiz, me: Person) -> bool:
    """Whether they have answered the class's question."""
    question = quiz.question if quiz.is_open else None
    return question is not None and me.answered is not None and me.answered.question == question.prompt


def _question(room: Room, me: Person, *, follows: bool) -> str:
    """How to answer the class's question, or how it was answered; on one's own that there is one."""
    quiz = room.session.state.quiz
    if not quiz.is_open or quiz.question is None:
        return ""
    said = me.answered if _tried(quiz, me) else None
    if not follows:
        return "QUESTION in the class: F2" if said is None else ""
    if said is None:
        return f"QUESTION: {how_to_answer(quiz.question)}"
    mark = MARKS.get(said.verdict, "")
    return f"{mark}answered" if said.verdict == "right" else f"{mark}again: {how_to_answer(quiz.question)}"


def keys_of_a_follower(room: Room) -> str:
    """What the keys are, for who has pressed another one."""
    quiz = room.session.state.quiz
    asked = quiz.question if quiz.is_open else None
    alone = "all together for now" if room.locked else "d begins a session of your own"
    other = f"{how_to_answer(asked)} to answer" if asked is not None else "r reads again what was said"
    return _joined([f"you follow: {alone}", other])


def teacher_status(room: Room, me: Person) -> str:
    """A teacher's line."""
    leader = room.people.get(room.leader)
    leads = "you lead" if room.leader == me.id or leader is None else f"{_short(leader.name)} leads"
    here = [person for person in room.people.values() if person.present and not person.teaches]
    hands = sum(person.hand is not None for person in here)
    quiz = room.session.state.quiz
    answers = "answers"
    if quiz.is_open and quiz.question is not None:
        answers = f"{len(room.questions.get(quiz.question.prompt, ()))} answered"
    parts = [leads, f"{len(here)} here", f"{hands} hand{'s' * (hands != 1)}" if hands else ""]
    return _joined([*parts, *_keys(TEACHER, answers=answers)])


def _keys(commands: Iterable[Command], **labels: str | None) -> list[str]:
    """Each key with its label, or with another one; without those whose label is None, and the one that reads on."""
    shown = {command: labels.get(command.name.removeprefix("class_"), command.label) for command in commands}
    return [f"{command.shown_key.upper()} {label}" for command, label in shown.items()
            if label is not None and command.name != "class_more"]  # fmt: skip


def _joined(parts: list[str]) -> str:
    return SEPARATOR.join(part for part in parts if part)


def who(room: Room) -> str:
    """Who is here, in a line: teachers, and then by name."""
    present = [person for person in room.people.values() if person.present]
    names = sorted((person.name for person in present if not person.teaches), key=str.casefold)
    teachers = [f"{person.name} teaches" for person in present if person.teaches]
    return _joined([f"{len(present)} here", *teachers, ", ".join(names)])
