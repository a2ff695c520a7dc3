"""The Network that a program was written by, read back from its lines."""

from __future__ import annotations

import re

from engine.calculus.network import BY_VECTOR, Network, Samples, WeightIndices
from engine.calculus.program import Program
from engine.diagnostics import Diagnostic
from engine.formula import spell
from engine.formula.syntax import Call, Name, substitute

_WEIGHT = re.compile(r"W(\d+)")
_LOSS = re.compile(r"[LE] = (\w+)\(\w+, y\)( / \d+)?")
_PENALTY = re.compile(r"R = (\S+) \* \(")


def network_of(program: Program) -> Network | None:
    """The network whose program this is, whatever its numbers; None of a program that no network writes."""
    layers = sorted(int(match[1]) for name in program.inputs if (match := _WEIGHT.fullmatch(name)))
    if not layers or "x" not in program.inputs:
        return None
    for samples in Samples:
        try:
            network = _candidate(program, layers, samples)
        except (Diagnostic, KeyError, ValueError):
            continue
        if network is not None and _writes(network, program):
            return network
    return None


def _candidate(program: Program, layers: list[int], samples: Samples) -> Network | None:
    """What the program may have been written by, if its samples lie so."""
    plan = program.plan
    in_columns = samples is Samples.COLUMNS
    shapes = [tuple(map(int, plan.inputs[name])) for name in ("x", *(f"W{layer}" for layer in layers))]
    batch = shapes[0][1 if in_columns else 0]
    out = 1 if samples is Samples.ROWS else 0
    sizes = [shapes[0][0 if in_columns else 1], *(shape[out] for shape in shapes[1:])]
    texts = [line.text for line in plan.lines.values()]
    loss = next((match for text in texts if (match := _LOSS.fullmatch(text))), None)
    if loss is None:
        return None
    penalty = next((match for text in texts if (match := _PENALTY.match(text))), None)
    return Network(
        sizes, [_activation(program, layer) for layer in layers], _plain(loss[1]), bias=f"b{layers[0]}" in plan.inputs,
        first_layer=layers[0] - 1, batch=batch, samples=samples, reduction="mean" if loss[2] else "sum",
        l2=2 * float(penalty[1]) if penalty else 0.0,
        weight_indices=WeightIndices.SOURCE_TARGET if plan.source_target else WeightIndices.ROW_COLUMN,
    )  # fmt: skip


def _activation(program: Program, layer: int) -> str:
    """The activation's name, or its formula of z."""
    expression, z = program.plan.lines[f"a{layer}"].expression, Name(f"z{layer}")
    if isinstance(expression, Call) and expression.arguments == (z,) and not expression.derivative:
        return _plain(expression.function)
    return spell(substitute(expression, lambda part: Name("z") if part == z else None))


def _plain(name: str) -> str:
    """`softmax_cols` as `softmax`: a network says which by how its samples lie."""
    stem = re.sub(r"_(cols|rows)$", "", name)
    return stem if stem in BY_VECTOR else name


def _writes(network: Network, program: Program) -> bool:
    shapes = {name: tuple(map(int, shape)) for name, shape in network.shapes().items()}
    own = {name: tuple(map(int, shape)) for name, shape in program.plan.inputs.items()}
    return shapes == own and network.forward() == [line.text for line in program.plan.lines.values()]
