"""What students did, kept on the server's disk, so that they find it again when they come back.

Each session of theirs in which something was done has a log. Nothing else of theirs gets there, and of this only so
much. A disk that is full, or a folder that is gone, ends no session: there is a log less.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from platformdirs import user_state_path

from engine.diagnostics import Diagnostic
from engine.session import Log, Record, Session
from engine.session.log import Header
from tui.saving import LOG

_PERSON = re.compile(r"[a-z][a-z0-9]{0,63}")
"""Ids that are a file's name on every system, and lead nowhere else."""
_NAME = re.compile(rf"({_PERSON.pattern})(?:-([1-9][0-9]{{0,8}}))?{re.escape(LOG)}")
"""Names of logs: whose, and which of theirs; the first one has no number."""


def classroom_folder() -> Path:
    """Where a classroom keeps its things unless told otherwise."""
    return user_state_path("chainstep", appauthor=False) / "classroom"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept. For what is new a student's own oldest logs go, and nobody else's."""

    a_student: int = 1_000_000
    """Bytes of all logs of one student."""
    logs: int = 10
    """Of one student."""
    students: int = 500
    total: int = 100_000_000
    """Bytes of all that is in the folder."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One log of a student's."""

    number: int
    """Counted from 1, the first of theirs; that of one which is gone is not given again."""
    saved: float
    """When it was last written to, in seconds since the epoch."""
    log: Log


@dataclass(slots=True)
class _Growing:
    """A log that grows with a session."""

    number: int
    size: int
    """Bytes that are there."""
    unwritten: tuple[Header | Record, ...] | None
    """What the session had besides when it began: written with its next action. None from then on."""
    older: list[tuple[int, int]] = field(default_factory=list)
    """The number and the bytes of each other log of the same person's, the oldest first."""


