r"""Steps in LaTeX: a chain of fractions with the shapes underneath, its formulas, and the numbers, in lines that fit.

What is said is what `typeset` says in plain text. Lines are broken by estimated widths, because inside of an alignment
TeX breaks none itself; a formula that is longer than a line is given apart, in a form that TeX breaks in a paragraph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.calculus.layouts import Form, Layout, Operation, Order, Side
from engine.calculus.prose import mathematics
from engine.calculus.typeset import MAX_SLICES, index_names, spell_cell
from engine.formula import Array, Spelling, spell
from engine.formula.latex import PLAIN, Style, latex_name, latex_number, latex_operand, matrix, spell_latex
from engine.formula.syntax import Node

if TYPE_CHECKING:
    from engine.calculus.pictures import Shown
    from engine.calculus.steps import Step

MAX_ROWS, MAX_COLUMNS = 6, 6
"""Larger matrices are cut, with dots where entries are left out."""
LINE = 400.0
"""Points of a line behind the left side, on a page of 455 points set in 11 points."""
CHARACTER = 5.6
"""Points that a character takes on average."""
LONGEST = 330.0
"""Points of the longest formula that stands in an equation."""

_SIGNS = {
    Operation.MATMUL: r"\cdot", Operation.HADAMARD: r"\odot", Operation.OUTER: r"\otimes", Operation.SUM: "+",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an equation between two places where a line may end."""

    tex: str
    width: float
    """Estimated, in points."""

    def after(self, sign: str) -> Piece:
        """The same with an operator or a relation in front."""
        return Piece(f"{sign} {self.tex}", self.width + 2.5 * CHARACTER)


@dataclass(frozen=True, slots=True)
class Equation:
    """A left side and what it equals, row by row."""

    left: str
    rows: tuple[tuple[Piece, ...], ...]

    def lines(self) -> list[str]:
        """The lines of an alignment at the sign `=`."""
        found: list[str] = []
        for row in self.rows:
            line, width = "", 0.0
            for piece in row:
                if line and width + piece.width > LINE:
                    found.append(line)
                    line, width = r"\quad ", 0.0
                line, width = f"{line} {piece.tex}".lstrip(), width + piece.width
            found.append(line)
        return [f"{'' if number else self.left} & {line}" for number, line in enumerate(found)]


@dataclass(frozen=True, slots=True)
class TypesetStep:
    """A step as it is set."""

    equations: tuple[Equation, ...]
    apart: str | None
    """An equation that is too long for a line, for the running text; None where there is none."""

    @property
    def aligned(self) -> str:
        r"""What stands between `\begin{aligned}` and `\end{aligned}`."""
        lines = [line for equation in self.equations for line in equation.lines()]
        return " \\\\\n".join(lines)


def typeset_latex(step: Step, style: Style = PLAIN) -> TypesetStep:
    """A step's equation and numbers."""
    return _Typesetter(step, style).typeset()


def fraction(numerator: str, denominator: str, style: Style = PLAIN) -> str:
    r"""`\frac{\partial L}{\partial W^{(2)}}`."""
    return rf"\frac{{\partial {latex_name(numerator, style)}}}{{\partial {latex_name(denominator, style)}}}"


def size(shape: Sequence[int]) -> str:
    r"""`3 \times 2`."""
    return r" \times ".join(str(int(length)) for length in shape)


def matrix_latex(shown: Shown) -> str:
    """A matrix with its numbers, cut where it is large."""
    return _matrix_piece(shown.window(slice(0, MAX_ROWS), slice(0, MAX_COLUMNS)), shown.shape).tex


def _matrix_piece(cut: Array, shape: Sequence[int]) -> Piece:
    """The upper left part of a matrix of a shape, with no more columns than a line has room for."""
    cells = [[spell_cell(value) for value in row] for row in np.atleast_2d(cut)]
    columns = len(cells[0])
    while columns > 1 and _width(cells, columns) > LONGEST:
        columns -= 1
    is_cut = columns < shape[1]
    rows = [[*map(latex_number, row[:columns]), *([r"\cdots"] if is_cut else [])] for row in cells]
    if len(rows) < shape[0]:
        rows.append([r"\vdots"] * columns + ([r"\ddots"] if is_cut else []))
    return Piece(matrix(rows), _width(cells, columns) + 20.0 * is_cut)


