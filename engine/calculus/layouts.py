"""The two layouts, what shape a derivative has in each, and the words for how a factor is shown and joined.

Numerator layout writes ∂y/∂x of y ∈ ℝᵐ by x ∈ ℝⁿ as m×n, denominator layout as its transpose, n×m. Because
(AB)ᵀ = BᵀAᵀ, a product that grows to the right in numerator layout grows to the left in denominator layout.
Source: Wikipedia, Matrix calculus, layout conventions.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, StrEnum, auto

import numpy as np
from numpy.typing import NDArray

from engine.formula import Array, Shape


class Layout(StrEnum):
    """Whether rows follow the numerator (the Jacobian) or the denominator (its transpose)."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"

    __hash__ = str.__hash__  # looked up for every derivation, and Enum's own is a function in Python

    @property
    def flipped(self) -> Layout:
        return Layout.NUMERATOR if self is Layout.DENOMINATOR else Layout.DENOMINATOR

    def reorder(self, cuts: Sequence[slice]) -> Sequence[slice]:
        """Slices in this layout's order of dimensions as slices in that of denominator layout, and back."""
        return cuts if self is Layout.DENOMINATOR else cuts[::-1]

    @property
    def side(self) -> Side:
        """The side on which the next factor joins the product."""
        return Side.RIGHT if self is Layout.NUMERATOR else Side.LEFT


class Form(StrEnum):
    """How factors are shown."""

    JACOBIAN = "jacobian"
    """Explicit matrices; ∂z/∂W as a 3-D tensor."""
    HADAMARD = "hadamard"
    """Diagonal matrices collapsed to ⊙, the tensor to an outer product: what one writes in code."""
    ENTRY = "entry"
    """For one entry W[i,j] of the target: ∂z/∂W[i,j] is a vector, and the product a number."""
    VEC = "vec"
    """Everything stacked to columns: ∂z/∂W is the matrix of a Kronecker product, aᵀ ⊗ I."""
    INDEX = "index"
    """Sums over indices: ∂z[k]/∂W[i,j] = δ[k,i] a[j]."""

    __hash__ = str.__hash__


class Order(StrEnum):
    """In which order the factors are multiplied; the result is the same, the work is not."""

    REVERSE = "reverse"
    """From what is differentiated back to the target: backpropagation."""
    FORWARD = "forward"
    """From the target on to what is differentiated."""

    @property
    def flipped(self) -> Order:
        return Order.FORWARD if self is Order.REVERSE else Order.REVERSE


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"

    @property
    def flipped(self) -> Side:
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Operation(StrEnum):
    """How a factor is joined to the product so far."""

    MATMUL = "matmul"
    HADAMARD = "hadamard"
    OUTER = "outer"
    CONTRACT = "contract"
    SUM = "sum"
    """Over two paths; or over samples, where a bias is repeated for each: a product with ones."""

    @property
    def symbol(self) -> str:
        return {"matmul": "·", "hadamard": "⊙", "outer": "⊗", "contract": "Σ", "sum": "+"}[self.value]


def matrix_shape(shape: Shape) -> tuple[int, int]:
    """A scalar as the 1×1 matrix that it is in matrix calculus; matrices as they are."""
    return (1, 1) if len(shape) == 0 else (shape[0], 1 if len(shape) == 1 else shape[1])


def is_vector(shape: Shape) -> bool:
    """Whether a matrix shape is a column, a row or 1×1."""
    return 1 in shape


class Arrangement(Enum):
    """What a derivative looks like, which depends on what is differentiated by what."""

    FLAT = auto()
    """Entries by entries, through vec: a vector by a vector, a matrix by a matrix."""
    GRADIENT = auto()
    """A scalar by a true matrix: the matrix's own shape in denominator layout."""
    TANGENT = auto()
    """A true matrix by a scalar: the matrix's own shape in numerator layout."""
    TENSOR = auto()
    """A vector by a true matrix: three dimensions."""


def arrangement(y: Shape, x: Shape) -> Arrangement:
    """How ∂y/∂x is arranged, for matrix shapes y and x."""
    if is_vector(x):
        return Arrangement.TANGENT if x[0] * x[1] == 1 and not is_vector(y) else Arrangement.FLAT
    if y[0] * y[1] == 1:
        return Arrangement.GRADIENT
    return Arrangement.TENSOR if is_vector(y) else Arrangement.FLAT


def derivative_shape(y: Shape, x: Shape, layout: Layout) -> tuple[int, ...]:
    """The shape of ∂y/∂x for matrix shapes y and x.

    A scalar by an m×n matrix is m×n in denominator layout, an m×n matrix by a scalar is m×n in numerator layout. A
    vector by a matrix is a tensor: (m, n, k) in denominator layout, all of them reversed in numerator layout.
    Everything else goes through column-stacking vec: (entries of x)×(entries of y) in denominator layout.
    """
    match arrangement(y, x):
        case Arrangement.FLAT:
            shape: tuple[int, ...] = (x[0] * x[1], y[0] * y[1])
        case Arrangement.GRADIENT:
            shape = (int(x[0]), int(x[1]))
        case Arrangement.TANGENT:
            shape = (int(y[1]), int(y[0]))
        case Arrangement.TENSOR:
            shape = (int(x[0]), int(x[1]), y[0] * y[1])
    return shape if layout is Layout.DENOMINATOR else shape[::-1]


def vec(array: Array) -> Array:
    """The columns of the last two axes stacked: (…, m, n) to (…, mn)."""
    return array.swapaxes(-1, -2).reshape(*array.shape[:-2], array.shape[-1] * array.shape[-2])


def unvec(array: Array, shape: Shape) -> Array:
    """The inverse of `vec`: (…, mn) to (…, m, n)."""
    return array.reshape(*array.shape[:-1], shape[1], shape[0]).swapaxes(-1, -2)


def picked(cut: slice, size: int) -> NDArray[np.intp]:
    """The positions that a slice picks of a dimension, without listing the others."""
    return np.arange(*cut.indices(size))


def entries_at(array: Array, positions: NDArray[np.intp]) -> Array:
    """The entries of `vec(array)` at some positions, without stacking the others: (…, m, n) to (…, positions)."""
    columns, rows = np.divmod(positions, array.shape[-2])
    return array[..., rows, columns]


def vec_window(array: Array, cut: slice) -> Array:
    """A stretch of `vec(array)`, without stacking the rest where that would copy it."""
    size = array.shape[-1] * array.shape[-2]
    if 1 in array.shape[-2:]:
        return array.reshape(*array.shape[:-2], size)[..., cut]
    return vec(array) if cut == slice(None) else entries_at(array, picked(cut, size))


def spell_size(shape: tuple[int, ...]) -> str:
    """`3×2×3`."""
    return "×".join(str(int(size)) for size in shape)


def laid_out(block: Array, y: Shape, x: Shape, kind: Arrangement, layout: Layout) -> Array:
    """∂y/∂x from its numerator-layout matrix over vec, (entries of y)×(entries of x).

    `y` and `x` are the shapes of the rectangles of entries that are there, `kind` the arrangement of the whole.
    """
    match kind:
        case Arrangement.FLAT:
            array = block.T
        case Arrangement.GRADIENT:
            array = unvec(block[0], x)
        case Arrangement.TANGENT:
            array = unvec(block[:, 0], y).T
        case Arrangement.TENSOR:
            array = np.moveaxis(unvec(block, x), 0, -1)  # (k, m, n) to (m, n, k)
    return array if layout is Layout.DENOMINATOR else array.transpose()
