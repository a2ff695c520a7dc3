"""What can be typed in a class, besides the session's own commands: a table for each place that somebody can be in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic
from engine.session.actions import Answer
from engine.session.replies import typed_reply
from tui.classroom.room.messages import Hand, Note
from tui.classroom.seats.lines.sentences import reply_line, spoken
from tui.classroom.seats.seat import NO_QUESTION
from tui.classroom.seats.status import who
from tui.linear import LineCommand, help_lines

if TYPE_CHECKING:
    from tui.classroom.seats.lines.seat import LinesSeat

Command = LineCommand["LinesSeat"]


def bare(word: str, text: str, do: Callable[[LinesSeat], Iterable[str] | None], *others: str) -> Command:
    """A command behind which nothing can stand; with an answer of its own, or done by something that is told."""

    def answer(seat: LinesSeat, rest: str) -> Iterable[str]:
        if rest:
            raise Diagnostic("bad_value", f"nothing can stand behind {word}, and there stands {rest[:40]}")
        return do(seat) or ()

    return LineCommand((word, *others), word, text, answer)


def _answer(seat: LinesSeat, rest: str) -> Iterator[str]:
    question = seat.quiz.question
    if question is None or not seat.quiz.is_open:
        raise Diagnostic("no_question", NO_QUESTION)
    quiz = seat.judged(Answer(value=typed_reply(question, rest)))
    if quiz is not None:
        yield reply_line(quiz, rest)


def _hand(seat: LinesSeat) -> Iterator[str]:
    up = seat.me.hand is None
    seat.classroom.send(Hand(by=seat.person, up=up))
    yield f"Your hand is {'up' if up else 'down'}."


def _note(seat: LinesSeat, rest: str) -> Iterator[str]:
    if not rest:
        raise Diagnostic("bad_value", "a note is missing, as in note why is it transposed?")
    seat.classroom.send(Note(by=seat.person, text=rest))
    yield "Everybody reads it." if seat.teaches else "The teacher reads it."


def _who(seat: LinesSeat) -> Iterator[str]:
    yield f"{spoken(who(seat.classroom.room))}."
    if not seat.teaches:
        yield f"You are {seat.me.name}. To come back as you: {seat.classroom.places.word(seat.person)}"


def _help(seat: LinesSeat, rest: str) -> Iterable[str]:
    taken = {word for command in seat.commands for word in command.words}
    of_session = seat.linear.commands if seat.linear is not None else ()
    return help_lines([*(command for command in of_session if not taken & {*command.words}), *seat.commands], rest)


EVERYBODY: tuple[Command, ...] = (
    bare("who", "Who is here, and your word for coming back.", _who),
    LineCommand(("?", "h", "help"), "?, ? WORD", "All commands; or those, and the words, that have a word.", _help),
    bare("q", "Leave; your place is kept.", lambda seat: seat.do_leave(), "quit", "exit"),
)
WATCHING: tuple[Command, ...] = (bare("where", "Read again where the class is.", lambda seat: seat.class_lines()),)
"""Whoever sees the class's session and does not lead it."""
STUDENT: tuple[Command, ...] = (
    bare("hand", "Raise your hand, or put it down.", _hand),
    LineCommand(("note",), "note TEXT", "A line to the teacher.", _note),
)
FOLLOWING: tuple[Command, ...] = (
    *WATCHING,
    LineCommand(("a", "answer"), "a ANSWER", "Answer the class's question.", _answer),
    bare("alone", "A session of your own, from where the class is.", lambda seat: seat.alone()),
    *STUDENT,
    *EVERYBODY,
)
LEADING: tuple[Command, ...] = (*STUDENT, *EVERYBODY)
"""A student who leads."""
ALONE: tuple[Command, ...] = (
    bare("follow", "Back to the class.", lambda seat: seat.follow()),
    *LEADING,
)
ANNOUNCE: Command = LineCommand(("note",), "note TEXT", "A line to everybody.", _note)
"""A teacher's note."""
