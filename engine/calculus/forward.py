"""Forward accumulation: the same factors, multiplied from the target on to what is differentiated.

The product carried along is ∂v/∂target, which has as many entries as v times the target; that of reverse accumulation
has as many as `of` times v. Where a line reads several values that depend on the target, each path is a step, and
adding the paths is one. Source: Griewank and Walther, Evaluating Derivatives, chapter 3.
"""

from __future__ import annotations

from engine.calculus.forms import Entry, Joining, entry_joining, explicit, stacked, sum_joining
from engine.calculus.jacobians import Jacobian
from engine.calculus.layouts import Arrangement, Form, Layout, Operation, arrangement, unvec, vec
from engine.calculus.products import MatrixShape, Product
from engine.formula import Array
from engine.formula.syntax import Node


class Tangent(Product):
    """∂v/∂target, to which a leg of the route has come: every entry of the target is changed by itself."""

    @property
    def of(self) -> str:
        return self.leg.numerator

    @property
    def of_shape(self) -> MatrixShape:
        if self.leg.jacobian is not None:
            return self.leg.jacobian.y
        assert self.before is not None
        return self.before.of_shape

    @property
    def name(self) -> str:
        """What the derivative is by: the target."""
        return self.leg.denominator if self.before is None else self.before.name

    @property
    def shape(self) -> MatrixShape:
        """The shape of the target."""
        if self.before is not None:
            return self.before.shape
        assert self.leg.jacobian is not None
        return self.leg.jacobian.x

    @property
    def formula(self) -> Node | None:
        return None

    def window(self, rows: slice, columns: slice) -> Array:
        return self.array[..., rows, columns]

    @property
    def array(self) -> Array:
        """∂v/∂target in the shape of the target, with one leading axis over the entries of v if it has several."""
        if self._array is None:
            jacobian, before = self.leg.jacobian, self.before
            if jacobian is None or before is None:
                self._array = self._sum_or_first()
            else:
                self._array = self._pushed(jacobian, before)
        return self._array

    def _pushed(self, jacobian: Jacobian, before: Product) -> Array:
        entries = self.shape[0] * self.shape[1]
        # The entries of the target to the front: one tangent of u for each.
        tangents = unvec(vec(before.array).reshape(-1, entries).T, jacobian.x)
        pushed = vec(jacobian.push_at(self.values, tangents)).reshape(entries, -1)
        array = unvec(pushed.T, self.shape)
        return array[0] if self.has_gradient else array


def join_forward(product: Tangent, layout: Layout, form: Form, entry: Entry | None) -> Joining:
    """How the last factor of `product` joins what was there before, on the side away from the target."""
    jacobian, before = product.leg.jacobian, product.before
    side = layout.side.flipped
    if jacobian is None:
        return sum_joining(product, layout, form, entry, side)
    jacobian = jacobian.in_layout(layout)
    if before is None:
        first = entry_joining(jacobian, None, product, entry) if entry is not None else None
        return first or (stacked if form is Form.VEC else explicit)(jacobian, None, product)
    if entry is not None:
        factor = stacked(jacobian, None, product).factor
        return Joining(factor, Operation.MATMUL, side, before.entry(layout, *entry), product.entry(layout, *entry))
    if form is Form.VEC:
        factor = stacked(jacobian, None, product).factor
        return Joining(factor, Operation.MATMUL, side, before.column(layout), product.column(layout))
    factor = explicit(jacobian, None, product).factor
    if _is_flat(jacobian, before):
        return Joining(factor, Operation.MATMUL, side, before.column(layout), product.column(layout))
    scales = jacobian.y == (1, 1) and jacobian.x == (1, 1)
    operation = Operation.HADAMARD if scales else Operation.CONTRACT
    return Joining(factor, operation, side, before.derivative(layout), product.derivative(layout))


def _is_flat(jacobian: Jacobian, before: Product) -> bool:
    """Whether both are matrices, so that they are multiplied as such."""
    flat = Arrangement.FLAT
    return arrangement(jacobian.y, jacobian.x) is flat and arrangement(before.of_shape, before.shape) is flat
