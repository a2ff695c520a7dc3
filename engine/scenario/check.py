"""Checking a scenario: its derivatives against central differences, its expectations, and what hides mistakes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import suppress

import numpy as np
from msgspec import UNSET, structs

from engine.calculus import ALL, Program
from engine.calculus.ambiguity import Ambiguity, ambiguity
from engine.calculus.gradcheck import Check, check_factors, check_gradients
from engine.calculus.route import find_route
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic
from engine.scenario.finding import Finding, Severity
from engine.scenario.lint import lint
from engine.scenario.load import Scenario
from engine.scenario.replay import Replay
from engine.session import actions


def check_scenario(scenario: Scenario) -> Iterator[Finding]:
    """Whatever is wrong (errors), doubtful (warnings) or worth knowing (notes) about a loaded scenario."""
    for mapped in scenario.weights:
        yield Finding(Severity.NOTE, "weights", str(mapped), scenario.where("values.weights"))
    yield from _derivatives(scenario)
    yield from _expectations(scenario)
    yield from lint(scenario)
    yield from _dimensions(scenario)
    yield from _ambiguity(scenario)


def _derivatives(scenario: Scenario) -> Iterator[Finding]:
    """Every factor and gradient of everything that the scenario differentiates, at its own numbers."""
    where = scenario.where("program" if "program" in scenario.lines else "network")
    kinks: dict[str, None] = {}
    for of in _differentiated(scenario):
        try:
            for check in _checks(_by_targets(scenario, of), of):
                kinks.update(dict.fromkeys(check.kinks))
                if not check.ok and not check.kinks:
                    yield Finding(Severity.ERROR, "gradient", check.message, where)
        except Diagnostic as problem:
            yield Finding(Severity.ERROR, problem.code, problem.message, where)
    for kink in kinks:
        message = (
            f"{kink} stands at a kink, where it has no derivative: a small change of the numbers decides which side"
        )
        yield Finding(Severity.WARNING, "kink", message, where)


def _differentiated(scenario: Scenario) -> list[str]:
    """Everything that the view or the script differentiates."""
    chosen = [str(a.of) for a in scenario.script if isinstance(a, actions.Target) and a.of is not UNSET]
    return list(dict.fromkeys([scenario.opening.view.of, *chosen]))


def _by_targets(scenario: Scenario, of: str) -> Program:
    """The program, its parameters and every input that is made a target taken as parameters, where `of` needs them."""
    program = copy.copy(scenario.opening.program)
    targets = {scenario.opening.view.target, *(a.target for a in scenario.script if isinstance(a, actions.Target))}
    wanted = [name for name in program.plan.inputs if name in program.parameters or name in targets]
    program.parameters = tuple(name for name in wanted or program.plan.inputs if _leads_to(program, of, name))
    return program


def _leads_to(program: Program, of: str, name: str) -> bool:
    try:
        find_route(program, of, name)
    except Diagnostic as problem:
        if problem.code != "no_path":
            raise
        return False
    return True


def _checks(program: Program, of: str) -> Iterator[Check]:
    with np.errstate(all="ignore"):  # a derivative that is not finite is a finding, not a warning of NumPy's
        yield from [*check_factors(program, of), *check_gradients(program, of)]


def _expectations(scenario: Scenario) -> Iterator[Finding]:
    for event in Replay(scenario):
        where = scenario.where(f"script[{event.seq}]")
        for failure in event.failures:
            code = {"expect": "expectation", "ask": "question"}.get(event.do, "refused")
            yield Finding(Severity.ERROR, code, failure, where)
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
    where = scenario.where("network.sizes" if "network" in scenario.lines else "program.dims")
    for size, names in sizes.items():
        if len(names) > 1:
            both = "both" if len(names) == 2 else "all"
            message = f"{' and '.join(names)} are {both} {size}, so that a wrong order of factors may fit"
            yield Finding(Severity.NOTE, "equal_sizes", message, where)


def _ambiguity(scenario: Scenario) -> Iterator[Finding]:
    """How many arrangements of a chain's factors only look right, for the target where these are most."""
    found = max(_measured(scenario), key=lambda one: one.wrong, default=None)
    if found is None or not found.wrong:
        return
    those = "1 of them is wrong" if found.wrong == 1 else f"{found.wrong:,} of them are wrong"
    is_network = "network" in scenario.lines
    on = f"on {_spell_sizes(found.sizes, as_layers=is_network)}, " if found.sizes else ""
    message = (
        f"{on}{found.fitting:,} arrangements of the factors of {fraction(found.of, found.target)} fit its shape "
        f"and {those}, such as {found.examples[0]}"
    )
    if found.smallest is not None:
        message += f"; {_spell_sizes(found.smallest, as_layers=is_network)} would leave only the right one"
    where = scenario.where("network.sizes" if is_network else "program.shapes")
    yield Finding(Severity.NOTE, "ambiguous", message, where)


def _measured(scenario: Scenario) -> Iterator[Ambiguity]:
    """The ambiguity of everything that the scenario differentiates by, where it can be counted."""
    program, view = scenario.opening.program, scenario.opening.view
    chosen = [view.target, *(a.target for a in scenario.script if isinstance(a, actions.Target) and a.of is UNSET)]
    targets = [name for target in chosen for name in (program.parameters if target == ALL else (target,))]
    for target in dict.fromkeys(map(str, targets)):
        with suppress(Diagnostic):  # a sum of paths, or too long to count
            yield ambiguity(program, target, of=view.of)


def _spell_sizes(sizes: Mapping[str, int], *, as_layers: bool) -> str:
    """`2-3-2` of a network, with `N = 5` behind it; `h = 3, n = 2` of a program."""
    layers = [str(size) for name, size in sizes.items() if as_layers and name != "N"]
    others = [f"{name} = {size}" for name, size in sizes.items() if not as_layers or name == "N"]
    return " with ".join(part for part in ("-".join(layers), ", ".join(others)) if part)
