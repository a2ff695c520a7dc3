"""Clients that mean no good: whatever they send or leave unread, the class goes on, in bounded memory."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.tui.classroom.clients.asynchronous import Client, client, connected, until
from tests.tui.classroom.clients.lesson import in_class
from tests.tui.classroom.clients.server import PATIENCE, Served, served
from tests.tui.classroom.clients.terminal import F4, on_step

GOES_ON = 3.0
"""Seconds in which a key of the teacher's is painted for a student, whatever others do. On a machine that does nothing
else it is well below one; the tests run beside others."""
GROWTH = 48_000_000
"""Bytes that the server may come to need for one attack."""
HOME = "\x1b[H"
STRANGER = ("127.0.0.2", 0)
"""An address of this machine that nobody of the class comes from."""


@pytest.fixture(scope="module")
def teacher_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, teacher_key: asyncssh.SSHKey) -> Iterator[Served]:
    """Where students come in by name, and the teacher by a key."""
    folder = tmp_path_factory.mktemp("hostile")
    teacher_key.write_public_key(folder / "teachers")
    with served(folder / "state", "--teachers", str(folder / "teachers")) as server:
        yield server


class Lesson:
    """A teacher who steps, and a student who follows; how long each key took to be painted."""

    def __init__(self, server: Served, teacher: Client, student: Client) -> None:
        self.server, self.teacher, self.student = server, teacher, student
        self.seconds: list[float] = []

    async def step(self) -> None:
        """On, or back; until the student sees it."""
        forward = on_step(0)(self.student.screen.text)
        began = time.monotonic()
        self.teacher.press("n" if forward else "b")
        await self.student.sees(on_step(1 if forward else 0))
        self.seconds.append(time.monotonic() - began)

    async def go_on(self) -> None:
        while True:
            await self.step()
            await asyncio.sleep(0.02)


@pytest.fixture
async def lesson(server: Served, teacher_key: asyncssh.SSHKey) -> AsyncIterator[Lesson]:
    """A lesson that goes on while the test does, and has gone on without a halt when it ends."""
    async with (
        client(server.port, "teacher", client_keys=[teacher_key]) as teacher,
        client(server.port, "diligent", size=(90, 28)) as student,
    ):
        await teacher.sees("you lead")
        teacher.press(HOME)
        await student.sees("you follow teacher")
        await student.sees(on_step(0))
        lesson = Lesson(server, teacher, student)
        await lesson.step()
        memory = server.memory
        going_on = asyncio.create_task(lesson.go_on())
        yield lesson
        count = len(lesson.seconds)
        await until(lambda: len(lesson.seconds) > count + 1 or going_on.done())
        going_on.cancel()
        with suppress(asyncio.CancelledError):
            await going_on
        grown = server.memory - memory
        print(
            f"{len(lesson.seconds)} keys painted, the slowest in {max(lesson.seconds):.2f} s; {grown / 1e6:.1f} MB more"
        )
        assert max(lesson.seconds) < GOES_ON
        assert grown < GROWTH
        assert server.process.poll() is None


async def steps(lesson: Lesson, count: int) -> None:
    """Wait until the class has gone on for so many steps."""
    goal = len(lesson.seconds) + count
    await until(lambda: len(lesson.seconds) >= goal)


@asynccontextmanager
async def raw(port: int, address: tuple[str, int] = STRANGER) -> AsyncIterator[tuple[asyncio.StreamReader, Any]]:
    """A connection without a protocol."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=address)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


# ---- before anybody is let in ----------------------------------------------------------------------------------------


async def test_garbage_is_cut_off(lesson: Lesson) -> None:
    garbage = random.Random(11).randbytes(1_000_000)
    for greeting in (b"", b"SSH-2.0-hostile\r\n", b"SSH-2.0-\xff\xfe\r\n", b"GET / HTTP/1.1\r\n") * 3:
        async with raw(lesson.server.port) as (reader, writer):
            writer.write(greeting + garbage)
            with suppress(ConnectionError):
                async with asyncio.timeout(15):
                    while await reader.read(65_536):
                        pass
    await steps(lesson, 2)


