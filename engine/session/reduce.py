"""`reduce(state, action) -> State`: the only place where anything changes. No clock, no randomness, no input or output.

An action that makes no sense raises a Diagnostic that says what would, and nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized
from dataclasses import replace
from typing import Any

import numpy as np
from msgspec import UNSET, UnsetType
from msgspec.structs import replace as replace_struct

from engine.calculus import Program
from engine.calculus.descent import descended
from engine.calculus.fused import DELTAS, fused_delta
from engine.calculus.route import ALL
from engine.diagnostics import Diagnostic, did_you_mean
from engine.session import actions
from engine.session.conditions import checked_condition
from engine.session.edits import computed
from engine.session.expect import check
from engine.session.history import pushed
from engine.session.inside import moved, step_into, step_out
from engine.session.questions import answer, ask
from engine.session.renewal import refitted, renewed
from engine.session.state import Outcome, State, opened, viewed
from engine.session.stops import next_stop
from engine.session.watching import FACTOR, MOST, checked_formula


def reduce(state: State, action: actions.Action) -> State:
    """The state after `action`; raises a Diagnostic where the action cannot be done, such as `at_the_end`."""
    apply = _REDUCERS[type(action)]
    after = apply(replace(state, outcome=None, stopped=""), action)
    if isinstance(action, actions.Expect | actions.Pause) and not action.say:
        return after  # a check and a pause leave standing what was said
    is_about_it = after.shows_diagnosis and isinstance(action, actions.Ask | actions.Answer)
    after = replace(after, shows_diagnosis=is_about_it or isinstance(action, actions.Diagnose))
    if isinstance(action, actions.Answer):
        return replace(after, say=action.say or after.quiz.reply)
    return replace(after, say=action.say)


def _step(state: State, action: actions.Step) -> State:
    if state.inside is not None:
        return moved(state, action.count)
    left = len(state.steps) - state.cursor
    if left == 0:
        raise Diagnostic("at_the_end", "every factor has been joined: the derivation is complete",
                         hints=("go back, or choose another target",))  # fmt: skip
    return replace(state, cursor=state.cursor + min(action.count, left))


def _back(state: State, action: actions.Back) -> State:
    if state.inside is not None:
        return moved(state, -action.count)
    if state.cursor == 0:
        raise Diagnostic("at_the_start", "no factor has been joined yet", hints=("step forward",))
    return replace(state, cursor=max(0, state.cursor - action.count))


def _continue(state: State, action: actions.Continue) -> State:
    state = replace(state, inside=None)
    if action.to_end or not state.breakpoints:
        return replace(state, cursor=len(state.steps))
    cursor, reason = next_stop(state)
    return replace(state, cursor=cursor, stopped=reason)


def _break(state: State, action: actions.Break) -> State:
    point = replace_struct(action, say="")
    chosen = [part for part in (point.factor, point.layer, point.shape, point.when) if part is not UNSET]
    if len(chosen) != 1:
        raise Diagnostic("bad_action", "a breakpoint is on one of these: a factor, a layer, a shape, or a condition")
    if point in state.breakpoints:
        return replace(state, breakpoints=tuple(other for other in state.breakpoints if other != point))
    if isinstance(point.factor, str) and not FACTOR.fullmatch(point.factor):
        raise Diagnostic("bad_value", f"a factor is written as dz3/da2, and {point.factor[:60]} is not")
    if not isinstance(point.layer, UnsetType) and f"z{point.layer}" not in state.program.plan.lines:
        layers = [name[1:] for name in state.program.plan.lines if name[0] == "z" and name[1:].isdigit()]
        raise Diagnostic("bad_value", f"there is no layer {point.layer}", hints=(f"layers: {', '.join(layers)}",))
    if isinstance(point.when, str):
        checked_condition(state, point.when)
    _require_room(state.breakpoints, "breakpoints")
    return replace(state, breakpoints=(*state.breakpoints, point))


def _watch(state: State, action: actions.Watch) -> State:
    text = action.formula.strip()
    if text in state.watches:
        return replace(state, watches=tuple(other for other in state.watches if other != text))
    checked_formula(state, text)
    _require_room(state.watches, "watches")
    return replace(state, watches=(*state.watches, text))


def _require_room(there: Sized, what: str) -> None:
    if len(there) >= MOST:
        raise Diagnostic("too_many", f"a session has {MOST} {what} at most", hints=("take one away first",))


def _jump(state: State, action: actions.Jump) -> State:
    if (action.factor is UNSET) == (action.step is UNSET):
        raise Diagnostic("bad_action", 'jump needs either `factor`, such as "dz3/da2", or `step`, a number')
    if isinstance(action.step, int):
        if action.step > len(state.steps):
            raise Diagnostic("bad_value", f"there is no step {action.step}: the derivation has {len(state.steps)}")
        return replace(state, cursor=action.step, inside=None)
    names = [step.factor.name for step in state.steps]
    if action.factor not in names:
        hints = did_you_mean(str(action.factor), names) or (f"there are: {', '.join(names)}",)
        raise Diagnostic("unknown_name", f"the chain has no factor {action.factor}", hints=hints)
    return replace(state, cursor=names.index(action.factor) + 1, inside=None)


def _target(state: State, action: actions.Target) -> State:
    of = state.view.of if action.of is UNSET else action.of
    return viewed(state, target=action.target, of=of, entry=None)


def _set_layout(state: State, action: actions.SetLayout) -> State:
    return replace(viewed(state, layout=action.layout), inside=state.inside)  # the parts are the same in both


def _set_form(state: State, action: actions.SetForm) -> State:
    entry = state.view.entry if isinstance(action.entry, type(UNSET)) else (action.entry[0], action.entry[1])
    return viewed(state, form=action.form, entry=entry)


def _set_order(state: State, action: actions.SetOrder) -> State:
    return viewed(state, order=action.order)


def _set_fused(state: State, action: actions.SetFused) -> State:
    if action.fused and fused_delta(state.program.plan, state.view.of) is None:
        pairs = ", ".join(f"{loss} after {activation}" for loss, activation in list(DELTAS)[:3])
        raise Diagnostic("nothing_to_fuse", f"∂{state.view.of}/∂a and ∂a/∂z of the output do not simplify to a − y",
                         hints=(f"they do for {pairs}",))  # fmt: skip
    return viewed(state, fused=action.fused)


def _require_input(program: Program, name: str) -> None:
    if name in program.plan.lines:
        raise Diagnostic("not_an_input", f"{name} is computed: edit what it is computed from",
                         hints=(f"inputs: {', '.join(program.inputs)}",))  # fmt: skip
    if name not in program.inputs:
        raise Diagnostic("unknown_name", f"the program has no input called {name}",
                         hints=did_you_mean(name, program.inputs))  # fmt: skip


def _edit(state: State, action: actions.Edit) -> State:
    program = state.program
    _require_input(program, action.name)
    if isinstance(action.value, str):
        action = computed(program, action, state.view.of)
    if isinstance(action.at, UnsetType):
        return _with_numbers(state, program.with_values({action.name: action.value}))
    value = np.array(program.inputs[action.name])
    row, column = action.at
    matrix = value.reshape(program.plan.shape(action.name))
    if row >= matrix.shape[0] or column >= matrix.shape[1]:
        raise Diagnostic("bad_value", f"{action.name} has no entry [{row}, {column}]: it is "
                         f"{matrix.shape[0]}×{matrix.shape[1]}, counted from 0")  # fmt: skip
    if not isinstance(action.value, int | float):
        raise Diagnostic("bad_value", f"the entry [{row}, {column}] of {action.name} must be one number")
    matrix[row, column] = action.value
    return _with_numbers(state, program.with_values({action.name: value}))


def _set_values(state: State, action: actions.SetValues) -> State:
    for name in action.values:
        _require_input(state.program, name)
    return _with_numbers(state, state.program.with_values(action.values))


def _update(state: State, action: actions.Update) -> State:
    return _with_numbers(state, descended(state.program, state.view.of, action.rate, action.count))


def _dismiss(state: State, _: actions.Dismiss) -> State:
    if state.compared is None:
        raise Diagnostic("nothing_to_dismiss", "no edit is shown that could be put away")
    return replace(state, compared=None)


def _set_network(state: State, action: actions.SetNetwork) -> State:
    return _with_numbers(state, renewed(state.program, action))


def _undo(state: State, _: actions.Undo) -> State:
    if not state.past:
        raise Diagnostic("nothing_to_undo", "no edit has been made that could be undone")
    restored = _with_program(state, state.past[-1])
    return replace(restored, past=state.past[:-1], future=pushed(state.future, state.program))


def _redo(state: State, _: actions.Redo) -> State:
    if not state.future:
        raise Diagnostic("nothing_to_redo", "nothing has been undone that could be done again")
    restored = _with_program(state, state.future[-1])
    return replace(restored, past=pushed(state.past, state.program), future=state.future[:-1])


def _reset(state: State, _: actions.Reset) -> State:
    program, view = state.opening
    past = state.past if program is state.program else pushed(state.past, state.program)
    return replace(opened(program, view), opening=state.opening, past=past, quiz=state.quiz,
                   breakpoints=state.breakpoints, watches=state.watches)  # fmt: skip


def _note(state: State, _: actions.Note) -> State:
    return state


def _pause(state: State, action: actions.Pause) -> State:
    if (action.seconds is UNSET) == (action.until is UNSET):
        raise Diagnostic("bad_action", 'a pause has either `seconds`, such as 2.5, or `until = "key"`')
    return state


def _expect(state: State, action: actions.Expect) -> State:
    return replace(state, outcome=check(state, action))


def _diagnose(state: State, action: actions.Diagnose) -> State:
    target = state.view.target if isinstance(action.target, UnsetType) else action.target
    if target == ALL:
        raise Diagnostic("bad_action", "a formula is judged for one target, and the target is `all`",
                         hints=("choose a target, or give one",))  # fmt: skip
    from engine.doctor import examine  # a session opens sooner without it

    diagnosis = examine(state.program, target, action.formula, of=state.view.of)
    outcome = None
    if not isinstance(action.verdict, UnsetType):
        is_so = diagnosis.verdict is action.verdict
        failure = f"the verdict of {action.formula} is {diagnosis.verdict}, not {action.verdict}: {diagnosis.summary}"
        outcome = Outcome(is_so, () if is_so else (failure,))
    return replace(state, diagnosis=diagnosis, outcome=outcome)


def _with_numbers(state: State, program: Program) -> State:
    """The state with edited numbers, the former ones kept for Undo."""
    changed = _with_program(state, program)
    return replace(changed, past=pushed(state.past, state.program), future=())


def _with_program(state: State, program: Program) -> State:
    _ = program.values  # the forward pass is refused here if it overflows, before anything has changed
    if program.plan is not state.program.plan:
        return refitted(state, program)
    return replace(state, program=program, steps=tuple(state.view.derive(program)), compared=state.program)


_REDUCERS: Mapping[type[actions.Action], Callable[[State, Any], State]] = {
    actions.Step: _step,
    actions.Back: _back,
    actions.StepInto: step_into,
    actions.StepOut: step_out,
    actions.Continue: _continue,
    actions.Break: _break,
    actions.Watch: _watch,
    actions.Jump: _jump,
    actions.Target: _target,
    actions.SetLayout: _set_layout,
    actions.SetForm: _set_form,
    actions.SetOrder: _set_order,
    actions.SetFused: _set_fused,
    actions.Edit: _edit,
    actions.SetValues: _set_values,
    actions.Update: _update,
    actions.Dismiss: _dismiss,
    actions.SetNetwork: _set_network,
    actions.Undo: _undo,
    actions.Redo: _redo,
    actions.Reset: _reset,
    actions.Note: _note,
    actions.Pause: _pause,
    actions.Expect: _expect,
    actions.Diagnose: _diagnose,
    actions.Ask: ask,
    actions.Answer: answer,
}
