"""What is measured of a class, each on a server of its own."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from tests.benchmarks.classroom.clients import QUIET, Client, Server, come_in, served
from tests.benchmarks.measure import Row, spell_size, spell_time

NANO = 1e9
SIZES = [(120, 36), (132, 40), (120, 36), (80, 24), (120, 36), (100, 30)]
"""The terminals of a class, over and over."""
SETTLED = 5.0
"""Seconds after which a server that is left alone has done what it does then."""

TOO_LATE = 1.0
"""Seconds that count for what was not painted before the next key."""


def size_of(number: int) -> tuple[int, int]:
    return SIZES[number % len(SIZES)]


async def settle(effort: float) -> None:
    """Let a server do what it does when nobody presses a key, such as collecting what is used no more."""
    await asyncio.sleep(max(0.3, SETTLED * min(1.0, effort)))


def late(seconds: Sequence[float], share: float) -> float:
    """What all but that share stay below."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))]


def pace() -> float:
    """Seconds that a fixed piece of work takes: where they differ, it is the machine that is faster or slower."""
    began = time.perf_counter()
    sum(range(200_000))
    return time.perf_counter() - began


def seconds_row(what: str, found: float, limit: float) -> Row:
    return Row(f"{what} / {spell_time(limit * NANO)}", found / limit, spell_time(found * NANO),
               spell_time(limit * NANO), "≤ 1")  # fmt: skip


def bytes_row(what: str, found: float, limit: float) -> Row:
    return Row(f"{what} / {spell_size(limit)}", max(found, 1.0) / limit, spell_size(max(found, 1.0)),
               spell_size(limit), "≤ 1")  # fmt: skip


async def one_at_a_time(server: Server, count: int, prefix: str) -> tuple[list[Client], list[float]]:
    """People who come in one after the other, and how long each waited for the first frame."""
    clients, waited = [], []
    for number in range(count):
        client = await come_in(server, f"{prefix}{number}", size_of(number))
        waited.append(await client.first_frame())
        clients.append(client)
        await asyncio.sleep(0.05)
    return clients, waited


async def private_sessions(server: Server, effort: float) -> list[Row]:
    """A class without a teacher, in which everybody steps back and forth, a key a second each."""
    count, presses = max(3, int(50 * effort)), max(4, int(30 * effort))
    base = server.memory
    clients, waited = await one_at_a_time(server, count, "student")
    await settle(effort)
    total = server.memory
    firsts: list[float] = []
    wholes: list[float] = []
    sizes: list[int] = []

    async def press(number: int, client: Client) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + number / count
        for turn in range(presses):
            await asyncio.sleep(due - loop.time())
            client.press("nb"[turn % 2])
            due += 1
            await asyncio.sleep(due - loop.time() - 0.002)
            if turn < 2:
                continue
            firsts.append(client.first - client.started if client.first else TOO_LATE)
            wholes.append(client.last - client.started if client.first else TOO_LATE)
            if client.size == (120, 36) and client.first:
                sizes.append(client.received)

    used, waited_for = server.processor_seconds, server.waited_seconds
    await asyncio.gather(*(press(number, client) for number, client in enumerate(clients)))
    used = (server.processor_seconds - used) / count / presses
    waited_for = (server.waited_seconds - waited_for) / count / presses
    return [
        bytes_row("the server without anybody: memory", base, 60e6),
        bytes_row(f"{count} private sessions: memory of each", (total - base) / count, 2.5e6),
        bytes_row("… with the server itself", total, 60e6 + count * 2.5e6),
        seconds_row("joins one at a time: until the first frame is whole, p95", late(waited, 0.95), 0.25),
        seconds_row(f"{count} private sessions, a key a second each: until something is painted, p50",
                    statistics.median(firsts), 0.04),
        seconds_row("… p95", late(firsts, 0.95), 0.04),
        seconds_row("… p99", late(firsts, 0.99), 0.15),
        seconds_row("… until the frame is whole, p95", late(wholes, 0.95), 0.15),
        seconds_row("… processor time of a key", used, 0.02),
        seconds_row("… and how long other programs had the processor then", waited_for, 0.002),
        bytes_row("bytes of a step at 120×36, mean", statistics.mean(sizes), 2.5e3),
        bytes_row("… the most", max(sizes), 20e3),
    ]  # fmt: skip


