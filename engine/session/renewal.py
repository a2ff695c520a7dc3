"""Another network in place of the present program: which numbers stay, and what is looked at afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.calculus import Network, Program
from engine.calculus.fused import fused_delta
from engine.diagnostics import Diagnostic, Diagnostics
from engine.session.actions import SetNetwork
from engine.session.state import State, View


def network_for(action: SetNetwork) -> Network:
    """The network that the action asks for; raises the Diagnostics of Network."""
    return Network(
        action.sizes, action.activations, action.loss, action.bias, action.first_layer, action.batch, action.samples,
        action.reduction, action.l2, action.weight_indices,
    )  # fmt: skip


def renewed(program: Program, action: SetNetwork) -> Program:
    """The program of the network that is asked for, with the numbers of `program` where name and shape are the same.

    Raises a Diagnostic for what Network or Program refuse.
    """
    try:
        made = network_for(action).program(seed=action.seed)
    except Diagnostics as several:
        raise several.problems[0] from None
    if not action.keep:
        return made
    kept = {
        name: value for name, value in program.inputs.items()
        if name in made.inputs and made.inputs[name].shape == value.shape
    }  # fmt: skip
    return made.with_values(kept)


def refitted(state: State, program: Program) -> State:
    """`state` with a program of other lines: before the first factor, with the same view where that still makes sense.

    Nothing of the old program can be compared with the new one, entry by entry.
    """
    for view in _views(state.view, program):
        try:
            steps = tuple(view.derive(program))
        except Diagnostic:
            continue
        return replace(state, program=program, view=view, steps=steps, cursor=0, inside=None, compared=None,
                       diagnosis=None)  # fmt: skip
    raise Diagnostic("no_path", f"{program.loss} depends on no parameter")


def _views(view: View, program: Program) -> Iterator[View]:
    """What to look at, from the most similar to the simplest."""
    simplest = [(name, program.loss) for name in program.parameters[:1]]
    for target, of in ((view.target, view.of), (view.target, program.loss), *simplest):
        fused = view.fused and of in program.plan.lines and fused_delta(program.plan, of) is not None
        yield replace(view, target=target, of=of, entry=None, fused=fused)
