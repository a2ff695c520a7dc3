"""Which processes of a class live: each has a lease at the broker, which runs out unless it is renewed.

A process that is killed, or whose machine is, sends no `Leave` for the people who were there. So those that live send
it, as a message like any other, and what it does is the same everywhere. They may be wrong, where a process was cut off
from the broker alone: when it hears of it, it says that its people are there (`Classroom`). Only the broker's clock
counts.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from tui.classroom.broker import PATIENCE_SECONDS, RETRY_SECONDS, key_of, problems, reached
from tui.classroom.classroom import Classroom

LEASE_SECONDS = 12.0
"""How long a lease holds."""
BEATS = 4
"""How often it is renewed in that time, and at how many looks in a row it has to be missing."""


class Leases:
    """The lease of one process, and its look at the others'."""

    def __init__(self, url: str, name: str, classroom: Classroom, seconds: float = LEASE_SECONDS) -> None:
        """As for a `RedisBus`; raises what it does."""
        self._redis = reached(url)
        self._key = f"{key_of(name)}:lease"
        self._classroom = classroom
        self._seconds = seconds
        self._missing: Counter[str] = Counter()
        """At how many looks in a row a process had no lease."""
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Beat from now on."""
        self._task = asyncio.create_task(self._keep_on())

    async def close(self) -> None:
        """Beat no more; whoever is still here is taken for gone after a while."""
        while self._task is not None and not self._task.done():
            self._task.cancel()  # again and again, as for `RedisBus`
            await asyncio.wait([self._task], timeout=0.05)
        await self._redis.aclose()

    async def _keep_on(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / BEATS if await self.beat() else RETRY_SECONDS)

    async def beat(self) -> bool:
        """Renew the lease, and look for the others'; False where the broker does not answer."""
        others = sorted(self._classroom.others)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._redis.set(f"{self._key}:{self._classroom.process}", b"", px=int(self._seconds * 1000))
                held = await self._redis.mget([f"{self._key}:{other}" for other in others]) if others else []
        except problems():
            self._missing.clear()  # a broker that was away has no leases at first, though everybody lives
            return False
        missing = [other for other, lease in zip(others, held, strict=True) if lease is None]
        self._missing = Counter({other: self._missing[other] + 1 for other in missing})
        for other, looks in self._missing.items():
            if looks % BEATS == 0 and not self._classroom.room.ended:
                self._classroom.died(other)
        return True
