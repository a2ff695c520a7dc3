"""Checking a scenario: its derivatives against central differences, its expectations, and what hides mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from msgspec import UNSET, structs

from engine.calculus.gradcheck import check_factors, check_gradients
from engine.diagnostics import Diagnostic, Where
from engine.scenario.load import Scenario
from engine.scenario.replay import Replay
from engine.session import actions


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found."""

    severity: Severity
    code: str
    message: str
    where: Where

    def __str__(self) -> str:
        place = str(self.where)
        return f"{self.severity}[{self.code}]: {self.message}" + (f"\n  --> {place}" if place else "")


def check_scenario(scenario: Scenario) -> Iterator[Finding]:
    """Whatever is wrong (errors), doubtful (warnings) or worth knowing (notes) about a loaded scenario."""
    yield from _derivatives(scenario)
    yield from _expectations(scenario)
    yield from _dimensions(scenario)


def _derivatives(scenario: Scenario) -> Iterator[Finding]:
    program, of = scenario.opening.program, scenario.opening.view.of
    where = scenario.where("program" if "program" in scenario.lines else "network")
    kinks: dict[str, None] = {}
    try:
        checks = [*check_factors(program, of), *check_gradients(program, of)]
    except Diagnostic as problem:
        yield Finding(Severity.ERROR, problem.code, problem.message, where)
        return
    for check in checks:
        kinks.update(dict.fromkeys(check.kinks))
        if not check.ok and not check.kinks:
            yield Finding(Severity.ERROR, "gradient", check.message, where)
    for kink in kinks:
        yield Finding(Severity.WARNING, "kink", f"{kink} stands at a kink, where there is no derivative", where)


def _expectations(scenario: Scenario) -> Iterator[Finding]:
    for event in Replay(scenario):
        where = scenario.where(f"script[{event.seq}]")
        for failure in event.failures:
            yield Finding(Severity.ERROR, "expectation" if event.do == "expect" else "refused", failure, where)
        action = scenario.script[event.seq]
        if isinstance(action, actions.Expect) and _claims_nothing(action):
            yield Finding(Severity.WARNING, "empty_expectation", "this expectation claims nothing", where)


def _claims_nothing(action: actions.Expect) -> bool:
    no_claims = ("say", "tolerance", "name")
    return all(getattr(action, field.name) is UNSET for field in structs.fields(action) if field.name not in no_claims)


def _dimensions(scenario: Scenario) -> Iterator[Finding]:
    """Layers of the same size let a wrong product fit."""
    program = scenario.opening.program
    sizes: dict[int, list[str]] = {}
    for name in program.plan.inputs:
        for size in program.plan.shape(name):
            dim = getattr(size, "name", None)
            if dim and size > 1 and dim not in sizes.setdefault(int(size), []):
                sizes[int(size)].append(dim)
    for size, names in sizes.items():
        if len(names) > 1:
            message = f"{' and '.join(names)} are all {size}, so that a wrong order of factors may fit"
            yield Finding(Severity.NOTE, "equal_sizes", message, scenario.where("network.sizes"))
