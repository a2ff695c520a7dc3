"""The functions of the formula language, one entry each: shape, value and, if pointwise, derivative.

A new activation is one `Pointwise` entry here and nothing else. A new structural function is one `Function` entry
here, and one rule in `engine.calculus.operations` that says how it is differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formula.dimensions import Shape, ShapeError, broadcast, entries, spell_shape

Array = NDArray[np.float64]
StaticValue = int | bool | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Static:
    """An argument that is part of the formula and not of the data."""

    description: str
    accepts: Callable[[StaticValue], bool]


AXIS = Static("0 (down the rows) or 1 (along the columns)", lambda value: value in (None, 0, 1, -1))
FLAG = Static("True or False", lambda value: isinstance(value, bool))
SIZE = Static("a positive whole number", lambda value: type(value) is not bool and isinstance(value, int) and value > 0)
SHAPE = Static(
    "a shape such as (3, 1)",
    lambda value: isinstance(value, tuple) and 1 <= len(value) <= 2 and all(size > 0 for size in value),
)
AXES: Mapping[str, Static] = {"axis": AXIS, "keepdims": FLAG}


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language."""

    name: str
    shape: Callable[..., Shape]
    """From the operands' shapes and the static arguments; raises ShapeError."""
    value: Callable[..., Any]
    """An array or a number from the operands' arrays and the static arguments."""
    operands: int = 1
    static: Mapping[str, Static] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pointwise(Function):
    """A function applied to each entry, so its Jacobian is the diagonal of `slope`."""

    slope: Callable[[Array, Array], Array] = field(kw_only=True)
    """The derivative at `z`, given also `a = value(z)`, which is often what makes it cheap."""
    formula: str = field(kw_only=True)
    """The same derivative in the language, over `z` and `a`; `name'(z)` where no simpler spelling exists."""
    symbol: str | None = field(kw_only=True, default=None)
    """How the function is drawn on paper: `σ`."""
    kinks: tuple[float, ...] = field(kw_only=True, default=())
    """Where the function has no derivative and a convention decides."""


