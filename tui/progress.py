"""How far something is that takes longer than a second: a line on standard error, and only on a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")
PATIENCE = 1.0
"""Seconds after which the line is shown."""
OFTEN = 0.1
"""Seconds for which a line stands at least."""
WIDTH = 30
"""Cells of the bar."""
_ERASE = "\r\x1b[K"


class Meter:
    """The line; used with `with`, which takes it away. It is ASCII, as what standard error can print is not known."""

    def __init__(self, name: str, total: int = 0) -> None:
        self._name, self._total = name, total
        """Of what is not counted the total is 0, and only the seconds are told."""
        self._done = 0
        self._started = time.monotonic()
        self._drawn = 0.0
        self._is_drawn = False
        self._is_seen = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.erase()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        self.draw()

    def draw(self) -> None:
        """Show how far it is, where it has taken long enough."""
        now = time.monotonic()
        if self._is_seen and now - self._started > PATIENCE and now - self._drawn > OFTEN:
            self._drawn, self._is_drawn = now, True
            sys.stderr.write(f"{_ERASE}{self._line(now - self._started)}")
            sys.stderr.flush()

    def erase(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._is_drawn:
            self._drawn, self._is_drawn = 0.0, False
            sys.stderr.write(_ERASE)
            sys.stderr.flush()

    def waits(self) -> bool:
        """Draw it; never true: for what asks now and then whether it is to be given up."""
        self.draw()
        return False

    def _line(self, seconds: float) -> str:
        if not self._total:
            return f"{self._name} .. {seconds:.0f} s"
        cells = min(WIDTH, WIDTH * self._done // self._total)
        return f"{self._name} [{'#' * cells}{'.' * (WIDTH - cells)}] {self._done}/{self._total}"


def progress(things: Iterable[T], total: int, name: str) -> Iterator[T]:
    """The things; the line stands while the next one is made, and not while something is done with it."""
    with Meter(name, total) as meter:
        for thing in things:
            meter.erase()
            yield thing
            meter.step()
