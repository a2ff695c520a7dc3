"""The formula language over somebody else's arrays: parsed lines in, numbers out, none of them by the engine.

Every function is written here once more from its mathematical definition, and from as few primitives as will do, so
that a derivative that autograd or PyTorch takes of it owes nothing to `engine.formula.functions`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from engine.formula import parse, parse_assignment
from engine.formula.syntax import (
    COMPARISONS,
    Binary,
    Call,
    Index,
    Literal,
    Name,
    Negate,
    Node,
    Number,
    Slice,
    Transpose,
)

Tensor = Any
"""An array of whichever library is asked; it has the arithmetic operators, `@`, `.T`, `.shape` and indexing."""
Values = Mapping[str, Tensor]


class Library(Protocol):
    """The primitives that an array library must have."""

    def exp(self, z: Tensor) -> Tensor: ...
    def log(self, z: Tensor) -> Tensor: ...
    def sin(self, z: Tensor) -> Tensor: ...
    def cos(self, z: Tensor) -> Tensor: ...
    def tanh(self, z: Tensor) -> Tensor: ...
    def arctan(self, z: Tensor) -> Tensor: ...
    def erf(self, z: Tensor) -> Tensor: ...
    def det(self, z: Tensor) -> Tensor: ...
    def inv(self, z: Tensor) -> Tensor: ...
    def pinv(self, z: Tensor) -> Tensor: ...
    def max(self, z: Tensor, axis: int | None, keepdims: bool) -> Tensor: ...
    def min(self, z: Tensor, axis: int | None, keepdims: bool) -> Tensor: ...
    def where(self, condition: Tensor, yes: Tensor, no: Tensor) -> Tensor: ...
    def sum(self, z: Tensor, axis: int | None, keepdims: bool) -> Tensor: ...
    def concatenate(self, parts: list[Tensor], axis: int) -> Tensor: ...
    def constant(self, value: Any) -> Tensor: ...
    def slope(self, function: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
        """The derivative of a function that treats each entry alone, which can be differentiated again."""
        ...


class Interpreter:
    """Evaluates formulas with the arrays of `library`."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.pointwise = _pointwise(library)

    def line(self, text: str) -> tuple[str, Callable[[Values], Tensor]]:
        """What `name = formula` assigns, and the formula as a function of named values."""
        assignment = parse_assignment(text)
        return assignment.name, lambda values: self.value(assignment.expression, values)

    def value(self, node: Node, values: Values) -> Tensor:
        match node:
            case Number(number):
                return self.library.constant(number)
            case Name(name):
                return values[name]
            case Negate(operand):
                return -self.value(operand, values)
            case Transpose(operand):
                return _transposed(self.value(operand, values))
            case Binary(operator, left, right) if operator in COMPARISONS:
                holds = _BINARY[operator](self.value(left, values), self.value(right, values))
                return self.library.where(holds, self.library.constant(1.0), self.library.constant(0.0))
            case Binary(operator, left, right):
                return _BINARY[operator](self.value(left, values), self.value(right, values))
            case Index(Call("shape", (operand,)), (int() as axis,)):
                return self.library.constant(float(self.value(operand, values).shape[axis]))
            case Index(operand, items):
                cut = tuple(slice(item.start, item.stop) if isinstance(item, Slice) else item for item in items)
                return self.value(operand, values)[cut]
            case Literal(rows, 2):
                return self._written_out([[self.value(entry, values) for entry in row] for row in rows])
            case Call(function, (argument,), (), derivative) if function in self.pointwise:
                z = self.value(argument, values)
                apply = self.pointwise[function]
                return self.library.slope(apply, z) if derivative else apply(z)
            case Call(function, arguments, keywords):
                options = {key: _option(value) for key, value in keywords}
                return self.call(function, arguments, options, values)
        raise AssertionError(node)

    def _written_out(self, rows: list[list[Tensor]]) -> Tensor:
        one, join = self.library.constant([[1.0]]), self.library.concatenate
        return join([join([one * entry for entry in row], 1) for row in rows], 0)

    def call(self, function: str, arguments: tuple[Node, ...], options: dict[str, Any], values: Values) -> Tensor:
        """A function that is not pointwise."""
        if function in _CONSTANTS:
            return self.library.constant(_CONSTANTS[function](*map(_option, arguments)))
        if function in _SIZED:
            return _SIZED[function](self, self.value(arguments[0], values), *map(_option, arguments[1:]), **options)
        operands = [self.value(argument, values) for argument in arguments]
        if function in _LOSSES:
            return _LOSSES[function](self, *operands)
        if function.endswith(("_cols", "_rows")):
            function, options = function[:-5], {"axis": 0 if function.endswith("_cols") else 1}
        return _STRUCTURAL[function](self, *operands, **options)

    def formula(self, text: str, values: Values) -> Tensor:
        """The value of a formula."""
        return self.value(parse(text), values)

    def sum(self, z: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
        return self.library.sum(z, axis, keepdims)


def _transposed(z: Tensor) -> Tensor:
    return z.T if len(z.shape) == 2 else z


def _product_on_paper(left: Tensor, right: Tensor) -> Tensor:
    """Juxtaposition: a scalar scales, and so does a 1×1 matrix where it does not fit a matrix product."""
    shapes = tuple(left.shape), tuple(right.shape)
    if () in shapes or (shapes[0][-1] != shapes[1][0] and 1 in map(math.prod, shapes)):
        return left * right
    return left @ right


_BINARY: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "@": lambda left, right: left @ right,
    "**": lambda left, right: left**right,
    "·": _product_on_paper,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}


