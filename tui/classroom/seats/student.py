"""A student's seat: the class's session in the mirror, or one of their own; a hand, a note, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from engine.session import Session
from engine.session.actions import Answer, Ask, QuestionKind
from tui.classroom.apps.mirror import Mirror
from tui.classroom.apps.served import PersonApp, ServedApp
from tui.classroom.keymap import FOLLOWER_KEYS, STUDENT_KEYS
from tui.classroom.room.messages import AnyMessage, Hand, Led, Note, Reveal
from tui.classroom.seats.reading import STEPS, Reading
from tui.classroom.seats.screen import ScreenSeat
from tui.classroom.seats.seat import NO_QUESTION
from tui.classroom.seats.status import how_to_answer, keys_of_a_follower, offered_by, status
from tui.classroom.ssh.terminal import Terminal

if TYPE_CHECKING:
    from tui.classroom.classroom import Classroom

MAX_CHANGES, CHANGE_SECONDS = 5, 2.0
"""How often one may go to a session of one's own and back at once, and after how long again: it costs an app."""


class StudentSeat(ScreenSeat):
    """Follows on the class's mirror, where all keys are the class's, or has an app."""

    def __init__(self, classroom: Classroom, terminal: Terminal, person: str) -> None:
        super().__init__(classroom, terminal, person)
        self.reading: Reading | None = None
        """What lies over the mirror while they read all of the class's words."""
        self._changes = float(MAX_CHANGES)
        """How often this person may still go from the class's session to their own, or back."""
        self._changed_at = self.loop.time()

    @property
    def mirror(self) -> Mirror | None:
        """What is looked at while they follow; None on their own, and while they lead."""
        return self.classroom.mirrors.of(self.terminal)

    @property
    def keys(self) -> dict[str, str]:
        return FOLLOWER_KEYS if self.mirror is not None else STUDENT_KEYS

    @property
    def status(self) -> str:
        if self.reading is not None:
            return self.reading.status(self.size)
        return status(self.classroom.room, self.me, follows=self.mirror is not None)

    # ---- what is looked at -----------------------------------------------------------------------------------------

    def new_app(self, session: Session) -> PersonApp:
        return PersonApp(self, session)

    def show_class(self) -> None:
        self.show_nothing()
        self.classroom.mirrors.follow(self.terminal)

    def show_nothing(self) -> None:
        self.classroom.mirrors.leave(self.terminal)
        self.reading = None
        super().show_nothing()

    def fit(self) -> None:
        if self.mirror is not None:
            self.show_class()  # mirrors are of one size each
        else:
            super().fit()

    @property
    def next_key(self) -> str:
        return "r" if self.mirror is not None else super().next_key

    @property
    def shown(self) -> ServedApp | None:
        return self.mirror.app if self.mirror is not None else self.app

    def whole(self) -> bytes:
        if self.reading is not None:
            return self.reading.drawn(self.size)
        return self.mirror.whole(self.terminal) if self.mirror is not None else super().whole()

    def lead_changed(self) -> None:
        super().lead_changed()
        if self.is_leading:
            self.notice("you lead: everybody sees what you do")

    def heard(self, message: AnyMessage) -> None:
        if isinstance(message, Reveal) and message.shown and self.is_alone:
            self.notice("the class is shown how the answers are distributed: F2 follows")
        super().heard(message)
        if self.reading is not None and isinstance(message, Led):
            if isinstance(message.action, Ask):
                self._put_away()
            else:
                self.notice("the class has gone on: any key but pagedown and pageup goes back to it")

    # ---- reading ---------------------------------------------------------------------------------------------------

    def do_read(self) -> None:
        """Read all that the class is told: a mirror, which others see too, is scrolled for nobody."""
        if self.mirror is not None and self.mirror.app.is_ready:
            self.reading = Reading(self.mirror.app.words())
            self.classroom.mirrors.cover(self.terminal)
            self.redraw()

    def _put_away(self) -> None:
        self.reading = None
        self.classroom.mirrors.uncover(self.terminal)
        self.redraw()

    def _key(self, event: events.Key) -> None:
        if self.reading is not None and self.line.prompt is None:
            if event.key in STEPS:
                self.line.over()
                self.reading.turn(STEPS[event.key], self.size)
                self.redraw()
                return
            self._put_away()
            if event.key not in self.keys and not event.key.isdigit():
                return
        super()._key(event)

    # ---- keys ------------------------------------------------------------------------------------------------------

    def pass_on(self, event: events.Event) -> None:
        if self.mirror is None:
            super().pass_on(event)
        elif isinstance(event, events.Key) and not (event.key.isdigit() and self._choose(int(event.key))):
            self.notice(keys_of_a_follower(self.classroom.room))

    def do_follow(self) -> None:
        """From the class's session to one's own, and back."""
        if self.is_leading:
            self.notice("you lead: the class sees what you do")
        elif not self._may_change():
            self.notice("not so fast: wait a moment")
        elif self.mirror is not None:
            self.alone()
        else:
            self.follow()

    def _may_change(self) -> bool:
        now = self.loop.time()
        self._changes = min(MAX_CHANGES, self._changes + (now - self._changed_at) / CHANGE_SECONDS)
        self._changed_at = now
        if self._changes < 1 or (self.app is not None and not self.app.is_ready):
            return False
        self._changes -= 1
        return True

    def do_hand(self) -> None:
        """Raise a hand, or put it down."""
        up = self.me.hand is None
        if self.send(Hand(by=self.person, up=up)):
            self.notice("your hand is up" if up else "your hand is down")

    def do_note(self) -> None:
        """A line to the teacher."""
        self.line.ask("to the teacher:", self._note)

    def _note(self, text: str) -> None:
        if self.send(Note(by=self.person, text=text)):
            self.notice("the teacher reads it")

    def do_answer(self) -> None:
        """Type an answer to the class's question."""
        if self.quiz.is_open:
            self.line.ask("your answer:", self.answer)
        else:
            self.notice(NO_QUESTION)

    def _choose(self, number: int) -> bool:
        """Answer by the number of a choice; False where there is none."""
        question = self.quiz.question
        offered = offered_by(question)
        if question is None or not self.quiz.is_open or not 1 <= number <= len(offered):
            return False
        value = number - 1 if question.kind is QuestionKind.CHOICE else offered[number - 1]
        self.judge(Answer(value=value), offered[number - 1])
        return True

    def reply(self, text: str, *, is_right: bool) -> None:
        """Say what has become of an answer, and where it was not right, how to give another."""
        question = self.quiz.question
        again = "" if is_right or question is None else f" · {how_to_answer(question)} again"
        super().reply(f"{text}{again}", is_right=is_right)
