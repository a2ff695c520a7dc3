from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from tui.classroom.messages import AnyMessage


class Bus(Protocol):
    async def publish(self, message: AnyMessage) -> None: ...
    async def follow(self, deliver: Callable[[AnyMessage], None]) -> None: ...
    async def close(self) -> None: ...


class EmbeddedBus:
    def __init__(self) -> None:
        self._deliver: Callable[[AnyMessage], None] | None = None

    async def publish(self, message: AnyMessage) -> None:
        if self._deliver:
            self._deliver(message)

    async def follow(self, deliver: Callable[[AnyMessage], None]) -> None:
        self._deliver = deliver
        await asyncio.Event().wait()

    async def close(self) -> None:
        pass


def bus_for(url, class_name):
    return EmbeddedBus()
