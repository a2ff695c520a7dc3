"""Clients in the test's own loop, by asyncssh."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncssh

from tests.tui.classroom.clients.server import PATIENCE
from tests.tui.classroom.clients.terminal import Screen, matches


class Client(asyncssh.SSHClientSession[bytes]):
    """A client that draws what it gets, in the test's own loop."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.screen = Screen(size)
        self.closed = asyncio.Event()
        self.channel: asyncssh.SSHClientChannel[bytes]
        self.connection: asyncssh.SSHClientConnection
        self._news = asyncio.Event()

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self.channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self.screen.feed(data)
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()
        self._news.set()

    def press(self, keys: str) -> None:
        self.channel.write(keys.encode())

    def resize(self, size: tuple[int, int]) -> None:
        self.screen.resize(size)
        self.channel.change_terminal_size(*size)

    async def sees(self, wanted: str | Callable[[str], bool], seconds: float = PATIENCE) -> str:
        """The screen once that is on it."""
        try:
            async with asyncio.timeout(seconds):
                while not matches(wanted, self.screen.text):
                    self._news.clear()
                    assert not self.closed.is_set(), f"the connection ended:\n{self.screen.text}"
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{wanted} is not on\n{self.screen.text}") from None
        return self.screen.text

    async def ends(self, seconds: float = PATIENCE) -> str:
        """The screen when the connection has ended."""
        async with asyncio.timeout(seconds):
            await self.closed.wait()
        return self.screen.text


@asynccontextmanager
async def connected(port: int, name: str, **options: Any) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A connection that is let in."""
    options = {"known_hosts": None, "client_keys": None, "config": None, "agent_path": None, **options}
    connection = await asyncssh.connect("127.0.0.1", port, username=name, **options)
    try:
        yield connection
    finally:
        connection.abort()
        with suppress(Exception):
            await connection.wait_closed()


@asynccontextmanager
async def client(
    port: int,
    name: str,
    size: tuple[int, int] = (100, 30),
    *,
    term: str = "xterm-256color",
    env: dict[str, str] | None = None,
    **options: Any,
) -> AsyncIterator[Client]:
    """A person with a terminal of that size."""
    async with connected(port, name, **options) as connection:
        _, session = await connection.create_session(
            lambda: Client(size), term_type=term, term_size=size, encoding=None, env=env or {}
        )
        session.connection = connection
        yield session


async def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until it holds, while everything else in this loop goes on."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
