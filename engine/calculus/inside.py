"""Inside a step: every entry of the new product as its own sum, `W3[0,1]·∂L/∂z3[0] + W3[1,1]·∂L/∂z3[1] = 0.0842`.

Nothing is computed but the row and the column that one entry needs, and of these no more than can be read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.calculus.jacobians.base import entry_of
from engine.calculus.layouts import Layout, Operation, Side
from engine.calculus.pictures import Shown
from engine.calculus.products import Product
from engine.calculus.steps import Step
from engine.calculus.typeset import fraction, spell_cell
from engine.diagnostics import Diagnostic
from engine.formula.syntax import Binary, Call, Index, Name, Node, Number, Slice, Transpose

MOST_TERMS = 6
"""Terms of a sum that are written out; the rest is counted."""
MOST_SOUGHT = 10_000
"""Terms among which those that are not zero are looked for."""

Place = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True, slots=True)
class Lit:
    """What of a matrix an entry is made of: a row, a column, one entry, or with neither all of it."""

    row: int | None = None
    column: int | None = None

    def covers(self, row: int, column: int) -> bool:
        """Whether an entry belongs to it."""
        return self.row in (None, row) and self.column in (None, column)


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of the new product, and how it comes about."""

    position: int
    """Row by row from 0."""
    place: Place
    """In the new product as it is shown."""
    name: str
    """`∂L/∂a2[1]`."""
    left: Lit
    right: Lit
    """In the matrices as they stand left and right of the operation; of a tensor the place in each of its slices."""
    equation: str
    """The sum in names, in numbers, and what it comes to."""
    why: str


def count_inside(step: Step) -> int:
    """How many entries the new product of a step has.

    Raises a Diagnostic `nothing_inside` for the first factor, which joins nothing, and for a contraction that is not
    that of a tensor with a vector.
    """
    if step.before is None or step.operation is None:
        raise Diagnostic("nothing_inside", "the first factor joins nothing: there is no product to look into",
                         hints=("step forward, and then into",))  # fmt: skip
    if step.operation is Operation.CONTRACT and not (
        len(step.factor.shape) == 3 and len(step.before.shape) == len(step.after.shape) == 2 and 1 in step.before.shape
    ):
        raise Diagnostic("nothing_inside", "this contraction has more than one sum for each entry",
                         hints=("form vec shows the step as a product of matrices",))  # fmt: skip
    return math.prod(step.after.shape)


def look_inside(step: Step, position: int) -> Part:
    """Entry `position`, counted row by row, of the new product. Raises what `count_inside` raises, and `bad_value`."""
    count = count_inside(step)
    if not 0 <= position < count:
        raise Diagnostic("bad_value", f"the new product has {count} entries, and no entry {position}")
    return _Inside(step, divmod(position, step.after.shape[1]), position).part()


