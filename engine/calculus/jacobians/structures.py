"""The structures that a Jacobian may have, each with its own way to pull, push, show a block and spell itself.

Two matrices are multiplied by `dot` and not by `@`, which stands for `matmul`: for small ones it takes half the time,
and it leaves an outer product of two vectors to BLAS, where `matmul` has a loop of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.calculus import algebra
from engine.calculus.algebra import Algebra
from engine.calculus.factors import powers, product
from engine.calculus.jacobians.base import Indices, Jacobian, MatrixShape, Term, entry_of, pair, stretched, transposed
from engine.calculus.layouts import entries_at, unvec, vec
from engine.formula import Array, Spelling, spell
from engine.formula.evaluate import Values
from engine.formula.syntax import Call, Node, Number


def kronecker_delta(one: Sequence[str], other: Sequence[str]) -> str:
    """Kronecker's delta for rows and for columns: `δ[k,i] δ[l,j]`, without those of the same fixed index."""
    return times(*("1" if left == right else f"δ[{left},{right}]" for left, right in zip(one, other, strict=True)))


def times(*factors: str) -> str:
    """The product of what is not 1."""
    return " ".join(factor for factor in factors if factor != "1") or "1"


def _position(index: str, shape: MatrixShape) -> str:
    """Where vec puts the entry of a matrix: `i + 3 j` for the entry `i,j` of one with three rows."""
    row, _, column = index.partition(",")
    return f"{row} + {shape[0]} {column}" if column else row


class Zero(Jacobian):
    """∂y/∂x = 0: y reads x, and does not change with it, as the slope of a ReLU."""

    structure = "zero"

    @property
    def multiplications(self) -> int:
        return 0

    def pull_at(self, values: Values, upstream: Array) -> Array:
        return np.zeros((*upstream.shape[:-2], *self.x))

    def push_at(self, values: Values, tangent: Array) -> Array:
        return np.zeros((*tangent.shape[:-2], *self.y))

    def pull_formula(self, upstream: Node) -> Node:
        return algebra.zeros(self.x)

    def push_formula(self, tangent: Node) -> Node:
        return algebra.zeros(self.y)

    def numerator_formula(self) -> Node:
        return algebra.zeros((self.y[0] * self.y[1], self.x[0] * self.x[1]))

    def block(self, rows: Indices, columns: Indices) -> Array:
        return np.zeros((len(rows), len(columns)))

    def index_formula(self, y: str, x: str) -> str:
        return "0"


class Identity(Jacobian):
    """∂y/∂x = I over vec: y is x, perhaps laid down as a row instead of a column, or stacked by vec."""

    structure = "identity"

    def __init__(self, y: MatrixShape, x: MatrixShape, algebra: Algebra) -> None:
        super().__init__(y, x, algebra)
        self._ones = np.broadcast_to(np.ones((1, 1)), y)  # one number, however large y is

    @property
    def multiplications(self) -> int:
        return 0

    def pull_at(self, values: Values, upstream: Array) -> Array:
        return upstream if self.x == self.y else unvec(vec(upstream), self.x)

    def push_at(self, values: Values, tangent: Array) -> Array:
        return tangent if self.x == self.y else unvec(vec(tangent), self.y)

    def pull_formula(self, upstream: Node) -> Node:
        return algebra.reshaped(upstream, self.y, self.x)

    def push_formula(self, tangent: Node) -> Node:
        return algebra.reshaped(tangent, self.x, self.y)

    def numerator_formula(self) -> Node:
        return algebra.eye(self.x[0] * self.x[1])

    def diagonal_at(self, values: Values) -> Array:
        """Ones in the shape of y."""
        return self._ones

    def index_formula(self, y: str, x: str) -> str:
        if self.y == self.x:
            return kronecker_delta(pair(y, self.y), pair(x, self.x))
        return f"δ[{_position(y, self.y)},{_position(x, self.x)}]"

    def block(self, rows: Indices, columns: Indices) -> Array:
        return np.equal.outer(rows, columns).astype(np.float64)


