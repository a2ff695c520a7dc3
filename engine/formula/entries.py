"""One entry of a formula's value, as a formula over single entries: `(W3ᵀ d)[1]` is `W3[0,1]·d[0] + W3[1,1]·d[1]`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.diagnostics import Diagnostic
from engine.formula.functions import FUNCTIONS, Pointwise
from engine.formula.notation import Spelling
from engine.formula.printer import spell, spell_name
from engine.formula.shapes import ShapeMap
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Negate, Node, Number, Slice, Transpose

Place = tuple[int, int]
"""Row and column, counted from 0."""
MOST_TERMS = 6
"""Terms of the longest sum inside of an entry that is written out."""
ZERO, ONE = Number(0.0), Number(1.0)
_HIDDEN = "\0"
"""Stands for a ⊙ that is not between two numbers."""


class Entries:
    """Writes entries of formulas under one set of shapes."""

    def __init__(self, shapes: ShapeMap, label: Callable[[str, Place], str]) -> None:
        self._shapes = shapes
        self._label = label
        """What an entry of a named value is called: `W3[0,1]`."""
        self.leaves: dict[str, tuple[Node, Place]] = {}
        """What the names in the entries written so far stand for."""

    def of(self, node: Node, row: int, column: int) -> Node:
        """The entry at a row and a column, over names such as `W3[0,1]`; what has no entries of its own stays whole.

        Only that one entry is looked at, so it takes the same time whatever the size.
        """
        match node:
            case Number():
                return node
            case Negate(operand):
                return _negated(self.of(operand, row, column))
            case Transpose(operand):
                return self.of(operand, column, row)
            case Binary("@", left, right):
                return self._matmul(node, left, right, row, column)
            case Binary(operator, left, right):
                return _binary(operator, *(self._broadcast(side, row, column) for side in (left, right)))
            case Call():
                return self._call(node, row, column)
            case Index(operand, items):
                return self._index(node, operand, items, row, column)
            case Literal(rows, 2):
                return self.of(rows[row][column], 0, 0)
        return self._leaf(node, row, column)

    def size(self, node: Node) -> Place:
        """Rows and columns of a value, also of one that would be too large to be made."""
        match node:
            case Transpose(operand):
                return self.size(operand)[::-1]
            case Negate(operand):
                return self.size(operand)
            case Call("kron", (left, right)):
                (m, n), (p, q) = self.size(left), self.size(right)
                return m * p, n * q
            case Binary("@", left, right):
                return self.size(left)[0], self.size(right)[1]
            case Binary(_, left, right):
                (m, n), (p, q) = self.size(left), self.size(right)
                return max(m, p), max(n, q)
        shape = self._shapes.of(node)
        return (1, 1) if not shape else (int(shape[0]), 1 if len(shape) == 1 else int(shape[1]))

    def support(self, node: Node, row: int) -> range:
        """The columns in which a row of a matrix may be other than 0, whatever its numbers."""
        match node:
            case Negate(operand):
                return self.support(operand, row)
            case Transpose(operand):
                return self.support_of_column(operand, row)
            case Call("diag" | "eye") if self._is_diagonal(node):
                return range(row, row + 1)
            case Call("kron", (left, right)):
                m, n = self.size(right)
                return _spread(self.support(left, row // m), self.support(right, row % m), n)
            case Binary("*" | "/", left, right):
                sides = (self.support(side, row) for side in (left, right) if self.size(side) == self.size(node))
                return min(sides, key=len, default=range(self.size(node)[1]))
            case Binary("@", left, right):
                inner = self.support(left, row)
                return self.support(right, inner[0]) if len(inner) == 1 else range(self.size(node)[1])
        return range(self.size(node)[1])

    def support_of_column(self, node: Node, column: int) -> range:
        """The rows in which a column of a matrix may be other than 0."""
        match node:
            case Negate(operand):
                return self.support_of_column(operand, column)
            case Transpose(operand):
                return self.support(operand, column)
            case Call("diag" | "eye") if self._is_diagonal(node):
                return range(column, column + 1)
            case Call("kron", (left, right)):
                m, n = self.size(right)
                across = self.support_of_column(left, column // n), self.support_of_column(right, column % n)
                return _spread(*across, m)
            case Binary("*" | "/", left, right):
                sides = (self.support_of_column(side, column) for side in (left, right)
                         if self.size(side) == self.size(node))  # fmt: skip
                return min(sides, key=len, default=range(self.size(node)[0]))
            case Binary("@", left, right):
                inner = self.support_of_column(right, column)
                return self.support_of_column(left, inner[0]) if len(inner) == 1 else range(self.size(node)[0])
        return range(self.size(node)[0])

    def summed_over(self, left: Node, right: Node, row: int, column: int) -> Sequence[int]:
        """The k for which `left[row,k]·right[k,column]` may be other than 0."""
        one, other = self.support(left, row), self.support_of_column(right, column)
        return [k for k in one if k in other] if len(one) <= len(other) else [k for k in other if k in one]

    def _matmul(self, node: Node, left: Node, right: Node, row: int, column: int) -> Node:
        inner = self.summed_over(left, right, row, column)
        if len(inner) > MOST_TERMS:
            return self._leaf(node, row, column)
        return total([_binary("*", self.of(left, row, k), self.of(right, k, column)) for k in inner])

    def _broadcast(self, node: Node, row: int, column: int) -> Node:
        rows, columns = self.size(node)
        return self.of(node, row if rows > 1 else 0, column if columns > 1 else 0)

    def _is_diagonal(self, node: Call) -> bool:
        if node.function == "eye":
            return True
        (vector, *_) = node.arguments
        return 1 in self.size(vector)

    def _call(self, node: Call, row: int, column: int) -> Node:
        match node:
            case Call("eye"):
                return ONE if row == column else ZERO
            case Call("ones" | "ones_like"):
                return ONE
            case Call("zeros" | "zeros_like"):
                return ZERO
            case Call("diag", (vector,)) if self._is_diagonal(node):
                if row != column:
                    return ZERO
                return self.of(vector, row, 0) if self.size(vector)[1] == 1 else self.of(vector, 0, row)
            case Call("kron", (left, right)):
                m, n = self.size(right)
                return _binary("*", self.of(left, row // m, column // n), self.of(right, row % m, column % n))
            case Call("vec", (matrix,)):
                rows = self.size(matrix)[0]
                return self.of(matrix, row % rows, row // rows)
            case Call("unvec", (stacked, Number(rows), _)):
                return self.of(stacked, row + int(rows) * column, 0)
            case Call("maximum" | "minimum" | "where" as name, arguments):
                return Call(name, tuple(self._broadcast(argument, row, column) for argument in arguments))
            case Call("sum", (operand,), keywords):
                return self._sum(node, operand, dict(keywords), row, column)
            case Call(name, (argument,), (), derivative) if isinstance(FUNCTIONS[name], Pointwise):
                return Call(name, (self.of(argument, row, column),), (), derivative)
        return self._leaf(node, row, column)

    def _sum(self, node: Node, operand: Node, keywords: dict[str, Node], row: int, column: int) -> Node:
        """A sum over rows or over columns, written out where it is short."""
        axis = keywords.get("axis")
        rows, columns = self.size(operand)
        places = [(row, k) for k in range(min(columns, MOST_TERMS + 1))]
        if axis == ZERO:
            places = [(k, column if "keepdims" in keywords else row) for k in range(min(rows, MOST_TERMS + 1))]
        if axis not in (ZERO, ONE) or len(places) > MOST_TERMS:
            return self._leaf(node, row, column)
        return total([self.of(operand, *place) for place in places])

    def _index(self, node: Node, operand: Node, items: tuple[int | Slice, ...], row: int, column: int) -> Node:
        if len(self._shapes.of(operand)) != 2:
            return self._leaf(node, row, column)
        left = [row, column]
        place: list[int] = []
        sizes = self.size(operand)
        for size, item in zip(sizes, (*items, Slice(None, None))[:2], strict=True):
            if isinstance(item, Slice):
                place.append(slice(item.start, item.stop).indices(size)[0] + left.pop(0))
            else:
                place.append(item % size)
        return self.of(operand, place[0], place[1])

    def _leaf(self, node: Node, row: int, column: int) -> Node:
        text = self._leaf_text(node, row, column)
        self.leaves[text] = (node, (row, column))
        return Name(text)

    def _leaf_text(self, node: Node, row: int, column: int) -> str:
        if isinstance(node, Name):
            return self._label(node.name, (row, column))
        text = spell(node, Spelling.PAPER).replace("⊙", _HIDDEN)
        try:
            shape = self._shapes.of(node)
        except Diagnostic:
            shape = (2, 2)
        indices = [str(index) for index, size in zip((row, column), shape, strict=False) if size > 1]
        if not indices:
            return text if isinstance(node, Call) else f"({text})"
        is_one = isinstance(node, Call) and node.function != "kron"
        return f"{text if is_one else f'({text})'}[{','.join(indices)}]"


def spell_entry(node: Node) -> str:
    """An entry's formula on paper: `(1 − a3[0])·a3[0]`."""
    return spell(node, Spelling.PAPER).replace(" ⊙ ", "·").replace(_HIDDEN, "⊙")


