"""The server as a process, and terminals connected to it: keys go in, bytes come out, and the clock is here."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

from tests.benchmarks.terminal import ROOT

QUIET = 0.08
"""Seconds without output after which the frame that a key has caused is taken to be whole."""
PATIENCE = 30.0
TEACHER = "teacher"
CLASS_LINE = re.compile(rb"\x1b\[\d+;1H\x1b\[0;7m[^\x1b]*\x1b\[0m")
"""The row at the bottom, which is not the debugger's."""


class Server:
    """A class being served, in which whoever has the teacher's key teaches, and anybody else learns."""

    def __init__(self, folder: Path) -> None:
        self.clients: list[Client] = []
        """Those who have come in."""
        self.teachers_key = asyncssh.generate_private_key("ssh-ed25519")
        teachers = folder / "teachers"
        self.teachers_key.write_public_key(str(teachers))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui.cli", "serve", "question", "--no-screen", "--port", str(self.port),
             "--state", str(folder), "--teachers", str(teachers)],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self._process.stdout is not None
        while "Fingerprint" not in self._process.stdout.readline():
            if self._process.poll() is not None:
                raise RuntimeError("the server has not started")

    @property
    def memory(self) -> int:
        """Bytes that it has in memory."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("ascii")
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024

    @property
    def processor_seconds(self) -> float:
        """That it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def waited_seconds(self) -> float:
        """That it could have run in, while other programs had the processors."""
        return int(Path(f"/proc/{self._process.pid}/schedstat").read_text("ascii").split()[1]) / 1e9

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def served() -> Iterator[Server]:
    """A server that nobody has come to yet."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.end()


class Client(asyncssh.SSHClientSession[bytes]):
    """A terminal of so many columns and rows in 256 colours."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.started = time.perf_counter()
        self.first = self.last = 0.0
        """When the first bytes came that the debugger drew since the last key, and when the last of that frame."""
        self.received = 0
        """Bytes since the last key."""
        self.frame = bytearray()
        """All that came, as far as it is looked at: until `watched` is ended."""
        self._is_whole = asyncio.Event()

    def data_received(self, data: bytes, datatype: object) -> None:
        now = time.perf_counter()
        drawn = len(CLASS_LINE.sub(b"", data))
        if not drawn:
            return
        if not self.first:
            self.first = self.last = now
        elif now - self.last < QUIET:
            self.last = now
        self.received += drawn
        if self.received >= self.size[0] * (self.size[1] - 1):
            self._is_whole.set()

    async def first_frame(self) -> float:
        """Seconds from the start of the connection until every cell of the screen is painted."""
        async with asyncio.timeout(PATIENCE):
            await self._is_whole.wait()
        return self.last - self.started

    def press(self, key: str) -> None:
        """Press a key; what came before is forgotten."""
        self.first, self.received = 0.0, 0
        self.started = time.perf_counter()
        self._channel.write(key.encode())

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel, self._connection = chan, chan.get_connection()

    async def leave(self) -> None:
        """End the connection, if it has not ended yet."""
        self._connection.close()
        await self._connection.wait_closed()


async def come_in(server: Server, name: str, size: tuple[int, int] = (120, 36)) -> Client:
    """Connect; the client's clock has started with that. The first frame may still be on its way."""
    client = Client(size)
    connection = await asyncssh.connect(
        "127.0.0.1", server.port, username=name, known_hosts=None,
        client_keys=[server.teachers_key] if name == TEACHER else None, agent_path=None, config=None,
        compression_algs=None,
    )  # fmt: skip
    await connection.create_session(
        lambda: client, encoding=None, term_type="xterm-256color", term_size=size, window=1 << 21
    )
    server.clients.append(client)
    return client
