"""`diagnose`: what is wrong with a user's formula for a derivative, and the smallest change that makes it right.

The verdict comes from numbers, on random networks and never at the user's own ones alone; shapes serve to explain.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np

from engine.calculus import Program
from engine.calculus.algebra import transpose
from engine.calculus.layouts import spell_size
from engine.calculus.route import find_route
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic
from engine.doctor import terms
from engine.doctor.diagnosis import Diagnosis, Edit, Fix, Term
from engine.doctor.edits import described
from engine.doctor.judge import Judge
from engine.doctor.search import rules
from engine.doctor.search.parts import Hit
from engine.doctor.search.pools import Change
from engine.doctor.search.search import Search, SearchEndedError
from engine.doctor.work import check_work
from engine.formula import Shape, parse, spell, spell_shape
from engine.formula.syntax import Call, Node, names_in, walk
from engine.verdict import Verdict

SECONDS = 2.0
"""How long a diagnosis may take."""
MOST_FIXES = 3
Settle = Callable[[Node], Node]
MOST_VERIFIED = 80
"""Corrections of one layer that are verified."""


def diagnose(
    program: Program,
    target: str,
    formula: str,
    *,
    of: str | None = None,
    seconds: float = SECONDS,
    is_cancelled: Callable[[], bool] = lambda: False,
    settle: Settle = lambda node: node,
) -> Diagnosis:
    """What `formula` is as a formula for ∂of/∂target: `of` is the loss unless given.

    The search for a correction ends after `seconds`, or when `is_cancelled` says so; the verdict does not wait for it.
    `settle` changes the formula that is read before it is judged, as where it stands for `+=`; spans stay.
    Raises a Diagnostic `unknown_name` or `no_path` for a target or an `of` that the program does not have; whatever is
    wrong with the formula is in the Diagnosis.
    """
    start = time.perf_counter()
    examined = _examined(program, target, formula, of or program.loss, settle)
    found = examined.diagnosis
    if examined.judge is not None and examined.node is not None and not found.verdict.is_right:
        found = _with_fixes(found, examined.judge, examined.node, start + seconds, is_cancelled)
    return replace(found, seconds=time.perf_counter() - start)


def examine(
    program: Program, target: str, formula: str, *, of: str | None = None, settle: Settle = lambda node: node
) -> Diagnosis:
    """The verdict with all that explains it, and no search for corrections: always the same, and at once.

    Raises what `diagnose` raises.
    """
    return _examined(program, target, formula, of or program.loss, settle).diagnosis


@dataclass(frozen=True, slots=True)
class _Examined:
    """A diagnosis, and what a search for corrections goes on from; None where the formula can't be read."""

    diagnosis: Diagnosis
    judge: Judge | None = None
    node: Node | None = None


def _examined(program: Program, target: str, formula: str, of: str, settle: Settle) -> _Examined:
    find_route(program, of, target)
    try:
        node = settle(parse(formula))
        judge = Judge(program, target, of, names_in(node))
        judge.shapes.of(node, formula)
        check_work(node, judge.shapes)
    except Diagnostic as problem:
        if problem.code != "shape_mismatch":
            return _Examined(_unreadable(program, target, of, formula, problem))
        return _Examined(_mismatched(judge, node, formula, problem), judge, node)
    found = _evaluated(judge, node, formula)
    if found.verdict is Verdict.CORRECT_TRANSPOSED:
        found = replace(found, fixes=(_turned_fix(node),))
    return _Examined(found, judge, node)


def _unreadable(program: Program, target: str, of: str, formula: str, problem: Diagnostic) -> Diagnosis:
    shape = tuple(int(size) for size in program.plan.shapes.names[target])
    return Diagnosis(formula, of, target, shape, Verdict.UNPARSABLE, problem.message, problem=problem)


def _mismatched(judge: Judge, node: Node, formula: str, problem: Diagnostic) -> Diagnosis:
    """An operator that cannot be applied."""
    product = terms.failing_product(node, judge.shapes)
    parts = terms.shown_terms(product, formula, judge.own[0], judge.known)
    mismatch = terms.first_mismatch(node, judge.shapes)
    is_sum = mismatch is not None and mismatch.operator in ("+", "-")
    chain = terms.shapes_along(parts, mismatch.operator if mismatch is not None and is_sum else "·")
    notes = list(terms.stretched(node, formula, judge.shapes))
    mixed = terms.mixed_layouts(parts)
    if mixed is not None:
        notes.append(_mixed(*mixed))
    return Diagnosis(
        formula, judge.of, judge.target, judge.target_shape, Verdict.SHAPE_MISMATCH, problem.message, None, chain,
        mismatch, parts, tuple(notes), problem=problem, reference=judge.reference,
    )  # fmt: skip


def _mixed(one: Term, other: Term) -> str:
    return (f"layouts are mixed: {one.text} is {_as_fraction(one.factor)} in {one.layout} layout, and {other.text} is "
            f"{_as_fraction(other.factor)} in {other.layout} layout")  # fmt: skip


def _as_fraction(factor: str | None) -> str:
    numerator, _, denominator = (factor or "").partition("/")
    return fraction(numerator.removeprefix("d"), denominator.removeprefix("d"))


