"""The entries of a step's matrices: what each is called, which of them are zero by structure, and sums of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.calculus.algebra import is_ones
from engine.calculus.entry_names import entry_name, index_text, sum_text
from engine.calculus.jacobians import (
    Diagonal,
    DiagonalMinusRankOne,
    Gradient,
    Identity,
    Jacobian,
    Kronecker,
    Permutation,
    Product,
    Sum,
    Zero,
)
from engine.calculus.places import Line, Place, Places
from engine.calculus.typeset import fraction, spell_cell
from engine.formula import Array, Shape, Spelling, spell
from engine.formula.syntax import Call, Name, Transpose

if TYPE_CHECKING:
    from engine.calculus.products import Product as ChainProduct
    from engine.calculus.steps import Step

MAX_NAME = 22
"""Characters of the longest formula that an entry is called by; a longer one is called ∂y[k]/∂x[j]."""
MAX_TERMS = 6
"""Terms of the longest sum that is written out; of a longer one the first few, and the last."""
Mask = NDArray[np.bool_]


class Term(NamedTuple):
    """One product of a sum."""

    left: str
    right: str
    first: float
    second: float

    @property
    def value(self) -> float:
        return self.first * self.second

    @property
    def names(self) -> str:
        """`W3ᵀ[1,0]·∂L/∂z3[0]`, without a 1 that is multiplied by."""
        return "·".join(name for name in (self.left, self.right) if name != "1") or "1"

    @property
    def numbers(self) -> str:
        """The same in numbers."""
        if "1" in (self.left, self.right):
            return spell_cell(self.value)
        second = spell_cell(self.second)
        return f"{spell_cell(self.first)}·{f'({second})' if second.startswith('-') else second}"


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """A line of one of the two matrices, whose entries are the factors of a sum's terms."""

    line: Line
    values: Array
    """Its numbers, in one dimension."""
    place: Callable[[int], Place]
    name: Callable[[int], str]


class StepEntries:
    """What the entries of one step's factor, product so far and new product are called."""

    def __init__(self, step: Step) -> None:
        self.step = step

    def derivative(self, of: str, of_shape: Shape, y: int, by: str, by_shape: Shape, x: int) -> str:
        """`∂z3[1]/∂a2[0]`, for positions in vec."""
        return fraction(self.entry(of, of_shape, y), self.entry(by, by_shape, x))

    def entry(self, name: str, shape: Shape, position: int) -> str:
        """`a2[1]`, `W2[0,1]`, or the name alone for a number."""
        return entry_name(self.step.product.route.plan, name, shape, position)

    def after(self, place: Place) -> str:
        """What stands at a place of the new product: a derivative, `∂L/∂W2[0,1]`."""
        return self._product(self.step.product, self.step.joining.after.places, place)

    def before(self, place: Place) -> str:
        """What stands at a place of the product so far."""
        product, picture = self.step.product.before, self.step.joining.before
        assert product is not None
        assert picture is not None
        return self._product(product, picture.places, place)

    def _product(self, product: ChainProduct, places: Places | None, place: Place) -> str:
        assert places is not None
        y, x = places.at(place)
        return self.derivative(product.of, product.of_shape, y, product.name, product.shape, x)

    def factor(self, place: Place) -> str:
        """What stands at a place of the factor: `W3ᵀ[1,0]`, `relu′(z2)[1]`, `a1[1]`, or `∂a3[1]/∂z3[0]`."""
        factor = self.step.factor
        places, jacobian = factor.picture.places, factor.jacobian
        assert jacobian is not None
        if places is None and isinstance(jacobian, Diagonal | Identity | Gradient):
            x = self.own_position(place, jacobian.x)
            y = 0 if isinstance(jacobian, Gradient) else x
        elif places is None or (len(place) == 2 and self._is_named):
            return self._by_place(place)
        else:
            y, x = places.at(place)
        text = jacobian.index_formula(index_text(y, jacobian.y), index_text(x, jacobian.x))
        is_short = len(text) <= MAX_NAME and "δ" not in text
        return text if is_short else self._local(jacobian, y, x)

    @property
    def _is_named(self) -> bool:
        """Whether the factor is W or Wᵀ."""
        node = self.step.factor.node
        return isinstance(node.operand if isinstance(node, Transpose) else node, Name)

    def _by_place(self, place: Place) -> str:
        """`W3ᵀ[1,0]`; a vector has one index, with which it need not be transposed: `a1[1]`."""
        factor = self.step.factor
        assert factor.node is not None
        node = factor.node
        if is_ones(node):
            return "1"
        at = ",".join(str(index) for index, size in zip(place, factor.shape, strict=True) if size > 1)
        if isinstance(node, Transpose) and "," not in at:
            node = node.operand
        text = spell(node, Spelling.PAPER)
        is_one = isinstance(node.operand if isinstance(node, Transpose) else node, Name | Call)
        return f"{text if is_one or not at else f'({text})'}{f'[{at}]' if at else ''}"

    def first(self, place: Place) -> str:
        """The formula of an entry of the first factor: `(a3 − y)[1]`; nothing where it would say nothing."""
        jacobian, places = self.step.factor.jacobian, self.step.factor.picture.places
        assert jacobian is not None
        assert places is not None
        y, x = places.at(place)
        text = jacobian.index_formula(index_text(y, jacobian.y), index_text(x, jacobian.x))
        return "" if "δ" in text else text

    def own_position(self, place: Place, shape: Shape) -> int:
        """The position in vec of a place of something that is laid out as x, or transposed."""
        row, column = place if self.step.factor.shape == tuple(shape) else place[::-1]
        return row + column * int(shape[0])

    def _local(self, jacobian: Jacobian, y: int, x: int) -> str:
        factor = self.step.factor
        return self.derivative(factor.numerator, jacobian.y, y, factor.denominator, jacobian.x, x)


