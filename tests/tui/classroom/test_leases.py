"""Whoever was at a process that died without a word is gone; and nobody is who was not, whatever the broker does."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from tests.tui.classroom.classes import QUESTION
from tests.tui.classroom.redis_server import RedisServer, broker
from tests.tui.classroom.served import Class, Kept, until
from tui.classroom import classroom as classroom_module
from tui.classroom import leases as leases_module
from tui.classroom import redis_bus
from tui.classroom.classroom import Classroom
from tui.classroom.door.places import Places
from tui.classroom.keeping import StudentLogs
from tui.classroom.leases import BEATS, Leases
from tui.classroom.redis_bus import RedisBus
from tui.classroom.room import messages as m
from tui.classroom.seats.seat import Seat
from tui.classroom.seats.student import StudentSeat
from tui.classroom.seats.teacher import TeacherSeat
from tui.classroom.ssh.terminal import Terminal

__all__ = ["broker"]
ROOT = Path(__file__).parents[3]
NAME = "7b"
SECONDS = 0.8
"""Of a lease."""


class Process:
    """What one process of the class has, and what the class told it."""

    def __init__(self, broker: RedisServer, folder: Path) -> None:
        bus = RedisBus(broker.url, NAME, QUESTION)
        self.classroom = Classroom(QUESTION, bus, StudentLogs(folder), Places(b""))
        self.leases = Leases(broker.url, NAME, self.classroom, SECONDS)
        self.heard: list[m.AnyMessage] = []
        self.classroom.room.listeners.append(self.heard.append)

    def come(self, person: str, *, teaches: bool = False) -> Seat:
        seat = (TeacherSeat if teaches else StudentSeat)(self.classroom, Terminal(Kept()), person)
        self.classroom.join(seat, person)
        return seat

    @property
    def here(self) -> set[str]:
        return {person.id for person in self.classroom.room.people.values() if person.present}

    @property
    def left(self) -> list[str]:
        return [message.by for message in self.heard if isinstance(message, m.Leave)]

    async def settled(self) -> None:
        await asyncio.wait_for(self.classroom._outgoing.join(), 10)


@asynccontextmanager
async def process(broker: RedisServer, folder: Path) -> AsyncIterator[Process]:
    found = Process(broker, folder)
    await found.classroom.open()
    try:
        yield found
    finally:
        for seat in list(found.classroom.seats.values()):
            tasks = list(seat.tasks)
            found.classroom.leave(seat)
            await asyncio.gather(*tasks, return_exceptions=True)
        await found.leases.close()
        await found.classroom.close()


async def time_left(process: Process, broker: RedisServer) -> int:
    """Milliseconds until a process's lease runs out; below zero where it has none."""
    async with Redis.from_url(broker.url) as redis:
        return await redis.pttl(f"chainstep:class:{NAME}:lease:{process.classroom.process}")


async def run_out(process: Process, broker: RedisServer) -> None:
    async with asyncio.timeout(10):
        while await time_left(process, broker) > 0:
            await asyncio.sleep(0.02)


async def test_who_was_at_a_process_that_was_killed_is_gone_and_who_has_come_back_elsewhere_is_not(
    broker: RedisServer, tmp_path
) -> None:
    async with process(broker, tmp_path) as one:
        one.leases.begin()
        one.come("tia", teaches=True)
        member = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.tui.classroom.member", broker.url, NAME, str(SECONDS), "ana", "bo", "cy",
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            async with asyncio.timeout(60):
                while one.here != {"tia", "ana", "bo", "cy"}:
                    await asyncio.sleep(0.02)
            one.classroom.send(m.Lead(by="tia", whom="ana"))
            await until(lambda: one.classroom.room.leader == "ana")
        finally:
            member.send_signal(signal.SIGKILL)
            await member.wait()
        del one.heard[:]
        one.come("cy")
        await until(lambda: one.here == {"tia", "cy"})
        assert one.classroom.room.leader == "tia"
        assert sorted(one.left) == ["ana", "bo"]


