"""How long a key takes until the screen is painted, in a real terminal, compared with apps of Textual alone."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks.measure import Row, compare, spell_size, spell_time
from tests.benchmarks.terminal import Painted, Terminal, pycache

PLAIN = str(Path(__file__).with_name("plain_apps.py"))
SCENARIO = """\
schema = 1
title = "Three panels of numbers"
[network]
sizes = [{first}, {second}, {third}]
activations = ["relu", "sigmoid"]
batch = {batch}
[view]
target = "W1"
form = "hadamard"
"""
SIZES = {"10×10": (10, 10, 10), "33×33": (31, 32, 33), "1000×1000": (1000, 1000, 1000)}
"""Layers of a network; the batch is as large as the last, so that all three panels are matrices."""
NANO = 1e9


@contextmanager
def opened(*names: str) -> Iterator[dict[str, Terminal]]:
    """Apps by their names, at rest: `static`, `tables`, or the debugger on matrices of a size."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        apps = {name: stack.enter_context(Terminal(_command(name, Path(folder)))) for name in names}
        for name, app in apps.items():
            app.first_frame()
            app.settle()
            if name in SIZES:
                for key in "nn":  # two steps with three full panels, which n and b go between
                    app.press(key)
        yield apps


def _command(name: str, folder: Path) -> list[str]:
    if name not in SIZES:
        return [PLAIN, name]
    path = folder / f"{name}.toml"
    first, second, third = SIZES[name]
    path.write_text(SCENARIO.format(first=first, second=second, third=third, batch=third), encoding="utf-8")
    return ["-m", "tui", str(path)]


def pressed(apps: dict[str, Terminal], rounds: int) -> dict[str, list[Painted]]:
    """Every app's answers to n and b, in turns; the first ten are not counted."""
    found: dict[str, list[Painted]] = {name: [] for name in apps}
    for turn in range(rounds + 10):
        for name, app in apps.items():
            painted = app.press("nb"[turn % 2])
            if turn >= 10:
                found[name].append(painted)
    return found


def _median(painted: Sequence[Painted]) -> float:
    return statistics.median(answer.seconds for answer in painted) * NANO


def _late(painted: Sequence[Painted]) -> float:
    """What one in twenty exceeds."""
    return sorted(answer.seconds for answer in painted)[int(len(painted) * 0.95)] * NANO


def keys(effort: float) -> list[Row]:
    """A step with three full panels."""
    rounds = max(4, int(200 * effort))
    with opened("static", "tables", *SIZES) as apps:
        found = pressed(apps, rounds)
    own, static = found["33×33"], found["static"]
    size = max(len(answer.data) for answer in own)
    return [
        compare("a key to painted, p50 / three Statics", _median(own), _median(static), "≤ 2.2"),
        compare("… p95", _late(own), _late(static), "≤ 3"),
        compare("… p50, 1000×1000 / 33×33", _median(found["1000×1000"]), _median(own), "≤ 1.2"),
        compare("… p50, 1000×1000 / 10×10", _median(found["1000×1000"]), _median(found["10×10"]), "≤ 1.2"),
        compare("… p50, the panels as rich Tables and nothing else / …", _median(own), _median(found["tables"]),
                "≥ 8", faster=True),
        Row("bytes of a step, the most / 20 kB", size / 20_000, spell_size(size), "20 kB", "≤ 1"),
    ]  # fmt: skip


def holding(effort: float) -> list[Row]:
    """A key that is held down: how long after its release the screen still changes."""
    rest = 0.0
    with opened("33×33") as apps:
        for turn in range(max(1, int(8 * effort))):
            painted = apps["33×33"].hold("nb" * (15 + turn), interval=1 / 30)
            rest = max(rest, painted.seconds)
    return [Row("a key held at 30 a second: the longest lag / 50 ms", rest / 0.05, spell_time(rest * NANO), "50 ms",
                "≤ 1")]  # fmt: skip


def first_frame(effort: float) -> list[Row]:
    """From the command to the first frame."""
    found: dict[str, list[float]] = {"bare": [], "33×33": []}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(max(2, int(12 * effort)) + 1):
            for name, times in found.items():
                with Terminal(_command(name, Path(folder))) as app:
                    seconds = app.first_frame().seconds
                if turn:  # the first fills the caches
                    times.append(seconds)
    own, bare = (statistics.median(times) * NANO for times in (found["33×33"], found["bare"]))
    return [compare("the first frame / a bare App's", own, bare, "≤ 1.4")]


def screen(effort: float) -> list[Row]:
    """All of it. Compiled modules are kept in a folder of their own, so that none is compiled while it is timed."""
    with pycache():
        return [*keys(effort), *holding(effort), *first_frame(effort)]
