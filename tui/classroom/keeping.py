"""What students did, kept on the server's disk, so that they find it again when they come back.

Nothing else of theirs gets there, and of this only so much. A disk that is full, or a folder that is gone, ends no
session: there is a log less.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from platformdirs import user_state_path

from engine.diagnostics import Diagnostic
from engine.session import Log, Record, Session
from tui.saving import LOG, replace_file

_PERSON = re.compile(r"[a-z][a-z0-9]{0,63}")
"""Ids that are a file's name on every system, and lead nowhere else."""


def classroom_folder() -> Path:
    """Where a classroom keeps its things unless told otherwise."""
    return user_state_path("chainstep", appauthor=False) / "classroom"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept; what is over is not kept, and what is there is not removed for it."""

    a_student: int = 1_000_000
    """Bytes of one log."""
    students: int = 500
    total: int = 100_000_000
    """Bytes of all that is in the folder."""


class StudentLogs:
    """A folder with one log for each student: the latest session of theirs, as JSON Lines that grow with it.

    Files are opened for one record at a time: a class has more students than many systems let a program have files.
    """

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        """Make the folder if need be, for oneself alone.

        Raises a Diagnostic: `unwritable`, or `unsafe_folder` for one that others can get at.
        """
        self.folder = folder
        self.limits = limits or Limits()
        self._sizes: dict[str, int] = {}
        """Bytes of the logs that grow, by person."""
        self._total = 0
        """Bytes in the folder, as far as this process knows; looked up again when a log begins."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = folder.stat().st_mode
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem)
            raise Diagnostic("unwritable", f"students' logs cannot be kept in {folder}: {reason}") from None
        if os.name == "posix" and mode & 0o077:
            raise Diagnostic("unsafe_folder", f"others can get at {folder}, and students' logs are theirs alone",
                             hints=(f"chmod 700 {folder}", "or name a folder that is not there yet"))  # fmt: skip

    def begin(self, person: str, session: Session) -> bool:
        """Keep a session from now on, with what it has so far, in place of the person's last one; whether it is kept.

        Where it is not, the last one stays.
        """
        path = self._path(person)
        self.end(person)
        data = b"".join(session.log.lines())
        try:
            sizes = {entry.name: entry.stat().st_size for entry in os.scandir(self.folder)}
            others = sum(sizes.values()) - sizes.get(path.name, 0)
            is_new = path.name not in sizes
            if is_new and sum(name.endswith(LOG) for name in sizes) >= self.limits.students:
                return False
            if len(data) > self.limits.a_student or others + len(data) > self.limits.total:
                return False
            replace_file(path, data, mode=0o600)
        except OSError:
            return False
        self._sizes[person] = len(data)
        self._total = others + len(data)
        return True

    def record(self, person: str, record: Record) -> bool:
        """Add a record to the log of a session that was begun; whether it is kept. After a No, no more is kept."""
        if person not in self._sizes:
            return False
        line = msgspec.json.encode(record) + b"\n"
        size = self._sizes[person] + len(line)
        if (
            size > self.limits.a_student
            or self._total + len(line) > self.limits.total
            or not self._append(person, line)
        ):
            self.end(person)
            return False
        self._sizes[person] = size
        self._total += len(line)
        return True

    def end(self, person: str) -> None:
        """Leave a log as it is; records that come later are not for it."""
        self._sizes.pop(person, None)

    def read(self, person: str) -> Log | None:
        """The person's last session, up to its last whole record; None where there is none that can be read."""
        with suppress(OSError, Diagnostic), self._path(person).open("rb") as file:
            return Log.loads(file.read(self.limits.a_student))
        return None

    def __contains__(self, person: object) -> bool:
        """Whether there is a log of theirs."""
        return isinstance(person, str) and _PERSON.fullmatch(person) is not None and self._path(person).is_file()

    def _append(self, person: str, line: bytes) -> bool:
        try:
            file = os.open(self._path(person), os.O_WRONLY | os.O_APPEND)
        except OSError:
            return False
        try:
            return os.write(file, line) == len(line)  # a part of a line is nothing, to whoever reads the log
        except OSError:
            return False
        finally:
            os.close(file)

    def _path(self, person: str) -> Path:
        """Where a person's log is. Raises a ValueError for what is no id of a person's."""
        if not _PERSON.fullmatch(person):
            raise ValueError("ids of people are small letters and digits")
        return self.folder / f"{person}{LOG}"
