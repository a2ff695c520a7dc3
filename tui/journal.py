"""The log that every session in the app writes as it goes, to go on from after a crash; a clean exit removes it.

Its folder belongs to the person alone, and holds a bounded number of bounded files. A file that is being written is
locked, so that no other chainstep takes it for one that was left behind.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec
from platformdirs import user_state_path

from engine.diagnostics import Diagnostic
from engine.session import Log, Record, Session
from tui.saving import changes_numbers

try:
    import fcntl
except ModuleNotFoundError:  # Windows, where a file that is open cannot be removed, which tells as much
    fcntl = None  # type: ignore[assignment]

MAX_FILES = 10
MAX_BYTES = 5_000_000
"""Of one log; what is done after that is not kept."""


def journal_folder() -> Path:
    """Where the logs are."""
    return user_state_path("chainstep", appauthor=False) / "sessions"


class Journal:
    """A log on disk that grows with a session."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file: BinaryIO | None = file
        self._size = 0

    @classmethod
    def begin(cls, session: Session, folder: Path | None = None) -> Journal | None:
        """A new file with what the session has so far; None where none can be written."""
        folder = folder or journal_folder()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            _make_room(folder)
            path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 1_000_000}.jsonl"
            file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        except OSError:
            return None
        _lock(file)
        journal = cls(path, file)
        for line in session.log.lines():
            journal._write(line)
        return journal

    def record(self, record: Record) -> bool:
        """Add a record; whether it is kept."""
        return self._write(msgspec.json.encode(record) + b"\n")

    def _write(self, line: bytes) -> bool:
        if self._file is None:
            return False
        self._size += len(line)
        try:
            if self._size > MAX_BYTES:
                raise OSError
            self._file.write(line)
        except OSError:  # full: what is there loads up to its last whole record
            self.close()
            return False
        return True

    def close(self) -> None:
        """Leave the file as it is."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def end(self) -> None:
        """Remove the file: the session has ended as it should."""
        self.close()
        with suppress(OSError):
            self.path.unlink()


@dataclass(frozen=True, slots=True)
class Left:
    """A log that a session left behind."""

    path: Path
    log: Log
    seconds: float
    """Since it was written to."""

    def __str__(self) -> str:
        title = self.log.header.title or "a session"
        count = len(self.log.records)
        return f"{title}: {count} action{'s' if count != 1 else ''}, {_spell_age(self.seconds)}"


def left_behind(folder: Path | None = None) -> list[Left]:
    """The logs of sessions that did not end as they should and in which numbers were changed, the latest first.

    Steps alone are as quickly taken again; the logs that have no more are removed.
    """
    found: list[Left] = []
    for path in sorted((folder or journal_folder()).glob("*.jsonl"), reverse=True):
        if _is_in_use(path):
            continue
        try:
            log = Log.loads(path.read_bytes())
            age = time.time() - path.stat().st_mtime
        except (OSError, Diagnostic):
            continue
        if any(changes_numbers(record) for record in log.records):
            found.append(Left(path, log, max(0.0, age)))
        else:
            with suppress(OSError):
                path.unlink()
    return found


def _make_room(folder: Path) -> None:
    """Remove the oldest logs that were left behind, so that there are never more than `MAX_FILES`."""
    unused = [path for path in sorted(folder.glob("*.jsonl")) if not _is_in_use(path)]
    for path in unused[: max(0, len(unused) - MAX_FILES + 1)]:
        with suppress(OSError):
            path.unlink()


def _lock(file: BinaryIO) -> None:
    if fcntl is not None:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_in_use(path: Path) -> bool:
    """Whether a chainstep that runs writes to it."""
    if fcntl is None:
        return f"-{os.getpid()}-" in path.name
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _spell_age(seconds: float) -> str:
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'s' if count != 1 else ''} ago"
    return "just now"
