"""Conditions of breakpoints: formulas that are true or false, where each is checked, and what makes it true.

A value has its number before the first factor is joined, but a condition is checked where the derivation comes to the
last of its names: `any(relu'(z2) == 0)` at ∂a2/∂z2, `norm(delta2) < 1e-3` where ∂L/∂z2 is complete. Neither changes
afterwards, so that each condition is checked at one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.calculus.layouts import spell_size
from engine.calculus.typeset import fraction, spell_cell
from engine.diagnostics import Diagnostic, Where
from engine.formula import Array, evaluate, parse, spell
from engine.formula.dimensions import entries
from engine.formula.spellings import is_condition, is_number
from engine.formula.syntax import Binary, Call, Node, Number, names_in, walk
from engine.session.watching import completed, products_in, shape_of, values_for

if TYPE_CHECKING:
    from engine.session.state import State

MAX_NAMED = 4
"""Entries that are named where a condition holds; of more it is said how many."""


def checked_condition(state: State, text: str) -> None:
    """Raise the Diagnostic of a formula that is no condition: one comparison, or `any(…)` or `all(…)` of many."""
    node, shape = parse(text), shape_of(state, text)
    where = Where(text=text, span=node.span)
    if not _is_truth(node):
        number = text if entries(shape) == 1 else f"norm({text})"
        raise Diagnostic("bad_condition", "this is a value, and a condition is needed, which is true or false", where,
                         hints=(f"compare it, as in {number} < 0.1",))  # fmt: skip
    if entries(shape) != 1:
        raise Diagnostic("bad_condition", f"a condition is true or false, and this is {spell_size(shape)}", where,
                         hints=(f"write any({text}) or all({text})",))  # fmt: skip


def _is_truth(node: Node) -> bool:
    """Whether a formula's value is 0 or 1, or is not 0 where one of several conditions holds."""
    match node:
        case Call("any" | "all"):
            return True
        case Call("min" | "max" | "minimum" | "maximum", arguments):
            return all(map(_is_truth, arguments))
        case Binary("*" | "·" | "+", left, right):
            return _is_truth(left) and _is_truth(right)
        case Binary("-", left, right):
            return is_number(left, 1.0) and _is_truth(right)
    return is_condition(node)


def checked_at(state: State, text: str) -> tuple[int | None, str]:
    """By how many factors a condition is checked; None, and why, where the derivation never comes to its names."""
    node = parse(text)
    try:
        products = products_in(state, node, text)
    except Diagnostic as problem:  # of another network than the one that it was made for
        return None, problem.message
    made, come = completed(state), _appearances(state)
    latest = 1
    for name in names_in(node):
        step = made.get(products[name]) if name in products else come.get(name)
        if step is None:
            what = fraction(state.view.of, products[name]) if name in products else name
            return None, f"{what} is not on the way to {state.view.target}"
        latest = max(latest, step)
    return latest, ""


def _appearances(state: State) -> dict[str, int]:
    """By how many factors the derivation has come to each value, under its own name and the one it is an alias of."""
    aliases = state.program.plan.aliases
    found: dict[str, int] = {}
    for step in state.steps:
        node = step.factor.node
        for name in (step.leg.numerator, step.leg.denominator, *(names_in(node) if node is not None else ())):
            found.setdefault(name, step.index + 1)
            found.setdefault(aliases.get(name, name), step.index + 1)
    return found


def why_true(state: State, text: str, step: int) -> str:
    """The condition and what makes it true, where `step` factors are joined; empty where it is false.

    What cannot be computed is said, too: a NaN is neither less nor greater than anything, and would pass in silence.
    """
    node = parse(text)
    try:
        values = values_for(replace(state, cursor=step), node, text)
        assert values is not None, "it is checked where its products are there"
        if not evaluate(node, values, text).any():
            for side in (side for part in walk(node) if is_condition(part) for side in part.children):
                evaluate(side, values, text)
            return ""
        return ": ".join(filter(None, (text, _explained(node, values))))
    except Diagnostic as problem:
        return f"{text} cannot be checked: {problem.message}"


def _explained(node: Node, values: dict[str, Array]) -> str:
    """`units 1 and 2 are dead`, `norm(delta2) is 0.0004`; nothing where it is not short."""
    match node:
        case Call("any" | "all", (Binary() as inner,), ()) if is_condition(inner):
            return _places(inner, evaluate(inner, values))
        case Binary(_, left, right) if is_condition(node):
            sides = [side for side in (left, right) if not isinstance(side, Number)]
            return ", ".join(f"{spell(side)} is {spell_cell(evaluate(side, values).item())}" for side in sides)
    return ""


def _places(condition: Binary, holds: Array) -> str:
    """Where a condition holds among the entries of a value, which are counted from 0."""
    count = int(np.count_nonzero(holds))
    match condition:
        case Binary("==", Call("relu", derivative=True), Number(0.0)) if holds.shape[1:] in ((), (1,)):
            units = [str(place[0]) for place in np.argwhere(holds).tolist()]
            if count > MAX_NAMED:
                return f"{count} of {holds.size} units are dead"
            return f"unit {units[0]} is dead" if count == 1 else f"units {_listed(units)} are dead"
    if holds.ndim == 0:
        return ""
    if count == holds.size:
        return f"in all {count} entries"
    places = [f"[{','.join(map(str, place))}]" for place in np.argwhere(holds).tolist()[: MAX_NAMED + 1]]
    return f"in {count} of {holds.size} entries" if count > MAX_NAMED else f"at {_listed(places)}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
