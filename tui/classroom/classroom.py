"""A class as one process serves it: the room, the bus to the other processes, the seats of those who are here."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.scenario import Scenario
from engine.session import Session
from tui.classroom.bus import Bus
from tui.classroom.keeping import StudentLogs
from tui.classroom.messages import AnyMessage, End, Join, Leave, Led
from tui.classroom.mirror import Mirrors
from tui.classroom.room import Room

if TYPE_CHECKING:
    from tui.classroom.seat import Seat

LOG = logging.getLogger("chainstep.serve")
MAX_WAITING = 10_000
"""Messages that may wait for a broker that is away."""


class Classroom:
    """What the seats share."""

    def __init__(self, scenario: Scenario, bus: Bus, logs: StudentLogs) -> None:
        self.scenario, self.bus, self.logs = scenario, bus, logs
        self.room = Room(scenario)
        self.mirrors = Mirrors(scenario, self.room.session)
        self.seats: dict[str, Seat] = {}
        """Those of this process, by person."""
        self._awaited: dict[str, Seat] = {}
        """Seats whose `Join` is on its way around, by the mark that it bears: an older one of that person is not it."""
        self._marks: dict[Seat, str] = {}
        self.kept: dict[str, Session] = {}
        """Sessions of their own that people left behind."""
        self._outgoing: asyncio.Queue[AnyMessage] = asyncio.Queue(MAX_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self.ended = asyncio.Event()

    async def open(self) -> None:
        """Begin to tell, and to hear: first all that was said before, so that nobody is seated in a class of the past.

        Raises a Diagnostic where the bus does not let it.
        """
        following = asyncio.create_task(self.bus.follow(self._heard))
        caught_up = asyncio.create_task(self.bus.caught_up.wait())
        self._tasks = [following, caught_up, asyncio.create_task(self._publish())]
        await asyncio.wait([following, caught_up], return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            await self.close()
            following.result()

    async def close(self) -> None:
        """Tell what is still to be told, and hear no more."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._outgoing.join(), 2)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.mirrors.close()
        await self.bus.close()
        self.logs.close()

    # ---- people ----------------------------------------------------------------------------------------------------

    def join(self, seat: Seat, name: str) -> None:
        """Seat somebody; another connection of theirs ends, as soon as the class knows."""
        self._marks[seat] = secrets.token_hex(8)
        self._awaited[self._marks[seat]] = seat
        self.send(Join(by=seat.person, name=name, teaches=seat.teaches, seat=self._marks[seat]))

    def leave(self, seat: Seat) -> None:
        """A connection is gone."""
        mark = self._marks.pop(seat, "")
        if self.seats.get(seat.person) is seat:
            del self.seats[seat.person]
            seat.gone()
        elif self._awaited.pop(mark, None) is None:
            return  # it was ended from here
        if not self.ended.is_set():
            self._tell(Leave(by=seat.person, seat=mark))

    def _seated(self, message: Join) -> None:
        """Somebody has come in, here or elsewhere."""
        former = self.seats.pop(message.by, None)
        if former is not None:
            former.gone()
            former.dismiss("You have come in from elsewhere; this connection ends.")
        seat = self._awaited.pop(message.seat, None)
        if seat is not None:
            self.seats[seat.person] = seat
            seat.take()

    # ---- messages --------------------------------------------------------------------------------------------------

    def send(self, message: AnyMessage) -> None:
        """Tell everybody, this process too. Raises a Diagnostic where that is not allowed."""
        self.room.check(message)
        self._tell(message)

    def _tell(self, message: AnyMessage) -> None:
        try:
            self._outgoing.put_nowait(message)
        except asyncio.QueueFull:
            LOG.error("the broker is away, and too much waits for it: a message is dropped")

    async def _publish(self) -> None:
        while True:
            message = await self._outgoing.get()
            try:
                await self.bus.publish(message)
            except Exception:
                LOG.exception("a message was not passed on")
            finally:
                self._outgoing.task_done()

    def _heard(self, message: AnyMessage) -> None:
        try:
            applied = self.room.apply(message)
        except Exception:  # the same in every process, and no reason for the class to stop
            LOG.exception("a message was not understood")
            return
        if not applied:
            if isinstance(message, Join) and (seat := self._awaited.pop(message.seat, None)) is not None:
                seat.dismiss("You cannot come in just now: the class is full or over, or you were sent out.")
            return
        if isinstance(message, Join):
            self._seated(message)
        if isinstance(message, Led):
            self.mirrors.led(message.action)
        for seat in list(self.seats.values()):
            try:
                seat.heard(message)
            except Exception as problem:  # one person's screen is not another's concern
                self.report(seat.person, problem)
        if isinstance(message, End):
            self.ended.set()

    def report(self, person: str, problem: BaseException) -> None:
        """Something unexpected went wrong in somebody's session: for the server's log alone."""
        LOG.error("in the session of %s: %s: %s", person, type(problem).__name__, problem, exc_info=problem)
