"""How a class's messages come to everybody, in one order: within one process, or over Redis to several."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from tui.classroom.room.messages import AnyMessage

Deliver = Callable[[AnyMessage], object]
"""What is called with each message, such as `Room.apply`. What it raises goes to the loop's exception handler, and the
next message comes."""


class Bus(Protocol):
    """One class's."""

    async def follow(self, deliver: Deliver) -> None:
        """Deliver every message from the class's first on; returns once those that there are have been delivered.

        Raises a Diagnostic where the messages cannot be had.
        """

    async def publish(self, message: AnyMessage) -> None:
        """Send a message to all who follow, here and elsewhere. Raises a Diagnostic where it cannot be sent."""

    async def close(self) -> None:
        """Deliver nothing more."""


class EmbeddedBus:
    """For a class in one process: what is published has been delivered when `publish` returns.

    Save where it is published while another is being delivered: then it is delivered right after that one, so that
    all who follow see one order.
    """

    def __init__(self) -> None:
        self._followers: list[Deliver] = []
        self._waiting: deque[AnyMessage] = deque()
        self._is_delivering = False
        self._has_begun = False

    async def follow(self, deliver: Deliver) -> None:
        assert not self._has_begun, "messages are not kept, so who follows does so from before the first"
        self._followers.append(deliver)

    async def publish(self, message: AnyMessage) -> None:
        self._has_begun = True
        self._waiting.append(message)
        if self._is_delivering:
            return
        self._is_delivering = True
        while self._waiting:
            next_message = self._waiting.popleft()
            for follower in tuple(self._followers):
                delivered(follower, next_message)
        self._is_delivering = False

    async def close(self) -> None:
        self._followers.clear()


def delivered(deliver: Deliver, message: AnyMessage) -> None:
    """Deliver one message; a mistake of who gets it is told to the loop, since the class must go on."""
    try:
        deliver(message)
    except Exception as problem:
        kind = type(message).__struct_config__.tag
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"a message `{kind}` of a class could not be dealt with", "exception": problem}
        )