async def test_of_a_class_whose_processes_all_died_the_next_one_says_who_is_gone(broker: RedisServer, tmp_path) -> None:
    async with process(broker, tmp_path) as late:
        await late.classroom.bus.publish(m.Join(by="ana", name="Ana", seat="dead.1"))
        await until(lambda: late.here == {"ana"})
        for _ in range(BEATS - 1):
            assert await late.leases.beat()
        await late.settled()
        assert late.left == []
        await late.leases.beat()
        await until(lambda: late.left == ["ana"])


async def test_a_process_that_was_cut_off_says_that_its_people_are_there_and_they_go_on_from_what_the_class_has(
    broker: RedisServer, tmp_path
) -> None:
    async with AsyncExitStack() as stack:
        one, cut_off = both = [await stack.enter_async_context(process(broker, tmp_path)) for _ in range(2)]
        seat = cut_off.come("tia", teaches=True)
        cut_off.come("ana")
        await until(lambda: one.here == {"tia", "ana"})
        await Class(cut_off.classroom, {"tia": seat}).sees("tia", "step 0/3")
        async with cut_off.classroom.bus._publishing:  # what it sends is late
            seat.received(b"n")
            await until(lambda: seat.session.state.cursor == 1)
            for _ in range(BEATS):
                await one.leases.beat()
            await until(lambda: sorted(cut_off.left) == ["ana", "tia"])
            assert cut_off.here == set()
        for each in both:
            await until(lambda each=each: each.here == {"tia", "ana"})
            assert not any(isinstance(message, m.Led) for message in each.heard)
        await until(lambda: seat.session.state.cursor == 0)
        assert cut_off.classroom.seats["tia"] is seat
        assert not seat.terminal.channel.is_closed


async def test_a_process_that_was_cut_off_does_not_take_back_who_has_come_in_elsewhere(
    broker: RedisServer, tmp_path
) -> None:
    async with AsyncExitStack() as stack:
        one, cut_off = [await stack.enter_async_context(process(broker, tmp_path)) for _ in range(2)]
        old = cut_off.come("ana")
        await until(lambda: "ana" in one.here)
        one.classroom.died(cut_off.classroom.process)
        new = one.come("ana")  # before the other process has heard of the leave, and said anything
        await one.settled()
        await until(lambda: old.terminal.channel.is_closed)
        await cut_off.settled()
        await cut_off.classroom.bus.publish(m.Note(by="ana", text="the last"))
        for each in (one, cut_off):
            await until(lambda each=each: isinstance(each.heard[-1], m.Note))
            assert each.classroom.room.people["ana"].seat == new.id
        assert one.classroom.seats == {"ana": new}
        assert cut_off.classroom.seats == {}
        assert not new.terminal.channel.is_closed


async def test_a_broker_that_was_away_for_longer_than_a_lease_throws_nobody_out(
    broker: RedisServer, tmp_path, monkeypatch
) -> None:
    for module in (classroom_module, redis_bus, leases_module):
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    async with AsyncExitStack() as stack:
        one, other = both = [await stack.enter_async_context(process(broker, tmp_path)) for _ in range(2)]
        one.come("ana")
        other.come("bo")
        for each in reversed(both):
            await until(lambda each=each: each.here == {"ana", "bo"})
            assert await each.leases.beat()
        await run_out(other, broker)
        for _ in range(BEATS - 1):
            assert await one.leases.beat()
        broker.kill()
        assert not await one.leases.beat()
        broker.start()
        for _ in range(BEATS - 1):  # the other one takes longer to come back
            assert await one.leases.beat()
        assert await time_left(other, broker) < 0
        while not await other.leases.beat():  # its connection may be from before
            pass
        for _ in range(BEATS):
            assert await one.leases.beat()
            assert await other.leases.beat()
        one.classroom.send(m.Note(by="ana", text="the last"))
        for each in both:
            await until(lambda each=each: isinstance(each.heard[-1], m.Note))
            assert each.left == []


async def test_a_lease_is_renewed_until_its_process_closes(broker: RedisServer, tmp_path) -> None:
    async with process(broker, tmp_path) as one:
        one.leases.begin()
        before, renewals = await time_left(one, broker), 0
        async with asyncio.timeout(10):
            while renewals < 3:
                await asyncio.sleep(0.01)
                now = await time_left(one, broker)
                renewals, before = renewals + (now > before), now
    assert 0 < await time_left(one, broker) <= SECONDS * 1000
    await run_out(one, broker)