def _option(node: Node) -> Any:
    """`True`, `1`, `-1` or `(3, 1)` as an argument."""
    match node:
        case Name(name):
            return {"True": True, "False": False, "None": None}[name]
        case Number(value):
            return int(value)
        case Negate(operand):
            return -_option(operand)
        case Literal((row,), _):
            return tuple(_option(entry) for entry in row)
    raise AssertionError(node)


def _pointwise(xp: Library) -> Mapping[str, Callable[[Tensor], Tensor]]:
    """The functions of one number."""

    def sigmoid(z: Tensor) -> Tensor:
        return 1 / (1 + xp.exp(-z))

    def normal_cdf(z: Tensor) -> Tensor:
        return (1 + xp.erf(z / math.sqrt(2))) / 2

    return {
        "identity": lambda z: 1 * z,
        "relu": lambda z: xp.where(z > 0, z, 0 * z),
        "leaky_relu": lambda z: xp.where(z > 0, z, z / 100),
        "elu": lambda z: xp.where(z > 0, z, xp.exp(z) - 1),
        "sigmoid": sigmoid,
        "tanh": xp.tanh,
        "tan": lambda z: xp.sin(z) / xp.cos(z),
        "arctan": xp.arctan,
        "sinh": lambda z: (xp.exp(z) - xp.exp(-z)) / 2,
        "cosh": lambda z: (xp.exp(z) + xp.exp(-z)) / 2,
        "expm1": lambda z: xp.exp(z) - 1,
        "log1p": lambda z: xp.log(1 + z),
        "log2": lambda z: xp.log(z) / math.log(2),
        "log10": lambda z: xp.log(z) / math.log(10),
        "square": lambda z: z * z,
        "softplus": lambda z: xp.log(1 + xp.exp(z)),
        "silu": lambda z: z * sigmoid(z),
        "gelu": lambda z: z * normal_cdf(z),
        "Phi": normal_cdf,
        "phi": lambda z: xp.exp(-z * z / 2) / math.sqrt(2 * math.pi),
        "exp": xp.exp,
        "log": xp.log,
        "sqrt": lambda z: z**0.5,
        "sin": xp.sin,
        "cos": xp.cos,
        "clip": lambda z: xp.where(z > 1, 0 * z + 1, xp.where(z < -1, 0 * z - 1, z)),
        "huber_penalty": lambda z: xp.where(z * z < 1, z * z / 2, xp.where(z > 0, z, -z) - 0.5),
        "abs": lambda z: xp.where(z > 0, z, -z),
        "sign": lambda z: xp.where(z > 0, 0 * z + 1, 0 * z - 1),
    }


