"""One person in the class: their terminal, what they look at on it, and the class's line at its bottom."""

from __future__ import annotations

import asyncio
from collections import deque
from secrets import token_hex
from typing import TYPE_CHECKING

from msgspec import UnsetType
from textual import events

from engine.diagnostics import Diagnostic
from engine.session import AnswerVerdict, Record, Session
from engine.session.actions import Answer, Diagnose, QuestionKind
from engine.session.quiz import Quiz
from engine.session.replies import read_reply, spell_reply, typed_reply
from tui.classroom.apps.memory import COLLECTOR
from tui.classroom.apps.mirror import Mirror
from tui.classroom.apps.served import PersonApp
from tui.classroom.keymap import FOLLOWER_KEYS, STUDENT_KEYS
from tui.classroom.room.messages import (
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
    Reveal,
    Shown,
    Went,
)
from tui.classroom.seats.class_line import ClassLine
from tui.classroom.seats.status import offered_by, status, who
from tui.classroom.ssh.keyboard import Keyboard
from tui.classroom.ssh.terminal import Terminal
from tui.classroom.words import MARKS, broken_part
from tui.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.classroom.classroom import Classroom
    from tui.classroom.room.people import Person

ESCAPE_WAIT = 0.12
"""Seconds after which an Esc that nothing followed is the key."""
READY_SECONDS = 0.01
SETTLED_SECONDS = 0.3
"""After which an app has drawn for a new size."""
MAX_CHANGES, CHANGE_SECONDS = 5, 2.0
"""How often one may go to a session of one's own and back at once, and after how long again: it costs an app."""
MAX_PENDING = 20
"""Keys that may wait for an app; the next ones are read when it has caught up."""
TELL_SECONDS = 0.5
"""From a step to the message that tells of it, and of all that come meanwhile."""
MAX_SHOWN = 5_000
"""Actions of a student's session that are shown to a teacher who looks at it."""


