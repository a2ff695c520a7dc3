"""A class over several processes and machines: its messages as a stream in Redis, which gives them their order.

At the broker a class is a key, `chainstep:class:NAME`, which says which stream is its, and that stream. The class's end
takes the key away, so that the next class of that name has a stream of its own. A process that starts late reads the
stream from its beginning; it sees that the beginning is still there by the entry that every stream begins with.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from engine.diagnostics import Diagnostic, Where
from tui.classroom.messages import AnyMessage, End

try:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError, ResponseError
except ModuleNotFoundError:
    raise Diagnostic("not_installed", "a class over several processes needs the package redis",
                     hints=("pip install 'chainstep[cluster]'",)) from None  # fmt: skip

LOG = logging.getLogger("chainstep.serve")
MAX_MESSAGES = 1_000_000
"""Of one class, about: more than a hundred students' keys of a day. Beyond, no process can join the class any more."""
KEPT_SECONDS, ENDED_KEPT_SECONDS = 2 * 24 * 3600, 3600
"""For how long the broker keeps a class in which nothing is said, and one that has ended."""
BATCH, BLOCK_MS = 1_000, 1_000
FIRST_WAIT, LONGEST_WAIT = 0.05, 2.0
"""Seconds between tries while the broker is away; the wait doubles."""
_FIRST = b"0-1"
_AWAY = (RedisError, OSError)
_T = TypeVar("_T")


