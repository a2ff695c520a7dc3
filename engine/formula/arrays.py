"""What functions that arrange entries do: stack, take out, join, pick; the shape that comes out, and the array."""

from __future__ import annotations

from functools import reduce

import numpy as np

from engine.formula.dimensions import Shape, ShapeError, broadcast, entries, spell_shape
from engine.formula.signature import Array


def as_vector(name: str, shape: Shape) -> int:
    if len(shape) == 0 or (len(shape) == 2 and 1 not in shape):
        raise ShapeError(f"{name} takes a vector, not {spell_shape(shape)}")
    return max(shape)


def diag_shape(shape: Shape) -> Shape:
    """A vector makes a diagonal matrix, and a square matrix gives its diagonal."""
    if len(shape) == 2 and shape[0] == shape[1] > 1:
        return shape[:1]
    size = as_vector("diag", shape)
    return (size, size)


def diag(value: Array) -> Array:
    """As `numpy.diag`, with a column or a row for a vector."""
    return np.diag(np.ravel(value) if 1 in value.shape else value)


def matrix(shape: Shape) -> Shape:
    """A matrix, and nothing else."""
    if len(shape) != 2:
        raise ShapeError(f"this takes a matrix, not {spell_shape(shape)}")
    return shape


def cross_shape(left: Shape, right: Shape, axis: object = None) -> Shape:
    """Two vectors of three, in whatever way both lie; `axis` may say where the three are."""
    along = {(3,): (None, 0, -1), (3, 1): (None, 0), (1, 3): (None, 1, -1)}
    if left != right or axis not in along.get(tuple(map(int, left)), ()):
        raise ShapeError(f"cross takes two vectors of 3, not {spell_shape(left)} and {spell_shape(right)}")
    return left


def cross(left: Array, right: Array) -> Array:
    """The vector product, of columns too."""
    return np.cross(left.ravel(), right.ravel()).reshape(left.shape)


def logsumexp(value: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """log Σ exp(z), shifted so that it cannot overflow."""
    most = value.max(axis=axis, keepdims=True)
    total = np.log(np.exp(value - most).sum(axis=axis, keepdims=True)) + most
    return np.asarray(total if keepdims else total.squeeze() if axis is None else total.squeeze(axis))


def outer_shape(left: Shape, right: Shape) -> Shape:
    try:
        return (as_vector("outer", left), as_vector("outer", right))
    except ShapeError as problem:
        problem.hints = ("outer and ⊗ take two vectors; the Kronecker product of matrices is kron(A, B)",)
        raise


def kron_shape(left: Shape, right: Shape) -> Shape:
    if 1 in (len(left), len(right)):
        raise ShapeError("kron takes two matrices")
    left, right = left or (1, 1), right or (1, 1)
    return (left[0] * right[0], left[1] * right[1])


def stacked(name: str, axis: int, *shapes: Shape) -> Shape:
    """Matrices below (axis 0) or beside (axis 1) each other; to NumPy a number and a vector below others are rows."""
    if axis == 0:
        shapes = tuple((1,) * (2 - len(shape)) + shape for shape in shapes)
    if not shapes or any(len(shape) != 2 for shape in shapes):
        raise ShapeError(f"{name} joins matrices, as in {name}([a, b])")
    across = {int(shape[1 - axis]) for shape in shapes}
    if len(across) > 1:
        what = "columns" if axis == 0 else "rows"
        raise ShapeError(f"{name} needs the same number of {what}: {', '.join(map(spell_shape, shapes))}")
    total = sum(int(shape[axis]) for shape in shapes)
    return (total, shapes[0][1]) if axis == 0 else (shapes[0][0], total)


def beside(*shapes: Shape) -> Shape:
    """`hstack`: numbers and vectors one after the other, or matrices beside each other."""
    is_flat = bool(shapes) and all(len(shape) < 2 for shape in shapes)
    return (sum(map(entries, shapes)),) if is_flat else stacked("hstack", 1, *shapes)


def concatenated(*shapes: Shape, axis: object = 0) -> Shape:
    """`concatenate`: along the rows unless said otherwise."""
    if shapes and all(len(shape) == 1 for shape in shapes):
        return joined(*shapes)
    if any(len(shape) != 2 for shape in shapes):
        raise ShapeError("concatenate joins matrices, or vectors, and not one with the other")
    return stacked("concatenate", 1 if axis in (1, -1) else 0, *shapes)


def joined(*shapes: Shape) -> Shape:
    """`concat`: numbers and vectors one after the other."""
    if not shapes or any(len(shape) > 1 for shape in shapes):
        raise ShapeError("concat joins scalars and NumPy vectors")
    return (sum(entries(shape) for shape in shapes),)


def deleted(shape: Shape, obj: int, axis: int) -> Shape:
    """A matrix without one of its rows (axis 0) or columns (axis 1)."""
    what = ("row", "column")[axis]
    if len(shape) != 2:
        raise ShapeError(f"delete takes a {what} out of a matrix, not out of {spell_shape(shape)}")
    size = shape[axis]
    if not -size <= obj < size:
        raise ShapeError(
            f"{spell_shape(shape)} has no {what} {obj}: rows and columns count from 0", code="bad_argument"
        )
    if size == 1:
        raise ShapeError(f"{spell_shape(shape)} has only one {what}, and nothing would be left", code="bad_argument")
    return (size - 1, shape[1]) if axis == 0 else (shape[0], size - 1)


def reshaped(shape: Shape, rows: int | tuple[int, ...], columns: int | None = None) -> Shape:
    """The shape that is asked for, a -1 in it replaced by what is left; as one tuple or as separate sizes."""
    wanted = rows if isinstance(rows, tuple) else (rows,) if columns is None else (rows, columns)
    count, known = entries(shape), entries([size for size in wanted if size != -1])
    if wanted.count(-1) == 1 and known and count % known == 0:
        wanted = tuple(count // known if size == -1 else size for size in wanted)
    if min(wanted) < 1 or entries(wanted) != count:
        asked = ", ".join(map(str, wanted))
        raise ShapeError(f"{spell_shape(shape)} has {count} entries, which do not fill the shape ({asked})")
    return wanted


def reshape(value: Array, rows: int | tuple[int, ...], columns: int | None = None) -> Array:
    """Row after row, as NumPy does."""
    return np.reshape(value, reshaped(value.shape, rows, columns))


def broadcast_all(*shapes: Shape) -> Shape:
    """The shape to which several operands are stretched."""
    return reduce(broadcast, shapes)


def commutation(m: int, n: int) -> Array:
    """The matrix K for which vec(Xᵀ) = K vec(X), of an m×n matrix X."""
    i, j = np.divmod(np.arange(m * n), n)  # row j + i n of K picks x[i,j], which is entry i + j m of vec(X)
    return np.asarray(np.eye(m * n)[i + j * m])