def _mean(run: Interpreter, z: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    count = math.prod(z.shape) if axis is None else z.shape[axis]
    return run.sum(z, axis, keepdims) / count


def _diag(run: Interpreter, v: Tensor) -> Tensor:
    column = v.reshape(-1, 1)
    return run.library.constant(np.eye(column.shape[0])) * column


def _outer(run: Interpreter, u: Tensor, v: Tensor) -> Tensor:
    return u.reshape(-1, 1) @ v.reshape(1, -1)


def _log_softmax(run: Interpreter, z: Tensor, axis: int | None = None) -> Tensor:
    """Along the length of a column or a row, unless an axis is said."""
    along = axis if axis is not None else 1 if z.shape[0] == 1 else 0
    return z - run.library.log(run.sum(run.library.exp(z), along, True))


def _softmax(run: Interpreter, z: Tensor, axis: int | None = None) -> Tensor:
    along = axis if axis is not None else 1 if z.shape[0] == 1 else 0
    powers = run.library.exp(z)
    return powers / run.sum(powers, along, True)


def _stacked_columns(run: Interpreter, z: Tensor) -> Tensor:
    return run.library.concatenate([z[:, column : column + 1] for column in range(z.shape[1])], 0)


def _kron(run: Interpreter, a: Tensor, b: Tensor) -> Tensor:
    if 0 in (len(a.shape), len(b.shape)):
        return a * b
    rows = [
        run.library.concatenate([a[i, j] * b for j in range(a.shape[1])], 1) for i in range(a.shape[0])
    ]  # fmt: skip
    return run.library.concatenate(rows, 0)


def _unstacked(run: Interpreter, v: Tensor, m: int, n: int) -> Tensor:
    return run.library.concatenate([v[column * m : (column + 1) * m] for column in range(n)], 1)


def _norm(run: Interpreter, z: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    return run.sum(z * z, axis, keepdims) ** 0.5


def _var(run: Interpreter, z: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The mean of the squares less the square of the mean."""
    return _mean(run, z * z, axis, keepdims) - _mean(run, z, axis, keepdims) ** 2


def _log_of_sum(run: Interpreter, z: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    return run.library.log(run.sum(run.library.exp(z), axis, keepdims))


def _power_of_matrix(run: Interpreter, z: Tensor, n: int) -> Tensor:
    return z if n == 1 else z @ _power_of_matrix(run, z, n - 1)


def _without(run: Interpreter, z: Tensor, obj: int, axis: int) -> Tensor:
    place = obj % z.shape[axis]
    parts = [z[:place], z[place + 1 :]] if axis == 0 else [z[:, :place], z[:, place + 1 :]]
    return run.library.concatenate(parts, axis)


def _triangle(keep: Callable[[Any], Any]) -> Callable[[Interpreter, Tensor], Tensor]:
    return lambda run, z: run.library.constant(keep(np.ones(z.shape))) * z


def _cross(run: Interpreter, u: Tensor, v: Tensor) -> Tensor:
    (a, b, c), (d, e, f) = u.reshape(-1), v.reshape(-1)
    column = run._written_out([[b * f - c * e], [c * d - a * f], [a * e - b * d]])
    return column if u.shape[1] == 1 else column.T


def _max(run: Interpreter, z: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    return run.library.max(z, axis, keepdims)


def _min(run: Interpreter, z: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    return run.library.min(z, axis, keepdims)


def _commutation(rows: int, columns: int) -> Any:
    """K with K vec(X) = vec(Xᵀ) of an X of this size: a one for every entry, at its place in each."""
    matrix = np.zeros((rows * columns, rows * columns))
    for i in range(rows):
        for j in range(columns):
            matrix[j + i * columns, i + j * rows] = 1.0
    return matrix


_STRUCTURAL: Mapping[str, Callable[..., Tensor]] = {
    "sum": Interpreter.sum,
    "mean": _mean,
    "norm": _norm,
    "var": _var,
    "std": lambda run, *arguments, **options: _var(run, *arguments, **options) ** 0.5,
    "logsumexp": _log_of_sum,
    "where": lambda run, mask, a, b: run.library.where(mask != 0, a + 0 * b, b + 0 * a),
    "concatenate": lambda run, *parts, axis: run.library.concatenate(list(parts), axis),
    "tril": _triangle(np.tril),
    "triu": _triangle(np.triu),
    "cross": _cross,
    "solve": lambda run, a, b: run.library.inv(a) @ b,
    "zeros_like": lambda run, z: 0 * z,
    "ones_like": lambda run, z: 0 * z + 1,
    "max": _max,
    "min": _min,
    "maximum": lambda run, a, b: run.library.where(a > b, a + 0 * b, b + 0 * a),
    "minimum": lambda run, a, b: run.library.where(a < b, a + 0 * b, b + 0 * a),
    "trace": lambda run, z: run.sum(z * run.library.constant(np.eye(z.shape[0]))),
    "det": lambda run, z: run.library.det(z),
    "inv": lambda run, z: run.library.inv(z),
    "pinv": lambda run, z: run.library.pinv(z),
    "vstack": lambda run, *parts: run.library.concatenate(list(parts), 0),
    "hstack": lambda run, *parts: run.library.concatenate(list(parts), 1),
    "diag": _diag,
    "outer": _outer,
    "vec": _stacked_columns,
    "ravel": lambda run, z: z.reshape(-1),
    "item": lambda run, z: z.reshape(()),
    "kron": _kron,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
}


_SIZED: Mapping[str, Callable[..., Tensor]] = {
    "unvec": _unstacked,
    "matrix_power": _power_of_matrix,
    "delete": _without,
    "reshape": lambda run, z, *sizes: z.reshape(*sizes),
}
"""Functions whose further arguments are whole numbers or a shape."""


_CONSTANTS: Mapping[str, Callable[..., Any]] = {
    "eye": np.eye, "ones": np.ones, "zeros": np.zeros, "commutation": _commutation,
}  # fmt: skip


def _binary_cross_entropy(run: Interpreter, a: Tensor, y: Tensor) -> Tensor:
    log = run.library.log
    return run.sum(-y * log(a) - (1 - y) * log(1 - a))


def _softmax_cross_entropy(axis: int | None) -> Callable[[Interpreter, Tensor, Tensor], Tensor]:
    return lambda run, a, y: -run.sum(y * _log_softmax(run, a, axis))


_LOSSES: Mapping[str, Callable[[Interpreter, Tensor, Tensor], Tensor]] = {
    "half_squared_error": lambda run, a, y: run.sum((a - y) * (a - y)) / 2,
    "squared_error": lambda run, a, y: run.sum((a - y) * (a - y)),
    "mean_squared_error": lambda run, a, y: _mean(run, (a - y) * (a - y)),
    "absolute_error": lambda run, a, y: run.sum(run.pointwise["abs"](a - y)),
    "huber": lambda run, a, y: run.sum(run.pointwise["huber_penalty"](a - y)),
    "cross_entropy": lambda run, a, y: -run.sum(y * run.library.log(a)),
    "binary_cross_entropy": _binary_cross_entropy,
    "softmax_cross_entropy": _softmax_cross_entropy(None),
    "softmax_cross_entropy_cols": _softmax_cross_entropy(0),
    "softmax_cross_entropy_rows": _softmax_cross_entropy(1),
    "sigmoid_cross_entropy": lambda run, a, y: run.sum(run.pointwise["softplus"](a) - y * a),
}
