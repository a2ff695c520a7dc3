"""Clients of a served class: OpenSSH in a pseudo-terminal, and asyncssh; each with a screen that draws what it gets."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh
import pyte
import pytest

from engine.scenario import load
from tui.classroom.bus import EmbeddedBus
from tui.classroom.classroom import Classroom
from tui.classroom.door.access import Policy
from tui.classroom.door.arrival import Reception
from tui.classroom.door.authorized_keys import Keys
from tui.classroom.door.door import Door
from tui.classroom.door.places import Places
from tui.classroom.keeping import StudentLogs
from tui.classroom.room import Room
from tui.classroom.room.messages import AnyMessage
from tui.classroom.room.people import Person
from tui.classroom.seats.student import StudentSeat
from tui.classroom.ssh.server import Listening, listen

ROOT = Path(__file__).parents[3]
PATIENCE = 30.0
"""Seconds after which something that should have come never will."""
REQUIRED = "CHAINSTEP_REQUIRE_SSH"
"""Set where there must be an OpenSSH client, so that a machine without one fails and does not skip."""
F2, F3, F4, F5, ESC = "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b"
LOGIN_TTY = "import os, sys; os.login_tty(0); os.execvp(sys.argv[1], sys.argv[1:])"


def openssh(program: str = "ssh") -> str:
    """Where OpenSSH's client is; a test is skipped where there is none and need be none."""
    path = shutil.which(program)
    if path is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"there is no {program}: install openssh-client")
        pytest.skip(f"there is no {program}, as Debian's package openssh-client has it")
    return path


class Screen:
    """A terminal's screen, drawn from the bytes that came."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.raw = bytearray()
        self.painted_at = 0.0
        self._lines: list[str] | None = None
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, data: bytes) -> None:
        self.raw += data
        self.painted_at = time.monotonic()
        self._lines = None
        self._stream.feed(data)

    def resize(self, size: tuple[int, int]) -> None:
        self._lines = None
        self._screen.resize(lines=size[1], columns=size[0])

    @property
    def lines(self) -> list[str]:
        if self._lines is None:
            columns, rows, cells = range(self._screen.columns), range(self._screen.lines), self._screen.buffer
            self._lines = ["".join(cells[y][x].data for x in columns).rstrip() if y in cells else "" for y in rows]
        return self._lines

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def status(self) -> str:
        """The class's line, at the bottom."""
        return self.lines[-1]

    @property
    def is_given_back(self) -> bool:
        """Whether the terminal is as it was: the main screen, a cursor, wrapping, neither mouse nor pastes reported."""
        modes = {
            b"1049": False,
            b"1000": False,
            b"1002": False,
            b"1006": False,
            b"2004": False,
            b"25": True,
            b"7": True,
        }
        return all(
            self.raw.rfind(b"\x1b[?" + mode + (b"h" if is_on else b"l"))
            >= self.raw.rfind(b"\x1b[?" + mode + (b"l" if is_on else b"h"))
            for mode, is_on in modes.items()
        )


def matches(wanted: str | Callable[[str], bool], text: str) -> bool:
    return wanted in text if isinstance(wanted, str) else wanted(text)


# ---- the server, as a process of its own -----------------------------------------------------------------------------


