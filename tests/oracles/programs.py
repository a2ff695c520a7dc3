"""Random programs, the same for the same seed: layered networks, constructs beyond layers, and random formulas.

Dimensions are pairwise distinct wherever the mathematics lets them be, no matrix is symmetric, and no argument of a
function with a kink lies near it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine import Diagnostic, Network, Program
from engine.calculus.network import LOSSES
from engine.formula import FUNCTIONS, Array, Pointwise, evaluate
from engine.formula.definitions import inlined
from engine.formula.functions import Definition
from engine.formula.syntax import COMPARISONS, Binary, Call, Node, walk
from tests.oracles.beyond import CONSTRUCTS
from tests.oracles.draws import Draw
from tests.oracles.trees import Tree

MARGIN = 1e-3
"""How far every argument stays away from a kink."""
LARGEST, SMALLEST = 1e3, 1e-6
"""What the entries of a value may be at most, and the largest of them at least."""
ATTEMPTS = 500

ANYWHERE = [
    "identity", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus", "silu", "gelu", "Phi", "phi", "exp", "sin",
    "cos", "clip", "huber_penalty", "abs", "sign", "softmax", "log_softmax", "z * sigmoid(1.7 * z)", "z / 2 + tanh(z)",
]  # fmt: skip
"""Activations that are defined everywhere."""
POSITIVE_ONLY = ["log", "sqrt"]
"""Activations of positive numbers, which stand in a first layer of positive weights."""
BELOW_ONE = ["softmax", "sigmoid", "Phi"]
"""Activations whose values are probabilities."""
ABOVE_ZERO = [*BELOW_ONE, "softplus", "phi", "exp"]
BENT = {"elu": (0.0,), "huber_penalty": (-1.0, 1.0)}
"""Where functions without a kink have a derivative with one."""


WITHIN = {
    "Phi": (-3.0, 3.0), "gelu": (-3.0, 3.0), "phi": (-5.0, 5.0), "tanh": (-5.0, 5.0), "sigmoid": (-10.0, 10.0),
    "softplus": (-10.0, 100.0), "binary_cross_entropy": (1e-4, 1 - 1e-4),
}  # fmt: skip
"""Where the values of a function, and what they differ from 1 by, are known to enough digits."""
WIDEST = 10.0
"""Difference between the largest and the smallest argument of a softmax."""


def random_program(seed: int) -> tuple[Program, str]:
    """A program whose values are tame, and what kind of program it is."""
    draw = Draw(np.random.default_rng(seed))
    kind = (_network, _construct, _formulas)[int(draw.generator.choice(3, p=[0.4, 0.3, 0.3]))]
    for _ in range(ATTEMPTS):
        program, description = kind(draw)
        if _is_tame(program):
            return program, description
    raise AssertionError(f"no tame program from seed {seed}")


def _network(draw: Draw) -> tuple[Program, str]:
    depth = draw.integer(1, 4)
    lowest = draw.one([1, 2, 2, 2])
    *sizes, batch = draw.distinct(depth + 2, lowest, lowest + 5)
    network = Network(
        sizes,
        (activations := [draw.one(ANYWHERE) for _ in range(depth)]),
        (loss := draw.one(list(LOSSES))),
        bias=draw.chance(0.5),
        first_layer=draw.integer(0, 1),
        batch=draw.one([1, batch]),
        samples=(samples := draw.one(["columns", "rows", "rows_transposed"])),
        reduction=draw.one(["sum", "mean"]),
        l2=draw.one([0.0, 0.0, 0.3]),
        weight_indices=draw.one(["row_column", "source_target"]),
    )
    if draw.chance(0.15):
        activations[0] = draw.one(POSITIVE_ONLY)
    if loss == "cross_entropy":
        activations[-1] = draw.one(ABOVE_ZERO)
    if loss == "binary_cross_entropy":
        activations[-1] = draw.one(BELOW_ONE)
    values = {name: draw.array(shape) for name, shape in network.shapes().items()}
    if activations[0] in POSITIVE_ONLY:
        first = str(network.layers[0])
        values = {name: np.abs(value) if name in ("x", f"W{first}", f"b{first}") else value
                  for name, value in values.items()}  # fmt: skip
    if "cross_entropy" in loss:
        values["y"] = np.abs(values["y"]) / 1.3
        if loss in ("cross_entropy", "softmax_cross_entropy"):
            values["y"] /= values["y"].sum(axis=0 if samples == "columns" else 1, keepdims=True)
    return network.program(values), str(network)


def _construct(draw: Draw) -> tuple[Program, str]:
    construct = draw.one(CONSTRUCTS)
    lines, shapes = construct(draw)
    return _with_numbers(draw, lines, shapes), construct.__name__


def _formulas(draw: Draw) -> tuple[Program, str]:
    """Lines that read the lines above them, and a number at the end."""
    tree = Tree(draw)
    lines: list[str] = []
    count = draw.integer(1, 4)
    for number in range(1, count + 1):
        name, shape = f"v{number}", tuple(draw.distinct(2, draw.one([1, 2]), 5))
        if draw.chance(0.15):
            shape = (shape[0], shape[0])
        formula = tree.matrix(shape, draw.integer(1, 3))
        if number > 1:
            earlier = tree.reading(draw.one([f"v{number - 1}", f"v{draw.integer(1, number - 1)}"]), shape)
            formula = draw.one(["{0} + {1}", "{1} - {0}", "{0} * {1}", "tanh({1}) * {0}"]).format(formula, earlier)
        lines.append(f"{name} = {formula}")
        tree.lines[name] = shape
    last = f"v{count}"
    total = draw.one(["sum(tanh({}))", "mean({}**2)", "norm({})", "sum({})", "sum(exp(sin({})))"]).format(last)
    if draw.chance(0.4):
        total += f" {draw.one('+-*')} {tree.scalar(2)}"
    lines.append(f"L = {total}")
    return _with_numbers(draw, lines, tree.inputs), "formulas"


def _with_numbers(draw: Draw, lines: list[str], shapes: dict[str, tuple[int, ...]]) -> Program:
    return Program(lines, shapes, {name: draw.array(shape) for name, shape in shapes.items()})


def _is_tame(program: Program) -> bool:
    try:
        values = program.values
    except Diagnostic:
        return False
    largest = [float(np.abs(value).max()) for value in values.values()]
    if min(largest) < SMALLEST or max(largest) > LARGEST:
        return False
    return not any(
        _is_near_edge(part, program) for line in program.plan.lines.values() for part in _edged(line.expression)
    )


def _edged(node: Node) -> Iterator[Call | Binary]:
    """Everything that may have an edge, and what the losses among it are made of."""
    for part in walk(node):
        if isinstance(part, Call):
            yield part
            if isinstance(FUNCTIONS[part.function], Definition):
                yield from _edged(inlined(part))
        if isinstance(part, Binary) and part.operator in COMPARISONS:
            yield part


def _is_near_edge(part: Call | Binary, program: Program) -> bool:
    """Whether an argument lies near a kink, or so far out that rounding decides what a difference from 1 is."""
    if isinstance(part, Binary) or part.function in ("maximum", "minimum"):
        first, second = (evaluate(operand, program.values) for operand in part.children)
        return bool(np.abs(first - second).min() < MARGIN)
    function = FUNCTIONS[part.function]
    if not part.arguments or function.name in ("ones", "zeros", "eye"):
        return False
    argument = evaluate(part.arguments[0], program.values)
    kinks = BENT.get(function.name) or (function.kinks if isinstance(function, Pointwise) else ())
    low, high = WITHIN.get(function.name, (-np.inf, np.inf))
    return (
        bool(argument.min() < low or argument.max() > high)
        or any(np.abs(argument - kink).min() < MARGIN for kink in kinks)
        or ("softmax" in function.name and bool(np.ptp(argument) > WIDEST))
        or (function.name in ("norm", "std") and bool(np.abs(evaluate(part, program.values)).min() < MARGIN))
        or (function.name in ("max", "min") and _is_near_tie(argument))
    )  # fmt: skip


def _is_near_tie(argument: Array) -> bool:
    """Whether any two entries are nearly the same, of which one may then be the largest."""
    return bool(np.diff(np.sort(argument, axis=None)).min(initial=np.inf) < MARGIN)
