"""`chainstep serve` in several processes: who is connected to one sees what the teacher does at another."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import asyncssh
import pyte
import pytest
from redis.asyncio import Redis

from tests.tui.classroom.redis_server import RedisServer, broker
from tui.classroom import workers
from tui.classroom.workers import Workers

__all__ = ["broker"]

ROOT = Path(__file__).parents[3]
SIZE = (100, 30)
SECONDS = 40.0
"""After which what is waited for has not come: a process imports for seconds where others compute."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def key(tmp_path: Path) -> asyncssh.SSHKey:
    """The teacher's; the file `teachers` names it."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "teachers").write_bytes(key.export_public_key())
    return key


class Client:
    """Somebody's terminal."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self.process = process
        self._screen = pyte.Screen(*SIZE)
        self._stream = pyte.ByteStream(self._screen)
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while data := await self.process.stdout.read(65_536):
            self._stream.feed(data)

    def press(self, keys: bytes) -> None:
        self.process.stdin.write(keys)

    async def sees(self, text: str) -> None:
        await until(lambda: text in "\n".join(self._screen.display), lambda: "\n".join(self._screen.display))


async def until(holds: Callable[[], bool], seen: Callable[[], object] = lambda: "") -> None:
    try:
        async with asyncio.timeout(SECONDS):
            while not holds():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(seen()) from None


