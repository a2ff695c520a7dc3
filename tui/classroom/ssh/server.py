"""The SSH server: who comes in, and what a client may ask for, which is a terminal and nothing else."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncssh
from asyncssh.connection import SSHConnection

from engine.diagnostics import Diagnostic
from tui.classroom.door.arrival import Reception
from tui.classroom.door.places import Place
from tui.classroom.seats.lines import LinesSeat
from tui.classroom.seats.seat import Seat
from tui.classroom.seats.student import StudentSeat
from tui.classroom.seats.teacher import TeacherSeat
from tui.classroom.ssh.terminal import Terminal, clamped

if TYPE_CHECKING:
    from tui.classroom.classroom import Classroom

LOG = logging.getLogger("chainstep.serve")
WINDOW = 65_536
"""Bytes that a client may send before they are read; also what may wait to be sent to it."""
RATE, BURST = 8_192, 32_768
"""Bytes a second that are read of a client, and how many at once after a silence."""
MAX_ENVIRONMENT = 32
"""Variables that a client may set; of each, that many times eight characters."""
BUSY_SECONDS = 0.02
RESIZE_SECONDS = 0.5
"""Between two sizes that are drawn for."""
CHUNK = 128
"""Bytes that are made keys of at once; then the others' turn comes."""
LOGIN_SECONDS, KEEPALIVE_SECONDS = 30, 30
"""The first also for asking for a session, once one is let in."""
KEY_EXCHANGE_SECONDS = 5
"""After which a connection is cut off that has not begun to log in: nobody types until then."""
LEAVING_SECONDS = 5
"""After which a client that is done with is cut off, if it has not gone by itself."""
NO_COMMANDS = (
    "chainstep serves a class and runs no commands; there are no files to copy either.\n"
    "Connect without a command: ssh -p PORT NAME@HOST\n"
    "Or ssh -p PORT NAME@HOST log, which prints what you did as a log.\n"
)
NO_LOG = (
    "There is no log of yours here: it begins with a session of your own. To be known again, give the same name with\n"
    "the word that F4 showed you, or use the same key.\n"
)


class BoundedEnvironment(dict[bytes, bytes]):
    """A client's variables, as far as there is room."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if len(self) < MAX_ENVIRONMENT and len(name) <= MAX_ENVIRONMENT and len(value) <= 8 * MAX_ENVIRONMENT:
            super().__setitem__(name, value)

    def text(self) -> dict[str, str]:
        """As text, without what is none."""
        decoded = ((name.decode("ascii", "ignore"), value.decode("ascii", "ignore")) for name, value in self.items())
        return {name: value for name, value in decoded if name}


class Tap:
    """How much is read of a client: a bucket that fills up at `RATE` bytes a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = float(BURST), clock()

    def wait(self, count: int) -> float:
        """Seconds not to read for, now that `count` bytes have come."""
        now = self._clock()
        self._left = min(BURST, self._left + (now - self._at) * RATE) - count
        self._at = now
        return max(0.0, -self._left / RATE)


def cut_off_later(connection: SSHConnection) -> None:
    """End a connection that is still there after a while; one that is gone is not held until then, nor is its app."""
    there = weakref.ref(connection)

    def cut_off() -> None:
        if (still := there()) is not None:
            still.abort()

    asyncio.get_running_loop().call_later(LEAVING_SECONDS, cut_off)


