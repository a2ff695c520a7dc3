"""The factors of a chain as one writes them in code: matrices to multiply by, and vectors to join by ⊙.

A diagonal Jacobian is the vector of its diagonal, ∂z/∂W is aᵀ, a layer's ∂z/∂a is W: what `form="hadamard"` shows, but
as symbols with named dimensions, so that the same chain can be looked at with other sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.calculus import algebra
from engine.calculus.jacobians import (
    Dense,
    Diagonal,
    DiagonalMinusRankOne,
    Identity,
    Jacobian,
    Kronecker,
    Permutation,
    Term,
    Zero,
)
from engine.calculus.jacobians.combine import Product
from engine.calculus.program import Program
from engine.calculus.route import Route, find_route
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic
from engine.formula.dimensions import Dim
from engine.formula.syntax import Binary, Name, Node, Transpose, substitute

MatrixShape = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Operand:
    """One factor of a chain in its compact form."""

    formula: Node
    """Never a transpose: W3 where the chain has W3ᵀ."""
    shape: MatrixShape
    """Its dimensions, named where the program names them."""
    is_entrywise: bool = False
    """Whether it joins by ⊙ something of its own shape, rather than by a matrix product."""
    is_symmetric: bool = False


@dataclass(frozen=True, slots=True)
class CompactChain:
    """∂of/∂target as a product of operands, each used once."""

    of: str
    target: str
    shape: MatrixShape
    """The target's."""
    operands: tuple[Operand, ...]
    product: Node
    """How they are put together: a formula over the names of `placeholder`."""

    @property
    def formula(self) -> Node:
        """The derivative, without factors that only scale it."""
        return self.filled_in(self.product)

    def filled_in(self, product: Node) -> Node:
        """A formula over placeholders with the operands in their places."""
        known = {placeholder(number).name: operand.formula for number, operand in enumerate(self.operands)}

        def change(node: Node) -> Node | None:
            match node:
                case Name(name):
                    return known[name]
                case Transpose(Name(name)):
                    return algebra.transpose(known[name])
            return None

        return substitute(product, change)

    @property
    def shapes(self) -> tuple[MatrixShape, ...]:
        """Of every operand, and of the target."""
        return (*(operand.shape for operand in self.operands), self.shape)

    def pattern(self, chosen: Mapping[str, int]) -> tuple[MatrixShape, ...]:
        """The shapes with the smallest sizes that are equal where the chain's are: 2, 3, … as they come, and 1.

        `chosen` are sizes for named dimensions, those of the program where nothing is chosen.
        """
        small: dict[int, int] = {1: 1}

        def shrunk(size: int) -> int:
            actual = chosen.get(str(getattr(size, "name", None)), int(size))
            return small.setdefault(actual, len(small) + 1)

        return tuple((shrunk(rows), shrunk(columns)) for rows, columns in self.shapes)

    def varied(self) -> tuple[str, ...]:
        """The named dimensions longer than one."""
        return tuple(dict.fromkeys(name for size in self._long() if (name := getattr(size, "name", None))))

    def fixed(self) -> frozenset[int]:
        """The sizes of the dimensions that have no name."""
        return frozenset(int(size) for size in self._long() if not getattr(size, "name", None))

    def _long(self) -> list[int]:
        return [size for shape in self.shapes for size in shape if size > 1]


def placeholder(number: int) -> Name:
    """What operand `number` is called in a product."""
    return Name(f"factor{number}")


def compact_chain(program: Program, target: str, *, of: str | None = None, whole_delta: bool = True) -> CompactChain:
    """The chain of a number `of` (the loss unless given) by `target`, factor by factor.

    With `whole_delta` the output delta, everything before the first weight, is one operand, as it is when written down
    (δ3); otherwise its factors are operands of their own. Factors that only scale by a number are left out: they may
    stand anywhere. Raises a Diagnostic: what `find_route` raises, `no_gradient` where `of` is not a number,
    `several_paths` where paths are added, and `no_compact_form` where a factor has none.
    """
    of = of or program.loss
    route = find_route(program, of, target)
    if len(route.labels) > 1:
        raise Diagnostic("several_targets", "a chain leads to one target: name it, rather than `all`")
    if route.of_shape != (1, 1):
        raise Diagnostic("no_gradient", f"{of} is not a number, so its derivatives are not gradients")
    return _Builder(route, whole_delta=whole_delta).chain(target)