class _Inside:
    """One entry of one step."""

    def __init__(self, step: Step, place: Place, position: int) -> None:
        assert step.before is not None
        self.step, self.place, self.position = step, place, position
        self.before: Shown = step.before
        self.is_left = step.side is not Side.RIGHT
        """Whether the factor stands left of the product so far."""

    def part(self) -> Part:
        step, (row, column) = self.step, self.place
        match step.operation:
            case Operation.HADAMARD:
                places = [_stretched(self.place, shown.shape) for shown in (step.factor.shown, self.before)]
                terms, lit = [tuple(places)], [Lit(*place) for place in places]
            case Operation.SUM if step.leg.jacobian is None:
                terms, lit = [], [Lit(row, column), Lit(row, column)]
            case Operation.CONTRACT:
                return self._contracted()
            case _:
                shared = self.before.shape[0] if self.is_left else self.before.shape[1]
                terms = [((row, k), (k, column)) if self.is_left else ((k, column), (row, k)) for k in range(shared)]
                lit = [Lit(row=row), Lit(column=column)] if self.is_left else [Lit(column=column), Lit(row=row)]
        equation = self._equation(terms) if terms else self._added()
        return self._made(lit, equation)

    def _made(self, lit: list[Lit], equation: str) -> Part:
        left, right = lit if self.is_left else lit[::-1]
        return Part(self.position, self.place, self._after_name(), left, right, equation, self._why())

    # ---- sums ----------------------------------------------------------------------------------------------------

    def _equation(self, terms: list[tuple[Place, ...]]) -> str:
        """Of the pairs of places in factor and product so far: their products, added."""
        factors = [_entry(self.step.factor.shown, place) for place, _ in terms[:MOST_SOUGHT]]
        names = [self._factor_name(place) for place, _ in terms[:MOST_SOUGHT]] if len(terms) <= MOST_SOUGHT else []
        if len(terms) > MOST_SOUGHT:
            names = [self._factor_name(place) for place, _ in terms[:MOST_TERMS]]
        kept = [k for k, name in enumerate(names) if name != "0"] or [0]
        spelled, numbers = [], []
        for k in kept[:MOST_TERMS]:
            before = terms[k][1]
            pair = names[k], self._before_name(before)
            values = factors[k], _entry(self.before, before)
            spelled.append("·".join(_in_order(pair, self.is_left)))
            numbers.append("·".join(_in_order(tuple(_signed(value) for value in values), self.is_left)))
        return self._joined(spelled, numbers, len(kept) - len(spelled), len(names) - len(kept))

    def _added(self) -> str:
        """Two paths."""
        values = [_entry(shown, self.place) for shown in (self.before, self.step.factor.shown)]
        return self._joined(["the paths so far", "this path"], [_signed(value) for value in values], 0, 0)

    def _contracted(self) -> Part:
        """An entry of the contraction of a tensor with a vector: of the slices at that place, times the vector."""
        step, (row, column) = self.step, self.place
        is_denominator = step.layout is Layout.DENOMINATOR
        axis = 2 if is_denominator else 0
        count = min(step.factor.shape[axis], MOST_SOUGHT)
        cuts = [slice(row, row + 1), slice(column, column + 1)]
        cuts.insert(axis, slice(0, count))
        along = np.asarray(step.factor.shown.window(*cuts)).ravel()
        reached = row if is_denominator else column  # by z = W a, where a happens to be 0
        kept = [int(k) for k in np.flatnonzero(along)] or [min(reached, count - 1)]
        name = step.factor.numerator
        by = self._own_name(step.leg.denominator, step.product.shape)
        spelled, numbers = [], []
        for k in kept[:MOST_TERMS]:
            before = (k, 0) if self.before.shape[1] == 1 else (0, k)
            pair = fraction(f"{name}[{k}]", by), self._before_name(before)
            values = along[k], _entry(self.before, before)
            spelled.append("·".join(_in_order(pair, self.is_left)))
            numbers.append("·".join(_in_order(tuple(_signed(value) for value in values), self.is_left)))
        equation = self._joined(spelled, numbers, len(kept) - len(spelled), count - len(kept))
        return self._made([Lit(row, column), Lit()], equation)

    def _joined(self, spelled: list[str], numbers: list[str], more: int, zeros: int) -> str:
        rest = f" + {more} more" if more else ""
        none = f" (and {zeros} that {'are' if zeros > 1 else 'is'} 0)" if zeros else ""
        total = spell_cell(_entry(self.step.after, self.place))
        shown = f"{' + '.join(numbers)}{rest} = " if more or len(numbers) > 1 or "·" in numbers[0] else ""
        return f"{self._after_name()} = {' + '.join(spelled)}{rest}{none} = {shown}{total}"

    # ---- names ---------------------------------------------------------------------------------------------------

    def _factor_name(self, place: Place) -> str:
        node, leg = self.step.factor.node, self.step.leg
        if node is None or leg.jacobian is None:
            return f"{fraction(leg.numerator, leg.denominator)}[{place[0]},{place[1]}]"
        return _entry_text(node, place, self.step)

    def _before_name(self, place: Place) -> str:
        step = self.step
        assert step.upstream is not None
        turned = step.joining.is_turned
        return _product_entry(step.upstream, self.before.shape, step.layout.flipped if turned else step.layout, place)

    def _after_name(self) -> str:
        step = self.step
        if step.entry is not None:
            whole = fraction(step.product.of, step.by)
            size = max(step.after.shape)
            return whole if size == 1 else f"{whole}[{max(self.place)}]"
        return _product_entry(step.product, step.after.shape, step.layout, self.place)

    def _own_name(self, name: str, shape: tuple[int, int]) -> str:
        place = self.place if self.step.layout is Layout.DENOMINATOR else self.place[::-1]
        return _value_entry(self.step.product, name, shape, place)

    # ---- words ---------------------------------------------------------------------------------------------------

    def _why(self) -> str:
        step = self.step
        structure = step.factor.structure if step.leg.jacobian is not None else ""
        match step.operation:
            case Operation.HADAMARD:
                return "Entry by entry: nothing but what stands at the same place is multiplied, and nothing is added."
            case Operation.OUTER:
                return ("An outer product adds nothing up: the entry in row i and column j is entry i of the column "
                        "times entry j of the row, all pairs.")  # fmt: skip
            case Operation.CONTRACT:
                return ("At this place only one slice of the tensor is not zero: the entry reaches one entry of "
                        f"{step.factor.numerator} and no other. So the sum over k is one product, and all of them "
                        "together are an outer product.")  # fmt: skip
            case Operation.SUM if step.leg.jacobian is None:
                return "What is read twice is changed on both ways at once, so what both ways do to it is added."
            case Operation.SUM:
                return "A product with ones is a sum: one term for each sample."
        words = "The row of the left matrix times the column of the right one, along the dimension that they share"
        if structure == "diagonal":
            return f"{words}. Off its diagonal the factor is 0, so one term is left: that is why diag(v) p is v ⊙ p."
        return f"{words}; it is gone in the result."


