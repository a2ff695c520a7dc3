"""One entry of a matrix of a step: what it is called, and the formula that it comes from, with names and with numbers.

`∂L/∂a2[1] = W3[0,1]·δ3[0] + W3[1,1]·δ3[1]`. An entry of a product is the chain rule for numbers: a sum over the entries
of the value in between, whatever the layout and the form; so one rule says all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.calculus.entry_names import entry_name, sum_text
from engine.calculus.forward import Tangent
from engine.calculus.jacobians import Jacobian
from engine.calculus.layouts import Side
from engine.calculus.pictures import Picture, Shown
from engine.calculus.places import cuts
from engine.calculus.products import Product
from engine.calculus.program import Plan, Program
from engine.calculus.steps import Step
from engine.calculus.symbols import delta_name
from engine.calculus.typeset import spell_cell
from engine.formula import spell_name
from engine.formula.entries import ZERO, Entries, Place, labelled, spell_entry, times
from engine.formula.syntax import Call, Name, Node, Number, Transpose

MOST_TERMS = 4
"""Terms of a sum that are written out; of a longer one the first two and the last."""
DIGITS = 4


@dataclass(frozen=True, slots=True)
class EntryText:
    """An entry of a matrix, as it is explained."""

    name: str
    """`∂L/∂a2[1]`, or of a factor `W3ᵀ[1,0]`."""
    formula: str
    """`W3[0,1]·δ3[0] + W3[1,1]·δ3[1]`; empty where the name says it all."""
    numbers: str
    """The same with numbers, of a sum: `−0.2·0.12 + 0.4·−0.03`; else empty."""
    value: float
    note: str = ""
    """`off the diagonal`."""

    def __str__(self) -> str:
        parts = [part for part in (self.name, self.formula, self.numbers) if part]
        value = spell_full(self.value)
        if parts[-1] != value:
            parts.append(value)
        return " = ".join(parts) + (f", {self.note}" if self.note else "")


def spell_full(value: float) -> str:
    """All digits that a number has, and no more: `−0.30000000000000004`, `2`."""
    return spell_cell(value, None).replace("-", "−")


@dataclass(frozen=True, slots=True)
class Summand:
    """A term of a product's entry: an entry of the factor times one of the product so far."""

    factor: Node
    factor_value: float
    before: str
    before_value: float
    is_left: bool
    """Whether the factor stands to the left."""

    @property
    def text(self) -> str:
        if isinstance(self.factor, Number) and self.factor.value == 1:
            return self.before
        pair = (self.factor, Name(self.before)) if self.is_left else (Name(self.before), self.factor)
        return spell_entry(times(*pair))

    @property
    def numbers(self) -> str:
        pair = (self.factor_value, self.before_value)
        return "·".join(_number(value) for value in (pair if self.is_left else pair[::-1]))


def entry_names(plan: Plan) -> Entries:
    """What writes entries of this program's values: `W3[0,1]`, in the order in which its weights' indices are said."""

    def label(name: str, place: Place) -> str:
        if name not in plan.shapes.names:
            return labelled(name, place, (1, 1))
        shape = plan.shape(name)
        if 1 in shape:
            return labelled(name, place, shape)
        return spell_name(name) + plan.entry_name(name, place).removeprefix(name)

    return Entries(plan.shapes, label)


# ---- what a step shows -----------------------------------------------------------------------------------------------


def factor_entry(step: Step, place: Sequence[int]) -> EntryText:
    """The entry of the factor at `place`, counted as in `step.factor.shape`."""
    factor, jacobian = step.factor, step.leg.jacobian
    value = _at(factor.shown, place)
    if jacobian is None:
        addend = step.product.addend
        assert addend is not None
        name, formula, numbers = _of_product(addend, *_positions(factor.picture, place))
        return EntryText(name, formula, numbers, value, f"by way of {spell_name(addend.leg.numerator)}")
    names = entry_names(step.product.route.plan)
    y_entry, x_entry = (0, 0) if factor.picture.places is None else factor.picture.places.at(place)
    if len(factor.shape) == 3:
        node = names.of(jacobian.numerator_formula(), y_entry, x_entry)
    else:
        assert factor.node is not None
        node = names.of(factor.node, place[0], place[1])
    plan = step.product.route.plan
    of, by = (_entry_label(plan, name, shape, entry) for name, shape, entry in (
        (step.factor.numerator, jacobian.y, y_entry), (step.factor.denominator, jacobian.x, x_entry)))  # fmt: skip
    is_derivative = factor.picture.places is not None
    note = _zero_note(jacobian, of, by) if node == ZERO and is_derivative else ""
    index = ",".join(str(each) for each in place)
    text = str(factor) if factor.node is not None and _is_short(factor.node) else f"({factor})"
    shown = [f"∂{of}/∂{by}"] if is_derivative else []
    if len(factor.shape) == 2 and max(factor.shape) > 1 and not isinstance(factor.node, Name):
        shown.append(f"{text}[{index}]")
    formula = spell_entry(node)
    shown = [each for each in shown if each != formula]
    return EntryText(" = ".join(shown) or formula, formula if shown else "", "", value, note)


def before_entry(step: Step, place: Sequence[int]) -> EntryText:
    """The entry of the product so far at `place`, counted as in `step.before.shape`."""
    assert step.before is not None
    assert step.upstream is not None
    assert step.joining.before is not None
    positions = _positions(step.joining.before, place)
    return EntryText(*_of_product(step.upstream, *positions, is_left=_is_left(step)), _at(step.before, place))


def after_entry(step: Step, place: Sequence[int]) -> EntryText:
    """The entry of the new product at `place`, counted as in `step.after.shape`."""
    positions = _positions(step.joining.after, place)
    return EntryText(*_of_product(step.product, *positions, is_left=_is_left(step)), _at(step.after, place))


