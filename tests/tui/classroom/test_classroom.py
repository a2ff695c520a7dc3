"""What the seats of one process share, when the broker or a connection goes away at a bad time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.diagnostics import Diagnostic
from engine.scenario import load
from engine.session import actions
from tests.tui.classroom.redis_server import RedisServer, broker
from tests.tui.classroom.served import Kept, until
from tui.classroom import classroom as classroom_module
from tui.classroom import redis_bus
from tui.classroom.bus import Bus, EmbeddedBus
from tui.classroom.classroom import Classroom
from tui.classroom.door.places import Places
from tui.classroom.keeping import StudentLogs
from tui.classroom.redis_bus import RedisBus
from tui.classroom.room.messages import AnyMessage, End, Join, Led, Remove
from tui.classroom.seats.screen import ScreenSeat
from tui.classroom.seats.student import StudentSeat
from tui.classroom.seats.teacher import TeacherSeat
from tui.classroom.ssh.terminal import Terminal

__all__ = ["broker"]
QUESTION = load("question")


def classroom_on(bus: Bus, folder: Path) -> Classroom:
    return Classroom(QUESTION, bus, StudentLogs(folder), Places(b""))


async def test_what_is_led_while_the_broker_is_away_reaches_the_class(
    broker: RedisServer, tmp_path, monkeypatch
) -> None:
    for module in (classroom_module, redis_bus):
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    one, other = (classroom_on(RedisBus(broker.url, "7b", QUESTION), tmp_path) for _ in range(2))
    for each in (one, other):
        await each.open()
    one.send(Join(by="t", name="Tea", teaches=True))
    await until(lambda: one.room.leader == other.room.leader == "t")
    broker.kill()
    one.send(Led(by="t", action=actions.Step()))
    one.send(Led(by="t", action=actions.Step()))
    await asyncio.sleep(0.05)  # it is tried, in vain
    broker.start()
    await until(lambda: other.room.session.state.cursor == one.room.session.state.cursor == 2)
    for each in (one, other):
        await each.close()


async def drawn(seat: ScreenSeat) -> None:
    """Until a seat has its screen, and its app is ready for keys."""
    await until(lambda: seat.shown is not None and seat.shown.is_ready and bool(seat.line.status))


@asynccontextmanager
async def at_two_processes(broker: RedisServer, folder: Path) -> AsyncIterator[tuple[TeacherSeat, StudentSeat]]:
    """A teacher at one, and a student who follows at the other."""
    one, other = (classroom_on(RedisBus(broker.url, "7b", QUESTION), folder) for _ in range(2))
    for each in (one, other):
        each.bus._on_trouble = each.trouble
        await each.open()
    teacher, ada = TeacherSeat(one, Terminal(Kept()), "t"), StudentSeat(other, Terminal(Kept()), "ada")
    one.join(teacher, "Tea")
    await drawn(teacher)
    await until(lambda: other.room.has_teacher)
    other.join(ada, "Ada")
    await drawn(ada)
    try:
        yield teacher, ada
    finally:
        for seat in (teacher, ada):
            tasks = list(seat.tasks)
            seat.classroom.leave(seat)
            await asyncio.gather(*tasks, return_exceptions=True)
            await seat.classroom.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who tries again does so soon."""
    for module in (classroom_module, redis_bus):
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)


@pytest.mark.usefixtures("quick")
async def test_while_the_broker_is_away_all_screens_say_so_and_nobody_goes_on_without_the_class(
    broker: RedisServer, tmp_path: Path
) -> None:
    async with at_two_processes(broker, tmp_path) as (teacher, ada):
        teacher.received(b"n")
        await until(lambda: ada.classroom.room.session.state.cursor == 1)
        broker.kill()
        for seat in (teacher, ada):
            await until(lambda seat=seat: "class stands still" in seat.line._said)
        teacher.received(b"n")
        ada.received(b"h")
        await asyncio.sleep(0.1)
        for seat in (teacher, ada):  # also after a key, which hushes what was said
            assert seat.line.status.startswith("the class stands still: its broker does not answer")
        assert teacher.app is not None
        assert teacher.app.session.state.cursor == 1
        bob = StudentSeat(ada.classroom, Terminal(kept := Kept()), "bob")
        ada.classroom.join(bob, "Bob")
        assert b"does not answer. You come in when it goes on." in kept.data
        broker.start()
        await until(lambda: "stands still" not in teacher.line.status + ada.line.status)
        await until(lambda: teacher.classroom.room.people["ada"].hand is not None)  # it waited
        teacher.received(b"n")
        await until(lambda: ada.classroom.room.session.state.cursor == 2)
        assert teacher.app.session.state.cursor == 2
        await drawn(bob)
        ada.classroom.leave(bob)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("broker", [False], indirect=True)
