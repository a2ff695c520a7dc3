"""Watches: what a formula is at a step.

Besides the program's values a formula may name the products that have been made so far: `delta2` (or `dz2`) for ∂L/∂z2,
`dW2`, `da1`, each in the value's own shape. Where the derivation has not come to one yet, the formula has no value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic, Where, did_you_mean
from engine.formula import Array, ShapeMap, evaluate, parse
from engine.formula.syntax import Node, names_in

if TYPE_CHECKING:
    from engine.session.state import State

_PRODUCT = re.compile(r"(?:delta(?P<layer>\d+)|d(?P<name>\w+))")
FACTOR = re.compile(r"d(\w+)/d(\w+)")
MOST = 100
"""Breakpoints, and watches, of one session."""


def value_at(state: State, text: str) -> Array | None:
    """The value of a formula where the derivation stands; None where it names a product that is still to come.

    Raises the Diagnostic of a formula that cannot be read or applied, or is not finite here.
    """
    node = parse(text)
    values = values_for(state, node, text)
    return None if values is None else evaluate(node, values, text)


def values_for(state: State, node: Node, text: str) -> dict[str, Array] | None:
    """The arrays that a formula names, where the derivation stands; None where one of them is still to come."""
    values = dict(state.values)
    products = products_in(state, node, text)
    made = completed(state) if products else {}
    for name, by in products.items():
        number = made.get(by)
        if number is None or number > state.cursor:
            return None
        values[name] = state.steps[number - 1].product.array
    return {name: values[name] for name in names_in(node) if name in values}


def completed(state: State) -> dict[str, int]:
    """By how many factors ∂of/∂name is complete, for each name that the derivation comes to.

    Of what is read twice the last product is the sum over the paths; in forward order only the last one is by `of`.
    """
    aliases = state.program.plan.aliases
    found: dict[str, int] = {}
    for step in state.steps:
        if step.product.of == state.view.of:
            by = step.product.name
            found[by] = found[aliases.get(by, by)] = step.index + 1
    return found


def checked_formula(state: State, text: str) -> None:
    """Raise the Diagnostic of a formula that cannot be read, or applied once all products are there."""
    shape_of(state, text)


def shape_of(state: State, text: str) -> tuple[int, ...]:
    """The shape of a formula's value once all products are there. Raises what `checked_formula` raises."""
    node = parse(text)
    plan = state.program.plan
    shapes = {name: value.shape for name, value in state.values.items()}
    for name, by in products_in(state, node, text).items():
        shapes[name] = plan.shape(by)
    return tuple(int(size) for size in ShapeMap(shapes).of(node, text))


def products_in(state: State, node: Node, text: str) -> dict[str, str]:
    """The names of a formula that mean products, each with the value that the product is by.

    Raises a Diagnostic `unknown_name`, and `no_gradient` where what is differentiated is no number.
    """
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
