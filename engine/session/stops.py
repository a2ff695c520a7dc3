"""Where breakpoints hold, and where a run stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UnsetType

from engine.calculus.layouts import spell_size
from engine.calculus.typeset import fraction
from engine.session.actions import Break
from engine.session.conditions import checked_at, why_true
from engine.session.watching import FACTOR, completed

if TYPE_CHECKING:
    from engine.session.state import State


def next_stop(state: State) -> tuple[int, str]:
    """How many factors are joined where a run from here stops, and why; at the end for no reason."""
    ahead: dict[int, list[Break]] = {}
    for point in state.breakpoints:
        for step in _places(state, point):
            if step > state.cursor:
                ahead.setdefault(step, []).append(point)
    for step in sorted(ahead):
        reasons = [reason for point in ahead[step] if (reason := _reason(state, point, step))]
        if reasons:
            return step, "; ".join(reasons)
    return len(state.steps), ""


def _places(state: State, point: Break) -> list[int]:
    """The numbers of the factors at which a breakpoint holds, or of a condition the one at which it is checked."""
    if isinstance(point.when, str):
        step, _ = checked_at(state, point.when)
        return [] if step is None else [step]
    if not isinstance(point.layer, UnsetType):
        step = completed(state).get(f"z{point.layer}")
        return [] if step is None else [step]
    if isinstance(point.factor, str):
        return [step.index + 1 for step in state.steps if step.factor.name == point.factor]
    assert not isinstance(point.shape, UnsetType)
    shape = tuple(point.shape)
    return [
        step.index + 1 for step in state.steps if shape in (tuple(step.factor.shape), tuple(step.after.shape))
    ]  # fmt: skip


def _reason(state: State, point: Break, step: int) -> str:
    """Why a breakpoint stops the run at one of its places; empty where its condition is false."""
    if isinstance(point.when, str):
        return why_true(state, point.when, step)
    if not isinstance(point.layer, UnsetType):
        return f"layer {point.layer}: {fraction(state.view.of, f'z{point.layer}')} is complete"
    if isinstance(point.factor, str):
        return f"the factor {spell_break(point)}"
    there = state.steps[step - 1]
    what = "the factor" if spell_size(tuple(there.factor.shape)) == spell_break(point) else "the new product"
    return f"{what} is {spell_break(point)}"


def where(state: State, point: Break) -> str:
    """Where a breakpoint holds in this derivation, in words, or why it never does."""
    if isinstance(point.when, str):
        step, why = checked_at(state, point.when)
        return why if step is None else f"checked at step {step}"
    steps = [str(step) for step in _places(state, point)]
    if not steps:
        return f"nowhere on the way to {state.view.target}"
    more = ["…"] if len(steps) > 6 else []
    return f"step{'s'[: len(steps) > 1]} {', '.join([*steps[:6], *more])}"


def spell_break(point: Break) -> str:
    """`∂z3/∂a2`, `layer 2`, `3×2`, or the condition."""
    if isinstance(point.factor, str):
        match = FACTOR.fullmatch(point.factor)
        assert match is not None
        return fraction(match[1], match[2])
    if not isinstance(point.layer, UnsetType):
        return f"layer {point.layer}"
    return spell_size(tuple(point.shape)) if not isinstance(point.shape, UnsetType) else str(point.when)
