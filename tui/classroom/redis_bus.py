"""A class that is spread over processes and machines: its messages are one Redis stream.

The entries are numbered without a gap, and each names the class that it is of, so that a process knows when the broker
has lost some, or has another class under the same name. The first says what the class is; messages are from 2-0 on.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from engine.diagnostics import Diagnostic
from engine.scenario import Scenario
from engine.session import digest
from tui.classroom.broker import (
    BLOCK_SECONDS,
    PATIENCE_SECONDS,
    RETRY_SECONDS,
    key_of,
    problems,
    reached,
    without_password,
)
from tui.classroom.bus import Deliver, delivered
from tui.classroom.room.messages import AnyMessage

SCHEMA = 3
"""Of the messages: all processes of a class speak the same."""
MAX_MESSAGES = 1_000_000
"""Messages that the broker keeps of a class, or a few more; once it had to drop some, no further process can join."""
KEPT_SECONDS = 24 * 3600
"""How long the broker keeps a class after its last message."""
_BATCH = 500
"""How many messages a read takes."""

_BEGIN = f"""
if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('XADD', KEYS[1], '1-0', 'class', ARGV[1], 'm', ARGV[2])
    redis.call('EXPIRE', KEYS[1], {KEPT_SECONDS})
end
local first = redis.call('XRANGE', KEYS[1], '1-0', '1-0')[1]
return first and first[2] or false
"""
_PUBLISH = f"""
if tonumber(redis.call('HGET', KEYS[2], ARGV[4]) or 0) >= tonumber(ARGV[5]) then return 1 end
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last or last[2][2] ~= ARGV[1] then return 0 end
local number = tonumber(string.match(last[1], '%d+')) + 1
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], string.format('%d-0', number), 'class', ARGV[1], 'm', ARGV[2])
redis.call('EXPIRE', KEYS[1], {KEPT_SECONDS})
redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
redis.call('EXPIRE', KEYS[2], {KEPT_SECONDS})
return 1
"""


class Head(msgspec.Struct, frozen=True):
    """What all processes of a class must have in common."""

    schema: int
    scenario: str
    """The fingerprint of its opening."""


class RedisBus:
    """A `Bus` over a Redis stream (Redis 5 or newer); every process of the class has one, followed by one Room.

    While the broker cannot be used `publish` raises a Diagnostic `no_broker`, and `on_trouble` is called once, with
    one; when it is back what was missed is delivered, and `on_trouble` called with None. A broker that came back
    without the class's messages ends this: `on_trouble` gets `lost_class`, which `publish` raises from then on.
    """

    def __init__(
        self, url: str, name: str, scenario: Scenario, on_trouble: Callable[[Diagnostic | None], None] = lambda _: None
    ) -> None:
        """`url` as `redis://host:6379/0`, `name` of the class at that broker.

        Raises a Diagnostic `not_installed` without the package redis, and `bad_value` for what is no such address.
        """
        self._redis = reached(url)
        self._address = without_password(url)
        self._key = key_of(name)
        self._head = Head(SCHEMA, digest(scenario.opening))
        self._class = secrets.token_hex(8).encode()
        """Tells this class from another one of its name; what the process drew that began it."""
        self._position = 1
        self._latest: dict[bytes, bytes] = {}
        """The entry that was read last, and its number."""
        self._on_trouble = on_trouble
        self._trouble: Diagnostic | None = None
        self._publishing = asyncio.Lock()
        self._sender, self._sent = secrets.token_hex(8).encode(), 0
        """This process, and how many messages it has sent: the broker takes each number once."""
        self._unsure: AnyMessage | None = None
        """The message that may have been sent or not."""
        self._task: asyncio.Task[None] | None = None

    async def follow(self, deliver: Deliver) -> None:
        """As of `Bus`, for one who follows.

        Raises Diagnostics: `no_broker`; `other_class` where the class of this name has another scenario, or another
        chainstep; `lost_class` where its first messages have been dropped.
        """
        assert self._task is None
        try:
            await self._begin()
            while await self._read(deliver, None):
                pass
        except problems() as problem:
            raise Diagnostic(
                "no_broker", f"the broker at {self._address} does not answer as it should, so no class can begin",
                notes=_notes(problem), hints=("start it, such as by redis-server, or name another with --broker",),
            ) from None  # fmt: skip
        if self._trouble is not None:
            raise self._trouble
        self._task = asyncio.create_task(self._keep_on(deliver))

    async def publish(self, message: AnyMessage) -> None:
        """As of `Bus`; what is published one after the other is delivered so. Raises `no_broker` and `lost_class`.

        Where the broker breaks down in the middle of it the message may be delivered later nevertheless; if the same is
        published again before any other, it is delivered once.
        """
        if not self._is_lost:
            packed = msgspec.msgpack.encode(message)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS), self._publishing:
                    if message is not self._unsure:
                        self._sent, self._unsure = self._sent + 1, message
                    if await self._run(_PUBLISH, self._class, packed, MAX_MESSAGES, self._sender, self._sent):
                        self._unsure = None
                        return
            except problems() as problem:
                raise self._no_broker(problem) from None
            self._lose()
        assert self._trouble is not None
        raise self._trouble

    async def close(self) -> None:
        while self._task is not None and not self._task.done():
            self._task.cancel()  # again and again: a read swallows it where its own timeout or answer comes then
            await asyncio.wait([self._task], timeout=0.05)
        await self._redis.aclose()

    async def _run(self, script: str, *arguments: bytes | int) -> Any:
        answer: Any = self._redis.eval(script, 2, self._key, f"{self._key}:sent", *arguments)
        return await answer

    # ---- following -------------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Begin the class, or join the one of that name."""
        first = await self._run(_BEGIN, self._class, msgspec.msgpack.encode(self._head))
        if first is None:
            raise _lost("the broker has dropped the first messages of this class, so that nobody can join it anew")
        if first[3] != msgspec.msgpack.encode(self._head):
            raise Diagnostic("other_class", "another class of this name is at the broker: of another scenario, or of "
                             "another version of chainstep", hints=("give this class a name of its own",))  # fmt: skip
        self._class = first[1]
        self._latest = {b"class": first[1], b"m": first[3]}

    async def _read(self, deliver: Deliver, block: int | None) -> bool:
        """Deliver what comes next; False where nothing has come, or nothing of this class."""
        answer: Any = await self._redis.xread({self._key: f"{self._position}-0"}, count=_BATCH, block=block)
        entries = answer[0][1] if answer else []
        for entry, fields in entries:
            if entry != b"%d-0" % (self._position + 1) or fields.get(b"class") != self._class:
                self._lose()
                return False
            self._position, self._latest = self._position + 1, fields
            with suppress(msgspec.MsgspecError):  # no chainstep wrote it; every process leaves it out
                delivered(deliver, msgspec.msgpack.decode(fields.get(b"m", b""), type=AnyMessage))
        return bool(entries)

    async def _keep_on(self, deliver: Deliver) -> None:
        while not self._is_lost:
            try:
                if self._trouble is None:
                    await self._read(deliver, int(BLOCK_SECONDS * 1000))
                else:
                    await self._go_on(deliver)
            except problems() as problem:
                if self._trouble is None:
                    self._tell(self._no_broker(problem))
                await asyncio.sleep(RETRY_SECONDS)

    async def _go_on(self, deliver: Deliver) -> None:
        """After the broker was gone: deliver what was missed, if it still has the class."""
        entry = f"{self._position}-0"
        kept: Any = await self._redis.xrange(self._key, entry, entry)
        if not kept or kept[0][1] != self._latest:
            self._lose()
            return
        while await self._read(deliver, None):
            pass
        if not self._is_lost:
            self._tell(None)

    # ---- trouble ---------------------------------------------------------------------------------------------------

    @property
    def _is_lost(self) -> bool:
        return self._trouble is not None and self._trouble.code == "lost_class"

    def _lose(self) -> None:
        if not self._is_lost:
            self._tell(_lost("the broker has lost messages of this class"))

    def _tell(self, trouble: Diagnostic | None) -> None:
        self._trouble = trouble
        self._on_trouble(trouble)

    def _no_broker(self, problem: Exception) -> Diagnostic:
        return Diagnostic(
            "no_broker", f"the class stands still: the broker at {self._address} does not answer as it should",
            notes=_notes(problem), hints=("it goes on where it was when the broker is back",),
        )  # fmt: skip


def _notes(problem: Exception) -> tuple[str]:
    return (str(problem) or type(problem).__name__,)


def _lost(message: str) -> Diagnostic:
    return Diagnostic("lost_class", message, hints=("end this class, and begin one with another name",))