class RedisBus:
    """See the module. While the broker is away messages wait; each is delivered once, though it was sent twice."""

    def __init__(self, url: str, class_name: str, about: str = "") -> None:
        self.caught_up = asyncio.Event()
        try:
            settings: dict[str, Any] = {"protocol": 2, "retry": Retry(NoBackoff(), 0), "socket_connect_timeout": 3,
                                        "socket_timeout": 15, "socket_keepalive": True}  # fmt: skip
            self._redis: Any = Redis.from_url(url, **settings)
            self._reader: Any = Redis.from_url(url, single_connection_client=True, **settings)
            """A connection of its own: to take one from a pool can swallow that the task is cancelled."""
            parts = urlsplit(url)
            self._where = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path
            """Without the password that the URL may hold."""
        except ValueError as problem:
            raise Diagnostic("bad_value", f"this is no address of a Redis: {problem}", Where(key="--broker"),
                             hints=("for example redis://127.0.0.1:6379",)) from None  # fmt: skip
        self._class_name, self._about = class_name, about
        self._key = f"chainstep:class:{class_name}"
        self._run = b""
        """What the key holds: which stream, and what the class is about."""
        self._stream = ""
        self._position = b"0-0"
        self._origin, self._sent = secrets.token_hex(8), count(1)
        self._seen: dict[bytes, int] = {}
        """How many messages have come from each process: one that it sent again is known by its number."""
        self._decoder: msgspec.msgpack.Decoder[AnyMessage] = msgspec.msgpack.Decoder(AnyMessage)
        self._begun = asyncio.Event()
        self._sending = asyncio.Lock()
        self._is_away = False

    async def publish(self, message: AnyMessage) -> None:
        """Send it, as soon as the broker is there."""
        await self._begun.wait()
        async with self._sending:  # numbers come in their order, or the later one would be taken for sent again
            number = next(self._sent)
            await self._patiently(lambda: self._send(message, number))

    async def follow(self, deliver: Callable[[AnyMessage], None]) -> None:
        """Deliver what was said, then what is said. Raises a Diagnostic `no_broker`, `bad_value` or `lost`."""
        try:
            backlog = await self._begin()
        except _AWAY as problem:
            raise Diagnostic(
                "no_broker", f"no Redis answers at {self._where}: {problem}", Where(key="--broker"),
                hints=("start one: redis-server --appendonly yes", "or serve from one process, without --broker"),
            ) from None  # fmt: skip
        self._begun.set()
        for message in backlog:
            deliver(message)
        del backlog
        self.caught_up.set()
        while True:
            for message in await self._patiently(lambda: self._read(BLOCK_MS)):
                deliver(message)

    async def close(self) -> None:
        """Close the connections; the class goes on elsewhere."""
        await self._reader.aclose()
        await self._redis.aclose()

    # ---- how -------------------------------------------------------------------------------------------------------

    async def _begin(self) -> list[AnyMessage]:
        """Begin the class, or find the one that others have begun; what was said in it so far."""
        run = None
        while run is None:
            offered = f"{secrets.token_hex(8)} {self._about}"
            await self._redis.set(self._key, offered, nx=True, ex=KEPT_SECONDS)
            run = await self._redis.get(self._key)  # None where it has just ended
        self._run = run
        stream, _, about = run.decode().partition(" ")
        if about != self._about:
            raise Diagnostic(
                "bad_value", f"the class {self._class_name} is about another scenario, or another version of it",
                Where(key="--class"), hints=("give this class a name of its own", "or serve the same scenario"),
            )  # fmt: skip
        self._stream = f"{self._key}:{stream}"
        try:
            await self._redis.xadd(self._stream, {"begins": self._class_name}, id=_FIRST)
        except ResponseError as problem:
            if "equal or smaller" not in str(problem):
                raise
        first = await self._redis.xrange(self._stream, count=1)
        if not first or first[0][0] != _FIRST:
            raise self._lost()
        backlog: list[AnyMessage] = []
        while True:
            before = self._position
            backlog += await self._read(None)
            if self._position == before:
                return backlog

    async def _send(self, message: AnyMessage, number: int) -> None:
        fields = {"from": self._origin, "number": number, "message": msgspec.msgpack.encode(message)}
        is_end = isinstance(message, End)
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd(self._stream, fields, maxlen=MAX_MESSAGES, approximate=True)
            pipeline.expire(self._stream, ENDED_KEPT_SECONDS if is_end else KEPT_SECONDS)
            pipeline.expire(self._key, KEPT_SECONDS)
            await pipeline.execute()
        if is_end and await self._redis.get(self._key) == self._run:
            await self._redis.delete(self._key)

    async def _read(self, block: int | None) -> list[AnyMessage]:
        """What comes next; waits for it for `block` milliseconds at most."""
        messages = []
        for _, entries in await self._reader.xread({self._stream: self._position}, count=BATCH, block=block) or ():
            for position, fields in entries:
                self._position = position
                if b"lost" in fields and not self.caught_up.is_set():
                    raise self._lost()
                if b"message" in fields and (message := self._decoded(fields)) is not None:
                    messages.append(message)
        return messages

    def _decoded(self, fields: dict[bytes, bytes]) -> AnyMessage | None:
        origin, number = fields[b"from"], int(fields[b"number"])
        if number <= self._seen.get(origin, 0):
            return None
        self._seen[origin] = number
        try:
            return self._decoder.decode(fields[b"message"])
        except msgspec.MsgspecError as problem:
            LOG.error("a message of another version of chainstep is left out: %s", problem)
            return None

    async def _patiently(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """The answer of the broker, however long it is away."""
        wait = FIRST_WAIT
        while True:
            try:
                if self._is_away:
                    await self._look_after_the_stream()
                answer = await call()
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise asyncio.CancelledError  # redis has swallowed it
            except _AWAY as problem:
                if not self._is_away:
                    self._is_away = True
                    LOG.error("the broker at %s does not answer (%s); what is said meanwhile waits for it",
                              self._where, problem)  # fmt: skip
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
            else:
                if self._is_away:
                    self._is_away = False
                    LOG.warning("the broker at %s answers again", self._where)
                return answer

    async def _look_after_the_stream(self) -> None:
        """After the broker was away: if it has forgotten messages, say so, and let no process join that missed them."""
        if await self._redis.xrange(self._stream, self._position, self._position):
            return
        LOG.error("the broker at %s has lost what was said in the class %s. It goes on where it is served now, and "
                  "cannot be served from further processes", self._where, self._class_name)  # fmt: skip
        await self._redis.set(self._key, self._run, nx=True, ex=KEPT_SECONDS)
        await self._redis.xadd(self._stream, {"lost": self._class_name})  # the position stays: others may have spoken

    def _lost(self) -> Diagnostic:
        return Diagnostic(
            "lost", f"the broker at {self._where} no longer has the beginning of the class {self._class_name}",
            Where(key="--class"), hints=("give the class another name",),
        )  # fmt: skip
