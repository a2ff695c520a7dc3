"""A seat with a screen: an app that is drawn there, the keys that go to it, and the class's line at the bottom."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING

from textual import events

from engine.session import Session
from engine.session.actions import Ask
from tui.classroom.apps.memory import COLLECTOR
from tui.classroom.apps.served import PersonApp, ServedApp
from tui.classroom.room.messages import Answered, AnyMessage, Judged, Led, Shown, Went
from tui.classroom.seats.class_line import ClassLine, Said
from tui.classroom.seats.seat import Seat
from tui.classroom.ssh.keyboard import MAX_PASTE, Keyboard
from tui.classroom.ssh.terminal import Terminal

if TYPE_CHECKING:
    from tui.classroom.classroom import Classroom

ESCAPE_WAIT = 0.12
"""Seconds after which an Esc that nothing followed is the key."""


class ScreenSeat(Seat):
    """What a student's seat and a teacher's have in common."""

    def __init__(self, classroom: Classroom, terminal: Terminal, person: str) -> None:
        super().__init__(classroom, terminal, person)
        self.app: PersonApp | None = None
        """The app that is this person's own; None while they follow."""
        self.line = ClassLine(self.glyphs)
        self._keyboard = Keyboard()
        self._drawn = b""
        """How the class's line was drawn last."""
        self._turn = 0
        """What stood in the line when it was last seen to that it ends."""
        self._ending: asyncio.TimerHandle | None = None

    @property
    def session(self) -> Session | None:
        return self.app.session if self.app is not None else None

    @property
    def is_busy(self) -> bool:
        return self.app is not None and self.app.is_busy

    @property
    def size(self) -> tuple[int, int]:
        """Of what stands above the class's line."""
        width, height = self.terminal.size
        return width, height - 1

    # ---- what a subclass says --------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def keys(self) -> dict[str, str]:
        """The keys that are not the app's, each with what this does then: `do_<name>`."""

    @property
    @abstractmethod
    def status(self) -> str:
        """What the class's line says while nothing else is to be said."""

    @abstractmethod
    def new_app(self, session: Session) -> PersonApp:
        """The app in which this person acts in a copy of that session."""

    # ---- coming and going ------------------------------------------------------------------------------------------

    def take(self) -> None:
        self.terminal.on_drained = self.redraw
        self.terminal.enter()
        super().take()
        self.redraw_line()

    def ended(self) -> None:
        self.dismiss("")

    def gone(self) -> None:
        super().gone()
        self._keyboard.close()
        if self._ending is not None:
            self._ending.cancel()

    def dismiss(self, text: str) -> None:
        self.keep()
        self.show_nothing()
        self.terminal.leave()
        self.terminal.say(text + "\n")
        self.terminal.close()

    # ---- what is looked at -----------------------------------------------------------------------------------------

    def show_session(self, session: Session) -> None:
        self.show_nothing()
        self.app = self.new_app(session)
        task = asyncio.create_task(self._run(self.app))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _run(self, app: PersonApp) -> None:
        await app.run_async(size=self.size)
        if self.app is not app:
            return
        self.app = None
        if app.failure is not None:
            self.classroom.report(self.person, app.failure)
            self.follow()
            self.notice("something went wrong in your session: you are back with the class")
        else:
            self.do_leave()

    def show_nothing(self) -> None:
        if self.app is not None:
            app, self.app = self.app, None
            app.let_go()

    def resized(self, size: tuple[int, int]) -> None:
        self.terminal.size = size
        self.terminal.write(b"\x1b[0m\x1b[2J")
        self.fit()
        self._drawn = b""
        self.redraw_line()

    def fit(self) -> None:
        """Draw for the terminal's new size."""
        if self.app is not None:
            self.app.resize(self.size)

    # ---- keys ------------------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        self.last_heard = self.loop.time()
        COLLECTOR.pressed()
        dropped = self._keyboard.dropped
        for event in self._keyboard.feed(data):
            self.event(event)
        if self._keyboard.dropped > dropped:
            self.notice(f"that was too long to be pasted: at most {MAX_PASTE:,} characters")
        self.loop.call_later(ESCAPE_WAIT, self._tick)

    def _tick(self) -> None:
        for event in self._keyboard.tick():
            self.event(event)

    def event(self, event: object) -> None:
        """A key, a paste or a mouse event: for the class's line, for this seat, or for the app."""
        if isinstance(event, events.Key):
            self._key(event)
            self.redraw_line()
        elif isinstance(event, events.Paste) and self.line.prompt is not None:
            self.line.paste(event.text)
            self.redraw_line()
        elif isinstance(event, events.MouseEvent) and event.y >= self.size[1]:
            pass  # the class's line
        elif isinstance(event, events.Event):
            self.pass_on(event)

    def _key(self, event: events.Key) -> None:
        name = self.keys.get(event.key)
        if self.line.prompt is not None:
            self.line.key(event)
            return
        if name != "more":
            self.line.over()
        if name is not None:
            getattr(self, f"do_{name}")()
        else:
            self.pass_on(event)

    def pass_on(self, event: events.Event) -> None:
        """Give the app what is not for this seat."""
        if self.app is not None:
            self.app.put(event)

    # ---- the class's line ------------------------------------------------------------------------------------------

    def heard(self, message: AnyMessage) -> None:
        if isinstance(message, Led) and message.by != self.person:
            if isinstance(message.action, Ask):
                self.line.interrupt()
            else:
                self.line.passed()
        super().heard(message)
        is_mine = message.by == self.person
        if is_mine or not isinstance(message, Went | Shown | Judged | Answered):  # of which another's line says nothing
            self.redraw_line()

    def notice(self, text: str) -> None:
        """Say something at the bottom, until the next key or for a while; a long text is read on by a key."""
        self._say(text, Said.REMARK)

    def reply(self, text: str, *, is_right: bool) -> None:
        self._say(text, Said.REPLY)

    def note(self, text: str) -> None:
        self._say(text, Said.NOTE)

    def _say(self, text: str, kind: Said) -> None:
        self.line.say(text, kind)
        self.redraw_line()

    def do_more(self) -> None:
        """Read on what is said at the bottom, or once more what was said last."""
        self.line.read_on()

    @property
    def next_key(self) -> str:
        """The key for that."""
        return "F6"

    @property
    def shown(self) -> ServedApp | None:
        """The app whose frames stand above the line; None where there are none."""
        return self.app

    def whole(self) -> bytes:
        """All that stands above the line."""
        return self.app.full_frame() if self.app is not None else b""

    def redraw_line(self) -> None:
        """Draw the class's line, if it says something else now."""
        if self.person not in self.classroom.room.people:
            return
        self.line.status = " · ".join(filter(None, (self.classroom.standstill, self.status)))
        self.line.next_key = self.next_key
        drawn = self.line.drawn(*self.terminal.size)
        self._see_to_its_end()
        if drawn != self._drawn and self.shown is not None:
            self._drawn = drawn
            self.terminal.write(drawn)

    def _see_to_its_end(self) -> None:
        """Let what has just come into the line end by itself, where it does."""
        if self._turn == self.line.turn:
            return
        self._turn = self.line.turn
        if self._ending is not None:
            self._ending.cancel()
        seconds = self.line.seconds
        self._ending = None if seconds is None else self.loop.call_later(seconds, self._over)

    def _over(self) -> None:
        self.line.over()
        self.redraw_line()

    def redraw(self) -> None:
        """Draw all anew: the client missed something."""
        self.terminal.write(self.whole())
        self._drawn = b""
        self.redraw_line()
