"""Inside of one step: each entry of the new product as its own sum, one part after the other.

A matrix product is a sum for each entry, a diagonal factor one in which a single term is left. A tensor comes slice by
slice, a batch sample by sample, a sum over paths path by path, each with the new product as far as it has been added
up; then come the entries. Parts are counted at once and computed when they are asked for, so that a large factor has
as many as it likes. Entries follow the rows in denominator layout and the columns in numerator layout: part number 3
is the same derivative in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.calculus import inside_words as words
from engine.calculus.entries import Mask, Operand, StepEntries, Summed, Term, reaches, summed
from engine.calculus.jacobians import Kronecker
from engine.calculus.layouts import Form, Layout, Operation, Order, Side
from engine.calculus.pictures import Picture, Shown
from engine.calculus.places import Line, Place, cuts
from engine.calculus.samples import over_samples
from engine.calculus.steps import Step
from engine.calculus.typeset import spell_cell
from engine.formula import Array


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One thing that happens inside of a step, with the places of the three matrices that take part in it."""

    title: str
    """`entry [1,0]`, `slice k = 2`, `sample n = 0`, `path through z1`."""
    equation: str
    """In names: `∂L/∂a2[1] = W3ᵀ[1,0]·∂L/∂z3[0] + W3ᵀ[1,1]·∂L/∂z3[1]`."""
    numbers: str
    """The same in numbers, from the equals sign on; empty where the new product itself shows them."""
    words: str
    """Why: a sentence or two."""
    factor: Line | None = None
    """The row, column, entry or slice of the factor that is read."""
    before: Line | None = None
    """That of the product so far."""
    after: Line | None = None
    """The entry of the new product that is written; None where it is all of it."""
    factor_focus: Place | None = None
    """The place of the factor to look at first, where all of the line does not fit."""
    before_focus: Place | None = None
    after_focus: Place | None = None
    value: float | None = None
    """The entry's value."""
    sum: Summed | None = None
    """The terms that give it."""
    running: Shown | None = None
    """Of a slice, a sample or a path: the new product as far as it has been added up."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms that are written out."""
        return self.sum.terms if self.sum is not None else ()


