"""One person in the class: their terminal, what they look at on it, and the class's line at its bottom."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import events

from engine.diagnostics import Diagnostic
from engine.session import Record, Session, reduce
from engine.session.actions import Answer, Ask, Diagnose
from engine.session.quiz import Quiz
from engine.session.replies import typed_reply
from tui.classroom.apps import PersonApp
from tui.classroom.keyboard import Keyboard
from tui.classroom.line import ClassLine
from tui.classroom.memory import COLLECTOR
from tui.classroom.messages import (
    MAX_TEXT,
    Answered,
    AnyMessage,
    Call,
    End,
    Hand,
    Judged,
    Lead,
    Led,
    Look,
    Mode,
    Note,
    Remove,
    Shown,
    Went,
)
from tui.classroom.mirror import Mirror
from tui.classroom.status import status, who
from tui.classroom.terminal import Terminal
from tui.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.classroom.classroom import Classroom
    from tui.classroom.room import Person

ESCAPE_WAIT = 0.12
"""Seconds after which an Esc that nothing followed is the key."""
MAX_SHOWN = 5_000
"""Actions of a student's session that are shown to a teacher who looks at it."""

KEYS = {"f2": "follow", "f3": "hand", "f4": "who", "f5": "note"}
"""What works whatever one looks at."""
FOLLOWER_KEYS = {
    **KEYS, "d": "follow", "h": "hand", "w": "who", "m": "note", "a": "answer", "q": "leave", "ctrl+q": "leave",
    "ctrl+c": "leave",
}  # fmt: skip
"""And what works while one follows, where no key is the debugger's."""


