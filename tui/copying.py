"""What can be taken out of the present step by copying: matrices as NumPy literals, formulas, LaTeX, NumPy code."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from engine.calculus import Order, Step
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic, did_you_mean
from engine.interop import latex_step, numpy_code, numpy_literal
from engine.session import State

MAX_ENTRIES = 20_000
"""Numbers of the largest matrix that is written out."""
MAX_CLIPBOARD = 74_000
"""Bytes that every terminal with a clipboard takes; some take no more."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to copy."""

    word: str
    """How it is called at a prompt."""
    label: str
    """What it is, for a list."""
    make: Callable[[], str]
    """The text. Raises a Diagnostic where there is none, or too much of it."""


def pieces(state: State) -> list[Piece]:
    """All that can be copied now, the most likely first."""
    return [*_of_step(state), *_of_derivation(state), *_of_values(state)]


def piece_named(state: State, word: str) -> Piece:
    """The piece of that word. Raises a Diagnostic `unknown_name`."""
    found = {piece.word: piece for piece in pieces(state)}
    if word not in found:
        hints = did_you_mean(word, found) or (f"there are: {', '.join(found)}",)
        raise Diagnostic("unknown_name", f"there is nothing called {word} to copy", hints=hints)
    return found[word]


def _of_step(state: State) -> Iterator[Piece]:
    step = state.current
    if step is None:
        return
    name = fraction(step.factor.numerator, step.factor_by)
    yield _matrix("new", f"new product {fraction(step.product.of, step.by)}", step.after)
    yield _matrix("factor", f"factor {name} = {step.factor}", step.factor.shown)
    if step.before is not None:
        yield _matrix("before", f"product so far {_so_far(step)}", step.before)
    over_vec = ", stacked by vec" if len(step.factor.shape) == 3 else ""
    yield Piece("formula", f"formula of {name}{over_vec}: {step.factor.formula}", lambda: step.factor.formula)
    yield Piece("latex", f"step {state.cursor} in LaTeX", lambda: latex_step(state.program, step))


def _so_far(step: Step) -> str:
    assert step.upstream is not None
    return fraction(step.upstream.of, step.by if step.order is Order.FORWARD else step.upstream.name)


def _of_derivation(state: State) -> Iterator[Piece]:
    view = state.view
    make = partial(numpy_code, state.program, view.target, of=view.of, fused=view.fused)
    yield Piece("numpy", f"NumPy code of {fraction(view.of, view.target)}", make)


def _of_values(state: State) -> Iterator[Piece]:
    for name in state.program.values:
        yield _matrix(name, f"value {name}", Shown.of(state.program.matrix(name)))


def _matrix(word: str, label: str, shown: Shown) -> Piece:
    shape = tuple(shown.shape)
    return Piece(word, f"{label}, {spell_size(shape)}", partial(_literal, shown))


def _literal(shown: Shown) -> str:
    count = math.prod(shown.shape)
    if count > MAX_ENTRIES:
        message = f"{spell_size(shown.shape)} has {count:,} numbers, and {MAX_ENTRIES:,} are copied at most"
        raise Diagnostic("too_large", message, hints=("the NumPy code computes it",))
    text = numpy_literal(shown.value).replace("\n    ", "\n")  # it is indented as in the body of a function
    return re.sub(r"\b(inf|nan)\b", r"np.\1", text)
