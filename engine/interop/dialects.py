"""A formula of the language as other tools have it typed: PyTorch, JAX, SymPy, MATLAB, and matrixcalculus.org.

A tool that lacks a function, or would read the formula otherwise (SymPy adds no number to a matrix), gets none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.formula import FUNCTIONS, ShapeMap
from engine.formula.definitions import inlined
from engine.formula.functions import Definition, StaticValue, softmax_axis
from engine.formula.notation import spell_number
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Negate, Node, Number, Slice, Transpose, names_in

_ATOM, _POWER, _SIGN, _TERM, _SUM = 40, 30, 25, 20, 10
_BINDS = {"+": _SUM, "-": _SUM, "*": _TERM, "@": _TERM, "/": _TERM, "**": _POWER}


class UnspelledError(Exception):
    """The tool has no spelling for a part of the formula."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one tool spells formulas."""

    operators: Mapping[str, str]
    """What stands between two operands, or a template: of `*`, or of `*ms` for a matrix by a scalar."""
    functions: Mapping[str, str]
    """Templates over the operands: `{0}` as it is, `{z}` the first in brackets where it needs them, `{all}` of them.

    `{rows}`, `{columns}` and `{count}` are those of the first. `sum0` is the sum down the rows that keeps its axis,
    `softmax0` the softmax of each column, `softmax` that of one vector, where no other can be spelled.
    """
    entrywise: Mapping[str, str] = field(default_factory=dict)
    """Templates over one entry `e`, for a tool that maps functions over a matrix."""
    of_numbers: Mapping[str, str] | None = None
    """Templates of the functions that take written-out numbers, where not all do."""
    transposed: str = "{0}.T"
    mapped: str = ""
    """How a function of `e` is mapped over a matrix."""
    broadcasts: bool = True
    """Whether a smaller array is repeated to the size of a larger one."""
    has_slices: bool = True

    def spell(self, node: Node, shapes: ShapeMap) -> str | None:
        """The formula, or None where the tool has no spelling for it."""
        try:
            return _Speller(self, shapes).text(node, 0)
        except UnspelledError:
            return None


