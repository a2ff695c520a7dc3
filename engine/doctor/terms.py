"""What the parts of a user's formula are: shapes, layouts, factors of the chain, and where the first product fails."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.calculus import Form, Layout, derive
from engine.diagnostics import Diagnostic
from engine.doctor.diagnosis import Aligned, Mismatch, Term
from engine.doctor.trials import TOLERANCE, Trial
from engine.formula import Array, ShapeMap, spell, spell_shape
from engine.formula.shapes import is_scaling
from engine.formula.syntax import Binary, Negate, Node, Number, walk

MOST_ENTRIES = 20_000
"""Of an explicit factor that parts are compared with."""
PRODUCTS = ("@", "*", "·", "/")


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A factor of the reference chain in one spelling."""

    name: str
    """`dz3/da2`."""
    layout: Layout | None
    """None where it is the same in both layouts."""
    value: Array


def known_factors(trial: Trial) -> list[Known]:
    """The factors and products of the chain: explicit in both layouts, and as one writes them in code."""
    found: list[Known] = []
    for layout in Layout:
        for form in (Form.JACOBIAN, Form.HADAMARD):
            for step in derive(trial.program, trial.target, of=trial.of, layout=layout, form=form):
                name = f"d{step.product.of}/d{step.product.name}"
                for part, shown in ((step.factor.name, step.factor.shown), (name, step.after)):
                    if len(shown.shape) == 2 and 1 < math.prod(shown.shape) <= MOST_ENTRIES:
                        found.append(Known(part, layout, np.asarray(shown.value)))
    return [_without_layout(known, found) for known in found]


def _without_layout(known: Known, others: Sequence[Known]) -> Known:
    is_same = any(
        other.name == known.name and other.layout is not known.layout and _equal(other.value, known.value)
        for other in others
    )
    return Known(known.name, None, known.value) if is_same else known


def _equal(one: Array, other: Array) -> bool:
    if one.shape != other.shape:
        return False
    scale = max(float(np.abs(one).max(initial=0.0)), float(np.abs(other).max(initial=0.0)))
    return float(np.abs(one - other).max(initial=0.0)) <= TOLERANCE * scale


def shown_terms(node: Node, text: str, trial: Trial, known: Sequence[Known]) -> tuple[Term, ...]:
    """The factors of the user's product with their shapes, and what each is in the chain."""
    return tuple(_term(part, text, trial, known) for part in _merged(node, trial.shapes))


def _merged(node: Node, shapes: ShapeMap) -> Iterator[Node]:
    """The factors of matrix products: entry-by-entry products that can be applied stay together."""
    match node:
        case Binary("@" | "·", left, right):
            if node.operator == "·" and _scales(left, right, shapes):
                yield node
            else:
                yield from _merged(left, shapes)
                yield from _merged(right, shapes)
        case Binary("*" | "/") if not fits(node, shapes):
            yield from _merged(node.left, shapes)
            yield from _merged(node.right, shapes)
        case Negate(operand) if not fits(node, shapes):
            yield from _merged(operand, shapes)
        case Binary("+" | "-", left, right) if not fits(node, shapes) and fits(left, shapes) and fits(right, shapes):
            yield left
            yield right
        case _:
            yield node


def _scales(left: Node, right: Node, shapes: ShapeMap) -> bool:
    return fits(left, shapes) and fits(right, shapes) and is_scaling(shapes.of(left), shapes.of(right))


def fits(node: Node, shapes: ShapeMap) -> bool:
    """Whether every operator in a formula can be applied."""
    try:
        shapes.of(node)
    except Diagnostic:
        return False
    return True


def _term(part: Node, text: str, trial: Trial, known: Sequence[Known]) -> Term:
    start, end = part.span
    shape = tuple(int(size) for size in trial.shapes.of(part)) if fits(part, trial.shapes) else ()
    value = trial.evaluate(part) if fits(part, trial.shapes) else None
    match = None if value is None else _find(value, known)
    return Term(part.span, text[start:end], shape, match.layout if match else None, match.name if match else None)


def _find(value: Array, known: Sequence[Known]) -> Known | None:
    return next((factor for factor in known if _equal(factor.value, value)), None)


def shapes_along(terms: Sequence[Term], joint: str = "·") -> str:
    """`2×1 · 2×3 · 3×1 · 1×2`."""
    return f" {joint} ".join(spell_shape(term.shape) if term.shape else "number" for term in terms)


def failing_product(node: Node, shapes: ShapeMap) -> Node:
    """The innermost whole product, or sum, in which an operator cannot be applied."""
    for part in _merged(node, shapes):
        if not fits(part, shapes):
            inner = next((child for child in part.children if not fits(child, shapes)), None)
            return part if inner is None else failing_product(inner, shapes)
    return node


def first_mismatch(node: Node, shapes: ShapeMap) -> Mismatch | None:
    """The first operator, innermost and leftmost, that cannot be applied, with both shapes."""
    for child in node.children:
        found = first_mismatch(child, shapes)
        if found is not None:
            return found
    if not isinstance(node, Binary):
        return None
    try:
        shapes.of(node)
    except Diagnostic as problem:
        left, right = (tuple(int(size) for size in shapes.of(side)) for side in (node.left, node.right))
        return Mismatch((node.left.span[0], node.right.span[1]), left, right, node.operator, problem.message)
    return None


def stretched(node: Node, text: str, shapes: ShapeMap) -> Iterator[str]:
    """Where NumPy silently stretches both sides of an operation: (n, 1) with (1, n) or (n,)."""
    for part in walk(node):
        if not (isinstance(part, Binary) and part.operator in ("*", "+", "-", "/")):
            continue
        try:
            left, right, whole = shapes.of(part.left), shapes.of(part.right), shapes.of(part)
        except Diagnostic:
            continue
        if math.prod(whole) > max(math.prod(left), math.prod(right)):
            start, end = part.span
            yield (f"NumPy stretches both sides of {text[start:end]}: {spell_shape(left)} with {spell_shape(right)} "
                   f"gives {spell_shape(whole)}, without any error")  # fmt: skip


def mixed_layouts(terms: Sequence[Term]) -> tuple[Term, Term] | None:
    """Two factors of one product of which each is in another layout."""
    in_layout = [term for term in terms if term.layout]
    for one, other in pairwise(in_layout):
        if one.layout != other.layout:
            return one, other
    return None


def aligned(node: Node, text: str, trial: Trial) -> tuple[Aligned, ...]:
    """The reference chain beside the user's parts: by value, as it is, transposed, negated or in part."""
    parts = [(part, trial.evaluate(part)) for part in _all_parts(node) if fits(part, trial.shapes)]
    rows = []
    for step in trial.steps:
        try:
            if step.factor.jacobian is None or step.factor.node is None:
                continue
            value = np.asarray(step.factor.value)
        except Diagnostic:  # too large to be made whole
            continue
        rows.append(_row(step.factor.name, spell(step.factor.node), value, parts, text))
    return tuple(rows)


def _row(name: str, formula: str, value: Array, parts: Sequence[tuple[Node, Array | None]], text: str) -> Aligned:
    for note, wanted in (("", value), ("transposed", value.T), ("with the other sign", -value)):
        for part, found in parts:
            if found is not None and _equal(found, wanted):
                start, end = part.span
                return Aligned(name, formula, part.span, text[start:end], note)
    return Aligned(name, formula, None)


def _all_parts(node: Node) -> Iterator[Node]:
    """Every part, the larger ones first, but for numbers."""
    waiting = [node]
    while waiting:
        part = waiting.pop(0)
        if not isinstance(part, Number):
            yield part
        waiting += part.children
