"""The product so far, ∂of/∂v, computed when it is read, and the ways in which it is laid out."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from engine.calculus.algebra import ONE
from engine.calculus.jacobians import Gradient
from engine.calculus.layouts import Arrangement, Layout, arrangement, derivative_shape, unvec, vec_window
from engine.calculus.pictures import ALL, Picture
from engine.calculus.places import Places
from engine.calculus.route import Leg, Route
from engine.formula import Array
from engine.formula.evaluate import Values
from engine.formula.numerics import NUMBER_LOST, quietly
from engine.formula.syntax import Node

MatrixShape = tuple[int, int]


class Product(Struct, eq=False):
    """∂of/∂v, to which a leg of the route has come."""

    route: Route
    leg: Leg
    values: Values
    before: Product | None
    """The product that the leg's factor joins, or for a sum the first path; None where the chain begins."""
    addend: Product | None
    """For a sum, the other path."""
    _array: Array | None = None

    @property
    def array(self) -> Array:
        """∂of/∂v in the shape of v, with one leading axis over the entries of `of` if it has several."""
        array = self._array
        if array is None:
            jacobian, before = self.leg.jacobian, self.before
            if jacobian is None or before is None:
                array = quietly(self._sum_or_first)
            else:
                upstream = before._array  # mostly there, and a property takes as long as a small product
                if upstream is None:
                    upstream = before.array
                try:
                    array = jacobian.pull_at(self.values, upstream)
                except NUMBER_LOST:
                    array = quietly(jacobian.pull_at, self.values, upstream)
            self._array = array
        return array

    def window(self, rows: slice, columns: slice) -> Array:
        """A rectangle of `array`, without computing the rest where the last factor allows it."""
        if not self._has_windows or (rows is ALL and columns is ALL):
            return self.array[..., rows, columns]
        jacobian, before = self.leg.jacobian, self.before
        assert before is not None
        if jacobian is None:
            assert self.addend is not None
            return before.window(rows, columns) + self.addend.window(rows, columns)
        return jacobian.pull_window_at(self.values, before.array, rows, columns)

    @property
    def _has_windows(self) -> bool:
        """Whether a rectangle costs less than the whole, which has not been computed."""
        if self._array is not None or self.before is None:
            return False
        if self.leg.jacobian is not None:
            return self.leg.jacobian.pulls_windows
        assert self.addend is not None
        return self.before._has_windows or self.addend._has_windows

    def _stretch(self, cut: slice) -> Array:
        """A stretch of `vec(array)`, again without computing the rest: a rectangle in each column that it crosses."""
        rows = self.shape[0]
        start, stop, stride = cut.indices(rows * self.shape[1])
        if cut is ALL or stride != 1 or start >= stop or not self._has_windows:
            return vec_window(self.array, cut)
        crossed = range(start // rows, (stop - 1) // rows + 1)
        pieces = [
            self.window(
                slice(max(0, start - rows * column), min(rows, stop - rows * column)), slice(column, column + 1)
            )
            for column in crossed
        ]
        return np.concatenate(pieces, axis=-2)[..., 0]

    def _sum_or_first(self) -> Array:
        jacobian = self.leg.jacobian
        if jacobian is None:
            assert self.before is not None
            assert self.addend is not None
            return self.before.array + self.addend.array
        # ∂of/∂of is a one, with which a gradient need not be multiplied, or a unit matrix for each entry of `of`.
        if isinstance(jacobian, Gradient):
            return jacobian.gradient_at(self.values)
        size = self.of_shape[0] * self.of_shape[1]
        return jacobian.pull_at(self.values, unvec(np.eye(size), self.of_shape) if size > 1 else np.ones((1, 1)))

    @property
    def formula(self) -> Node | None:
        """The gradient of a scalar `of` in v's own shape, as one formula; None where `of` is not a scalar."""
        if not self.has_gradient:
            return None
        before = (self.before.formula if self.before else None) or ONE
        jacobian = self.leg.jacobian
        if jacobian is not None:
            return jacobian.pull_formula(before)
        assert self.addend is not None
        other = self.addend.leg.jacobian
        assert other is not None
        return other.algebra.plus(before, self.addend.formula or ONE)

    @property
    def of(self) -> str:
        return self.route.of

    @property
    def of_shape(self) -> MatrixShape:
        return self.route.of_shape

    @property
    def name(self) -> str:
        """What the derivative is by."""
        return self.leg.denominator

    @property
    def shape(self) -> MatrixShape:
        """The shape of v."""
        jacobian = self.leg.jacobian
        if jacobian is not None:
            return jacobian.x
        assert self.before is not None
        return self.before.shape

    @property
    def has_gradient(self) -> bool:
        """Whether `of` is a scalar, so that ∂of/∂v has the shape of v."""
        return self.of_shape == (1, 1)

    # ---- pictures, which read the shapes of this product and nothing else of it: they serve any numbers ------------

    def own(self, layout: Layout) -> Picture[Product]:
        """As a result: a scalar's gradient has v's own shape in denominator layout, and its transpose in numerator."""
        if not self.has_gradient:
            return self.derivative(layout)
        places = Places(Arrangement.GRADIENT, self.of_shape, self.shape, layout)
        if layout is Layout.DENOMINATOR:
            return Picture(self.shape, lambda product, rows, columns: product.window(rows, columns), places=places)
        return Picture(self.shape[::-1], lambda product, rows, columns: product.window(columns, rows).T, places=places)

    def column(self, layout: Layout) -> Picture[Product]:
        """∂of/∂vec(v), a column for a scalar `of` in denominator layout: what explicit Jacobians multiply."""
        shape = (self.shape[0] * self.shape[1], self.of_shape[0] * self.of_shape[1])

        def cut(product: Product, *cuts: slice) -> Array:
            entries, of = layout.reorder(cuts)
            block = product._stretch(entries).reshape(shape[1], -1)[of]
            return block.T if layout is Layout.DENOMINATOR else block

        places = Places(Arrangement.FLAT, self.of_shape, self.shape, layout)
        return Picture(shape if layout is Layout.DENOMINATOR else shape[::-1], cut, places=places)

    def derivative(self, layout: Layout) -> Picture[Product]:
        """As `derivative_shape` says: a vector's gradient as a column or a row, a vector by a matrix as a tensor."""
        kind, of_shape = arrangement(self.of_shape, self.shape), self.of_shape
        is_numerator = layout is Layout.NUMERATOR
        if kind is Arrangement.FLAT:
            return self.column(layout)
        if kind is Arrangement.GRADIENT:
            return self.own(layout)

        def tangent(product: Product, *cuts: slice) -> Array:
            matrix = unvec(product.array.ravel(), of_shape)
            return (matrix if is_numerator else matrix.T)[cuts]

        def tensor(product: Product, *cuts: slice) -> Array:
            rows, columns, of = layout.reorder(cuts)
            box = np.moveaxis(product.window(rows, columns)[of], 0, -1)  # (k, m, n) to (m, n, k)
            return box.transpose() if is_numerator else box

        shape = derivative_shape(of_shape, self.shape, layout)
        places = Places(kind, of_shape, self.shape, layout)
        return Picture(shape, tangent if kind is Arrangement.TANGENT else tensor, places=places)

    def entry(self, layout: Layout, row: int, column: int) -> Picture[Product]:
        """∂of/∂v[row, column]: a number for a scalar `of`, else a row (a column in numerator layout)."""
        size = self.of_shape[0] * self.of_shape[1]

        def cut(product: Product, *cuts: slice) -> Array:
            across = product.window(slice(row, row + 1), slice(column, column + 1)).reshape(1, size)
            return (across if layout is Layout.DENOMINATOR else across.T)[cuts]

        places = Places(Arrangement.FLAT, self.of_shape, self.shape, layout, row + column * self.shape[0])
        return Picture((1, size) if layout is Layout.DENOMINATOR else (size, 1), cut, places=places)