class StudentLogs:
    """A folder with the logs of each student, one a session, as JSON Lines that grow with it.

    Files are opened for one record at a time: a class has more students than many systems let a program have files.
    """

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        """Make the folder if need be, for oneself alone.

        Raises a Diagnostic: `unwritable`, or `unsafe_folder` for one that others can get at.
        """
        self.folder = folder
        self.limits = limits or Limits()
        self._growing: dict[str, _Growing] = {}
        """By person."""
        self._total = 0
        """Bytes in the folder, as far as this process knows; looked up again when a log is begun."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = folder.stat().st_mode
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem)
            raise Diagnostic("unwritable", f"students' logs cannot be kept in {folder}: {reason}") from None
        if os.name == "posix" and mode & 0o077:
            raise Diagnostic("unsafe_folder", f"others can get at {folder}, and students' logs are theirs alone",
                             hints=(f"chmod 700 {folder}", "or name a folder that is not there yet"))  # fmt: skip

    # ---- writing ---------------------------------------------------------------------------------------------------

    def begin(self, person: str, session: Session) -> None:
        """Keep a session from the next action on, with what it has so far.

        It goes on in the person's latest log where it has all that is there, and else in a new one.
        """
        self.end(person)
        number, there = max(self._numbers(person), default=0), b""
        parts: tuple[Header | Record, ...] = (session.log.header, *session.log.records)
        if number:
            with suppress(OSError):
                there = self._path(person, number).read_bytes()
        if there.endswith(b"\n") and b"".join(map(_line, parts)).startswith(there):
            self._growing[person] = _Growing(number, len(there), parts[there.count(b"\n") :])
        else:
            self._growing[person] = _Growing(number + 1, 0, parts)

    def record(self, person: str, record: Record) -> bool:
        """Add a record to the log of a session that was begun; whether it is kept. After a No, no more is kept."""
        growing = self._growing.get(person)
        if growing is None:
            return False
        data = b"".join(map(_line, (*(growing.unwritten or ()), record)))
        try:
            if growing.unwritten is not None:
                growing.unwritten = None
                is_kept = self._may_begin(person, growing) and self._add(person, growing, data)
            else:
                is_kept = self._add(person, growing, data)
        except OSError:
            is_kept = False
        if not is_kept:
            self.end(person)
        return is_kept

    def end(self, person: str) -> None:
        """Leave a log as it is; records that come later are not for it."""
        self._growing.pop(person, None)

    def keeps(self, person: str) -> bool:
        """Whether what a person does now is kept, as far as is known."""
        return person in self._growing

    def _may_begin(self, person: str, growing: _Growing) -> bool:
        """Look how much there is; whether there is a place for this person."""
        sizes = {entry.name: entry.stat().st_size for entry in os.scandir(self.folder)}
        self._total = sum(sizes.values())
        theirs: list[tuple[int, int]] = []
        others: set[str] = set()
        for name, size in sizes.items():
            if (found := _NAME.fullmatch(name)) is not None and found[1] == person:
                theirs.append((int(found[2] or 1), size))
            elif found is not None:
                others.add(found[1])
        growing.older = sorted(log for log in theirs if log[0] != growing.number)
        return bool(theirs) or len(others) < self.limits.students

    def _add(self, person: str, growing: _Growing, data: bytes) -> bool:
        """Write at the end of a log, in place of the oldest ones where need be; whether there was room."""
        size, limits = growing.size + len(data), self.limits
        if size > limits.a_student or self._total - sum(log[1] for log in growing.older) + len(data) > limits.total:
            return False
        while growing.older and (
            len(growing.older) >= limits.logs
            or size + sum(log[1] for log in growing.older) > limits.a_student
            or self._total + len(data) > limits.total
        ):
            number, freed = growing.older.pop(0)
            self._path(person, number).unlink(missing_ok=True)
            self._total -= freed
        path = self._path(person, growing.number)
        is_new = not growing.size
        file = os.open(path, os.O_WRONLY | os.O_APPEND | (os.O_CREAT | os.O_EXCL if is_new else 0), 0o600)
        try:
            is_whole = os.write(file, data) == len(data)  # a part of a line is nothing, to whoever reads the log
        except OSError:
            is_whole = False
        finally:
            os.close(file)
        if is_new and not is_whole:
            path.unlink(missing_ok=True)
        growing.size = size
        self._total += len(data)
        return is_whole

    # ---- reading ---------------------------------------------------------------------------------------------------

    def read(self, person: str, number: int | None = None) -> Log | None:
        """The person's latest log, or that of a number, up to its last whole record.

        None where there is none that can be read and has something in it.
        """
        numbers = self._numbers(person) if number is None else [number]
        logs = (self._read(person, each) for each in reversed(numbers))
        return next((kept.log for kept in logs if kept is not None), None)

    def of(self, person: str) -> list[Kept]:
        """All of a person's logs that can be read and have something in them, the oldest first."""
        return [kept for number in self._numbers(person) if (kept := self._read(person, number)) is not None]

    def __contains__(self, person: object) -> bool:
        """Whether there is a log of theirs."""
        return isinstance(person, str) and _PERSON.fullmatch(person) is not None and bool(self._numbers(person))

    def _read(self, person: str, number: int) -> Kept | None:
        with suppress(OSError, Diagnostic), self._path(person, number).open("rb") as file:
            saved, log = os.fstat(file.fileno()).st_mtime, Log.loads(file.read(self.limits.a_student))
            return Kept(number, saved, log) if log.records else None
        return None

    def _numbers(self, person: str) -> list[int]:
        """Of a person's logs, the oldest first. Raises a ValueError for what is no id of a person's."""
        if not _PERSON.fullmatch(person):
            raise ValueError("ids of people are small letters and digits")
        names: list[str] = []
        with suppress(OSError), os.scandir(self.folder) as entries:
            names = [entry.name for entry in entries if entry.name.startswith(person) and entry.is_file()]
        found = (_NAME.fullmatch(name) for name in names)
        return sorted(int(name[2] or 1) for name in found if name is not None and name[1] == person)

    def _path(self, person: str, number: int) -> Path:
        return self.folder / f"{person}{f'-{number}' if number > 1 else ''}{LOG}"


def _line(part: Header | Record) -> bytes:
    return msgspec.json.encode(part) + b"\n"