def labelled(name: str, place: Place, shape: Place) -> str:
    """`a2[1]` of a vector, `W3[0,1]` of a matrix, `L` of a number."""
    indices = [str(index) for index, size in zip(place, shape, strict=True) if size > 1]
    return f"{spell_name(name)}[{','.join(indices)}]" if indices else spell_name(name)


def total(terms: Sequence[Node]) -> Node:
    """The sum of some entries, without those that are 0."""
    result: Node = ZERO
    for term in terms:
        result = _binary("+", result, term)
    return result


def times(one: Node, other: Node) -> Node:
    """The product of two entries, without a 1 and with 0 for a 0."""
    return _binary("*", one, other)


def _negated(node: Node) -> Node:
    return node if node == ZERO else Negate(node)


def _binary(operator: str, left: Node, right: Node) -> Node:
    match operator, left, right:
        case ("*" | "/", Number(0.0), _) | ("*", _, Number(0.0)):
            return ZERO
        case ("*", Number(1.0), _) | ("+", Number(0.0), _):
            return right
        case (("*" | "/" | "**"), _, Number(1.0)) | (("+" | "-"), _, Number(0.0)):
            return left
        case "-", Number(0.0), _:
            return Negate(right)
        case "+", _, Negate(operand):
            return Binary("-", left, operand)
    return Binary(operator, left, right)


def _spread(outer: range, inner: range, width: int) -> range:
    """Where a row of a Kronecker product may be other than 0; a range, if it is one, else the whole stretch."""
    if len(inner) == 1:
        start, step = outer.start * width + inner.start, outer.step * width
        return range(start, start + step * len(outer), step)
    if len(outer) == 1:
        return range(outer.start * width + inner.start, outer.start * width + inner.stop, inner.step)
    return range(outer.start * width, outer.stop * width)
