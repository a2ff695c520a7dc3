"""The operation whose Jacobian is asked for, where it stands in a formula, and what rules build their answer with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.calculus import algebra
from engine.calculus.algebra import Algebra
from engine.calculus.jacobians import (
    Dense,
    Diagonal,
    Gradient,
    Identity,
    Jacobian,
    Kronecker,
    MatrixShape,
    Permutation,
    Zero,
    compose,
)
from engine.formula.functions import StaticValue
from engine.formula.syntax import Call, Node


@dataclass(frozen=True, slots=True)
class Site:
    """An operation in a formula, while its Jacobian by one operand is asked for."""

    node: Node
    operand: Node
    position: int
    """Which operand of the operation this is, counted from 0."""
    algebra: Algebra

    @property
    def y(self) -> MatrixShape:
        return self.algebra.matrix_shape(self.node)

    @property
    def x(self) -> MatrixShape:
        return self.algebra.matrix_shape(self.operand)

    def named(self, node: Node) -> Node:
        return self.algebra.by_name(node)

    @property
    def static(self) -> Mapping[str, StaticValue]:
        """The arguments that are part of the formula: an axis, a shape."""
        assert isinstance(self.node, Call)
        return self.algebra.shapes.arguments(self.node)[1]

    @property
    def axis(self) -> int | None:
        """Along which axis a reduction goes; None where it is of everything."""
        axis = self.static.get("axis")
        return None if axis is None else int(axis) % 2  # type: ignore[arg-type]

    def linear(self, left: Node | None, right: Node | None) -> Jacobian:
        """y = L x R: an explicit matrix where x and y are columns or rows, else a Kronecker product."""
        return linear(self.y, self.x, left, right, self.algebra)

    def transposed(self) -> Jacobian:
        """y = xᵀ."""
        return transposition(self.x, self.algebra)

    def stretched(self) -> Jacobian:
        """x repeated to the shape of y, as NumPy's broadcasting does: 1 x 1ᵀ."""
        rows = algebra.ones((self.y[0], 1)) if self.x[0] != self.y[0] else None
        columns = algebra.ones((1, self.y[1])) if self.x[1] != self.y[1] else None
        return self.linear(rows, columns)

    def diagonal(self, vector: Node) -> Jacobian:
        """y = v ⊙ x, entry by entry, x repeated where it is smaller."""
        if algebra.is_zero(vector):
            return self.zero()
        scale = Diagonal(self.y, vector, self.algebra) if vector != algebra.ONE else None
        return self.stretched() if scale is None else compose(scale, self.stretched())

    def zero(self) -> Jacobian:
        """Of what does not change but where it jumps: 0 and 1, as a mask has them."""
        return Zero(self.y, self.x, self.algebra)

    def gradient(self, gradient: Node) -> Jacobian:
        return Gradient(self.x, gradient, self.algebra)


Rule = Callable[[Site], Jacobian]
"""The Jacobian of the operation at a site by its operand."""


def linear(y: MatrixShape, x: MatrixShape, left: Node | None, right: Node | None, rules: Algebra) -> Jacobian:
    """y = L x R of these shapes, in the simplest structure that says it."""
    if left is None and right is None:
        return Identity(y, x, rules)
    if right is None and left is not None and x[1] == 1:
        return Dense(y, x, left, rules)
    if left is None and right is not None and x[0] == 1:
        return Dense(y, x, algebra.transpose(right), rules)
    return Kronecker(y, x, left, right, rules)


def transposition(x: MatrixShape, rules: Algebra) -> Jacobian:
    """y = xᵀ: of a vector, which vec stacks alike, the identity."""
    return (Identity if 1 in x else Permutation)(x[::-1], x, rules)
