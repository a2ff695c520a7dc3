"""The forms: how one and the same factor is shown and joined to the product so far.

`jacobian` shows explicit matrices and multiplies them, and so does `index`, which spells them by their entries.
`hadamard` shows what one writes in code: a diagonal matrix as the vector of its diagonal with ⊙, the tensor ∂z/∂W as
the row aᵀ of an outer product. `entry` shows explicit matrices and, as the last factor, ∂z/∂W[i,j] for one entry of
the target. `vec` stacks whatever is a matrix into a column, so that every factor is a matrix and every operation a
matrix product. Where a structure has no shorter spelling, `hadamard` shows the explicit matrix too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.calculus import algebra
from engine.calculus.jacobians import Dense, Diagonal, Gradient, Identity, Jacobian, Kronecker, Term
from engine.calculus.layouts import Arrangement, Form, Layout, Operation, Side, arrangement
from engine.calculus.products import Product, Shown
from engine.formula import Array
from engine.formula.syntax import Binary, Index, Node, Slice

Entry = tuple[int, int]
"""Row and column of an entry of the target, counted from 0."""


@dataclass(slots=True)
class Joining:
    """A factor as shown, with the products before and after it in the shapes that fit it."""

    factor: Shown
    operation: Operation | None
    """None for the first factor, which joins nothing."""
    side: Side | None
    before: Shown | None
    after: Shown


def join(product: Product, layout: Layout, form: Form, entry: Entry | None) -> Joining:
    """How the last factor of `product` joins what was there before; `entry` is set for the last one of form `entry`."""
    jacobian, before = product.leg.jacobian, product.before
    if jacobian is None:
        return sum_joining(product, layout, form, entry, layout.side)
    jacobian = jacobian.in_layout(layout).bind(product.values)
    if entry is not None:
        return entry_joining(jacobian, before, product, entry)
    if form is Form.VEC:
        return stacked(jacobian, before, product)
    if form is Form.HADAMARD and before is not None:
        compact = _COMPACT.get(type(jacobian))
        joining = compact(jacobian, before, product) if compact else None
        if joining is not None:
            return joining
    return explicit(jacobian, before, product)


def sum_joining(product: Product, layout: Layout, form: Form, entry: Entry | None, side: Side) -> Joining:
    """Two paths' products, added: a value that is read twice gets both gradients."""

    def show(part: Product) -> Shown:
        if entry is not None:
            return part.entry(layout, *entry)
        return part.own(layout) if form is Form.HADAMARD else part.derivative(layout)

    assert product.before is not None
    assert product.addend is not None
    return Joining(show(product.addend), Operation.SUM, side, show(product.before), show(product))


def stacked(jacobian: Jacobian, before: Product | None, after: Product) -> Joining:
    """Everything through vec: a factor is a matrix whatever it is by, and joins by a matrix product."""
    layout = jacobian.layout
    size = (jacobian.x[0] * jacobian.x[1], jacobian.y[0] * jacobian.y[1])

    def window(*cuts: slice) -> Array:
        columns, rows = (np.arange(length)[cut] for length, cut in zip(size, layout.reorder(cuts), strict=True))
        block = jacobian.block(rows, columns)
        return block.T if layout is Layout.DENOMINATOR else block

    factor = Shown(size if layout is Layout.DENOMINATOR else size[::-1], window, jacobian.formula_over_vec)
    if before is None:
        return Joining(factor, None, None, None, after.column(layout))
    return Joining(factor, Operation.MATMUL, layout.side, before.column(layout), after.column(layout))


def explicit(jacobian: Jacobian, before: Product | None, after: Product) -> Joining:
    """Explicit matrices and tensors."""
    layout = jacobian.layout
    factor = Shown(jacobian.shape, jacobian.window, jacobian.formula)
    if before is None:
        return Joining(factor, None, None, None, after.derivative(layout))
    match arrangement(jacobian.y, jacobian.x):
        case Arrangement.FLAT:
            return Joining(factor, Operation.MATMUL, layout.side, before.column(layout), after.column(layout))
        case Arrangement.GRADIENT if before.has_gradient:  # a number on the way, by a matrix: it scales
            return Joining(factor, Operation.HADAMARD, layout.side, before.column(layout), after.derivative(layout))
        case Arrangement.TANGENT:
            return Joining(factor, Operation.CONTRACT, layout.side, before.derivative(layout), after.derivative(layout))
    return Joining(factor, Operation.CONTRACT, layout.side, before.column(layout), after.derivative(layout))


def _compact_diagonal(jacobian: Jacobian, before: Product, after: Product) -> Joining | None:
    assert isinstance(jacobian, Diagonal | Identity)
    if jacobian.y != jacobian.x or not (before.has_gradient or jacobian.y[1] == 1):
        return None
    layout = jacobian.layout
    shape = jacobian.y if layout is Layout.DENOMINATOR else jacobian.y[::-1]

    def window(*cuts: slice) -> Array:
        vector = jacobian.diagonal()
        return (vector if layout is Layout.DENOMINATOR else vector.T)[cuts]

    def formula() -> Node:
        vector = jacobian.vector_formula() if isinstance(jacobian, Diagonal) else algebra.ones(jacobian.y)
        return vector if layout is Layout.DENOMINATOR else jacobian.algebra.transpose(vector)

    factor = Shown(shape, window, formula)
    return Joining(factor, Operation.HADAMARD, layout.side, _matrix(before, layout), _matrix(after, layout))