def _pointwise(
    name: str,
    value: Callable[[Array], Array],
    slope: Callable[[Array, Array], Array],
    formula: str,
    symbol: str | None = None,
    kinks: tuple[float, ...] = (),
) -> Pointwise:
    return Pointwise(name, lambda shape: shape, value, slope=slope, formula=formula, symbol=symbol, kinks=kinks)


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), written so that a large |z| cannot overflow."""
    decay = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, decay) / (1.0 + decay)


def relu(z: Array) -> Array:
    """max(0, z), entry by entry."""
    return np.maximum(z, 0.0)


def _step(z: Array, _: Array) -> Array:
    return np.asarray(z > 0, dtype=np.float64)


POINTWISE: tuple[Pointwise, ...] = (
    _pointwise("identity", lambda z: z, lambda z, a: np.ones_like(z), "1"),
    _pointwise("relu", relu, _step, "relu'(z)", kinks=(0.0,)),
    _pointwise("sigmoid", sigmoid, lambda z, a: a * (1.0 - a), "a * (1 - a)", symbol="σ"),
    _pointwise("tanh", np.tanh, lambda z, a: 1.0 - a * a, "1 - a**2"),
    _pointwise("exp", np.exp, lambda z, a: a, "a"),
    _pointwise("log", np.log, lambda z, a: 1.0 / z, "1 / z"),
    _pointwise("sqrt", np.sqrt, lambda z, a: 0.5 / a, "0.5 / a"),
    _pointwise("sin", np.sin, lambda z, a: np.cos(z), "cos(z)"),
    _pointwise("cos", np.cos, lambda z, a: -np.sin(z), "-sin(z)"),
    _pointwise("abs", np.abs, lambda z, a: np.sign(z), "sign(z)", kinks=(0.0,)),
    _pointwise("sign", np.sign, lambda z, a: np.zeros_like(z), "0", kinks=(0.0,)),
)


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


def _as_vector(name: str, shape: Shape) -> int:
    if len(shape) == 0 or (len(shape) == 2 and 1 not in shape):
        raise ShapeError(f"{name} takes a vector, not {spell_shape(shape)}")
    return max(shape)


def _diag_shape(shape: Shape) -> Shape:
    size = _as_vector("diag", shape)
    return (size, size)


def _outer_shape(left: Shape, right: Shape) -> Shape:
    return (_as_vector("outer", left), _as_vector("outer", right))


def _kron_shape(left: Shape, right: Shape) -> Shape:
    if len(left) != 2 or len(right) != 2:
        raise ShapeError("kron takes two matrices")
    return (left[0] * right[0], left[1] * right[1])


def _trace_shape(shape: Shape) -> Shape:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(f"trace takes a square matrix, not {spell_shape(shape)}")
    return ()


def _loss_shape(prediction: Shape, target: Shape) -> Shape:
    if broadcast(prediction, target) != prediction:
        raise ShapeError(f"the prediction is {spell_shape(prediction)} and the target {spell_shape(target)}")
    return ()


def _concatenated(left: Shape, right: Shape) -> Shape:
    if len(left) > 1 or len(right) > 1:
        raise ShapeError("concat joins scalars and NumPy vectors")
    return (entries(left) + entries(right),)


def _commutation(m: int, n: int) -> Array:
    """The matrix K for which vec(Xᵀ) = K vec(X), of an m×n matrix X."""
    i, j = np.divmod(np.arange(m * n), n)  # row j + i n of K picks x[i,j], which is entry i + j m of vec(X)
    return np.asarray(np.eye(m * n)[i + j * m])


STRUCTURAL: tuple[Function, ...] = (
    _reduction("sum", np.sum),
    _reduction("mean", np.mean),
    _reduction("max", np.max),
    _reduction("min", np.min),
    _reduction("any", lambda value, **axes: np.any(value, **axes).astype(np.float64)),
    _reduction("all", lambda value, **axes: np.all(value, **axes).astype(np.float64)),
    Function("norm", lambda shape: (), np.linalg.norm),
    Function("trace", _trace_shape, np.trace),
    Function("diag", _diag_shape, lambda vector: np.diag(np.ravel(vector))),
    Function("outer", _outer_shape, np.outer, operands=2),
    Function("kron", _kron_shape, np.kron, operands=2),
    Function(
        "commutation",
        lambda m, n: (m * n, m * n),
        _commutation,
        operands=0,
        static={"m": SIZE, "n": SIZE},
    ),
    Function("vec", lambda shape: (entries(shape), 1), lambda value: np.reshape(value, (-1, 1), order="F")),
    Function("concat", _concatenated, lambda left, right: np.append(left, right), operands=2),
    Function("ravel", lambda shape: (entries(shape),), np.ravel),
    Function("item", lambda shape: (), lambda value: value.reshape(())),
    Function("shape", lambda shape: (len(shape),), lambda value: np.array(value.shape, dtype=np.float64)),
    Function("ones", lambda shape: shape, lambda shape: np.ones(shape), operands=0, static={"shape": SHAPE}),
    Function("zeros", lambda shape: shape, lambda shape: np.zeros(shape), operands=0, static={"shape": SHAPE}),
    Function("eye", lambda n: (n, n), lambda n: np.eye(n), operands=0, static={"n": SIZE}),
    Function(
        "half_squared_error",
        _loss_shape,
        lambda prediction, target: 0.5 * np.sum((prediction - target) ** 2),
        operands=2,
    ),
    Function("squared_error", _loss_shape, lambda prediction, target: np.sum((prediction - target) ** 2), operands=2),
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in (*POINTWISE, *STRUCTURAL)}

ALIASES: Mapping[str, str] = {
    "σ": "sigmoid",
    "Σ": "sum",
    "ReLU": "relu",
    "ln": "log",
    "diagv": "diag",
}
"""Other spellings of a function's name, where it is followed by `(`."""
