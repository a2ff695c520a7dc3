"""The product so far, ∂of/∂v, computed when it is read, and the ways in which it is laid out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from engine.calculus.algebra import ONE
from engine.calculus.jacobians import Gradient
from engine.calculus.layouts import Arrangement, Layout, arrangement, derivative_shape, laid_out, unvec, vec
from engine.calculus.route import Leg, Route
from engine.formula import Array
from engine.formula.evaluate import Values
from engine.formula.syntax import Node

MatrixShape = tuple[int, int]


class Shown:
    """A matrix (or tensor) as a step shows it: its shape at once, its entries when they are read."""

    def __init__(
        self, shape: tuple[int, ...], window: Callable[..., Array], formula: Callable[[], Node] | None = None
    ) -> None:
        self.shape = shape
        self._window = window
        self._formula = formula

    def window(self, *cuts: slice) -> Array:
        """A box of entries, one slice for each dimension; an infinite slope is shown as that, without a warning."""
        with np.errstate(all="ignore"):
            return self._window(*cuts)

    @cached_property
    def value(self) -> Array:
        """All entries."""
        return self.window(*(slice(None) for _ in self.shape))

    @cached_property
    def formula(self) -> Node | None:
        """What it is made of; None for a product, whose formula is that of its factors."""
        return self._formula() if self._formula else None


class Product:
    """∂of/∂v, to which a leg of the route has come."""

    __slots__ = ("_array", "addend", "before", "leg", "route", "values")

    def __init__(self, route: Route, leg: Leg, values: Values, before: Product | None, addend: Product | None) -> None:
        self.route, self.leg, self.values = route, leg, values
        self.before, self.addend = before, addend
        """The product that the leg's factor joins, or for a sum the two paths."""
        self._array: Array | None = None

    @property
    def array(self) -> Array:
        """∂of/∂v in the shape of v, with one leading axis over the entries of `of` if it has several."""
        array = self._array
        if array is None:
            array = self._array = self._compute()
        return array

    def window(self, rows: slice, columns: slice) -> Array:
        """A rectangle of `array`, without computing the rest where the last factor allows it."""
        jacobian, before = self.leg.jacobian, self.before
        if self._array is not None or jacobian is None or before is None:
            return self.array[..., rows, columns]
        return jacobian.pull_window_at(self.values, before.array, rows, columns)

    def _compute(self) -> Array:
        jacobian, before = self.leg.jacobian, self.before
        if jacobian is None:
            assert before is not None
            assert self.addend is not None
            return before.array + self.addend.array
        if before is None:
            # ∂of/∂of is a one, with which a gradient need not be multiplied, or a unit matrix for each entry of `of`.
            if isinstance(jacobian, Gradient):
                return jacobian.gradient_at(self.values)
            size = self.of_shape[0] * self.of_shape[1]
            return jacobian.pull_at(self.values, unvec(np.eye(size), self.of_shape) if size > 1 else np.ones((1, 1)))
        return jacobian.pull_at(self.values, before.array)

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

    def own(self, layout: Layout) -> Shown:
        """As a result: a scalar's gradient has v's own shape in denominator layout, and its transpose in numerator."""
        if not self.has_gradient:
            return self.derivative(layout)
        shape = self.shape if layout is Layout.DENOMINATOR else self.shape[::-1]

        def window(*cuts: slice) -> Array:
            rows, columns = layout.reorder(cuts)
            part = self.window(rows, columns)
            return part if layout is Layout.DENOMINATOR else part.T

        return Shown(shape, window)

    def column(self, layout: Layout) -> Shown:
        """∂of/∂vec(v), a column for a scalar `of` in denominator layout: what explicit Jacobians multiply."""
        shape = (self.shape[0] * self.shape[1], self.of_shape[0] * self.of_shape[1])

        def window(*cuts: slice) -> Array:
            rows = vec(self.array).reshape(shape[1], shape[0])
            return (rows.T if layout is Layout.DENOMINATOR else rows)[cuts]

        return Shown(shape if layout is Layout.DENOMINATOR else shape[::-1], window)

    def derivative(self, layout: Layout) -> Shown:
        """As `derivative_shape` says: a vector's gradient as a column or a row, a vector by a matrix as a tensor."""
        kind = arrangement(self.of_shape, self.shape)
        if kind is Arrangement.GRADIENT:
            return self.own(layout)
        size = self.of_shape[0] * self.of_shape[1]

        def window(*cuts: slice) -> Array:
            block = vec(self.array).reshape(size, -1)
            return laid_out(block, self.of_shape, self.shape, kind, layout)[cuts]

        return Shown(derivative_shape(self.of_shape, self.shape, layout), window)

    def entry(self, layout: Layout, row: int, column: int) -> Shown:
        """∂of/∂v[row, column]: a number for a scalar `of`, else a row (a column in numerator layout)."""
        size = self.of_shape[0] * self.of_shape[1]

        def window(*cuts: slice) -> Array:
            across = self.window(slice(row, row + 1), slice(column, column + 1)).reshape(1, size)
            return (across if layout is Layout.DENOMINATOR else across.T)[cuts]

        return Shown((1, size) if layout is Layout.DENOMINATOR else (size, 1), window)
