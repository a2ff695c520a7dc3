"""Shape inference: what shape every part of a formula has, and the first operator that cannot be applied.

Shapes follow NumPy: `()` is a scalar, `(n,)` a NumPy vector, `(m, n)` a matrix. A dimension may carry a name
(`n2`), which survives through operations and makes messages say which layer's size did not fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.diagnostics import Diagnostic, Where, did_you_mean
from engine.formula.definitions import body
from engine.formula.dimensions import Shape, ShapeError, broadcast, entries, matmul_shape, spell_shape
from engine.formula.functions import ANY, DEFINED, FUNCTIONS, Definition, Static, StaticValue
from engine.formula.syntax import (
    CONSTANTS,
    HADAMARD,
    MATMUL,
    PRODUCT,
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
    substitute,
    walk,
)

MAX_ENTRIES = 50_000_000
"""Entries of the largest value that a formula may have (400 MB of float64)."""


REDUCTIONS = ("sum", "mean", "max", "min", "norm", "var", "std", "logsumexp")
"""Functions that make one number of many."""


class ShapeMap:
    """The shapes of every part of the formulas inferred so far, under one set of named values."""

    def __init__(self, names: Mapping[str, Shape]) -> None:
        self.names = dict(names)
        self._known: dict[Node, Shape] = {}
        self._most: float = MAX_ENTRIES

    def without_limit(self) -> ShapeMap:
        """The same names, for formulas that are written down and never computed, such as `kron(W, eye(4096))`."""
        other = ShapeMap({})
        other.names, other._most = self.names, float("inf")
        return other

    def of(self, node: Node, text: str | None = None) -> Shape:
        """The shape of `node`.

        Raises a Diagnostic `unknown_name`, `shape_mismatch`, `bad_argument` or `too_large`, located at the first
        sub-formula (innermost, then leftmost) that is wrong; `text` is what the node's spans point into.
        """
        known = self._known.get(node)
        if known is not None:
            return known
        try:
            shape = self._infer(node, text)
            if entries(shape) > self._most:
                raise ShapeError(f"{spell_shape(shape)} is more than the {MAX_ENTRIES:,} entries that a value may have",
                                 code="too_large")  # fmt: skip
        except ShapeError as problem:
            raise Diagnostic(
                problem.code, problem.message, Where(text=text, span=node.span if text else None),
                problem.notes, problem.hints,
            ) from None  # fmt: skip
        self._known[node] = shape
        return shape

    def _infer(self, node: Node, text: str | None) -> Shape:
        match node:
            case Number():
                return ()
            case Name(name):
                if name not in self.names:
                    raise self._unknown(node, text)
                return self.names[name]
            case Negate(operand):
                return self.of(operand, text)
            case Transpose(operand):
                return self.of(operand, text)[::-1]
            case Binary(operator, left, right):
                return binary_shape(operator, self.of(left, text), self.of(right, text))
            case Call():
                return self._call(node, text)
            case Index(operand, items):
                if isinstance(operand, Call) and operand.function == "shape":
                    self.dimension(node, text)
                    return ()
                return index_shape(self.of(operand, text), items)
            case Literal(rows, rank):
                for row in rows:
                    for entry in row:
                        if entries(self.of(entry, text)) != 1:
                            raise ShapeError("an entry of a written-out matrix must be a number")
                    if len(row) != len(rows[0]):
                        raise ShapeError("the rows of this matrix have different lengths")
                return (len(rows[0]),) if rank == 1 else (len(rows), len(rows[0]))
        raise AssertionError(node)

    def _unknown(self, node: Name, text: str | None) -> ShapeError:
        """What is directly before a bracket was meant as a function."""
        is_call = text is not None and text[node.span[1] : node.span[1] + 1] == "("
        known = list(FUNCTIONS) if is_call else [*self.names, *FUNCTIONS]
        hints = did_you_mean(node.name, known)
        if node.name in FUNCTIONS and not is_call:
            hints = (f"{node.name} is a function: its argument stands in brackets, as in {node.name}(z)",)
        if not hints and not is_call:
            hints = (f"known names: {', '.join(list(self.names)[:20])}",)
        what = "function" if is_call else "value"
        return ShapeError(f"there is no {what} called {node.name}", code="unknown_name", hints=hints)

    def _call(self, node: Call, text: str | None) -> Shape:
        function = FUNCTIONS[node.function]
        values, static = self.arguments(node, text)
        shapes = [self.of(value, text) for value in values]
        if isinstance(function, Definition):
            self._refuse_nested_definition(function, values)
            self._check_body(function, shapes)
        if function.name == "shape":
            raise ShapeError("`.shape` is a tuple: take one dimension, as in `X.shape[0]`", code="bad_argument")
        return function.shape(*shapes, **static)

    @staticmethod
    def _check_body(function: Definition, shapes: Sequence[Shape]) -> None:
        """What the formula that a function stands for refuses: a softmax that must say along which axis."""
        try:
            ShapeMap(dict(zip(function.parameters, shapes, strict=True))).of(body(function.name))
        except Diagnostic as problem:
            hints = problem.hints
            if f"{function.name}_cols" in FUNCTIONS:
                hints = (f"{function.name}_cols for samples in columns, {function.name}_rows for samples in rows",)
            raise ShapeError(problem.message, problem.notes, hints, problem.code) from None

    @staticmethod
    def _refuse_nested_definition(function: Definition, operands: Sequence[Node]) -> None:
        """A loss may read its argument several times, so that losses of losses would grow exponentially."""
        for operand in operands:
            for part in walk(operand):
                if isinstance(part, Call) and FUNCTIONS[part.function] in DEFINED:
                    raise ShapeError(
                        f"{part.function} cannot stand inside of {function.name}",
                        hints=("assign it to a name, and write the name here",),
                        code="too_large",
                    )

    def arguments(self, node: Call, text: str | None = None) -> tuple[tuple[Node, ...], dict[str, StaticValue]]:
        """A call's operands, and the values of its static arguments (`axis`, `keepdims`, a shape)."""
        function = FUNCTIONS[node.function]
        count = len(node.arguments) if function.operands == ANY else function.operands
        operands, rest = node.arguments[:count], node.arguments[count:]
        if len(operands) < function.operands:
            raise ShapeError(
                f"{function.name} takes {function.operands} argument{'s'[: function.operands != 1]}"
                f", not {len(node.arguments)}", code="bad_argument")  # fmt: skip
        names = list(function.static)
        if len(rest) > len(names):
            raise ShapeError(f"{function.name} takes at most {function.operands + len(names)} arguments",
                             code="bad_argument")  # fmt: skip
        static: dict[str, StaticValue] = {}
        for key, value in [*zip(names, rest, strict=False), *node.keywords]:
            parameter = function.static.get(key)
            if parameter is None:
                raise ShapeError(f"{function.name} has no argument {key}", code="bad_argument",
                                 hints=did_you_mean(key, function.static))  # fmt: skip
            if key in static:
                raise ShapeError(f"{function.name} is given {key} twice", code="bad_argument")
            static[key] = self._static(value, parameter, text)
        missing = [key for key, parameter in function.static.items() if parameter.required and key not in static]
        if missing:
            raise ShapeError(f"{function.name} needs {missing[0]}: {function.static[missing[0]].description}",
                             code="bad_argument")  # fmt: skip
        return operands, static

    def _static(self, node: Node, parameter: Static, text: str | None) -> StaticValue:
        value: StaticValue
        match node:
            case Name(name) if name in CONSTANTS:
                value = CONSTANTS[name]
            case Literal(rows, _) if len(rows) == 1:
                value = tuple(self.dimension(entry, text) for entry in rows[0])
            case _:
                value = self.dimension(node, text)
        if not parameter.accepts(value):
            raise ShapeError(f"this argument must be {parameter.description}", code="bad_argument")
        return value

    def dimension(self, node: Node, text: str | None = None) -> int:
        """The whole number that `node` writes out: `3`, `-1`, `X.shape[0]`."""
        match node:
            case Number(value) if value.is_integer() and abs(value) <= MAX_ENTRIES:
                return int(value)
            case Negate(Number(value)) if value.is_integer() and abs(value) <= MAX_ENTRIES:
                return -int(value)
            case Index(Call("shape", (operand,)), (int() as axis,)):
                shape = self.of(operand, text)
                if not -len(shape) <= axis < len(shape):
                    raise ShapeError(f"{spell_shape(shape)} has no dimension {axis}", code="bad_argument")
                return shape[axis]
        raise ShapeError("a whole number is needed here", code="bad_argument")


