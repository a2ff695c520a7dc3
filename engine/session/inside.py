"""Stepping into a step: the state of being at one of its parts, and what moves it.

The parts are the same derivatives in the same order in both layouts, so that flipping the layout stays at the part.
Whatever leads to another step, or shows this one in another form, steps out.
"""

from __future__ import annotations

from dataclasses import replace

from msgspec import UnsetType

from engine.calculus.inside import Inside, Part
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic
from engine.session import actions
from engine.session.state import State


def step_into(state: State, action: actions.StepInto) -> State:
    """At a part of the factor joined last, the first unless given.

    Raises a Diagnostic `nothing_to_step_into` before the first factor, `already_inside`, and `bad_value` for a part
    that there is not.
    """
    if state.current is None:
        raise Diagnostic("nothing_to_step_into", "no factor has been joined yet, so there is nothing to step into",
                         hints=("join a factor first",))  # fmt: skip
    if isinstance(action.part, UnsetType):
        if state.inside is not None:
            raise Diagnostic("already_inside", "there is nothing to step into further: this is one number's sum",
                             hints=("step forward to the next part, or step out",))  # fmt: skip
        return replace(state, inside=0)
    count = Inside(state.current).count
    if action.part >= count:
        raise Diagnostic("bad_value", f"there is no part {action.part}: this step has {count} parts, counted from 0")
    return replace(state, inside=action.part)


def step_out(state: State, _: actions.StepOut) -> State:
    """Back to the step as a whole; raises a Diagnostic `not_inside`."""
    if state.inside is None:
        raise Diagnostic("not_inside", "there is nothing to step out of", hints=("step into a factor first",))
    return replace(state, inside=None)


def moved(state: State, by: int) -> State:
    """Some parts on or back; from the last one and from the first it steps out, as a debugger returns to the caller."""
    assert state.inside is not None
    assert state.current is not None
    last = Inside(state.current).count - 1
    end = last if by > 0 else 0
    if state.inside == end:
        return replace(state, inside=None)
    return replace(state, inside=max(0, min(last, state.inside + by)))


def title(state: State, part: Part) -> str:
    """`inside ∂L/∂a2: entry [1,0], 2 of 6`."""
    step = state.current
    assert step is not None
    assert state.inside is not None
    whole = fraction(step.product.of, step.by)
    return f"inside {whole}: {part.title}, {state.inside + 1} of {Inside(step).count}"