class _Builder:
    """Follows a route backwards, and keeps the product so far as a formula over placeholders."""

    def __init__(self, route: Route, *, whole_delta: bool) -> None:
        self.route, self.plan, self.whole_delta = route, route.plan, whole_delta
        self.operands: list[Operand] = []
        self.product: Node = placeholder(0)

    def chain(self, target: str) -> CompactChain:
        names: list[str] = []
        jacobians: list[Jacobian] = []
        for leg in self.route.legs:
            if leg.jacobian is None:
                raise Diagnostic("several_paths", f"{fraction(self.route.of, leg.denominator)} is a sum over paths",
                                 hints=("one path alone is a chain of factors",))  # fmt: skip
            if isinstance(leg.jacobian, Zero):
                what = f"{fraction(leg.numerator, leg.denominator)} is zero"
                raise Diagnostic("no_compact_form", f"{what}, and so is whatever it is arranged to")
            parts = _parts(leg.jacobian)
            jacobians += parts
            names += [fraction(leg.numerator, leg.denominator)] * len(parts)
        count = self._delta(jacobians)
        for name, jacobian in zip(names[count:], jacobians[count:], strict=True):
            if not self._joins(jacobian):
                what = f"{name}, whose structure is {jacobian.structure},"
                raise Diagnostic("no_compact_form", f"{what} is neither a matrix to multiply by nor a vector for ⊙")
        return CompactChain(self.route.of, target, self.plan.shape(target), tuple(self.operands), self.product)

    def _delta(self, jacobians: list[Jacobian]) -> int:
        """Begin with the gradient by the first value that is no number; answers how many factors that takes."""
        count = 1
        while count < len(jacobians) and not isinstance(jacobians[count], Dense | Kronecker):
            if not self.whole_delta and jacobians[count - 1].x != (1, 1):
                break
            count += 1
        formula: Node = algebra.ONE
        for jacobian in jacobians[:count]:
            formula = jacobian.pull_formula(formula)
        self._operand(formula, jacobians[count - 1].x)
        return count

    def _operand(self, formula: Node, shape: MatrixShape, **kind: bool) -> Node:
        """Add an operand; answers its name, transposed where the formula is."""
        is_transposed = isinstance(formula, Transpose)
        if isinstance(formula, Transpose):
            formula, shape = formula.operand, shape[::-1]
        name = placeholder(len(self.operands))
        self.operands.append(Operand(formula, shape, **kind))
        return Transpose(name) if is_transposed else name

    def _matrix(self, term: Term, shape: MatrixShape) -> Node:
        """A matrix to multiply by; a number in front of it is left out.

        Its dimensions have the names that it has itself, and ones, which have none, those of what they join: `shape`.
        """
        _, rest = algebra.coefficient(term.node)
        formula = rest or term.node
        return self._operand(formula, shape if algebra.is_ones(formula) else self.plan.algebra.matrix_shape(formula))

    def _joins(self, jacobian: Jacobian) -> bool:
        """Join a factor to the product; False where it has no compact form for these shapes."""
        match jacobian:
            case Identity():
                self.product = self.product if jacobian.x == jacobian.y else algebra.transpose(self.product)
            case Permutation():
                self.product = algebra.transpose(self.product)
            case Diagonal():
                self._diagonal(jacobian)
            case Dense():
                self._multiply(self._matrix(jacobian.matrix, (max(jacobian.y), max(jacobian.x))), jacobian)
            case Kronecker():
                self._kronecker(jacobian)
            case DiagonalMinusRankOne() if 1 in jacobian.y:  # of a batch there is a matrix for each sample
                size = max(jacobian.y)
                matrix = self._operand(jacobian.numerator_formula(), (size, size), is_symmetric=not jacobian.is_log)
                self._multiply(matrix, jacobian)
            case _:
                return False
        return True

    def _diagonal(self, jacobian: Diagonal) -> None:
        _, rest = algebra.coefficient(jacobian.vector.node)
        if rest is None or self.plan.algebra.matrix_shape(rest) == (1, 1) != jacobian.y:
            return  # it scales all entries alike
        vector = self._operand(jacobian.vector_formula(), jacobian.y, is_entrywise=True)
        self.product = Binary("*", self.product, vector)

    def _multiply(self, matrix: Node, jacobian: Jacobian) -> None:
        """matrixᵀ δ of columns, and δ matrix of rows."""
        column = self.product if jacobian.y[1] == 1 else algebra.transpose(self.product)
        if jacobian.x[1] == 1:
            self.product = Binary("@", algebra.transpose(matrix), column)
        else:
            self.product = Binary("@", algebra.transpose(column), matrix)

    def _kronecker(self, jacobian: Kronecker) -> None:
        y, x = jacobian.y, jacobian.x
        if jacobian.left is not None:
            left = self._matrix(jacobian.left, (y[0], x[0]))
            self.product = Binary("@", algebra.transpose(left), self.product)
        if jacobian.right is not None:
            right = self._matrix(jacobian.right, (x[1], y[1]))
            self.product = Binary("@", self.product, algebra.transpose(right))


def _parts(jacobian: Jacobian) -> list[Jacobian]:
    """The factors of a line that does several things at once: the diagonal and W of a = tanh(W x)."""
    return [*_parts(jacobian.outer), *_parts(jacobian.inner)] if isinstance(jacobian, Product) else [jacobian]


def dimension_names(program: Program) -> tuple[Dim, ...]:
    """The named dimensions as the forward pass meets them; those that no parameter has, as a batch, come last."""
    names = program.plan.shapes.names
    met: dict[str, Dim] = {}
    for line in program.plan.lines.values():
        for size in (size for name in (*reversed(line.reads), line.name) for size in names[name]):
            if isinstance(size, Dim) and size.name:
                met.setdefault(size.name, size)
    learned = {getattr(size, "name", None) for name in program.parameters for size in names[name]}
    return tuple(sorted(met.values(), key=lambda size: size.name not in learned))
