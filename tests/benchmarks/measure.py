"""Interleaved timing: every contestant runs in every round, in turns, so that what slows the machine slows all."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any


@dataclass(frozen=True)
class Contestant:
    """One way to compute something."""

    run: Callable[[Any], object]
    """What is timed, for one argument."""
    prepare: Callable[[int], Sequence[Any]] = lambda count: [None] * count
    """That many new arguments, made outside of the timing."""
    calls: int | None = None
    """How often it runs in its turn, where not as often as the others."""


@dataclass(frozen=True)
class Row:
    """A line of the table: a ratio, or times of one and the same thing."""

    what: str
    ratio: float
    own: str
    other: str
    target: str = ""
    """As `≤ 2.2` or `≥ 4`; empty where there is none."""

    @property
    def verdict(self) -> str:
        if not self.target:
            return ""
        sense, limit = self.target.split()
        number = float(limit)
        holds = self.ratio <= number if sense == "≤" else self.ratio >= number
        return "yes" if holds else "NO"


def medians(contestants: Mapping[str, Contestant], rounds: int, calls: int = 1) -> dict[str, float]:
    """Median nanoseconds of one call, over `rounds` rounds of `calls` calls each, after a tenth of them to warm up.

    In each turn the first call is not timed: it finds the caches as the one before left them. A turn should take no
    longer than a millisecond, so that on a busy machine most turns are not interrupted.
    """
    times: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    warming = max(2, rounds // 10)
    for turn in range(rounds + warming):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            contestant = contestants[name]
            first, *arguments = contestant.prepare((contestant.calls or calls) + 1)
            run = contestant.run
            run(first)
            gc.collect(0)
            gc.disable()
            start = perf_counter_ns()
            for argument in arguments:
                run(argument)
            elapsed = perf_counter_ns() - start
            gc.enable()
            if turn >= warming:
                times[name].append(elapsed / len(arguments))
    return {name: statistics.median(found) for name, found in times.items()}


def spell_time(nanoseconds: float) -> str:
    for limit, unit in ((1e3, "ns"), (1e6, "µs"), (1e9, "ms")):
        if nanoseconds < limit:
            return f"{nanoseconds / limit * 1e3:.3g} {unit}"
    return f"{nanoseconds / 1e9:.3g} s"


def spell_size(count: float) -> str:
    """A number of bytes."""
    for limit, unit in ((1e3, "B"), (1e6, "kB"), (1e9, "MB")):
        if count < limit:
            return f"{count / limit * 1e3:.3g} {unit}"
    return f"{count / 1e9:.3g} GB"


def compare(what: str, own: float, other: float, target: str = "", *, faster: bool = False) -> Row:
    """Times as a ratio: own to other, or with `faster` other to own, how many times faster."""
    ratio = other / own if faster else own / other
    return Row(what, ratio, spell_time(own), spell_time(other), target)


def table(rows: Sequence[Row]) -> str:
    heads = ("what", "ratio", "chainstep", "other", "target", "met")
    lines = [(row.what, _spell_ratio(row.ratio), row.own, row.other, row.target, row.verdict) for row in rows]
    widths = [max(len(line[column]) for line in [heads, *lines]) for column in range(len(heads))]

    def spell(line: Sequence[str]) -> str:
        first, *rest = (
            cell.ljust(width) if column in (0, 4, 5) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return "  ".join([first, *rest]).rstrip()

    return "\n".join([spell(heads), spell(["-" * width for width in widths]), *map(spell, lines)])


def _spell_ratio(ratio: float) -> str:
    return f"{ratio:.3f}" if ratio < 10 else f"{ratio:,.0f}"
