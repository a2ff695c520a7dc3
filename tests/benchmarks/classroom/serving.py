"""A class that anybody may enter: `python -m tests.benchmarks.classroom.serving FOLDER` says on which port.

Whoever comes as `teacher` teaches; the host key is made in the folder.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncssh

from engine.scenario import DEFAULT, load
from tui.classroom.bus import EmbeddedBus
from tui.classroom.classroom import Classroom
from tui.classroom.keeping import StudentLogs
from tui.classroom.server import Listening, listen


class Arrival:
    """Somebody who is believed."""

    person = name = question = instruction = ""
    teaches = False
    delay = 0.0
    may_try = True

    def needs_proof(self, username: str) -> bool:
        self.person = self.name = username
        self.teaches = username == "teacher"
        return False

    def entered(self) -> None:
        pass

    def left(self) -> None:
        pass


class Open:
    """Everybody gets in."""

    def arrive(self, address: str) -> Arrival:
        return Arrival()


async def serve(folder: Path) -> None:
    """Serve until the process is ended."""
    key = folder / "host_key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    classroom = Classroom(load(DEFAULT), EmbeddedBus(), StudentLogs())
    await classroom.open()
    acceptor = await listen(classroom, Open(), Listening("127.0.0.1", 0, str(key)))
    print(acceptor.get_port(), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
