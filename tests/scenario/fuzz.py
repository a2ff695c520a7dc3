"""Many damaged scenarios: `python -m tests.scenario.fuzz --count 20000`.

Each is a sound scenario with one to three accidents, in its text or in its values, in a folder with files that it may
include. It is loaded and replayed, and a share of them checked and recorded. Whatever it is, it must be accepted or
refused by Diagnostics of its own, within seconds, without a file outside of its folder being opened. What is not is
printed with its seed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.diagnostics import Diagnostic, Diagnostics
from engine.scenario import Replay, load
from engine.scenario.check import check_scenario
from engine.scenario.library import MAX_BYTES
from engine.scenario.record import scenario_of
from engine.scenario.starter import starter
from tests.scenario.accidents import JUNK, TEXTS, damaged, misvalued

SECONDS = 20
"""After which a scenario counts as hanging."""
SECRET = "the secret outside"
PART = '[variables]\nrate = 0.5\n[[script]]\ndo = "update"\nrate = "$rate"\nsay = "by {rate}"\n'
LESSON = """\
[[script]]
do = "include"
file = "part.toml"
variables = { rate = 0.25 }
[[script]]
do = "repeat"
times = 3
counter = "k"
script = [{ do = "note", say = "{k}" }, { do = "pause", seconds = 1, repeat = 2 },
          { do = "include", file = "more/part.toml" }]
[[script]]
do = "ask"
prompt = "Which?"
kind = "choice"
answer = 1
choices = ["a", "b"]
hints = ["?"]
"""
PATHS = ["../secret.toml", "/etc/passwd", "part.toml", "more/part.toml", "more", "lesson.toml", "pipe", "link.toml",
         "$rate", "..", "part.toml/..", "C:\\part.toml"]  # fmt: skip


class Hang(BaseException):
    """It takes too long. No Exception, so that nothing takes it for something else."""


@dataclass
class Found:
    """What has been seen so far."""

    accepted: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)
    slowest: float = 0.0


def texts() -> list[str]:
    """The sound scenarios, those with everything that a script can be written short with among them."""
    lesson = starter() + LESSON
    return [*TEXTS, *[lesson] * (len(TEXTS) // 2)]


@contextmanager
def opened_files() -> Iterator[set[str]]:
    """The files that are opened meanwhile, as Python's auditing reports them."""
    seen: set[str] = set()
    WATCHED.append(seen)
    try:
        yield seen
    finally:
        WATCHED.pop()


WATCHED: list[set[str]] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if WATCHED and event == "open" and isinstance(arguments[0], str | bytes):
        WATCHED[-1].add(arguments[0] if isinstance(arguments[0], str) else arguments[0].decode(errors="replace"))


sys.addaudithook(_audit)


def prepared(root: Path) -> Path:
    """A folder with files to include, and beside it one that nothing may read."""
    folder = root / "folder"
    (folder / "more").mkdir(parents=True)
    (folder / "part.toml").write_text(PART)
    (folder / "more" / "part.toml").write_text(PART)
    (root / "secret.toml").write_text(f'[[script]]\ndo = "note"\nsay = "{SECRET}"\n')
    os.mkfifo(folder / "pipe")
    (folder / "link.toml").symlink_to(root / "secret.toml")
    return folder


def one(seed: int, folder: Path, found: Found, *, all_sound: list[str]) -> None:
    """Damage a scenario by the dice of `seed`, and see what becomes of it."""
    dice = random.Random(seed)
    text = dice.choice(all_sound)
    text = damaged(text, dice) if dice.random() < 0.4 else misvalued(text, dice)
    if dice.random() < 0.2:
        text = text.replace('"part.toml"', f'"{dice.choice(PATHS)}"')
    if dice.random() < 0.1:
        (folder / "part.toml").write_text(damaged(PART, dice) + dice.choice(JUNK).replace("\x00", ""), errors="replace")
    path = folder / "lesson.toml"
    path.write_bytes(text.encode(errors="replace")[: MAX_BYTES + 1])
    start = time.monotonic()
    signal.alarm(SECONDS)
    with opened_files() as files:
        try:
            _use(path, dice)
            found.accepted += 1
        except (Diagnostic, Diagnostics) as problem:
            codes = [each.code for each in getattr(problem, "problems", (problem,))]
            found.refused[codes[0]] = found.refused.get(codes[0], 0) + 1
            if SECRET in str(problem):
                found.bad.append(f"seed {seed}: the message has the secret")
        except (Exception, Hang):
            found.bad.append(f"seed {seed}: {' '.join(traceback.format_exc().splitlines()[-5:])}")
        finally:
            signal.alarm(0)
    found.slowest = max(found.slowest, time.monotonic() - start)
    outside = [name for name in files if "secret" in name or name.startswith("/etc/")]
    found.bad += [f"seed {seed}: it opened {name}" for name in outside]
    (folder / "part.toml").write_text(PART)


def _use(path: Path, dice: random.Random) -> None:
    with np.errstate(all="ignore"):
        scenario = load(path)
        replay = Replay(scenario)
        for event in replay:
            str(scenario.where(f"script[{event.seq}]"))
        if dice.random() < 0.1:
            list(check_scenario(scenario))
        if dice.random() < 0.1:
            scenario_of(scenario, replay.session.log)


def run(count: int, first: int = 0, *, shown: bool = False) -> Found:
    """Try `count` seeds from `first` on."""

    def give_up(*_: object) -> None:
        raise Hang(f"more than {SECONDS} s")

    found, all_sound = Found(), texts()
    former = signal.signal(signal.SIGALRM, give_up)
    try:
        with tempfile.TemporaryDirectory() as root:
            folder = prepared(Path(root))
            for seed in range(first, first + count):
                one(seed, folder, found, all_sound=all_sound)
                if shown and (seed + 1) % 1000 == 0:
                    print(f"{seed + 1 - first}: {found.accepted} accepted, {len(found.bad)} bad", flush=True)
    finally:
        signal.signal(signal.SIGALRM, former)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    found = run(options.count, options.first, shown=True)
    print(f"{found.accepted} accepted, {sum(found.refused.values())} refused, the slowest took {found.slowest:.2f} s")
    for code, number in sorted(found.refused.items(), key=lambda item: -item[1]):
        print(f"  {number:6} {code}")
    print(*found.bad[:20], sep="\n")
    return bool(found.bad)


if __name__ == "__main__":
    sys.exit(main())
