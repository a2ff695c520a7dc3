"""Dimensions with names, and the two rules of NumPy that decide shapes: matrix product and broadcasting."""

from __future__ import annotations

import math
from collections.abc import Sequence

Shape = tuple[int, ...]
"""Zero, one or two dimensions; any of them may be a `Dim`."""


class Dim(int):
    """A size that remembers what it counts: `Dim(3, "n2")` equals 3 and is named in messages."""

    name: str | None

    def __new__(cls, size: int, name: str | None = None) -> Dim:
        dim = super().__new__(cls, size)
        dim.name = name
        return dim


class ShapeError(ValueError):
    """An operation that shapes forbid; becomes a located Diagnostic in `ShapeMap.of`."""

    def __init__(
        self, message: str, notes: tuple[str, ...] = (), hints: tuple[str, ...] = (), code: str = "shape_mismatch"
    ) -> None:
        super().__init__(message)
        self.message, self.notes, self.hints, self.code = message, notes, hints, code


def spell_shape(shape: Sequence[int]) -> str:
    """`3×2` for a matrix, `vector of 3` for a NumPy vector, `a scalar` for a scalar."""
    if len(shape) == 0:
        return "a scalar"
    if len(shape) == 1:
        return f"a NumPy vector of {shape[0]:d}"
    return "×".join(f"{size:d}" for size in shape)


def spell_dims(shape: Sequence[int]) -> str:
    """`n2×n1`: the names of the dimensions, a size where there is none."""
    return "×".join(getattr(size, "name", None) or f"{size:d}" for size in shape)


def entries(shape: Sequence[int]) -> int:
    """How many entries a value of this shape has."""
    return math.prod(int(size) for size in shape)


def matmul_shape(left: Shape, right: Shape) -> Shape:
    """The shape of `left @ right` under NumPy's rules for matrices and vectors."""
    if not left or not right:
        raise ShapeError("a matrix product needs two matrices, and one side is a scalar",
                         hints=("scale with * instead of @",))  # fmt: skip
    if left[-1] != right[0]:
        notes = [f"the inner dimensions {left[-1]:d} and {right[0]:d} differ"]
        if any(getattr(size, "name", None) for size in (left[-1], right[0])):
            notes.append(f"by name: {spell_dims(left)} times {spell_dims(right)}")
        raise ShapeError(f"cannot multiply {spell_shape(left)} by {spell_shape(right)}", tuple(notes))
    return (*left[:-1], *right[1:])


def broadcast(left: Shape, right: Shape) -> Shape:
    """The shape to which NumPy stretches both sides of an entry-by-entry operation."""
    longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
    padded = (1,) * (len(longer) - len(shorter)) + tuple(shorter)
    result = []
    for one, other in zip(longer, padded, strict=True):
        if one != other and 1 not in (one, other):
            named = any(getattr(size, "name", None) for size in (*left, *right))
            notes = (f"by name: {spell_dims(left)} and {spell_dims(right)}",) if named else ()
            raise ShapeError(f"{spell_shape(left)} and {spell_shape(right)} do not have the same shape", notes)
        result.append(other if one == 1 else one)
    return tuple(result)