def _evaluated(judge: Judge, node: Node, formula: str) -> Diagnosis:
    """A formula that can be applied."""
    shape = tuple(int(size) for size in judge.shapes.of(node))
    parts = terms.shown_terms(node, formula, judge.own[0], judge.known)
    verdict = judge.verdict(node)
    notes: list[str] = []
    if not verdict.is_right:
        notes += judge.relations(node)
        notes += terms.stretched(node, formula, judge.shapes)
        mixed = terms.mixed_layouts(parts)
        if mixed is not None:
            notes.append(_mixed(*mixed))
    return Diagnosis(
        formula, judge.of, judge.target, judge.target_shape, verdict, _summary(judge, verdict, shape), shape,
        terms.shapes_along(parts), None, parts, tuple(notes), reference=judge.reference,
        entry_check=judge.entry_check(node) if verdict is Verdict.CORRECT else "",
    )  # fmt: skip


def _summary(judge: Judge, verdict: Verdict, shape: Shape) -> str:
    whole = fraction(judge.of, judge.target)
    own = spell_size(judge.truth_shape) if judge.truth_shape else "a number"
    match verdict:
        case Verdict.CORRECT:
            return f"This is {whole}, {own}."
        case Verdict.CORRECT_TRANSPOSED:
            return f"This is {whole} in the other layout: {spell_shape(shape)}, the transpose of {own}."
        case Verdict.WRONG_SHAPE:
            return f"This can be applied, but it gives {spell_shape(shape)}, and {whole} is {own}."
    return f"The shape {own} is right, but the numbers are not those of {whole}."


# ---- corrections -----------------------------------------------------------------------------------------------


def _with_fixes(
    found: Diagnosis, judge: Judge, node: Node, deadline: float, is_cancelled: Callable[[], bool]
) -> Diagnosis:
    fixes = _fixes(judge, node, found.formula, deadline, is_cancelled)
    if fixes:
        return replace(found, fixes=fixes)
    return replace(found, alignment=terms.aligned(node, found.formula, judge.own[0]))


def _fixes(judge: Judge, node: Node, text: str, deadline: float, is_cancelled: Callable[[], bool]) -> tuple[Fix, ...]:
    """The cheapest corrections, verified; none where none was found in time."""
    with np.errstate(all="ignore"):  # whatever overflows on the way is no correction
        return _searched(judge, node, text, deadline, is_cancelled)


def _searched(
    judge: Judge, node: Node, text: str, deadline: float, is_cancelled: Callable[[], bool]
) -> tuple[Fix, ...]:
    repeats = _repeating(node, judge.reference_formula)
    for trial, sized in judge.searched(node):
        try:
            search = Search(trial, sized, deadline, is_cancelled)
            for hits in search.layers():
                fixes = _verified(judge, [hit for hit in hits if not repeats(hit.built.node)], text)
                if fixes:
                    return fixes
        except SearchEndedError:
            break
    return ()


def _verified(judge: Judge, hits: list[Hit], text: str) -> tuple[Fix, ...]:
    ranked = sorted(hits[:MOST_VERIFIED], key=lambda hit: (hit.cost, -_likeness(hit, judge.reference)))
    fixes: list[Fix] = []
    for hit in ranked:
        node = judge.in_own_sizes(hit.built.node)
        if not judge.is_right_everywhere(node):
            continue
        if fixes and hit.cost > fixes[0].cost + rules.REGROUP:
            break
        changes = [replace(change, after=judge.in_own_sizes(change.after)) for change in hit.built.changes]
        edits = described(changes, text)
        kinds = sorted(edit.kind for edit in edits)
        if _starts_afresh(hit.built.changes, text):
            continue
        if not edits or any(kinds == sorted(edit.kind for edit in fix.edits) for fix in fixes):
            continue  # the same correction with other brackets
        fixes.append(Fix(spell(node), len(edits), True, edits, hit.cost))
        if len(fixes) == MOST_FIXES:
            break
    return tuple(fixes)


def _repeating(*known: Node | None) -> Callable[[Node], bool]:
    """Tells whether a formula has a derivative of an activation more often than any of those that are known.

    Times itself ReLU's derivative is itself, so that a correction may hold with one too many, and be no less wrong.
    """
    counts = [_derivatives(node) for node in known if node is not None]
    return lambda node: any(
        count > max(1, *(each[spelled] for each in counts)) for spelled, count in _derivatives(node).items()
    )


def _derivatives(node: Node) -> Counter[str]:
    return Counter(spell(part) for part in walk(node) if isinstance(part, Call) and part.derivative)


def _starts_afresh(changes: Sequence[Change], text: str) -> bool:
    """Whether what the formula had is given up, and then added again as a part of the right one."""
    inserted = [set(names_in(change.before)) for change in changes if change.kind == "insert"]
    for change in changes:
        if change.kind not in ("symbol", "derivative"):
            continue
        start, end = change.span
        is_whole = change.kind == "symbol" and not text[:start].strip(" -(") and not text[end:].strip(" )")
        names = set(names_in(change.before))
        if any(is_whole or (len(names) > 1 and names <= others) for others in inserted):
            return True
    return False


def _likeness(hit: Hit, reference: str) -> float:
    """How much a correction reads like the reference: of two equal ones, the usual form is shown first."""
    return SequenceMatcher(None, spell(hit.built.node), reference, autojunk=False).ratio()


def _turned_fix(node: Node) -> Fix:
    """The same formula in the other layout."""
    turned = transpose(node)
    edit = Edit("transpose", node.span, spell(turned), f"In the target's own shape it is {spell(turned)}.")
    return Fix(spell(turned), 1, True, (edit,), rules.TRANSPOSE)
