"""How the entries of one derivative are spread over the axes of an array, and the way from one array to another.

∂y/∂x of matrices y and x has four indices: k and l, row and column of y, and i and j, row and column of x. Every
tool and every layout puts them on axes of its own, sometimes several on one: stacking a matrix by its columns counts
its rows fastest, `lk`. Two such orders say all that is needed to turn one array into the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.calculus.layouts import Arrangement, Layout, arrangement
from engine.formula import Array

Axes = tuple[str, ...]
"""The indices that each axis of an array counts, the slowest first: `("k", "l", "i", "j")`, or `("lk", "ji")`."""

Y_INDICES, X_INDICES = "kl", "ij"
MatrixShape = tuple[int, int]


def sizes_of(y: MatrixShape, x: MatrixShape) -> dict[str, int]:
    """The length of each index."""
    return dict(zip(Y_INDICES + X_INDICES, (*map(int, y), *map(int, x)), strict=True))


def chainstep_axes(y: MatrixShape, x: MatrixShape, layout: Layout, *, stacked: bool = False) -> Axes:
    """Where chainstep puts ∂y/∂x, as `derivative_shape` says; `stacked` is form `vec`, where all goes through vec."""
    flat: Axes = ("ji", "lk")
    in_denominator: Mapping[Arrangement, Axes] = {
        Arrangement.FLAT: flat,
        Arrangement.GRADIENT: ("i", "j"),
        Arrangement.TANGENT: ("l", "k"),
        Arrangement.TENSOR: ("i", "j", "lk"),
    }
    axes = flat if stacked else in_denominator[arrangement(y, x)]
    return axes if layout is Layout.DENOMINATOR else axes[::-1]


def shape_of(axes: Axes, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape of an array with these axes."""
    return tuple(math.prod(sizes[index] for index in axis) for axis in axes)


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """The way from another tool's array to chainstep's: reshape, permute the axes, reshape, rows counted slowest."""

    split: tuple[int, ...]
    """The array's shape with every index on an axis of its own, indices of length one left out."""
    permutation: tuple[int, ...]
    """As NumPy's `transpose` and PyTorch's `permute` take it."""
    shape: tuple[int, ...]
    """Of the result."""

    def __call__(self, array: Any) -> Array:
        """The array rearranged. Raises a ValueError if it has not as many entries as it should have."""
        return np.asarray(array).reshape(self.split).transpose(self.permutation).reshape(self.shape)

    def code(self, name: str, shape: Sequence[int]) -> str:
        """The same in NumPy for an array called `name` of this shape, without the steps that do nothing."""
        text, moved = name, self.permutation != tuple(range(len(self.split)))
        if moved and tuple(shape) != self.split:
            text += f".reshape({', '.join(map(str, self.split))})"
        if moved:
            text += ".T" if self.permutation == (1, 0) else f".transpose({', '.join(map(str, self.permutation))})"
        now = tuple(self.split[axis] for axis in self.permutation) if moved else tuple(shape)
        return text if now == self.shape else f"{text}.reshape({', '.join(map(str, self.shape))})"


def rearrangement(theirs: Axes, ours: Axes, sizes: Mapping[str, int]) -> Rearrangement:
    """The way from an array with axes `theirs` to one with axes `ours`, for indices of these lengths."""
    before = [index for index in "".join(theirs) if sizes[index] > 1]
    after = [index for index in "".join(ours) if sizes[index] > 1]
    return Rearrangement(
        tuple(sizes[index] for index in before),
        tuple(before.index(index) for index in after),
        shape_of(ours, sizes),
    )


def index_order(y: str, x: str, axes: Axes, sizes: Mapping[str, int], *, first: int = 0) -> str:
    """Where an entry stands: `∂z2[k]/∂W2[i,j] at [k, 0, i, j]`, or `at [k + 3*l, i + 2*j]` of stacked columns.

    A vector has one index, k of y and i of x; a number has none. Indices count from `first`.
    """
    letters = {**_letters(Y_INDICES, sizes), **_letters(X_INDICES, sizes)}
    places = [_place(axis, letters, sizes, first) for axis in axes]
    return f"∂{_entry(y, Y_INDICES, letters)}/∂{_entry(x, X_INDICES, letters)} at [{', '.join(places)}]"


def _letters(indices: str, sizes: Mapping[str, int]) -> dict[str, str]:
    """What each index longer than one is called: a vector's only one is k (or i), whether it is a column or a row."""
    long = [index for index in indices if sizes[index] > 1]
    return dict(zip(long, indices, strict=False))


def _entry(name: str, indices: str, letters: Mapping[str, str]) -> str:
    inside = ",".join(letters[index] for index in indices if index in letters)
    return f"{name}[{inside}]" if inside else name


def _place(axis: str, letters: Mapping[str, str], sizes: Mapping[str, int], first: int) -> str:
    terms, stride = [], 1
    for index in reversed([index for index in axis if index in letters]):
        letter = f"({letters[index]} - 1)" if first and stride > 1 else letters[index]
        terms.append(f"{stride}*{letter}" if stride > 1 else letter)
        stride *= sizes[index]
    return " + ".join(terms) or str(first)