class _Speller:
    def __init__(self, dialect: Dialect, shapes: ShapeMap) -> None:
        self.dialect, self.shapes = dialect, shapes

    def text(self, node: Node, minimum: int) -> str:
        """The text of `node`, in brackets if it binds less strongly than `minimum`."""
        text, binding = self.part(node)
        return text if binding >= minimum else f"({text})"

    def part(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value):
                return spell_number(value), _ATOM if value >= 0 else _SIGN
            case Name(name):
                return name, _ATOM
            case Negate(operand):
                return "-" + self.text(operand, _SIGN), _SIGN
            case Transpose(operand):
                return self.dialect.transposed.format(self.text(operand, _ATOM)), _ATOM
            case Binary():
                return self.binary(node)
            case Call() if isinstance(FUNCTIONS[node.function], Definition):
                return self.part(inlined(node))
            case Call(derivative=False):
                return self.call(node), _ATOM
            case Index(operand, items) if self.dialect.has_slices:
                inside = ", ".join(_spell_item(item) for item in items)
                return f"{self.text(operand, _ATOM)}[{inside}]", _ATOM
            case Literal():
                raise UnspelledError
        raise UnspelledError

    def binary(self, node: Binary) -> tuple[str, int]:
        left, right = self.shapes.of(node.left), self.shapes.of(node.right)
        kinds = "".join("m" if shape else "s" for shape in (left, right))
        operators = self.dialect.operators
        spelled = operators.get(node.operator + kinds, operators.get(node.operator))
        if spelled is None or not (
            self.dialect.broadcasts or node.operator == "@" or _fits(node.operator, left, right)
        ):
            raise UnspelledError
        groups_right = node.operator == "**"
        if "{" in spelled:
            return spelled.format(
                self.text(node.left, _ATOM), self.text(node.right, _ATOM if groups_right else 0)
            ), _ATOM
        binding = _BINDS[node.operator]
        first = self.text(node.left, binding + (1 if groups_right else 0))
        second = self.text(node.right, binding + (0 if groups_right else 1))
        return f"{first}{spelled}{second}", binding

    def call(self, node: Call) -> str:
        operands, static = self.shapes.arguments(node)
        if node.function in self.dialect.entrywise:
            return self.mapped(self.dialect.entrywise[node.function], operands[0])
        only_numbers = self.dialect.of_numbers is not None and not names_in(node)
        templates = (self.dialect.of_numbers or {}) if only_numbers else self.dialect.functions
        template = templates.get(self.along_an_axis(node, operands, static))
        if template is None:
            raise UnspelledError
        plain = [self.text(operand, 0) for operand in operands]
        rows, columns = (*self.shapes.of(operands[0]), 1, 1)[:2]
        return template.format(
            *plain, z=self.text(operands[0], _ATOM), all=", ".join(plain), rows=int(rows), columns=int(columns),
            count=int(rows) * int(columns),
        )  # fmt: skip

    def along_an_axis(self, node: Call, operands: Sequence[Node], static: Mapping[str, StaticValue]) -> str:
        """The function's key in a dialect: `sum`, `sum0` down the rows, `softmax1` along the columns."""
        name, axis = node.function, static.get("axis")
        if "softmax" in name:
            said = {"_cols": 0, "_rows": 1}.get(name[-5:], axis)
            shape = self.shapes.of(operands[0])
            along = softmax_axis(shape, said)
            name = name.removesuffix("_cols").removesuffix("_rows")
            is_whole = name in self.dialect.functions and shape[along] == math.prod(shape)
            return name if is_whole else f"{name}{along}"
        if axis is None:
            return name if operands and not static else ""
        return f"{name}{int(axis) % 2}" if static.get("keepdims") else ""  # type: ignore[arg-type]

    def mapped(self, template: str, operand: Node) -> str:
        """A function of one entry `e`, of a number or over a matrix."""
        if not self.shapes.of(operand):
            return f"({template.format(e=self.text(operand, _ATOM))})"
        return self.dialect.mapped.format(self.text(operand, _ATOM), template.format(e="e"))


