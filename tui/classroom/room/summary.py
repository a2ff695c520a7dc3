"""What is left of a class: who was there, what they answered, where formulas broke; to read, and for programs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

import msgspec

from engine.diagnostics import Diagnostic
from engine.doctor import Verdict
from engine.interop.markdown import escape_markdown
from engine.scenario.expand import MAX_SCRIPT
from engine.scenario.record import scenario_of
from engine.session import AnswerVerdict
from tui.classroom.room.answers import questions, shares
from tui.classroom.room.attendance import Attendance
from tui.classroom.room.people import Mistake, Person, Tries, naturally
from tui.classroom.room.room import Room
from tui.saving import LOG, SCENARIO, replace_file

SCHEMA = 1
_ENDINGS = (".md", ".json", SCENARIO, LOG)
_MISTAKES = {
    Verdict.SHAPE_MISMATCH: "an operator cannot be applied",
    Verdict.WRONG_SHAPE: "the shape is wrong",
    Verdict.WRONG_VALUE: "the value is wrong",
    Verdict.UNPARSABLE: "it cannot be read",
}
"""What is wrong, in words."""


class Attendee(msgspec.Struct, frozen=True):
    """Somebody who was there."""

    name: str
    teaches: bool
    removed: bool
    """Whether they were sent out; what they answered is counted nowhere."""
    visitor: bool
    """Whether they looked in for some seconds and did nothing."""
    seconds: int
    """How long they were there."""
    answered: int
    """Questions that they answered."""
    right_at_first: int
    right_in_the_end: int
    points: float


class Given(msgspec.Struct, frozen=True):
    """A first answer to a question."""

    answer: str
    """Empty where it was given up."""
    count: int
    """How many gave it; 0 for a choice that nobody took, and for a right answer that nobody gave."""
    right: bool


class Asked(msgspec.Struct, frozen=True):
    """A question, whether anybody answered it or not; those who were sent out are not counted."""

    question: str
    answered: int
    """How many answered it."""
    right_at_first: int
    right_in_the_end: int
    first_answers: list[Given]


class Broken(msgspec.Struct, frozen=True):
    """A kind of mistake in formulas."""

    target: str
    """What the formulas differentiate by."""
    verdict: str
    where: str
    """The wrong part; empty where it is not known."""
    count: int


class Summary(msgspec.Struct, frozen=True):
    """A class that is over, or so far."""

    schema: int
    title: str
    scenario: str
    began: datetime
    ended: datetime
    people: list[Attendee]
    """In the order in which they first came."""
    questions: list[Asked]
    """In the order in which the class's session put them, then those that others met on their own."""
    mistakes: list[Broken]
    """The most frequent first."""
    actions: int
    """Of the class's session."""


def summary_of(room: Room, attendance: Attendance) -> Summary:
    """The class as it is now."""
    seconds, visitors = attendance.seconds(), attendance.visitors()
    return Summary(
        SCHEMA, room.session.log.header.title, room.scenario.name, attendance.began, attendance.until,
        [
            _attendee(room, person, seconds.get(person.id, 0.0), is_visitor=person.id in visitors)
            for person in room.people.values()
        ],
        [_asked(room, question) for question in questions(room)],
        [Broken(*mistake, often) for mistake, often in sorted(room.mistakes.items(), key=_by_frequency)],
        len(room.session.log.records),
    )  # fmt: skip


def _by_frequency(found: tuple[Mistake, int]) -> tuple[int, Mistake]:
    return -found[1], found[0]


def _attendee(room: Room, person: Person, seconds: float, *, is_visitor: bool) -> Attendee:
    given = () if person.removed else room.questions.values()
    tries = [answers[person.id] for answers in given if person.id in answers]
    points = 0.0 if person.removed else person.points
    return Attendee(
        person.name, person.teaches, person.removed, is_visitor, round(seconds), *_counts(tries), points
    )  # fmt: skip


def _asked(room: Room, question: str) -> Asked:
    answers = room.questions.get(question, {})
    tries = [given for person, given in answers.items() if not room.people[person].removed]
    firsts = [Given(share.answer, share.count, share.is_right) for share in shares(room, question)]
    return Asked(question, *_counts(tries), firsts)


def _counts(tries: Sequence[Tries]) -> tuple[int, int, int]:
    """How many there are, how many were right at first, and how many in the end."""
    at_first = sum(each.first.verdict == AnswerVerdict.RIGHT for each in tries)
    return len(tries), at_first, sum(each.last.verdict == AnswerVerdict.RIGHT for each in tries)


# ---- to read -------------------------------------------------------------------------------------------------------


