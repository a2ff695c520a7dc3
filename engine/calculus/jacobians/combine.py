"""Jacobians of Jacobians: products and sums inside of one formula, in the simplest structure that says them."""

from __future__ import annotations

from engine.calculus import algebra
from engine.calculus.algebra import Algebra
from engine.calculus.jacobians.base import Indices, Jacobian, Term, entry_of, pair
from engine.calculus.jacobians.structures import (
    Dense,
    Diagonal,
    Gradient,
    Identity,
    Kronecker,
    Permutation,
    Zero,
    times,
)
from engine.calculus.layouts import entries_at
from engine.formula import Array
from engine.formula.evaluate import Values
from engine.formula.syntax import Node


class Product(Jacobian):
    """∂y/∂x = ∂y/∂u ∂u/∂x inside of one formula, where no simpler structure says the same."""

    structure = "dense"

    def __init__(self, outer: Jacobian, inner: Jacobian) -> None:
        super().__init__(outer.y, inner.x, outer.algebra)
        self.outer, self.inner = outer, inner
        self.pulls_windows = inner.pulls_windows or (isinstance(inner, Permutation) and outer.pulls_windows)

    @property
    def multiplications(self) -> int:
        return self.outer.multiplications + self.inner.multiplications

    def pull_at(self, values: Values, upstream: Array) -> Array:
        return self.inner.pull_at(values, self.outer.pull_at(values, upstream))

    def pull_window_at(self, values: Values, upstream: Array, rows: slice, columns: slice) -> Array:
        if isinstance(self.inner, Permutation):
            return self.outer.pull_window_at(values, upstream, columns, rows).swapaxes(-1, -2)
        return self.inner.pull_window_at(values, self.outer.pull_at(values, upstream), rows, columns)

    def block(self, rows: Indices, columns: Indices) -> Array:
        outer, inner = self.outer.bind(self.values), self.inner.bind(self.values)
        match outer, inner:
            case Diagonal(), _:
                return entries_at(outer.diagonal_at(self.values), rows)[:, None] * inner.block(rows, columns)
            case _, Diagonal():
                return outer.block(rows, columns) * entries_at(inner.diagonal_at(self.values), columns)
            case _, Permutation():
                return outer.block(rows, inner.moved(columns))
        return super().block(rows, columns)

    def push_at(self, values: Values, tangent: Array) -> Array:
        return self.outer.push_at(values, self.inner.push_at(values, tangent))

    def pull_formula(self, upstream: Node) -> Node:
        return self.inner.pull_formula(self.outer.pull_formula(upstream))

    def push_formula(self, tangent: Node) -> Node:
        return self.outer.push_formula(self.inner.push_formula(tangent))

    def numerator_formula(self) -> Node:
        return self.algebra.matmul(self.outer.numerator_formula(), self.inner.numerator_formula())

    def index_formula(self, y: str, x: str) -> str:
        """A transpose inside swaps two indices, and a diagonal outside is a factor more."""
        match self.outer, self.inner:
            case _, Permutation():
                return self.outer.index_formula(y, ",".join(reversed(x.split(","))))
            case Permutation(), _:
                return self.inner.index_formula(",".join(reversed(y.split(","))), x)
            case Diagonal(), _:
                factor = entry_of(self.outer.vector.node, pair(y, self.y), self.algebra)
                return times(factor, self.inner.index_formula(y, x))
        return super().index_formula(y, x)


class Sum(Jacobian):
    """∂y/∂x where x is read in several places of one formula: the sum over the places."""

    structure = "dense"

    def __init__(self, first: Jacobian, second: Jacobian) -> None:
        super().__init__(first.y, first.x, first.algebra)
        self.first, self.second = first, second

    @property
    def multiplications(self) -> int:
        return self.first.multiplications + self.second.multiplications

    def pull_at(self, values: Values, upstream: Array) -> Array:
        return self.first.pull_at(values, upstream) + self.second.pull_at(values, upstream)

    def block(self, rows: Indices, columns: Indices) -> Array:
        return self.first.bind(self.values).block(rows, columns) + self.second.bind(self.values).block(rows, columns)

    def push_at(self, values: Values, tangent: Array) -> Array:
        return self.first.push_at(values, tangent) + self.second.push_at(values, tangent)

    def pull_formula(self, upstream: Node) -> Node:
        return self.algebra.plus(self.first.pull_formula(upstream), self.second.pull_formula(upstream))

    def push_formula(self, tangent: Node) -> Node:
        return self.algebra.plus(self.first.push_formula(tangent), self.second.push_formula(tangent))

    def numerator_formula(self) -> Node:
        return self.algebra.plus(self.first.numerator_formula(), self.second.numerator_formula())


