"""Breakpoints and watches in words, for the screen and for the linear mode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.calculus.layouts import spell_size
from engine.calculus.typeset import spell_cell
from engine.diagnostics import Diagnostic
from engine.session import State, actions
from engine.session.watching import FACTOR, value_at

_SHAPE = re.compile(r"(\d+)\s*[x×]\s*(\d+)(?:\s*[x×]\s*(\d+))?")
_LAYER = re.compile(r"layer\s+(\d+)")


def break_of(text: str) -> actions.Break:
    """What is typed as a breakpoint: `dz3/da2`, `layer 2`, `3×2`, or a condition."""
    text = text.strip()
    plain = text.replace("∂", "d")
    if FACTOR.fullmatch(plain):
        return actions.Break(factor=plain)
    if match := _LAYER.fullmatch(text):
        return actions.Break(layer=int(match[1]))
    if match := _SHAPE.fullmatch(text):
        return actions.Break(shape=[int(size) for size in match.groups() if size])
    return actions.Break(when=text)


def watch_lines(state: State) -> Iterator[str]:
    """`norm(delta2) = 0.157` for each watch: a number, a small matrix, or why it has no value."""
    for text in state.watches:
        yield f"{text} = {_watched(state, text)}"


def _watched(state: State, text: str) -> str:
    try:
        value = value_at(state, text)
    except Diagnostic as problem:
        return problem.message
    if value is None:
        return "not reached yet"
    if value.size == 1:
        return spell_cell(float(value.item()))
    rows = value.reshape(-1, value.shape[-1] if value.ndim > 1 else 1)[:3, :6].tolist()
    shown = "; ".join("  ".join(spell_cell(cell) for cell in row) for row in rows)
    more = " …" if value.size > sum(map(len, rows)) else ""
    return f"{spell_size(value.shape)} [ {shown}{more} ]"