class Diagonal(Jacobian):
    """∂y/∂x = diag(v): each entry of y depends on the same entry of x alone."""

    structure = "diagonal"

    def __init__(self, shape: MatrixShape, vector: Node, algebra: Algebra) -> None:
        super().__init__(shape, shape, algebra)
        self.vector = Term(vector, algebra)
        is_own = algebra.matrix_shape(vector) == shape
        self.diagonal_at = self.vector.at if is_own else stretched(self.vector.at, shape)
        """v in the shape of y."""

    @property
    def multiplications(self) -> int:
        return self.y[0] * self.y[1]

    def pull_at(self, values: Values, upstream: Array) -> Array:
        return self.vector.at(values) * upstream

    def push_at(self, values: Values, tangent: Array) -> Array:
        return self.pull_at(values, tangent)

    def pull_formula(self, upstream: Node) -> Node:
        return self.algebra.times(upstream, self.vector.node)

    def push_formula(self, tangent: Node) -> Node:
        return self.pull_formula(tangent)

    def index_formula(self, y: str, x: str) -> str:
        place = pair(y, self.y)
        delta = kronecker_delta(place, pair(x, self.x))
        value, rest = algebra.coefficient(self.vector.node)
        if rest is None:
            return times(spell(algebra.scaled(value, None), Spelling.PAPER), delta)
        return times(delta, entry_of(self.vector.node, place, self.algebra))

    def vector_formula(self) -> Node:
        """v, written so that it has the shape of y."""
        if self.algebra.matrix_shape(self.vector.node) == self.y:
            return self.vector.node
        value, rest = algebra.coefficient(self.vector.node)
        return algebra.scaled(value, product([*powers(rest), (algebra.ones(self.y), 1)]))

    def numerator_formula(self) -> Node:
        if self.algebra.matrix_shape(self.vector.node) == (1, 1):
            return self.algebra.times(self.vector.node, algebra.eye(self.y[0] * self.y[1]))
        if 1 in self.y:
            return algebra.diag(self.vector_formula())
        return algebra.diag(Call("vec", (self.vector_formula(),)))

    def block(self, rows: Indices, columns: Indices) -> Array:
        return np.where(np.equal.outer(rows, columns), entries_at(self.diagonal_at(self.values), rows)[:, None], 0.0)


class Dense(Jacobian):
    """∂y/∂x of a vector by a vector, as an explicit matrix: W of z = Wx."""

    structure = "dense"

    def __init__(self, y: MatrixShape, x: MatrixShape, matrix: Node, algebra: Algebra) -> None:
        super().__init__(y, x, algebra)
        self.matrix = Term(matrix, algebra)
        self.matrix_at = transposed(self.matrix.at)
        self._has_columns = x[1] == y[1] == 1

    @property
    def multiplications(self) -> int:
        return max(self.y) * max(self.x)

    def pull_at(self, values: Values, upstream: Array) -> Array:
        matrix = self.matrix.at(values)
        if self._has_columns:
            return matrix.T.dot(upstream) if upstream.ndim == 2 else matrix.T @ upstream  # (n, 1) = (n, m) @ (m, 1)
        row = upstream.reshape(*upstream.shape[:-2], 1, -1) @ matrix
        return row.reshape(*upstream.shape[:-2], *self.x)

    def push_at(self, values: Values, tangent: Array) -> Array:
        matrix = self.matrix.at(values)
        column = matrix @ tangent.reshape(*tangent.shape[:-2], -1, 1)
        return column.reshape(*tangent.shape[:-2], *self.y)

    def pull_formula(self, upstream: Node) -> Node:
        column = upstream if self.y[1] == 1 else self.algebra.transpose(upstream)
        if self.x[1] == 1:
            return self.algebra.matmul(self.algebra.transpose(self.matrix.node), column)
        return self.algebra.matmul(self.algebra.transpose(column), self.matrix.node)

    def push_formula(self, tangent: Node) -> Node:
        column = tangent if self.x[1] == 1 else self.algebra.transpose(tangent)
        if self.y[1] == 1:
            return self.algebra.matmul(self.matrix.node, column)
        return self.algebra.matmul(self.algebra.transpose(column), self.algebra.transpose(self.matrix.node))

    def numerator_formula(self) -> Node:
        return self.matrix.node

    def block(self, rows: Indices, columns: Indices) -> Array:
        return self.array(self.matrix)[np.ix_(rows, columns)]

    def index_formula(self, y: str, x: str) -> str:
        return entry_of(self.matrix.node, (y or "0", x or "0"), self.algebra)