class Inside:
    """The parts of a step: `count` of them, each made by `part(number)`."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.entries = StepEntries(step)
        self._sections: list[tuple[int, Callable[[int], Part]]] = []
        self._add_sections()

    def _add_sections(self) -> None:
        step = self.step
        make = self._sum_entry
        if step.operation is None:
            make = self._first_entry
        elif step.factor.jacobian is None:
            self._sections.append((2, self._path))
            make = self._path_entry
        elif step.operation is Operation.HADAMARD:
            make = self._hadamard_entry
        elif step.operation is Operation.CONTRACT:
            if self._has_slices:
                self._sections.append((math.prod(step.factor.jacobian.y), self._slice))
            make = self._contracted_entry
        elif self._has_samples:
            self._sections.append((self._inner, self._sample))
        self._sections.append((math.prod(step.after.shape), lambda number: make(self._place(number))))

    @property
    def count(self) -> int:
        """How many parts there are."""
        return int(sum(count for count, _ in self._sections))

    def part(self, number: int) -> Part:
        """Part `number`, counted from 0; raises an IndexError where there is none."""
        left = number
        for count, make in self._sections:
            if 0 <= left < count:
                return make(left)
            left -= count
        raise IndexError(number)

    def _place(self, number: int) -> Place:
        """The entry that is part `number` of the entries: the same derivative in both layouts."""
        shape = [int(size) for size in self.step.after.shape]
        if self.step.layout is Layout.NUMERATOR:
            shape.reverse()
        place = tuple(int(index) for index in np.unravel_index(number, shape))
        return place if self.step.layout is Layout.DENOMINATOR else place[::-1]

    def _value(self, place: Place) -> float:
        return float(self.step.after.window(*cuts(place)).item())

    # ---- matrix products -------------------------------------------------------------------------------------------

    @property
    def _pair(self) -> tuple[Shown, Shown]:
        """The two matrices from left to right."""
        factor, before = self.step.factor, self.step.before
        assert before is not None
        return (factor, before) if self.step.side is Side.LEFT else (before, factor)

    @property
    def _inner(self) -> int:
        """The dimension that the two share."""
        return int(self._pair[0].shape[1])

    def _sum_entry(self, place: Place) -> Part:
        """One entry of a matrix product: a row of the left times a column of the right."""
        row, column = place
        left, right = self._pair
        is_left = self.step.side is Side.LEFT
        names = (self.entries.factor, self.entries.before) if is_left else (self.entries.before, self.entries.factor)
        one = Operand((row, None), left.window(*cuts((row, None))).ravel(), lambda k: (row, k),
                      lambda k: names[0]((row, k)))  # fmt: skip
        other = Operand((None, column), right.window(*cuts((None, column))).ravel(), lambda k: (k, column),
                        lambda k: names[1]((k, column)))  # fmt: skip
        total = summed(one, other, self._mask(row if is_left else column))
        factor, before = (one, other) if is_left else (other, one)
        return self._entry(place, total, factor, before, words.product(self.entries, place, total, factor))

    def _mask(self, line: int) -> Mask:
        """Which terms of a sum over one of the factor's lines are not zero by structure."""
        jacobian, places = self.step.factor.jacobian, self.step.factor.picture.places
        if places is None or jacobian is None:
            return np.ones(self._inner, dtype=bool)
        along = np.arange(self._inner)
        y, x = places.at((line, 0) if self.step.side is Side.LEFT else (0, line))
        is_over_y = (self.step.side is Side.LEFT) is (places.layout is Layout.DENOMINATOR)
        return np.asarray(reaches(jacobian, along, x) if is_over_y else reaches(jacobian, y, along))

    def _entry(self, place: Place, total: Summed, factor: Operand, before: Operand, why: str) -> Part:
        value = self._value(place)
        k = next((k for k in total.kept if factor.values[k] != 0), total.kept[0] if total.kept else 0)
        return Part(
            _titled(place), total.equation(self.entries.after(place)), total.numbers(value),
            f"{why}{words.transposed_place(self.entries, place)}",
            factor.line, before.line, place, factor.place(k), before.place(k), place, value, total,
        )  # fmt: skip

    # ---- entry by entry --------------------------------------------------------------------------------------------

    def _hadamard_entry(self, place: Place) -> Part:
        step = self.step
        assert step.before is not None
        own, other = (_within(place, shown.shape) for shown in (step.factor, step.before))
        factor = Operand(own, step.factor.window(*cuts(own)).ravel(), lambda k: own, lambda k: self.entries.factor(own))
        before = Operand(other, step.before.window(*cuts(other)).ravel(), lambda k: other,
                         lambda k: self.entries.before(other))  # fmt: skip
        pair = (factor, before) if step.side is Side.LEFT else (before, factor)
        total = summed(*pair, np.ones(1, dtype=bool))
        return self._entry(place, total, factor, before, words.hadamard(self.entries, own))

    def _first_entry(self, place: Place) -> Part:
        """An entry of the first factor, which is the product itself."""
        value = self._value(place)
        name, formula = self.entries.after(place), self.entries.first(place)
        why = words.first(self.entries, place) + words.transposed_place(self.entries, place)
        equation = f"{name} = {formula}" if formula else name
        return Part(
            _titled(place), equation, f"= {spell_cell(value)}", why, place, None, place, place, None, place, value
        )

    # ---- tensors ---------------------------------------------------------------------------------------------------

    @property
    def _has_slices(self) -> bool:
        """Whether it is a vector by a matrix, contracted with the gradient of a number."""
        step = self.step
        return step.order is Order.REVERSE and len(step.factor.shape) == 3 and len(step.after.shape) == 2

    def _slice(self, k: int) -> Part:
        """The slice ∂y[k]/∂x, times one number of the product so far."""
        step = self.step
        assert step.before is not None
        places, so_far = step.factor.picture.places, step.joining.before
        assert places is not None
        assert so_far is not None
        assert so_far.places is not None
        line, entry = places.over_x(k), so_far.places.of(0, k)
        number = float(step.before.window(*cuts(entry)).item())
        axis = 2 if step.layout is Layout.DENOMINATOR else 0

        def cut(_: None, rows: slice, columns: slice) -> Array:
            box = [rows, columns]
            box.insert(axis, slice(0, k + 1))
            weights = np.ravel(step.before.window(slice(None), slice(None)))[: k + 1]  # type: ignore[union-attr]
            return np.tensordot(step.factor.window(*box), weights, axes=([axis], [0]))

        running = Shown(Picture(step.after.shape, cut), None)
        local = self.entries.derivative(step.factor.numerator, places.y, k, step.factor.denominator, (1, 1), 0)
        name = self.entries.before(entry)
        equation = f"{words.whole(step)} += {local} · {name}"
        added = Shown(Picture(step.after.shape, lambda _, *box: number * self._cut_slice(k, *box)), None)
        numbers = f"with {name} = {spell_cell(number)}, that adds {words.small(added)}".removesuffix(", that adds ")
        why = words.tensor_slice(self.entries, k, step.after)
        x = self._reached_by(k)
        assert step.joining.after.places is not None
        written = step.joining.after.places.of(0, x)
        return Part(f"slice k = {k}", equation, numbers, why, line, entry, self._written_by(written),
                    places.of(k, x), entry, written, running=running)  # fmt: skip

    def _written_by(self, place: Place) -> Line | None:
        """The row or column of the new product to which a slice adds, if it is one."""
        match self.step.factor.jacobian:
            case Kronecker(left=None) as jacobian if jacobian.right is not None:
                is_row = self.step.layout is Layout.DENOMINATOR
            case Kronecker(right=None) as jacobian if jacobian.left is not None:
                is_row = self.step.layout is Layout.NUMERATOR
            case _:
                return None
        return (place[0], None) if is_row else (None, place[1])

    def _cut_slice(self, k: int, rows: slice, columns: slice) -> Array:
        """A rectangle of one slice of the tensor."""
        axis = 2 if self.step.layout is Layout.DENOMINATOR else 0
        box = [rows, columns]
        box.insert(axis, slice(k, k + 1))
        return self.step.factor.window(*box).squeeze(axis)

    def _reached_by(self, k: int) -> int:
        """The first entry of x that reaches y[k]: in row k for z = W a."""
        jacobian = self.step.factor.jacobian
        match jacobian:
            case Kronecker(left=None):
                return k % int(jacobian.y[0])
            case Kronecker(right=None):
                return k // int(jacobian.y[0]) * int(jacobian.x[0])
        return 0

    def _contracted_entry(self, place: Place) -> Part:
        """One entry of a contraction: Σ over the entries of the value in the middle."""
        step, names = self.step, self.entries
        jacobian, places = step.factor.jacobian, step.factor.picture.places
        after, so_far = step.joining.after.places, step.joining.before
        assert jacobian is not None
        assert step.before is not None
        assert places is not None
        assert after is not None
        assert so_far is not None
        assert so_far.places is not None
        was = so_far.places
        y, x = after.at(place)
        is_reverse = step.order is Order.REVERSE
        line, other = (places.over_y(x), was.over_x(y)) if is_reverse else (places.over_x(y), was.over_y(x))
        own = places.stacked(step.factor.window(*cuts(line)), over_x=not is_reverse)
        rest = was.stacked(step.before.window(*cuts(other)), over_x=is_reverse)

        def factor_at(k: int) -> Place:
            return places.of(k, x) if is_reverse else places.of(y, k)

        def before_at(k: int) -> Place:
            return was.of(y, k) if is_reverse else was.of(k, x)

        factor = Operand(line, own, factor_at, lambda k: names.factor(factor_at(k)))
        before = Operand(other, rest, before_at, lambda k: names.before(before_at(k)))
        along = np.arange(len(own))
        mask = reaches(jacobian, along, x) if is_reverse else reaches(jacobian, y, along)
        is_before_left = is_reverse is (step.layout is Layout.DENOMINATOR)  # as the outer product δ aᵀ, or a δᵀ
        total = summed(*((before, factor) if is_before_left else (factor, before)), mask)
        return self._entry(place, total, factor, before, words.contraction(names, place, total))

    # ---- sums over samples and over paths --------------------------------------------------------------------------

    @property
    def _has_samples(self) -> bool:
        """Whether the dimension that is summed over counts samples, and nothing has been stacked."""
        return self.step.form is Form.HADAMARD and self.step.factor.picture.places is None and bool(
            over_samples(self.step)
        )  # fmt: skip

    def _sample(self, n: int) -> Part:
        """What one sample adds: a column times a row."""
        left, right = self._pair

        def cut(_: None, rows: slice, columns: slice) -> Array:
            return left.window(rows, slice(0, n + 1)) @ right.window(slice(0, n + 1), columns)

        lines: tuple[Line, Line] = ((None, n), (n, None))
        factor, before = lines if self.step.side is Side.LEFT else lines[::-1]
        added = Shown(Picture(self.step.after.shape, lambda _, rows, columns: (
            left.window(rows, slice(n, n + 1)) @ right.window(slice(n, n + 1), columns))), None)  # fmt: skip
        running = Shown(Picture(self.step.after.shape, cut), None)
        equation, why = words.sample(self.entries, n, self._inner)
        starts = ((0, n), (n, 0)) if self.step.side is Side.LEFT else ((n, 0), (0, n))
        numbers = f"that adds {words.small(added)}" if words.small(added) else ""
        return Part(f"sample n = {n}", equation, numbers, why, factor, before, None, *starts, running=running)

    def _path(self, number: int) -> Part:
        """One of the two products that are added."""
        step = self.step
        assert step.before is not None
        assert step.product.before is not None
        assert step.product.addend is not None
        everything: Line = (None,) * len(step.after.shape)
        through = [words.through(step, product) for product in (step.product.before, step.product.addend)]
        shown, running = (step.before, step.before) if number == 0 else (step.factor, step.after)
        why = words.path(self.entries, through, number)
        equation = f"{words.whole(step)} through {through[number]}"
        return Part(
            f"path through {through[number]}", equation, f"= {words.small(shown)}".removesuffix("= "), why,
            everything if number else None, None if number else everything, running=running,
        )  # fmt: skip

    def _path_entry(self, place: Place) -> Part:
        """One entry of a sum over paths."""
        step = self.step
        assert step.before is not None
        assert step.product.before is not None
        assert step.product.addend is not None
        first, second = (float(shown.window(*cuts(place)).item()) for shown in (step.before, step.factor))
        value, name = self._value(place), self.entries.after(place)
        one, other = (words.through(step, product) for product in (step.product.before, step.product.addend))
        total = Summed((Term("1", name, 1.0, first), Term("1", name, 1.0, second)), 0, 0, (0, 1))
        numbers = f"= {spell_cell(first)} {'−' if second < 0 else '+'} {spell_cell(abs(second))} = {spell_cell(value)}"
        why = words.path_entry(self.entries) + words.transposed_place(self.entries, place)
        equation = f"{name} = through {one} + through {other}"
        return Part(_titled(place), equation, numbers, why, place, place, place, place, place, place, value, total)


def _titled(place: Place) -> str:
    return f"entry [{','.join(str(index) for index in place)}]"


def _within(place: Place, shape: tuple[int, ...]) -> Place:
    """A place of the new product as that of a matrix that is stretched to its shape."""
    return tuple(0 if size == 1 else index for index, size in zip(place, shape, strict=True))