async def test_who_never_logs_in_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.classroom.ssh.server.KEY_EXCHANGE_SECONDS", 1.0)
    async with in_class(tmp_path) as lesson, AsyncExitStack() as stack:
        for _ in range(200):
            await stack.enter_async_context(raw(lesson.port))
        newcomer = await stack.enter_async_context(lesson.student("newcomer"))
        await newcomer.sees("a session of your own")
        async with asyncio.timeout(PATIENCE):  # from the same address, there is room when those have been cut off
            while True:
                with suppress(OSError, asyncssh.Error):
                    async with connected(lesson.port, "neighbour", local_addr=STRANGER):
                        break
                await asyncio.sleep(0.1)


async def test_who_is_let_in_and_asks_for_nothing_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.classroom.ssh.server.LOGIN_SECONDS", 0.2)
    async with in_class(tmp_path) as lesson, connected(lesson.port, "idle") as connection:
        async with asyncio.timeout(10):
            await connection.wait_closed()


# ---- names and variables ---------------------------------------------------------------------------------------------


async def test_a_name_is_drawn_without_what_it_hides(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asyncssh.connection.saslprep", lambda text: text)  # which the server's side does as well
    for name in ("\x1b[2J\x1b]0;owned\x07eve", "eve\u202egnp", "e\u0301\u0301\u0301\u0301\u0301\u0301ve", "x" * 5_000):
        with suppress(asyncssh.Error, ConnectionError):
            async with client(lesson.server.port, name) as eve:
                await eve.sees("you follow teacher")
                eve.press(F4)
                text = await eve.sees("here")
                assert "owned" not in text
                assert "\u202e" not in text
                assert "x" * 30 not in text
                assert b"\x1b]0" not in eve.screen.raw


async def test_ten_thousand_variables_are_not_kept(lesson: Lesson) -> None:
    variables = {f"NAME{number}": "x" * 200 for number in range(10_000)} | {"LARGE": "y" * 200_000}
    async with client(lesson.server.port, "rich", env={"NO_COLOR": "1", **variables}) as rich:
        await rich.sees("you follow teacher")
    with suppress(asyncssh.Error, ConnectionError):
        async with client(lesson.server.port, "richer", env={"HUGE": "z" * 1_000_000}) as richer:
            await richer.sees("you follow teacher")
    await steps(lesson, 2)


async def test_one_connection_has_one_session(lesson: Lesson) -> None:
    async with client(lesson.server.port, "greedy") as greedy:
        await greedy.sees("you follow teacher")
        for _ in range(3):
            with pytest.raises(asyncssh.ChannelOpenError):
                await greedy.connection.create_session(lambda: Client((80, 24)), term_type="xterm", encoding=None)
        greedy.press("h")
        await greedy.sees("hand is up")


async def test_no_agent_is_forwarded(tmp_path: Path) -> None:
    async with in_class(tmp_path) as lesson:
        agent = await asyncio.start_unix_server(lambda reader, writer: None, tmp_path / "agent")
        options = {"agent_path": str(tmp_path / "agent"), "agent_forwarding": True}
        async with agent, lesson.student("ada", **options) as ada:
            await ada.sees("a session of your own")
            ada.press("n")
            await ada.sees(on_step(1))
            channel = lesson.seat("ada").terminal.channel
            assert channel._channel.get_agent_path() is None  # type: ignore[attr-defined]


# ---- floods ----------------------------------------------------------------------------------------------------------


async def test_an_endless_paste_is_dropped(lesson: Lesson) -> None:
    async with client(lesson.server.port, "paster") as paster:
        await paster.sees("you follow teacher")
        paster.press("d")
        await paster.sees("a session of your own")
        await paster.sees(lambda text: "step " in text)
        began = len(paster.screen.raw)
        paster.press("\x1b[200~" + "x" * 40_000)
        await steps(lesson, 5)
        assert len(paster.screen.raw) < began + 50_000
        await paster.sees("too long to be pasted: at most 20,000 characters")
        paster.press("\x1b[201~N")
        await paster.sees(on_step(2))  # N goes on over the layer
        paster.press("\x1b[200~" + "x" * 5_000_000)
        await steps(lesson, 10)


@pytest.mark.parametrize("follows", [True, False])
async def test_a_thousand_sizes_a_second_are_drawn_now_and_then(lesson: Lesson, follows: bool) -> None:
    async with client(lesson.server.port, f"restless {follows}") as restless:
        await restless.sees("you follow teacher")
        if not follows:
            restless.press("d")
            await restless.sees("a session of your own")
        for number in range(1_500):
            restless.channel.change_terminal_size(81 + number % 100, 24 + number % 37)
            if number % 20 == 0:
                await asyncio.sleep(0.02)
        restless.resize((120, 35))
        await restless.sees(lambda _: "F2" in restless.screen.lines[34] or "you follow" in restless.screen.lines[34])
        await steps(lesson, 2)


async def test_sizes_that_no_terminal_has_are_clamped(lesson: Lesson) -> None:
    for size in ((20_000, 20_000), (0, 0), (4_294_967_295, 1)):
        async with connected(lesson.server.port, "giant") as connection:
            _, giant = await connection.create_session(
                lambda: Client((240, 80)), term_type="xterm", term_size=size, encoding=None
            )
            await giant.sees("you")
            giant.channel.change_terminal_size(100, 30)
            giant.channel.change_terminal_size(1, 4_294_967_295)
            await steps(lesson, 2)


async def test_a_flood_of_keys_is_read_as_fast_as_it_can_be_dealt_with(lesson: Lesson) -> None:
    async with client(lesson.server.port, "drummer") as drummer:
        await drummer.sees("you follow teacher")
        drummer.press("d")
        await drummer.sees("a session of your own")
        end = time.monotonic() + 2
        while time.monotonic() < end:
            drummer.press("nb" * 1_000)
            await asyncio.sleep(0.02)
        await steps(lesson, 3)
        assert drummer.channel.get_write_buffer_size() > 100_000  # what the server did not read is the drummer's


@pytest.mark.parametrize("follows", [True, False])
async def test_a_flood_of_the_classs_own_keys_is_borne(lesson: Lesson, follows: bool) -> None:
    """Hands, notes and comings and goings reach everybody."""
    async with client(lesson.server.port, f"waver {follows}") as waver:
        await waver.sees("you follow teacher")
        end = time.monotonic() + 2
        while time.monotonic() < end:
            waver.press("hhm" + "x" * 100 + "\r" if follows else "\x1bOQ\x1bOQ")
            await asyncio.sleep(0.02)
        await steps(lesson, 3)


async def test_who_does_not_read_gets_the_newest_frame_when_reading_again(
    server: Served, teacher_key: asyncssh.SSHKey
) -> None:
    narrow = socket.create_connection(("127.0.0.1", server.port))
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    narrow.setblocking(False)
    async with client(server.port, "teacher", client_keys=[teacher_key]) as teacher:
        teacher.press(HOME)
        await teacher.sees("you lead")
        await teacher.sees(on_step(0))
        connection = await asyncssh.connect(
            sock=narrow, username="deaf", known_hosts=None, client_keys=None, config=None, agent_path=None
        )
        _, deaf = await connection.create_session(
            lambda: Client((100, 30)), term_type="xterm", term_size=(100, 30), encoding=None, window=1 << 30
        )
        try:
            await deaf.sees("you follow teacher")
            await deaf.sees(lambda text: "step " in text)
            transport = connection._transport
            transport.pause_reading()
            before, sent, memory = len(deaf.screen.raw), len(teacher.screen.raw), server.memory
            for key, step in (("n", 1), ("lb", 0)) * 120:  # three times what fits in on the way
                teacher.press(key)
                await teacher.sees(on_step(step))
            teacher.press("nnn")
            await teacher.sees(on_step(3))
            assert server.memory - memory < 20_000_000
            assert len(deaf.screen.raw) == before
            transport.resume_reading()
            await deaf.sees(on_step(3))
            teacher.press("b")
            await deaf.sees(on_step(2))
            assert len(deaf.screen.raw) - before < 0.7 * (len(teacher.screen.raw) - sent)  # frames were left out
        finally:
            connection.abort()
