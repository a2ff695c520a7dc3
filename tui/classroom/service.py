"""A class being served: what `chainstep serve` sets up, keeps going, and leaves behind."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from argparse import Namespace
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from secrets import token_hex

from engine.diagnostics import Diagnostic
from engine.scenario import Scenario
from tui.addresses import is_local
from tui.classroom.apps.mirror import rehearse
from tui.classroom.bus import Bus, EmbeddedBus
from tui.classroom.classroom import LOG_MINUTES, Classroom
from tui.classroom.door.access import Policy
from tui.classroom.door.arrival import Reception
from tui.classroom.door.authorized_keys import Keys
from tui.classroom.door.codes import ClassCode
from tui.classroom.door.door import Door
from tui.classroom.door.host_key import host_key, secret_of
from tui.classroom.door.places import Places
from tui.classroom.invitation import Invitation
from tui.classroom.keeping import StudentLogs, classroom_folder
from tui.classroom.leases import Leases
from tui.classroom.room.attendance import Attendance
from tui.classroom.room.messages import AnyMessage, End
from tui.classroom.room.summary import write
from tui.classroom.seats.teacher import TeacherSeat
from tui.classroom.ssh.local import LocalChannel, local_terminal
from tui.classroom.ssh.server import Listening, listen
from tui.classroom.workers import Workers, when_parent_is_gone
from tui.console import say

LOG = logging.getLogger("chainstep.serve")
MEMBER = "CHAINSTEP_CLASS_MEMBER"
"""In the environment of a further process of a class: its code, its name, and whether a screen is drawn over what is
written to standard error; a line each. Arguments can be seen by others."""
SWEEP_SECONDS = 15.0
MAX_LOG = 1_000_000
"""Bytes of the server's own log; the one before it is kept too."""
STOPPING = "The server is being stopped. Come back with the same name to go on where you were."
STOPPED = "The server has been stopped."
"""For teachers: their session is saved with the summary, and whoever stopped it may read this in its own terminal."""
NOBODY_TEACHES = (
    "warning: nobody can teach a class from here: no screen is opened in this terminal, and no teacher has a key\n"
    "  --teachers FILE names teachers' public keys, as in authorized_keys; in a terminal, it works without --no-screen"
)


