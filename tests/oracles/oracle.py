"""What a library says of a program: values, and the derivative of everything by everything, as one arranges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine import Diagnostic, Layout, Program
from engine.formula import parse, spell
from engine.formula.syntax import Node
from tests.oracles.interpreter import Interpreter, Tensor
from tests.oracles.libraries import Array, Differentiator


class Oracle:
    """What a library says of a program: its values, and the Jacobian of everything by everything, flattened.

    All matrices are (entries of the numerator)×(entries of the denominator), with the columns of both stacked.
    """

    def __init__(self, program: Program, differentiator: Differentiator) -> None:
        self.differentiator = differentiator
        self.interpreter = Interpreter(differentiator.library)
        self.lines = dict(self.interpreter.line(line.text) for line in program.plan.lines.values())
        self.reads = {line.name: line.reads for line in program.plan.lines.values()}
        self.inputs = dict(program.inputs)
        self.shapes = {name: program.plan.shape(name) for name in (*self.inputs, *self.lines)}
        self.values: dict[str, Array] = {}
        self.totals = cache(self._totals)
        self.locals = cache(self._locals)
        with np.errstate(all="ignore"):
            self.values = self._run()

    def formula(self, node: Node) -> Array:
        """The value of a formula over the program's names, as a matrix."""
        library = self.differentiator.library
        with np.errstate(all="ignore"):
            values = {name: library.constant(value) for name, value in self.values.items()}
            value = np.asarray(self.interpreter.value(_read_back(node), values))
        return value if value.ndim == 2 else value.reshape(1, -1)

    def _run(self) -> dict[str, Array]:
        values: dict[str, Tensor] = {
            name: self.differentiator.library.constant(array) for name, array in self.inputs.items()
        }
        for name, line in self.lines.items():
            values[name] = line(values)
        return {name: np.asarray(value) for name, value in values.items()}

    def _totals(self, of: str) -> Mapping[str, Array]:
        """∂of/∂v for every v, as if each line added to its value something that is 0: the derivative by that."""

        def forward(shifts: Mapping[str, Tensor]) -> Tensor:
            values = dict(shifts)
            for name, line in self.lines.items():
                values[name] = line(values) + shifts[name]
                if name == of:
                    break
            return values[of]

        shifts = {name: value if name in self.inputs else np.zeros_like(value) for name, value in self.values.items()}
        return self._flat(of, forward, shifts)

    def _locals(self, reader: str) -> Mapping[str, Array]:
        """∂reader/∂v for every v that the line reads, all else as it is."""
        read = {name: self.values[name] for name in self.reads[reader]}
        return self._flat(reader, self.lines[reader], read)

    def _flat(
        self, of: str, function: Callable[[Mapping[str, Tensor]], Tensor], at: Mapping[str, Array]
    ) -> Mapping[str, Array]:
        with np.errstate(all="ignore"):
            _, found = self.differentiator.jacobians(function, at)
        rows = _column_stacked(self.shapes[of])
        return {name: block[np.ix_(rows, _column_stacked(self.shapes[name]))] for name, block in found.items()}

    def upstream(self, of: str) -> list[str]:
        """Everything that `of` is computed from."""
        found: list[str] = []
        waiting = list(self.reads[of])
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.append(name)
                waiting.extend(self.reads.get(name, ()))
        return sorted(found)


def _read_back(node: Node) -> Node:
    """What the text of a formula says; the formula itself where no text may be as long."""
    try:
        return parse(spell(node))
    except Diagnostic as problem:
        if problem.code != "too_large":
            raise
        return node


def _column_stacked(shape: tuple[int, int]) -> NDArray[np.intp]:
    """Positions in the order of vec of entries that are kept row by row."""
    return np.arange(shape[0] * shape[1]).reshape(shape).ravel(order="F")


def arranged(block: Array, y: tuple[int, int], x: tuple[int, int], layout: Layout) -> Array:
    """∂y/∂x as matrix calculus writes it, from its matrix over vec, entry by entry."""
    is_vector = 1 in y, 1 in x
    match is_vector:
        case (True, True):
            numerator = block
        case (True, False) if y == (1, 1):
            numerator = block.reshape(x, order="F").T
        case (False, True) if x == (1, 1):
            numerator = block.reshape(y, order="F")
        case (True, False):
            numerator = np.stack([row.reshape(x, order="F").T for row in block])
        case _:
            numerator = block
    return numerator if layout is Layout.NUMERATOR else numerator.transpose()


def in_own_shape(block: Array, y: tuple[int, int], x: tuple[int, int], layout: Layout) -> Array:
    """As a result is given: the gradient of a number has the shape of what it is by, or of its transpose."""
    if y != (1, 1):
        return arranged(block, y, x, layout)
    gradient = block.reshape(x, order="F")
    return gradient if layout is Layout.DENOMINATOR else gradient.T


def stacked(block: Array, layout: Layout) -> Array:
    return block if layout is Layout.NUMERATOR else block.T
