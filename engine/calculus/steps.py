"""A step of a derivation: one factor, joined to the product so far."""

from __future__ import annotations

from dataclasses import dataclass

from engine.calculus.explain import explain
from engine.calculus.forms import Entry, Joining, join
from engine.calculus.forward import Tangent, join_forward
from engine.calculus.jacobians import Jacobian
from engine.calculus.layouts import Form, Layout, Operation, Order, Side
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

    @property
    def formula_of(self) -> str:
        """What `formula` is of: the factor, or of a tensor its matrix over vec, `dvec(z2)/dvec(W2)`."""
        return self.name if len(self.shape) < 3 else f"dvec({self.numerator})/dvec({self.denominator})"

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

    __slots__ = ("_factor", "_joining", "entry", "form", "layout", "leg", "order", "product")

    def __init__(
        self,
        product: Product,
        layout: Layout,
        form: Form,
        entry: Entry | None = None,
        order: Order = Order.REVERSE,
    ) -> None:
        self.product = product
        """∂of/∂denominator, which this step gives; in forward order, ∂numerator/∂target."""
        self.leg = product.leg
        self.layout, self.form = layout, form
        self.entry = entry
        """In form `entry`, the chosen entry of the target where the new product is by it: in reverse order, at last."""
        self.order = order
        self._joining: Joining | None = None
        self._factor: Factor | None = None

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
        if self._factor is None:
            leg, joining = self.leg, self.joining
            jacobian = leg.jacobian
            if jacobian is not None:
                jacobian = jacobian.in_layout(self.layout).bind(self.product.values)
            structure = jacobian.structure if jacobian is not None else "dense"
            self._factor = Factor(leg.numerator, leg.denominator, self.layout, structure, joining.factor, jacobian)
        return self._factor

    @property
    def joining(self) -> Joining:
        """How the factor is joined, and the products before and after in the shapes that fit it."""
        if self._joining is None:
            product = self.product
            if isinstance(product, Tangent):
                self._joining = join_forward(product, self.layout, self.form, self.entry)
            else:
                self._joining = join(product, self.layout, self.form, self.entry)
        return self._joining

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
    def side(self) -> Side | None:
        """On which side of the product the factor is put; None for the first."""
        return self.joining.side

    @property
    def before(self) -> Shown | None:
        """The product so far; None for the first factor."""
        return self.joining.before

    @property
    def after(self) -> Shown:
        """The new product."""
        return self.joining.after

    @property
    def why(self) -> str:
        """Why this factor is this matrix, on this side, as this operation."""
        return explain(self)

    @property
    def result(self) -> Shown:
        """The derivative by the target, of the last step: a gradient in the target's shape, or its transpose."""
        return self.product.own(self.layout)

    def __str__(self) -> str:
        return typeset_step(self)
