"""Random keys over the real app: nothing may fail, and memory may not grow. `python -m tests.tui.soak --keys 10000`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

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
class Soaked:
    """What a soak has found."""

    keys: int
    seconds: float
    objects: tuple[int, int]
    """Widgets, and objects of the app and the engine, at half of the keys and at the end."""


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
    counted: list[int] = []
    async with app.run_test(size=SIZES[0]) as pilot:
        for number, (key, character) in enumerate(random_keys(seed)):
            if number in (count // 2, count):
                counted.append(await _settled(app, pilot))
            if number == count:
                break
            app.post_message(Key(key, character))
            if source.random() < 0.02:
                await pilot.resize_terminal(*source.choice(SIZES))
            await pilot._wait_for_screen()
            assert not app._exit, f"key {number}, {key}, has ended the app"
            assert 0 <= app.state.cursor <= len(app.state.steps)
    return Soaked(count, time.perf_counter() - start, (counted[0], counted[1]))


async def _settled(app: DebuggerApp, pilot: Pilot[None]) -> int:
    """The objects of ours there are, when the app is back at its beginning and what grows by design is emptied."""
    while len(app.screen_stack) > 1:
        app.pop_screen()
    app.dispatch(Reset())
    app.session.log.records.clear()
    app.session.state = replace(app.state, past=(), future=(), compared=None)
    await pilot.pause(0.1)
    gc.collect()
    ours = (Widget, Program, State, Step)
    return sum(
        issubclass(type(found), ours) or str(type(found).__module__).startswith("tui.") for found in gc.get_objects()
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.tui.soak", description=__doc__)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", default="question")
    options = parser.parse_args()
    found = asyncio.run(soak(options.keys, options.seed, options.scenario))
    print(f"{found.keys} keys in {found.seconds:.1f} s, objects of ours: {found.objects[0]} → {found.objects[1]}")


if __name__ == "__main__":
    main()
