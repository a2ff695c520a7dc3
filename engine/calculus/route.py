"""The route of a derivation: which factors lie between what is differentiated and the targets, and in which order.

A route belongs to a program and not to its numbers, so it is found once and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.calculus.fused import Fused, fused_delta
from engine.calculus.jacobians import Identity, Jacobian
from engine.calculus.layouts import Form, Layout
from engine.calculus.program import Plan, Program
from engine.diagnostics import Diagnostic, did_you_mean
from engine.formula.shapes import MAX_ENTRIES

if TYPE_CHECKING:
    from engine.calculus.forms import Joining

ALL = "all"
"""The target that stands for one whole backward pass: every parameter."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of a route: a factor to join, or two paths to add."""

    index: int
    """Counted from 0."""
    target: str
    """The next target that is completed, as the user calls it."""
    numerator: str
    denominator: str
    jacobian: Jacobian | None
    """∂numerator/∂denominator, without numbers; None where paths are added."""
    upstream: int | None
    """The leg that completed ∂of/∂numerator, or for a sum the first path; None where the chain begins."""
    addend: int | None
    """For a sum, the leg of the other path."""
    is_last: bool
    """Whether this completes its target."""
    name: str = field(init=False)
    """Of the factor: `dz3/da2`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"d{self.numerator}/d{self.denominator}")


@dataclass(frozen=True, slots=True)
class Route:
    """The part of a program between the targets and `of`."""

    plan: Plan
    of: str
    of_shape: tuple[int, int]
    labels: Mapping[str, str]
    """The targets, each under the name that the user calls it by: x for a1 where the program says `a1 = x`."""
    legs: tuple[Leg, ...]
    joinings: dict[tuple[Layout, Form], dict[int, Joining]] = field(default_factory=dict, repr=False, compare=False)
    """How each leg's factor is shown and joined, in each layout and form in which it has been."""

    @property
    def factors(self) -> tuple[tuple[str, str], ...]:
        """The (numerator, denominator) of every factor on the way."""
        return tuple((leg.numerator, leg.denominator) for leg in self.legs if leg.jacobian is not None)


def find_route(program: Program, of: str, target: str, *, fused: bool = False) -> Route:
    """The route from `target` (or from every parameter) to `of`, with the output delta `fused` to one factor if it can.

    Raises a Diagnostic `unknown_name`, `no_path` where `of` does not depend on the target, `not_differentiable`, and
    `too_large` for a derivative of one large matrix by another.
    """
    plan = program.plan
    key = (of, target, program.parameters, fused)
    known = plan.routes.get(key)
    if not isinstance(known, Route):
        known = plan.routes[key] = _find_route(program, of, target, fused_delta(plan, of) if fused else None)
    return known


def _find_route(program: Program, of: str, target: str, fused: Fused | None) -> Route:
    plan = program.plan
    names = (*plan.inputs, *plan.lines)
    for name in (of, target):
        if name not in names and name != ALL:
            raise Diagnostic("unknown_name", f"the program has no value called {name}",
                             hints=did_you_mean(name, names) or (f"there are: {', '.join(names)}",))  # fmt: skip
    upstream = _dependencies(plan, of)
    wanted = [name for name in (program.parameters if target == ALL else (target,)) if name in upstream]
    if not wanted:
        missing = f"{of} depends on no parameter" if target == ALL else f"{of} does not depend on {target}"
        near = [name for name in names if name in upstream and name != of]
        raise Diagnostic("no_path", f"{missing}, so there is no chain between them",
                         hints=(f"{of} depends on: {', '.join(near)}",) if near else ())  # fmt: skip
    readers: dict[str, list[str]] = {}
    for line in plan.lines.values():
        if line.name in upstream:
            for name in line.reads:
                readers.setdefault(name, []).append(line.name)
    labels = {_behind_alias(plan, name, readers): name for name in wanted}
    between = _downstream(labels, readers)
    order = _completion_order(plan, [name for name in names if name in between - {of}], readers)
    on_the_way = {name: [reader for reader in reversed(readers[name]) if reader in between] for name in order}
    shortcut: dict[tuple[str, str], Jacobian] = {}
    if fused is not None and fused.activation in on_the_way and fused.activation not in labels:
        z = fused.z
        del on_the_way[fused.activation]
        on_the_way[z] = [of if reader == fused.activation else reader for reader in on_the_way[z]]
        shortcut = {(of, z): fused.jacobian}
    return Route(plan, of, plan.shape(of), labels, tuple(_legs(plan, of, labels, on_the_way, shortcut)))


def find_forward_route(program: Program, of: str, target: str, *, start: int = 0) -> Route:
    """The same factors from one `target` on to `of`; the legs count from `start`.

    Raises what `find_route` raises; `too_large` comes sooner here, where every value is differentiated by the target.
    """
    plan = program.plan
    key = (of, target, ("forward", str(start)), False)
    known = plan.routes.get(key)
    if not isinstance(known, Route):
        back = find_route(program, of, target)
        known = plan.routes[key] = Route(plan, of, back.of_shape, back.labels, tuple(_forward_legs(plan, back, start)))
    return known


