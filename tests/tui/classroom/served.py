"""A class in one process: a teacher and students at terminals that keep what is written to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.events import Key

from engine.scenario import Scenario, loads
from tests.tui.screens import screen_text
from tui.app import DebuggerApp
from tui.classroom.apps.teacher import TeacherApp
from tui.classroom.bus import EmbeddedBus
from tui.classroom.classroom import Classroom
from tui.classroom.door.places import Places
from tui.classroom.keeping import StudentLogs
from tui.classroom.room import Room
from tui.classroom.room.people import Person
from tui.classroom.seats.screen import ScreenSeat
from tui.classroom.seats.student import StudentSeat
from tui.classroom.seats.teacher import TeacherSeat
from tui.classroom.ssh.terminal import Terminal

LESSON = """\
schema = 1
title = "A class's question"
[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmoid"]
[values]
x = [0.5, -0.25]
y = [1, 0, 0]
seed = 3
[view]
target = "W1"
[[script]]
do = "ask"
say = "Before anything is joined, think of the layout."
prompt = "∂z2/∂a1 joins the product so far, ∂L/∂z2, in denominator layout. Which matrix is it, and on which side?"
kind = "choice"
choices = ["W2, 3×4, on the right", "W2ᵀ, 4×3, on the left", "W2ᵀ, 4×3, on the right", "diag(W2), on either side"]
answer = 1
wrong = [{ answer = 0, say = "That is numerator layout: there ∂z2/∂a1 is W2 itself, 3×4, and the product, which is a \
row there, grows to the right. In denominator layout everything is transposed, and the order is turned round." }]
right = "Rows follow a1, and a new factor joins on the left."
points = 3
[[script]]
do = "step"
[[script]]
do = "ask"
prompt = "Which shape has ∂L/∂a1?"
kind = "shape"
answer = [4, 1]
about = "nothing"
"""
KEYS = {
    "f2": b"\x1bOQ", "f3": b"\x1bOR", "f4": b"\x1bOS", "f5": b"\x1b[15~", "f6": b"\x1b[17~",
    "enter": b"\r", "space": b" ", "up": b"\x1b[A", "down": b"\x1b[B", "left": b"\x1b[D", "right": b"\x1b[C",
    "pagedown": b"\x1b[6~", "pageup": b"\x1b[5~",
    "end": b"\x1b[F", "home": b"\x1b[H", "f1": b"\x1bOP", "ctrl+p": b"\x10",
}  # fmt: skip
SECONDS = 10.0
"""After which what is waited for has not come."""


@dataclass(eq=False)
class Kept:
    """A channel that keeps what is written."""

    data: bytearray = field(default_factory=bytearray)
    is_closed: bool = False

    def write(self, data: bytes) -> None:
        self.data += data

    def close(self) -> None:
        self.is_closed = True


@dataclass(eq=False)
class Class:
    """The class that a test is about."""

    classroom: Classroom
    seats: dict[str, ScreenSeat]

    @property
    def room(self) -> Room:
        return self.classroom.room

    def person(self, who: str) -> Person:
        """What the class knows of somebody."""
        return self.room.people[id_of(who)]

    @property
    def teacher(self) -> TeacherSeat:
        seat = self.seats["teacher"]
        assert isinstance(seat, TeacherSeat)
        return seat

    @property
    def desk(self) -> TeacherApp:
        """The teacher's app."""
        assert self.teacher.app is not None
        return self.teacher.app

    def app(self, who: str) -> DebuggerApp:
        """What is drawn on somebody's terminal: the mirror, or their own app."""
        seat = self.seats[who]
        app = seat.shown
        assert app is not None
        return app

    def screen(self, who: str) -> str:
        """The screen that lies on top there, as text; nothing while it is being made."""
        try:
            app = self.app(who)
            return screen_text(app) if app._running and app.screen.is_attached and app.screen.size else ""
        except Exception as problem:
            if type(problem).__name__ in ("ScreenStackError", "AssertionError"):
                return ""
            raise

    def line(self, who: str) -> str:
        """The class's line there."""
        seat = self.seats[who]
        drawn = seat.line.drawn(seat.terminal.size[0], seat.terminal.size[1]).decode()
        return drawn.split("m", 1)[1].removesuffix("\x1b[0m").strip()

    def said(self, who: str) -> str:
        """All that was written to a terminal."""
        channel = self.seats[who].terminal.channel
        assert isinstance(channel, Kept)
        return channel.data.decode()

    async def press(self, who: str, *keys: str) -> None:
        """Press keys, each after what the one before it did."""
        for key in keys:
            if key == "escape":  # which the bytes are only after a while
                self.seats[who].event(Key("escape", None))
            else:
                self.seats[who].received(KEYS.get(key) or key.encode())
            await self.settle()

    async def settle(self) -> None:
        """Until every app has done what it was told."""
        for _ in range(3):
            await asyncio.wait_for(self.classroom._outgoing.join(), SECONDS)
            for who in list(self.seats):
                seat = self.seats[who]
                app = seat.shown
                assert app is None or app._exception is None, app._exception
                if app is not None and app._running:
                    done = asyncio.Event()
                    app.call_later(done.set)
                    await until(lambda done=done, app=app: done.is_set() or not app._running)
            await asyncio.sleep(0)

    async def sees(self, who: str, text: str) -> str:
        """Wait until somebody's screen has a text, and answer all of it."""
        try:
            await until(lambda: text in self.screen(who))
        except TimeoutError:
            raise AssertionError(f"{who} does not see {text!r} but\n{self.screen(who)}") from None
        return self.screen(who)

    async def come(self, who: str, size: tuple[int, int] = (80, 24)) -> ScreenSeat:
        """Let somebody in."""
        kind = TeacherSeat if who == "teacher" else StudentSeat
        terminal = Terminal(Kept(), size=size, environment={"COLORTERM": "truecolor"})
        seat = self.seats[who] = kind(self.classroom, terminal, id_of(who))
        self.classroom.join(seat, who)
        await until(lambda: bool(self.screen(who).strip()))
        await self.settle()
        return seat


def id_of(who: str) -> str:
    """The id of somebody with a name."""
    return "".join(letter for letter in who.lower() if letter.isascii() and letter.isalnum())


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(SECONDS):
        while not holds():
            await asyncio.sleep(0.005)


def classroom_of(scenario: Scenario, folder: Path) -> Classroom:
    """A classroom in this process alone."""
    return Classroom(scenario, EmbeddedBus(), StudentLogs(folder), Places(b"secret", by_name=True))


@asynccontextmanager
async def a_class(
    *students: str, size: tuple[int, int] = (80, 24), text: str = LESSON, teacher: tuple[int, int] = (80, 24)
) -> AsyncIterator[Class]:
    """A teacher, and students who follow."""
    with TemporaryDirectory() as folder:
        found = Class(classroom_of(loads(text), Path(folder)), {})
        await found.classroom.open()
        try:
            await found.come("teacher", teacher)
            for who in students:
                await found.come(who, size)
            yield found
        finally:
            for seat in list(found.seats.values()):
                tasks = list(seat.tasks)
                found.classroom.leave(seat)
                seat.gone()
                await asyncio.gather(*tasks, return_exceptions=True)
            await found.classroom.close()