def _matrix(product: Product, layout: Layout) -> Shown:
    return product.own(layout) if product.has_gradient else product.column(layout)


def _compact_dense(jacobian: Jacobian, before: Product, after: Product) -> Joining | None:
    """A row y = x W pulls back as δ Wᵀ, on the other side than a column does."""
    is_row = jacobian.y[0] == 1 and jacobian.x[0] == 1 and jacobian.y[1] * jacobian.x[1] > 1
    if not (is_row and before.has_gradient):
        return None
    assert isinstance(jacobian, Dense)
    layout = jacobian.layout
    turned = jacobian.transpose()
    factor = Shown(turned.shape, turned.window, turned.formula)
    return Joining(factor, Operation.MATMUL, layout.side.flipped, before.own(layout), after.own(layout))


def _compact_kronecker(jacobian: Jacobian, before: Product, after: Product) -> Joining | None:
    assert isinstance(jacobian, Kronecker)
    if not before.has_gradient or (jacobian.left is not None and jacobian.right is not None):
        return None
    layout = jacobian.layout
    is_outer = False
    if jacobian.left is not None:  # Lᵀ δ, or δᵀ L
        factor = _operand(jacobian, jacobian.left, transposed=layout is Layout.DENOMINATOR)
        side = layout.side
    else:  # δ Rᵀ, or R δᵀ
        assert jacobian.right is not None
        factor = _operand(jacobian, jacobian.right, transposed=layout is Layout.DENOMINATOR)
        side = layout.side.flipped
        is_outer = jacobian.y[1] == 1
    operation = Operation.OUTER if is_outer else Operation.MATMUL
    return Joining(factor, operation, side, before.own(layout), after.own(layout))


def _operand(jacobian: Jacobian, term: Term, *, transposed: bool) -> Shown:
    rows, columns = jacobian.algebra.matrix_shape(term.node)

    def window(*cuts: slice) -> Array:
        array = jacobian.array(term)
        return (array.T if transposed else array)[cuts]

    return Shown(
        (columns, rows) if transposed else (rows, columns),
        window,
        lambda: jacobian.algebra.transpose(term.node) if transposed else term.node,
    )


def _compact_gradient(jacobian: Jacobian, before: Product, after: Product) -> Joining | None:
    if not before.has_gradient:
        return None
    layout = jacobian.layout
    assert isinstance(jacobian, Gradient)
    formula = jacobian.gradient_formula()
    is_own = layout is Layout.DENOMINATOR

    def window(*cuts: slice) -> Array:
        gradient = jacobian.gradient_at(jacobian.values)
        return (gradient if is_own else gradient.T)[cuts]

    factor = Shown(
        jacobian.x if is_own else jacobian.x[::-1],
        window,
        lambda: formula if is_own else jacobian.algebra.transpose(formula),
    )
    return Joining(factor, Operation.HADAMARD, layout.side, before.own(layout), after.own(layout))


_COMPACT: Mapping[type[Jacobian], Callable[[Jacobian, Product, Product], Joining | None]] = {
    Identity: _compact_diagonal,
    Diagonal: _compact_diagonal,
    Dense: _compact_dense,
    Kronecker: _compact_kronecker,
    Gradient: _compact_gradient,
}
"""The shorter spelling of each structure; None where there is none for these shapes."""


def entry_joining(jacobian: Jacobian, before: Product | None, after: Product, entry: Entry) -> Joining:
    """The last factor by one entry of the target: a row in denominator layout, a column in numerator layout."""
    layout = jacobian.layout
    row, column = entry
    size = jacobian.y[0] * jacobian.y[1]
    position = row + column * jacobian.x[0]

    def window(*cuts: slice) -> Array:
        across = jacobian.column(position).reshape(1, size)
        return (across if layout is Layout.DENOMINATOR else across.T)[cuts]

    factor = Shown(
        (1, size) if layout is Layout.DENOMINATOR else (size, 1),
        window,
        lambda: _entry_formula(jacobian, entry, position),
    )
    shown = after.entry(layout, row, column)
    if before is None:
        return Joining(factor, None, None, None, shown)
    return Joining(factor, Operation.MATMUL, layout.side, before.column(layout), shown)


def _entry_formula(jacobian: Jacobian, entry: Entry, position: int) -> Node:
    layout = jacobian.layout

    def cut(node: Node, index: int) -> Node:
        piece = Slice(index, index + 1)
        return Index(node, (piece,) if layout is Layout.DENOMINATOR else (Slice(None, None), piece))

    if isinstance(jacobian, Kronecker) and jacobian.left is None and jacobian.y[1] == 1:
        assert jacobian.right is not None  # z = W a: ∂z/∂W[i,j] = a[j] e_i
        number = Index(jacobian.right.node, (entry[1], 0))
        return Binary("*", number, cut(algebra.eye(jacobian.y[0]), entry[0]))
    if jacobian.y == (1, 1):
        gradient = jacobian.pull_formula(algebra.ONE)
        if jacobian.x == (1, 1):
            return gradient
        return Index(gradient, (Slice(entry[0], entry[0] + 1), Slice(entry[1], entry[1] + 1)))
    return cut(jacobian.formula_over_vec(), position)
