"""What the class's line says: what the class wants of somebody, where they are, and their keys."""

from __future__ import annotations

from collections.abc import Iterable

from engine.session.actions import Ask
from engine.session.replies import WORDS
from tui.classroom.keymap import STUDENT, TEACHER
from tui.classroom.room import Room
from tui.classroom.room.people import Person
from tui.classroom.words import MARKS, here_and_hands
from tui.keymap import Command


def offered_by(question: Ask | None) -> tuple[str, ...]:
    """What can be chosen from by number."""
    return () if question is None else tuple(question.choices) or WORDS.get(question.kind, ())


def status(room: Room, me: Person, *, follows: bool) -> str:
    """A student's line."""
    parts = ["the teacher sees this screen" if room.looking == me.id else ""]
    if follows:
        parts.append(_question(room, me))
    if room.leader == me.id:
        parts.append("you lead: everybody sees what you do")
    elif follows:
        leader = room.people.get(room.leader)
        parts.append(f"you follow {leader.name if leader else 'the class'}")
    else:
        parts.append("a session of your own")
    parts.append("your hand is up" if me.hand is not None else "")
    if follows:
        parts += ["all together" if room.locked else "d on your own", "h hand", "m note", "w who", "q leave"]
    else:
        left_out = ("class_follow", "class_more") if room.leader == me.id else ("class_more",)
        parts += _keys(command for command in STUDENT if command.name not in left_out)
    return _joined(parts)


def _question(room: Room, me: Person) -> str:
    """How to answer the class's question, or how it was answered."""
    quiz = room.session.state.quiz
    if not quiz.is_open or quiz.question is None:
        return ""
    number = len(offered_by(quiz.question))
    how = f"1-{number} answers" if number else "a answers"
    said = me.answered
    if said is None or said.question != quiz.question.prompt:
        return f"QUESTION: {how}"
    mark = MARKS.get(said.verdict, "")
    return f"{mark}{said.answer}" + ("" if said.verdict == "right" else f", {how} again") + " (r: the reply)"


def teacher_status(room: Room, me: Person) -> str:
    """A teacher's line."""
    leader = room.people.get(room.leader)
    parts = ["you lead" if room.leader == me.id or leader is None else f"{leader.name} leads", here_and_hands(room)]
    quiz = room.session.state.quiz
    if quiz.is_open and quiz.question is not None:
        parts.append(f"{len(room.questions.get(quiz.question.prompt, ()))} answered")
    return _joined([*parts, *_keys(command for command in TEACHER if command.name != "class_more")])


def _keys(commands: Iterable[Command]) -> list[str]:
    return [f"{command.shown_key.upper()} {command.label}" for command in commands]


def _joined(parts: list[str]) -> str:
    return " · ".join(part for part in parts if part)


def who(room: Room) -> str:
    """Who is here, in a line."""
    present = [person for person in room.people.values() if person.present]
    names = [f"{person.name} (teacher)" if person.teaches else person.name for person in present]
    return f"{len(names)} here: {', '.join(names)}"