class Served:
    """`chainstep serve`, running."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.process, self.port, self.folder = process, port, folder

    @property
    def memory(self) -> int:
        """Bytes that it has in memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Served]:
    """`chainstep serve question` on a port that is free, with its state in `folder`, which is made."""
    folder.mkdir(mode=0o700)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder / "config")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tui.cli", "serve", "question", "--no-screen", "--state", str(folder),
             "--port", str(port), *arguments],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    server = Served(process, port, folder)
    try:
        wait_until(lambda: "Students:" in server.log or process.poll() is not None)
        assert process.poll() is None, server.log
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_until(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until it holds; fails when it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def new_key(path: Path) -> str:
    """A key pair in `path` and `path.pub`; answers the line for authorized_keys."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=path.name)
    key.write_private_key(path)
    path.chmod(0o600)
    key.write_public_key(path.with_name(path.name + ".pub"))
    return key.export_public_key().decode()


# ---- OpenSSH ---------------------------------------------------------------------------------------------------------


def ssh_options(key: Path | None = None) -> list[str]:
    """What makes ssh read nothing of the person's who runs the tests, and ask about no host key."""
    settings = ("UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=no",
                "LogLevel=ERROR", "IdentitiesOnly=yes", "ConnectTimeout=20", f"IdentityFile={key or 'none'}",
                "IdentityAgent=none")  # fmt: skip
    return ["-F", "none", *(word for setting in settings for word in ("-o", setting))]


def ssh_environment(**variables: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "USER") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", **variables}


def run_ssh(server: Served, *arguments: str, program: str = "ssh", options: Sequence[str] = (), name: str = "ada",
            key: Path | None = None, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:  # fmt: skip
    """ssh, scp or sftp without a terminal, to its end."""
    port = ["-p" if program == "ssh" else "-P", str(server.port)]
    where = [f"{name}@127.0.0.1"] if program == "ssh" else []
    return subprocess.run(
        [openssh(program), *ssh_options(key), "-o", "BatchMode=yes", *port, *options, *where, *arguments],
        env=ssh_environment(), input=typed, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


class SSH:
    """An OpenSSH client in a terminal of its own."""

    def __init__(self, server: Served, name: str, *arguments: str, size: tuple[int, int] = (100, 30),
                 term: str = "xterm-256color", key: Path | None = None, **variables: str) -> None:  # fmt: skip
        self.screen = Screen(size)
        self._master, slave = pty.openpty()
        self._set_size(size)
        sent = [option for variable in variables for option in ("-o", f"SendEnv={variable}")]
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", LOGIN_TTY, openssh(), *ssh_options(key), "-p", str(server.port), *sent,
             *arguments, f"{name}@127.0.0.1"],
            stdin=slave, stdout=slave, stderr=slave,
            env=ssh_environment(TERM=term, **variables),
        )  # fmt: skip
        os.close(slave)
        self._goes_on = True
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> SSH:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._reader.join(PATIENCE)
        os.close(self._master)

    def kill(self) -> None:
        """Without a word to the server, as when a lid is shut."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _set_size(self, size: tuple[int, int]) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def resize(self, size: tuple[int, int]) -> None:
        with self._news:
            self.screen.resize(size)
        self._set_size(size)
        os.kill(self.process.pid, signal.SIGWINCH)

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def _read(self) -> None:
        """Draw what comes, as a terminal does whether anybody looks at it or not: ssh waits for it."""
        while True:
            try:
                data = os.read(self._master, 65_536)
            except OSError:  # Linux's way to say that nobody has the terminal open any more
                data = b""
            with self._news:
                if data:
                    self.screen.feed(data)
                else:
                    self._goes_on = False
                self._news.notify_all()
            if not data:
                return

    def sees(self, wanted: str | Callable[[str], bool], seconds: float = PATIENCE) -> str:
        """The screen once that is on it."""
        end = time.monotonic() + seconds
        with self._news:
            while not matches(wanted, self.screen.text):
                left = end - time.monotonic()
                assert self._goes_on, f"it ended:\n{self.screen.text}"
                assert left > 0, f"{wanted} is not on\n{self.screen.text}"
                self._news.wait(left)
            return self.screen.text

    def ends(self, seconds: float = PATIENCE) -> int:
        """The exit status, once it has ended."""
        with self._news:
            assert self._news.wait_for(lambda: not self._goes_on, seconds), f"it goes on:\n{self.screen.text}"
        return self.process.wait(seconds)


# ---- asyncssh --------------------------------------------------------------------------------------------------------


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


def on_step(step: int) -> Callable[[str], bool]:
    """Whether a screen stands at that step."""
    return lambda text: f"step {step}/" in text


# ---- a class in the test's own loop ----------------------------------------------------------------------------------


class ReportingClassroom(Classroom):
    """Keeps what went wrong in people's sessions, for the test to see."""

    def __init__(self, reports: list[str], *arguments: Any) -> None:
        self._reports = reports
        super().__init__(*arguments)

    def report(self, person: str, problem: BaseException) -> None:
        self._reports.append(repr(problem))


class Class:
    """A class that is served in this loop, so that a test sees into it and can say what a teacher's panel would say."""

    def __init__(self, folder: Path) -> None:
        self.teacher_key, self.other_teacher_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self.reports: list[str] = []
        """What went wrong in people's sessions."""
        logs = StudentLogs(folder / "students")
        places = Places(b"of one server", by_name=True)
        self.classroom = ReportingClassroom(self.reports, load("question"), EmbeddedBus(), logs, places)
        blobs = frozenset(key.public_data for key in (self.teacher_key, self.other_teacher_key))
        self.policy = Policy("127.0.0.1", teachers=Keys(blobs))
        self.port = 0

    @property
    def room(self) -> Room:
        return self.classroom.room

    def tell(self, message: AnyMessage) -> None:
        self.classroom.send(message)

    def person(self, name: str) -> Person:
        return next(person for person in self.room.people.values() if person.name == name)

    def seat(self, name: str) -> StudentSeat:
        seat = self.classroom.seats[self.person(name).id]
        assert isinstance(seat, StudentSeat)
        return seat

    def student(self, name: str, **options: Any) -> AbstractAsyncContextManager[Client]:
        return client(self.port, name, **options)

    def teacher(self, name: str = "teacher", key: asyncssh.SSHKey | None = None) -> AbstractAsyncContextManager[Client]:
        return client(self.port, name, client_keys=[key or self.teacher_key])


@asynccontextmanager
async def in_class(folder: Path) -> AsyncIterator[Class]:
    """A class; everybody comes in by name, teachers by their keys."""
    lesson = Class(folder)
    classroom = lesson.classroom
    reception = Reception(lesson.policy, Door(), classroom.places, lambda: lesson.room.people, lambda: classroom.logs)
    await classroom.open()
    acceptor = await listen(
        classroom, reception, Listening("127.0.0.1", 0, asyncssh.generate_private_key("ssh-ed25519"))
    )
    lesson.port = acceptor.get_port()
    try:
        yield lesson
    finally:
        acceptor.close()
        await until(lambda: not classroom.seats)
        await classroom.close()
