"""The cases' formulas in plain NumPy: Python's own parser, NumPy's own functions, and nothing of chainstep's.

It is what the engine is compared with, so it shares no code with it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = np.ndarray


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def softmax(z: Array, axis: int) -> Array:
    powers = np.exp(z)
    return powers / powers.sum(axis=axis, keepdims=True)


def step(z: Array) -> Array:
    return np.asarray(z > 0, dtype=float)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in (
        "abs", "arange", "array", "concatenate", "cos", "delete", "dot", "exp", "eye", "hstack", "kron", "log",
        "maximum", "mean", "ones", "outer", "ravel", "reshape", "sin", "sqrt", "square", "sum", "tanh", "trace",
        "vstack", "where", "zeros",
    )},
    **{name: getattr(np.linalg, name) for name in ("det", "inv", "matrix_power", "norm", "pinv")},
    "concat": lambda *parts: np.concatenate([np.ravel(part) for part in parts]),
    "diagv": lambda vector: np.diag(np.ravel(vector)),
    "sigmoid": sigmoid,
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "softmax_rows": lambda z: softmax(z, 1),
    "softmax_cols": lambda z: softmax(z, 0),
    "dsigmoid": lambda z: sigmoid(z) * (1 - sigmoid(z)),
    "dtanh": lambda z: 1 - np.tanh(z) ** 2,
    "drelu": step,
}  # fmt: skip
OPERATORS: Mapping[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.MatMult: operator.matmul, ast.Pow: operator.pow, ast.USub: operator.neg,
    ast.Gt: operator.gt, ast.Lt: operator.lt, ast.GtE: operator.ge, ast.LtE: operator.le, ast.Eq: operator.eq,
}  # fmt: skip


def evaluate(text: str, values: Mapping[str, Array]) -> Array:
    """The value of a formula over named arrays."""
    return np.asarray(_Evaluation(values).of(ast.parse(text.strip(), mode="eval").body), dtype=float)


def run(forward: list[str], values: Mapping[str, Array]) -> dict[str, Array]:
    """The given values, and those of a program's lines."""
    known = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    for line in forward:
        name, formula = line.split("=", 1)
        known[name.strip()] = evaluate(formula, known)
    return known


class _Evaluation:
    def __init__(self, values: Mapping[str, Array]) -> None:
        self.values = values

    def of(self, node: ast.expr | None) -> Any:
        match node:
            case None:
                return None
            case ast.Constant(value):
                return value
            case ast.Name(name):
                return self.values[name]
            case ast.BinOp(left, kind, right):
                return OPERATORS[type(kind)](self.of(left), self.of(right))
            case ast.UnaryOp(kind, operand):
                return OPERATORS[type(kind)](self.of(operand))
            case ast.Compare(left, [kind], [right]):
                return np.asarray(OPERATORS[type(kind)](self.of(left), self.of(right)), dtype=float)
            case ast.List(entries):
                return [self.of(entry) for entry in entries]
            case ast.Tuple(entries):
                return tuple(self.of(entry) for entry in entries)
            case ast.Attribute(operand, name):
                return getattr(self.of(operand), name)
            case ast.Subscript(operand, index):
                return self.of(operand)[self.of(index)]
            case ast.Slice(lower, upper):
                return slice(self.of(lower), self.of(upper))
            case ast.Call(ast.Name(name), arguments, keywords):
                return FUNCTIONS[name](*map(self.of, arguments), **self._named(keywords))
            case ast.Call(function, arguments, keywords):
                return self.of(function)(*map(self.of, arguments), **self._named(keywords))
        raise AssertionError(ast.dump(node))

    def _named(self, keywords: list[ast.keyword]) -> dict[str, Any]:
        return {str(keyword.arg): self.of(keyword.value) for keyword in keywords}
