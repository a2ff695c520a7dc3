"""Formulas to numbers: each node becomes a closure over named arrays, built once and called often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import add, itemgetter, mul, sub, truediv
from typing import Any, NoReturn

import numpy as np

from engine.diagnostics import Diagnostic, Where
from engine.formula.definitions import body, inlined
from engine.formula.dimensions import Shape
from engine.formula.functions import FUNCTIONS, Array, Definition, Pointwise
from engine.formula.shapes import ShapeMap, is_scaling
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Negate, Node, Number, Slice, Transpose

Values = Mapping[str, Array]
Evaluator = Callable[[Values], Array]


class ForwardPass(dict[str, Array]):
    """The values of a program by name, read-only, and those of the formulas over them that have been asked for."""

    __slots__ = ("formulas",)

    formulas: dict[Evaluator, Array]
    """Empty at first; a dictionary is made faster where no `__init__` adds it."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("the values of a program are read-only: Program.with_values gives it others")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse


def _product(left: Array, right: Array) -> Array:
    return left * right if is_scaling(left.shape, right.shape) else left @ right


def _compare(operation: Any) -> Callable[[Array, Array], Array]:
    return lambda left, right: np.asarray(operation(left, right), dtype=np.float64)


_OPERATIONS: Mapping[str, Callable[[Array, Array], Array]] = {
    "@": np.ndarray.dot,  # of vectors and matrices what matmul is, in half the time where they are small
    "*": mul,
    "·": _product,
    "+": add,
    "-": sub,
    "/": truediv,
    "**": np.power,
    "<": _compare(np.less),
    "<=": _compare(np.less_equal),
    ">": _compare(np.greater),
    ">=": _compare(np.greater_equal),
    "==": _compare(np.equal),
    "!=": _compare(np.not_equal),
}


def compile_formula(node: Node, shapes: ShapeMap) -> Evaluator:
    """A function from named arrays to the value of `node`. Its shapes must have been inferred without error."""
    match node:
        case Number(value):
            constant = np.asarray(value)
            return lambda values: constant
        case Name(name):
            return itemgetter(name)
        case Negate(operand):
            negated = compile_formula(operand, shapes)
            return lambda values: np.negative(negated(values))
        case Transpose(operand):
            transposed = compile_formula(operand, shapes)
            return lambda values: transposed(values).T
        case Binary(operator, left, right):
            return _compile_binary(_OPERATIONS[operator], left, right, shapes)
        case Call():
            return _compile_call(node, shapes)
        case Index(Call("shape"), _):
            size = np.asarray(float(shapes.dimension(node)))
            return lambda values: size
        case Index(operand, items):
            indexed = compile_formula(operand, shapes)
            place = tuple(slice(item.start, item.stop) if isinstance(item, Slice) else item for item in items)
            return lambda values: np.asarray(indexed(values)[place])
        case Literal(rows, rank):
            cells = [[compile_formula(entry, shapes) for entry in row] for row in rows]

            def build(values: Values) -> Array:
                matrix = np.array([[cell(values).item() for cell in row] for row in cells])
                return matrix[0] if rank == 1 else matrix

            return build
    raise AssertionError(node)


def _compile_binary(operation: Callable[[Any, Any], Array], left: Node, right: Node, shapes: ShapeMap) -> Evaluator:
    if isinstance(left, Number):
        second, number = compile_formula(right, shapes), _beside(left, right, shapes)
        return lambda values: operation(number, second(values))
    first = compile_formula(left, shapes)
    if isinstance(right, Number):
        number = _beside(right, left, shapes)
        return lambda values: operation(first(values), number)
    second = compile_formula(right, shapes)
    return lambda values: operation(first(values), second(values))


def _beside(number: Number, other: Node, shapes: ShapeMap) -> Any:
    """A number as what NumPy takes fastest: a scalar beside a scalar, and an array beside an array."""
    return np.float64(number.value) if shapes.of(other) == () else np.asarray(number.value)


def _compile_call(node: Call, shapes: ShapeMap) -> Evaluator:
    function = FUNCTIONS[node.function]
    operands, static = shapes.arguments(node)
    arguments = [compile_formula(operand, shapes) for operand in operands]
    apply = function.value
    if isinstance(function, Definition) and all(isinstance(operand, Name) for operand in operands):
        return compile_formula(inlined(node), shapes)
    if isinstance(function, Definition):
        # Each argument is compiled once, however often the body reads it: nested losses would grow exponentially.
        parameters = dict(zip(function.parameters, operands, strict=True))
        compiled = compile_formula(
            body(function.name), ShapeMap({name: shapes.of(operand) for name, operand in parameters.items()})
        )
        return lambda values: compiled(
            {name: argument(values) for name, argument in zip(parameters, arguments, strict=True)}
        )
    if isinstance(function, Pointwise):
        (argument,) = arguments
        if not node.derivative:
            return lambda values: apply(argument(values))
        slope, reads_value = function.slope, function.reads_value

        def derivative(values: Values) -> Array:
            z = argument(values)
            return slope(z, apply(z) if reads_value else z)

        return derivative
    if len(arguments) == 1 and not static:
        (argument,) = arguments
        to_numpy: Callable[[Any], Any] = np.float64 if shapes.of(node) == () else np.asarray
        return lambda values: to_numpy(apply(argument(values)))
    return lambda values: np.asarray(apply(*[argument(values) for argument in arguments], **static))


def evaluate(node: Node, values: Values, text: str | None = None) -> Array:
    """The value of a formula over named arrays.

    Raises a Diagnostic for whatever `ShapeMap.of` refuses, and `not_finite` where the result has a NaN or an infinity.
    """
    shapes = ShapeMap(shapes_of(values))
    shapes.of(node, text)
    with np.errstate(all="ignore"):
        result = np.asarray(compile_formula(node, shapes)(values), dtype=np.float64)
    if not np.isfinite(result).all():
        raise Diagnostic("not_finite", "the value is not finite: it overflows, divides by zero, or is not defined here",
                         Where(text=text, span=node.span if text else None))  # fmt: skip
    return result


def shapes_of(values: Values) -> dict[str, Shape]:
    """The shapes of named arrays."""
    return {name: value.shape for name, value in values.items()}
