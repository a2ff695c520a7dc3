"""A step of a derivation: one factor, joined to the product so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from engine.calculus.explain import explain
from engine.calculus.forms import Entry, Joining
from engine.calculus.jacobians import Jacobian
from engine.calculus.layouts import Form, Layout, Operation, Side
from engine.calculus.products import Product, Shown
from engine.calculus.typeset import fraction, typeset_step
from engine.formula import Array, Spelling, spell, spell_operand


@dataclass(frozen=True, slots=True)
class Factor:
    """One ∂numerator/∂denominator of the chain, as it is shown."""

    numerator: str
    denominator: str
    layout: Layout
    structure: str
    shown: Shown
    jacobian: Jacobian | None
    """The operator; None for the sum over paths, which adds products."""

    @property
    def name(self) -> str:
        """`dz3/da2`."""
        return f"d{self.numerator}/d{self.denominator}"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.shown.shape

    @property
    def value(self) -> Array:
        return self.shown.value

    @property
    def formula(self) -> str:
        """In NumPy spelling, over the program's names: `W3.T`."""
        node = self.shown.formula
        return spell(node) if node is not None else self.name

    def __str__(self) -> str:
        """As on paper: `W3ᵀ`."""
        node = self.shown.formula
        return spell(node, Spelling.PAPER) if node is not None else fraction(self.numerator, self.denominator)

    @property
    def operand(self) -> str:
        """As on paper, in brackets where it must be to stand in a product: `(1 − a2²)`."""
        node = self.shown.formula
        return spell_operand(node) if node is not None else str(self)


class Step:
    """One factor joined to the product so far. Shapes and formulas are known at once, numbers when they are read."""

    def __init__(
        self,
        index: int,
        target: str,
        form: Form,
        factor: Factor,
        joining: Joining,
        upstream: Product | None,
        product: Product,
        *,
        is_last: bool,
        entry: Entry | None,
        reason: Callable[[Step], str] = explain,
    ) -> None:
        self.index = index
        """Counted from 0 over the whole derivation."""
        self.target = target
        """What this step leads to; with target `all`, the next parameter to be completed."""
        self.form = form
        self.factor = factor
        self.upstream, self.product = upstream, product
        """∂of/∂numerator and ∂of/∂denominator."""
        self.is_last = is_last
        """Whether it completes its target."""
        self.entry = entry
        """The chosen entry of the target, on the last step of form `entry`."""
        self._joining = joining
        self._reason = reason

    @property
    def layout(self) -> Layout:
        return self.factor.layout

    @property
    def operation(self) -> Operation | None:
        """None for the first factor, which joins nothing."""
        return self._joining.operation

    @property
    def side(self) -> Side | None:
        """On which side of the product the factor is put; None for the first."""
        return self._joining.side

    @property
    def before(self) -> Shown | None:
        """The product so far; None for the first factor."""
        return self._joining.before

    @property
    def after(self) -> Shown:
        """The new product."""
        return self._joining.after

    @cached_property
    def why(self) -> str:
        """Why this factor is this matrix, on this side, as this operation."""
        return self._reason(self)

    @property
    def result(self) -> Shown:
        """The derivative by the target, of the last step: a gradient in the target's shape, or its transpose."""
        return self.product.own(self.layout)

    def __str__(self) -> str:
        return typeset_step(self)
