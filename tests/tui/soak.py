"""Random keys over the real app: nothing may fail, and memory may not grow. `python -m tests.tui.soak --keys 10000`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass, replace
from functools import _lru_cache_wrapper
from pathlib import Path

from textual.events import Key
from textual.pilot import Pilot
from textual.widget import Widget

from engine.calculus import Program, Step
from engine.scenario import load
from engine.session import State
from engine.session.actions import Reset
from tui.app import DebuggerApp, app_for
from tui.keymap import COMMANDS

LEAVING = {"quit", "command_palette"}
"""What ends the app, or lets it be ended by typing."""
TYPED = {"enter": None, "tab": None, "escape": None, "up": None, "down": None, "left": None, "right": None,
         "backspace": None, "minus": "-", "1": "1", "0": "0", "full_stop": ".", "W": "W", "at": "@"}  # fmt: skip
SIZES = ((132, 40), (80, 24), (200, 50))


@dataclass(frozen=True)
class Sight:
    """What is alive when the app is back at its beginning and what grows by design, log and undo, is emptied."""

    key: int
    ours: int
    """Widgets, and objects of the app and the engine."""
    objects: Counter[str]
    """All that the garbage collector knows, by type."""
    cached: int
    """Entries of the caches of functions, most of them Textual's: each cache has a fixed size, and fills."""
    resident: float
    """Megabytes of the process; 0 where the system does not say."""

    def __str__(self) -> str:
        return (f"{self.key:7} keys: {self.ours} objects of ours, {self.objects.total()} in all, "
                f"{self.cached} entries in caches, {self.resident:.1f} MB")  # fmt: skip


@dataclass(frozen=True)
class Soaked:
    """What a soak has found."""

    keys: int
    seconds: float
    sights: tuple[Sight, ...]
    """At the fifths of the keys. Until the first one caches of a fixed size fill."""

    @property
    def growth(self) -> Counter[str]:
        """Which types had more objects at the end than after a fifth of the keys."""
        return self.sights[-1].objects - self.sights[0].objects


def random_keys(seed: int) -> Iterator[tuple[str, str | None]]:
    """Keys of all commands, and such as are typed into dialogs, with the characters that they print."""
    source = random.Random(seed)
    commands = [key for command in COMMANDS if command.name not in LEAVING for key in command.keys.split(",")]
    while True:
        if source.random() < 0.7:
            key = source.choice(commands)
            yield key, key if len(key) == 1 else None
        else:
            key = source.choice(list(TYPED))
            yield key, TYPED[key]


async def soak(count: int, seed: int = 1, scenario: str = "question") -> Soaked:
    """Post `count` keys to the app as its driver does. Raises what the app raises, and where it has ended."""
    app = app_for(load(scenario))
    source = random.Random(seed)
    start = time.perf_counter()
    sights: list[Sight] = []
    async with app.run_test(size=SIZES[0]) as pilot:
        for number, (key, character) in enumerate(random_keys(seed)):
            if number and number % (count // 5) == 0:
                sights.append(await _settled(app, pilot, number))
            if number == count:
                break
            app.post_message(Key(key, character))
            if source.random() < 0.02:
                await pilot.resize_terminal(*source.choice(SIZES))
            await pilot._wait_for_screen()
            assert not app._exit, f"key {number}, {key}, has ended the app"
            assert 0 <= app.state.cursor <= len(app.state.steps)
    return Soaked(count, time.perf_counter() - start, tuple(sights))


async def _settled(app: DebuggerApp, pilot: Pilot[None], key: int) -> Sight:
    await pilot.pause(0.1)
    while len(app.screen_stack) > 1:
        app.pop_screen()
    app.dispatch(Reset())
    app.session.log.records.clear()
    app.session.state = replace(app.state, past=(), future=(), compared=None)
    await pilot.pause(0.1)
    gc.collect()
    objects = gc.get_objects()
    types = [type(found) for found in objects]
    cached = sum(found.cache_info().currsize for found in objects if isinstance(found, _lru_cache_wrapper))
    ours = (Widget, Program, State, Step)
    count = sum(issubclass(kind, ours) or str(kind.__module__).startswith("tui.") for kind in types)
    return Sight(key, count, Counter(f"{kind.__module__}.{kind.__qualname__}" for kind in types), cached, _resident())


def _resident() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.tui.soak", description=__doc__)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", default="question")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):  # where it saves what it is asked to
        found = asyncio.run(soak(options.keys, options.seed, options.scenario))
    print(f"{found.keys} keys in {found.seconds:.1f} s")
    print(*found.sights, sep="\n")
    print("grown after the first fifth:", ", ".join(f"{name} +{more}" for name, more in found.growth.most_common(8)))


if __name__ == "__main__":
    main()
