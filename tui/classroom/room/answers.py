"""What was answered to the class's questions, beside what could have been."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from engine.session import AnswerVerdict
from engine.session.actions import Ask
from engine.session.replies import read_reply, spell_reply
from tui.classroom.room.people import Share
from tui.classroom.room.room import Room


def questions(room: Room) -> list[str]:
    """The prompts of all questions: those that the class's session has put, in their order, then others' own."""
    return list(dict.fromkeys([*(each.prompt for each in _put(room)), *room.questions]))


def question_of(room: Room, prompt: str) -> Ask | None:
    """The question with a prompt: the one that the class's session put last, or one of its lesson's, or an earlier."""
    latest = room.session.state.quiz.question
    if latest is not None and latest.prompt == prompt:
        return latest
    lesson = (each for each in room.scenario.script if isinstance(each, Ask))
    return next((each for each in chain(lesson, _put(room)) if each.prompt == prompt), None)


def is_over(room: Room, prompt: str) -> bool:
    """Whether the class's session has answered the question, given it up, or gone on to another one."""
    quiz = room.session.state.quiz
    if quiz.question is not None and quiz.question.prompt == prompt:
        return not quiz.is_open
    return any(each.prompt == prompt for each in _put(room))


def shares(room: Room, prompt: str, *, is_told: bool = True) -> list[Share]:
    """How first answers are distributed: choices in their order, taken or not; others as in `Room.distribution`.

    Where it is told which answer is right, that one is there too if nobody gave it.
    """
    found, question = room.distribution(prompt), question_of(room, prompt)
    if question is None:
        return found
    right = spell_reply(question, read_reply(question, question.answer))
    offered = {bare(choice): choice for choice in question.choices}
    whole = []
    for key, choice in offered.items():
        taken = [share for share in found if bare(share.answer) == key]
        whole += taken or [Share(choice, 0, is_right=key == bare(right))]
    whole += [share for share in found if bare(share.answer) not in offered]
    if is_told and not any(share.is_right for share in whole):
        whole.append(Share(right, 0, is_right=True))
    return whole


def who_gave(room: Room, prompt: str, share: Share) -> list[str]:
    """Who gave that answer first; with ✓ who has given the right one since."""
    found = []
    for who, tries in room.questions.get(prompt, {}).items():
        is_right = tries.first.verdict == AnswerVerdict.RIGHT
        if room.people[who].removed or (bare(tries.first.answer), is_right) != (bare(share.answer), share.is_right):
            continue
        later = "" if is_right or tries.last.verdict != AnswerVerdict.RIGHT else " (✓ since)"
        found.append(room.people[who].name + later)
    return found


def how_many(room: Room, prompt: str, *, with_names: bool) -> str:
    """`9 answered, 2 have not: Ana, Ben`."""
    tries = room.questions.get(prompt, {})
    students = [person for person in room.roster() if not person.teaches]
    missing = [person.name for person in students if person.present and person.id not in tries]
    answered = sum(person.id in tries for person in students)
    said = f"{answered} answered, {len(missing)} {'has' if len(missing) == 1 else 'have'} not"
    return f"{said}: {', '.join(missing)}" if with_names and missing else said


def number_of(room: Room, prompt: str, answer: str) -> int | None:
    """Which of a question's choices an answer is, counted from 1; None where it is none."""
    question = question_of(room, prompt)
    choices = [bare(choice) for choice in question.choices] if question is not None and answer else []
    return choices.index(bare(answer)) + 1 if bare(answer) in choices else None


def bare(answer: str) -> str:
    """As `Room.distribution` tells answers apart."""
    return "".join(answer.split())


def _put(room: Room) -> Iterator[Ask]:
    """The questions that the class's session has put, in their order."""
    return (record.action for record in room.session.log.records if isinstance(record.action, Ask))