def _fits(operator: str, left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    """Whether an operation needs no repeating: equal shapes, or a matrix scaled by a number."""
    return left == right or (operator in ("*", "/", "**") and () in (left, right))


def _spell_item(item: int | Slice) -> str:
    if isinstance(item, int):
        return str(item)
    return f"{'' if item.start is None else item.start}:{'' if item.stop is None else item.stop}"


_PYTHON = {"@": " @ ", "*": " * ", "+": " + ", "-": " - ", "/": " / ", "**": "**"}

TORCH = Dialect(
    _PYTHON,
    {
        "identity": "({0})", "relu": "torch.relu({0})", "sigmoid": "torch.sigmoid({0})", "tanh": "torch.tanh({0})",
        "leaky_relu": "torch.nn.functional.leaky_relu({0}, 0.01)", "elu": "torch.nn.functional.elu({0})",
        "softplus": "torch.nn.functional.softplus({0})", "silu": "torch.nn.functional.silu({0})",
        "gelu": "torch.nn.functional.gelu({0})", "Phi": "torch.special.ndtr({0})", "exp": "torch.exp({0})",
        "log": "torch.log({0})", "sqrt": "torch.sqrt({0})", "sin": "torch.sin({0})", "cos": "torch.cos({0})",
        "abs": "torch.abs({0})", "sign": "torch.sign({0})", "clip": "torch.clamp({0}, -1, 1)",
        "huber_penalty": "torch.nn.functional.huber_loss({0}, 0 * {z}, reduction='none')",
        "sum": "torch.sum({0})", "sum0": "torch.sum({0}, dim=0, keepdim=True)",
        "sum1": "torch.sum({0}, dim=1, keepdim=True)", "mean": "torch.mean({0})",
        "mean0": "torch.mean({0}, dim=0, keepdim=True)", "mean1": "torch.mean({0}, dim=1, keepdim=True)",
        "softmax0": "torch.softmax({0}, dim=0)", "softmax1": "torch.softmax({0}, dim=1)",
        "log_softmax0": "torch.log_softmax({0}, dim=0)", "log_softmax1": "torch.log_softmax({0}, dim=1)",
        "norm": "torch.linalg.norm({0})", "trace": "torch.trace({0})", "det": "torch.linalg.det({0})",
        "inv": "torch.linalg.inv({0})", "vstack": "torch.vstack([{all}])", "hstack": "torch.hstack([{all}])",
        "diag": "torch.diag({z}.ravel())", "outer": "torch.outer({z}.ravel(), ({1}).ravel())",
    },
    of_numbers={"sqrt": "({z}**0.5)"},
)  # fmt: skip
"""PyTorch's functions of tensors."""

JAX = Dialect(
    _PYTHON,
    {
        "identity": "({0})", "relu": "jax.nn.relu({0})", "sigmoid": "jax.nn.sigmoid({0})", "tanh": "jnp.tanh({0})",
        "leaky_relu": "jax.nn.leaky_relu({0}, 0.01)", "elu": "jax.nn.elu({0})", "softplus": "jax.nn.softplus({0})",
        "silu": "jax.nn.silu({0})", "gelu": "jax.nn.gelu({0}, approximate=False)",
        "Phi": "jax.scipy.stats.norm.cdf({0})", "phi": "jax.scipy.stats.norm.pdf({0})", "exp": "jnp.exp({0})",
        "log": "jnp.log({0})", "sqrt": "jnp.sqrt({0})", "sin": "jnp.sin({0})", "cos": "jnp.cos({0})",
        "abs": "jnp.abs({0})", "sign": "jnp.sign({0})", "clip": "jnp.clip({0}, -1, 1)",
        "sum": "jnp.sum({0})", "sum0": "jnp.sum({0}, axis=0, keepdims=True)",
        "sum1": "jnp.sum({0}, axis=1, keepdims=True)", "mean": "jnp.mean({0})",
        "mean0": "jnp.mean({0}, axis=0, keepdims=True)", "mean1": "jnp.mean({0}, axis=1, keepdims=True)",
        "softmax0": "jax.nn.softmax({0}, axis=0)", "softmax1": "jax.nn.softmax({0}, axis=1)",
        "log_softmax0": "jax.nn.log_softmax({0}, axis=0)", "log_softmax1": "jax.nn.log_softmax({0}, axis=1)",
        "norm": "jnp.linalg.norm({0})", "trace": "jnp.trace({0})", "det": "jnp.linalg.det({0})",
        "inv": "jnp.linalg.inv({0})", "vstack": "jnp.vstack([{all}])", "hstack": "jnp.hstack([{all}])",
        "diag": "jnp.diag({z}.ravel())", "outer": "jnp.outer({0}, {1})",
    },
)  # fmt: skip
"""JAX's functions of arrays, with `import jax` and `import jax.numpy as jnp`."""

SYMPY = Dialect(
    {
        "@": " * ", "*": " * ", "*mm": "{0}.multiply_elementwise({1})", "+": " + ", "-": " - ", "/ss": " / ",
        "/ms": " / ", "**ss": "**", "**ms": "{0}.applyfunc(lambda e: e**{1})",
    },
    {
        "identity": "({0})", "sum": "sum({0})", "mean": "(sum({0}) / {count})",
        "sum0": "(ones(1, {rows}) * {z})", "sum1": "({z} * ones({columns}, 1))",
        "mean0": "(ones(1, {rows}) * {z} / {rows})", "mean1": "({z} * ones({columns}, 1) / {columns})",
        "norm": "sqrt(sum({z}.multiply_elementwise({0})))", "trace": "{z}.trace()", "det": "{z}.det()",
        "inv": "{z}.inv()", "softmax": "({z}.applyfunc(exp) / sum({z}.applyfunc(exp)))",
        "log_softmax": "{z}.applyfunc(lambda e: e - log(sum({z}.applyfunc(exp))))",
        "vstack": "Matrix.vstack({all})", "hstack": "Matrix.hstack({all})", "diag": "diag(*{z})",
    },
    entrywise={
        "relu": "Max(0, {e})", "sigmoid": "1/(1 + exp(-{e}))", "tanh": "tanh({e})", "softplus": "log(1 + exp({e}))",
        "silu": "{e}/(1 + exp(-{e}))", "gelu": "{e}*(1 + erf({e}/sqrt(2)))/2", "Phi": "(1 + erf({e}/sqrt(2)))/2",
        "phi": "exp(-{e}**2/2)/sqrt(2*pi)", "exp": "exp({e})", "log": "log({e})", "sqrt": "sqrt({e})",
        "sin": "sin({e})", "cos": "cos({e})", "abs": "Abs({e})", "sign": "sign({e})",
    },
    mapped="{0}.applyfunc(lambda e: {1})",
    broadcasts=False,
)  # fmt: skip
"""SymPy's explicit matrices, with `from sympy import *`."""

MATLAB = Dialect(
    {"@": "*", "*": ".*", "+": " + ", "-": " - ", "/": "./", "**": ".^"},
    {
        "identity": "({0})", "relu": "({z}.*heaviside({0}))", "sigmoid": "(1./(1 + exp(-{z})))", "tanh": "tanh({0})",
        "softplus": "log(1 + exp({0}))", "silu": "({z}./(1 + exp(-{z})))", "exp": "exp({0})", "log": "log({0})",
        "sqrt": "sqrt({0})", "sin": "sin({0})", "cos": "cos({0})", "abs": "abs({0})", "sign": "sign({0})",
        "sum": "sum(sum({0}))", "sum0": "sum({0}, 1)", "sum1": "sum({0}, 2)", "mean": "(sum(sum({0}))/{count})",
        "mean0": "(sum({0}, 1)/{rows})", "mean1": "(sum({0}, 2)/{columns})",
        "softmax0": "(exp({0})./sum(exp({0}), 1))", "softmax1": "(exp({0})./sum(exp({0}), 2))",
        "log_softmax0": "({z} - log(sum(exp({0}), 1)))", "log_softmax1": "({z} - log(sum(exp({0}), 2)))",
        "norm": "sqrt(sum(sum({z}.^2)))", "trace": "trace({0})", "det": "det({0})", "inv": "inv({0})",
        "vstack": "vertcat({all})", "hstack": "horzcat({all})", "diag": "diag({0})",
    },
    transposed="{0}.'",
    has_slices=False,  # they count from 1 and include their end
)  # fmt: skip
"""MATLAB's functions of matrices, which its Symbolic Math Toolbox and its dlarray share."""

MATRIX_CALCULUS = Dialect(
    {
        "@": "*", "*mm": " .* ", "*": "*", "+": " + ", "-": " - ", "/mm": " ./ ", "/ms": "/", "/ss": "/",
        "**ms": ".^", "**ss": "^",
    },
    {
        "identity": "({0})", "relu": "relu({0})", "tanh": "tanh({0})", "exp": "exp({0})", "log": "log({0})",
        "sin": "sin({0})", "cos": "cos({0})", "abs": "abs({0})", "sign": "sign({0})", "sum": "sum({0})",
        "mean": "(sum({0})/{count})", "norm": "norm2({0})", "trace": "tr({0})", "det": "det({0})", "inv": "inv({0})",
        "softmax": "(exp({0})/sum(exp({0})))",
    },
    transposed="{0}'",
    broadcasts=False,
    has_slices=False,
)  # fmt: skip
"""The input language of matrixcalculus.org, as its documentation lists it."""
