"""Which of a program's values depend on which, and along which paths: what a written chain is held against."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.calculus.program import Program
from engine.diagnostics import Span
from engine.doctor.notes.derivatives import Names

Pair = tuple[str, str]
"""The numerator and the denominator of a factor."""
Path = tuple[Pair, ...]
"""Factors in numerator layout's order, each with the denominator that is the next one's numerator."""

MAX_PATHS = 64
"""Paths that are told apart; their number can grow exponentially with the length of a program."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A derivative of one of the program's values by another that it is computed from."""

    numerator: str
    denominator: str
    span: Span = (0, 0)
    transposed: bool = False
    is_missing: bool = False
    """Whether it was not written, and `span` says nothing."""

    @property
    def pair(self) -> Pair:
        return self.numerator, self.denominator


class Graph:
    """A program's values, an edge from each to those that its line reads."""

    def __init__(self, program: Program, of: str) -> None:
        plan = program.plan
        self.plan, self.of = plan, of
        self.names = Names((*plan.inputs, *plan.lines), of)
        self._readers: dict[str, list[str]] = {}
        for line in plan.lines.values():
            for name in line.reads:
                self._readers.setdefault(name, []).append(line.name)
        self._order = {name: position for position, name in enumerate((*plan.inputs, *plan.lines))}
        self._ancestors: dict[str, frozenset[str]] = {}
        self._paths: dict[Pair, list[Path]] = {}

    def reads(self, name: str) -> tuple[str, ...]:
        """What a value is computed from directly."""
        line = self.plan.lines.get(name)
        return line.reads if line else ()

    def entries(self, name: str) -> int:
        return math.prod(self.plan.shape(name))

    def behind_alias(self, name: str) -> str:
        """a1 for the input x where `a1 = x` is all that reads x, as in the program's own chain."""
        readers = self._readers.get(name, [])
        is_alias = name in self.plan.inputs and len(readers) == 1 and readers[0] in self.plan.aliases
        return readers[0] if is_alias else name

    def depends(self, name: str, on: str) -> bool:
        """Whether a value is computed from another, directly or not."""
        return on in self.ancestors(name)

    def ancestors(self, name: str) -> frozenset[str]:
        """Everything that a value is computed from."""
        known = self._ancestors.get(name)
        if known is None:
            found: set[str] = set()
            waiting = list(self.reads(name))
            while waiting:
                read = waiting.pop()
                if read not in found:
                    found.add(read)
                    waiting += self.reads(read)
            known = self._ancestors[name] = frozenset(found)
        return known

    def between(self, target: str) -> frozenset[str]:
        """Everything on the way from the target to `of`, and both of them."""
        upstream = self.ancestors(self.of) | {self.of}
        return frozenset(name for name in upstream if name == target or self.depends(name, target))

    def ends(self, pairs: Iterable[Pair]) -> list[str]:
        """Where factors lead to: denominators that are no numerator, those that are computed first foremost."""
        pairs = list(pairs)
        numerators = {numerator for numerator, _ in pairs}
        ends = {denominator for _, denominator in pairs} - numerators
        return sorted(ends, key=lambda name: self._order[(self._readers.get(name) or [name])[0]])

    def paths(self, u: str, v: str) -> list[Path]:
        """The paths from u to v over direct factors, at most MAX_PATHS of them."""
        known = self._paths.get((u, v))
        if known is None:
            known = self._paths[u, v] = []
            waiting: list[tuple[str, Path]] = [(u, ())]
            while waiting and len(known) < MAX_PATHS:
                name, path = waiting.pop()
                if name == v:
                    known.append(path)
                    continue
                onward = [read for read in self.reads(name) if read == v or self.depends(read, v)]
                waiting += [(read, (*path, (name, read))) for read in onward]
        return known

    def count(self, u: str, v: str) -> int:
        """How many paths over direct factors lead from u to v; this can be a number of many digits."""
        ways = {u: 1}
        for name in sorted(self.ancestors(u) | {u}, key=lambda name: -self._order[name]):
            for read in self.reads(name) if name in ways else ():
                ways[read] = ways.get(read, 0) + ways[name]
        return ways.get(v, 0)

    def best_path(self, written: Mapping[Pair, Factor], target: str) -> list[Factor]:
        """The path from `of` to the target that keeps most of the written factors and adds fewest."""
        nodes = sorted(self.between(target), key=lambda name: -self._order[name])
        edges: dict[str, dict[str, Factor]] = {name: {} for name in nodes}
        for name in nodes:
            for read in self.reads(name):
                if read in edges:
                    edges[name][read] = Factor(name, read, is_missing=True)
        for (numerator, denominator), factor in written.items():
            edges[numerator][denominator] = factor
        best: dict[str, tuple[int, tuple[Factor, ...]]] = {self.of: (0, ())}
        for name in nodes:  # every value before those that it is computed from
            if name not in best:
                continue
            cost, path = best[name]
            for read, factor in edges[name].items():
                candidate = cost + (1 if factor.is_missing else -1)
                if read not in best or candidate < best[read][0]:
                    best[read] = candidate, (*path, factor)
        return list(best[target][1])
