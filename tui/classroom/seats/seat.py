"""One person's connection to the class: coming and going, and whether they follow, lead or are on their own.

How it looks is a subclass's: `StudentSeat` and `TeacherSeat` on a screen, `LinesSeat` as plain lines.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from secrets import token_hex
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic
from engine.session import AnswerVerdict, Session
from engine.session.actions import Answer
from engine.session.quiz import Quiz
from engine.session.replies import typed_reply
from tui.classroom.room.messages import AnyMessage, Call, End, Hand, Led, Look, Note, Remove, Reveal
from tui.classroom.room.names import clean, skeleton
from tui.classroom.seats.standing import Standing, told
from tui.classroom.seats.status import who
from tui.classroom.seats.telling import Telling
from tui.classroom.ssh.terminal import Terminal
from tui.classroom.words import MARKS
from tui.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.classroom.classroom import Classroom
    from tui.classroom.room.people import Person

NO_QUESTION = "no question waits for an answer"


class Seat(ABC):
    """Everything that belongs to one connection; it ends with it, and the person's place in the class does not."""

    teaches = False
    takes_back = "F2 l"
    """What a teacher presses, or types, to lead again."""

    def __init__(self, classroom: Classroom, terminal: Terminal, person: str) -> None:
        self.classroom, self.terminal, self.person = classroom, terminal, person
        self.id = f"{classroom.process}.{token_hex(8)}"
        """Tells this connection of theirs from others, and where it is."""
        self.glyphs = Glyphs(ascii_only=terminal.is_poor)
        self.is_leading = False
        self.may_resume = False
        """Whether a log of theirs is to be gone on from: they are new here, or were on their own."""
        self.tasks: set[asyncio.Task[None]] = set()
        """What goes on until the connection is gone."""
        self.loop = asyncio.get_running_loop()
        self.last_heard = self.loop.time()
        """When something came from the client."""
        self.telling = Telling(self)
        self.came_as = ""
        """The name that they gave; empty where it is not known."""
        self._standing: Standing | None = None
        """Of this person, when they heard of something last."""

    @property
    def me(self) -> Person:
        """What the class knows of this person."""
        return self.classroom.room.people[self.person]

    @property
    @abstractmethod
    def session(self) -> Session | None:
        """The one that is drawn for this person alone; None while they follow."""

    @property
    def is_alone(self) -> bool:
        """Whether that is a session of their own, and not the class's."""
        return self.session is not None and not (self.teaches or self.is_leading)

    @property
    def quiz(self) -> Quiz:
        """The class's question."""
        return self.classroom.room.session.state.quiz

    # ---- what a subclass draws, and reads --------------------------------------------------------------------------

    @property
    @abstractmethod
    def is_busy(self) -> bool:
        """Whether as much waits to be dealt with as may."""

    @abstractmethod
    def received(self, data: bytes) -> None:
        """Bytes from the client."""

    @abstractmethod
    def ended(self) -> None:
        """The client sends no more."""

    @abstractmethod
    def resized(self, size: tuple[int, int]) -> None:
        """The client's terminal has another size."""

    @abstractmethod
    def notice(self, text: str) -> None:
        """Say something to this person."""

    def reply(self, text: str, *, is_right: bool) -> None:
        """Say what has become of an answer."""
        self.notice(text)

    def note(self, text: str) -> None:
        """Say what a person has written."""
        self.notice(text)

    @abstractmethod
    def show_class(self) -> None:
        """Draw the class's session from now on."""

    @abstractmethod
    def show_session(self, session: Session) -> None:
        """Draw a copy of this session from now on, in which this person acts."""

    @abstractmethod
    def show_nothing(self) -> None:
        """Draw neither; what they needed is let go of."""

    # ---- coming and going ------------------------------------------------------------------------------------------

    def take(self) -> None:
        """Show what this person saw last, or to a newcomer the class's session where a teacher is there."""
        room = self.classroom.room
        self._standing = Standing.of(room, self.person)
        self.is_leading = room.leader == self.person
        kept = None if self.teaches else self._resumed()
        if self.teaches or self.is_leading:
            self.open(room.session)
        elif kept is not None and not room.locked:
            self.open(kept)
        elif room.has_teacher:
            self.follow()
        else:
            self.open(room.session)
        if self.came_as and not self.teaches and skeleton(clean(self.came_as)) != skeleton(self.me.name):
            self.notice(f"you are {self.me.name} here")

    def _resumed(self) -> Session | None:
        """The session that was left: here, or at another process, or before the server was started again."""
        kept = self.classroom.kept.pop(self.person, None)
        if kept is not None:
            return kept
        log = self.classroom.logs.read(self.person) if self.may_resume else None
        if log is None:
            return None
        try:
            return Session.replayed(self.classroom.scenario.opening, log, budget=self.classroom.room.session.budget)
        except Diagnostic:  # of another scenario
            return None

    def gone(self) -> None:
        """The connection is gone; the session waits until they come back."""
        self.terminal.is_closed = True
        self.telling.stop()
        self.keep()
        self.show_nothing()
        for task in self.tasks:
            task.cancel()

    def keep(self) -> None:
        """Put a session of their own aside, for when they come back."""
        if self.session is not None and self.is_alone:
            self.classroom.kept[self.person] = self.session.forked()  # which does not hold what draws it

    @abstractmethod
    def dismiss(self, text: str) -> None:
        """End the connection, with a word."""

    def do_leave(self) -> None:
        """Leave; the place is kept."""
        self.dismiss("You have left. Come back with the same name to go on where you were.")

    # ---- the class's session, or one's own -------------------------------------------------------------------------

    def follow(self) -> None:
        """Look at the class's session."""
        self.show_class()
        self.telling.where()

    def alone(self) -> None:
        """Go on from here in a session of one's own."""
        if self.classroom.room.locked:
            self.notice("the teacher keeps everybody together just now")
            return
        self.open(self.classroom.room.session)

    def open(self, session: Session) -> None:
        """Go on in a copy of this session: one's own, or the class's for whoever leads it or teaches."""
        if not (self.teaches or self.is_leading):
            self.classroom.logs.begin(self.person, session)
        self.show_session(session)
        self.telling.where()
        if self.classroom.room.looking == self.person:
            self.telling.everything()

    def lead_changed(self) -> None:
        """The lead has come to this person, or gone from them."""
        if self.is_leading or self.teaches:
            self.open(self.classroom.room.session)
        else:
            self.follow()

    def returned(self) -> None:
        """The class has taken this person for gone, and left out what they did until it knew better."""
        self.notice("the class went on without you for a while, and has you back")
        if self.is_leading or self.teaches:
            self.lead_changed()
        else:
            self.telling.where()

    # ---- what the class is told ------------------------------------------------------------------------------------

    def send(self, message: AnyMessage) -> bool:
        """Tell the class; where that is not allowed this person is told why, and it is False."""
        try:
            self.classroom.send(message)
        except Diagnostic as problem:
            self.notice(problem.message)
            return False
        return True

    # ---- answering while following ---------------------------------------------------------------------------------

    def answer(self, text: str) -> None:
        """Answer the class's question by what was typed."""
        question = self.quiz.question
        if question is not None and self.quiz.is_open:
            self.judge(Answer(value=typed_reply(question, text)), text)
        else:
            self.notice(NO_QUESTION)

    def judge(self, answer: Answer, text: str) -> None:
        """Give an answer to the class's question, which was typed as `text`, and say what becomes of it."""
        try:
            quiz = self.judged(answer)
        except Diagnostic as problem:
            self.notice(". ".join([problem.message, *problem.hints[:1]]))
            return
        if quiz is not None:
            said = quiz.reply or f"{quiz.verdict}: {text}"
            is_right = quiz.verdict is AnswerVerdict.RIGHT
            self.reply(f"{MARKS.get(str(quiz.verdict), '')}{said}", is_right=is_right)

    def judged(self, answer: Answer) -> Quiz | None:
        """What becomes of an answer to the class's question, which is told the class; None where that is not allowed.

        Raises a Diagnostic `unreadable_answer` for what is no answer.
        """
        quiz = self.classroom.room.session.after(answer).quiz
        return quiz if self.telling.answered(quiz, answer) else None

    # ---- what the class tells --------------------------------------------------------------------------------------

    def heard(self, message: AnyMessage) -> None:
        """Something has happened in the class."""
        room, is_mine = self.classroom.room, message.by == self.person
        sender = room.people[message.by]
        match message:
            case Remove(whom=whom, removed=True) if whom == self.person:
                self.dismiss("The teacher has sent you out of the class.")
                return
            case End():
                path = self.classroom.summary_path if self.teaches else None
                words = self.classroom.last_words(self.person, self.me.name)
                self.dismiss(f"The class is over. Its summary: {path}" if path else words)
                return
            case Call() if self.is_alone:
                self.follow()
                self.notice("the teacher has called everybody back")
            case Look(whom=whom) if whom == self.person:
                self.telling.everything()
            case Note(text=text) if not is_mine and (sender.teaches or (self.teaches and not sender.muted)):
                self.note(f"{sender.name}: {text}")
            case Hand(up=True) if self.teaches and sender.hand is not None:
                self.notice(f"{sender.name} raises a hand")
            case Led(action=action) if self.teaches and room.revealed and not isinstance(action, Answer):
                self.send(Reveal(by=self.person, shown=False))  # the class has gone on
            case _:
                pass
        former, self._standing = self._standing, Standing.of(room, self.person)
        said = "" if former is None or is_mine else told(former, self._standing, room, self.person, self.takes_back)
        if (room.leader == self.person) != self.is_leading:
            self.is_leading = not self.is_leading
            self.lead_changed()
        if said:
            self.notice(said)

    def do_who(self) -> None:
        """Who is here; and for students, who may need it, their own word for coming back."""
        word = self.classroom.places.word(self.person)
        you = "" if self.teaches else f"you are {self.me.name} · to come back as you: {word} · "
        self.notice(f"{you}{who(self.classroom.room)}")
