"""How large things may get that a student makes: what one of them computes, all the others wait for."""

from __future__ import annotations

from engine.formula.limits import LIMITS
from engine.scenario import Scenario

MANY_TIMES = 4
"""How much larger than the largest value of the scenario one of a student's formulas, or of their network, may be."""
LEAST_ENTRIES, LEAST_TOTAL, WORK = 40_000, 400_000, 50_000_000
"""Entries of a value, and of all together, that are let be in any class; and `Limits.work`."""


def set_bounds(scenario: Scenario) -> None:
    """Set the limits of this process for a class on a scenario."""
    sizes = [value.size for value in scenario.opening.program.values.values()]
    LIMITS.entries = max(LEAST_ENTRIES, MANY_TIMES * max(sizes))
    LIMITS.total = max(LEAST_TOTAL, MANY_TIMES * sum(sizes))
    LIMITS.work = WORK
