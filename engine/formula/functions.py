"""The functions of the formula language, one entry each: shape, value and, if pointwise, derivative.

A new activation is one entry in `engine.formula.pointwise` and nothing else. A new structural function is one
`Function` entry here, and one rule in `engine.calculus.operations` that says how it is differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.formula import arrays
from engine.formula.dimensions import Shape, ShapeError, broadcast, entries, matmul_shape, spell_shape
from engine.formula.pointwise import POINTWISE, sigmoid
from engine.formula.signature import (
    ANY,
    AXES,
    AXIS,
    LENGTH,
    ONE_AXIS,
    POWER,
    SHAPE,
    SIZE,
    SIZES,
    WHOLE,
    Array,
    Definition,
    Function,
    Pointwise,
    Static,
    StaticValue,
)

__all__ = [
    "ALIASES", "ANY", "DEFINED", "FUNCTIONS", "POINTWISE", "Array", "Definition", "Function", "Pointwise", "Static",
    "StaticValue", "log_softmax", "sigmoid", "softmax", "softmax_axis",
]  # fmt: skip


def _reduced(shape: Shape, axis: StaticValue = None, keepdims: StaticValue = False) -> Shape:
    if axis is None:
        return (1,) * len(shape) if keepdims else ()
    if not isinstance(axis, int) or not -len(shape) <= axis < len(shape):
        raise ShapeError(f"{spell_shape(shape)} has no axis {axis}", code="bad_argument")
    return tuple(
        1 if position == axis % len(shape) else size
        for position, size in enumerate(shape)
        if keepdims or position != axis % len(shape)
    )


def _reduction(name: str, value: Callable[..., Any]) -> Function:
    return Function(name, _reduced, value, static=AXES)


def _trace_shape(shape: Shape) -> Shape:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(f"trace takes a square matrix, not {spell_shape(shape)}")
    return ()


def _item_shape(shape: Shape) -> Shape:
    if entries(shape) != 1:
        raise ShapeError(f"item takes a single number, not {spell_shape(shape)}")
    return ()


def _transposed(shape: Shape) -> Shape:
    if len(shape) != 2:
        raise ShapeError(f"pinv takes a matrix, not {spell_shape(shape)}")
    return shape[::-1]


def _square(name: str, shape: Shape) -> Shape:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(f"{name} takes a square matrix, not {spell_shape(shape)}")
    return shape


def _inverse(matrix: Array) -> Array:
    try:
        return np.asarray(np.linalg.inv(matrix))
    except np.linalg.LinAlgError:
        return np.asarray(1.0 / np.zeros_like(matrix))  # a division by zero, as it is for a number


def _loss_shape(prediction: Shape, target: Shape) -> Shape:
    if broadcast(prediction, target) != prediction:
        raise ShapeError(f"the prediction is {spell_shape(prediction)} and the target {spell_shape(target)}")
    return ()


def softmax_axis(shape: Shape, axis: StaticValue = None) -> int:
    """The axis that a softmax normalises: the length of a column or a row, and of a matrix the one that is said."""
    if axis is not None:
        return int(axis) % max(1, len(shape))  # type: ignore[arg-type]
    if len(shape) == 2 and 1 not in shape:
        raise ShapeError(
            f"a softmax of {spell_shape(shape)} must say along which axis",
            hints=("softmax_cols(Z) for samples in columns, softmax_rows(Z) for samples in rows",),
        )
    return 1 if len(shape) == 2 and shape[0] == 1 else 0


def _softmax_shape(shape: Shape, axis: StaticValue = None) -> Shape:
    softmax_axis(shape, axis)
    return shape


def softmax(z: Array, axis: StaticValue = None) -> Array:
    """exp(z) / Σ exp(z), shifted so that it cannot overflow."""
    if z.ndim == 0:
        return np.ones_like(z)
    along = softmax_axis(z.shape, axis)
    powers = np.exp(z - z.max(axis=along, keepdims=True))
    return np.asarray(powers / powers.sum(axis=along, keepdims=True))


def log_softmax(z: Array, axis: StaticValue = None) -> Array:
    """z − log Σ exp(z), shifted so that it cannot overflow."""
    if z.ndim == 0:
        return np.zeros_like(z)
    along = softmax_axis(z.shape, axis)
    shifted = z - z.max(axis=along, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=along, keepdims=True)))


def _softmaxes(name: str, value: Callable[..., Array]) -> tuple[Function, ...]:
    """A softmax with the axis as an argument, down the columns, and along the rows."""
    return (
        Function(name, _softmax_shape, value, static={"axis": AXIS}),
        Function(f"{name}_cols", lambda shape: shape, lambda z: value(z, 0)),
        Function(f"{name}_rows", lambda shape: shape, lambda z: value(z, 1)),
    )


def _unstacked(shape: Shape, m: int, n: int) -> Shape:
    if shape != (m * n, 1):
        raise ShapeError(f"unvec to {m}×{n} takes a column of {m * n}, not {spell_shape(shape)}")
    return (m, n)


def _sum(value: Array, axis: StaticValue = None, keepdims: StaticValue = False) -> Any:
    """What `np.sum` calls, in a third of its time for a small matrix."""
    if axis is None and not keepdims:
        return np.add.reduce(value, None)
    return np.add.reduce(value, axis=axis, keepdims=keepdims)  # type: ignore[call-overload]


STRUCTURAL: tuple[Function, ...] = (
    _reduction("sum", _sum),
    _reduction("mean", np.mean),
    _reduction("max", np.max),
    _reduction("min", np.min),
    _reduction("any", lambda value, **axes: np.any(value, **axes).astype(np.float64)),
    _reduction("all", lambda value, **axes: np.all(value, **axes).astype(np.float64)),
    _reduction("var", np.var),
    _reduction("std", np.std),
    _reduction("logsumexp", arrays.logsumexp),
    _reduction("norm", np.linalg.norm),
    Function("trace", _trace_shape, np.trace),
    Function("det", lambda shape: _square("det", shape)[:0], np.linalg.det),
    Function("inv", lambda shape: _square("inv", shape), _inverse),
    Function(
        "matrix_power",
        lambda shape, n: _square("matrix_power", shape),
        lambda matrix, n: np.linalg.matrix_power(matrix, n),
        static={"n": POWER},
    ),
    Function("pinv", _transposed, np.linalg.pinv),
    Function(
        "vstack", lambda *shapes: arrays.stacked("vstack", 0, *shapes), lambda *parts: np.vstack(parts), operands=ANY
    ),
    Function("hstack", arrays.beside, lambda *parts: np.hstack(parts), operands=ANY),
    Function(
        "concatenate",
        arrays.concatenated,
        lambda *parts, axis=0: np.concatenate(parts, axis=axis),
        operands=ANY,
        static={"axis": AXIS},
    ),
    Function("delete", arrays.deleted, np.delete, static={"obj": WHOLE, "axis": ONE_AXIS}),
    Function("where", arrays.broadcast_all, lambda mask, then, other: np.where(mask != 0, then, other), operands=3),
    Function("maximum", arrays.broadcast_all, np.maximum, operands=2),
    Function("minimum", arrays.broadcast_all, np.minimum, operands=2),
    Function("diag", arrays.diag_shape, arrays.diag),
    Function("tril", arrays.matrix, np.tril),
    Function("triu", arrays.matrix, np.triu),
    Function(
        "cross",
        arrays.cross_shape,
        lambda left, right, axis=None: arrays.cross(left, right),
        operands=2,
        static={"axis": AXIS},
    ),
    Function("zeros_like", lambda shape: shape, np.zeros_like),
    Function("ones_like", lambda shape: shape, np.ones_like),
    Function("outer", arrays.outer_shape, np.outer, operands=2),
    Function("kron", arrays.kron_shape, np.kron, operands=2),
    Function(
        "commutation",
        lambda m, n: (m * n, m * n),
        arrays.commutation,
        operands=0,
        static={"m": SIZE, "n": SIZE},
    ),
    Function("vec", lambda shape: (entries(shape), 1), lambda value: np.reshape(value, (-1, 1), order="F")),
    Function(
        "unvec",
        _unstacked,
        lambda column, m, n: np.reshape(column, (m, n), order="F"),
        static={"m": SIZE, "n": SIZE},
    ),
    Function("reshape", arrays.reshaped, arrays.reshape, static={"rows": SIZES, "columns": LENGTH}),
    Function("concat", arrays.joined, lambda *parts: np.concatenate([np.ravel(part) for part in parts]), operands=ANY),
    Function("ravel", lambda shape: (entries(shape),), np.ravel),
    Function("item", _item_shape, lambda value: value.reshape(())),
    Function("shape", lambda shape: (len(shape),), lambda value: np.array(value.shape, dtype=np.float64)),
    Function("ones", lambda shape: shape, lambda shape: np.ones(shape), operands=0, static={"shape": SHAPE}),
    Function("zeros", lambda shape: shape, lambda shape: np.zeros(shape), operands=0, static={"shape": SHAPE}),
    Function("eye", lambda n: (n, n), lambda n: np.eye(n), operands=0, static={"n": SIZE}),
    Function("arange", lambda n: (n,), lambda n: np.arange(float(n)), operands=0, static={"n": SIZE}),
    *_softmaxes("softmax", softmax),
    *_softmaxes("log_softmax", log_softmax),
)


def _as_its_body(*_: Array) -> Array:
    raise AssertionError("a definition is compiled from its body")


def _loss(name: str, body: str) -> Definition:
    return Definition(name, _loss_shape, _as_its_body, operands=2, parameters=("a", "y"), body=body)


DEFINED: tuple[Definition, ...] = (
    _loss("half_squared_error", "0.5 * sum((a - y)**2)"),
    _loss("squared_error", "sum((a - y)**2)"),
    _loss("mean_squared_error", "mean((a - y)**2)"),
    _loss("absolute_error", "sum(abs(a - y))"),
    _loss("huber", "sum(huber_penalty(a - y))"),
    _loss("cross_entropy", "-sum(y * log(a))"),
    _loss("binary_cross_entropy", "-sum(y * log(a) + (1 - y) * log(1 - a))"),
    _loss("softmax_cross_entropy", "-sum(y * log_softmax(a))"),
    _loss("softmax_cross_entropy_cols", "-sum(y * log_softmax_cols(a))"),
    _loss("softmax_cross_entropy_rows", "-sum(y * log_softmax_rows(a))"),
    _loss("sigmoid_cross_entropy", "sum(softplus(a) - y * a)"),
)

SHORTHANDS: tuple[Definition, ...] = (  # each reads its arguments once
    Definition(
        "solve",
        lambda matrix, right: matmul_shape(_square("solve", matrix), right),
        _as_its_body,
        operands=2,
        parameters=("A", "b"),
        body="inv(A) @ b",
    ),
)

FUNCTIONS: Mapping[str, Function] = {
    function.name: function for function in (*POINTWISE, *STRUCTURAL, *DEFINED, *SHORTHANDS)
}

ALIASES: Mapping[str, str] = {
    "σ": "sigmoid",
    "Φ": "Phi",
    "ReLU": "relu",
    "ln": "log",
    "diagv": "diag",
    "flatten": "ravel",
    "Diag": "diag",
    "expit": "sigmoid",
    "logistic": "sigmoid",
    "absolute": "abs",
    "Tr": "trace",
    "tr": "trace",
}
"""Other spellings of a function's name, where it is followed by `(`."""
