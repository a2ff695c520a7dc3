"""The Jacobian as a linear operator: what every structure says of itself, and what follows from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from engine.calculus import algebra
from engine.calculus.algebra import ONE, Algebra
from engine.calculus.layouts import Arrangement, Layout, arrangement, derivative_shape, laid_out, picked, unvec, vec
from engine.calculus.notebook import Notebook
from engine.formula import Array, Spelling, spell, spell_operand
from engine.formula.evaluate import Evaluator, ForwardPass, Values, compile_formula
from engine.formula.syntax import Call, Name, Node

MatrixShape = tuple[int, int]
Indices = NDArray[np.intp]


class Term:
    """A formula inside of a Jacobian, with its compiled evaluation."""

    __slots__ = ("at", "node")

    def __init__(self, node: Node, algebra: Algebra) -> None:
        rank = len(algebra.shapes.of(node))
        evaluate = compile_formula(node, algebra.shapes)
        self.node = node
        if rank != 2:
            evaluate = _as_matrix(evaluate)
        self.at: Evaluator = evaluate if isinstance(node, Name) and rank == 2 else _kept(evaluate)
        """Its value, a scalar as 1×1."""


def _kept(evaluate: Evaluator) -> Evaluator:
    """`evaluate`, once for a forward pass: a factor and the product that it leads to read the same."""

    def at(values: Values) -> Array:
        if type(values) is not ForwardPass:
            return evaluate(values)
        value = values.formulas.get(at)
        if value is None:
            value = values.formulas[at] = evaluate(values)
        return value

    return at


def _as_matrix(evaluate: Evaluator) -> Evaluator:
    """A number as 1×1, and a NumPy vector as a column."""
    return lambda values: np.reshape(evaluate(values), (-1, 1))


def transposed(at: Evaluator) -> Evaluator:
    """What `at` gives, transposed."""
    return lambda values: at(values).T


def stretched(at: Evaluator, shape: MatrixShape) -> Evaluator:
    """What `at` gives, repeated to a shape as NumPy's broadcasting does."""
    return lambda values: np.broadcast_to(at(values), shape)


class Jacobian(Notebook, ABC):
    """∂y/∂x of a matrix y by a matrix x, in one of the two layouts."""

    structure: ClassVar[str]
    """What it is made of: identity, diagonal, dense, kronecker or permutation."""
    pulls_windows: bool = False
    """Whether `pull_window_at` costs less than `pull_at`."""
    matrix_at: Evaluator | None = None
    """All entries in denominator layout, of a structure that has them at hand."""

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
        return self._with(values=values)

    def _with(self, **changes: object) -> Self:
        """A copy with other attributes; much faster than `copy.copy`."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, **changes)
        return copy

    def transpose(self) -> Self:
        """The same derivative in the other layout."""
        return self.in_layout(self.layout.flipped)

    def in_layout(self, layout: Layout) -> Self:
        return self if layout is self.layout else self._with(layout=layout)

    @property
    def shape(self) -> tuple[int, ...]:
        """As in `derivative_shape`: three numbers for a vector by a matrix."""
        return derivative_shape(self.y, self.x, self.layout)

    def window(self, *cuts: slice) -> Array:
        """A box of entries, one slice for each dimension of `shape`, without building the rest."""
        if self.matrix_at is not None:
            matrix = self.matrix_at(self.values)
            return (matrix if self.layout is Layout.DENOMINATOR else matrix.T)[cuts]
        ranges = [picked(cut, size) for size, cut in zip(self.shape, cuts, strict=True)]
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
            return entry_of(self.pull_formula(ONE), pair(x, self.x), self.algebra)
        if not x:
            return entry_of(self.push_formula(ONE), pair(y, self.y), self.algebra)
        return f"({spell(self.numerator_formula(), Spelling.PAPER)})[{y}; {x}]"

    def __str__(self) -> str:
        return spell(self.formula(), Spelling.PAPER)

    def array(self, term: Term) -> Array:
        """The value of one of its formulas, a scalar as 1×1."""
        return term.at(self.values)


def pair(index: str, shape: MatrixShape) -> tuple[str, str]:
    """Row and column of the entry that is called `k,l` in a matrix, `k` in a column or a row: 0 where there is one."""
    first, _, second = index.partition(",")
    return (first or "0", second or "0") if shape[0] > 1 else ("0", first or "0")


def entry_of(node: Node, place: tuple[str, str], rules: Algebra) -> str:
    """`W3[k,j]`, `(a3 − y)[i]`: an entry of a formula's value, without the index of a dimension of one."""
    value, rest = algebra.coefficient(node)
    if rest is None or algebra.is_ones(rest):
        return spell_operand(algebra.scaled(value, None))
    indices = [index for index, size in zip(place, rules.matrix_shape(node), strict=True) if size > 1]
    if not indices:
        return spell_operand(node)
    text = spell(node, Spelling.PAPER)
    is_one = isinstance(node, Name) or (isinstance(node, Call) and node.function != "kron")
    return f"{text if is_one else f'({text})'}[{','.join(indices)}]"


def _positions(rows: Indices, columns: Indices, shape: MatrixShape) -> tuple[Indices, MatrixShape]:
    """The vec positions of a rectangle of a matrix's entries, and the rectangle's shape."""
    return np.add.outer(columns * shape[0], rows).ravel(), (len(rows), len(columns))
