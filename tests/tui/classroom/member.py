"""A process of a class at which some people are, until it is killed.

python -m tests.tui.classroom.member URL NAME-OF-THE-CLASS SECONDS-OF-A-LEASE PERSON…
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.tui.classroom.classes import QUESTION
from tests.tui.classroom.served import Kept
from tui.classroom.classroom import Classroom
from tui.classroom.door.places import Places
from tui.classroom.keeping import StudentLogs
from tui.classroom.leases import Leases
from tui.classroom.redis_bus import RedisBus
from tui.classroom.seats.student import StudentSeat
from tui.classroom.ssh.terminal import Terminal


async def serve(url: str, name: str, seconds: float, people: list[str]) -> None:
    with TemporaryDirectory() as folder:
        classroom = Classroom(QUESTION, RedisBus(url, name, QUESTION), StudentLogs(Path(folder)), Places(b""))
        await classroom.open()
        Leases(url, name, classroom, seconds).begin()
        for person in people:
            classroom.join(StudentSeat(classroom, Terminal(Kept()), person), person)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]))