def _width(cells: list[list[str]], columns: int) -> float:
    """Of a matrix with these columns: LaTeX puts 10 points between them."""
    longest = (max(len(row[column]) + 3 * ("e" in row[column]) for row in cells) for column in range(columns))
    return sum(CHARACTER * length + 10.0 for length in longest) + 16.0


def _under(tex: str, shape: Sequence[int]) -> str:
    return rf"\underbrace{{{tex}}}_{{{size(shape)}}}"


def _text_width(node: Node) -> float:
    return CHARACTER * len(spell(node, Spelling.PAPER))


class _Typesetter:
    """The parts of one step's equation."""

    def __init__(self, step: Step, style: Style) -> None:
        self.step, self.style = step, style
        self.factor, self.layout = step.factor, step.layout
        self.apart: str | None = None

    def typeset(self) -> TypesetStep:
        step = self.step
        whole = self.fraction(step.product.of, step.by)
        numbers = [tuple(row) for row in self._numbers()]
        if step.form is Form.INDEX and self.factor.jacobian is not None and step.order is Order.REVERSE:
            return TypesetStep((self._by_indices(), Equation(whole.tex, tuple(numbers))), self.apart)
        rows = [tuple(row) for row in self._chain()]
        return TypesetStep((Equation(whole.tex, (*rows, *numbers)),), self.apart)

    def fraction(self, numerator: str, denominator: str) -> Piece:
        width = CHARACTER * (2 + max(len(numerator), len(denominator)))
        return Piece(fraction(numerator, denominator, self.style), width)

    def _formula(self, *, as_operand: bool) -> Piece | None:
        """The factor's formula; None where there is none, or where it is too long and given apart."""
        node = self.factor.node
        if node is None or len(self.factor.shape) == 3:  # a tensor's formula is that of its matrix over vec
            return None
        width = _text_width(node)
        if width > LONGEST:
            breakable = replace(self.style, breakable=True)
            left = fraction(self.factor.numerator, self.step.factor_by, self.style)
            self.apart = rf"\displaystyle {left} = {spell_latex(node, breakable)}"
            return None
        return Piece((latex_operand if as_operand else spell_latex)(node, self.style), width)

    def _chain(self) -> list[list[Piece]]:
        """`= ∂z3/∂a2 · ∂L/∂z3`, and `= W3ᵀ · ∂L/∂z3`."""
        step, factor, upstream = self.step, self.factor, self.step.upstream
        local = self.fraction(factor.numerator, step.factor_by)
        if step.operation is None or upstream is None:
            formula = self._formula(as_operand=False)
            return [[formula.after("=")]] if formula else []
        if step.operation is Operation.SUM:
            return [[Piece(r"= \text{the sum over the paths}", 120.0)]]
        assert step.before is not None
        forward = step.order is Order.FORWARD
        before = self.fraction(upstream.of, step.by if forward else upstream.name)
        if step.operation is Operation.CONTRACT:
            return [self._contracted(before)]
        first = self._joined(self._shaped(local, factor.shape), self._shaped(before, step.before.shape))
        formula = self._formula(as_operand=True)
        return [first, self._joined(formula, before)] if formula else [first]

    def _shaped(self, piece: Piece, shape: Sequence[int]) -> Piece:
        return Piece(_under(piece.tex, shape), max(piece.width, CHARACTER * 3 * len(shape)))

    def _joined(self, factor: Piece, before: Piece) -> list[Piece]:
        """`= factor · before`, or the other way round."""
        assert self.step.operation is not None
        left, right = (factor, before) if self.step.side is Side.LEFT else (before, factor)
        return [left.after("="), right.after(_SIGNS[self.step.operation])]

    def _contracted(self, before: Piece) -> list[Piece]:
        factor, upstream = self.factor, self.step.upstream
        assert upstream is not None
        if self.step.order is Order.FORWARD:
            entry = f"{factor.denominator}[k]"
            first, second = self.fraction(entry, upstream.name), self.fraction(factor.numerator, entry)
        else:
            first = self.fraction(f"{factor.numerator}[k]", factor.denominator)
            second = Piece(rf"\left({before.tex}\right)_{{k}}", before.width + 15.0)
        return [first.after(r"= \sum_{k}"), second.after(r"\,")]

    def _by_indices(self) -> Equation:
        r"""`∂L/∂W2[i,j] = Σₖ ∂L/∂z2[k] ∂z2[k]/∂W2[i,j] = Σₖ ∂L/∂z2[k] δ[k,i] a1[j]`."""
        step, factor = self.step, self.factor
        jacobian = factor.jacobian
        assert jacobian is not None
        y, x = index_names(jacobian.y, "kl"), index_names(jacobian.x, "ij")
        is_swapped = factor.denominator in step.product.route.plan.source_target
        by = f"{factor.denominator}[{x}]" if x else factor.denominator
        numerator = f"{factor.numerator}[{y}]" if y else factor.numerator
        local = self.fraction(numerator, by)
        text = jacobian.index_formula(y, ",".join(reversed(x.split(","))) if is_swapped else x)
        spelled = self._spelled_by_indices(local, text)
        if step.upstream is None:
            return Equation(local.tex, ((spelled.after("="),),))
        sign = rf"= \sum_{{{y}}}" if y else "="
        product = self.fraction(step.product.of, numerator).after(sign)
        rows = [(product, local.after(r"\,"))]
        if spelled is not local:
            rows.append((product, spelled.after(r"\,")))
        return Equation(self.fraction(step.product.of, by).tex, tuple(rows))

    def _spelled_by_indices(self, local: Piece, text: str) -> Piece:
        """The factor's entry; the fraction where that is too long and given apart."""
        names = self.step.product.route.plan.shapes.names
        if CHARACTER * len(text) <= LONGEST:
            return Piece(mathematics(text, names, self.style), CHARACTER * len(text))
        breakable = replace(self.style, breakable=True)
        self.apart = rf"\displaystyle {local.tex} = {mathematics(text, names, breakable)}"
        return local

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def _numbers(self) -> list[list[Piece]]:
        step, shown = self.step, self.factor.shown
        if step.operation is None or step.before is None:
            first, *rest = self._matrix(shown)
            return [[first.after("="), *rest]]
        after, *more = self._matrix(step.after)
        result = [after.after("="), *more]
        is_tensor = step.operation is Operation.CONTRACT and len(shown.shape) == 3
        if is_tensor and step.product.has_gradient and step.order is Order.REVERSE:
            return [self._weighted_slices(shown, step.before), result]
        left, right = (shown, step.before) if step.side is Side.LEFT else (step.before, shown)
        first, *rest = self._matrix(left)
        second, *others = self._matrix(right)
        if step.operation is Operation.CONTRACT:
            joined = [Piece(r"\text{ contracted with }", 90.0), second]
        else:
            joined = [second.after(_SIGNS[step.operation])]
        return [[first.after("="), *rest, *joined, *others, *result]]

    def _matrix(self, shown: Shown) -> list[Piece]:
        """A matrix with its shape underneath, or a tensor as one matrix for each k."""
        if len(shown.shape) == 3:
            slices, more = self._slices(shown)
            pieces = [Piece(rf"{piece.tex}_{{k={k}}},", piece.width + 30.0) for k, piece in enumerate(slices)]
            return [*pieces, Piece((r"\dots\; " if more else "") + rf"\quad ({size(shown.shape)})", 70.0)]
        piece = _matrix_piece(shown.window(slice(0, MAX_ROWS), slice(0, MAX_COLUMNS)), shown.shape)
        return [Piece(_under(piece.tex, shown.shape), piece.width)]

    def _slices(self, shown: Shown) -> tuple[list[Piece], bool]:
        """The first slices of a tensor along the dimension of the numerator, and whether there are more."""
        axis = 2 if self.layout is Layout.DENOMINATOR else 0
        limits = [MAX_ROWS, MAX_COLUMNS]
        limits.insert(axis, MAX_SLICES)
        box = shown.window(*(slice(0, limit) for limit in limits))
        rest = [length for position, length in enumerate(shown.shape) if position != axis]
        found = [_matrix_piece(np.asarray(box.take(k, axis)), rest) for k in range(box.shape[axis])]
        return found, shown.shape[axis] > MAX_SLICES

    def _weighted_slices(self, shown: Shown, before: Shown) -> list[Piece]:
        """What the contraction with a gradient adds up: each slice times the gradient's entry."""
        slices, more = self._slices(shown)
        cut = before.window(*(slice(0, MAX_SLICES) for _ in before.shape)).ravel()
        pieces = []
        for number, (weight, piece) in enumerate(zip(cut, slices, strict=True)):
            cell = latex_number(spell_cell(abs(float(weight))))
            sign = ("= -" if weight < 0 else "=") if number == 0 else ("-" if weight < 0 else "+")
            pieces.append(Piece(rf"{sign} {cell} {piece.tex}", piece.width + CHARACTER * 9))
        return [*pieces, *([Piece(r"+ \cdots", 25.0)] if more else [])]
