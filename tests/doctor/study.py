"""Many diagnoses: how many mistakes are found, of which kind, and how long that takes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.doctor import Diagnosis, Verdict, diagnose, examine
from engine.doctor.diagnose import SECONDS
from engine.doctor.judge import Judge
from engine.formula import parse, spell
from engine.formula.syntax import Node, names_in
from tests.doctor.mutations import Case, mutated, networks, right_formulas, several
from tests.doctor.rephrasing import rephrased


@dataclass
class Study:
    """What has been found so far."""

    patience: float = SECONDS
    """How long a diagnosis may take."""
    found: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    diagnoses: int = 0
    mended: int = 0
    harmless: int = 0
    """Mistakes after which the formula is right nevertheless."""
    unverified: int = 0
    """Corrections that were shown and are wrong."""
    seconds: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.mended / max(1, self.diagnoses)

    def add(self, case: Case, kinds: Sequence[str], wrong: Node) -> None:
        """Diagnose one wrong formula."""
        text = spell(wrong)
        start = time.process_time()
        diagnosis = diagnose(case.program, case.target, text, seconds=self.patience)
        self.seconds.append(time.process_time() - start)
        if diagnosis.verdict.is_right:
            self.harmless += 1
            return
        self.diagnoses += 1
        self.made.update(set(kinds))
        self.unverified += not all_right(case, diagnosis)
        if diagnosis.fixes:
            self.mended += 1
            self.found.update(set(kinds))
        else:
            self.missed.append(f"{', '.join(kinds)}: {text}   instead of   {case}")

    def __str__(self) -> str:
        p50, p95, longest = np.quantile(self.seconds or [0.0], [0.5, 0.95, 1.0])
        counts = f"{self.mended} of {self.diagnoses} mended ({self.rate:.1%}), {self.harmless} harmless"
        lines = [
            f"{counts}, {self.unverified} wrong corrections shown",
            f"seconds: median {p50:.3f}, 95th percentile {p95:.3f}, longest {longest:.3f}",
        ]
        return "\n".join(lines + [f"  {kind:26}{self.found[kind]:5} of {count}" for kind, count in self.made.items()])


def all_right(case: Case, diagnosis: Diagnosis) -> bool:
    """Whether every correction that is shown is right, on networks that the doctor has not seen."""
    for fix in diagnosis.fixes:
        node = parse(fix.formula)
        judge = Judge(case.program, case.target, diagnosis.of, names_in(node), seed=1_000)
        if not fix.verified or not judge.verdict(node).is_right:
            return False
    return True


def cases() -> list[Case]:
    """The right formulas of twenty networks."""
    return [case for program in networks() for case in right_formulas(program)]


def wrong_formulas(count: int, mistakes: int, seed: int) -> Iterator[tuple[Case, list[str], Node]]:
    """Formulas with that many mistakes each, the same for the same seed."""
    generator = np.random.default_rng([seed, mistakes])
    known = cases()
    if mistakes == 1:
        every = [(case, kind, wrong) for case in known for kind, wrong in mutated(case.formula, case.program)]
        for index in generator.permutation(len(every))[:count]:
            case, kind, wrong = every[int(index)]
            yield case, [kind], wrong
        return
    for _ in range(count):
        case = known[int(generator.integers(len(known)))]
        kinds, wrong = several(case.formula, case.program, mistakes, generator)
        yield case, kinds, wrong


def wrongly_judged(count: int, seed: int) -> Iterator[str]:
    """Right formulas, rewritten at random, that are called wrong."""
    generator = np.random.default_rng(seed)
    known = cases()
    for number in range(count):
        case = known[number % len(known)]
        node = rephrased(case.formula, case.program, int(generator.integers(1, 6)), generator)
        verdict = examine(case.program, case.target, spell(node)).verdict
        if verdict is not Verdict.CORRECT:
            yield f"{verdict}: {spell(node)}   for   {case}"
