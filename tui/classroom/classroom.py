"""A class as one process serves it: the room, the bus to the other processes, the seats of those who are here."""

from __future__ import annotations

import asyncio
import logging
import shlex
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic
from engine.scenario import Scenario
from engine.session import Session
from tui.classroom.apps.memory import COLLECTOR
from tui.classroom.apps.mirror import Mirrors
from tui.classroom.bus import Bus
from tui.classroom.door.places import Places
from tui.classroom.keeping import StudentLogs
from tui.classroom.room import Room
from tui.classroom.room.messages import AnyMessage, End, Join, Leave, Mode
from tui.classroom.room.names import cleaned

if TYPE_CHECKING:
    from tui.classroom.seats.seat import Seat

LOG = logging.getLogger("chainstep.serve")
MAX_WAITING = 10_000
"""Messages that may wait for a broker that is away."""
RETRY_SECONDS = 0.5
"""From one try to reach it again to the next."""
LOG_MINUTES = 15
"""How long after the class's end its logs can be fetched."""
FROM_ELSEWHERE = "You have come in from elsewhere; this connection ends."


class Classroom:
    """What the seats share."""

    def __init__(self, scenario: Scenario, bus: Bus, logs: StudentLogs, places: Places, invitation: str = "") -> None:
        self.scenario, self.bus, self.logs, self.places = scenario, bus, logs, places
        self.invitation = invitation
        """How to come in, for the teacher to read out."""
        self.way_in = ""
        """The same for students, in half a line: the panel shows it."""
        self.where = "-p PORT ", "HOST"
        """The port as ssh is told it, and the host."""
        self.problem: Diagnostic | None = None
        """Why the class stands still."""
        self.process = token_hex(4)
        """Tells this process of the class from the others."""
        self.room = Room(scenario)
        self.mirrors = Mirrors(scenario, self.room, self.report)
        self.seats: dict[str, Seat] = {}
        """Those of this process, by person."""
        self._awaited: dict[str, Seat] = {}
        """Seats whose `Join` is on its way around."""
        self.kept: dict[str, Session] = {}
        """Sessions of their own that people left behind."""
        self._outgoing: asyncio.Queue[AnyMessage] = asyncio.Queue(MAX_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self.ended = asyncio.Event()
        self.summary_path: Path | None = None
        """Where the class's summary is; whoever writes it sets this before the seats hear that the class is over."""

    async def open(self) -> None:
        """Begin to hear and to tell."""
        await self.bus.follow(self._heard)
        self._tasks = [asyncio.create_task(self._publish())]

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

    # ---- people ----------------------------------------------------------------------------------------------------

    def join(self, seat: Seat, name: str) -> None:
        """Seat somebody; another connection of theirs ends. Raises a Diagnostic where they may not come in."""
        message = Join(by=seat.person, name=name, seat=seat.id, teaches=seat.teaches)
        self.room.check(cleaned(message))
        former = self.seats.pop(seat.person, None) or self._awaited.pop(seat.person, None)
        if former is not None:
            former.dismiss(FROM_ELSEWHERE)
            former.gone()
        known = self.room.people.get(seat.person)
        seat.may_resume = known is None or known.mode is Mode.ALONE
        self._awaited[seat.person] = seat
        self.send(message)
        if self.problem is not None:
            seat.terminal.say(f"{self.standstill}. You come in when it goes on.\n")

    def _joined(self, message: Join) -> None:
        seat = self._awaited.get(message.by)
        if seat is not None and seat.id == message.seat:
            del self._awaited[message.by]
            self.seats[message.by] = seat
            seat.take()
        elif message.by in self.seats and self.seats[message.by].id != message.seat:  # at another process
            former = self.seats.pop(message.by)
            former.dismiss(FROM_ELSEWHERE)
            former.gone()
        elif message.by in self.seats and message.again:
            self.seats[message.by].returned()

    def _kept_out(self, message: Join) -> None:
        """Tell somebody that the class has changed its mind while they were coming in."""
        seat = self._awaited.get(message.by)
        if seat is not None and seat.id == message.seat:
            del self._awaited[message.by]
            try:
                self.room.check(message)
            except Diagnostic as problem:
                seat.terminal.say(f"{problem.message}\n")
            seat.terminal.close()

    def leave(self, seat: Seat) -> None:
        """A connection is gone."""
        if self.seats.get(seat.person) is seat:
            del self.seats[seat.person]
            seat.gone()
        elif self._awaited.get(seat.person) is seat:  # before the class knew that they had come
            del self._awaited[seat.person]
        else:
            return  # it was ended from here
        if not self.ended.is_set():
            self._tell(Leave(by=seat.person, seat=seat.id))

    def _left(self, message: Leave) -> None:
        """Contradict who took this process for dead: what has gone from here is not among the seats any more."""
        seat = self.seats.get(message.by)
        if seat is not None and seat.id == message.seat:
            name = self.room.people[message.by].name
            self._tell(Join(by=message.by, name=name, seat=seat.id, teaches=seat.teaches, again=True))

    # ---- other processes -------------------------------------------------------------------------------------------

    @property
    def others(self) -> set[str]:
        """The other processes at which somebody is."""
        return {person.process for person in self.room.people.values() if person.present} - {"", self.process}

    def died(self, process: str) -> None:
        """Say in another process's place that nobody is there any more."""
        there = [person for person in self.room.people.values() if person.present and person.process == process]
        LOG.warning("a process of the class no longer answers: the %d who were there are taken for gone", len(there))
        for person in there:
            self._tell(Leave(by=person.id, seat=person.seat))

    # ---- messages --------------------------------------------------------------------------------------------------

    def send(self, message: AnyMessage) -> None:
        """Tell everybody, this process too. Raises a Diagnostic where that is not allowed."""
        message = cleaned(message)
        self.room.check(message)
        self._tell(message)
        if isinstance(message, End) and self.problem is not None:
            asyncio.get_running_loop().call_soon(self._heard, message)  # who is here need not wait; it is heard once

    def _tell(self, message: AnyMessage) -> None:
        try:
            self._outgoing.put_nowait(message)
        except asyncio.QueueFull:
            LOG.error("the broker is away, and too much waits for it: a message is dropped")

    async def _publish(self) -> None:
        while True:
            message = await self._outgoing.get()
            while not await self._passed_on(message):
                await asyncio.sleep(RETRY_SECONDS)
            self._outgoing.task_done()

    async def _passed_on(self, message: AnyMessage) -> bool:
        """False while the broker is away: nothing may be left out, or who leads would be elsewhere than the class."""
        try:
            await self.bus.publish(message)
        except Diagnostic as problem:
            if problem.code == "no_broker":
                return False
            LOG.error("a message was not passed on: %s", problem.message)
        return True

    def _heard(self, message: AnyMessage) -> None:
        if not self.room.apply(message):
            if isinstance(message, Join):
                self._kept_out(message)
            return
        if isinstance(message, Join):
            self._joined(message)
        elif isinstance(message, Leave):
            self._left(message)
        self.mirrors.heard(message)
        if isinstance(message, End):
            self.ended.set()
        for seat in list(self.seats.values()):
            try:
                seat.heard(message)
            except Exception as problem:  # one person's screen is not another's concern
                self.report(seat.person, problem)

    def trouble(self, problem: Diagnostic | None) -> None:
        """The broker is away, or back."""
        self.problem = problem
        text = "the class goes on" if problem is None else problem.message
        remedy = f": {problem.hints[0]}" if problem is not None and problem.hints else ""
        LOG.warning("%s%s", text, remedy)
        for seat in self.seats.values():
            seat.notice(text + remedy if seat.teaches else text)

    @property
    def standstill(self) -> str:
        """That the class stands still, in half a line; empty while it goes on."""
        if self.problem is None:
            return ""
        is_lost = self.problem.code == "lost_class"
        return f"the class {'is lost' if is_lost else 'stands still'}: its broker " + (
            "has lost messages of it" if is_lost else "does not answer"
        )

    # ---- what is kept ----------------------------------------------------------------------------------------------

    def kept_as(self, seat: Seat) -> str:
        """How somebody finds what they do again; empty where it is not kept."""
        if not seat.is_alone:
            return "the class's session is saved with its summary, when the class ends"
        if not self.logs.keeps(seat.person):
            return ""
        return f"the server keeps what you do; to fetch it: {self._fetching(seat.me.name)}"

    def last_words(self, person: str, name: str) -> str:
        """What is said to somebody when the class is over."""
        if person not in self.logs:
            return "The class is over."
        return (
            "The class is over. What you did on your own is kept as a log. "
            f"For {LOG_MINUTES} minutes this fetches it:\n{self._fetching(name)}"
        )

    def _fetching(self, name: str) -> str:
        port, host = self.where
        return f"ssh {port}{shlex.quote(f'{name}@{host}')} log > mine.jsonl"

    def report(self, person: str, problem: BaseException) -> None:
        """Something unexpected went wrong in somebody's session: for the server's log alone."""
        LOG.error("in the session of %s: %s: %s", person, type(problem).__name__, problem, exc_info=problem)
