"""The SSH server: who comes in, and what a client may ask for, which is a terminal and nothing else."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncssh

from engine.diagnostics import Diagnostic
from tui.classroom.door.arrival import Reception
from tui.classroom.door.places import Place
from tui.classroom.ssh.bounds import WINDOW, cut_off_later
from tui.classroom.ssh.client import ClientSession

if TYPE_CHECKING:
    from tui.classroom.classroom import Classroom

LOG = logging.getLogger("chainstep.serve")
LOGIN_SECONDS, KEEPALIVE_SECONDS = 30, 30
"""The first also for asking for a session, once one is let in."""
SLOW = "chacha20-poly1305@openssh.com"
"""A cipher that takes four times as long as the others do, for each frame and each follower."""
LAST_TRY = "that was the last try; ask the teacher, and connect again"
KEY_EXCHANGE_SECONDS = 5
"""After which a connection is cut off that has not begun to log in: nobody types until then."""


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
            self._connection.disconnect(asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, LAST_TRY)
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

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> Any:
        raise _forwards_nothing()

    def unix_connection_requested(self, dest_path: str) -> Any:
        raise _forwards_nothing()

    def tun_requested(self, unit: int | None) -> Any:
        raise _forwards_nothing()

    def tap_requested(self, unit: int | None) -> Any:
        raise _forwards_nothing()

    def settle(self, *, fetches: bool) -> tuple[Place, bool]:
        """Whose place it is, to sit down or to fetch a log, and whether they teach.

        Raises a Diagnostic `too_many` where there is none.
        """
        self._has_begun = True
        return self.arrival.settle(fetches=fetches)

    def finished(self) -> None:
        """The one session is over; a client that stays all the same is cut off."""
        cut_off_later(self._connection)


def _forwards_nothing() -> asyncssh.ChannelOpenError:
    return asyncssh.ChannelOpenError(
        asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "chainstep serves a class, and forwards nothing"
    )


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
    """Begin to listen. Raises a Diagnostic `cannot_listen`."""
    try:
        return await asyncssh.listen(
            where.host, where.port, server_factory=lambda: Server(classroom, reception), backlog=128,
            server_host_keys=[where.host_key], reuse_port=where.shares_port or None, encoding=None, line_editor=False,
            agent_forwarding=False, x11_forwarding=False, allow_scp=False, gss_host=None, host_based_auth=False,
            login_timeout=LOGIN_SECONDS, keepalive_interval=KEEPALIVE_SECONDS, compression_algs=None,
            encryption_algs=f"-{SLOW}", **where.options,
        )  # fmt: skip
    except OSError as problem:
        hint = "--host takes an address of this machine; 0.0.0.0 is all of them"
        if problem.errno in (errno.EADDRINUSE, errno.EACCES):
            hint = "choose another with --port, such as --port 2223"
        raise Diagnostic(
            "cannot_listen", f"cannot listen on {where.host}, port {where.port}: {problem.strerror or problem}",
            hints=(hint,),
        ) from None  # fmt: skip
