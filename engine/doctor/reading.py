"""Reading an expression over a program's numbers: its value, the shape of every part, or where it cannot be applied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.calculus.program import Program
from engine.calculus.symbols import SAMPLES, delta_name, gradient_names, with_gradients
from engine.diagnostics import Diagnostic, underline
from engine.doctor.diagnosis import Mismatch, Term
from engine.doctor.report import sketched
from engine.doctor.terms import first_mismatch, fits
from engine.doctor.work import work_of
from engine.formula import FUNCTIONS, Array, ShapeMap, compile_formula, parse, resolve, shapes_of, spell_shape
from engine.formula.syntax import Node, Number, names_in, walk

MOST_ENTRIES = 4_000_000
"""Entries of all parts together, and a thousandth of the multiplications, of what is computed while one types."""
MOST_DRAWN = 24
"""Parts whose shapes are drawn."""
_WORD = re.compile(r"[^\W\d]\w*$")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What an expression comes to."""

    text: str
    value: Array | None = None
    """As a matrix, a number as 1×1; None where it cannot be computed, or would take too long."""
    shape: tuple[int, ...] | None = None
    """As NumPy has it: () for a number."""
    terms: tuple[Term, ...] = ()
    """Every part that can be applied, from the inside out, but for numbers."""
    mismatch: Mismatch | None = None
    problem: Diagnostic | None = None


def read_expression(program: Program, text: str, *, of: str | None = None, most: float = MOST_ENTRIES) -> Reading:
    """Evaluate `text` over the program's values, `delta3`, `dW2` (∂of/∂W2 in W2's own shape) and N.

    Raises nothing: whatever is wrong with the expression is in the Reading.
    """
    try:
        node = parse(text)
        values = with_gradients(program, names_in(node), of)
    except Diagnostic as problem:
        return Reading(text, problem=problem)
    shapes = ShapeMap(shapes_of(values))
    terms = tuple(every_term(node, text, shapes))
    try:
        shape = tuple(int(size) for size in shapes.of(node, text))
    except Diagnostic as problem:
        mismatch = first_mismatch(node, shapes) if problem.code == "shape_mismatch" else None
        return Reading(text, terms=terms, mismatch=mismatch, problem=problem)
    if work_of(node, shapes) > most:
        return Reading(text, None, shape, terms)
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(compile_formula(resolve(node, shapes), shapes)(values), dtype=np.float64)
    except Diagnostic as problem:
        return Reading(text, None, shape, terms, problem=problem)
    except (np.linalg.LinAlgError, OverflowError) as problem:
        return Reading(text, None, shape, terms, problem=Diagnostic("not_defined", f"not defined here: {problem}"))
    return Reading(text, value.reshape(value.shape if value.ndim == 2 else (-1, 1)), shape, terms)


def every_term(node: Node, text: str, shapes: ShapeMap) -> Iterator[Term]:
    """Every part of a formula that has a shape, from the inside out and from left to right."""
    parts = {part.span: part for part in walk(node) if not isinstance(part, Number) and part.span[0] < part.span[1]}
    drawn = sorted(parts.values(), key=lambda part: (_height(part), part.span))
    for part in drawn[:MOST_DRAWN]:
        if fits(part, shapes):
            start, end = part.span
            yield Term(part.span, text[start:end], tuple(int(size) for size in shapes.of(part)))


def _height(node: Node) -> int:
    return 1 + max((_height(child) for child in node.children), default=0)


def reading_lines(reading: Reading, width: int) -> Iterator[str]:
    """The expression with the shape of each part below it, and what is wrong with it and would be right."""
    problem = reading.problem
    if problem is not None and reading.mismatch is None and problem.where.span is not None:
        yield from underline(reading.text, problem.where.span, width)
    else:
        yield from sketched(reading.text, reading.terms, reading.mismatch, width)
    if problem is None:
        return
    message = problem.message
    if reading.mismatch is not None:
        found = reading.mismatch
        left, right = spell_shape(found.left_shape), spell_shape(found.right_shape)
        why = found.message
        if found.operator in ("@", "·") and found.left_shape and found.right_shape:
            inner = int(found.left_shape[-1]), int(found.right_shape[0])
            why = f"the inner dimensions, {inner[0]} and {inner[1]}, must be the same"
        message = f"{left} {found.operator} {right} does not fit: {why}"
    yield message[:1].upper() + message[1:] + ("" if message.endswith((".", "?", "!")) else ".")
    yield from (f"{hint[:1].upper()}{hint[1:]}." for hint in problem.hints)


# ---- completion ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Completion:
    """What the word before a cursor may become."""

    text: str
    """With as much of the word completed as all of the names have in common."""
    cursor: int
    names: Sequence[str]
    """All that begin with the word."""


def known_names(program: Program, of: str | None = None) -> list[str]:
    """Everything that an expression may name: values, deltas, gradients, the number of samples, functions."""
    of = of or program.loss
    deltas = (delta_name(program.plan, of, name) for name in program.plan.lines)
    names = [*program.values, *filter(None, deltas), *gradient_names(program, of)]
    return list(dict.fromkeys([*names, *(name for name in SAMPLES if name not in names), *FUNCTIONS]))


def completed(program: Program, text: str, cursor: int, of: str | None = None) -> Completion:
    """Complete the name that ends at `cursor`; behind the only function that fits a bracket opens."""
    match = _WORD.search(text[:cursor])
    if match is None:
        return Completion(text, cursor, ())
    word = match[0]
    spelled = word.replace("δ", "delta")
    names = [name for name in known_names(program, of) if name.startswith(spelled)]
    if not names:
        return Completion(text, cursor, ())
    whole = names[0][: next(size for size in range(len(names[0]), 0, -1) if all(
        name.startswith(names[0][:size]) for name in names))]  # fmt: skip
    if len(names) == 1 and whole in FUNCTIONS and whole not in program.values and text[cursor : cursor + 1] != "(":
        whole += "("
    before = text[: match.start()]
    return Completion(f"{before}{whole}{text[cursor:]}", len(before) + len(whole), names)
