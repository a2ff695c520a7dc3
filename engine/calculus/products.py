"""The product so far, ∂of/∂v, computed when it is read, and the ways in which it is laid out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from engine.calculus.layouts import Arrangement, Layout, arrangement, derivative_shape, laid_out, vec
from engine.formula import Array
from engine.formula.syntax import Node

MatrixShape = tuple[int, int]


class Shown:
    """A matrix (or tensor) as a step shows it: its shape at once, its entries when they are read."""

    def __init__(
        self, shape: tuple[int, ...], window: Callable[..., Array], formula: Callable[[], Node] | None = None
    ) -> None:
        self.shape = shape
        self.window = window
        """A box of entries: one slice for each dimension."""
        self._formula = formula

    @cached_property
    def value(self) -> Array:
        """All entries."""
        return self.window(*(slice(None) for _ in self.shape))

    @cached_property
    def formula(self) -> Node | None:
        """What it is made of; None for a product, whose formula is that of its factors."""
        return self._formula() if self._formula else None


class Product:
    """∂of/∂v. Inside, an array with the shape of v, and one leading axis over the entries of `of` if it has several."""

    def __init__(
        self,
        of: str,
        of_shape: MatrixShape,
        name: str,
        shape: MatrixShape,
        compute: Callable[[], Array],
        formula: Callable[[], Node] | None,
    ) -> None:
        self.of, self.of_shape, self.name, self.shape = of, of_shape, name, shape
        self._compute, self._formula = compute, formula

    @cached_property
    def array(self) -> Array:
        return self._compute()

    @cached_property
    def formula(self) -> Node | None:
        """The gradient of a scalar `of` in v's own shape, as one formula; None where `of` is not a scalar."""
        return self._formula() if self._formula else None

    @property
    def has_gradient(self) -> bool:
        """Whether `of` is a scalar, so that ∂of/∂v has the shape of v."""
        return self.of_shape == (1, 1)

    def own(self, layout: Layout) -> Shown:
        """As a result: a scalar's gradient has v's own shape in denominator layout, and its transpose in numerator."""
        if not self.has_gradient:
            return self.derivative(layout)
        shape = self.shape if layout is Layout.DENOMINATOR else self.shape[::-1]
        return Shown(shape, lambda *cuts: (self.array if layout is Layout.DENOMINATOR else self.array.T)[cuts])

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
            across = self.array[..., row, column].reshape(1, size)
            return (across if layout is Layout.DENOMINATOR else across.T)[cuts]

        return Shown((1, size) if layout is Layout.DENOMINATOR else (size, 1), window)
