"""What a formula of a user may name besides the program's values: the number of samples `N` or `m`, and gradients.

`delta3`, `δ3` and `dz3` are ∂L/∂z3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from engine.calculus.chain import derive
from engine.calculus.layouts import Layout
from engine.calculus.program import DATA_NAMES, Plan, Program
from engine.formula import Array

SAMPLES = ("N", "m")
"""What the number of samples is called in notes and in code."""
_DELTA = re.compile(r"(?:delta|dz)(\d*)")


def symbol_values(program: Program, names: Iterable[str], of: str | None = None) -> dict[str, Array]:
    """The program's values, and those further symbols that are among `names`.

    `delta3` is the gradient of `of` (the loss unless given) by z3, in z3's own shape. `N` and `m` are the number of
    samples, unless the program has a value of that name.
    """
    values = dict(program.values)
    for name in names:
        if name in values:
            continue
        match = _DELTA.fullmatch(name)
        if match and f"z{match[1]}" in program.plan.lines:
            *_, last = derive(program, f"z{match[1]}", of=of, layout=Layout.DENOMINATOR)
            values[name] = last.result.value
        elif name in SAMPLES:
            values[name] = np.asarray(float(samples(program.plan)))
    return values


def with_gradients(program: Program, names: Iterable[str], of: str | None = None) -> dict[str, Array]:
    """As `symbol_values`, and `dW2` too: the gradient of `of` (the loss unless given) by W2, in W2's own shape.

    Raises a Diagnostic `no_path` for a gradient by what `of` does not depend on.
    """
    of, names = of or program.loss, list(names)
    values = symbol_values(program, names, of)
    known = gradient_names(program, of)
    for name in names:
        if name not in values and name in known:
            *_, last = derive(program, name[1:], of=of, layout=Layout.DENOMINATOR)
            values[name] = last.result.value
    return values


def gradient_names(program: Program, of: str) -> list[str]:
    """`dW2` for everything that the scalar `of` may be differentiated by, unless the program has such a name."""
    if program.plan.shape(of) != (1, 1):
        return []
    return [f"d{name}" for name in program.targets if f"d{name}" not in program.values and name != of]


def delta_name(plan: Plan, of: str, name: str) -> str | None:
    """`delta3` for ∂L/∂z3, where that is what `delta3` stands for; None for every other derivative."""
    is_delta = of == plan.loss and re.fullmatch(r"z\d*", name) and name in plan.lines
    delta = f"delta{name[1:]}"
    return delta if is_delta and delta not in plan.shapes.names else None


def samples(plan: Plan) -> int:
    """The number of samples: the size called N, or the dimension that the input x and the labels y share; else 1."""
    place = samples_axis(plan)
    return 1 if place is None else int(plan.inputs[place[0]][place[1]])


def samples_axis(plan: Plan) -> tuple[str, int] | None:
    """An input, and the axis along which its samples lie; None of a single sample."""
    shapes = {name: shape for name, shape in plan.inputs.items() if name in DATA_NAMES and len(shape) == 2}
    for name, shape in shapes.items():
        for axis, size in enumerate(shape):
            if getattr(size, "name", None) == "N":
                return name, axis
    shared = [axis for axis in (0, 1) if len({int(shape[axis]) for shape in shapes.values()}) == 1]
    # Where both dimensions are shared, the samples are the longer way to lie, as in an autoencoder: columns.
    return (next(iter(shapes)), shared[-1]) if len(shapes) > 1 and shared else None
