"""Messages come to all in one order: in one process, and over a Redis that the test starts, kills and restarts."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from engine.diagnostics import Diagnostic
from engine.scenario import load
from tests.tui.classroom.classes import QUESTION, STEP, contents
from tests.tui.classroom.redis_server import RedisServer, broker
from tui.classroom import redis_bus
from tui.classroom.bus import Bus, EmbeddedBus
from tui.classroom.redis_bus import RedisBus
from tui.classroom.room import Room
from tui.classroom.room import messages as m

__all__ = ["broker"]
ROOT = Path(__file__).parents[3]
PATIENCE = 20


class Heard:
    """What has been delivered, and a way to wait for more of it."""

    def __init__(self) -> None:
        self.messages: list[m.AnyMessage] = []
        self.troubles: list[str | None] = []
        self._news = asyncio.Condition()

    def __call__(self, message: m.AnyMessage) -> None:
        self.messages.append(message)
        self._ring()

    def trouble(self, problem: Diagnostic | None) -> None:
        self.troubles.append(problem and problem.code)
        self._ring()

    def _ring(self) -> None:
        async def ring() -> None:
            async with self._news:
                self._news.notify_all()

        self._ringing = asyncio.ensure_future(ring())

    async def until(self, messages: int = 0, troubles: int = 0) -> None:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.messages) >= messages and len(self.troubles) >= troubles)


@asynccontextmanager
async def on_redis(url: str, name: str = "class", scenario=QUESTION) -> AsyncIterator[tuple[RedisBus, Heard]]:
    """A bus that is followed."""
    heard = Heard()
    bus = RedisBus(url, name, scenario, heard.trouble)
    try:
        await bus.follow(heard)
        yield bus, heard
    finally:
        await bus.close()


def notes(count: int, by: str = "ana") -> list[m.AnyMessage]:
    return [m.Note(by=by, text=str(number)) for number in range(count)]


# ---- in one process ------------------------------------------------------------------------------------------------


async def test_in_one_process_a_message_has_been_delivered_when_it_is_published():
    bus, heard = EmbeddedBus(), Heard()
    await bus.follow(heard)
    for number, message in enumerate(notes(3)):
        await bus.publish(message)
        assert len(heard.messages) == number + 1
    await bus.close()
    await bus.publish(notes(1)[0])
    assert heard.messages == notes(3)


async def test_what_is_published_while_another_is_delivered_comes_after_it_for_everybody():
    bus: Bus = EmbeddedBus()
    first, second, replies = [], [], []

    def reply(message: m.AnyMessage) -> None:
        first.append(message)
        if message == m.Call(by="tia"):
            replies.append(asyncio.ensure_future(bus.publish(m.Hand(by="ana", up=True))))
            coroutine = bus.publish(m.Hand(by="bo", up=True))
            with pytest.raises(StopIteration):
                coroutine.send(None)  # published within this very call

    await bus.follow(reply)
    await bus.follow(second.append)
    await bus.publish(m.Call(by="tia"))
    await asyncio.gather(*replies)
    assert first == second == [m.Call(by="tia"), m.Hand(by="bo", up=True), m.Hand(by="ana", up=True)]


async def test_who_cannot_deal_with_a_message_does_not_stop_the_class():
    problems, heard, bus = [], Heard(), EmbeddedBus()
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))

    def broken(message: m.AnyMessage) -> None:
        raise ValueError("broken")

    await bus.follow(broken)
    await bus.follow(heard)
    for message in notes(2):
        await bus.publish(message)
    assert heard.messages == notes(2)
    assert [str(problem["exception"]) for problem in problems] == ["broken", "broken"]
    assert "`note`" in problems[0]["message"]


# ---- over Redis ----------------------------------------------------------------------------------------------------


async def test_every_message_comes_over_redis_as_it_was_sent_and_to_late_comers_from_the_first_on(broker: RedisServer):
    sent = [
        m.Join(by="tia", name="Tïa ∂", teaches=True),
        m.Led(by="tia", action=STEP),
        m.Led(by="tia", action=STEP, by_lesson=True),
        m.Shown(by="ana", actions=(STEP, STEP), anew=True),
        m.End(by="tia"),
    ]
    async with on_redis(broker.url) as (bus, heard):
        for message in sent:
            await bus.publish(message)
        await heard.until(messages=5)
        assert heard.messages == sent
        async with on_redis(broker.url) as (_, late):
            assert late.messages == sent  # they are there when it has begun to follow
        async with on_redis(broker.url, "another class") as (_, elsewhere):
            assert elsewhere.messages == []


async def test_what_is_published_at_once_is_one_order_for_all(broker: RedisServer):
    async with on_redis(broker.url) as (one, heard_by_one), on_redis(broker.url) as (other, heard_by_other):
        await asyncio.gather(*(bus.publish(message) for bus, by in ((one, "ana"), (other, "bo"))
                               for message in notes(200, by)))  # fmt: skip
        await heard_by_one.until(messages=400)
        await heard_by_other.until(messages=400)
    assert heard_by_one.messages == heard_by_other.messages
    for by in ("ana", "bo"):
        assert [message for message in heard_by_one.messages if message.by == by] == notes(200, by)


async def test_a_class_over_two_processes_sees_one_order_and_one_teacher(broker: RedisServer):
    workers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.tui.classroom.worker", broker.url, "class", student,
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
        )
        for student in ("ana", "bo")
    ]  # fmt: skip
    async with asyncio.timeout(60):
        said = [json.loads((await worker.communicate())[0]) for worker in workers]
    assert said[0] == said[1]
    assert said[0]["teacher"] in ("teacher-of-ana", "teacher-of-bo")
    assert said[0]["actions"]
    assert said[0]["names"] == ["Student", "Student 2", "Teacher", "Teacher 2"]
    async with on_redis(broker.url) as (_, heard):  # a third process that comes late has the same class
        room = Room(QUESTION)
        for message in heard.messages:
            room.apply(message)
    assert room.leader == said[0]["leader"]
    assert [type(record.action).__name__ for record in room.session.log.records] == said[0]["actions"]


async def test_a_broker_that_crashed_goes_on_where_it_was(broker: RedisServer, monkeypatch):
    monkeypatch.setattr(redis_bus, "RETRY_SECONDS", 0.01)
    async with on_redis(broker.url) as (one, heard), on_redis(broker.url) as (other, also):
        for message in notes(3):
            await one.publish(message)
        await heard.until(messages=3)
        broker.kill()
        await heard.until(troubles=1)
        with pytest.raises(Diagnostic, match="does not answer") as refused:
            await one.publish(notes(1)[0])
        assert refused.value.code == "no_broker"
        assert str(broker.port) in refused.value.message
        broker.start()
        await heard.until(troubles=2)
        await also.until(messages=3, troubles=2)
        await other.publish(m.Call(by="tia"))
        await heard.until(messages=4)
        await also.until(messages=4)
    assert heard.messages == also.messages == [*notes(3), m.Call(by="tia")]
    assert heard.troubles == also.troubles == ["no_broker", None]


@pytest.mark.parametrize("broker", [False], indirect=True)
async def test_a_broker_that_lost_the_class_is_said_to_have(broker: RedisServer, monkeypatch):
    monkeypatch.setattr(redis_bus, "RETRY_SECONDS", 0.01)
    async with on_redis(broker.url) as (one, heard), on_redis(broker.url) as (other, also):
        await one.publish(notes(1)[0])
        await also.until(messages=1)
        broker.kill()
        await heard.until(troubles=1)
        await also.until(troubles=1)
        broker.start()
        async with on_redis(broker.url) as (_, anew):  # another class of the same name, in which theirs must not go on
            await heard.until(troubles=2)
            await also.until(troubles=2)
            for bus in (one, other):
                with pytest.raises(Diagnostic, match="has lost messages of this class") as lost:
                    await bus.publish(m.Call(by="tia"))
                assert "another name" in lost.value.hints[0]
            assert anew.messages == []
    assert heard.troubles == also.troubles == ["no_broker", "lost_class"]


async def test_messages_that_vanish_while_the_broker_answers_are_noticed(broker: RedisServer):
    async with on_redis(broker.url) as (bus, heard), Redis.from_url(broker.url) as redis:
        for message in notes(2):
            await bus.publish(message)
        await heard.until(messages=2)
        await redis.xadd("chainstep:class:class", {"class": "another", "m": "x"}, id="4-0")
        await heard.until(troubles=1)
        assert heard.troubles == ["lost_class"]
        assert heard.messages == notes(2)
        await redis.delete("chainstep:class:class")
    async with on_redis(broker.url) as (bus, heard), Redis.from_url(broker.url) as redis:
        await redis.delete("chainstep:class:class")
        with pytest.raises(Diagnostic, match="has lost messages"):
            await bus.publish(notes(1)[0])


async def test_what_no_chainstep_wrote_is_left_out(broker: RedisServer):
    async with on_redis(broker.url) as (bus, heard), Redis.from_url(broker.url) as redis:
        await bus.publish(notes(1)[0])
        ((_, first),) = await redis.xrange("chainstep:class:class", count=1)
        await redis.xadd("chainstep:class:class", {"class": first[b"class"], "m": b"\xff garbage"}, id="3-0")
        await bus.publish(m.Call(by="tia"))
        await heard.until(messages=2)
        assert heard.messages == [notes(1)[0], m.Call(by="tia")]
        assert heard.troubles == []


async def test_a_class_of_another_scenario_cannot_be_joined(broker: RedisServer):
    async with on_redis(broker.url):
        with pytest.raises(Diagnostic, match="of another scenario") as other:
            async with on_redis(broker.url, scenario=load("scalar")):
                pass
        assert other.value.code == "other_class"


async def test_of_a_class_that_is_too_long_the_first_messages_go_and_nobody_joins_it_anew(broker, monkeypatch):
    monkeypatch.setattr(redis_bus, "MAX_MESSAGES", 100)
    async with on_redis(broker.url) as (bus, heard):
        for message in notes(300):
            await bus.publish(message)
        await heard.until(messages=300)
        assert heard.messages == notes(300)
        with pytest.raises(Diagnostic, match="dropped the first messages"):
            async with on_redis(broker.url):
                pass


async def test_the_broker_forgets_a_class_a_day_after_its_last_message(broker: RedisServer):
    async with on_redis(broker.url) as (bus, _), Redis.from_url(broker.url) as redis:
        assert 0 < await redis.ttl("chainstep:class:class") <= redis_bus.KEPT_SECONDS
        await redis.persist("chainstep:class:class")
        await bus.publish(notes(1)[0])
        assert 0 < await redis.ttl("chainstep:class:class") <= redis_bus.KEPT_SECONDS


async def test_without_a_broker_there_is_one_message_that_shows_no_password(broker: RedisServer):
    broker.kill()
    bus = RedisBus(f"redis://:secret@127.0.0.1:{broker.port}/0", "class", QUESTION)
    with pytest.raises(Diagnostic) as refused:
        await bus.follow(lambda _: None)
    await bus.close()
    assert refused.value.code == "no_broker"
    assert f"127.0.0.1:{broker.port}" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_what_is_no_address_is_refused_and_shows_no_password():
    for url in ("my secret", "http://:secret@127.0.0.1", "redis://:secret@127.0.0.1:x/0"):
        with pytest.raises(Diagnostic, match="not the address of a Redis broker") as refused:
            RedisBus(url, "class", QUESTION)
        assert "secret" not in str(refused.value)


def test_without_the_package_redis_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(Diagnostic, match="needs the package redis") as refused:
        RedisBus("redis://127.0.0.1", "class", QUESTION)
    assert refused.value.hints == ("pip install 'chainstep[cluster]'",)


async def test_two_rooms_on_two_buses_are_the_same_room(broker: RedisServer):
    rooms = [Room(QUESTION), Room(QUESTION)]
    async with on_redis(broker.url) as (bus, heard), on_redis(broker.url) as (_, also):
        for message in (m.Join(by="tia", name="Tia", teaches=True), m.Led(by="tia", action=STEP), *notes(2, "tia")):
            await bus.publish(message)
        for room, ear in zip(rooms, (heard, also), strict=True):
            await ear.until(messages=4)
            for message in ear.messages:
                assert room.apply(message)
    assert contents(rooms[0]) == contents(rooms[1])