class Service:
    """One process of a class; the first one of a machine starts the others there."""

    def __init__(self, scenario: Scenario, options: Namespace) -> None:
        self.scenario, self.options = scenario, options
        self.is_member = MEMBER in os.environ
        member_code, member_class, drawn_over = os.environ.pop(MEMBER, "\n\n").split("\n", 2)
        self.with_screen = not (options.no_screen or self.is_member) and sys.stdin.isatty() and sys.stdout.isatty()
        self.logs_to_file = self.with_screen or bool(drawn_over)
        self.class_name: str = options.class_name or member_class or token_hex(4)
        self.folder: Path = options.state or classroom_folder()
        code = options.code or member_code or None
        needs_code = code is not None or not (is_local(options.host) or options.students)
        self.policy = Policy(
            options.host, ClassCode(code) if needs_code else None,
            *(Keys.read(Path(path)) if path else Keys() for path in (options.students, options.teachers)),
        )  # fmt: skip
        self._stop = asyncio.Event()
        self._classroom: Classroom | None = None
        self._workers = self._further_processes()
        self._written: list[Path] = []
        self._has_said_written = False

    def run(self) -> int:
        """Serve until it is stopped, or the class is ended; answers the exit status."""
        return asyncio.run(self._run())

    def _bus(self) -> Bus:
        if not self.options.broker:
            return EmbeddedBus()
        from tui.classroom.redis_bus import RedisBus

        return RedisBus(self.options.broker, self.class_name, self.scenario, self._in_trouble)

    def _begin_leases(self, classroom: Classroom) -> Leases | None:
        if not self.options.broker:
            return None
        leases = Leases(self.options.broker, self.class_name, classroom)
        leases.begin()
        return leases

    def _in_trouble(self, problem: Diagnostic | None) -> None:
        if problem is not None and problem.code == "lost_class":
            self._workers.starts_anew = False  # it would be in another class of the same name
        if self._classroom is not None:
            self._classroom.trouble(problem)

    async def _run(self) -> int:
        self._log_to(self.folder / "server.log" if self.logs_to_file else None)
        key = host_key(self.folder / "host_key")
        logs = StudentLogs(self.folder / "students")
        places = Places(secret_of(key), by_name=self.policy.is_open and self.policy.is_local)
        invitation = Invitation(self.scenario.title, self.options, self.policy)
        text = f"{invitation.text}\nFingerprint:  {key.get_fingerprint()}"
        classroom = Classroom(self.scenario, self._bus(), logs, places, text)
        classroom.way_in, classroom.where = invitation.way_in, invitation.where
        self._classroom = classroom
        self._attendance = Attendance(classroom.room)
        classroom.room.listeners.append(self._heard)
        reception = Reception(self.policy, Door(), places, lambda: classroom.room.people, lambda: logs)
        nobody_teaches = not (self.with_screen or self.is_member or self.policy.teachers.blobs)
        warnings = [*self.policy.students.warnings, *self.policy.teachers.warnings, *[NOBODY_TEACHES] * nobody_teaches]
        for warning in warnings:
            sys.stderr.write(f"{warning}\n")
        await classroom.open()
        if classroom.room.ended:
            await classroom.close()
            raise Diagnostic("class_is_over", f"the class {self.class_name} has been ended",
                             hints=("give this one a name of its own with --class",))  # fmt: skip
        await rehearse(self.scenario)
        where = Listening(self.options.host, self.options.port, key, shares_port=self.options.workers > 1)
        try:
            acceptor = await listen(classroom, reception, where)
        except Diagnostic:
            await classroom.close()
            raise
        self._workers.begin()
        leases = self._begin_leases(classroom)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        if self.is_member:
            when_parent_is_gone(self._stop.set)
        else:
            say(classroom.invitation)
            sys.stdout.flush()
        tasks = [asyncio.create_task(self._sweep(classroom))]
        if self.with_screen:
            tasks.append(asyncio.create_task(self._teach_here(classroom)))
        ended = asyncio.create_task(classroom.ended.wait())
        await asyncio.wait([ended, asyncio.create_task(self._stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        if not self._stop.is_set():
            await self._hand_out_logs(classroom)
        acceptor.close()
        for seat in list(classroom.seats.values()):
            seat.dismiss(STOPPED if seat.teaches else STOPPING)
        await asyncio.sleep(0.2)  # so that the last words leave
        with suppress(TimeoutError):
            await asyncio.wait_for(acceptor.wait_closed(), 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._workers.close()
        self._write_summary()
        self._say_written()
        if leases is not None:
            await leases.close()
        await classroom.close()
        return 0

    async def _hand_out_logs(self, classroom: Classroom) -> None:
        """Stay for a while after the class's end, where there is anything to be fetched."""
        if classroom.problem is not None:
            await self._workers.close()  # which have not heard of the end
        if self.is_member or not any(person in classroom.logs for person in classroom.room.people):
            return  # a member's parent has the same folder
        self._say_written()
        say(f"The class is over. Students can fetch their logs for {LOG_MINUTES} minutes; Ctrl-C ends the server now.")
        sys.stdout.flush()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), LOG_MINUTES * 60)

    def _say_written(self) -> None:
        """Name the files of the summary, once."""
        if not self._has_said_written:
            self._has_said_written = bool(self._written)
            say(*(f"written: {path}" for path in self._written))

    def _heard(self, message: AnyMessage) -> None:
        if isinstance(message, End):
            self._write_summary()

    def _write_summary(self) -> None:
        """Write what is left of the class, once, and where there was one."""
        classroom = self._classroom
        if self.is_member or self._written or classroom is None or not classroom.room.people:
            return
        try:
            self._written = write(classroom.room, self._attendance, self.folder / "summaries")
            classroom.summary_path = self._written[0]
        except Diagnostic as problem:
            LOG.error("%s", problem.message)

    def _log_to(self, path: Path | None) -> None:
        handler: logging.Handler = logging.StreamHandler()
        if path is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            # strangers make lines in it: each connection that is refused is one
            handler = RotatingFileHandler(path, maxBytes=MAX_LOG, backupCount=1)
        logging.basicConfig(handlers=[handler], level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
        logging.getLogger("asyncssh").setLevel(logging.WARNING)
        # what asyncio says of each write to a client that has just died
        logging.getLogger("asyncio").addFilter(lambda record: record.msg != "socket.send() raised exception.")

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
            seat.ends_class = True
            classroom.join(seat, "teacher")
            await channel.closed.wait()
        finally:
            classroom.leave(seat)
            channel.close()
            if not classroom.ended.is_set():
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

    def _further_processes(self) -> Workers:
        code = self.policy.code.text if self.policy.code else ""
        member = "\n".join((code, self.class_name, "screen" if self.with_screen else ""))
        environment = {**os.environ, MEMBER: member}
        command = [sys.executable, "-m", "tui.cli", *sys.argv[1:]]
        return Workers(command, environment, 0 if self.is_member else self.options.workers - 1)