def _forward_legs(plan: Plan, back: Route, start: int) -> list[Leg]:
    """The legs of a route to one target, the other way round: value by value in the order of the forward pass."""
    ((source, label),) = back.labels.items()
    if back.of == source:  # by itself: the one factor is the identity
        return [replace(leg, index=start) for leg in back.legs]
    reads: dict[str, list[Leg]] = {}
    for leg in reversed(back.legs):
        if leg.jacobian is not None:
            reads.setdefault(leg.numerator, []).append(leg)
    legs: list[Leg] = []
    completed: dict[str, int] = {}
    for name in sorted(reads, key=list(plan.lines).index):
        _check_size(plan, name, source)
        so_far: int | None = None
        for number, leg in enumerate(reads[name]):
            is_last = name == back.of and number == len(reads[name]) - 1
            upstream = completed.get(leg.denominator)
            path = start + len(legs)
            legs.append(Leg(path, label, name, leg.denominator, leg.jacobian, upstream, None,
                            is_last and so_far is None))  # fmt: skip
            if so_far is not None:
                legs.append(Leg(path + 1, label, name, source, None, so_far, path, is_last))
            so_far = legs[-1].index
        assert so_far is not None
        completed[name] = so_far
    return legs


def _legs(
    plan: Plan,
    of: str,
    labels: Mapping[str, str],
    readers: Mapping[str, Sequence[str]],
    shortcut: Mapping[tuple[str, str], Jacobian],
) -> list[Leg]:
    """The steps, value by value in the order of `readers`; a value that is read twice adds its paths."""
    legs: list[Leg] = []
    completed: dict[str, int] = {}
    targets = _targets_ahead(list(readers), labels)
    for name, paths in readers.items():
        _check_size(plan, of, name)
        so_far: int | None = None
        for number, reader in enumerate(paths):
            is_last = name in labels and number == len(paths) - 1
            jacobian = shortcut.get((reader, name)) or plan.jacobian(reader, name)
            path = len(legs)
            legs.append(Leg(path, targets[name], reader, name, jacobian, completed.get(reader), None,
                            is_last and so_far is None))  # fmt: skip
            if so_far is not None:
                legs.append(Leg(len(legs), targets[name], of, name, None, so_far, path, is_last))
            so_far = len(legs) - 1
        assert so_far is not None
        completed[name] = so_far
    if of in labels:
        shape = plan.shape(of)
        legs.append(Leg(len(legs), labels[of], of, of, Identity(shape, shape, plan.algebra), None, None, True))
    return legs


def _targets_ahead(order: Sequence[str], labels: Mapping[str, str]) -> dict[str, str]:
    """For each value of the order, the next target that is completed, as the user calls it."""
    ahead, target = {}, ""
    for name in reversed(order):
        target = labels.get(name, target)
        ahead[name] = target
    return ahead


def _completion_order(plan: Plan, names: Sequence[str], readers: Mapping[str, Sequence[str]]) -> list[str]:
    """Backwards through the program; an input is complete just after its first reader is."""
    position = {name: float(index) for index, name in enumerate(plan.lines)}
    for name in plan.inputs:
        position[name] = min((position[reader] for reader in readers.get(name, ())), default=0.0) - 0.5
    return sorted(names, key=lambda name: -position[name])


def _check_size(plan: Plan, of: str, name: str) -> None:
    """Refuse a derivative of one large matrix by another before anything is allocated."""
    size = plan.shape(of)[0] * plan.shape(of)[1] * plan.shape(name)[0] * plan.shape(name)[1]
    if size > MAX_ENTRIES:
        message = f"∂{of}/∂{name} would have {size:,} entries, more than the {MAX_ENTRIES:,} that a value may have"
        raise Diagnostic("too_large", message)


def _downstream(names: Iterable[str], readers: Mapping[str, Sequence[str]]) -> set[str]:
    """The names and everything that is computed from them."""
    found, waiting = set(names), list(names)
    while waiting:
        for reader in readers.get(waiting.pop(), ()):
            if reader not in found:
                found.add(reader)
                waiting.append(reader)
    return found


def _dependencies(plan: Plan, of: str) -> set[str]:
    """Everything that `of` is computed from, and itself."""
    found, waiting = {of}, [of]
    while waiting:
        line = plan.lines.get(waiting.pop())
        for name in line.reads if line else ():
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _behind_alias(plan: Plan, name: str, readers: Mapping[str, Sequence[str]]) -> str:
    """The name under which an input goes through the program: a1 for x where `a1 = x` is all that reads x."""
    reading = readers.get(name, ())
    is_alias = name in plan.inputs and len(reading) == 1 and reading[0] in plan.aliases
    return reading[0] if is_alias else name
