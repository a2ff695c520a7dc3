"""The Jacobian of softmax and of log_softmax: diagonal minus rank one, column by column or row by row."""

from __future__ import annotations

import numpy as np

from engine.calculus import algebra
from engine.calculus.algebra import Algebra
from engine.calculus.jacobians.base import Indices, Jacobian, MatrixShape, Term, entry_of, pair
from engine.calculus.jacobians.structures import kronecker_delta, times
from engine.calculus.layouts import entries_at
from engine.formula import Array
from engine.formula.evaluate import Values
from engine.formula.syntax import Binary, Call, Node, walk


class DiagonalMinusRankOne(Jacobian):
    """The Jacobian of a softmax along an axis, diag(a) − a aᵀ, or of its logarithm, I − 1 aᵀ, for each vector apart.

    Source: Goodfellow, Bengio and Courville, Deep Learning, section 6.2.2.3.
    """

    structure = "diagonal minus rank one"

    def __init__(self, shape: MatrixShape, softmax: Node, axis: int, algebra: Algebra, *, is_log: bool) -> None:
        super().__init__(shape, shape, algebra)
        self.softmax = Term(softmax, algebra)
        self.axis, self.is_log = axis, is_log

    def _total(self, array: Array) -> Array:
        return np.asarray(array.sum(axis=self.axis - 2, keepdims=True))

    @property
    def multiplications(self) -> int:
        return self.y[0] * self.y[1] * (1 if self.is_log else 2)

    def pull_at(self, values: Values, upstream: Array) -> Array:
        a = self.softmax.at(values)
        if self.is_log:
            return upstream - a * self._total(upstream)
        return a * (upstream - self._total(a * upstream))

    def push_at(self, values: Values, tangent: Array) -> Array:
        a = self.softmax.at(values)
        if self.is_log:
            return tangent - self._total(a * tangent)
        return a * (tangent - self._total(a * tangent))

    def pull_formula(self, upstream: Node) -> Node:
        a, rules = self.softmax.node, self.algebra
        if self.is_log:
            return self._less(upstream, rules.times(a, self._total_formula(upstream)))
        weighted = rules.times(a, upstream)
        if a in walk(weighted):
            return rules.times(a, self._less(upstream, self._total_formula(weighted)))
        # The a has cancelled, as in the y / a of a cross-entropy.
        return self._less(weighted, rules.times(a, self._total_formula(weighted)))

    def _less(self, first: Node, second: Node) -> Node:
        return self.algebra.plus(first, algebra.negate(second))

    def push_formula(self, tangent: Node) -> Node:
        a, rules = self.softmax.node, self.algebra
        mean = self._total_formula(rules.times(a, tangent))
        return Binary("-", tangent, mean) if self.is_log else rules.times(a, Binary("-", tangent, mean))

    def _total_formula(self, node: Node) -> Node:
        value, rest = algebra.coefficient(Call("sum", (node,)) if 1 in self.y else self.algebra.total(node, self.axis))
        return algebra.scaled(value, rest)

    def numerator_formula(self) -> Node:
        a = self.softmax.node
        if 1 in self.y:
            column = a if self.y[1] == 1 else self.algebra.transpose(a)
            row = self.algebra.transpose(column)
            if self.is_log:
                size = self.y[0] * self.y[1]
                return Binary("-", algebra.eye(size), Binary("@", algebra.ones((size, 1)), row))
            return Binary("-", algebra.diag(column), Binary("@", column, row))
        rows, columns = self.y
        blocks = (algebra.eye(columns), algebra.ones((rows, rows)))
        if self.axis == 1:
            blocks = (algebra.ones((columns, columns)), algebra.eye(rows))
        stacked = algebra.diag(Call("vec", (a,)))
        spread = Binary("@", Call("kron", blocks), stacked)
        if self.is_log:
            return Binary("-", algebra.eye(rows * columns), spread)
        return Binary("-", stacked, Binary("@", stacked, spread))

    def block(self, rows: Indices, columns: Indices) -> Array:
        softmax = self.array(self.softmax)
        first, second = entries_at(softmax, rows), entries_at(softmax, columns)
        vector = np.floor_divide if self.axis == 0 else np.remainder  # which column or row an entry belongs to
        together = np.equal.outer(vector(rows, self.y[0]), vector(columns, self.y[0]))
        diagonal = np.where(np.equal.outer(rows, columns), 1.0 if self.is_log else first[:, None], 0.0)
        left = np.ones(len(rows)) if self.is_log else first
        return np.asarray(diagonal - np.where(together, np.multiply.outer(left, second), 0.0))

    def index_formula(self, y: str, x: str) -> str:
        place, by = pair(y, self.y), pair(x, self.x)
        own, other = (entry_of(self.softmax.node, each, self.algebra) for each in (place, by))
        own = "1" if self.is_log else own
        if 1 in self.y:
            return times(own, f"({kronecker_delta(place, by)} − {other})")
        apart, along = (slice(1, 2), slice(0, 1)) if self.axis == 0 else (slice(0, 1), slice(1, 2))
        return times(
            kronecker_delta(place[apart], by[apart]), own, f"({kronecker_delta(place[along], by[along])} − {other})"
        )