class Seat:
    """Everything that belongs to one connection; it ends with it, and the person's place in the class does not."""

    teaches = False
    keys = STUDENT_KEYS
    """What works whatever this person looks at."""

    def __init__(self, classroom: Classroom, terminal: Terminal, person: str) -> None:
        self.classroom, self.terminal, self.person = classroom, terminal, person
        self.id = token_hex(8)
        """Tells this connection of theirs from others."""
        self.app: PersonApp | None = None
        self.mirror: Mirror | None = None
        self.line = ClassLine(Glyphs(ascii_only=terminal.is_poor))
        self.is_leading = False
        self.may_resume = False
        """Whether a log of theirs is to be gone on from: they are new here, or were on their own."""
        self._keyboard = Keyboard()
        self._early: deque[events.Event] = deque()
        """What waits until the app is ready for it."""
        self._changes = float(MAX_CHANGES)
        """How often this person may still go from the class's session to their own, or back."""
        self._changed_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._drawn = b""
        self._telling: asyncio.TimerHandle | None = None
        self.last_heard = self._loop.time()
        """When something came from the client."""

    @property
    def me(self) -> Person:
        """What the class knows of this person."""
        return self.classroom.room.people[self.person]

    @property
    def session(self) -> Session | None:
        """The one that is this person's own; None while they follow."""
        return self.app.session if self.app is not None else None

    @property
    def _size(self) -> tuple[int, int]:
        """Of what stands above the class's line."""
        width, height = self.terminal.size
        return width, height - 1

    @property
    def is_busy(self) -> bool:
        """Whether as much waits for this person's app as may."""
        return len(self._early) > MAX_PENDING

    # ---- coming and going ------------------------------------------------------------------------------------------

    def take(self) -> None:
        """Draw what this person saw last, or for a newcomer the class's session where a teacher is there."""
        self.terminal.on_drained = self.redraw
        self.terminal.enter()
        room = self.classroom.room
        kept = self._resumed()
        if kept is not None and not room.locked:
            self._open(kept)
        elif room.has_teacher:
            self.follow()
        else:
            self._open(room.session)
        self.redraw_line()

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

    def ended(self) -> None:
        """The client sends no more."""
        self.dismiss("")

    def gone(self) -> None:
        """The connection is gone; the session waits until they come back."""
        self.terminal.is_closed = True
        if self._telling is not None:
            self._telling.cancel()
        self._keep()
        self._close_views()
        self._keyboard.close()
        for task in self._tasks:
            task.cancel()

    def _keep(self) -> None:
        if self.session is not None and not (self.is_leading or self.teaches):
            self.classroom.kept[self.person] = self.session.forked()  # which does not hold the app

    def dismiss(self, text: str) -> None:
        """End the connection, with a word."""
        self._keep()
        self._close_views()
        self.terminal.leave()
        self.terminal.say(text + "\n")
        self.terminal.close()

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
        self._open(self.classroom.room.session)

    def _open(self, session: Session) -> None:
        self._close_views()
        if not self.teaches and not self.is_leading:
            self.classroom.logs.begin(self.person, session)
        self.app = self._new_app(session)
        self._begin(self.app)
        self._went()
        if self.classroom.room.looking == self.person:
            self._show_all()

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
        self.last_heard = self._loop.time()
        COLLECTOR.pressed()
        for event in self._keyboard.feed(data):
            self._event(event)
        self._loop.call_later(ESCAPE_WAIT, self._tick)

    def _tick(self) -> None:
        for event in self._keyboard.tick():
            self._event(event)

    def _event(self, event: object) -> None:
        if isinstance(event, events.Key):
            keys = FOLLOWER_KEYS if self.mirror is not None else self.keys
            if keys.get(event.key) != "more":
                self.line.hush()
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
        """Give an event to the app; in their order, those for which it is not ready wait.

        One at a time, because an app that has several works on them without letting others have their turn.
        """
        self._early.append(event)
        if len(self._early) == 1:
            self._pass_early()

    def _pass_early(self) -> None:
        while self._early and self._is_ready:
            event = self._early.popleft()
            if self.app is not None and self.app._driver is not None:
                self.app._driver.process_message(event)
        if self._early:
            self._loop.call_later(READY_SECONDS, self._pass_early)

    @property
    def _is_ready(self) -> bool:
        """Whether the app, if there is one, can be given an event."""
        app = self.app
        if app is None:
            return True
        if app._driver is None or not app._dom_ready:
            return False
        pumps = [app, *app.screen_stack, *([app.focused] if app.focused is not None else [])]
        return sum(pump.message_queue_size for pump in pumps) < 2

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
        self._loop.call_later(SETTLED_SECONDS, self.redraw)  # a frame of the former size may have come after this one

    # ---- what the class's keys do ----------------------------------------------------------------------------------

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
        now = self._loop.time()
        self._changes = min(MAX_CHANGES, self._changes + (now - self._changed_at) / CHANGE_SECONDS)
        self._changed_at = now
        if self._changes < 1 or not self._is_ready:
            return False
        self._changes -= 1
        return True

    def do_hand(self) -> None:
        """Raise a hand, or put it down."""
        self.send(Hand(by=self.person, up=self.me.hand is None))

    def do_who(self) -> None:
        """Who is here, and one's own word for coming back."""
        self.notice(f"to come back as you: {self.classroom.places.word(self.person)} · {who(self.classroom.room)}")

    def do_note(self) -> None:
        """A line to the teacher."""
        self.line.ask("to the teacher:", self._note)

    def _note(self, text: str) -> None:
        if self.send(Note(by=self.person, text=text)):
            self.notice("the teacher reads it")

    def do_more(self) -> None:
        """Read on what is said at the bottom, or once more what was said last."""
        self.line.read_on()

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
        offered = offered_by(question)
        if question is not None and self.quiz.is_open and 1 <= number <= len(offered):
            value = number - 1 if question.kind is QuestionKind.CHOICE else offered[number - 1]
            self._judge(Answer(value=value), offered[number - 1])

    def _answer(self, text: str) -> None:
        question = self.quiz.question
        if question is not None and self.quiz.is_open:
            self._judge(Answer(value=typed_reply(question, text)), text)

    def _judge(self, answer: Answer, text: str) -> None:
        try:
            quiz = self.classroom.room.session.after(answer).quiz
        except Diagnostic as problem:
            self.notice(". ".join([problem.message, *problem.hints[:1]]))
            return
        if self._tell_answer(quiz, answer):
            mark = MARKS.get(str(quiz.verdict), "")
            self.notice(f"{mark}{quiz.reply}" if quiz.reply else f"{mark}{quiz.verdict}: {text}")

    def _tell_answer(self, quiz: Quiz, answer: Answer) -> bool:
        """Tell the class what was answered, spelled as everybody's is, and what became of it."""
        question, value = quiz.question, answer.value
        if question is None or (isinstance(value, UnsetType) and not answer.give_up):
            return False
        said = "" if isinstance(value, UnsetType) else spell_reply(question, read_reply(question, value))
        points = quiz.at_stake if quiz.verdict is AnswerVerdict.RIGHT else 0
        return self.send(Answered(by=self.person, question=question.prompt, answer=said,
                                  verdict=str(quiz.verdict or ""), points=points))  # fmt: skip

    # ---- what was done, and what others did ------------------------------------------------------------------------

    def did(self, record: Record) -> None:
        """Something was done in this person's app."""
        action, session = record.action, self.session
        if session is None:
            return
        if self.is_leading:
            self.send(Led(by=self.person, action=action))
        else:
            self.classroom.logs.record(self.person, record)
            self._went_soon()
            if self.classroom.room.looking == self.person:
                self.send(Shown(by=self.person, actions=(action,)))
        state = session.state
        if self.teaches:
            return  # whose answers and formulas are the class's
        if isinstance(action, Answer):
            self._tell_answer(state.quiz, action)
        elif isinstance(action, Diagnose) and state.diagnosis is not None:
            found = state.diagnosis
            self.send(Judged(by=self.person, target=found.target, formula=found.formula,
                             verdict=str(found.verdict), where=broken_part(found)))  # fmt: skip

    def _show_all(self) -> None:
        """Show the teacher who looks over this shoulder all that has led to where this session is."""
        if self.session is not None:
            records = self.session.log.records[:MAX_SHOWN]
            self.send(Shown(by=self.person, actions=tuple(record.action for record in records), anew=True))

    def _went_soon(self) -> None:
        """Tell where this person is, once in a while: a key that is held down is not everybody's concern."""
        if self._telling is None:
            self._telling = self._loop.call_later(TELL_SECONDS, self._went)

    def _went(self) -> None:
        """Tell where this person is."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        session = self.session
        if session is None or self.is_leading:
            self.send(Went(by=self.person, mode=Mode.FOLLOWING))
            return
        state = session.state
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
            case Call() if self.app is not None and not self.is_leading:
                self.follow()
                self.notice("the teacher has called everybody back")
            case Lead():
                self._lead_changed()
            case Look(whom=whom) if whom == self.person:
                self._show_all()
            case Note(by=by, text=text) if self.classroom.room.people[by].teaches and not mine:
                self.notice(f"{self.classroom.room.people[by].name}: {text}")
            case Reveal(shown=True) if self.app is not None and not self.is_leading:
                self.notice("the class is shown how the answers are distributed: F2 follows")
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
        """Say something at the bottom, until the next key; a long text is read on by a key."""
        self.line.say(text)
        self.redraw_line()

    def _status(self) -> str:
        return status(self.classroom.room, self.me, follows=self.mirror is not None)

    def redraw_line(self) -> None:
        """Draw the class's line, if it says something else now."""
        if self.person not in self.classroom.room.people:
            return
        self.line.status = self._status()
        self.line.next_key = "r" if self.mirror is not None else "F6"
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
