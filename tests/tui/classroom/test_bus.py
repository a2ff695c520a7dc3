"""One order for everybody: inside of a process, and through a broker that may go away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from engine import Diagnostic
from engine.scenario import load
from engine.session import actions
from tests.tui.classroom.broker import Broker, needs_broker
from tui.classroom import redis_bus
from tui.classroom.bus import Bus, EmbeddedBus, bus_for
from tui.classroom.messages import AnyMessage, End, Join, Lead, Led, Note
from tui.classroom.redis_bus import RedisBus
from tui.classroom.room import Room

JOINS = [Join(by="t", name="Tea", teaches=True), Join(by="a", name="Ada")]


def notes(by: str, count: int) -> list[AnyMessage]:
    return [Note(by=by, text=f"{by}{number}") for number in range(count)]


class Follower:
    """What has come through a bus."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.heard: list[AnyMessage] = []
        self._more = asyncio.Event()
        self._task = asyncio.create_task(bus.follow(self._deliver))

    def _deliver(self, message: AnyMessage) -> None:
        self.heard.append(message)
        self._more.set()

    async def until(self, holds: Callable[[list[AnyMessage]], bool]) -> list[AnyMessage]:
        async with asyncio.timeout(30):
            while not holds(self.heard):
                self._more.clear()
                await self._more.wait()
        return self.heard

    async def say(self, *messages: AnyMessage) -> None:
        for message in messages:
            await self.bus.publish(message)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.bus.close()


@asynccontextmanager
async def following(*buses: Bus) -> AsyncIterator[list[Follower]]:
    async with AsyncExitStack() as stack:
        followers = []
        for bus in buses:
            follower = Follower(bus)
            stack.push_async_callback(follower.close)
            async with asyncio.timeout(30):
                await bus.caught_up.wait()
            followers.append(follower)
        yield followers


# ---- in one process ------------------------------------------------------------------------------------------------


async def test_what_is_published_inside_of_a_process_is_delivered_at_once() -> None:
    bus = bus_for(None, "class")
    assert isinstance(bus, EmbeddedBus)
    await bus.publish(JOINS[0])
    async with following(bus) as [follower]:
        assert follower.heard == JOINS[:1], "what was said before is not lost"
        await bus.publish(JOINS[1])
        assert follower.heard == JOINS


# ---- through a broker ----------------------------------------------------------------------------------------------


@needs_broker
async def test_all_hear_the_same_in_the_same_order(broker: Broker) -> None:
    async with following(*(RedisBus(broker.url, "7b") for _ in range(3))) as followers:
        await asyncio.gather(*(each.say(*notes(by, 40)) for by, each in zip("abc", followers, strict=True)))
        heard = [await each.until(lambda heard: len(heard) == 120) for each in followers]
        assert heard[0] == heard[1] == heard[2]
        for by in "abc":
            assert [note for note in heard[0] if note.by == by] == notes(by, 40)


@needs_broker
async def test_who_comes_late_hears_all_from_the_beginning(broker: Broker, monkeypatch) -> None:
    monkeypatch.setattr(redis_bus, "BATCH", 7)
    async with following(RedisBus(broker.url, "7b")) as [first]:
        await first.say(*JOINS, *notes("a", 30))
        async with following(RedisBus(broker.url, "7b")) as [late]:
            assert late.heard == [*JOINS, *notes("a", 30)], "all of it before it has caught up"


@needs_broker
async def test_of_two_who_lead_at_once_every_room_takes_the_same(broker: Broker) -> None:
    """Lead goes to Ada while the teacher steps: whichever is first on the bus, all rooms agree on who led what."""
    async with following(RedisBus(broker.url, "7b"), RedisBus(broker.url, "7b")) as [one, other]:
        await one.say(*JOINS, Lead(by="t", whom="a"))
        await other.until(lambda heard: len(heard) == 3)
        await asyncio.gather(
            *(one.say(Led(by="t", action=actions.Step())) for _ in range(10)),
            *(other.say(Led(by="a", action=actions.Step())) for _ in range(10)),
            one.say(Lead(by="t", whom="t")),
        )
        rooms = []
        for follower in (one, other):
            room = Room(load("question"))
            for message in await follower.until(lambda heard: len(heard) == 24):
                room.apply(message)
            rooms.append(room)
        assert [*rooms[0].session.log.lines()] == [*rooms[1].session.log.lines()]
        assert rooms[0].leader == "t"


@needs_broker
async def test_classes_of_other_names_hear_nothing(broker: Broker) -> None:
    async with following(RedisBus(broker.url, "7b"), RedisBus(broker.url, "7c")) as [one, other]:
        await one.say(*JOINS)
        await other.say(JOINS[1])
        await one.until(lambda heard: len(heard) == 2)
        assert await other.until(lambda heard: len(heard) == 1) == JOINS[1:]


@needs_broker
async def test_after_the_end_a_class_of_that_name_begins_anew(broker: Broker) -> None:
    async with following(RedisBus(broker.url, "7b", "question")) as [first]:
        await first.say(*JOINS, End(by="t"))
        await first.until(lambda heard: len(heard) == 3)
        async with following(RedisBus(broker.url, "7b", "layouts")) as [anew]:
            assert anew.heard == []
            await anew.say(JOINS[1])
            await anew.until(lambda heard: heard == JOINS[1:])
            assert len(first.heard) == 3