class Gradient(Jacobian):
    """∂y/∂x of a scalar y, as the gradient, which has the shape of x: a3 − y for the half squared error."""

    structure = "dense"
    pulls_windows = True

    def __init__(self, x: MatrixShape, gradient: Node, algebra: Algebra) -> None:
        super().__init__((1, 1), x, algebra)
        self.gradient = Term(gradient, algebra)
        is_own = algebra.matrix_shape(gradient) == x
        self.gradient_at = self.gradient.at if is_own else stretched(self.gradient.at, x)
        """The gradient in the shape of x."""
        # A row x is differentiated by to a column.
        self.matrix_at = self.gradient_at if x[0] > 1 else transposed(self.gradient_at)

    @property
    def multiplications(self) -> int:
        return self.x[0] * self.x[1]

    def pull_at(self, values: Values, upstream: Array) -> Array:
        return upstream * self.gradient_at(values)

    def push_at(self, values: Values, tangent: Array) -> Array:
        return np.asarray(np.sum(self.gradient.at(values) * tangent, axis=(-1, -2), keepdims=True))

    def gradient_formula(self) -> Node:
        """The gradient, written so that it has the shape of x."""
        return Diagonal(self.x, self.gradient.node, self.algebra).vector_formula()

    def pull_formula(self, upstream: Node) -> Node:
        return self.algebra.times(upstream, self.gradient_formula())

    def push_formula(self, tangent: Node) -> Node:
        changes = self.algebra.times(self.gradient_formula(), tangent)
        return changes if self.x == (1, 1) else Call("sum", (changes,))

    def numerator_formula(self) -> Node:
        column = algebra.reshaped(self.gradient_formula(), self.x, (self.x[0] * self.x[1], 1))
        return self.algebra.transpose(column)

    def block(self, rows: Indices, columns: Indices) -> Array:
        return entries_at(self.gradient_at(self.values), columns)[None][rows]

    def pull_window_at(self, values: Values, upstream: Array, rows: slice, columns: slice) -> Array:
        return upstream * self.gradient_at(values)[rows, columns]

    def index_formula(self, y: str, x: str) -> str:
        return entry_of(self.gradient.node, pair(x, self.x), self.algebra)