@asynccontextmanager
async def served(folder: Path, broker: RedisServer, port: int, *more: str) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A server, from when it listens."""
    command = [sys.executable, "-m", "tui.cli", "serve", "question", "--port", str(port), "--no-screen",
               "--state", str(folder / "state"), "--teachers", str(folder / "teachers"),
               "--broker", broker.url, "--class", "7b", *more]  # fmt: skip
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )

    def listens() -> bool:
        assert process.poll() is None, (folder / f"{port}.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        await until(listens)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, SECONDS) == 0, (folder / f"{port}.log").read_text()


@asynccontextmanager
async def client(port: int, name: str, key: asyncssh.SSHKey | None = None) -> AsyncIterator[Client]:
    options = {"known_hosts": None, "config": None, "agent_path": None, "client_keys": [key] if key else None}
    async with asyncssh.connect("127.0.0.1", port, username=name, **options) as connection:
        process = await connection.create_process(
            term_type="xterm-256color", term_size=SIZE, encoding=None, env={"LANG": "C.UTF-8"}
        )
        yield Client(process)


async def test_a_class_at_two_servers_has_one_teacher(tmp_path: Path, broker: RedisServer, key) -> None:
    async with AsyncExitStack() as stack:
        one, other = free_port(), free_port()
        await stack.enter_async_context(served(tmp_path, broker, one))
        teacher = await stack.enter_async_context(client(one, "teacher", key))
        await teacher.sees("step 0/3")
        teacher.press(b"n")
        await teacher.sees("step 1/3")
        await stack.enter_async_context(served(tmp_path, broker, other))
        student = await stack.enter_async_context(client(other, "ada"))
        await student.sees("you follow teacher")
        await student.sees("step 1/3")  # it was done before the server was there
        teacher.press(b"nn")
        await student.sees("step 3/3")
        student.press(b"w")
        await student.sees("2 here")


CONNECTED, LISTENS = "01", "0A"


def connected(port: int, processes: list[int], state: str = CONNECTED) -> set[int]:
    """Which of the processes have a connection on a port of theirs, or listen there."""
    entries = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{entry[9]}]" for entry in entries if entry[1].endswith(f":{port:04X}") and entry[3] == state}
    return {process for process in processes if sockets & set(open_files(process))}


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def open_files(process: int) -> Iterator[str]:
    for file in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            yield str(file.readlink())


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux says which process has a connection")
async def test_workers_that_share_a_port_serve_one_class(tmp_path: Path, broker: RedisServer, key) -> None:
    async with AsyncExitStack() as stack:
        port = free_port()
        server = await stack.enter_async_context(served(tmp_path, broker, port, "--workers", "2"))
        await until(lambda: len(children(server.pid)) == 1)
        processes = [server.pid, *children(server.pid)]
        teacher = await stack.enter_async_context(client(port, "teacher", key))
        students: list[Client] = []
        async with asyncio.timeout(SECONDS):
            while len(connected(port, processes)) < 2:  # the system deals connections out as it likes
                students.append(await stack.enter_async_context(client(port, f"student{len(students)}")))
                await students[-1].sees("you follow teacher")
        teacher.press(b"nn")
        for student in (teacher, *students):
            await student.sees("step 2/3")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux says which process has a connection")
async def test_a_worker_that_is_killed_is_started_again_and_serves_the_same_class(
    tmp_path: Path, broker: RedisServer, key
) -> None:
    async with AsyncExitStack() as stack:
        port = free_port()
        server = await stack.enter_async_context(served(tmp_path, broker, port, "--workers", "2"))
        await until(lambda: len(children(server.pid)) == 1)
        (killed,) = children(server.pid)
        os.kill(killed, signal.SIGKILL)
        log = tmp_path / f"{port}.log"
        await until(lambda: "a worker was killed by SIGKILL; it is started again in 1 s" in log.read_text())
        await until(lambda: len(children(server.pid)) == 1)
        (worker,) = children(server.pid)
        assert worker != killed
        await until(lambda: connected(port, [worker], LISTENS) != set())
        async with Redis.from_url(broker.url) as redis, asyncio.timeout(SECONDS):
            while len(await redis.keys("chainstep:class:7b:lease:*")) < 2:  # both living ones are known to live
                await asyncio.sleep(0.02)
        teacher = await stack.enter_async_context(client(port, "teacher", key))
        await teacher.sees("step 0/3")
        people = [teacher]
        async with asyncio.timeout(SECONDS):
            while connected(port, [server.pid, worker]) != {server.pid, worker}:
                people.append(await stack.enter_async_context(client(port, f"student{len(people)}")))
                await people[-1].sees("you follow teacher")
        teacher.press(b"nn")
        for person in people:
            await person.sees("step 2/3")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux says which processes there are")
async def test_workers_end_with_the_process_that_started_them_however_that_ends(
    tmp_path: Path, broker: RedisServer, key
) -> None:
    port = free_port()
    command = [sys.executable, "-m", "tui.cli", "serve", "question", "--port", str(port), "--no-screen", "--state",
               str(tmp_path / "state"), "--broker", broker.url, "--workers", "3"]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
    await until(lambda: len(children(process.pid)) == 2)
    workers = children(process.pid)
    try:
        await until(lambda: connected(port, workers, LISTENS) == set(workers))
        process.kill()
        process.wait()
        await until(lambda: not any(map(is_alive, workers)))
    finally:
        for worker in filter(is_alive, workers):
            os.kill(worker, signal.SIGKILL)


def is_alive(process: int) -> bool:
    """Whether it runs; one that has ended may wait for somebody who asks."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_worker_that_dies_at_once_is_started_again_after_longer_and_longer(
    tmp_path: Path, monkeypatch, caplog
) -> None:
    monkeypatch.setattr(workers, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(workers, "MAX_PAUSE_SECONDS", 0.04)
    several = Workers(["sh", "-c", "exit 3"], {}, 1)
    several.begin()
    await until(lambda: len(caplog.messages) >= 5)
    several.starts_anew = False
    await asyncio.gather(*several._tasks)
    pauses = ["0.01", "0.02", "0.04", "0.04", "0.04"]
    assert caplog.messages[:5] == [
        f"a worker ended with the status 3; it is started again in {pause} s" for pause in pauses
    ]


async def test_a_worker_that_ends_in_order_stays_away_and_the_others_end_with_the_class(caplog) -> None:
    ended, others = Workers(["true"], {}, 1), Workers(["sleep", "60"], {}, 2)
    ended.begin()
    others.begin()
    await asyncio.gather(*ended._tasks)
    async with asyncio.timeout(SECONDS):
        await others.close()
    assert caplog.messages == []
