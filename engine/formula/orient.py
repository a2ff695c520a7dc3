"""NumPy vectors as columns: a formula over one-dimensional arrays as the same formula over matrices.

A NumPy vector is neither a column nor a row: `x @ W` takes it as a row, `W @ x` as a column, `x + B` as a row. Matrix
calculus knows only matrices, so every vector is taken as a column, and is transposed wherever NumPy takes it as a row:
`x @ W` becomes `W.T @ x`, `outer(x, d)` becomes `x @ d.T`, and `sum(M, axis=0)` the column `sum(M, axis=0,
keepdims=True).T`. The numbers stay what NumPy computes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.formula.dimensions import Shape
from engine.formula.functions import FUNCTIONS
from engine.formula.shapes import ShapeMap
from engine.formula.syntax import (
    CONSTANTS,
    Binary,
    Call,
    Index,
    Literal,
    Name,
    Node,
    Number,
    Slice,
    Transpose,
    substitute,
    walk,
)

KEEP = ("keepdims", Name("True"))
_EACH = Slice(None, None)


def oriented_shape(shape: Shape) -> Shape:
    """The matrix shape of a value: a vector of n as n×1, everything else as it is."""
    return (*shape, 1) if len(shape) == 1 else shape


def oriented(node: Node, shapes: ShapeMap) -> Node:
    """`node` with every NumPy vector in it as a column; `shapes` are those that NumPy gives, products are settled.

    Where nothing in the formula is a vector, it is the formula itself, but for `outer`, `concatenate` and
    `reshape`, which are written by simpler functions.
    """
    return _Orientation(shapes).of(node) if any(_is_concerned(part, shapes) for part in walk(node)) else node


def _is_concerned(node: Node, shapes: ShapeMap) -> bool:
    match node:
        case Name(name) if name in CONSTANTS:
            return False  # `True` is an argument, and has no shape
        case Call("outer" | "concatenate" | "reshape"):
            return True
    return _rank(node, shapes) == 1


def _rank(node: Node, shapes: ShapeMap) -> int:
    return len(shapes.of(node))


class _Orientation:
    def __init__(self, shapes: ShapeMap) -> None:
        self.shapes = shapes

    def rank(self, node: Node) -> int:
        return _rank(node, self.shapes)

    def of(self, node: Node) -> Node:
        """The matrix formula of `node`."""
        return substitute(node, self._settle)

    def row(self, node: Node) -> Node:
        """`node` as NumPy broadcasts it beside a matrix: a vector as a row."""
        return Transpose(self.of(node)) if self.rank(node) == 1 else self.of(node)

    def column(self, node: Node) -> Node:
        """The entries of a column, a row, a vector or a number as a column."""
        shape = self.shapes.of(node)
        if len(shape) == 2 and shape[1] != 1:
            return Transpose(self.of(node)) if shape[0] == 1 else Call("vec", (Transpose(self.of(node)),))
        return self.of(node)

    def _settle(self, node: Node) -> Node | None:
        match node:
            case Transpose(operand) if self.rank(operand) == 1:
                return self.of(operand)
            case Binary("@", left, right):
                return self._product(node, left, right)
            case Binary(operator, left, right) if {self.rank(left), self.rank(right)} == {1, 2}:
                return Binary(operator, self.row(left), self.row(right), span=node.span)
            case Index(operand, items):
                return self._entry(operand, items)
            case Literal(rows, 1):
                return Literal(tuple((self.of(entry),) for entry in rows[0]), 2, span=node.span)
            case Call(function):
                rule = _CALLS.get(function)
                return rule(self, node) if rule else self._call(node)
        return None

    def _product(self, node: Node, left: Node, right: Node) -> Node | None:
        if self.rank(left) == 2:
            return None
        if self.rank(right) == 1:
            return Binary("@", Transpose(self.of(left)), self.of(right), span=node.span)
        return Binary("@", self.of(_turned(right)), self.of(left), span=node.span)

    def _entry(self, operand: Node, items: tuple[int | Slice, ...]) -> Node:
        inner = self.of(operand)
        if self.rank(operand) == 1:
            (item,) = items
            return Index(inner, (item,) if isinstance(item, Slice) else (item, 0))
        if all(isinstance(item, int) for item in items) and len(items) == 2:
            return Index(inner, items)
        cut = tuple(item if isinstance(item, Slice) else _only(item) for item in items)
        return Transpose(Index(inner, cut)) if isinstance(items[0], int) else Index(inner, cut)

    def _call(self, node: Call) -> Node | None:
        """Functions of several operands stretch them as an operator does; the others take a column as it comes."""
        operands = node.arguments[: max(0, FUNCTIONS[node.function].operands)]
        if {1, 2} <= {self.rank(operand) for operand in operands}:
            return Call(node.function, tuple(self.row(operand) for operand in operands), node.keywords, span=node.span)
        return None

    def reduction(self, node: Call) -> Node | None:
        """A sum over an axis leaves a vector: kept as a matrix, and turned to a column."""
        operands, static = self.shapes.arguments(node)
        axis = static.get("axis")
        if axis is None:
            return None
        (operand,) = operands
        if self.rank(operand) == 1:
            if static.get("keepdims"):
                return Call(node.function, (self.of(operand),), (("axis", Number(0.0)), KEEP), span=node.span)
            return Call(node.function, (self.of(operand),), span=node.span)
        if static.get("keepdims"):
            return None
        assert isinstance(axis, int)
        kept = Call(node.function, (self.of(operand),), (("axis", Number(float(axis % 2))), KEEP), span=node.span)
        return Transpose(kept) if axis % 2 == 0 else kept

    def softmax(self, node: Call) -> Node | None:
        operand = node.arguments[0]
        return Call(node.function, (self.of(operand),), span=node.span) if self.rank(operand) == 1 else None

    def outer(self, node: Call) -> Node:
        left, right = (self.column(argument) for argument in node.arguments)
        return Binary("@", left, _turned(right), span=node.span)

    def ravel(self, node: Call) -> Node:
        return self.column(node.arguments[0])

    def reshape(self, node: Call) -> Node:
        """Row after row, where `vec` goes column after column: transposed on the way in and on the way out."""
        column, shape = self.column(node.arguments[0]), self.shapes.of(node)
        rows, columns = oriented_shape(shape) if shape else (1, 1)
        if columns == 1:
            return column
        if rows == 1:
            return Transpose(column)
        return Transpose(Call("unvec", (column, Number(float(columns)), Number(float(rows)))))

    def vec(self, node: Call) -> Node | None:
        (operand,) = node.arguments
        return self.of(operand) if self.rank(operand) == 1 else None

    def concat(self, node: Call) -> Node:
        parts = tuple(self.column(part) for part in node.arguments)
        return parts[0] if len(parts) == 1 else Call("vstack", parts, span=node.span)

    def diag(self, node: Call) -> Node | None:
        """The diagonal of a matrix: I ⊙ X summed over its rows."""
        if self.rank(node) == 2:
            return None
        diagonal = Binary("*", Call("eye", (Number(float(self.shapes.of(node)[0])),)), self.of(node.arguments[0]))
        return Call("sum", (diagonal,), (("axis", Number(1.0)), KEEP), span=node.span)

    def columns(self, node: Call) -> Node:
        """Every operand as a column, whatever stands beside it."""
        return Call(node.function, tuple(map(self.of, self.shapes.arguments(node)[0])), span=node.span)

    def concatenate(self, node: Call) -> Node:
        if self.rank(node) == 1:
            return self.concat(node)
        parts, static = self.shapes.arguments(node)
        name = "hstack" if static.get("axis") in (1, -1) else "vstack"
        return Call(name, tuple(map(self.of, parts)), span=node.span)

    def vstack(self, node: Call) -> Node:
        """A vector among stacked matrices is a row."""
        return Call("vstack", tuple(self.row(part) for part in node.arguments), span=node.span)

    def hstack(self, node: Call) -> Node | None:
        return self.concat(node) if self.rank(node) == 1 else None

    def constant(self, node: Call) -> Node | None:
        """`ones((3,))` is `ones((3, 1))`."""
        if self.rank(node) != 1:
            return None
        (size,) = self.shapes.of(node)
        if node.function == "arange":
            return Call("vec", (node,))
        return Call(node.function, (Literal((tuple(Number(float(n)) for n in (size, 1)),), 2),), span=node.span)


def _turned(node: Node) -> Node:
    """The transpose, of a transpose what is in it."""
    return node.operand if isinstance(node, Transpose) else Transpose(node)


def _only(index: int) -> Slice:
    """The slice that picks one row or column, and keeps it a matrix."""
    return Slice(index, index + 1 if index != -1 else None)


_CALLS: Mapping[str, Callable[[_Orientation, Call], Node | None]] = {
    **dict.fromkeys(
        ("sum", "mean", "max", "min", "norm", "any", "all", "var", "std", "logsumexp"), _Orientation.reduction
    ),
    **dict.fromkeys(("softmax", "log_softmax", "softmax_cols", "log_softmax_cols"), _Orientation.softmax),
    **dict.fromkeys(("ones", "zeros", "arange"), _Orientation.constant),
    "outer": _Orientation.outer,
    "ravel": _Orientation.ravel,
    "reshape": _Orientation.reshape,
    "vec": _Orientation.vec,
    "diag": _Orientation.diag,
    **dict.fromkeys(("cross", "solve"), _Orientation.columns),
    "concat": _Orientation.concat,
    "concatenate": _Orientation.concatenate,
    "vstack": _Orientation.vstack,
    "hstack": _Orientation.hstack,
}
"""Functions that know of vectors, each with its matrix formula; None where it stays as it is."""
