"""Building formulas that read as in a textbook: small rewrites applied while a formula is put together.

`a3 - y` and not `0.5 * 2 * (a3 - y)`; `W3` and not `W3.T.T`; `sum(d, axis=1, keepdims=True)` and not
`d @ ones((4, 1))`.
Each rewrite keeps the value for every input; the tests evaluate both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce

from engine.calculus.factors import ONE, Power, coefficient, collected, negate, powers, product, scaled
from engine.formula import Shape, ShapeMap
from engine.formula.dimensions import broadcast, entries
from engine.formula.syntax import Binary, Call, Literal, Name, Negate, Node, Number, Transpose, substitute, walk

__all__ = [
    "ONE", "Algebra", "coefficient", "diag", "eye", "is_ones", "is_zero", "kron", "negate", "ones", "reshaped",
    "scaled", "total", "transpose", "zeros",
]  # fmt: skip


def ones(shape: tuple[int, ...]) -> Node:
    """`ones((m, n))`."""
    return Call("ones", (Literal((tuple(Number(float(size)) for size in shape),), 2),))


def zeros(shape: tuple[int, ...]) -> Node:
    """`zeros((m, n))`."""
    return Call("zeros", (Literal((tuple(Number(float(size)) for size in shape),), 2),))


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


def total(node: Node, axis: int) -> Node:
    """`sum(node, axis=axis, keepdims=True)`."""
    return Call("sum", (node,), (("axis", Number(float(axis))), ("keepdims", Name("True"))))


def kron(left: Node, right: Node) -> Node:
    """`kron(A, B)`, B alone where A is 1, and of ones or of identities again ones or an identity."""
    for one, other in ((left, right), (right, left)):
        value, rest = coefficient(one)
        if rest is None and value == 1:
            return other
    match left, right:
        case Call("eye", (Number(first),)), Call("eye", (Number(second),)):
            return eye(int(first * second))
    sizes = [[int(size.value) for size in node.arguments[0].children if isinstance(size, Number)]
             for node in (left, right) if isinstance(node, Call) and is_ones(node)]  # fmt: skip
    if len(sizes) == 2:
        return ones((sizes[0][0] * sizes[1][0], sizes[0][1] * sizes[1][1]))
    return Call("kron", (left, right))


def is_zero(node: Node) -> bool:
    return coefficient(node)[0] == 0 or (isinstance(node, Call) and node.function == "zeros")


def is_ones(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "ones"


def transpose(node: Node) -> Node:
    """nodeᵀ, pushed inwards only where that removes transposes; a number in front stays in front."""
    value, rest = coefficient(node)
    if rest is not None and value != 1:
        return scaled(value, transpose(rest))
    match node:
        case Transpose(operand):
            return operand
        case Number() | Call("eye") | Call("diag"):
            return node
        case Call("ones" | "zeros" as name, (Literal(rows),)):
            return Call(name, (Literal((rows[0][::-1],), 2),))
        case Call("commutation", (m, n)):
            return Call("commutation", (n, m))
        case Call("kron", (left, right)):
            return Call("kron", (transpose(left), transpose(right)))
        case Literal(rows, 2):
            return Literal(tuple(zip(*rows, strict=True)), 2)
        case Binary("@", left, right) if _is_simple(left) and _is_simple(right):
            return Binary("@", transpose(right), transpose(left))
        case Binary("@", Transpose(), _) | Binary("@", _, Transpose()):
            return Binary("@", transpose(node.right), transpose(node.left))
        case Binary("+" | "-" as operator, left, right) if _absorbs(left) and _absorbs(right):
            return Binary(operator, transpose(left), transpose(right))
    return Transpose(node)


def _is_simple(node: Node) -> bool:
    """Whether transposing gives no more brackets: a name, a constant, or a product of these."""
    match node:
        case Name() | Number() | Call("eye" | "diag" | "ones" | "kron" | "commutation"):
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
        """The shape of `node`, a scalar counted as 1×1; of a Kronecker product also of one too large to be made."""
        match node:
            case Call("kron", (left, right)):
                (m, n), (p, q) = self.matrix_shape(left), self.matrix_shape(right)
                return m * p, n * q
            case Negate(operand):
                return self.matrix_shape(operand)
            case Transpose(operand):
                return self.matrix_shape(operand)[::-1]
        shape: Shape = self.shapes.of(node)
        return (1, 1) if not shape else (shape[0], 1 if len(shape) == 1 else shape[1])

    def by_name(self, node: Node) -> Node:
        """`node` with everything that the program calls by a name written as that name (`a3` for `sigmoid(z3)`)."""

        def rename(part: Node) -> Node | None:
            name = self._named.get(part)
            return Name(name) if name else None

        return substitute(node, rename)

    def times(self, left: Node, right: Node) -> Node:
        """left ⊙ right: numbers in front, each factor once, divisors behind, and no ones where NumPy stretches."""
        left_value, left_rest = coefficient(left)
        right_value, right_rest = coefficient(right)
        value = left_value * right_value
        shape = broadcast(self.matrix_shape(left), self.matrix_shape(right))
        if value == 0 and shape != (1, 1):
            return zeros(shape)
        if left_rest is None or right_rest is None:
            return scaled(value, right_rest if left_rest is None else left_rest)
        return scaled(value, product(self._fewest([*powers(left_rest), *powers(right_rest)], shape)))

    def _fewest(self, parts: list[Power], shape: Shape) -> list[Power]:
        """The parts of a product without those that only stretch it, as far as its shape stays."""
        for position, (base, power) in enumerate(parts):
            smaller = _unstretched(base)
            if smaller is not base:
                there = [(part, count * power) for part, count in powers(smaller)]
                without = [*parts[:position], *there, *parts[position + 1 :]]
                if self._shape_of(without) == shape:
                    return self._fewest(without, shape)
        fewer = collected(parts)
        return fewer if self._shape_of(fewer) == shape else parts

    def _shape_of(self, parts: list[Power]) -> Shape:
        return reduce(broadcast, (self.matrix_shape(base) for base, _ in parts), (1, 1))

    def plus(self, left: Node, right: Node) -> Node:
        """left + right: equal terms are counted, a common number stands in front, and no sum begins with a minus."""
        left_value, left_rest = coefficient(left)
        right_value, right_rest = coefficient(right)
        for zero, other in ((left, right), (right, left)):
            if is_zero(zero) and self.matrix_shape(other) == broadcast(*map(self.matrix_shape, (zero, other))):
                return other
        if left_rest is None or right_rest is None:
            return self._sum(left_value, left_rest, right_value, right_rest)
        if _in_order(left_rest) == _in_order(right_rest):
            value = left_value + right_value
            return scaled(value, left_rest) if value else zeros(self.matrix_shape(left_rest))
        shape = broadcast(self.matrix_shape(left_rest), self.matrix_shape(right_rest))
        left_rest = self._beside(left_rest, right_rest, shape)
        right_rest = self._beside(right_rest, left_rest, shape)
        if self._is_centred(left_value, left_rest, right_value, right_rest):
            mean = Call("mean", right_rest.children[:1], right_rest.keywords)  # type: ignore[attr-defined]
            return scaled(left_value, Binary("-", left_rest, mean))
        common = abs(left_value)
        if common == abs(right_value) != 1:
            return scaled(common, self._sum(left_value / common, left_rest, right_value / common, right_rest))
        return self._sum(left_value, left_rest, right_value, right_rest)

    @staticmethod
    def _sum(left_value: Fraction, left: Node | None, right_value: Fraction, right: Node | None) -> Node:
        if left_value < 0 < right_value:
            left_value, left, right_value, right = right_value, right, left_value, left
        if right_value < 0:
            return Binary("-", scaled(left_value, left), scaled(-right_value, right))
        first, second = scaled(left_value, left), scaled(right_value, right)
        match second:
            case Binary("+" | "-" as operator, term, rest):  # a + (b - c) is a + b - c
                return Binary(operator, Binary("+", first, term), rest)
        return Binary("+", first, second)

    def _beside(self, node: Node, other: Node, shape: Shape) -> Node:
        """A term without the ones that stretch it to the shape that its neighbour has anyway."""
        if self.matrix_shape(node) != shape or self.matrix_shape(other) != shape:
            return node
        parts = [(base, power) for base, power in powers(node) if not is_ones(base)]
        smaller = product(parts)
        return node if smaller is None or len(parts) == len(powers(node)) else smaller

    def _is_centred(self, value: Fraction, node: Node, total_value: Fraction, total: Node) -> bool:
        """Whether a sum is `x - sum(x) / n`, which is x less its mean."""
        match total:
            case Call("sum", (summand,)) if summand == node:
                count = Fraction(entries(self.matrix_shape(node)), entries(self.matrix_shape(total)))
                return total_value * count == -value
        return False

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
        if value == 0 or is_zero(left_rest) or is_zero(right_rest):
            return zeros((rows, columns))
        (left_rest, numbers), (right_rest, more) = self._apart(left_rest), self._apart(right_rest)
        if numbers or more:
            return scaled(value, self.times(product([*numbers, *more]) or ONE, self.matmul(left_rest, right_rest)))
        if is_ones(left_rest) and is_ones(right_rest):
            return scaled(value * inner, ones((rows, columns)))
        if inner > 1:
            if is_ones(right_rest) and columns == 1:
                return scaled(value, self.total(left_rest, axis=1))
            if is_ones(left_rest) and rows == 1:
                return scaled(value, self.total(right_rest, axis=0))
        if inner == 1 and ((is_ones(left_rest) and columns == 1) or (is_ones(right_rest) and rows == 1)):
            return scaled(value, self.times(left_rest, right_rest))
        if isinstance(left_rest, Call) and left_rest.function == "eye":
            return scaled(value, right_rest)
        if isinstance(right_rest, Call) and right_rest.function == "eye":
            return scaled(value, left_rest)
        return scaled(value, Binary("@", left_rest, right_rest))

    def _apart(self, node: Node) -> tuple[Node, list[Power]]:
        """A matrix without the scalars that it is multiplied or divided by, and these."""
        parts = powers(node)
        numbers = [part for part in parts if self.matrix_shape(part[0]) == (1, 1)]
        matrix = product(part for part in parts if part not in numbers)
        return (node, []) if matrix is None or not numbers else (matrix, numbers)

    def total(self, node: Node, axis: int) -> Node:
        """`sum(node, axis=axis, keepdims=True)`, and `sum(node)` of a vector along its length."""
        if self.matrix_shape(node)[1 - axis] == 1:
            return Call("sum", (node.operand if isinstance(node, Transpose) else node,))
        return total(node, axis)

    def transpose(self, node: Node) -> Node:
        """nodeᵀ, where a number is its own transpose: `I / s` and not `(I / s).T`."""
        if self.matrix_shape(node) == (1, 1):
            return node
        value, rest = coefficient(node)
        if rest is not None and value != 1:
            return scaled(value, self.transpose(rest))
        match node:
            case Binary("*" | "/" as operator, left, right):
                if self.matrix_shape(right) == (1, 1):
                    return Binary(operator, self.transpose(left), right)
                if self.matrix_shape(left) == (1, 1):
                    return Binary(operator, left, self.transpose(right))
            case Binary("+" | "-" as operator, left, right):
                turned = Binary(operator, self.transpose(left), self.transpose(right))
                if _transposes(turned) <= _transposes(node):
                    return turned
        return transpose(node)


def _transposes(node: Node) -> int:
    return sum(isinstance(part, Transpose) for part in walk(node))


def _unstretched(node: Node) -> Node | None:
    """What NumPy stretches to `node`: a column for `column @ ones((1, n))`; None for ones."""
    match node:
        case Call("ones"):
            return None
        case Binary("@", Call("ones", (Literal(((_, Number(1.0)),)),)), row):
            return _unstretched(row)
        case Binary("@", column, Call("ones", (Literal(((Number(1.0), _),)),))):
            return _unstretched(column)
    return node


def _in_order(node: Node) -> Node:
    """A matrix product grouped from the left, however it was grouped."""
    match node:
        case Binary("@", left, Binary("@", first, second)):
            return _in_order(Binary("@", Binary("@", left, first), second))
        case Binary("@", left, right):
            return Binary("@", _in_order(left), right)
    return node
