"""A moved entry in words and as a table: which entries move with it, by how much, and what the derivative says."""

from __future__ import annotations

from collections.abc import Iterator

from engine.calculus import Layout
from engine.calculus.entry_names import entry_at
from engine.calculus.layouts import spell_size
from engine.calculus.perturb import Lever, Moved, Perturbation, lever
from engine.calculus.program import Plan
from engine.diagnostics import Diagnostic
from engine.session import State

MAX_ROWS = 4
"""Entries that are listed of a value."""
ROUNDING = 1e-9
"""An ε below this share of what is moved shows rounding more than the derivative."""

Line = tuple[str, str]
"""Its role (proof, head, row, differs, note) and its text."""


def read_epsilon(text: str) -> float:
    """The ε that is typed; raises a Diagnostic `bad_value`."""
    try:
        return float(text.strip().replace("−", "-"))
    except ValueError:
        message = f"ε is a number such as 0.001, and not {text.strip() or 'empty'}"
        raise Diagnostic("bad_value", message) from None


def perturbation_lines(found: Perturbation, state: State) -> Iterator[Line]:
    """The proof, the place of the derivative in both layouts, and a table of what moves."""
    plan = found.program.plan
    what = entry_at(plan, found.name, *found.entry)
    yield from (("proof", text) for text in _proof(found, what))
    yield from (("note", text) for text in _place(found, state))
    yield "note", ""
    yield "head", f"{'':12}{'old':>12}{'new':>12}{'(new − old)/ε':>16}{f'∂/∂{what}':>14}"
    for moved in found.moved:
        yield from _table(plan, moved)
    yield "note", ""
    yield from (("note", text) for text in _notes(found))


def _proof(found: Perturbation, what: str) -> Iterator[str]:
    plan, loss = found.program.plan, found.program.loss
    direct = [moved for moved in found.moved if _reads(plan, moved.name, found.name)]
    for moved in direct:
        if moved.name != loss:
            yield f"Moving {what} by ε moves {_words(plan, moved, lever(plan, moved.name, found.name, found.entry))}."
    last = next((moved for moved in found.moved if moved.name == loss and moved.old.size == 1), None)
    if last is not None:
        quotient, derivative = (_number(float(array.item())) for array in (last.quotient, last.derivative))
        yield f"{loss} moves by {quotient} ε, and ∂{loss}/∂{what} is {derivative}."
    elif not found.moved:
        yield f"Nothing is computed from {what}: nothing moves."


def _reads(plan: Plan, line: str, name: str) -> bool:
    return any(plan.aliases.get(read, read) == name for read in plan.lines[line].reads)


def _words(plan: Plan, moved: Moved, found: Lever | None) -> str:
    """`z3[1] by a2[0] ε and nothing else of z3`."""
    name, total, count = moved.name, moved.old.size, len(moved.places)
    if count == 0:
        return f"nothing of {name}"
    if found is not None:
        along = moved.old.shape[1 - found.axis]
        other = _part(plan, found.other, found.other_axis, found.other_index, along)
        part = _part(plan, name, found.axis, found.index, along)
        rest = f" and nothing else of {name}" if along < total else ""
        return f"{part} by {other} {'ε' if along == 1 else 'times ε'}{rest}"
    if count == 1:
        row, column = (int(number) for number in moved.places[0])
        rest = f" and nothing else of {name}" if total > 1 else ""
        return f"{entry_at(plan, name, row, column)} by {_number(moved.quotient[row, column])} ε{rest}"
    return f"all {total} entries of {name}" if count == total else f"{count} of the {total} entries of {name}"


def _part(plan: Plan, name: str, axis: int, index: int, length: int) -> str:
    """`a2[0]`, `row 1 of Z2`, or all of a vector."""
    if length == 1:
        return entry_at(plan, name, *((index, 0) if axis == 0 else (0, index)))
    if plan.shape(name)[axis] == 1:
        return name
    return f"{'row' if axis == 0 else 'column'} {index} of {name}"


def _place(found: Perturbation, state: State) -> Iterator[str]:
    """Where the derivative of the loss stands, which is where a transpose is seen."""
    loss, shape = found.program.loss, found.program.plan.shape(found.name)
    if 1 in shape or found.program.plan.shape(loss) != (1, 1):
        return
    row, column = found.entry
    own = f"row {row}, column {column} of ∂{loss}/∂{found.name}, {spell_size(shape)}"
    turned = f"row {column}, column {row} of {spell_size(shape[::-1])}"
    if state.view.layout is Layout.DENOMINATOR:
        yield f"It stands in {own} (denominator layout); in numerator layout in {turned}."
    else:
        own = f"row {row}, column {column} of {spell_size(shape)}"
        turned = f"row {column}, column {row} of ∂{loss}/∂{found.name}, {spell_size(shape[::-1])}"
        yield f"It stands in {turned} (numerator layout); in denominator layout in {own}."


def _table(plan: Plan, moved: Moved) -> Iterator[Line]:
    total, count = moved.old.size, len(moved.places)
    share = "nothing moves" if count == 0 else "moves" if total == 1 else f"{count} of {total} entries move"
    yield "head", f"{moved.name} {spell_size(moved.old.shape)}: {share}"
    for row, column in moved.places[:MAX_ROWS].tolist():
        at = row, column
        cells = f"{moved.old[at]:>12.5g}{moved.new[at]:>12.5g}{moved.quotient[at]:>16.5g}{moved.derivative[at]:>14.5g}"
        line = f"{f'  {entry_at(plan, moved.name, row, column)}':12}{cells}"
        yield ("row", line) if moved.agrees else ("differs", f"{line}  ≠")
    if count > MAX_ROWS:
        yield "note", f"  … and {count - MAX_ROWS} more"


def _notes(found: Perturbation) -> Iterator[str]:
    apart = [moved for moved in found.moved if not moved.agrees]
    if not apart:
        if found.moved:
            yield "Everywhere (new − old)/ε is the derivative, as nearly as this ε shows."
        return
    names = ", ".join(moved.name for moved in apart)
    bent = next((f"{moved.kinks[0]} in {moved.name}" for moved in found.moved if moved.kinks), None)
    size = max(1.0, abs(float(found.program.matrix(found.name)[found.entry])))
    if abs(found.epsilon) < ROUNDING * size:
        yield f"In {names} the two differ: ε is so small that rounding shows. Take a larger one."
    elif bent is not None:
        yield f"In {names} the two differ: {bent} comes to its kink between old and new. Take a smaller ε."
    else:
        yield f"In {names} the two differ: ε is not small, and the function is curved. Take a smaller one."


def _number(value: float) -> str:
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.4g}"
