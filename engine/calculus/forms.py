"""The forms: how one and the same factor is shown and joined to the product so far.

`jacobian` shows explicit matrices and multiplies them, and so does `index`, which spells them by their entries.
`hadamard` shows what one writes in code: a diagonal matrix as the vector of its diagonal with ⊙, the tensor ∂z/∂W as
the row aᵀ of an outer product. `entry` shows explicit matrices and, as the last factor, ∂z/∂W[i,j] for one entry of
the target. `vec` stacks whatever is a matrix into a column, so that every factor is a matrix and every operation a
matrix product. Where a structure has no shorter spelling, `hadamard` shows the explicit matrix too.

What is decided here is decided by shapes, once for a route: a `Joining` has no numbers, and its pictures are filled
with those of any product that the same leg leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.calculus import algebra
from engine.calculus.algebra import Algebra
from engine.calculus.jacobians import (
    Dense,
    Diagonal,
    Gradient,
    Identity,
    Jacobian,
    Kronecker,
    Permutation,
    Term,
    transposed,
)
from engine.calculus.jacobians import Product as JacobianProduct
from engine.calculus.layouts import Arrangement, Form, Layout, Operation, Side, arrangement, picked
from engine.calculus.pictures import Picture
from engine.calculus.places import Places
from engine.calculus.products import Product
from engine.formula import Array
from engine.formula.evaluate import Evaluator, Values
from engine.formula.syntax import Binary, Index, Node, Slice

Entry = tuple[int, int]
"""Row and column of an entry of the target, counted from 0."""


@dataclass(slots=True)
class Joining:
    """How a factor is shown and joined, with the products before and after it in the shapes that fit it."""

    factor: Picture[Any]
    """Filled from a forward pass, or where paths are added from the other path's product."""
    operation: Operation | None
    """None for the first factor, which joins nothing."""
    side: Side | None
    before: Picture[Product] | None
    after: Picture[Product]
    is_turned: bool = False
    """Whether `before` is shown transposed, as δᵀ in δᵀ a, the gradient by W of z = a Wᵀ."""


def join(product: Product, layout: Layout, form: Form, entry: Entry | None) -> Joining:
    """How the last factor of `product` joins what was there before; `entry` is set for the last one of form `entry`."""
    jacobian, before = product.leg.jacobian, product.before
    if jacobian is None:
        return sum_joining(product, layout, form, entry, layout.side)
    jacobian = jacobian.in_layout(layout)
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

    def show(part: Product) -> Picture[Product]:
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

    def cut(values: Values, *cuts: slice) -> Array:
        columns, rows = (picked(cut, length) for length, cut in zip(size, layout.reorder(cuts), strict=True))
        block = jacobian.bind(values).block(rows, columns)
        return block.T if layout is Layout.DENOMINATOR else block

    factor: Picture[Values] = Picture(
        size if layout is Layout.DENOMINATOR else size[::-1], cut, jacobian.formula_over_vec,
        places=Places(Arrangement.FLAT, jacobian.y, jacobian.x, layout),
    )  # fmt: skip
    if before is None:
        return Joining(factor, None, None, None, after.column(layout))
    return Joining(factor, Operation.MATMUL, layout.side, before.column(layout), after.column(layout))


def explicit(jacobian: Jacobian, before: Product | None, after: Product) -> Joining:
    """Explicit matrices and tensors."""
    layout = jacobian.layout
    factor = _explicitly(jacobian)
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


def _explicitly(jacobian: Jacobian) -> Picture[Values]:
    places = Places(arrangement(jacobian.y, jacobian.x), jacobian.y, jacobian.x, jacobian.layout)
    if jacobian.matrix_at is not None:
        at = jacobian.matrix_at if jacobian.layout is Layout.DENOMINATOR else transposed(jacobian.matrix_at)
        return _at_hand(jacobian.shape, at, jacobian.formula, places)
    return Picture(
        jacobian.shape, lambda values, *cuts: jacobian.bind(values).window(*cuts), jacobian.formula, places=places
    )


def _at_hand(
    shape: tuple[int, ...], at: Evaluator, formula: Callable[[], Node], places: Places | None = None
) -> Picture[Values]:
    """A matrix that need not be put together, because it is the value of a formula."""
    return Picture(shape, lambda values, *cuts: at(values)[cuts], formula, at, places)


def _laid_out(rules: Algebra, shape: tuple[int, int], at: Evaluator, formula: Node, *, is_own: bool) -> Picture[Values]:
    """A formula's value as it is, or transposed."""
    if is_own:
        return _at_hand(shape, at, lambda: formula)
    return _at_hand(shape[::-1], transposed(at), lambda: rules.transpose(formula))