def value_entry(program: Program, name: str, place: Place) -> EntryText:
    """The entry of a value of the forward pass; of a computed one with the formula that it comes from."""
    names = entry_names(program.plan)
    matrix = program.matrix(name)
    label = names.of(Name(name), *place)
    line = program.plan.lines.get(name)
    formula = spell_entry(names.of(line.expression, *place)) if line is not None else ""
    assert isinstance(label, Name)
    return EntryText(label.name, formula, "", float(matrix[place]))


def _is_left(step: Step) -> bool:
    side = step.side or step.layout.side
    return side is Side.LEFT


def _at(shown: Shown, place: Sequence[int]) -> float:
    return float(np.asarray(shown.window(*cuts(tuple(place)))).item())


def _positions(picture: Picture[Any], place: Sequence[int]) -> tuple[int, int]:
    """Which entry of y by which entry of x stands at a place: both as positions in vec."""
    assert picture.places is not None, "a product says where its entries stand"
    return picture.places.at(place)


def _is_short(node: Node) -> bool:
    """Whether an index can stand directly behind it: `W3ᵀ`, `diag(relu′(z2))`."""
    if isinstance(node, Transpose):
        node = node.operand
    return isinstance(node, Name) or (isinstance(node, Call) and node.function != "kron")


def _zero_note(jacobian: Jacobian, of: str, by: str) -> str:
    if jacobian.structure in ("diagonal", "identity"):
        return f"off the diagonal: {of} does not depend on {by}"
    if jacobian.structure == "kronecker":
        return f"{of} does not depend on {by}"
    return ""


# ---- products --------------------------------------------------------------------------------------------------------


def _of_product(product: Product, of_entry: int, x_entry: int, *, is_left: bool = True) -> tuple[str, str, str]:
    """An entry's name, its formula, and the same with numbers."""
    name = _product_name(product, of_entry, x_entry)
    jacobian, before = product.leg.jacobian, product.before
    if jacobian is None:
        assert before is not None
        assert product.addend is not None
        paths = [_entry_of_array(part, of_entry, x_entry) for part in (before, product.addend)]
        via = spell_name(product.addend.leg.numerator)
        return name, f"so far + by way of {via}", " + ".join(map(_number, paths))
    if before is None:
        node = entry_names(product.route.plan).of(jacobian.numerator_formula(), of_entry, x_entry)
        formula = spell_entry(node)
        return name, "" if formula == name else formula, ""
    terms, left_out = summands(product, of_entry, x_entry, is_left=is_left)
    return name, _joined([term.text for term in terms], left_out), _joined([term.numbers for term in terms], left_out)


def summands(product: Product, of_entry: int, x_entry: int, *, is_left: bool = True) -> tuple[list[Summand], int]:
    """The terms of an entry of a product that are not 0 by structure, and how many of them are left out.

    In reverse order ∂of/∂x = Σₖ ∂of/∂u[k] ∂u[k]/∂x, forward ∂y/∂x = Σₖ ∂y/∂u[k] ∂u[k]/∂x: k goes over the entries of u.
    """
    jacobian, before = product.leg.jacobian, product.before
    assert jacobian is not None
    assert before is not None
    names = entry_names(product.route.plan)
    formula = jacobian.numerator_formula()
    is_forward = isinstance(product, Tangent)
    inner = names.support(formula, of_entry) if is_forward else names.support_of_column(formula, x_entry)
    shown: Sequence[int] = inner if len(inner) <= MOST_TERMS else (inner[0], inner[1], inner[-1])
    numbers = jacobian.bind(product.values)
    terms = []
    for k in shown:
        row, column = (of_entry, k) if is_forward else (k, x_entry)
        one = float(numbers.block(np.array([row]), np.array([column])).item())
        place = (k, x_entry) if is_forward else (of_entry, k)
        other = _entry_of_array(before, *place)
        terms.append(Summand(names.of(formula, row, column), one, _product_label(before, *place), other, is_left))
    return terms, len(inner) - len(shown)


def _entry_of_array(product: Product, of_entry: int, x_entry: int) -> float:
    column, row = divmod(x_entry, product.shape[0])
    window = product.window(slice(row, row + 1), slice(column, column + 1))
    return float(window.ravel()[of_entry])


def _product_name(product: Product, of_entry: int, x_entry: int) -> str:
    """`∂L/∂a2[1]`, and what it is called for short: `∂L/∂z3[0] = δ3[0]`."""
    short = _product_label(product, of_entry, x_entry)
    whole = _derivative_label(product, of_entry, x_entry)
    return whole if whole == short else f"{whole} = {short}"


def _product_label(product: Product, of_entry: int, x_entry: int) -> str:
    """`∂L/∂a2[1]`, or `δ3[0]` where it has that name."""
    plan = product.route.plan
    delta = delta_name(plan, product.of, product.name)
    if delta is not None:
        return _entry_label(plan, delta, product.shape, x_entry)
    return _derivative_label(product, of_entry, x_entry)


def _derivative_label(product: Product, of_entry: int, x_entry: int) -> str:
    plan = product.route.plan
    of = _entry_label(plan, product.of, product.of_shape, of_entry)
    return f"∂{of}/∂{_entry_label(plan, product.name, product.shape, x_entry)}"


def _entry_label(plan: Plan, name: str, shape: Place, position: int) -> str:
    return spell_name(name) + entry_name(plan, name, shape, position).removeprefix(name)


def _joined(texts: Sequence[str], left_out: int) -> str:
    return sum_text(texts, left_out) if texts else ""


def _number(value: float) -> str:
    text = spell_cell(value, DIGITS).replace("-", "−")
    return f"({text})" if value < 0 else text
