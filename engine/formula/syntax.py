"""The nodes of a formula. Every node keeps the span of text it was written as; equality ignores spans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.diagnostics import Span

NOWHERE: Span = (0, 0)
"""The span of nodes that chainstep writes itself."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a formula."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)

    @property
    def children(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: float


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str
    """Canonical: `a3` for `a3`, `a₃`, `a⁽³⁾` and `a^(3)`; `delta3` for `δ3`."""


@dataclass(frozen=True, slots=True)
class Negate(Node):
    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Transpose(Node):
    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


MATMUL, HADAMARD, PRODUCT = "@", "*", "·"
"""`·` and juxtaposition are a product as on paper: scaling if one side is a scalar, else the matrix product."""


COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
"""Operators whose value is 1 where they hold, and 0 elsewhere."""


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: str
    """One of `@ * · + - / **` or a comparison `< <= > >= == !=`."""
    left: Node
    right: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Call(Node):
    function: str
    """A key of `functions.FUNCTIONS`."""
    arguments: tuple[Node, ...]
    keywords: tuple[tuple[str, Node], ...] = ()
    derivative: bool = False
    """True for `relu'(z2)`, `relu′(z2)` and `drelu(z2)`."""

    @property
    def children(self) -> tuple[Node, ...]:
        return (*self.arguments, *(value for _, value in self.keywords))


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """`start:stop` inside of an index; a missing end is None."""

    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`W2[0,1]`, zero-based as in NumPy."""

    operand: Node
    items: tuple[int | Slice, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """`[1, 2]` (one-dimensional), `[[1], [2]]`, or `(1, 1, 1)` (on paper, a row)."""

    rows: tuple[tuple[Node, ...], ...]
    rank: int
    """1 for a NumPy vector, 2 for a matrix."""

    @property
    def children(self) -> tuple[Node, ...]:
        return tuple(entry for row in self.rows for entry in row)


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name = expression`, one line of a program."""

    name: str
    expression: Node
    text: str = field(compare=False)
    """The line as it was written; the spans of `expression` point into it."""


CONSTANTS: Mapping[str, bool | None] = {"True": True, "False": False, "None": None}
"""Names that stand for themselves as an argument: `keepdims=True`."""


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it, parents first."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def names_in(node: Node) -> tuple[str, ...]:
    """The values that a formula reads, each once, in order of appearance; not the `True` of `keepdims=True`."""
    names = (part.name for part in walk(node) if isinstance(part, Name))
    return tuple(dict.fromkeys(name for name in names if name not in CONSTANTS))


def substitute(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """A copy in which each node for which `change` answers a node is replaced by that answer."""
    replaced = change(node)
    if replaced is not None:
        return replaced
    match node:
        case Negate(operand):
            return Negate(substitute(operand, change), span=node.span)
        case Transpose(operand):
            return Transpose(substitute(operand, change), span=node.span)
        case Binary(operator, left, right):
            return Binary(operator, substitute(left, change), substitute(right, change), span=node.span)
        case Call(function, arguments, keywords, derivative):
            return Call(
                function,
                tuple(substitute(argument, change) for argument in arguments),
                tuple((key, substitute(value, change)) for key, value in keywords),
                derivative,
                span=node.span,
            )
        case Index(operand, items):
            return Index(substitute(operand, change), items, span=node.span)
        case Literal(rows, rank):
            return Literal(
                tuple(tuple(substitute(entry, change) for entry in row) for row in rows), rank, span=node.span
            )
    return node
