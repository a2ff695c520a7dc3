"""Breakpoints and watches: what a formula is at a step, and where a run stops.

Besides the program's values a formula may name the products that have been made so far: `delta2` (or `dz2`) for ∂L/∂z2,
`dW2`, `da1`, each in the value's own shape. Where the derivation has not come to one yet, the formula has no value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from msgspec import UnsetType

from engine.calculus.layouts import spell_size
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic, Where, did_you_mean
from engine.formula import Array, ShapeMap, evaluate, parse
from engine.formula.syntax import Node, names_in
from engine.session.actions import Break

if TYPE_CHECKING:
    from engine.session.state import State

_PRODUCT = re.compile(r"(?:delta(?P<layer>\d+)|d(?P<name>\w+))")
FACTOR = re.compile(r"d(\w+)/d(\w+)")
MOST = 100
"""Breakpoints, and watches, of one session."""


def value_at(state: State, text: str) -> Array | None:
    """The value of a formula where the derivation stands; None where it names a product that is still to come.

    Raises the Diagnostic of a formula that cannot be read or applied.
    """
    node = parse(text)
    values = dict(state.values)
    for name, of in _products(state, node, text).items():
        # of what is read twice the last one is the sum over the paths; in forward order only the last one is by `of`
        made = [step for step in state.steps if step.product.name == of and step.product.of == state.view.of]
        if not made or made[-1].index >= state.cursor:
            return None
        values[name] = made[-1].product.array
    return evaluate(node, {name: values[name] for name in names_in(node) if name in values}, text)


def checked_formula(state: State, text: str) -> None:
    """Raise the Diagnostic of a formula that cannot be read, or applied once all products are there."""
    _shape_of(state, text)


def checked_condition(state: State, text: str) -> None:
    """Raise the Diagnostic of a formula that is no condition: one number, or one comparison, that is true or false."""
    shape = _shape_of(state, text)
    if int(np.prod(shape, dtype=int)) != 1:
        where = Where(text=text, span=(0, len(text)))
        raise Diagnostic("bad_condition", f"a condition is true or false, and this is {spell_size(shape)}", where,
                         hints=("any(…), all(…) or norm(…) make one of many",))  # fmt: skip


def _shape_of(state: State, text: str) -> tuple[int, ...]:
    node = parse(text)
    plan = state.program.plan
    shapes = {name: value.shape for name, value in state.values.items()}
    for name, of in _products(state, node, text).items():
        shapes[name] = plan.shape(of)
    return tuple(int(size) for size in ShapeMap(shapes).of(node, text))


def _products(state: State, node: Node, text: str) -> Mapping[str, str]:
    """The names of a formula that mean products, each with the value that the product is by."""
    found: dict[str, str] = {}
    values = state.values
    for name in names_in(node):
        if name in values:
            continue
        match = _PRODUCT.fullmatch(name)
        by = f"z{match['layer']}" if match and match["layer"] else match["name"] if match else None
        if by is None or by not in values:
            hints = did_you_mean(name, values) or (f"there are: {', '.join([*values][:30])}",)
            raise Diagnostic("unknown_name", f"there is no value called {name}", Where(text=text), hints=hints)
        if state.program.plan.shape(state.view.of) != (1, 1):
            raise Diagnostic("no_gradient", f"{name} would be the gradient of {state.view.of}, which is not a number")
        found[name] = by
    return found


def why_stopped(state: State, before: State, breakpoints: tuple[Break, ...]) -> str:
    """Which breakpoint a step has come to, in words; empty where it has come to none."""
    reasons = (_reason(state, before, point) for point in breakpoints)
    return next((reason for reason in reasons if reason), "")


def _reason(state: State, before: State, point: Break) -> str:
    step = state.current
    assert step is not None
    if isinstance(point.factor, str):
        return f"the factor {fraction(*_halves(point.factor))}" if step.factor.name == point.factor else ""
    if not isinstance(point.layer, UnsetType):
        is_reached = step.product.name == f"z{point.layer}"
        return f"layer {point.layer}: {fraction(step.product.of, step.product.name)} is complete" if is_reached else ""
    if not isinstance(point.shape, UnsetType):
        shape = tuple(point.shape)
        is_so = shape in (tuple(step.factor.shape), tuple(step.after.shape))
        return f"a factor or a product that is {spell_size(shape)}" if is_so else ""
    assert isinstance(point.when, str)
    # a condition stops where it becomes true, and not at each step for which it stays so
    return point.when if _is_true(state, point.when) and not (before.cursor and _is_true(before, point.when)) else ""


def _halves(factor: str) -> tuple[str, str]:
    match = FACTOR.fullmatch(factor)
    assert match is not None
    return match[1], match[2]


def _is_true(state: State, condition: str) -> bool:
    try:
        value = value_at(state, condition)
    except Diagnostic:  # not finite here
        return False
    return value is not None and bool(value.any())


def spell_break(point: Break) -> str:
    """`dz3/da2`, `layer 2`, `3×2`, or the condition."""
    if isinstance(point.factor, str):
        return fraction(*_halves(point.factor))
    if not isinstance(point.layer, UnsetType):
        return f"layer {point.layer}"
    return spell_size(tuple(point.shape)) if not isinstance(point.shape, UnsetType) else str(point.when)
