"""Looks over shoulders, where there is no screen to look at: what a teacher is told, and that a student is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.classroom.room.messages import AnyMessage, Look, Mode, Shown
from tui.classroom.room.people import Person
from tui.classroom.seats.lines.sentences import look_lines

if TYPE_CHECKING:
    from tui.classroom.seats.lines.seat import LinesSeat

LOOK_SECONDS = 3.0
"""How long a look lasts: a student who has a screen reads there that it happens."""


class Looking:
    """One seat's: what its teacher looks at, and whether its student is looked at."""

    def __init__(self, seat: LinesSeat) -> None:
        self._seat = seat
        self._whom = self._awaited = ""
        """Who is looked at; and whose session has not come yet."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_at_me = False

    def over(self, person: Person) -> Iterator[str]:
        """Look once at what a student sees: now, or when a session of their own has come."""
        seat = self._seat
        seat.classroom.send(Look(by=seat.person, whom=person.id))
        if self._timer is not None:
            self._timer.cancel()
        self._timer = seat.loop.call_later(LOOK_SECONDS, self.away)
        self._whom = person.id
        self._awaited = person.id if person.mode is Mode.ALONE else ""
        if not self._awaited:
            yield from look_lines(person, seat.classroom.room)

    def away(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._awaited = None, ""
            if self._seat.classroom.room.looking == self._whom:  # and no other teacher at somebody else
                self._seat.send(Look(by=self._seat.person, whom=""))

    def heard(self, message: AnyMessage) -> None:
        """Say what came of a look; and what stands on a screen as long as it is so, when it begins and ends."""
        seat = self._seat
        if isinstance(message, Shown) and message.by == self._awaited:
            self._awaited = ""
            seat.say(look_lines(seat.classroom.room.people[message.by], seat.classroom.room))
        elif isinstance(message, Look):
            is_at_me = message.whom == seat.person
            if is_at_me != self._is_at_me:
                seat.notice("the teacher sees what you do" if is_at_me else "the teacher looks no more")
            self._is_at_me = is_at_me
