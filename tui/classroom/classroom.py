"""A class as one process serves it: the room, the bus to the other processes, the seats of those who are here."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.scenario import Scenario
from engine.session import Session
from tui.classroom.bus import Bus
from tui.classroom.keeping import StudentLogs
from tui.classroom.memory import COLLECTOR
from tui.classroom.messages import AnyMessage, Join, Leave, Led
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
        """Seats whose `Join` is on its way around."""
        self.kept: dict[str, Session] = {}
        """Sessions of their own that people left behind."""
        self._outgoing: asyncio.Queue[AnyMessage] = asyncio.Queue(MAX_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self.ended = asyncio.Event()

    async def open(self) -> None:
        """Begin to hear and to tell."""
        self._tasks = [asyncio.create_task(self.bus.follow(self._heard)), asyncio.create_task(self._publish())]
        await asyncio.sleep(0)

    async def close(self) -> None:
        """Tell what is still to be told, and hear no more."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._outgoing.join(), 2)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.mirrors.close()
        COLLECTOR.stop()
        await self.bus.close()
        self.logs.close()

    # ---- people ----------------------------------------------------------------------------------------------------

    def join(self, seat: Seat, name: str) -> None:
        """Seat somebody; another connection of theirs ends."""
        former = self.seats.pop(seat.person, None)
        if former is not None:
            former.gone()
            former.dismiss("You have come in from elsewhere; this connection ends.")
        self._awaited[seat.person] = seat
        self.send(Join(by=seat.person, name=name, teaches=seat.teaches))

    def leave(self, seat: Seat) -> None:
        """A connection is gone."""
        if self.seats.get(seat.person) is seat:
            del self.seats[seat.person]
            seat.gone()
            if not self.ended.is_set():
                self.send(Leave(by=seat.person))

    # ---- messages --------------------------------------------------------------------------------------------------

    def send(self, message: AnyMessage) -> None:
        """Tell everybody, this process too. Raises a Diagnostic where that is not allowed."""
        self.room.check(message)
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
        if not self.room.apply(message):
            return
        if isinstance(message, Join) and message.by in self._awaited:
            seat = self._awaited.pop(message.by)
            self.seats[seat.person] = seat
            seat.take()
        if isinstance(message, Led):
            self.mirrors.led(message.action)
        for seat in list(self.seats.values()):
            try:
                seat.heard(message)
            except Exception as problem:  # one person's screen is not another's concern
                self.report(seat.person, problem)

    def report(self, person: str, problem: BaseException) -> None:
        """Something unexpected went wrong in somebody's session: for the server's log alone."""
        LOG.error("in the session of %s: %s: %s", person, type(problem).__name__, problem, exc_info=problem)
