"""How long people were there: what a `Room`, which has no clock, cannot say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tui.classroom.room import messages
from tui.classroom.room.messages import AnyMessage
from tui.classroom.room.room import Room

LOOK_IN = 10.0
"""Seconds below which whoever did nothing was there only to look in."""
_ACTS = (messages.Led, messages.Hand, messages.Answered, messages.Judged, messages.Note)


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
        self._come: set[str] = set()
        """Who has come in, and has not yet been said to be anywhere, as a seat does by itself."""
        self._acted: set[str] = set()
        room.listeners.append(self._heard)

    @property
    def until(self) -> datetime:
        return self._clock()

    def seconds(self) -> dict[str, float]:
        """How long each person has been there up to now, by their ids."""
        until = self._clock()
        there = {person: (until - since).total_seconds() for person, since in self._since.items()}
        return {person: self._seconds.get(person, 0.0) + there.get(person, 0.0) for person in self._seconds | there}

    def visitors(self) -> set[str]:
        """The ids of students who looked in for less than `LOOK_IN`, and did not step, answer, or raise a hand."""
        short = {person for person, seconds in self.seconds().items() if seconds < LOOK_IN}
        return {person for person in short - self._acted if not self._room.people[person].teaches}

    def _heard(self, message: AnyMessage) -> None:
        if isinstance(message, _ACTS) or (isinstance(message, messages.Went) and message.by not in self._come):
            self._acted.add(message.by)
        match message:
            case messages.Went():
                self._come.discard(message.by)
            case messages.Join():
                self._come.add(message.by)
                self._since.setdefault(message.by, self._clock())
            case messages.Leave():
                self._gone(message.by)
            case messages.Remove():
                self._gone(message.whom)

    def _gone(self, person: str) -> None:
        since = self._since.pop(person, None)
        if since is not None:
            self._seconds[person] = self._seconds.get(person, 0.0) + (self._clock() - since).total_seconds()
