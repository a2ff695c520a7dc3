"""Entries and formulas as they are typed: `W2[0,1]`, `new[1,0]`, an edit, an expression; and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.calculus.entry_text import after_entry, before_entry, factor_entry, value_entry
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.diagnostics import Diagnostic
from engine.doctor.reading import MOST_ENTRIES, read_expression, reading_lines
from engine.session import State, actions
from engine.session.edits import read_edit
from tui.linear.sentences import WIDTH, spoken
from tui.look import Look

_EDIT = re.compile(r"(\w+)\s*(?:\[\s*(\d+)\s*(?:,\s*(\d+)\s*)?\]\s*)?=\s*(\S.*)")
_CELL = re.compile(r"(\w+)\s*\[\s*(\d+(?:\s*,\s*\d+){0,2})\s*\]")


def typed_edit(state: State, text: str) -> actions.Edit:
    match = _EDIT.fullmatch(text)
    if match is None:
        raise Diagnostic(
            "bad_value", "an edit is written as e W2[0,1] = -0.25, rows and columns counted from 0, or e W2 = W2 * 0.5"
        )
    name, first, second, value = match.groups()
    if first is None:
        return read_edit(name, (0, 0), f"= {value}")
    return read_edit(name, place_of(state, name, first, second), value)


def place_of(state: State, name: str, first: str, second: str | None) -> tuple[int, int]:
    """Row and column, of a vector also by one number."""
    if second is not None:
        return int(first), int(second)
    is_row = name in state.program.values and state.program.plan.shape(name)[0] == 1
    return (0, int(first)) if is_row else (int(first), 0)


def cell_line(state: State, text: str) -> str:
    """`factor[1,0]`, `before[0,0]`, `new[1,0]` or `W2[0,1]` with the formula that it comes from."""
    match = _CELL.fullmatch(text)
    if match is None:
        raise Diagnostic("bad_value", "an entry is written as cell new[1,0] or cell W2[0,1], counted from 0")
    name, place = match[1], tuple(int(index) for index in match[2].split(","))
    step = state.current
    if name in state.program.values:
        shape: tuple[int, ...] = state.program.plan.shape(name)
        shown = None
    elif name not in ("factor", "before", "new"):
        known = ", ".join(["factor", "before", "new", *state.program.values])
        raise Diagnostic("unknown_name", f"there is no matrix called {name}", hints=(f"there are: {known}",))
    elif step is None or (name == "before" and step.before is None):
        message = "no factor has been joined yet" if step is None else "the first factor joins no product"
        raise Diagnostic("bad_value", message, hints=("n joins the next factor",))
    else:
        shown = {"factor": step.factor.shown, "before": step.before, "new": step.after}[name]
        assert shown is not None
        shape = shown.shape
    if len(place) == 1 and 1 in shape:
        place = (place[0], 0) if shape[1] == 1 else (0, place[0])
    if len(place) != len(shape) or any(index >= size for index, size in zip(place, shape, strict=True)):
        raise Diagnostic("bad_value", f"{name} is {spell_size(shape)} and has no entry [{','.join(map(str, place))}]",
                         hints=("rows and columns are counted from 0",))  # fmt: skip
    if step is None or shown is None:
        return str(value_entry(state.program, name, (place[0], place[1])))
    return str({"factor": factor_entry, "before": before_entry, "new": after_entry}[name](step, place))


def formula_lines(state: State, text: str, look: Look, most: float = MOST_ENTRIES) -> Iterator[str]:
    """An expression: its parts with their shapes, and its value; or what is wrong with it."""
    if not text.strip():
        raise Diagnostic("bad_value", "an expression is missing, as in : W3.T @ delta3")
    reading = read_expression(state.program, text.strip(), of=state.view.of, most=most)
    yield from reading_lines(reading, WIDTH)
    if reading.problem is None and reading.value is None:
        yield f"It is {spell_size(reading.shape or (1, 1))}, too much to be computed."
    elif reading.value is not None and reading.shape == ():
        yield f"It is {look.spell(reading.value.item())}."
    elif reading.value is not None:
        yield f"It is {spoken(Shown.of(reading.value), look)}"