@needs_broker
async def test_a_broker_that_comes_back_has_all_and_nothing_is_said_twice(broker: Broker, caplog) -> None:
    async with following(RedisBus(broker.url, "7b"), RedisBus(broker.url, "7b")) as [one, other]:
        await one.say(*notes("a", 5))
        await other.until(lambda heard: len(heard) == 5)
        broker.kill()
        waiting = asyncio.create_task(one.say(*notes("b", 5)))
        await asyncio.sleep(0)
        broker.start()
        await waiting
        heard = await other.until(lambda heard: len(heard) >= 10)
        assert heard == [*notes("a", 5), *notes("b", 5)] == await one.until(lambda heard: len(heard) >= 10)
        async with following(RedisBus(broker.url, "7b")) as [late]:
            assert late.heard == heard
    said = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) <= 4, "once that it is away and once that it is back, for each of both"
    assert any("does not answer" in line for line in said)


@needs_broker
async def test_a_message_that_was_sent_twice_is_delivered_once(broker: Broker, monkeypatch) -> None:
    bus = RedisBus(broker.url, "7b")
    send, lost = bus._send, set[int]()

    async def and_the_reply_is_lost(message: AnyMessage, number: int) -> None:
        await send(message, number)
        if number not in lost:
            lost.add(number)
            raise ConnectionResetError("reset")

    monkeypatch.setattr(bus, "_send", and_the_reply_is_lost)
    async with following(bus) as [follower]:
        await follower.say(*notes("a", 3))
        await follower.until(lambda heard: len(heard) == 3)
        assert await bus._redis.xlen(bus._stream) == 1 + 2 * 3, "the stream's beginning, and everything twice"
        assert follower.heard == notes("a", 3)


@needs_broker
async def test_a_broker_that_has_forgotten_is_said_and_lets_nobody_join(forgetful_broker: Broker, caplog) -> None:
    broker = forgetful_broker
    async with following(RedisBus(broker.url, "7b"), RedisBus(broker.url, "7b")) as [one, other]:
        await one.say(*notes("a", 3))
        await other.until(lambda heard: len(heard) == 3)
        broker.kill()
        broker.start()
        await one.say(*notes("b", 3))
        assert (await other.until(lambda heard: len(heard) == 6))[3:] == notes("b", 3), "the class goes on"
        assert any("has lost what was said in the class 7b" in record.message for record in caplog.records)
        late = RedisBus(broker.url, "7b")
        with pytest.raises(Diagnostic, match="no longer has the beginning"):
            await late.follow(lambda message: None)
        await late.close()


@needs_broker
async def test_a_class_too_long_for_the_broker_lets_nobody_join(broker: Broker, monkeypatch) -> None:
    monkeypatch.setattr(redis_bus, "MAX_MESSAGES", 10)
    async with following(RedisBus(broker.url, "7b")) as [one]:
        await one.say(*notes("a", 300))  # the broker drops whole blocks of 100
        assert await one.until(lambda heard: len(heard) == 300) == notes("a", 300)
        late = RedisBus(broker.url, "7b")
        with pytest.raises(Diagnostic) as caught:
            await late.follow(lambda message: None)
        assert caught.value.code == "lost"
        await late.close()


@needs_broker
async def test_a_class_is_about_one_scenario(broker: Broker) -> None:
    async with following(RedisBus(broker.url, "7b", "question")):
        other = RedisBus(broker.url, "7b", "layouts")
        with pytest.raises(Diagnostic, match="another scenario") as caught:
            await other.follow(lambda message: None)
        assert caught.value.where.key == "--class"
        await other.close()


@needs_broker
async def test_what_another_version_says_is_left_out(broker: Broker, caplog) -> None:
    bus = RedisBus(broker.url, "7b")
    async with following(bus) as [follower]:
        await bus._redis.xadd(bus._stream, {"from": "later", "number": 1, "message": b"\x81\xa4type\xa5dance"})
        await follower.say(JOINS[0])
        assert await follower.until(bool) == JOINS[:1]
    assert any("another version" in record.message for record in caplog.records)


async def test_a_broker_that_is_not_there_is_one_located_message() -> None:
    bus = RedisBus("redis://:secret@127.0.0.1:1", "7b")
    with pytest.raises(Diagnostic) as caught:
        await bus.follow(lambda message: None)
    await bus.close()
    problem = caught.value
    assert (problem.code, problem.where.key) == ("no_broker", "--broker")
    assert "127.0.0.1:1" in problem.message
    assert "secret" not in str(problem)


@pytest.mark.parametrize("url", ["nats://127.0.0.1", "127.0.0.1:6379", "redis://127.0.0.1:port", ""])
async def test_an_address_of_another_kind_is_one_located_message(url: str) -> None:
    with pytest.raises(Diagnostic) as caught:
        bus_for(url, "7b")
    assert (caught.value.code, caught.value.where.key) == ("bad_value", "--broker")


async def test_who_has_no_redis_is_told_what_to_install(monkeypatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "tui.classroom.redis_bus")
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(Diagnostic) as caught:
        bus_for("redis://127.0.0.1", "7b")
    assert caught.value.hints == ("pip install 'chainstep[cluster]'",)
