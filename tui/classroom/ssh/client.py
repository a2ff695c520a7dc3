"""One client's channel: what comes over it becomes a seat's keys, and what the seat draws goes back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import asyncssh

from engine.diagnostics import Diagnostic
from tui.classroom.door.places import Place
from tui.classroom.seats.lines import LinesSeat
from tui.classroom.seats.seat import Seat
from tui.classroom.seats.student import StudentSeat
from tui.classroom.seats.teacher import TeacherSeat
from tui.classroom.ssh.bounds import WINDOW, BoundedEnvironment, Tap, cut_off_later
from tui.classroom.ssh.commands import answer
from tui.classroom.ssh.terminal import Terminal, clamped

if TYPE_CHECKING:
    from tui.classroom.ssh.server import Server

BUSY_SECONDS = 0.02
"""After which an app that had enough to do is asked again."""
RESIZE_SECONDS = 0.5
"""Between two sizes that are drawn for."""
CHUNK = 128
"""Bytes that are made keys of at once; then the others' turn comes."""


class Way:
    """The way to the client, as its terminal sees it; what is written after it is closed is lost, without an error."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = channel

    def write(self, data: bytes) -> None:
        """Send, or keep to be sent."""
        if not self._channel.is_closing():
            self._channel.write(data)

    def close(self, status: int = 0) -> None:
        """Close it when all is sent; a client that takes too long is cut off. Again, or after it is gone, nothing."""
        if not self._channel.is_closing():
            connection = self._channel.get_connection()
            self._channel.exit(status)
            cut_off_later(connection)


class ClientSession(asyncssh.SSHServerSession[bytes]):
    """The one channel of a connection: a screen, plain lines, or a word why not."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._classroom = server.classroom
        self._size = (80, 24)
        self._kind = ""
        self._command: str | None = None
        self._tap = Tap()
        self._input = bytearray()
        self._has_input = asyncio.Event()
        self._resizing: asyncio.TimerHandle | None = None
        self._resized_at = 0.0
        self._is_at_end = False
        """Whether the client sends no more."""
        self._held: set[str] = set()
        """What takes no more output just now."""
        self._seat: Seat | None = None
        self._environment = BoundedEnvironment()

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan
        chan.set_write_buffer_limits(high=WINDOW)
        chan._env = self._environment

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Mapping[int, int]
    ) -> bool:
        self._kind = "".join(filter(str.isprintable, term_type))[:40] or "unknown"
        self._size = clamped(*term_size[:2])
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        self._size = clamped(width, height)
        if self._seat is not None and self._resizing is None:
            loop = asyncio.get_running_loop()
            self._resizing = loop.call_at(self._resized_at + RESIZE_SECONDS, self._resize)

    def _resize(self) -> None:
        """Draw for the latest size: who drags a window's corner sends many, and each costs a whole frame."""
        self._resizing, self._resized_at = None, asyncio.get_running_loop().time()
        if self._seat is not None and self._seat.terminal.size != self._size:
            self._seat.resized(self._size)

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        self._command = f"subsystem {subsystem}"
        return True

    def session_started(self) -> None:
        self._way = Way(self._channel)
        try:
            is_over = self._classroom.room.ended
            place, teaches = self._server.settle(fetches=is_over or self._command is not None)
            if self._command is not None:
                by_name = self._classroom.places.by_name
                self._channel.writelines(answer(self._command, self._classroom.logs, place.person, by_name=by_name))
                self._way.close()
            elif is_over:
                self._refuse(self._classroom.last_words(place.person, place.name))
            else:
                self._sit_down(place, teaches=teaches)
        except Diagnostic as problem:
            self._refuse(problem.message)

    def _sit_down(self, place: Place, *, teaches: bool) -> None:
        terminal = Terminal(self._way, self._kind, self._size, self._environment.text(), bool(self._kind))
        seat: Seat
        if terminal.can_draw:
            seat = (TeacherSeat if teaches else StudentSeat)(self._classroom, terminal, place.person)
        else:
            seat = LinesSeat(self._classroom, terminal, place.person, teaches=teaches)
        seat.came_as = self._channel.get_extra_info("username", "")
        self._classroom.join(seat, place.name)
        self._seat = seat
        self._reading = asyncio.create_task(self._read(seat))

    def _refuse(self, text: str) -> None:
        end = "\r\n" if self._kind else "\n"
        self._channel.write_stderr(f"{text}\n".replace("\n", end).encode())
        self._way.close(1)

    # ---- bytes -----------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if self._seat is not None:
            self._input += data  # as much as the window at most: it opens again only when all is read
            self._channel.pause_reading()
            self._has_input.set()

    async def _read(self, seat: Seat) -> None:
        """Make keys of what comes, no faster than they can be dealt with."""
        while await self._has_input.wait():
            chunk = bytes(self._input[:CHUNK])
            del self._input[:CHUNK]
            try:
                seat.received(chunk)
            except Exception as problem:  # the class goes on, and so does this person
                self._classroom.report(seat.person, problem)
            if not self._input and self._is_at_end:
                seat.ended()
                return
            if not self._input:
                self._has_input.clear()
                self._channel.resume_reading()
            await asyncio.sleep(self._tap.wait(len(chunk)))
            while seat.is_busy:
                await asyncio.sleep(BUSY_SECONDS)

    def eof_received(self) -> bool:
        self._is_at_end = True
        self._has_input.set()
        return self._seat is not None  # what came before it is answered first

    def pause_writing(self) -> None:
        self.hold("channel")

    def resume_writing(self) -> None:
        self.let_go("channel")

    def hold(self, what: str) -> None:
        """The channel, or the connection, takes no more."""
        self._held.add(what)
        if self._seat is not None:
            self._seat.terminal.fill_up()

    def let_go(self, what: str) -> None:
        """It does again."""
        self._held.discard(what)
        if self._seat is not None and not self._held:
            self._seat.terminal.drain()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._seat is not None:
            self._reading.cancel()
            self._classroom.leave(self._seat)
            self._seat = None
        self._server.finished()
