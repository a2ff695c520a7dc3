"""The functions of the formula language, one entry each: shape, value and, if pointwise, derivative.

A new activation is one `Pointwise` entry here and nothing else. A new structural function is one `Function` entry
here, and one rule in `engine.calculus.operations` that says how it is differentiated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formula import arrays
from engine.formula.dimensions import Shape, ShapeError, broadcast, entries, matmul_shape, spell_shape

Array = NDArray[np.float64]
StaticValue = int | bool | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Static:
    """An argument that is part of the formula and not of the data."""

    description: str
    accepts: Callable[[StaticValue], bool]
    required: bool = False


ANY = -1
AXIS = Static(
    "0 (down the rows) or 1 (along the columns)",
    lambda value: type(value) is not bool and value in (None, 0, 1, -1),
)
FLAG = Static("True or False", lambda value: isinstance(value, bool))
SIZE = Static(
    "a positive whole number",
    lambda value: type(value) is not bool and isinstance(value, int) and value > 0,
    required=True,
)
SHAPE = Static(
    "a shape such as (3, 1)",
    lambda value: isinstance(value, tuple) and 1 <= len(value) <= 2 and all(size > 0 for size in value),
    required=True,
)
SIZES = Static(
    "a number of rows, or a shape such as (3, 1)",
    lambda value: type(value) is int or (isinstance(value, tuple) and 1 <= len(value) <= 2),
    required=True,
)
LENGTH = Static("a number of columns", lambda value: type(value) is int)
POWER = Static("a whole number from 1 to 20", lambda value: type(value) is int and 1 <= value <= 20, required=True)
WHOLE = Static("a whole number", lambda value: type(value) is int, required=True)
ONE_AXIS = Static("0 (rows) or 1 (columns)", lambda value: type(value) is int and value in (0, 1), required=True)
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
    """How many; ANY for a function of a list, such as `vstack([a, b])`."""
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

    @property
    def reads_value(self) -> bool:
        """Whether `slope` makes use of `a`."""
        return re.search(r"\ba\b", self.formula) is not None


@dataclass(frozen=True, slots=True)
class Definition(Function):
    """A function that is a formula of others: it is evaluated and differentiated as that formula."""

    parameters: tuple[str, ...] = field(kw_only=True)
    body: str = field(kw_only=True)
    """Over the parameters; `value` is not used."""


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
    """1 / (1 + exp(-z)), with the exponent kept below the one that overflows: there the value is 1e-308 and not 0."""
    return np.asarray(1.0 / (1.0 + np.exp(np.minimum(-z, 709.0))))


def logistic_slope(z: Array, _: Array) -> Array:
    """The derivative of softplus: the sigmoid."""
    return sigmoid(z)


_erf = np.frompyfunc(math.erf, 1, 1)


def gaussian_cdf(z: Array) -> Array:
    """Φ(z) = ½ (1 + erf(z / √2)), exact to rounding."""
    return np.asarray(0.5 * (1.0 + np.asarray(_erf(z / math.sqrt(2.0)), dtype=np.float64)))


def gaussian_pdf(z: Array) -> Array:
    """φ(z) = exp(−z²/2) / √(2π)."""
    return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))


def _huber_penalty(z: Array) -> Array:
    """½z² up to |z| = 1, and |z| − ½ beyond."""
    return np.where(np.abs(z) <= 1, 0.5 * z * z, np.abs(z) - 0.5)


def _softplus(z: Array) -> Array:
    return np.asarray(np.logaddexp(0.0, z))


def _silu_slope(z: Array, a: Array) -> Array:
    s = sigmoid(z)
    return s + a * (1.0 - s)


def relu(z: Array) -> Array:
    """max(0, z), entry by entry."""
    return np.maximum(z, 0.0)


def _step(z: Array, _: Array) -> Array:
    return np.asarray(z > 0, dtype=np.float64)


POINTWISE: tuple[Pointwise, ...] = (
    _pointwise("identity", lambda z: z, lambda z, a: np.ones_like(z), "1"),
    _pointwise("relu", relu, _step, "relu'(z)", kinks=(0.0,)),
    _pointwise(
        "leaky_relu",
        lambda z: np.where(z > 0, z, 0.01 * z),
        lambda z, a: np.where(z > 0, 1.0, 0.01),
        "leaky_relu'(z)",
        kinks=(0.0,),
    ),
    _pointwise(
        "elu",
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))),
        lambda z, a: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0.0))),
        "elu'(z)",
    ),
    _pointwise("sigmoid", sigmoid, lambda z, a: a * (1.0 - a), "a * (1 - a)", symbol="σ"),
    _pointwise("tanh", np.tanh, lambda z, a: 1.0 - a * a, "1 - a**2"),
    _pointwise("softplus", _softplus, logistic_slope, "sigmoid(z)"),
    _pointwise("silu", lambda z: z * sigmoid(z), _silu_slope, "sigmoid(z) + a * (1 - sigmoid(z))"),
    _pointwise(
        "gelu", lambda z: z * gaussian_cdf(z), lambda z, a: gaussian_cdf(z) + z * gaussian_pdf(z), "Phi(z) + z * phi(z)"
    ),
    _pointwise("Phi", gaussian_cdf, lambda z, a: gaussian_pdf(z), "phi(z)", symbol="Φ"),
    _pointwise("phi", gaussian_pdf, lambda z, a: -z * a, "-z * a", symbol="φ"),
    _pointwise("exp", np.exp, lambda z, a: a, "a"),
    _pointwise("log", np.log, lambda z, a: 1.0 / z, "1 / z"),
    _pointwise("square", np.square, lambda z, a: 2.0 * z, "2 * z"),
    _pointwise("sqrt", np.sqrt, lambda z, a: 0.5 / a, "0.5 / a"),
    _pointwise("sin", np.sin, lambda z, a: np.cos(z), "cos(z)"),
    _pointwise("cos", np.cos, lambda z, a: -np.sin(z), "-sin(z)"),
    _pointwise(
        "clip",
        lambda z: np.clip(z, -1.0, 1.0),
        lambda z, a: np.asarray(np.abs(z) < 1, dtype=np.float64),
        "clip'(z)",
        kinks=(-1.0, 1.0),
    ),
    _pointwise("huber_penalty", _huber_penalty, lambda z, a: np.clip(z, -1.0, 1.0), "clip(z)"),
    _pointwise("tan", np.tan, lambda z, a: 1.0 + a * a, "1 + a**2"),
    _pointwise("arctan", np.arctan, lambda z, a: 1.0 / (1.0 + z * z), "1 / (1 + z**2)"),
    _pointwise("sinh", np.sinh, lambda z, a: np.cosh(z), "cosh(z)"),
    _pointwise("cosh", np.cosh, lambda z, a: np.sinh(z), "sinh(z)"),
    _pointwise("expm1", np.expm1, lambda z, a: a + 1.0, "a + 1"),
    _pointwise("log1p", np.log1p, lambda z, a: 1.0 / (1.0 + z), "1 / (1 + z)"),
    _pointwise("log2", np.log2, lambda z, a: 1.0 / (z * math.log(2.0)), "1 / (z * log(2))"),
    _pointwise("log10", np.log10, lambda z, a: 1.0 / (z * math.log(10.0)), "1 / (z * log(10))"),
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


STRUCTURAL: tuple[Function, ...] = (
    _reduction("sum", np.sum),
    _reduction("mean", np.mean),
    _reduction("max", np.max),
    _reduction("min", np.min),
    _reduction("any", lambda value, **axes: np.any(value, **axes).astype(np.float64)),
    _reduction("all", lambda value, **axes: np.all(value, **axes).astype(np.float64)),
    _reduction("var", np.var),
    _reduction("std", np.std),
    _reduction("logsumexp", arrays.logsumexp),
    Function("norm", lambda shape: (), np.linalg.norm),
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

SHORTHANDS: tuple[Definition, ...] = (
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
}
"""Other spellings of a function's name, where it is followed by `(`."""
