"""A class being served: what `chainstep serve` sets up, keeps going, and leaves behind."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path

from engine.diagnostics import Diagnostic
from engine.scenario import Scenario
from engine.session import digest
from tui.addresses import is_local
from tui.classroom.access import Access
from tui.classroom.bus import Bus, bus_for
from tui.classroom.classroom import Classroom
from tui.classroom.codes import ClassCode
from tui.classroom.keeping import StudentLogs, host_key
from tui.classroom.local import LocalChannel, local_size, local_terminal
from tui.classroom.server import Listening, listen
from tui.classroom.summary import write_summary
from tui.classroom.teacher import TeacherSeat

LOG = logging.getLogger("chainstep.serve")
MEMBER = "CHAINSTEP_CLASS_MEMBER"
"""In the environment of a further process of a class: its code. Arguments can be seen by others on the machine."""
SWEEP_SECONDS = 15.0
STOPPING = "The server is being stopped. Come back with the same name to go on where you were."


class Service:
    """One process of a class; the first one starts the others."""

    def __init__(self, scenario: Scenario, options: Namespace) -> None:
        self.scenario, self.options = scenario, options
        self.is_member = MEMBER in os.environ
        folder = options.state or user_state_path("chainstep", appauthor=False) / "classes"
        self.folder: Path = folder
        code = options.code or os.environ.pop(MEMBER, None)
        is_open = is_local(options.host) and not code and not options.students
        self.code = None if is_open or (options.students and not code) else ClassCode(code or None)
        self._stop = asyncio.Event()

    def run(self) -> int:
        """Serve until it is stopped, or the class is ended; answers the exit status."""
        return asyncio.run(self._run())

    async def _run(self) -> int:
        started = time.time()
        with_screen = not (self.options.no_screen or self.is_member) and sys.stdin.isatty() and sys.stdout.isatty()
        self._log_to(self.folder / "server.log" if with_screen else None)
        key = host_key(self.folder / "host_key")
        bus = bus_for(self.options.broker, self.options.class_name, digest(self.scenario.opening))
        classroom = Classroom(self.scenario, bus, StudentLogs(self.folder / "students"))
        access = Access.for_class(classroom, self.code, self.options.teachers, self.options.students, key)
        classroom.invitation = self.invitation()
        await classroom.open()
        where = Listening(self.options.host, self.options.port, str(self.folder / "host_key"), self.options.workers > 1)
        try:
            acceptor = await listen(classroom, access, where)
        except OSError as problem:
            await classroom.close()
            raise Diagnostic(
                "cannot_listen", f"cannot listen on {where.host}, port {where.port}: {problem.strerror or problem}",
                hints=("choose another with --port, such as --port 2223",),
            ) from None  # fmt: skip
        others = self._start_others()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        if not self.is_member:
            print(classroom.invitation, flush=True)
        tasks = [asyncio.create_task(self._sweep(classroom))]
        if with_screen:
            tasks.append(asyncio.create_task(self._teach_here(classroom)))
        ended = asyncio.create_task(classroom.ended.wait())
        await asyncio.wait([ended, asyncio.create_task(self._stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        acceptor.close()
        for seat in list(classroom.seats.values()):
            seat.dismiss(STOPPING if self._stop.is_set() else "The class is over.")
        await asyncio.sleep(0.2)  # so that the last words leave
        with suppress(TimeoutError):
            await asyncio.wait_for(acceptor.wait_closed(), 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._end_others(others)
        if not self.is_member and classroom.room.people:
            written = write_summary(classroom.room, self.folder, started, time.time())
            print("\n".join(f"written: {path}" for path in written), flush=True)
        await classroom.close()
        return 0

    # ---- what people are told --------------------------------------------------------------------------------------

    def invitation(self) -> str:
        """How to come in, for the teacher to read out."""
        host, port = self.options.host, self.options.port
        if host in ("0.0.0.0", "::", ""):
            host = socket.gethostname()
        at = "" if port == 22 else f"-p {port} "
        lines = [f"chainstep serves “{self.scenario.title}”.", f"Students:  ssh {at}NAME@{host}"]
        if self.code is not None:
            lines.append(f"Class code:  {self.code}")
        elif self.options.students:
            lines.append("They come in by their public keys.")
        else:
            lines.append("Only this machine is served, and it asks for no code.")
        if self.options.teachers:
            lines.append(f"Teacher:  ssh {at}teacher@{host}, with a key of {self.options.teachers}")
        return "\n".join(lines)

    def _log_to(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        logging.basicConfig(filename=path, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
        logging.getLogger("asyncssh").setLevel(logging.WARNING)

    # ---- what goes on meanwhile ------------------------------------------------------------------------------------

    async def _teach_here(self, classroom: Classroom) -> None:
        """The teacher's screen, in the terminal that the server was started in; leaving it ends the server."""
        seat: TeacherSeat

        def received(data: bytes) -> None:
            seat.received(data)

        def resized(size: tuple[int, int]) -> None:
            seat.resized(size)

        channel = LocalChannel(received, resized)
        try:
            seat = TeacherSeat(classroom, local_terminal(channel), "teacher")
            classroom.join(seat, "teacher")
            await channel.closed.wait()
        finally:
            classroom.leave(seat)
            channel.close()
            self._stop.set()

    async def _sweep(self, classroom: Classroom) -> None:
        """Let go of clients that are silent for too long."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = asyncio.get_running_loop().time()
            for seat in list(classroom.seats.values()):
                if now - seat.last_heard > self.options.idle * 60:
                    seat.dismiss("Nothing came from you for a while. Come back with the same name.")

    # ---- further processes -----------------------------------------------------------------------------------------

    def _start_others(self) -> list[subprocess.Popen[bytes]]:
        if self.is_member:
            return []
        environment = {**os.environ, MEMBER: self.code.text if self.code else ""}
        return [
            subprocess.Popen([sys.executable, "-m", "tui.cli", *sys.argv[1:]], env=environment, stdin=subprocess.DEVNULL)
            for _ in range(self.options.workers - 1)
        ]

    def _end_others(self, others: list[subprocess.Popen[bytes]]) -> None:
        for process in others:
            process.terminate()
        for process in others:
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