class Seat:
    """Everything that belongs to one connection; it ends with it, and the person's place in the class does not."""

    teaches = False

    def __init__(self, classroom: Classroom, terminal: Terminal, person: str) -> None:
        self.classroom, self.terminal, self.person = classroom, terminal, person
        self.app: PersonApp | None = None
        self.mirror: Mirror | None = None
        self.line = ClassLine(Glyphs(ascii_only=terminal.is_poor))
        self.is_leading = False
        self._keyboard = Keyboard()
        self._notice = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._drawn = b""

    @property
    def me(self) -> Person:
        """What the class knows of this person."""
        return self.classroom.room.people[self.person]

    @property
    def _size(self) -> tuple[int, int]:
        """Of what stands above the class's line."""
        width, height = self.terminal.size
        return width, height - 1

    # ---- coming and going ------------------------------------------------------------------------------------------

    def take(self) -> None:
        """Draw what this person saw last, or for a newcomer the class's session where a teacher is there."""
        self.terminal.on_drained = self.redraw
        self.terminal.enter()
        room = self.classroom.room
        kept = self.classroom.kept.pop(self.person, None)
        if kept is not None and not room.locked:
            self._open(kept)
        elif room.has_teacher or kept is not None:
            self.follow()
        else:
            self._open(room.session)
        self.redraw_line()

    def gone(self) -> None:
        """The connection is gone; the session waits until they come back."""
        self.terminal.is_full = True
        if self.app is not None and not self.is_leading:
            self.classroom.kept[self.person] = self.app.session.forked()  # which does not hold the app
        self._close_views()
        self._keyboard.close()
        for task in self._tasks:
            task.cancel()

    def dismiss(self, text: str) -> None:
        """End the connection, with a word."""
        self._close_views()
        self.terminal.leave()
        self.terminal.say(text + "\n")
        self.terminal.channel.close()

    # ---- what is looked at -----------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Look at the class's session."""
        self._close_views()
        self.mirror = self.classroom.mirrors.follow(self.terminal)
        self._went()

    def alone(self) -> None:
        """Go on from here in a session of one's own."""
        if self.classroom.room.locked:
            self.notice("the teacher keeps everybody together just now")
            return
        session = self.classroom.room.session
        self.classroom.logs.begin(self.person, session.log)
        self._open(session)

    def _open(self, session: Session) -> None:
        self._close_views()
        self.app = self._new_app(session)
        self._begin(self.app)
        self._went()

    def _new_app(self, session: Session) -> PersonApp:
        return PersonApp(self, session)

    def _begin(self, app: PersonApp) -> None:
        task = asyncio.create_task(self._run(app))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, app: PersonApp) -> None:
        await app.run_async(size=self._size)
        if self.app is not app:
            return
        self.app = None
        if app.failure is not None:
            self.classroom.report(self.person, app.failure)
            self.follow()
            self.notice("something went wrong in your session: you are back with the class")
        else:
            self.dismiss("You have left. Come back with the same name to go on where you were.")

    def _close_views(self) -> None:
        self.classroom.mirrors.leave(self.terminal)
        self.mirror = None
        if self.app is not None:
            app, self.app = self.app, None
            app.send_frame = _nothing
            if app._driver is not None:
                app._driver.send = _nothing  # type: ignore[attr-defined]
            app.exit()

    # ---- keys ------------------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Bytes from the client."""
        COLLECTOR.pressed()
        for event in self._keyboard.feed(data):
            self._event(event)
        self._loop.call_later(ESCAPE_WAIT, self._tick)

    def _tick(self) -> None:
        for event in self._keyboard.tick():
            self._event(event)

    def _event(self, event: object) -> None:
        if isinstance(event, events.Key):
            self._notice = ""
            keys = FOLLOWER_KEYS if self.mirror is not None else KEYS
            if self.line.prompt is not None:
                self.line.key(event)
            elif event.key in keys:
                getattr(self, f"do_{keys[event.key]}")()
            elif self.mirror is not None and event.key.isdigit():
                self._choose(int(event.key))
            elif self.app is not None:
                self._pass_on(event)
            self.redraw_line()
        elif isinstance(event, events.Paste) and self.line.prompt is not None:
            self.line.paste(event.text)
            self.redraw_line()
        elif isinstance(event, events.MouseEvent) and event.y >= self._size[1]:
            pass  # the class's line
        elif isinstance(event, events.Event) and self.app is not None:
            self._pass_on(event)

    def _pass_on(self, event: events.Event) -> None:
        if self.app is not None and self.app._driver is not None:
            self.app._driver.process_message(event)

    def resized(self, size: tuple[int, int]) -> None:
        """The client's terminal has another size."""
        self.terminal.size = size
        self.terminal.write(b"\x1b[0m\x1b[2J")
        if self.app is not None:
            self.app.resize(self._size)
        elif self.mirror is not None:
            self.classroom.mirrors.leave(self.terminal)
            self.mirror = self.classroom.mirrors.follow(self.terminal)
        self._drawn = b""
        self.redraw_line()

    # ---- what the class's keys do ----------------------------------------------------------------------------------

    def do_follow(self) -> None:
        """From the class's session to one's own, and back."""
        if self.is_leading:
            self.notice("you lead: the class sees what you do")
        elif self.mirror is not None:
            self.alone()
        else:
            self.follow()

    def do_hand(self) -> None:
        """Raise a hand, or put it down."""
        self.send(Hand(by=self.person, up=not self.me.hand))

    def do_who(self) -> None:
        """Who is here."""
        self.notice(who(self.classroom.room))

    def do_note(self) -> None:
        """A line to the teacher."""
        self.line.ask("to the teacher:", lambda text: self.send(Note(by=self.person, text=text)))

    def do_leave(self) -> None:
        """Leave; the place is kept."""
        self.dismiss("You have left. Come back with the same name to go on where you were.")

    def do_answer(self) -> None:
        """Type an answer to the class's question."""
        if self.quiz.is_open:
            self.line.ask("your answer:", self._answer)
        else:
            self.notice("no question waits for an answer")

    # ---- answering while following ---------------------------------------------------------------------------------

    @property
    def quiz(self) -> Quiz:
        """The class's question."""
        return self.classroom.room.session.state.quiz

    def _choose(self, number: int) -> None:
        question = self.quiz.question
        if question is not None and self.quiz.is_open and 1 <= number <= len(question.choices):
            self._judge(question, Answer(value=number - 1), question.choices[number - 1])

    def _answer(self, text: str) -> None:
        question = self.quiz.question
        if question is not None and self.quiz.is_open:
            self._judge(question, Answer(value=typed_reply(question, text)), text)

    def _judge(self, question: Ask, answer: Answer, text: str) -> None:
        try:
            quiz = reduce(self.classroom.room.session.state, answer).quiz
        except Diagnostic as problem:
            self.notice(problem.message)
            return
        verdict = str(quiz.verdict or "")
        self.send(Answered(by=self.person, question=question.prompt, answer=text[:MAX_TEXT], verdict=verdict))
        self.notice(f"{verdict}: {quiz.reply}" if quiz.reply else verdict)

    # ---- what was done, and what others did ------------------------------------------------------------------------

    def did(self, record: Record) -> None:
        """Something was done in this person's app."""
        action, app = record.action, self.app
        if app is None:
            return
        if self.is_leading:
            self.send(Led(by=self.person, action=action))
        else:
            self.classroom.logs.append(self.person, record)
            self._went()
            if self.classroom.room.looking == self.person:
                self.send(Shown(by=self.person, actions=(action,)))
        state = app.session.state
        if (
            isinstance(action, Answer)
            and state.quiz.question is not None
            and action.value is not action.__class__().value
        ):
            self.send(
                Answered(by=self.person, question=state.quiz.question.prompt, answer=str(action.value)[:MAX_TEXT],
                         verdict=str(state.quiz.verdict or ""), points=state.quiz.won)
            )  # fmt: skip
        elif isinstance(action, Diagnose) and state.diagnosis is not None:
            found = state.diagnosis
            self.send(Judged(by=self.person, target=found.target, formula=found.formula[:MAX_TEXT],
                             verdict=str(found.verdict)))  # fmt: skip

    def _went(self) -> None:
        """Tell where this person is."""
        if self.app is None or self.is_leading:
            self.send(Went(by=self.person, mode=Mode.FOLLOWING))
            return
        state = self.app.session.state
        factor = state.current.factor.name if state.current else ""
        self.send(Went(by=self.person, mode=Mode.ALONE, step=state.cursor, steps=len(state.steps),
                       target=state.view.target, factor=factor))  # fmt: skip

    def send(self, message: AnyMessage) -> bool:
        """Tell the class; what is not allowed is said at the bottom."""
        try:
            self.classroom.send(message)
        except Diagnostic as problem:
            self.notice(problem.message)
            return False
        return True

    def heard(self, message: AnyMessage) -> None:
        """Something has happened in the class."""
        mine = message.by == self.person
        match message:
            case Led() if not mine and self.app is not None and self.is_leading:
                self._echo(message)
            case Call() if self.app is not None and not self.is_leading:
                self.follow()
                self.notice("the teacher has called everybody back")
            case Lead():
                self._lead_changed()
            case Look(whom=whom) if whom == self.person and self.app is not None:
                records = self.app.session.log.records[-MAX_SHOWN:]
                self.send(Shown(by=self.person, actions=tuple(record.action for record in records), anew=True))
            case Note(by=by, text=text) if self.classroom.room.people[by].teaches and not mine:
                self.notice(f"{self.classroom.room.people[by].name}: {text}")
            case Remove(whom=whom) if whom == self.person:
                self.dismiss("The teacher has sent you out of the class.")
                return
            case End():
                self.dismiss("The class is over.")
                return
            case Went() | Shown() | Judged() | Answered() if not mine:
                return
            case _:
                pass
        self.redraw_line()

    def _echo(self, message: Led) -> None:
        app = self.app
        if app is not None:
            app.call_later(app.echo, message.action, message.by)

    def _lead_changed(self) -> None:
        """The lead has come to this person, or gone from them."""
        leads = self.classroom.room.leader == self.person
        if leads and not self.is_leading:
            self.is_leading = True
            self._open(self.classroom.room.session)
            self.notice("you lead: everybody sees what you do")
        elif self.is_leading and not leads:
            self.is_leading = False
            self.follow()

    # ---- the class's line ------------------------------------------------------------------------------------------

    def notice(self, text: str) -> None:
        """Say something at the bottom, until the next key."""
        self._notice = text
        self.redraw_line()

    def redraw_line(self) -> None:
        """Draw the class's line, if it says something else now."""
        if self.person not in self.classroom.room.people:
            return
        self.line.status = self._notice or status(self.classroom.room, self.me, follows=self.mirror is not None)
        drawn = self.line.drawn(self.terminal.size[0], self.terminal.size[1])
        if drawn != self._drawn and (self.mirror is not None or self.app is not None):
            self._drawn = drawn
            self.terminal.write(drawn)

    def redraw(self) -> None:
        """Draw all anew: the client missed something."""
        if self.mirror is not None:
            self.mirror.show_whole(self.terminal)
        elif self.app is not None:
            self.terminal.write(self.app.full_frame())
        self._drawn = b""
        self.redraw_line()


def _nothing(_frame: bytes) -> None:
    """Where the frames of an app go that is looked at no more."""