def _compact_diagonal(jacobian: Jacobian, before: Product, after: Product) -> Joining | None:
    assert isinstance(jacobian, Diagonal | Identity)
    if jacobian.y != jacobian.x or not (before.has_gradient or jacobian.y[1] == 1):
        return None
    layout = jacobian.layout
    vector = jacobian.vector_formula() if isinstance(jacobian, Diagonal) else algebra.ones(jacobian.y)
    factor = _laid_out(jacobian.algebra, jacobian.y, jacobian.diagonal_at, vector, is_own=layout is Layout.DENOMINATOR)
    return Joining(factor, Operation.HADAMARD, layout.side, _matrix(before, layout), _matrix(after, layout))


def _matrix(product: Product, layout: Layout) -> Picture[Product]:
    return product.own(layout) if product.has_gradient else product.column(layout)


def _compact_dense(jacobian: Jacobian, before: Product, after: Product) -> Joining | None:
    """A row y = x W pulls back as δ Wᵀ, on the other side than a column does."""
    is_row = jacobian.y[0] == 1 and jacobian.x[0] == 1 and jacobian.y[1] * jacobian.x[1] > 1
    if not (is_row and before.has_gradient):
        return None
    layout = jacobian.layout
    factor = _explicitly(jacobian.transpose())
    return Joining(factor, Operation.MATMUL, layout.side.flipped, before.own(layout), after.own(layout))


def _compact_kronecker(jacobian: Jacobian, before: Product, after: Product) -> Joining | None:
    assert isinstance(jacobian, Kronecker)
    if not before.has_gradient or (jacobian.left is not None and jacobian.right is not None):
        return None
    layout = jacobian.layout
    side = layout.side if jacobian.left is not None else layout.side.flipped  # Lᵀ δ, or δᵀ L; δ Rᵀ, or R δᵀ
    term = jacobian.left or jacobian.right
    assert term is not None
    factor = _operand(jacobian, term, transposed=layout is Layout.DENOMINATOR)
    operation = Operation.MATMUL
    if jacobian.summed_axis is not None:
        operation = Operation.SUM
    elif jacobian.right is not None and jacobian.y[1] == 1:
        operation = Operation.OUTER
    return Joining(factor, operation, side, before.own(layout), after.own(layout))


def _compact_turned(jacobian: Jacobian, before: Product, after: Product) -> Joining | None:
    """z = L Wᵀ or Wᵀ R pulls back as (Lᵀ δ)ᵀ = δᵀ L, or (δ Rᵀ)ᵀ = R δᵀ."""
    assert isinstance(jacobian, JacobianProduct)
    outer = jacobian.outer
    if not (isinstance(outer, Kronecker) and isinstance(jacobian.inner, Permutation) and before.has_gradient):
        return None
    term = outer.left or outer.right
    if term is None or (outer.left and outer.right):
        return None
    layout = jacobian.layout
    factor = _operand(jacobian, term, transposed=layout is Layout.NUMERATOR)
    side = layout.side.flipped if outer.left is not None else layout.side
    shown = before.own(layout.flipped)
    return Joining(factor, Operation.MATMUL, side, shown, after.own(layout), is_turned=True)


def _operand(jacobian: Jacobian, term: Term, *, transposed: bool) -> Picture[Values]:
    """One side of a Kronecker product, as it is or transposed."""
    return _laid_out(
        jacobian.algebra, jacobian.algebra.matrix_shape(term.node), term.at, term.node, is_own=not transposed
    )


def _compact_gradient(jacobian: Jacobian, before: Product, after: Product) -> Joining | None:
    if not before.has_gradient:
        return None
    layout = jacobian.layout
    assert isinstance(jacobian, Gradient)
    is_own = layout is Layout.DENOMINATOR
    factor = _laid_out(jacobian.algebra, jacobian.x, jacobian.gradient_at, jacobian.gradient_formula(), is_own=is_own)
    return Joining(factor, Operation.HADAMARD, layout.side, before.own(layout), after.own(layout))


_COMPACT: Mapping[type[Jacobian], Callable[[Jacobian, Product, Product], Joining | None]] = {
    Identity: _compact_diagonal,
    Diagonal: _compact_diagonal,
    Dense: _compact_dense,
    Kronecker: _compact_kronecker,
    Gradient: _compact_gradient,
    JacobianProduct: _compact_turned,
}
"""The shorter spelling of each structure; None where there is none for these shapes."""


def entry_joining(jacobian: Jacobian, before: Product | None, after: Product, entry: Entry) -> Joining:
    """The last factor by one entry of the target: a row in denominator layout, a column in numerator layout."""
    layout = jacobian.layout
    row, column = entry
    size = jacobian.y[0] * jacobian.y[1]
    position = row + column * jacobian.x[0]

    def cut(values: Values, *cuts: slice) -> Array:
        row, along = layout.reorder(cuts)
        across = jacobian.bind(values).block(picked(along, size), np.array([position]))[:, row]
        return across.T if layout is Layout.DENOMINATOR else across

    factor: Picture[Values] = Picture(
        (1, size) if layout is Layout.DENOMINATOR else (size, 1),
        cut,
        lambda: _entry_formula(jacobian, entry, position),
        places=Places(Arrangement.FLAT, jacobian.y, jacobian.x, layout, position),
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