class Kronecker(Jacobian):
    """∂y/∂x of y = L x R, which is Rᵀ ⊗ L over vec: a tensor for z = W a, where R is a and L is missing."""

    structure = "kronecker"

    def __init__(self, y: MatrixShape, x: MatrixShape, left: Node | None, right: Node | None, algebra: Algebra) -> None:
        super().__init__(y, x, algebra)
        self.left = Term(left, algebra) if left is not None else None
        self.right = Term(right, algebra) if right is not None else None
        # An outer product is larger than what it is made of; of other products the next factor needs the whole.
        operands = [algebra.matrix_shape(node) for node in (left, right) if node is not None]
        self.pulls_windows = all(math.prod(shape) < math.prod(x) for shape in (y, *operands))

    @property
    def summed_axis(self) -> int | None:
        """The axis of y over which a pull sums, because x is repeated along it: a bias for each sample; else None."""
        if self.right is None and self.left is not None and algebra.is_ones(self.left.node) and self.y[0] > 1:
            return 0
        if self.left is None and self.right is not None and algebra.is_ones(self.right.node) and self.y[1] > 1:
            return 1
        return None

    @property
    def multiplications(self) -> int:
        left = self.y[0] * self.x[0] * self.y[1] if self.left is not None else 0
        right = self.x[0] * self.y[1] * self.x[1] if self.right is not None else 0
        return left + right

    def pull_at(self, values: Values, upstream: Array) -> Array:
        if self.left is not None:
            left = self.left.at(values).T
            upstream = left.dot(upstream) if upstream.ndim == 2 else left @ upstream
        if self.right is not None:
            right = self.right.at(values).T
            upstream = upstream.dot(right) if upstream.ndim == 2 else upstream @ right
        return upstream

    def pull_window_at(self, values: Values, upstream: Array, rows: slice, columns: slice) -> Array:
        # What is not multiplied is cut before what is.
        cut = upstream if self.right is not None else upstream[..., columns]
        cut = cut[..., rows, :] if self.left is None else self.left.at(values).T[rows] @ cut
        return cut if self.right is None else cut @ self.right.at(values).T[:, columns]

    def push_at(self, values: Values, tangent: Array) -> Array:
        if self.left is not None:
            tangent = self.left.at(values) @ tangent
        if self.right is not None:
            tangent = tangent @ self.right.at(values)
        return tangent

    def pull_formula(self, upstream: Node) -> Node:
        if self.left is not None:
            upstream = self.algebra.matmul(self.algebra.transpose(self.left.node), upstream)
        if self.right is not None:
            upstream = self.algebra.matmul(upstream, self.algebra.transpose(self.right.node))
        return upstream

    def push_formula(self, tangent: Node) -> Node:
        if self.left is not None:
            tangent = self.algebra.matmul(self.left.node, tangent)
        if self.right is not None:
            tangent = self.algebra.matmul(tangent, self.right.node)
        return tangent

    def numerator_formula(self) -> Node:
        right = algebra.eye(self.x[1]) if self.right is None else self.algebra.transpose(self.right.node)
        left = algebra.eye(self.x[0]) if self.left is None else self.left.node
        return Call("kron", (right, left))

    def block(self, rows: Indices, columns: Indices) -> Array:
        # ∂y[r,c]/∂x[i,j] = L[r,i] R[j,c], with vec counting r and i fastest.
        c, r = np.divmod(rows, self.y[0])
        j, i = np.divmod(columns, self.x[0])
        left = np.equal.outer(r, i) if self.left is None else self.array(self.left)[np.ix_(r, i)]
        right = np.equal.outer(c, j) if self.right is None else self.array(self.right)[np.ix_(j, c)].T
        return np.asarray(np.multiply(left, right, dtype=np.float64) + 0.0)  # no entry is -0.0

    def index_formula(self, y: str, x: str) -> str:
        (row, column), (i, j) = pair(y, self.y), pair(x, self.x)
        left = kronecker_delta((row, "0"), (i, "0")) if self.left is None else self._entry(self.left, row, i)
        right = kronecker_delta((column, "0"), (j, "0")) if self.right is None else self._entry(self.right, j, column)
        return times(left, right)

    def _entry(self, term: Term, row: str, column: str) -> str:
        return entry_of(term.node, (row, column), self.algebra)


class Permutation(Jacobian):
    """∂y/∂x of y = xᵀ: the commutation matrix."""

    structure = "permutation"

    @property
    def multiplications(self) -> int:
        return 0

    def pull_at(self, values: Values, upstream: Array) -> Array:
        return upstream.swapaxes(-1, -2)

    def push_at(self, values: Values, tangent: Array) -> Array:
        return self.pull_at(values, tangent)

    def pull_formula(self, upstream: Node) -> Node:
        return self.algebra.transpose(upstream)

    def push_formula(self, tangent: Node) -> Node:
        return self.algebra.transpose(tangent)

    def numerator_formula(self) -> Node:
        return Call("commutation", tuple(Number(float(size)) for size in self.x))

    def block(self, rows: Indices, columns: Indices) -> Array:
        return np.asarray(np.equal.outer(rows, self.moved(columns)), dtype=np.float64)

    def moved(self, columns: Indices) -> Indices:
        """Where in vec(y) the entries of x at some positions of vec(x) come to stand."""
        j, i = np.divmod(columns, self.x[0])
        return np.asarray(j + i * self.y[0])  # y[j,i] is x[i,j]