def compose(outer: Jacobian, inner: Jacobian) -> Jacobian:
    """∂y/∂u ∂u/∂x in the simplest structure that says it."""
    rules: Algebra = outer.algebra
    match outer, inner:
        case (Zero(), _) | (_, Zero()):
            return Zero(outer.y, inner.x, rules)
        case Identity(), _ if outer.x == outer.y:
            return inner
        case _, Identity() if inner.x == inner.y:
            return outer
        case Gradient(), _:
            gradient = inner.pull_formula(outer.gradient_formula())
            return Gradient(inner.x, gradient, rules)
        case _, Gradient() if outer.y == (1, 1):  # a scalar of a scalar
            slope = outer.pull_formula(algebra.ONE)
            return Gradient(inner.x, rules.times(slope, inner.gradient.node), rules)
        case Diagonal(), Diagonal():
            return Diagonal(outer.y, rules.times(outer.vector.node, inner.vector.node), rules)
        case Dense(), Dense():
            return Dense(outer.y, inner.x, rules.matmul(outer.matrix.node, inner.matrix.node), rules)
        case Dense(), Identity() if 1 in inner.x:
            return Dense(outer.y, inner.x, outer.matrix.node, rules)
        case Identity(), Dense() if 1 in outer.y:
            return Dense(outer.y, inner.x, inner.matrix.node, rules)
        case Kronecker(), Kronecker():
            left = _joined(outer.left, inner.left, rules)
            right = _joined(inner.right, outer.right, rules)
            return Kronecker(outer.y, inner.x, left, right, rules)
        case (Diagonal() as scale, Kronecker() as rest) | (Kronecker() as rest, Diagonal() as scale) if (
            rules.matrix_shape(scale.vector.node) == (1, 1)
        ):
            return _scaled(rest, scale.vector.node, rules)
        case Diagonal(), Dense() if inner.x == (1, 1):
            column = rules.times(outer.vector.node, inner.matrix.node)
            return Dense(outer.y, inner.x, column, rules) if outer.y[1] == 1 else Product(outer, inner)
        case Identity(), Identity():
            return Identity(outer.y, inner.x, rules)
        case Diagonal(), Product() if rules.matrix_shape(outer.vector.node) == (1, 1):
            return compose(compose(outer, inner.outer), inner.inner)
        case Identity(), Product() if isinstance(inner.outer, Identity):
            return compose(compose(outer, inner.outer), inner.inner)
    if outer.y == (1, 1):
        return Gradient(inner.x, inner.pull_formula(outer.pull_formula(algebra.ONE)), rules)
    return Product(outer, inner)


def add(first: Jacobian, second: Jacobian) -> Jacobian:
    """The sum of two Jacobians of the same y and x, in the simplest structure that says it."""
    rules: Algebra = first.algebra
    match first, second:
        case Zero(), _:
            return second
        case _, Zero():
            return first
        case Gradient(), Gradient():
            return Gradient(first.x, rules.plus(first.gradient.node, second.gradient.node), rules)
        case Dense(), Dense():
            return Dense(first.y, first.x, rules.plus(first.matrix.node, second.matrix.node), rules)
        case (Diagonal() | Identity(), Diagonal() | Identity()) if first.x == first.y:
            return Diagonal(first.y, rules.plus(_diagonal_of(first), _diagonal_of(second)), rules)
    return Sum(first, second)


def _diagonal_of(jacobian: Jacobian) -> Node:
    return jacobian.vector.node if isinstance(jacobian, Diagonal) else algebra.ONE


def _scaled(jacobian: Kronecker, number: Node, rules: Algebra) -> Jacobian:
    """A number times a Kronecker product, which goes to a side that there is: (A / s) X and not (A X) / s."""
    left, right = (None if side is None else side.node for side in (jacobian.left, jacobian.right))
    if left is not None:
        left = rules.times(number, left)
    elif right is not None:
        right = rules.times(number, right)
    else:
        return Diagonal(jacobian.y, number, rules)
    return Kronecker(jacobian.y, jacobian.x, left, right, rules)


def _joined(first: Term | None, second: Term | None, rules: Algebra) -> Node | None:
    if first is None or second is None:
        term = second if first is None else first
        return None if term is None else term.node
    return rules.matmul(first.node, second.node)
