"""A step of a derivation: one factor, joined to the product so far."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from engine.calculus.explain import explain
from engine.calculus.forms import Entry, Joining, join
from engine.calculus.forward import Tangent, join_forward
from engine.calculus.jacobians import Jacobian
from engine.calculus.layouts import Form, Layout, Operation, Order, Side
from engine.calculus.notebook import Notebook
from engine.calculus.pictures import Shown
from engine.calculus.products import Product
from engine.calculus.route import Leg
from engine.calculus.typeset import fraction, typeset_step
from engine.formula import Spelling, spell, spell_operand


class Display(Struct, eq=False):
    """How the steps of one derivation are shown."""

    layout: Layout
    form: Form
    entry: Entry | None
    """Of form `entry`."""
    order: Order
    joinings: dict[int, Joining]
    """What has been decided for a leg already, by its index; where an entry is chosen, nothing is kept."""


class Factor(Notebook, Shown, eq=False, kw_only=True):
    """One ∂numerator/∂denominator of the chain, as it is shown."""

    leg: Leg
    layout: Layout

    @property
    def numerator(self) -> str:
        return self.leg.numerator

    @property
    def denominator(self) -> str:
        return self.leg.denominator

    @property
    def name(self) -> str:
        """`dz3/da2`."""
        return self.leg.name

    @property
    def structure(self) -> str:
        jacobian = self.leg.jacobian
        return jacobian.structure if jacobian is not None else "dense"

    @property
    def jacobian(self) -> Jacobian | None:
        """The operator; None for the sum over paths, which adds products."""
        jacobian = self.leg.jacobian
        return jacobian.in_layout(self.layout).bind(self.source) if jacobian is not None else None

    @property
    def formula(self) -> str:
        """In NumPy spelling, over the program's names: `W3.T`."""
        return spell(self.node) if self.node is not None else self.name

    @property
    def formula_of(self) -> str:
        """What `formula` is of: the factor, or of a tensor its matrix over vec, `dvec(z2)/dvec(W2)`."""
        return self.name if len(self.shape) < 3 else f"dvec({self.numerator})/dvec({self.denominator})"

    def __str__(self) -> str:
        """As on paper: `W3ᵀ`."""
        if self.node is None:
            return fraction(self.numerator, self.denominator)
        return spell(self.node, Spelling.PAPER)

    @property
    def operand(self) -> str:
        """As on paper, in brackets where it must be to stand in a product: `(1 − a2²)`."""
        return spell_operand(self.node) if self.node is not None else str(self)

    @property
    def shown(self) -> Shown:
        """The factor as what can be drawn: itself."""
        return self


class Step(Notebook, Struct, eq=False):
    """One factor joined to the product so far. Shapes and formulas are known at once, numbers when they are read."""

    leg: Leg
    product: Product
    """∂of/∂denominator, which this step gives; in forward order, ∂numerator/∂target."""
    display: Display
    _joining: Joining | None = None
    _factor: Factor | None = None

    @property
    def layout(self) -> Layout:
        return self.display.layout

    @property
    def form(self) -> Form:
        return self.display.form

    @property
    def order(self) -> Order:
        return self.display.order

    @property
    def entry(self) -> Entry | None:
        """In form `entry`, the chosen entry of the target where the new product is by it: in reverse order, at last."""
        return self.display.entry if self.order is Order.FORWARD or self.leg.is_last else None

    @property
    def index(self) -> int:
        """Counted from 0 over the whole derivation."""
        return self.leg.index

    @property
    def target(self) -> str:
        """What this step leads to; with target `all`, the next parameter to be completed."""
        return self.leg.target

    @property
    def is_last(self) -> bool:
        """Whether it completes its target."""
        return self.leg.is_last

    @property
    def upstream(self) -> Product | None:
        """The product which this step continues; of a sum the paths so far; None for the first factor."""
        return self.product.before

    @property
    def factor(self) -> Factor:
        """The factor as this form shows it."""
        factor = self._factor
        if factor is None:
            leg, product = self.leg, self.product
            source = product.values if leg.jacobian is not None else product.addend
            picture = (self._joining or self.joining).factor
            factor = self._factor = Factor(picture, source, leg=leg, layout=self.display.layout)
        return factor

    @property
    def joining(self) -> Joining:
        """How the factor is joined, and the products before and after in the shapes that fit it."""
        joining = self._joining
        if joining is None:
            product, display = self.product, self.display
            rule: Any = join_forward if isinstance(product, Tangent) else join
            joining = self._joining = rule(product, display.layout, display.form, self.entry)
            if display.entry is None:
                display.joinings[self.leg.index] = joining
        return joining

    @property
    def by(self) -> str:
        """What the new product is by: `W2`, or in form `entry` `W2[0,1]`."""
        name = self.product.name
        return self.product.route.plan.entry_name(name, self.entry) if self.entry else name

    @property
    def factor_by(self) -> str:
        """What the factor is by: `a2`, or where it is by one entry of the target `W2[0,1]`."""
        return self.by if self.is_by_entry else self.leg.denominator

    @property
    def is_by_entry(self) -> bool:
        """Whether the factor itself is by one entry of the target."""
        return self.entry is not None and (self.order is Order.REVERSE or self.upstream is None)

    @property
    def operation(self) -> Operation | None:
        """None for the first factor, which joins nothing."""
        return self.joining.operation

    @property
    def symbol(self) -> str:
        """The operation's sign between factor and product: a sum over samples is a product with ones."""
        if self.operation is None:
            return ""
        is_product = self.operation is Operation.SUM and self.leg.jacobian is not None
        return Operation.MATMUL.symbol if is_product else self.operation.symbol

    @property
    def side(self) -> Side | None:
        """On which side of the product the factor is put; None for the first."""
        return self.joining.side

    @property
    def before(self) -> Shown | None:
        """The product so far; None for the first factor."""
        before, picture = self.product.before, self.joining.before
        return None if before is None or picture is None else Shown(picture, before)

    @property
    def after(self) -> Shown:
        """The new product."""
        return Shown(self.joining.after, self.product)

    @property
    def why(self) -> str:
        """Why this factor is this matrix, on this side, as this operation."""
        return explain(self)

    @property
    def result(self) -> Shown:
        """The derivative by the target, of the last step: a gradient in the target's shape, or its transpose."""
        return Shown(self.product.own(self.layout), self.product)

    def __str__(self) -> str:
        return typeset_step(self)
