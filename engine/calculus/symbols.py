"""What a formula of a user may name besides the program's values: `N`, and `delta3`, `δ3` or `dz3` for ∂L/∂z3."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from engine.calculus.chain import derive
from engine.calculus.layouts import Layout
from engine.calculus.program import DATA_NAMES, Plan, Program
from engine.formula import Array

_DELTA = re.compile(r"(?:delta|dz)(\d*)")


def symbol_values(program: Program, names: Iterable[str], of: str | None = None) -> dict[str, Array]:
    """The program's values, and those further symbols that are among `names`.

    `delta3` is the gradient of `of` (the loss unless given) by z3, in z3's own shape. `N` is the number of samples,
    unless the program has an N of its own.
    """
    values = dict(program.values)
    for name in names:
        if name in values:
            continue
        match = _DELTA.fullmatch(name)
        if match and f"z{match[1]}" in program.plan.lines:
            *_, last = derive(program, f"z{match[1]}", of=of, layout=Layout.DENOMINATOR)
            values[name] = last.result.value
        elif name == "N":
            values[name] = np.asarray(float(samples(program.plan)))
    return values


def samples(plan: Plan) -> int:
    """The number of samples: the size called N, or the dimension that the input x and the labels y share; else 1."""
    shapes = [shape for name, shape in plan.inputs.items() if name in DATA_NAMES and len(shape) == 2]
    for size in (size for shape in shapes for size in shape):
        if getattr(size, "name", None) == "N":
            return int(size)
    shared = [axis for axis in (0, 1) if len({int(shape[axis]) for shape in shapes}) == 1]
    # Where both dimensions are shared, the samples are the longer way to lie, as in an autoencoder: columns.
    return int(shapes[0][shared[-1]]) if len(shapes) > 1 and shared else 1
