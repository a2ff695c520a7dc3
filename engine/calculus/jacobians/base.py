"""The Jacobian as a linear operator: what every structure says of itself, and what follows from it."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from engine.calculus import algebra
from engine.calculus.algebra import ONE, Algebra
from engine.calculus.layouts import Arrangement, Layout, arrangement, derivative_shape, laid_out, unvec, vec
from engine.formula import Array, Spelling, spell, spell_operand
from engine.formula.evaluate import Evaluator, Values, compile_formula
from engine.formula.syntax import Call, Name, Node

MatrixShape = tuple[int, int]
Indices = NDArray[np.intp]


class Term:
    """A formula inside of a Jacobian, with its compiled evaluation."""

    __slots__ = ("evaluate", "node")

    def __init__(self, node: Node, algebra: Algebra) -> None:
        algebra.shapes.of(node)
        self.node = node
        self.evaluate: Evaluator = compile_formula(node, algebra.shapes)

    def at(self, values: Values) -> Array:
        """Its value, a scalar as 1×1."""
        value = self.evaluate(values)
        return value if value.ndim == 2 else value.reshape((1, 1) if value.ndim == 0 else (-1, 1))


class Jacobian(ABC):
    """∂y/∂x of a matrix y by a matrix x, in one of the two layouts."""

    structure: ClassVar[str]
    """What it is made of: identity, diagonal, dense, kronecker or permutation."""

    def __init__(self, y: MatrixShape, x: MatrixShape, algebra: Algebra) -> None:
        self.y, self.x, self.algebra = y, x, algebra
        self.layout = Layout.NUMERATOR
        self.values: Values = {}

    # ---- what every structure says of itself -----------------------------------------------------------------

    @abstractmethod
    def pull_at(self, values: Values, upstream: Array) -> Array:
        """What `pull` computes, at given values."""

    @abstractmethod
    def push_at(self, values: Values, tangent: Array) -> Array:
        """What `push` computes, at given values."""

    def pull_window_at(self, values: Values, upstream: Array, rows: slice, columns: slice) -> Array:
        """A rectangle of what `pull_at` computes; a structure that need not compute the rest says how."""
        return self.pull_at(values, upstream)[..., rows, columns]

    @abstractmethod
    def pull_formula(self, upstream: Node) -> Node:
        """What `pull` computes, as a formula over the formula of the gradient by y."""

    @abstractmethod
    def push_formula(self, tangent: Node) -> Node:
        """What `push` computes, as a formula over the formula of a change of x."""

    @abstractmethod
    def numerator_formula(self) -> Node:
        """The formula of the matrix over vec in numerator layout, (entries of y)×(entries of x), always."""

    def block(self, rows: Indices, columns: Indices) -> Array:
        """Chosen rows and columns of the numerator-layout matrix over vec; by default from unit gradients."""
        units = np.zeros((len(rows), self.y[0] * self.y[1]))
        units[np.arange(len(rows)), rows] = 1.0
        return vec(self.pull(unvec(units, self.y)))[:, columns]

    @property
    @abstractmethod
    def multiplications(self) -> int:
        """How many numbers are multiplied by one `pull` or one `push`."""

    # ---- what follows from it --------------------------------------------------------------------------------

    def pull(self, upstream: Array) -> Array:
        """Gradient by y (…, y) to gradient by x (…, x): the vector-Jacobian product."""
        return self.pull_at(self.values, upstream)

    def push(self, tangent: Array) -> Array:
        """Change of x (…, x) to change of y (…, y): the Jacobian-vector product."""
        return self.push_at(self.values, tangent)

    def bind(self, values: Values) -> Self:
        """The same Jacobian with numbers for its names."""
        bound = copy.copy(self)
        bound.values = values
        return bound

    def transpose(self) -> Self:
        """The same derivative in the other layout."""
        return self.in_layout(self.layout.flipped)

    def in_layout(self, layout: Layout) -> Self:
        if layout is self.layout:
            return self
        turned = copy.copy(self)
        turned.layout = layout
        return turned

    @property
    def shape(self) -> tuple[int, ...]:
        """As in `derivative_shape`: three numbers for a vector by a matrix."""
        return derivative_shape(self.y, self.x, self.layout)

    def window(self, *cuts: slice) -> Array:
        """A box of entries, one slice for each dimension of `shape`, without building the rest."""
        ranges = [np.arange(size)[cut] for size, cut in zip(self.shape, cuts, strict=True)]
        if self.layout is Layout.NUMERATOR:
            ranges.reverse()  # as in denominator layout: the dimensions of x, then those of y
        kind = arrangement(self.y, self.x)
        rows = columns = np.zeros(1, dtype=np.intp)
        y = x = (1, 1)
        match kind:
            case Arrangement.FLAT:
                columns, rows = ranges
            case Arrangement.GRADIENT:
                columns, x = _positions(ranges[0], ranges[1], self.x)
            case Arrangement.TANGENT:
                rows, y = _positions(ranges[1], ranges[0], self.y)
            case Arrangement.TENSOR:
                rows = ranges[2]
                columns, x = _positions(ranges[0], ranges[1], self.x)
        return laid_out(self.block(rows, columns), y, x, kind, self.layout)

    def dense(self) -> Array:
        """All entries, in the shape that `shape` says."""
        return self.window(*(slice(None) for _ in self.shape))

    def column(self, position: int) -> Array:
        """∂y/∂x[i,j] over the entries of y, for the entry of x at `position` in vec order."""
        return self.block(np.arange(self.y[0] * self.y[1]), np.array([position]))[:, 0]

    def formula(self) -> Node:
        """The formula of what `dense` is in this layout; of a tensor, which has none, that of its matrix over vec."""
        match arrangement(self.y, self.x):
            case Arrangement.GRADIENT:
                gradient = self.pull_formula(ONE)
                return gradient if self.layout is Layout.DENOMINATOR else self.algebra.transpose(gradient)
            case Arrangement.TANGENT:
                tangent = self.push_formula(ONE)
                return tangent if self.layout is Layout.NUMERATOR else self.algebra.transpose(tangent)
        return self.formula_over_vec()

    def formula_over_vec(self) -> Node:
        """The formula of the matrix over vec in this layout: of a gradient, that of its entries in one column."""
        numerator = self.numerator_formula()
        return numerator if self.layout is Layout.NUMERATOR else self.algebra.transpose(numerator)

    def index_formula(self, y: str, x: str) -> str:
        """∂y[y]/∂x[x] in index notation, for the indices `k` or `k,l` of y and `i` or `i,j` of x."""
        if not y:
            return self.entry(self.pull_formula(ONE), x)
        if not x:
            return self.entry(self.push_formula(ONE), y)
        return f"({spell(self.numerator_formula(), Spelling.PAPER)})[{y}; {x}]"

    def entry(self, node: Node, index: str) -> str:
        """`W3[k,j]`, `(a3 − y)[i]`: an entry of a formula's value, which NumPy may have stretched to more indices."""
        rows, columns = self.algebra.matrix_shape(node)
        parts = index.split(",")
        if len(parts) == 2:
            parts = [part for part, size in zip(parts, (rows, columns), strict=True) if size > 1]
        return _entry_of(node, [part for part in parts if part not in ("0", "")] if rows * columns > 1 else [])

    def __str__(self) -> str:
        return spell(self.formula(), Spelling.PAPER)

    def array(self, term: Term) -> Array:
        """The value of one of its formulas, a scalar as 1×1."""
        return term.at(self.values)


def _entry_of(node: Node, index: Sequence[str]) -> str:
    value, rest = algebra.coefficient(node)
    if rest is not None and algebra.is_ones(rest):
        node, index = algebra.scaled(value, None), ()
    text = spell_operand(node)
    if not index:
        return text
    return f"{text if isinstance(node, Name | Call) or text.startswith('(') else f'({text})'}[{','.join(index)}]"


def _positions(rows: Indices, columns: Indices, shape: MatrixShape) -> tuple[Indices, MatrixShape]:
    """The vec positions of a rectangle of a matrix's entries, and the rectangle's shape."""
    return np.add.outer(columns * shape[0], rows).ravel(), (len(rows), len(columns))
