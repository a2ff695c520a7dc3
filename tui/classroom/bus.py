"""How messages get from the process where they are sent to all that serve the class, in one order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from tui.classroom.messages import AnyMessage


class Bus(Protocol):
    """What a class needs of whatever passes its messages on."""

    caught_up: asyncio.Event
    """Set once `follow` has delivered all that was said before it was called."""

    async def publish(self, message: AnyMessage) -> None:
        """Send a message to every process that follows, this one too."""

    async def follow(self, deliver: Callable[[AnyMessage], None]) -> None:
        """Deliver the class's messages from the first one on, in the order that all get them in, until cancelled.

        Raises a Diagnostic where that cannot even begin.
        """

    async def close(self) -> None:
        """Let go of what it holds."""


class EmbeddedBus:
    """For a class in one process: what is published is delivered before `publish` returns."""

    def __init__(self) -> None:
        self.caught_up = asyncio.Event()
        self._deliver: Callable[[AnyMessage], None] | None = None
        self._early: list[AnyMessage] = []
        """What was said before anybody followed."""

    async def publish(self, message: AnyMessage) -> None:
        """Deliver it."""
        if self._deliver is None:
            self._early.append(message)
        else:
            self._deliver(message)

    async def follow(self, deliver: Callable[[AnyMessage], None]) -> None:
        """Deliver from now on, to this one follower."""
        early, self._early = self._early, []
        for message in early:
            deliver(message)
        self._deliver = deliver
        self.caught_up.set()
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Deliver no more."""
        self._deliver = None


def bus_for(url: str | None, class_name: str, about: str = "") -> Bus:
    """The bus through the broker at `url`, or the one inside of this process.

    `about` is what must be the same wherever the class is served: a fingerprint of its scenario. Raises a Diagnostic
    `not_installed` or `bad_value`; whether the broker answers is seen when it is followed.
    """
    if url is None:
        return EmbeddedBus()
    from tui.classroom.redis_bus import RedisBus

    return RedisBus(url, class_name, about)