class Way:
    """The way to the client, as its terminal sees it; what is written after it is closed is lost, without an error."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = channel

    def write(self, data: bytes) -> None:
        """Send, or keep to be sent."""
        if not self._channel.is_closing():
            self._channel.write(data)

    def close(self, status: int = 0) -> None:
        """Close it when all is sent; a client that takes too long is cut off."""
        self._channel.exit(status)
        cut_off_later(self._channel.get_connection())


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
            place, teaches = self._server.settle()
            if self._command is not None:
                self._answer_command(place)
                return
            terminal = Terminal(self._way, self._kind, self._size, self._environment.text(), bool(self._kind))
            seat: Seat
            if terminal.can_draw:
                seat = (TeacherSeat if teaches else StudentSeat)(self._classroom, terminal, place.person)
            else:
                seat = LinesSeat(self._classroom, terminal, place.person, teaches=teaches)
            self._classroom.join(seat, place.name)
            self._seat = seat
            self._reading = asyncio.create_task(self._read(seat))
        except Diagnostic as problem:
            self._refuse(f"{problem.message}\r\n")

    def _answer_command(self, place: Place) -> None:
        if self._command != "log":
            self._refuse(NO_COMMANDS)
        elif (log := self._classroom.logs.read(place.person)) is None:
            self._refuse(NO_LOG)
        else:
            self._channel.writelines(log.lines())
            self._way.close()

    def _refuse(self, text: str) -> None:
        self._channel.write_stderr(text.encode())
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


class Server(asyncssh.SSHServer):
    """One connection: who it is, and that it asks for one session and nothing else."""

    def __init__(self, classroom: Classroom, reception: Reception) -> None:
        self.classroom = classroom
        self._waiting: asyncio.TimerHandle | None = None
        self._reception = reception
        self._session: ClientSession | None = None
        self._has_begun = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        if (sock := conn.get_extra_info("socket")) is not None:  # what the system keeps is old when it is read
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WINDOW)
        # asyncssh does not heed these two: a client that reads nothing would have the server keep all it does not read
        setattr(conn, "pause_writing", self._pause_writing)  # noqa: B010 mypy takes them for fixed
        setattr(conn, "resume_writing", self._resume_writing)  # noqa: B010
        peer = conn.get_extra_info("peername")
        try:
            self.arrival = self._reception.arrive(str(peer[0]) if peer else "")
        except Diagnostic as problem:
            LOG.info("%s: %s", peer, problem.message)
            conn.abort()
            return
        self._cut_off = asyncio.get_running_loop().call_later(KEY_EXCHANGE_SECONDS, conn.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()  # which would hold all of the connection, and its app, until then
        if hasattr(self, "arrival"):
            self.arrival.left()

    def _pause_writing(self) -> None:
        if self._session is not None:
            self._session.hold("connection")
        if self._connection._transport is not None:  # what is asked is answered: no more is asked then
            self._connection._transport.pause_reading()

    def _resume_writing(self) -> None:
        if self._connection._transport is not None:
            self._connection._transport.resume_reading()
        if self._session is not None:
            self._session.let_go("connection")

    # ---- who it is -------------------------------------------------------------------------------------------------

    def begin_auth(self, username: str) -> bool:
        self._cut_off.cancel()
        return self.arrival.needs_proof(username)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return self.arrival.has_key(key.public_data)

    def password_auth_supported(self) -> bool:
        return bool(self.arrival.question)

    async def validate_password(self, username: str, password: str) -> bool:
        return await self._tried([password]) is not False  # there is no second question: a name of their own

    def kbdint_auth_supported(self) -> bool:
        return bool(self.arrival.question)

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return self._challenge() if self.arrival.question else False

    async def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> Any:
        return await self._tried(responses)

    async def _tried(self, responses: Sequence[str]) -> Any:
        """Whether that lets them in; or what else is to be asked."""
        await asyncio.sleep(self.arrival.delay)  # once: those who share an address with a guesser get in at last
        if self.arrival.tried(responses[0] if responses else ""):
            return self._challenge() if self.arrival.question else True
        if not self.arrival.may_try:
            self._connection.disconnect(asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "that was the last try")
        return False

    def _challenge(self) -> tuple[str, str, str, list[tuple[str, bool]]]:
        return ("", self.arrival.instruction, "", [(self.arrival.question, True)])

    # ---- what it asks for ------------------------------------------------------------------------------------------

    def auth_completed(self) -> None:
        self._waiting = asyncio.get_running_loop().call_later(LOGIN_SECONDS, self._hurry)

    def _hurry(self) -> None:
        if not self._has_begun:
            self._connection.abort()

    def session_requested(self) -> Any:
        if self._session is not None:
            return False
        self._session = ClientSession(self)
        return self._connection.create_server_channel(encoding=None, window=WINDOW), self._session

    def settle(self) -> tuple[Place, bool]:
        """Whose place it is, and whether they teach. Raises a Diagnostic `too_many` where there is none."""
        self._has_begun = True
        return self.arrival.settle()

    def finished(self) -> None:
        """The one session is over; a client that stays all the same is cut off."""
        cut_off_later(self._connection)


@dataclass
class Listening:
    """Where to listen, and with which key."""

    host: str
    port: int
    host_key: asyncssh.SSHKey
    shares_port: bool = False
    """Whether other processes listen there too, and the kernel deals out the connections."""
    options: dict[str, Any] = field(default_factory=dict)


async def listen(classroom: Classroom, reception: Reception, where: Listening) -> asyncssh.SSHAcceptor:
    """Begin to listen. Raises OSError where that cannot be done."""
    return await asyncssh.listen(
        where.host, where.port, server_factory=lambda: Server(classroom, reception), server_host_keys=[where.host_key],
        reuse_port=where.shares_port or None, encoding=None, line_editor=False, agent_forwarding=False,
        x11_forwarding=False, allow_scp=False, gss_host=None, host_based_auth=False, login_timeout=LOGIN_SECONDS,
        keepalive_interval=KEEPALIVE_SECONDS, compression_algs=None, backlog=128, **where.options,
    )  # fmt: skip
