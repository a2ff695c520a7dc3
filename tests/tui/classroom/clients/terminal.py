"""The terminal of a client: a screen drawn from the bytes that came, and the keys of a keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable

import pyte

F2, F3, F4, F5, ESC = "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b"


class Screen:
    """A terminal's screen, drawn from the bytes that came."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.raw = bytearray()
        self.painted_at = 0.0
        self._lines: list[str] | None = None
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, data: bytes) -> None:
        self.raw += data
        self.painted_at = time.monotonic()
        self._lines = None
        self._stream.feed(data)

    def resize(self, size: tuple[int, int]) -> None:
        self._lines = None
        self._screen.resize(lines=size[1], columns=size[0])

    @property
    def lines(self) -> list[str]:
        if self._lines is None:
            columns, rows, cells = range(self._screen.columns), range(self._screen.lines), self._screen.buffer
            self._lines = ["".join(cells[y][x].data for x in columns).rstrip() if y in cells else "" for y in rows]
        return self._lines

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def status(self) -> str:
        """The class's line, at the bottom."""
        return self.lines[-1]

    @property
    def is_given_back(self) -> bool:
        """Whether the terminal is as it was: the main screen, a cursor, wrapping, neither mouse nor pastes reported."""
        modes = {
            b"1049": False,
            b"1000": False,
            b"1002": False,
            b"1006": False,
            b"2004": False,
            b"25": True,
            b"7": True,
        }
        return all(
            self.raw.rfind(b"\x1b[?" + mode + (b"h" if is_on else b"l"))
            >= self.raw.rfind(b"\x1b[?" + mode + (b"l" if is_on else b"h"))
            for mode, is_on in modes.items()
        )


def matches(wanted: str | Callable[[str], bool], text: str) -> bool:
    return wanted in text if isinstance(wanted, str) else wanted(text)


def on_step(step: int) -> Callable[[str], bool]:
    """Whether a screen stands at that step."""
    return lambda text: f"step {step}/" in text
