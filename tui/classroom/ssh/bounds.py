"""What one client may take up of the server: what waits for it, what is read of it, and how long it may linger."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Callable

from asyncssh.connection import SSHConnection

WINDOW = 65_536
"""Bytes that a client may send before they are read; also what may wait to be sent to it."""
RATE, BURST = 8_192, 32_768
"""Bytes a second that are read of a client, and how many at once after a silence."""
MAX_ENVIRONMENT = 32
"""Variables that a client may set; of each, that many times eight characters."""
LEAVING_SECONDS = 5
"""After which a client that is done with is cut off, if it has not gone by itself."""


class BoundedEnvironment(dict[bytes, bytes]):
    """A client's variables, as far as there is room."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if len(self) < MAX_ENVIRONMENT and len(name) <= MAX_ENVIRONMENT and len(value) <= 8 * MAX_ENVIRONMENT:
            super().__setitem__(name, value)

    def text(self) -> dict[str, str]:
        """As text, without what is none."""
        decoded = ((name.decode("ascii", "ignore"), value.decode("ascii", "ignore")) for name, value in self.items())
        return {name: value for name, value in decoded if name}


class Tap:
    """How much is read of a client: a bucket that fills up at `RATE` bytes a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = float(BURST), clock()

    def wait(self, count: int) -> float:
        """Seconds not to read for, now that `count` bytes have come."""
        now = self._clock()
        self._left = min(BURST, self._left + (now - self._at) * RATE) - count
        self._at = now
        return max(0.0, -self._left / RATE)


def cut_off_later(connection: SSHConnection) -> None:
    """End a connection that is still there after a while; one that is gone is not held until then, nor is its app."""
    there = weakref.ref(connection)

    def cut_off() -> None:
        if (still := there()) is not None:
            still.abort()

    asyncio.get_running_loop().call_later(LEAVING_SECONDS, cut_off)