def binary_shape(operator: str, left: Shape, right: Shape) -> Shape:
    """The shape of `left operator right`; raises a ShapeError if the operator cannot be applied."""
    if operator == MATMUL:
        return matmul_shape(left, right)
    if operator == PRODUCT and not is_scaling(left, right):
        return matmul_shape(left, right)
    if operator == "**" and len(right) and entries(right) != 1:
        raise ShapeError("an exponent must be a number", hints=("to square entry by entry: v ** 2",))
    name = {HADAMARD: "multiply entry by entry", "+": "add", "-": "subtract", "/": "divide entry by entry"}
    try:
        return broadcast(left, right)
    except ShapeError as problem:
        problem.message = f"cannot {name.get(operator, 'compare')}: {problem.message}"
        raise


def resolve(node: Node, shapes: ShapeMap) -> Node:
    """`node` with everything settled that shapes decide.

    A product as on paper (`·`) becomes the `*` or `@` that it is, `X.shape[1]` becomes its number, and a sum over an
    axis inside of a whole sum keeps its dimension, so that every part is a matrix; what sums up everything needs no
    `ravel`.
    """

    def settle(part: Node) -> Node | None:
        match part:
            case Binary("·", left, right):
                scaling = is_scaling(shapes.of(left), shapes.of(right))
                operator = HADAMARD if scaling else MATMUL
                return Binary(operator, substitute(left, settle), substitute(right, settle), span=part.span)
            case Index(Call("shape")):
                return Number(float(shapes.dimension(part)), span=part.span)
            case Call(outer, (Call(inner, operands, keywords),), ()) if keywords and {outer, inner} <= set(REDUCTIONS):
                kept = tuple(pair for pair in keywords if pair[0] != "keepdims")
                flag = ("keepdims", Name("True"))
                summed = Call(inner, tuple(substitute(operand, settle) for operand in operands), (*kept, flag))
                return Call(outer, (summed,), span=part.span)
            case Call(outer, (Call("ravel", (operand,)),), ()) if outer in REDUCTIONS:
                return Call(outer, (substitute(operand, settle),), span=part.span)
        return None

    return substitute(node, settle)


def is_scaling(left: Shape, right: Shape) -> bool:
    """Whether a product as on paper (`·`) scales: a scalar, or a 1×1 whose size does not fit a matrix product."""
    if not left or not right:
        return True
    return left[-1] != right[0] and (entries(left) == 1 or entries(right) == 1)


def index_shape(shape: Shape, items: Sequence[int | Slice]) -> Shape:
    """The shape of `value[items]`."""
    if len(items) > len(shape):
        raise ShapeError(f"{len(items)} indices into {spell_shape(shape)}", code="bad_argument")
    result: list[int] = []
    for axis, item in enumerate(items):
        size = shape[axis]
        if isinstance(item, Slice):
            length = len(range(*slice(item.start, item.stop).indices(size)))
            if not length:
                raise ShapeError(f"this slice of {spell_shape(shape)} is empty", code="bad_argument")
            result.append(size if length == size else length)
        elif not -size <= item < size:
            raise ShapeError(f"index {item} is outside of {spell_shape(shape)}: rows and columns count from 0",
                             code="bad_argument")  # fmt: skip
    return (*result, *shape[len(items) :])
