"""Moving one entry a little: which entries of every later value move, by how much, and what the derivative says.

A derivative with a wrong transpose lights up other entries than those that move: this is its proof by looking.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.calculus.forms import Entry
from engine.calculus.jacobians import Dense, Kronecker, Permutation, Product
from engine.calculus.kinks import kinks
from engine.calculus.layouts import spell_size
from engine.calculus.program import Plan, Program
from engine.diagnostics import Diagnostic, Where, did_you_mean
from engine.formula import Array
from engine.formula.syntax import Name, Transpose

CLOSE = 1e-3
"""Largest difference of quotient and derivative, relative to the largest of either, that counts as the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """A later value, before and after; all arrays in its own matrix shape."""

    name: str
    old: Array
    new: Array
    quotient: Array
    """(new − old)/ε."""
    derivative: Array
    """Of every entry by the entry that was moved."""
    kinks: tuple[str, ...]
    """Functions in its line that stand no farther from a kink than they were moved."""

    @property
    def places(self) -> NDArray[np.intp]:
        """Row and column of every entry that moves or whose derivative says that it would; the most moved first."""
        size = np.maximum(np.abs(self.quotient), np.abs(self.derivative))
        places = np.argwhere(size > 0)
        order = np.argsort(-size[tuple(places.T)], kind="stable")
        return places[order]

    @property
    def agrees(self) -> bool:
        """Whether every quotient is the derivative, as nearly as a small ε can show."""
        scale = max(1e-6, float(np.abs(self.derivative).max()), float(np.abs(self.quotient).max()))
        return bool(np.abs(self.quotient - self.derivative).max() <= CLOSE * scale)


@dataclass(frozen=True, slots=True, eq=False)
class Perturbation:
    """What moves when one entry does."""

    program: Program
    name: str
    entry: Entry
    epsilon: float
    moved: tuple[Moved, ...]
    """Every later value that depends on it, in the order of the forward pass, without second names for the same."""


@dataclass(frozen=True, slots=True)
class Lever:
    """By what a line y, which multiplies x by another value, moves: a row or a column of y, by one of that value."""

    axis: int
    """0: a row of y moves; 1: a column."""
    index: int
    """Which row or column of y."""
    other: str
    """The value that x is multiplied by."""
    other_axis: int
    other_index: int
    """Which of its rows (0) or columns (1)."""


def perturb(program: Program, name: str, entry: Entry, epsilon: float) -> Perturbation:
    """Move entry (row, column) of any value by `epsilon`, with everything that is computed before it as it is.

    Raises a Diagnostic `unknown_name`, `bad_value` for an entry or an ε that does not exist or changes nothing,
    `not_finite` where a later value overflows, and `not_differentiable`.
    """
    start = _moved_start(program, name, entry, epsilon)
    plan, old = program.plan, program.values
    new: dict[str, Array] = {**old, name: start.reshape(old[name].shape)}
    unit = np.zeros(plan.shape(name))
    unit[entry] = 1.0
    tangents: dict[str, Array] = {name: unit}
    moved: list[Moved] = []
    for line in plan.lines.values():
        reads = [read for read in line.reads if read in tangents]
        if line.name == name or not reads:
            continue
        shape = plan.shape(line.name)
        with np.errstate(all="ignore"):
            new[line.name] = np.asarray(line.evaluate(new))
            pushed = [plan.jacobian(line.name, read).bind(old).push(tangents[read]) for read in reads]
        tangents[line.name] = derivative = np.sum(pushed, axis=0).reshape(shape)
        before, after = old[line.name].reshape(shape), new[line.name].reshape(shape)
        if not np.isfinite(after).all():
            raise Diagnostic("not_finite", f"{line.name} would not be finite: take a smaller ε", Where(text=line.text))
        if line.name not in plan.aliases:
            reach = max(float(np.abs(new[read] - old[read]).max()) for read in reads)
            near = tuple(kink.function for kink in kinks(line.expression, plan.shapes, old, reach=reach))
            moved.append(Moved(line.name, before, after, (after - before) / epsilon, derivative, near))
    return Perturbation(program, name, entry, epsilon, tuple(moved))


def _moved_start(program: Program, name: str, entry: Entry, epsilon: float) -> Array:
    """The value with its entry moved, as a matrix."""
    if name not in program.values:
        hints = did_you_mean(name, program.values) or (f"there are: {', '.join(program.values)}",)
        raise Diagnostic("unknown_name", f"the program has no value called {name}", hints=hints)
    matrix = np.array(program.matrix(name))
    rows, columns = matrix.shape
    if not (0 <= entry[0] < rows and 0 <= entry[1] < columns):
        raise Diagnostic("bad_value", f"{name} is {spell_size((rows, columns))} and has no entry {list(entry)}",
                         hints=(f"rows 0 to {rows - 1}, columns 0 to {columns - 1}",))  # fmt: skip
    if not math.isfinite(epsilon) or epsilon == 0:
        raise Diagnostic("bad_value", "ε must be a number other than 0", hints=("for example 0.001",))
    before = matrix[entry]
    matrix[entry] += epsilon
    if matrix[entry] == before or not np.isfinite(matrix[entry]):
        raise Diagnostic("bad_value", f"ε = {epsilon:g} is too {'small' if matrix[entry] == before else 'large'} to "
                         f"move {before:g}", hints=("for example 0.001",))  # fmt: skip
    return matrix


def lever(plan: Plan, y: str, x: str, entry: Entry) -> Lever | None:
    """By what an entry of x moves line y, where that is a product of x with a value that has a name.

    Of y = x a, row i moves by row j of a; of y = a x, column j by column i; of y = a xᵀ, column i by column j.
    """
    read = next((read for read in plan.lines[y].reads if plan.aliases.get(read, read) == x), None)
    if read is None:
        return None
    jacobian = plan.jacobian(y, read)
    if isinstance(jacobian, Dense):
        return _vector_lever(jacobian, entry)
    if isinstance(jacobian, Product) and isinstance(jacobian.inner, Permutation):
        jacobian, entry = jacobian.outer, (entry[1], entry[0])
    if not isinstance(jacobian, Kronecker) or jacobian.summed_axis is not None:
        return None
    if jacobian.left is None and jacobian.right is not None and isinstance(jacobian.right.node, Name):
        return Lever(0, entry[0], jacobian.right.node.name, 0, entry[1])
    if jacobian.right is None and jacobian.left is not None and isinstance(jacobian.left.node, Name):
        return Lever(1, entry[1], jacobian.left.node.name, 1, entry[0])
    return None


def _vector_lever(jacobian: Dense, entry: Entry) -> Lever | None:
    """All of a vector y moves by column j of its Jacobian by x."""
    axis = 1 if jacobian.y[1] == 1 else 0
    match jacobian.matrix.node:
        case Name(name):
            return Lever(axis, 0, name, 1, max(entry))
        case Transpose(Name(name)):
            return Lever(axis, 0, name, 0, max(entry))
    return None
