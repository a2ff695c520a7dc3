"""How fast a script is replayed, compared with the same keys pressed through Textual's Pilot."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from engine.scenario import DEFAULT, Replay, load
from engine.scenario.record import scenario_of
from engine.session import Session
from tests.benchmarks.measure import Row, compare
from tests.benchmarks.terminal import ROOT, pycache
from tui.keymap import COMMANDS

KEYS = ("n", "n", "l", "n", "f", "g", "b", "u", "b", "b") * 10
"""A hundred keys, each an action: steps, both layouts, all forms, gradient steps and undoing them."""
PILOT = str(Path(__file__).with_name("pilot.py"))
NANO = 1e9


def recorded() -> Session:
    """The session that the keys make."""
    commands = {command.keys.split(",")[0]: command for command in COMMANDS}
    session = Session(load(DEFAULT).opening)
    for key in KEYS:
        make = commands[key].make
        assert make is not None, f"{key} is no action"
        session.dispatch(make(session.state))
    return session


def replays(effort: float) -> list[Row]:
    """A whole process that replays a file, and an action of it in a process that runs already."""
    session = recorded()
    rounds = max(1, int(10 * effort))
    with tempfile.TemporaryDirectory() as folder, pycache():
        path = Path(folder) / "script.toml"
        path.write_text(scenario_of(load(DEFAULT), session.log), encoding="utf-8")
        own, other, pressed = [], [], []
        for turn in range(rounds + 1):
            seconds, replayed = _timed("-m", "tui.cli", "replay", str(path), "--json")
            by_pilot, found = _timed(PILOT, DEFAULT, ",".join(KEYS))
            if turn or not effort:  # the first fills the caches
                own.append(seconds)
                other.append(by_pilot)
                pressed.append(found["seconds"] / len(KEYS))
        scenario = load(path)
    assert replayed["ok"]
    assert replayed["loss"] == found["loss"] == session.state.loss
    assert found["cursor"] == session.state.cursor
    actions = []
    for _ in range(rounds * 5):
        start = time.perf_counter()
        events = sum(1 for _ in Replay(scenario))
        actions.append((time.perf_counter() - start) / events)
    return [
        compare(f"the replay of {len(KEYS)} actions, the whole process; the same keys through Textual's Pilot / …",
                statistics.median(own) * NANO, statistics.median(other) * NANO, "≥ 15", faster=True),
        compare("… an action alone", statistics.median(actions) * NANO, statistics.median(pressed) * NANO, "≥ 1000",
                faster=True),
    ]  # fmt: skip


def _timed(*arguments: str) -> tuple[float, dict[str, Any]]:
    """The seconds of a Python process, and the last line that it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True)
    return time.perf_counter() - start, json.loads(done.stdout.splitlines()[-1])
