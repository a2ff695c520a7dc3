"""A program in a pseudo-terminal, as a terminal emulator sees it: keys go in, bytes come out, and the clock is here."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
QUIET = 0.06
"""Seconds without output after which whatever a key has caused is taken to be on the screen."""
PATIENCE = 30.0
SYNC_QUERY, SYNC_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether frames may be sent as wholes, and the answer of a terminal that can show them so."""
FRAME_BEGIN, FRAME_END = b"\x1b[?2026h", b"\x1b[?2026l"


@dataclass(frozen=True)
class Painted:
    """What came out for a key."""

    seconds: float
    """From the key to the last byte."""
    data: bytes

    @property
    def frames(self) -> int:
        return self.data.count(FRAME_END)


class Terminal:
    """A Python program on a screen of 160×45 in 24-bit colour. Used with `with`, which ends the program.

    Raises TimeoutError where nothing is painted in half a minute.
    """

    def __init__(self, arguments: Sequence[str], *, columns: int = 160, rows: int = 45) -> None:
        self._cells = columns * rows
        self._fd, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        self._started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *arguments], stdin=child, stdout=child, stderr=child, env=kept | colours,
            start_new_session=True, close_fds=True,
        )  # fmt: skip
        os.close(child)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._fd)

    def first_frame(self) -> Painted:
        """From the start of the process to the end of the first frame, which paints every cell."""
        found, last = b"", self._started
        while data := self._read(QUIET / 2 if len(found) >= self._cells else PATIENCE):
            found += data
            last = time.perf_counter()
            if len(found) >= self._cells and found.endswith(FRAME_END):
                break
        if len(found) < self._cells:
            raise TimeoutError("there is no first frame")
        return Painted(last - self._started, found)

    def settle(self) -> bytes:
        """What still comes, until it is quiet for long."""
        found = b""
        while data := self._read(0.4):
            found += data
        return found

    def press(self, keys: str) -> Painted:
        """Press keys, and wait for all that follows."""
        start = time.perf_counter()
        os.write(self._fd, keys.encode())
        return self._painted(start)

    def hold(self, keys: Sequence[str], interval: float) -> Painted:
        """Press keys at a fixed pace, as a keyboard that repeats; the time is from the last one to the last byte."""
        found = b""
        due = start = time.perf_counter()
        for key in keys:
            while (left := due - time.perf_counter()) > 0:
                found += self._read(left)
            start = time.perf_counter()
            os.write(self._fd, key.encode())
            due += interval
        rest = self._painted(start)
        return Painted(rest.seconds, found + rest.data)

    def _painted(self, start: float) -> Painted:
        found = self._read(PATIENCE)
        last = time.perf_counter()
        if not found:
            raise TimeoutError("nothing is painted for a key")
        while data := self._read(QUIET):
            last = time.perf_counter()
            found += data
        return Painted(last - start, found)

    def _read(self, timeout: float) -> bytes:
        """What comes within that time; nothing where nothing does."""
        ready, _, _ = select.select([self._fd], [], [], max(0.0, timeout))
        if not ready:
            return b""
        try:
            data = os.read(self._fd, 1 << 20)
        except OSError:  # Linux says so where the program has gone
            raise TimeoutError(f"the program has ended with status {self._process.wait()}") from None
        if SYNC_QUERY in data:
            os.write(self._fd, SYNC_ANSWER)
        return data


@contextmanager
def pycache() -> Iterator[None]:
    """A folder where programs that are started keep their compiled modules, also where they would keep none."""
    kept = {name: os.environ.pop(name, None) for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        try:
            yield
        finally:
            del os.environ["PYTHONPYCACHEPREFIX"]
            os.environ.update({name: value for name, value in kept.items() if value is not None})