async def test_a_class_that_the_broker_has_lost_is_said_to_be_and_its_teacher_ends_it(
    broker: RedisServer, tmp_path: Path
) -> None:
    async with at_two_processes(broker, tmp_path) as (teacher, ada):
        broker.kill()
        await until(lambda: teacher.classroom.problem is not None and ada.classroom.problem is not None)
        broker.start()
        for seat in (teacher, ada):
            await until(lambda seat=seat: "the class is lost" in seat.line.status)
        assert "end this class, and begin one with another name" in teacher.line._said
        teacher.received(b"n")
        await asyncio.sleep(0.1)
        assert teacher.app is not None
        assert teacher.app.session.state.cursor == 0
        teacher.send(End(by="t"))
        await until(lambda: teacher.terminal.is_closed)
        assert teacher.classroom.ended.is_set()


async def test_who_may_not_come_in_leaves_nothing_behind_for_their_next_try(tmp_path: Path) -> None:
    room = classroom_on(EmbeddedBus(), tmp_path)
    await room.open()
    for message in (Join(by="t", name="Tea", teaches=True), Join(by="ada", name="Ada"), Remove(by="t", whom="ada")):
        room.send(message)
        await room._outgoing.join()
    for _ in range(2):
        seat = StudentSeat(room, Terminal(Kept()), "ada")
        with pytest.raises(Diagnostic, match="sent you out"):
            room.join(seat, "Ada")
        assert room._awaited == {}
    await room.close()


async def test_who_is_sent_out_while_they_come_in_is_told(tmp_path: Path) -> None:
    room = classroom_on(EmbeddedBus(), tmp_path)
    await room.open()
    room.send(Join(by="t", name="Tea", teaches=True))
    room.send(Join(by="ada", name="Ada"))
    await room._outgoing.join()
    room.send(Remove(by="t", whom="ada"))
    seat = StudentSeat(room, Terminal(kept := Kept()), "ada")
    room.join(seat, "Ada")
    await room._outgoing.join()
    assert b"sent you out" in kept.data
    assert (kept.is_closed, room.seats, room._awaited) == (True, {}, {})
    await room.close()


async def test_what_is_sent_again_since_the_answer_was_lost_is_delivered_once(
    broker: RedisServer, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(classroom_module, "RETRY_SECONDS", 0.01)
    bus = RedisBus(broker.url, "7b", QUESTION)
    run, lost = bus._run, []

    async def and_the_answer_is_lost(script: str, *arguments: bytes | int) -> object:
        answer = await run(script, *arguments)
        if arguments[-1] not in lost:
            lost.append(arguments[-1])
            raise ConnectionResetError
        return answer

    room = classroom_on(bus, tmp_path)
    await room.open()
    monkeypatch.setattr(bus, "_run", and_the_answer_is_lost)
    heard: list[AnyMessage] = []
    room.room.listeners.append(heard.append)
    room._tell(Join(by="t", name="Tea", teaches=True))
    for _ in range(3):
        room._tell(Led(by="t", action=actions.Step()))
    await until(lambda: len(heard) >= 4)
    await room.close()
    assert (lost, len(heard), room.room.session.state.cursor) == ([1, 2, 3, 4], 4, 3)


async def test_who_is_gone_before_the_class_knows_of_them_is_not_there(tmp_path) -> None:
    room = classroom_on(EmbeddedBus(), tmp_path)
    await room.open()
    seat = StudentSeat(room, Terminal(Kept()), "ada")
    room.join(seat, "Ada")
    room.leave(seat)
    await room._outgoing.join()
    assert (room.seats, room.room.people["ada"].present) == ({}, False)
    await room.close()


async def test_the_connection_of_who_was_sent_out_can_end_after_that(tmp_path) -> None:
    room = classroom_on(EmbeddedBus(), tmp_path)
    await room.open()
    room.send(Join(by="t", name="Tea", teaches=True))
    seat = StudentSeat(room, Terminal(Kept()), "ada")
    room.join(seat, "Ada")
    await room._outgoing.join()
    room.send(Remove(by="t", whom="ada"))
    await room._outgoing.join()
    room.leave(seat)
    await room._outgoing.join()
    assert (room.seats, room.room.people["ada"].removed) == ({}, True)
    await room.close()


async def test_of_two_connections_that_wait_at_once_the_first_ends(tmp_path) -> None:
    room = classroom_on(EmbeddedBus(), tmp_path)
    await room.open()
    first, second = (StudentSeat(room, Terminal(Kept()), "ada") for _ in range(2))
    room.join(first, "Ada")
    room.join(second, "Ada")
    await room._outgoing.join()
    assert room.seats == {"ada": second}
    assert first.terminal.channel.is_closed
    assert not second.terminal.channel.is_closed
    second.gone()
    await room.close()