async def together(server: Server, effort: float) -> list[Row]:
    """Everybody comes in at once, to a server that nobody has come to before."""
    count = max(3, int(30 * effort))

    async def join(number: int) -> float:
        client = await come_in(server, f"student{number}", size_of(number))
        return await client.first_frame()

    waited = await asyncio.gather(*(join(number) for number in range(count)))
    return [seconds_row(f"{count} joins at once: until the last has a first frame", max(waited), 4.0)]


async def followers(server: Server, effort: float) -> list[Row]:
    """A teacher steps back and forth, and everybody follows."""
    count, presses = max(3, int(50 * effort)), max(4, int(60 * effort))
    teacher = await come_in(server, "teacher")
    await teacher.first_frame()
    await asyncio.sleep(1)
    first, _ = await one_at_a_time(server, len(SIZES), "first")  # what is drawn once for each size is there now
    await settle(effort)
    base = server.memory
    clients, _ = await one_at_a_time(server, count, "student")
    await settle(effort)
    memory = (server.memory - base) / count
    everybody = first + clients
    lasts: list[float] = []
    paces: list[float] = []
    for turn in range(presses):
        paces.append(pace())
        for client in everybody:
            client.first, client.received = 0.0, 0
        teacher.press("nb"[turn % 2])
        await asyncio.sleep(0.3 + QUIET)
        if turn >= 2:
            is_seen = all(client.first for client in everybody)
            lasts.append(max(client.last for client in everybody) - teacher.started if is_seen else TOO_LATE)
    return [
        bytes_row(f"{count} followers: memory of each", memory, 100e3),
        seconds_row("a teacher's step: until it is on the last follower's screen, p50", statistics.median(lasts), 0.06),
        seconds_row("… p95", late(lasts, 0.95), 0.06),
        Row("… a fixed piece of work right before each step: p95 / p50", late(paces, 0.95) / statistics.median(paces),
            spell_time(late(paces, 0.95) * NANO), spell_time(statistics.median(paces) * NANO)),
    ]  # fmt: skip


async def coming_and_going(server: Server, effort: float) -> list[Row]:
    """Sessions that are opened and closed, some at a time; what is kept for those who may come back stays bounded."""
    at_once = max(2, int(25 * effort))

    async def visit(number: int) -> None:
        client = await come_in(server, f"visitor{number % (2 * at_once)}", size_of(number))
        await client.first_frame()
        client.press("n")
        await asyncio.sleep(0.2)
        await client.leave()

    async def rounds(count: int) -> int:
        for turn in range(count):
            await asyncio.gather(*(visit(turn * at_once + number) for number in range(at_once)))
        await settle(effort)
        return server.memory

    warm = await rounds(2)
    after = await rounds(max(2, int(20 * effort)))
    many = max(2, int(20 * effort)) * at_once
    return [
        Row(f"memory after {many} sessions were opened and closed / after {2 * at_once}", after / warm,
            spell_size(after), spell_size(warm), "≤ 1.05")
    ]  # fmt: skip


LOADS: Sequence[Callable[[Server, float], Coroutine[Any, Any, list[Row]]]] = (
    private_sessions, together, followers, coming_and_going,
)  # fmt: skip


async def _with_clients(
    load: Callable[[Server, float], Coroutine[Any, Any, list[Row]]], server: Server, effort: float
) -> list[Row]:
    try:
        return await load(server, effort)
    finally:
        await asyncio.gather(*(client.leave() for client in server.clients))


def classroom(effort: float) -> list[Row]:
    """All of it."""
    rows: list[Row] = []
    for load in LOADS:
        with served() as server:
            rows += asyncio.run(_with_clients(load, server, effort))
    return rows
