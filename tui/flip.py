"""The layout flip, drawn in a few frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from textual.screen import Screen
from textual.timer import Timer

FRAME = 0.065
"""Seconds for which a frame is seen; there are two, so that a flip is over in less than a fifth of a second."""
HELD = 0.3
"""Seconds between two flips below which the key counts as held."""
LATE = 2.5
"""How many times its length a frame may take; a terminal that takes longer is slow, and gets no frames any more."""


class Frames:
    """Draws a flip in a few frames; whatever comes in between ends it at once."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._timer: Timer | None = None
        self._last = float("-inf")
        self._is_slow = False

    @property
    def is_running(self) -> bool:
        return self._timer is not None

    def may_run(self) -> bool:
        """Not where animations are off, nor without colours or beyond ASCII, nor while the key is held."""
        app = self._screen.app
        now = time.monotonic()
        is_held = now - self._last < HELD
        self._last = now
        is_plain = app.no_color or app.has_class("-ascii") or app.is_headless
        return not (self._is_slow or is_held or is_plain or app.animation_level == "none")

    def run(self, frames: Sequence[Callable[[], None]]) -> None:
        """Draw the first frame now, and each further one a moment later."""
        self.stop()
        first, *rest = frames
        first()
        if rest:
            due = time.monotonic() + FRAME
            self._timer = self._screen.set_timer(FRAME, lambda: self._next(rest, due))

    def _next(self, frames: Sequence[Callable[[], None]], due: float) -> None:
        self._timer = None
        if time.monotonic() - due > (LATE - 1) * FRAME:
            self._is_slow = True
            frames = frames[-1:]
        self.run(frames)

    def stop(self) -> None:
        """Forget the frames that are left."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
