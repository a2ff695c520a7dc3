"""A class that is served in the test's own loop, which a test sees into."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh

from engine.scenario import load
from tests.tui.classroom.clients.asynchronous import Client, client, until
from tui.classroom.bus import EmbeddedBus
from tui.classroom.classroom import Classroom
from tui.classroom.door.access import Policy
from tui.classroom.door.arrival import Reception
from tui.classroom.door.authorized_keys import Keys
from tui.classroom.door.door import Door
from tui.classroom.door.places import Places
from tui.classroom.keeping import StudentLogs
from tui.classroom.room import Room
from tui.classroom.room.messages import AnyMessage
from tui.classroom.room.people import Person
from tui.classroom.seats.student import StudentSeat
from tui.classroom.ssh.server import Listening, listen


class ReportingClassroom(Classroom):
    """Keeps what went wrong in people's sessions, for the test to see."""

    def __init__(self, reports: list[str], *arguments: Any) -> None:
        self._reports = reports
        super().__init__(*arguments)

    def report(self, person: str, problem: BaseException) -> None:
        self._reports.append(repr(problem))


class Class:
    """The class; what a teacher's panel would say is said by `tell`."""

    def __init__(self, folder: Path) -> None:
        self.teacher_key, self.other_teacher_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self.reports: list[str] = []
        """What went wrong in people's sessions."""
        logs = StudentLogs(folder / "students")
        places = Places(b"of one server", by_name=True)
        self.classroom = ReportingClassroom(self.reports, load("question"), EmbeddedBus(), logs, places)
        blobs = frozenset(key.public_data for key in (self.teacher_key, self.other_teacher_key))
        self.policy = Policy("127.0.0.1", teachers=Keys(blobs))
        self.port = 0

    @property
    def room(self) -> Room:
        return self.classroom.room

    def tell(self, message: AnyMessage) -> None:
        self.classroom.send(message)

    def person(self, name: str) -> Person:
        return next(person for person in self.room.people.values() if person.name == name)

    def seat(self, name: str) -> StudentSeat:
        seat = self.classroom.seats[self.person(name).id]
        assert isinstance(seat, StudentSeat)
        return seat

    def student(self, name: str, **options: Any) -> AbstractAsyncContextManager[Client]:
        return client(self.port, name, **options)

    def teacher(self, name: str = "teacher", key: asyncssh.SSHKey | None = None) -> AbstractAsyncContextManager[Client]:
        return client(self.port, name, client_keys=[key or self.teacher_key])


@asynccontextmanager
async def in_class(folder: Path) -> AsyncIterator[Class]:
    """A class; everybody comes in by name, teachers by their keys."""
    lesson = Class(folder)
    classroom = lesson.classroom
    reception = Reception(lesson.policy, Door(), classroom.places, lambda: lesson.room.people, lambda: classroom.logs)
    await classroom.open()
    acceptor = await listen(
        classroom, reception, Listening("127.0.0.1", 0, asyncssh.generate_private_key("ssh-ed25519"))
    )
    lesson.port = acceptor.get_port()
    try:
        yield lesson
    finally:
        acceptor.close()
        await until(lambda: not classroom.seats)
        await classroom.close()
