"""Building formulas that read as in a textbook: small rewrites applied while a formula is put together.

`a3 - y` and not `0.5 * 2 * (a3 - y)`; `W3` and not `W3.T.T`; `sum(d, axis=1, keepdims=True)` and not
`d @ ones((4, 1))`.
Each rewrite keeps the value for every input; the tests evaluate both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from engine.formula import Shape, ShapeMap
from engine.formula.syntax import Binary, Call, Literal, Name, Negate, Node, Number, Transpose, substitute

ONE = Number(1.0)


def ones(shape: tuple[int, ...]) -> Node:
    """`ones((m, n))`."""
    return Call("ones", (Literal((tuple(Number(float(size)) for size in shape),), 2),))


def eye(size: int) -> Node:
    """`eye(n)`."""
    return Call("eye", (Number(float(size)),))


def diag(vector: Node) -> Node:
    """`diag(v)`."""
    return Call("diag", (vector,))


def reshaped(node: Node, old: tuple[int, int], new: tuple[int, int]) -> Node:
    """A matrix of shape `old` with its entries, in the order of vec, in the shape `new`."""
    if old == new:
        return node
    if 1 in old and old == new[::-1]:
        return transpose(node)
    column = reshaped(node, old, (new[0] * new[1], 1)) if old[0] == 1 else node if old[1] == 1 else Call("vec", (node,))
    if new[1] == 1:
        return column
    if new[0] == 1:
        return transpose(column)
    return Call("unvec", (column, Number(float(new[0])), Number(float(new[1]))))


def is_ones(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "ones"


def coefficient(node: Node) -> tuple[Fraction, Node | None]:
    """A node as an exact number times the rest; the rest is None for a pure number."""
    match node:
        case Number(number):
            return Fraction(repr(number)), None
        case Negate(operand):
            value, rest = coefficient(operand)
            return -value, rest
        case Binary("*", left, rest):
            value, unit = coefficient(left)
            return (value, rest) if unit is None else (Fraction(1), node)
        case Binary("/", left, Number(divisor)) if divisor != 0:
            value, rest = coefficient(left)
            return value / Fraction(repr(divisor)), rest
    return Fraction(1), node


def scaled(value: Fraction | int, rest: Node | None) -> Node:
    """`value * rest`: 1 and -1 are left out, `0.5 *` stands before, and what is no short decimal divides: `/ 3`."""
    value = Fraction(value)
    if rest is None:
        return _constant(value)
    if value == 1:
        return rest
    if value == -1:
        match rest:
            case Binary("-", left, right):
                return Binary("-", right, left)
        return Negate(rest)
    if value < 0:
        return Negate(scaled(-value, rest))
    if _is_short(value):
        return Binary("*", Number(float(value)), rest)
    over = rest if value.numerator == 1 else Binary("*", Number(float(value.numerator)), rest)
    return Binary("/", over, Number(float(value.denominator)))


def _constant(value: Fraction) -> Node:
    if value < 0:
        return Negate(_constant(-value))
    if _is_short(value):
        return Number(float(value))
    return Binary("/", Number(float(value.numerator)), Number(float(value.denominator)))


def _is_short(value: Fraction) -> bool:
    """Whether a number is written better as a decimal than as a fraction: 2, 0.5, 0.25."""
    return value.denominator in (1, 2, 4) or value.denominator > 1_000_000


def negate(node: Node) -> Node:
    """-node."""
    value, rest = coefficient(node)
    return scaled(-value, rest)


def transpose(node: Node) -> Node:
    """nodeᵀ, pushed inwards only where that removes transposes."""
    match node:
        case Transpose(operand):
            return operand
        case Number() | Call("eye") | Call("diag"):
            return node
        case Negate(operand):
            return Negate(transpose(operand))
        case Call("ones" | "zeros" as name, (Literal(rows),)):
            return Call(name, (Literal((rows[0][::-1],), 2),))
        case Call("kron", (left, right)):
            return Call("kron", (transpose(left), transpose(right)))
        case Binary("@", left, right) if _is_simple(left) and _is_simple(right):
            return Binary("@", transpose(right), transpose(left))
        case Binary("@", Transpose(), _) | Binary("@", _, Transpose()):
            return Binary("@", transpose(node.right), transpose(node.left))
        case Binary("*", Number() as number, rest):
            return Binary("*", number, transpose(rest))
        case Binary("+" | "-" as operator, left, right) if _absorbs(left) and _absorbs(right):
            return Binary(operator, transpose(left), transpose(right))
        case Binary("/", over, Number() as divisor):
            return Binary("/", transpose(over), divisor)
    return Transpose(node)


def _is_simple(node: Node) -> bool:
    """Whether transposing gives no more brackets: a name, a constant, or a product of these."""
    match node:
        case Name() | Number() | Call("eye" | "diag" | "ones" | "kron"):
            return True
        case Transpose(operand):
            return isinstance(operand, Name)
        case Binary("@", left, right):
            return _is_simple(left) and _is_simple(right)
    return False


def _absorbs(node: Node) -> bool:
    """Whether transposing goes inside without leaving more transposes than there were."""
    match node:
        case Transpose() | Call("eye" | "diag" | "kron" | "ones"):
            return True
        case Binary("@"):
            return _is_simple(node)
        case Binary("+" | "-", left, right):
            return _absorbs(left) and _absorbs(right)
        case Binary("*", Number(), rest):
            return _absorbs(rest)
        case Negate(operand):
            return _absorbs(operand)
    return False


class Algebra:
    """Rewrites that need to know shapes and the program's names."""

    def __init__(self, shapes: ShapeMap, named: Mapping[Node, str]) -> None:
        self.shapes = shapes
        self._named = named

    def matrix_shape(self, node: Node) -> tuple[int, int]:
        """The shape of `node`, a scalar counted as 1×1."""
        shape: Shape = self.shapes.of(node)
        return (1, 1) if not shape else (shape[0], 1 if len(shape) == 1 else shape[1])

    def by_name(self, node: Node) -> Node:
        """`node` with everything that the program calls by a name written as that name (`a3` for `sigmoid(z3)`)."""

        def rename(part: Node) -> Node | None:
            name = self._named.get(part)
            return Name(name) if name else None

        return substitute(node, rename)

    def times(self, left: Node, right: Node) -> Node:
        """left ⊙ right, numbers collected in front."""
        left_value, left_rest = coefficient(left)
        right_value, right_rest = coefficient(right)
        value = left_value * right_value
        if left_rest is None or right_rest is None:
            return scaled(value, right_rest if left_rest is None else left_rest)
        for factor, other in ((left_rest, right_rest), (right_rest, left_rest)):
            if is_ones(factor) and self.matrix_shape(factor) == self.matrix_shape(other):
                return scaled(value, other)
        match left_rest, right_rest:
            case Binary("/", Number(1.0), divisor), other:
                return scaled(value, Binary("/", other, divisor))
            case other, Binary("/", numerator, divisor):
                return scaled(value, Binary("/", self.times(other, numerator), divisor))
            case first, Binary("*", second, third):
                return scaled(value, Binary("*", Binary("*", first, second), third))
        return scaled(value, Binary("*", left_rest, right_rest))

    def plus(self, left: Node, right: Node) -> Node:
        """left + right."""
        left_value, left_rest = coefficient(left)
        right_value, right_rest = coefficient(right)
        if left_rest == right_rest:
            return scaled(left_value + right_value, left_rest)
        if right_value < 0:
            return Binary("-", left, scaled(-right_value, right_rest))
        return Binary("+", left, right)

    def matmul(self, left: Node, right: Node) -> Node:
        """left @ right, numbers collected in front; a product with ones is a sum over an axis."""
        left_value, left_rest = coefficient(left)
        right_value, right_rest = coefficient(right)
        value = left_value * right_value
        if left_rest is None or right_rest is None:
            return scaled(value, right_rest if left_rest is None else left_rest)
        if () in (self.shapes.of(left_rest), self.shapes.of(right_rest)):  # which a matrix product does not take
            return scaled(value, self.times(left_rest, right_rest))
        rows, inner = self.matrix_shape(left_rest)
        columns = self.matrix_shape(right_rest)[1]
        if is_ones(left_rest) and is_ones(right_rest):
            return scaled(value * inner, ones((rows, columns)))
        if inner > 1:
            if is_ones(right_rest) and columns == 1:
                return scaled(value, self.total(left_rest, axis=1))
            if is_ones(left_rest) and rows == 1:
                return scaled(value, self.total(right_rest, axis=0))
        if isinstance(left_rest, Call) and left_rest.function == "eye":
            return scaled(value, right_rest)
        if isinstance(right_rest, Call) and right_rest.function == "eye":
            return scaled(value, left_rest)
        return scaled(value, Binary("@", left_rest, right_rest))

    @staticmethod
    def total(node: Node, axis: int) -> Node:
        """`sum(node, axis=axis, keepdims=True)`."""
        return Call("sum", (node,), (("axis", Number(float(axis))), ("keepdims", Name("True"))))
