"""What the seats of one process share, when the broker or a connection goes away at a bad time."""

from __future__ import annotations

import asyncio
from pathlib import Path

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
from tui.classroom.room.messages import AnyMessage, Join, Led, Remove
from tui.classroom.seats.student import StudentSeat
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