def _in_order(pair: tuple[str, ...], is_left: bool) -> tuple[str, ...]:
    return pair if is_left else pair[::-1]


def _signed(value: float) -> str:
    text = spell_cell(value)
    return f"({text})" if text.startswith(("-", "−")) else text


def _stretched(place: Place, shape: tuple[int, ...]) -> Place:
    """The place in a matrix that is stretched where it has one row or one column."""
    return min(place[0], shape[0] - 1), min(place[1], shape[1] - 1)


def _entry(shown: Shown, place: Place) -> float:
    row, column = place
    return float(np.asarray(shown.window(slice(row, row + 1), slice(column, column + 1))).item())


def _entry_text(node: Node, place: Place, step: Step) -> str:
    """What an entry of a factor is called: `W3[0,1]` of W3ᵀ, `0` off a diagonal, `(1 − a2²)[1]` of a formula."""
    row, column = place
    jacobian = step.leg.jacobian
    assert jacobian is not None
    rules, plan = jacobian.algebra, step.product.route.plan
    match node:
        case Transpose(operand):
            return _entry_text(operand, (column, row), step)
        case Call("diag", (vector,)):
            if row != column:
                return "0"
            rows, columns = rules.matrix_shape(vector)
            return _entry_text(vector, (row, 0) if columns == 1 else (0, row) if rows == 1 else (row, row), step)
        case Call("vec", (matrix,)):
            height = rules.matrix_shape(matrix)[0]
            return _entry_text(matrix, (row % height, row // height), step)
        case Call("eye"):
            return "1" if row == column else "0"
        case Index(operand, items) if all(isinstance(item, Slice) for item in items):
            starts = [item.start or 0 for item in items if isinstance(item, Slice)]
            return _entry_text(operand, (row + starts[0], column + (starts[1] if len(starts) > 1 else 0)), step)
        case Binary("*", number, Index(Call("eye")) as unit):  # a1[j] e_i: of z = W a by one entry of W
            return "0" if _entry_text(unit, place, step) == "0" else entry_of(number, ("0", "0"), rules)
        case Call("ones"):
            return "1"
        case Call("kron", (first, second)):
            height, width = rules.matrix_shape(second)
            pair = (_entry_text(first, (row // height, column // width), step),
                    _entry_text(second, (row % height, column % width), step))  # fmt: skip
            return "0" if "0" in pair else "·".join(text for text in pair if text != "1") or "1"
        case Name(name) if name in plan.inputs or name in plan.lines:
            return _value_entry(step.product, name, rules.matrix_shape(node), place)
        case Number():
            return entry_of(node, ("0", "0"), rules)
    return entry_of(node, (str(row), str(column)), rules)


def _value_entry(product: Product, name: str, shape: tuple[int, int], place: Place) -> str:
    """`W3[0,1]`; of a vector `z3[1]`, of a number `L`."""
    if 1 not in shape:
        return product.route.plan.entry_name(name, place)
    return name if shape == (1, 1) else f"{name}[{max(place)}]"


def _product_entry(product: Product, shown: tuple[int, ...], layout: Layout, place: Place) -> str:
    """What an entry of a product is called, as it is shown in a layout: `∂L/∂a2[1]`, `∂z3[0]/∂a2[1]`."""
    own, sizes = product.shape, product.of_shape
    by, of = place if layout is Layout.DENOMINATOR else place[::-1]
    stacked = (own[0] * own[1], sizes[0] * sizes[1])
    if product.has_gradient and tuple(shown) in (own, own[::-1]) and tuple(shown) not in (stacked, stacked[::-1]):
        entry = by, of
        return fraction(product.of, _value_entry(product, product.name, own, entry))
    numerator = _value_entry(product, product.of, sizes, (of % sizes[0], of // sizes[0]))
    return fraction(numerator, _value_entry(product, product.name, own, (by % own[0], by // own[0])))


def positions(step: Step) -> Iterator[Part]:
    """All entries, one after the other. Raises what `count_inside` raises."""
    return (look_inside(step, position) for position in range(count_inside(step)))
