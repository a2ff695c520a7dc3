"""Edits that a person types: a number for an entry, a formula for an entry, or `= formula` for all of a value."""

from __future__ import annotations

import re

from msgspec import UNSET, UnsetType, structs

from engine.calculus import Program
from engine.calculus.layouts import matrix_shape, spell_size
from engine.calculus.symbols import symbol_values
from engine.diagnostics import Diagnostic
from engine.formula import Array, evaluate, parse
from engine.formula.syntax import names_in
from engine.session.actions import Edit

NUMBER = re.compile(r"[-+−]?(\d+\.?\d*|\.\d+)([eE][-+−]?\d+)?")
"""A number as it is typed."""


def read_edit(name: str, place: tuple[int, int], text: str) -> Edit:
    """The Edit that `text` asks for, typed for the entry `place` of `name`: a number or a formula; `= formula` for all.

    Raises a Diagnostic `bad_value` where nothing was typed.
    """
    text = text.strip()
    is_whole = text.startswith("=")
    text = text.removeprefix("=").strip()
    if not text:
        raise Diagnostic("bad_value", "a number or a formula is missing", hints=("for example -0.25, or = W3 * 0.5",))
    if NUMBER.fullmatch(text) and not is_whole:
        return Edit(name=name, at=[*place], value=float(text.replace("−", "-")))
    return Edit(name=name, at=UNSET if is_whole else [*place], value=text)


def computed(program: Program, edit: Edit, of: str) -> Edit:
    """The edit with numbers in place of its formula.

    Raises a Diagnostic `wrong_shape` for a formula of another shape than what is edited, and what reading and applying
    a formula raise.
    """
    assert isinstance(edit.value, str)
    text = edit.value
    node = parse(text)
    result = evaluate(node, symbol_values(program, names_in(node), of), text)
    if isinstance(edit.at, UnsetType):
        wanted = program.plan.shape(edit.name)
        if matrix_shape(result.shape) != wanted:
            raise _misfit(text, result, edit.name, wanted)
        return structs.replace(edit, value=result.reshape(program.plan.inputs[edit.name]).tolist())
    if result.size != 1:
        row, column = edit.at
        found = matrix_shape(result.shape)
        message = f"{edit.name}[{row},{column}] is one number, and {text} is {spell_size(found)}"
        fits = found == program.plan.shape(edit.name)
        hint = f"for all of {edit.name} write = {text}" if fits else "a single entry of it is written as in W3[0,1]"
        raise Diagnostic("wrong_shape", message, hints=(hint,))
    return structs.replace(edit, value=float(result.item()))


def _misfit(text: str, result: Array, name: str, wanted: tuple[int, int]) -> Diagnostic:
    found = matrix_shape(result.shape)
    size = spell_size(wanted)
    if found == wanted[::-1]:
        hints: tuple[str, ...] = (f"its transpose fits: = ({text}).T",)
    elif found == (1, 1):
        hints = (f"for the same number everywhere: = {text} * ones(({wanted[0]}, {wanted[1]}))",)
    else:
        hints = ()
    return Diagnostic("wrong_shape", f"{text} is {spell_size(found)}, and all of {name} is {size}", hints=hints)
