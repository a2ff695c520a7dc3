"""How long people were there: what a `Room`, which has no clock, cannot say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tui.classroom.room import messages
from tui.classroom.room.messages import AnyMessage
from tui.classroom.room.room import Room


def now() -> datetime:
    """The time of day, as far as a class is concerned."""
    return datetime.now(UTC)


class Attendance:
    """The times of a room, from when this is made on; a process that joins a class late knows only of its own time."""

    def __init__(self, room: Room, clock: Callable[[], datetime] = now) -> None:
        self.began = clock()
        self._clock = clock
        self._room = room
        self._since: dict[str, datetime] = {}
        self._seconds: dict[str, float] = {}
        room.listeners.append(self._heard)

    @property
    def until(self) -> datetime:
        return self._clock()

    def seconds(self) -> dict[str, float]:
        """How long each person has been there up to now, by their ids."""
        until = self._clock()
        there = {person: (until - since).total_seconds() for person, since in self._since.items()}
        return {person: self._seconds.get(person, 0.0) + there.get(person, 0.0) for person in self._seconds | there}

    def _heard(self, message: AnyMessage) -> None:
        match message:
            case messages.Join():
                self._since.setdefault(message.by, self._clock())
            case messages.Leave():
                self._gone(message.by)
            case messages.Remove():
                self._gone(message.whom)

    def _gone(self, person: str) -> None:
        since = self._since.pop(person, None)
        if since is not None:
            self._seconds[person] = self._seconds.get(person, 0.0) + (self._clock() - since).total_seconds()