def markdown(summary: Summary, session: str = "") -> str:
    """A page to read; `session` is the name of the file that has the class's session."""
    return "\n\n".join(_parts(summary, session)) + "\n"


def _parts(summary: Summary, session: str) -> Iterator[str]:
    yield f"# {escape_markdown(summary.title)}"
    minutes = _minutes((summary.ended - summary.began).total_seconds())
    yield f"A class from {summary.began:%Y-%m-%d %H:%M} to {summary.ended:%H:%M %Z}, {minutes}."
    yield "## Who was there"
    teachers = [person for person in summary.people if person.teaches]
    students = [person for person in summary.people if not (person.teaches or person.visitor)]
    students.sort(key=lambda one: naturally(one.name))
    visitors = sum(person.visitor for person in summary.people)
    names = " and ".join(escape_markdown(person.name) for person in teachers) or "Nobody"
    looked_in = f" {_number(visitors, 'visitor')} looked in for some seconds." if visitors else ""
    yield f"{names} taught {_number(len(students), 'student')}.{looked_in}"
    if students:
        yield _table(("name", "there for", "answers", "right at first", "in the end", "points"), map(_row, students))
    yield "## Questions"
    if not summary.questions:
        yield "No question was put."
    for number, asked in enumerate(summary.questions, 1):
        yield f"### {number}. {escape_markdown(asked.question)}"
        yield (f"{_number(asked.answered, 'answer')}: {asked.right_at_first} right at first, "
               f"{asked.right_in_the_end} in the end. The first answers:" if asked.answered
               else "Nobody answered it.")  # fmt: skip
        rows = [(escape_markdown(given.answer) or "*given up*", str(given.count), "right" if given.right else "")
                for given in asked.first_answers]  # fmt: skip
        if rows:
            yield _table(("answer", "how often", ""), rows)
    yield "## Where formulas broke"
    if summary.mistakes:
        yield _table(("derivative by", "what is wrong", "where", "how often"), map(_broken_row, summary.mistakes))
    else:
        yield "Nowhere."
    yield "## The class's session"
    kept = f"; open it with `{_opened_by(session)}`" if session else ""
    yield f"{_number(summary.actions, 'action')}{kept}."


def _row(person: Attendee) -> tuple[str, ...]:
    name = escape_markdown(person.name) + (" (sent out)" if person.removed else "")
    right = (str(person.right_at_first), str(person.right_in_the_end)) if person.answered else ("", "")
    points = f"{person.points:g}" if person.points else ""
    return name, _minutes(person.seconds), "" if person.removed else str(person.answered), *right, points


def _broken_row(broken: Broken) -> tuple[str, ...]:
    verdict = next((words for verdict, words in _MISTAKES.items() if verdict == broken.verdict), broken.verdict)
    return escape_markdown(broken.target), escape_markdown(verdict), escape_markdown(broken.where), str(broken.count)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _minutes(seconds: float) -> str:
    return f"{round(seconds / 60)} min" if seconds >= 60 else f"{round(seconds)} s"


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _opened_by(session: str) -> str:
    return f"chainstep --log {session}" if session.endswith(LOG) else f"chainstep {session}"


# ---- files ---------------------------------------------------------------------------------------------------------


def write(room: Room, attendance: Attendance, folder: Path) -> list[Path]:
    """Write the summary as Markdown and as JSON, and the class's session; to new files, for the owner alone.

    The session is a scenario, or a log where it is too long for one. Raises a Diagnostic `unwritable`.
    """
    summary, (ending, session) = summary_of(room, attendance), _session(room)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = _free_stem(folder, f"class-{summary.began:%Y%m%d-%H%M}")
        contents = {
            ".md": markdown(summary, stem + ending).encode(),
            ".json": msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n",
            ending: session,
        }
        return [_written(folder / (stem + suffix), data) for suffix, data in contents.items()]
    except OSError as problem:
        reason = problem.strerror or problem
        raise Diagnostic("unwritable", f"the summary cannot be written to {folder}: {reason}") from None


def _session(room: Room) -> tuple[str, bytes]:
    log = room.session.log
    if len(log.records) <= MAX_SCRIPT:
        with suppress(Diagnostic):  # too large
            return SCENARIO, scenario_of(room.scenario, log).encode()
    return LOG, b"".join(log.lines())


def _free_stem(folder: Path, stem: str) -> str:
    stems = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(free for free in stems if not any((folder / (free + end)).exists() for end in _ENDINGS))


def _written(path: Path, data: bytes) -> Path:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    replace_file(path, data)  # which keeps the permissions
    return path