def reaches(jacobian: Jacobian, y: Any, x: Any) -> Any:
    """Whether the entries at positions `x` of vec(x) can change those at `y` of vec(y); False only by structure."""
    rows, other = int(jacobian.y[0]), int(jacobian.x[0])
    match jacobian:
        case Zero():
            return np.zeros(np.broadcast(y, x).shape, dtype=bool)
        case Diagonal() | Identity():
            return np.equal(y, x)
        case Kronecker(left=None, right=None):
            return np.equal(y, x)
        case Kronecker(left=None):
            return np.equal(y % rows, x % other)
        case Kronecker(right=None):
            return np.equal(y // rows, x // other)
        case Permutation():
            return np.equal(y, jacobian.moved(np.asarray(x)))
        case Product(inner=Permutation() as inner):
            return reaches(jacobian.outer, y, inner.moved(np.asarray(x)))
        case Product(outer=Diagonal()):
            return reaches(jacobian.inner, y, x)
        case Product(inner=Diagonal()):
            return reaches(jacobian.outer, y, x)
        case Sum():
            return reaches(jacobian.first, y, x) | reaches(jacobian.second, y, x)
        case DiagonalMinusRankOne() if 1 not in jacobian.y:
            return np.equal(y // rows, x // other) if jacobian.axis == 0 else np.equal(y % rows, x % other)
    return np.ones(np.broadcast(y, x).shape, dtype=bool)


@dataclass(frozen=True, slots=True)
class Summed:
    """A sum of products, as it is written out."""

    terms: tuple[Term, ...]
    """Those that are written out."""
    skipped: int
    """How many are left out before the last one, because there are too many."""
    zeros: int
    """How many are zero by structure, whatever the numbers."""
    kept: tuple[int, ...]
    """Where in the line the terms stand that are written out."""

    def equation(self, name: str) -> str:
        """`∂L/∂a2[1] = W3ᵀ[1,0]·∂L/∂z3[0] + W3ᵀ[1,1]·∂L/∂z3[1]`."""
        return f"{name} = {sum_text([term.names for term in self.terms], self.skipped)}"

    def numbers(self, value: float) -> str:
        """`= 0.1·0.4 + 0.2·0.3 = 0.04 + 0.06 = 0.10`."""
        products = sum_text([term.numbers for term in self.terms], self.skipped)
        values = sum_text([spell_cell(term.value) for term in self.terms], self.skipped)
        stages = dict.fromkeys((products, values, spell_cell(value)))  # in order, and each once
        return " ".join(f"= {stage}" for stage in stages)


def summed(left: Operand, right: Operand, mask: Mask) -> Summed:
    """The terms of Σ left[k] · right[k] over the k that the mask keeps."""
    kept = np.flatnonzero(mask)
    count = len(kept)
    if count > MAX_TERMS:
        kept = np.array([*kept[: MAX_TERMS - 2], kept[-1]])
    terms = tuple(
        Term(left.name(k), right.name(k), float(left.values[k]), float(right.values[k])) for k in kept.tolist()
    )
    return Summed(terms, count - len(kept), len(mask) - count, tuple(kept.tolist()))
