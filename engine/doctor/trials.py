"""Other numbers to judge a formula on: networks on which nothing hides.

At the user's own numbers a missing relu′ may pass, since every unit may be active; at the user's own sizes a transpose
may. So formulas are evaluated on random networks, with the user's sizes and with sizes that are all different.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.calculus import Form, Layout, Program, Step, derive
from engine.calculus.symbols import samples, symbol_values
from engine.diagnostics import Diagnostic
from engine.doctor.resize import Dimensions
from engine.formula import FUNCTIONS, Array, Pointwise, ShapeMap, compile_formula
from engine.formula.evaluate import shapes_of
from engine.formula.syntax import Call, Node, names_in, walk

TOLERANCE = 1e-8
"""Largest difference, relative to the largest entry, that counts as agreement."""
ATTEMPTS = 40
"""Networks that are drawn until one is found on which nothing hides."""


@dataclass(eq=False)
class Trial:
    """A program with numbers, and the derivative that is asked for."""

    program: Program
    target: str
    of: str
    symbols: Collection[str] = ()
    """Names such as delta3 and N that formulas read besides the program's values."""

    @cached_property
    def values(self) -> Mapping[str, Array]:
        return symbol_values(self.program, self.symbols, self.of)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, as one writes it in code."""
        return tuple(derive(self.program, self.target, of=self.of, layout=Layout.DENOMINATOR, form=Form.HADAMARD))

    @cached_property
    def truth(self) -> Array:
        """∂of/∂target: of a scalar in the target's own shape, else in denominator layout."""
        last = self.steps[-1]
        value = np.asarray(last.result.value)
        shape = self.program.plan.shapes.names[self.target]
        return value.reshape(shape) if value.size == np.prod(shape) and last.product.has_gradient else value

    def evaluate(self, node: Node) -> Array | None:
        """The value of a formula, or None where it is not finite. Its shapes must fit."""
        with np.errstate(all="ignore"):
            value = np.asarray(compile_formula(node, self.shapes)(self.values), dtype=np.float64)
        return value if np.isfinite(value).all() else None

    @cached_property
    def shapes(self) -> ShapeMap:
        return ShapeMap(shapes_of(self.values))

    def agrees(self, node: Node) -> bool:
        """Whether a formula is the derivative here, shape and numbers; False too where it cannot be applied."""
        try:
            self.shapes.of(node)
        except Diagnostic:
            return False
        value = self.evaluate(node)
        return value is not None and same(value, self.truth)


def same(one: Array, other: Array) -> bool:
    """Whether two arrays are equal up to rounding; a number may be given as 1×1."""
    if one.shape != other.shape and not one.size == other.size == 1:
        return False
    scale = max(float(np.abs(one).max(initial=0.0)), float(np.abs(other).max(initial=0.0)))
    return float(np.abs(one.reshape(other.shape) - other).max(initial=0.0)) <= TOLERANCE * scale


def resized(program: Program) -> Program | None:
    """The program with sizes that are all different, or None where its own are, or where they cannot be changed."""
    plan = program.plan
    shapes = Dimensions(plan).distinct()
    if all(tuple(shapes[name]) == tuple(shape) for name, shape in plan.inputs.items()):
        return None
    try:
        return Program([line.text for line in plan.lines.values()], shapes, parameters=program.parameters)
    except Diagnostic:
        return None


def redrawn(program: Program, seed: int, like: Program | None = None) -> Program:
    """The program with other numbers, on which no activation is all on or all off and no value is out of range.

    What sums to one in `like` (the program itself unless given), as labels do, sums to one again.
    Raises the Diagnostic of the forward pass where no numbers are found for which it is defined.
    """
    best: tuple[int, Program] | None = None
    problem: Diagnostic | None = None
    axes = {name: _distribution_axis(like or program, name) for name in program.inputs}
    for attempt in range(ATTEMPTS):
        generator = np.random.default_rng([seed, attempt])
        values = {name: _drawn(generator, shape, axes[name]) for name, shape in program.plan.inputs.items()}
        if attempt % 2:
            values = {name: np.abs(value) for name, value in values.items()}
        trial = program.with_values(values)
        try:
            hidden = _hidden(trial)
        except Diagnostic as found:
            problem = found
            continue
        if best is None or hidden < best[0]:
            best = hidden, trial
        if not hidden:
            break
    if best is None:
        assert problem is not None
        raise problem
    return best[1]


def _drawn(generator: np.random.Generator, shape: tuple[int, ...], axis: int | None) -> Array:
    size = generator.uniform(0.25, 1.1, shape)
    if axis is not None:
        return np.asarray(size / size.sum(axis=axis, keepdims=True))
    return np.asarray(size * generator.choice([-1.0, 1.0], shape))


def _distribution_axis(program: Program, name: str) -> int | None:
    """Along which axis an input's entries are probabilities: as its own do, or as a softmax's labels must."""
    value = program.inputs[name]
    if value.ndim != 2:
        return None
    for axis in (0, 1):
        if value.shape[axis] > 1 and (value >= 0).all() and np.allclose(value.sum(axis=axis), 1.0):
            return axis
    return _label_axis(program, name)


def _label_axis(program: Program, name: str) -> int | None:
    """The axis along which a softmax is compared with `name` by a cross-entropy."""
    lines = program.plan.lines
    normalised: dict[str, int] = {}
    for line in lines.values():
        for part in walk(line.expression):
            if isinstance(part, Call) and "softmax" in part.function and line.shape:
                axis = {"cols": 0, "rows": 1}.get(part.function.rsplit("_", 1)[-1], 1 if line.shape[0] == 1 else 0)
                normalised[line.name] = axis
    for line in lines.values():
        reads = set(names_in(line.expression))
        for part in walk(line.expression):
            if isinstance(part, Call) and part.function.startswith("softmax_cross_entropy") and name in reads:
                return 1 if part.function.endswith("rows") or program.inputs[name].shape[0] == 1 else 0
            is_log = isinstance(part, Call) and part.function in ("log", "cross_entropy")
            if is_log and name in reads and (shared := reads & set(normalised)):
                return normalised[sorted(shared)[0]]
    return None


def _hidden(program: Program) -> int:
    """How many activations hide their derivative: all arguments on one side of a kink, or in saturation."""
    count = 0
    for function, node in activations(program):
        argument = np.asarray(compile_formula(node.arguments[0], program.plan.shapes)(program.values))
        if argument.size > 1 and function.kinks:
            count += all(np.unique(np.sign(argument - kink)).size == 1 for kink in function.kinks)
        slope = np.abs(function.slope(argument, function.value(argument)))
        count += bool((slope < 1e-5).all() and not function.kinks)
    largest = 1e4 * samples(program.plan)  # over which a loss is added up
    return count + any(float(np.abs(value).max(initial=0.0)) > largest for value in program.values.values())


def activations(program: Program) -> Iterator[tuple[Pointwise, Call]]:
    """Every function of single entries that a program applies, with where it does."""
    for line in program.plan.lines.values():
        for part in walk(line.expression):
            if not isinstance(part, Call) or part.derivative or not names_in(part):
                continue
            function = FUNCTIONS[part.function]
            if isinstance(function, Pointwise):
                yield function, part
