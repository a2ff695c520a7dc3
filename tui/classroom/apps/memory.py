"""When garbage is looked for: not while people press keys.

Fifty apps are a few million objects, and a full collection looks at each of them: half a second in which nobody's key
is answered, as often as the default thresholds have it. So what has settled is frozen, which takes it out of the
collector's sight, and so is, once a second, what keys have left. All of it is looked at again only in a pause of the
class's, or when many apps have ended.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from weakref import WeakKeyDictionary

from textual._styles_cache import StylesCache

THRESHOLDS = (1_000, 5, 1_000_000)
"""Of the three generations. What survives the first are rows of a screen, with references to a hundred cells each, so
the second is looked at while it is small, 10 ms; the third never, since what gets there is frozen soon."""
LOOK_SECONDS = 60.0
"""Between two times at least that all is looked at because of what keys have left, and not because apps have ended."""
SETTLED = 1.0
"""Seconds after the last app's start or end, or after a key, after which what there is stays."""
PAUSE = 2.0
"""Seconds without anybody's key that make a pause."""
MANY, SOON = 10, 0.05
"""Ended apps that are looked for without a pause, and the seconds until then: before those who come next need more."""
LOOKS = 6
"""How often an ended app is looked for: the connection that it was for may hold it for a while longer."""


class Collector:
    """The process's garbage collection, as far as apps that come and go are concerned."""

    def __init__(self) -> None:
        self._ended: WeakKeyDictionary[object, int] = WeakKeyDictionary()
        """Apps that have ended and are still there, and how often each was looked for."""
        self._timer: asyncio.TimerHandle | None = None
        self._pressed = self._looked = 0.0

    def pressed(self) -> None:
        """Somebody has pressed a key."""
        self._pressed = asyncio.get_running_loop().time()
        if self._timer is None:
            self._later()

    def began(self) -> None:
        """An app starts."""
        gc.set_threshold(*THRESHOLDS)
        self._later()

    def ended(self, app: object) -> None:
        """An app is over, and so can be let go of."""
        self._ended[app] = 0
        self._later()

    def stop(self) -> None:
        """Look for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._ended.clear()

    @property
    def _are_many(self) -> bool:
        return sum(looks == 0 for looks in self._ended.values()) >= MANY

    @property
    def _is_waiting(self) -> bool:
        return any(looks < LOOKS for looks in self._ended.values())

    def _count_look(self) -> None:
        for app in list(self._ended):
            self._ended[app] += 1

    def _later(self) -> None:
        loop, are_many = asyncio.get_running_loop(), self._are_many
        due = loop.time() + (SOON if are_many else SETTLED)
        if self._timer is not None:
            if are_many and self._timer.when() <= due:
                return  # where some always come and go, it would never be time
            self._timer.cancel()
        self._timer = loop.call_at(due, self._settle)

    def _settle(self) -> None:
        """Look for ended apps if it is time, and freeze what there is."""
        self._timer = None
        now = asyncio.get_running_loop().time()
        has_left = self._pressed > self._looked
        is_due = self._is_waiting or (has_left and now - self._looked >= LOOK_SECONDS)
        if self._are_many or (is_due and now - self._pressed >= PAUSE):
            self._looked, has_left = now, False
            self._count_look()
            StylesCache.get_inner_outer.cache_clear()  # its keys are what widgets of ended apps have painted
            gc.unfreeze()
            gc.collect()
            give_back()
        if self._is_waiting or has_left:
            self._later()
        gc.collect(1)
        gc.freeze()


def give_back() -> None:
    """Let the system have the memory that is free, where its C library knows how to."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


COLLECTOR = Collector()
"""There is one, as there is one garbage collector."""
