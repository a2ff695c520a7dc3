"""Arithmetic on stacks of values: every value of one stack joined to every value of another, in one NumPy call.

A stack is an array (n, *shape): n values of one shape, a NumPy vector's shape having one number. A functional is an
array φ of the shape of a result; what it says of a value v is Σ φ ⊙ v. All joins but the division are linear in each
side, so a functional of the result can be pulled back to a functional of one side, as backpropagation does.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.formula import Array, Shape
from engine.formula.dimensions import ShapeError, broadcast, entries, matmul_shape

LINEAR = ("@", "*", "outer")
"""Joins that are linear in either side."""
ADDITIVE = ("+", "-")

_MATMUL = {(2, 2): "nrk,mkc->nmrc", (2, 1): "nrk,mk->nmr", (1, 2): "nk,mkc->nmc", (1, 1): "nk,mk->nm"}
_BY_LEFT = {(2, 2): "rc,mkc->mrk", (2, 1): "r,mk->mrk", (1, 2): "c,mkc->mk", (1, 1): ",mk->mk"}
_BY_RIGHT = {(2, 2): "rc,nrk->nkc", (2, 1): "r,nrk->nk", (1, 2): "c,nk->nkc", (1, 1): ",nk->nk"}


@lru_cache(maxsize=50_000)
def joined_shape(operator: str, left: Shape, right: Shape) -> Shape | None:
    """The shape of `left operator right`, or None where it cannot be applied."""
    try:
        if operator == "@":
            return matmul_shape(left, right)
        if operator == "outer":
            return (entries(left), entries(right)) if left and right else None
        return broadcast(left, right)
    except ShapeError:
        return None


def join(operator: str, left: Array, right: Array) -> Array:
    """Every value of `left` (n, *s) joined to every one of `right` (m, *t): (n, m, *shape of the result)."""
    if operator == "@":
        spelling = _MATMUL[left.ndim - 1, right.ndim - 1]
        if spelling == "nrk,mkc->nmrc":
            return _all_products(left, right)
        return np.asarray(np.einsum(spelling, left, right))
    if operator == "outer":
        return np.asarray(np.einsum("na,mb->nmab", left.reshape(len(left), -1), right.reshape(len(right), -1)))
    rank = max(left.ndim, right.ndim) - 1
    first = _lifted(left, rank)[:, None]
    second = _lifted(right, rank)[None]
    match operator:
        case "*":
            return np.asarray(first * second)
        case "/":
            return np.asarray(first / second)
        case "+":
            return np.asarray(first + second)
    assert operator == "-"
    return np.asarray(first - second)


def _all_products(left: Array, right: Array) -> Array:
    (n, r, k), (m, _, c) = left.shape, right.shape
    flat = left.reshape(n * r, k) @ right.transpose(1, 0, 2).reshape(k, m * c)  # (n r, m c) = (n r, k) @ (k, m c)
    return flat.reshape(n, r, m, c).transpose(0, 2, 1, 3)


def _lifted(stack: Array, rank: int) -> Array:
    """A stack whose values have `rank` dimensions, ones put in front as NumPy's broadcasting does."""
    shape = stack.shape[1:]
    return stack.reshape(len(stack), *(1,) * (rank - len(shape)), *shape)


def pull_left(operator: str, functional: Array, right: Array, shape: Shape) -> Array:
    """The functional of a left side of `shape`, for every right side: (m, *shape)."""
    if operator == "@":
        return np.asarray(np.einsum(_BY_LEFT[len(shape), right.ndim - 1], functional, right))
    if operator == "outer":
        return np.asarray(np.einsum("ab,mb->ma", functional, right.reshape(len(right), -1)).reshape(-1, *shape))
    assert operator == "*"
    return _summed(_lifted(right, functional.ndim) * functional, shape)


def pull_right(operator: str, functional: Array, left: Array, shape: Shape) -> Array:
    """The functional of a right side of `shape`, for every left side: (n, *shape)."""
    if operator == "@":
        return np.asarray(np.einsum(_BY_RIGHT[left.ndim - 1, len(shape)], functional, left))
    if operator == "outer":
        return np.asarray(np.einsum("ab,na->nb", functional, left.reshape(len(left), -1)).reshape(-1, *shape))
    return pull_left(operator, functional, left, shape)


def pull_term(functional: Array, shape: Shape) -> Array:
    """The functional of a term of `shape` in a sum, which may have been stretched."""
    return np.asarray(_summed(functional[None], shape)[0])


def _summed(stack: Array, shape: Shape) -> Array:
    """Sums over the dimensions that broadcasting has stretched: the adjoint of broadcasting."""
    extra = stack.ndim - 1 - len(shape)
    if extra:
        stack = stack.sum(axis=tuple(range(1, 1 + extra)))
    axes = tuple(axis for axis, size in enumerate(shape, start=1) if size == 1 and stack.shape[axis] != 1)
    return stack.sum(axis=axes, keepdims=True) if axes else stack


def scores(functional: Array, stack: Array) -> Array:
    """What a functional says of each value: (n,)."""
    return np.asarray(stack.reshape(len(stack), -1) @ functional.reshape(-1))


def fingerprints(stack: Array) -> Array:
    """A number for each value, such that equal values have equal ones and others almost surely do not."""
    size = stack[0].size if len(stack) else 1
    weights = np.random.default_rng([size, *stack.shape[1:]]).uniform(0.5, 1.5, size)
    mantissa, exponent = np.frexp(stack.reshape(len(stack), -1) @ weights)
    return np.asarray(np.round(mantissa * 2.0**34) + exponent * 2.0**36)
