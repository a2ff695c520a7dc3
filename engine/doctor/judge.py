"""The judge: whether a formula is a derivative, by value, on networks on which nothing hides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import product

import numpy as np

from engine.calculus import Program, derive
from engine.calculus.layouts import Layout
from engine.calculus.symbols import samples
from engine.calculus.typeset import fraction, spell_cell
from engine.diagnostics import Diagnostic
from engine.doctor.resize import Dimensions
from engine.doctor.terms import Known, known_factors
from engine.doctor.trials import Trial, redrawn, resized, same
from engine.formula import Array, Shape, ShapeMap, spell
from engine.formula.syntax import Call, Literal, Node, Number, substitute, walk
from engine.verdict import Verdict

OWN, OTHER = 3, 2
"""Networks with the program's own sizes, and with sizes that are all different."""
STEP = 1e-5
MOST_ASSIGNED = 32
"""Ways to read written-out sizes that are tried."""


class Judge:
    """Everything that is asked of formulas for one derivative."""

    def __init__(self, program: Program, target: str, of: str, symbols: Collection[str], *, seed: int = 0) -> None:
        self.program, self.target, self.of = program, target, of
        self.symbols = tuple({*symbols, *(("N",) if samples(program.plan) > 1 else ())})
        self.own = [Trial(redrawn(program, seed + number), target, of, self.symbols) for number in range(OWN)]
        self.target_shape = tuple(int(size) for size in program.plan.shapes.names[target])

    # ---- the verdict -------------------------------------------------------------------------------------------

    @property
    def shapes(self) -> ShapeMap:
        """With the program's own sizes."""
        return self.own[0].shapes

    @property
    def truth_shape(self) -> Shape:
        return tuple(int(size) for size in self.own[0].truth.shape)

    def verdict(self, node: Node) -> Verdict:
        """Of a formula whose shapes fit."""
        values = [trial.evaluate(node) for trial in self.own]
        pairs = [(value, trial.truth) for value, trial in zip(values, self.own, strict=True)]
        if all(value is not None and same(value, truth) for value, truth in pairs):
            return Verdict.CORRECT
        if all(value is not None and value.ndim == 2 and same(value.T, truth) for value, truth in pairs):
            return Verdict.CORRECT_TRANSPOSED
        shape = tuple(self.shapes.of(node))
        is_number = int(np.prod(shape)) == int(np.prod(self.truth_shape)) == 1
        return Verdict.WRONG_VALUE if shape == self.truth_shape or is_number else Verdict.WRONG_SHAPE

    def relations(self, node: Node) -> Iterator[str]:
        """`it equals −1 times the derivative`, in words."""
        count = samples(self.program.plan)
        factors: Mapping[str, float] = {
            "has the wrong sign": -1.0, "is twice the derivative": 2.0, "is half of the derivative": 0.5,
            **({f"is N = {count} times the derivative": float(count), "is the derivative divided by "
                f"N = {count}": 1.0 / count} if count > 1 else {}),
        }  # fmt: skip
        for words, factor in factors.items():
            for turned in (False, True):
                if self._is_multiple(node, factor, turned=turned):
                    yield f"it {words}" + (", transposed" if turned else "") + ", on every network that was tried"
                    return

    def _is_multiple(self, node: Node, factor: float, *, turned: bool) -> bool:
        for trial in self.own:
            value = trial.evaluate(node)
            if value is None or not same(value.T if turned else value, factor * trial.truth):
                return False
        return True

    def entry_check(self, node: Node) -> str:
        """What the loss says when one entry is moved: why a transpose is right."""
        trial, shape = self.own[0], self.truth_shape
        value = trial.evaluate(node)
        if value is None or len(shape) != 2 or not trial.steps[-1].product.has_gradient:
            return ""
        i, j = self._telling_entry(trial.truth)
        moved = self._slope(trial, i, j)
        name = self.program.plan.entry_name(self.target, (i, j))
        text = (f"Moving {name} alone by ε moves {self.of} by {spell_cell(moved)} ε, and entry [{i}, {j}] of this "
                f"formula is {spell_cell(float(value[i, j]))}")  # fmt: skip
        if j < shape[0] and i < shape[1] and i != j:
            text += f"; entry [{j}, {i}], where a transposed one would have it, is {spell_cell(float(value[j, i]))}"
        return text + "."

    @staticmethod
    def _telling_entry(truth: Array) -> tuple[int, int]:
        """An entry that differs from the one in the mirrored place, both far from zero; else the largest one."""
        size = min(truth.shape)
        square = truth[:size, :size]
        telling = np.minimum(np.abs(square), np.abs(square.T)) * (np.abs(square - square.T) > 1e-3)
        chosen = telling if telling.any() else np.abs(truth)
        i, j = np.unravel_index(int(chosen.argmax()), chosen.shape)
        return int(i), int(j)

    def _slope(self, trial: Trial, i: int, j: int) -> float:
        """∂of/∂target[i, j] by central differences; of a computed value, what the lines below it make of it."""
        program, results = trial.program, []
        for sign in (1.0, -1.0):
            value = np.array(program.values[self.target])
            value[i, j] += sign * STEP
            results.append(float(_with_value(program, self.target, value)[self.of].item()))
        return (results[0] - results[1]) / (2 * STEP)

    # ---- corrections -------------------------------------------------------------------------------------------

    @cached_property
    def other(self) -> list[Trial]:
        """With sizes that are all different; empty where the program's own are, or can't be changed."""
        changed = resized(self.program)
        if changed is None:
            return []
        try:
            return [
                Trial(redrawn(changed, 100 + seed, self.program), self.target, self.of, self.symbols)
                for seed in range(OTHER)
            ]
        except Diagnostic:
            return []

    def searched(self, node: Node) -> Iterator[tuple[Trial, Node]]:
        """Where corrections are looked for: at sizes that are all different, then at the program's own."""
        if self.other:
            yield self.other[0], self._in_other_sizes(node)
        yield Trial(redrawn(self.program, 7), self.target, self.of, self.symbols), node

    def is_right_everywhere(self, node: Node) -> bool:
        """Whether a formula agrees with the derivative, which agrees with differences, on every network."""
        if not self._truth_is_checked:
            return False
        return all(trial.agrees(node) for trial in self.own) and all(
            trial.agrees(self._in_other_sizes(node)) for trial in self.other
        )

    @cached_property
    def _truth_is_checked(self) -> bool:
        """The derivative itself against central differences, at a few entries."""
        trial = self.own[0]
        if len(self.truth_shape) != 2 or not trial.steps[-1].product.has_gradient:
            return True
        truth = trial.truth
        generator = np.random.default_rng(truth.size)
        for position in generator.permutation(truth.size)[:6]:
            i, j = divmod(int(position), truth.shape[1])
            if abs(self._slope(trial, i, j) - truth[i, j]) > 1e-4 * max(1.0, float(np.abs(truth).max())):
                return False
        return True

    @cached_property
    def _counterparts(self) -> Mapping[int, tuple[int, ...]]:
        if not self.other:
            return {}
        return Dimensions(self.program.plan).counterparts(self.other[0].program.plan.inputs)

    def _in_other_sizes(self, node: Node) -> Node:
        """A formula with the sizes that it writes out, as in ones((3, 1)), changed to the other network's."""
        written = sorted(set(_written_sizes(node)) & set(self._counterparts))
        if not written or not self.other:
            return node
        choices = [self._counterparts[size] for size in written]
        found = [_with_sizes(node, dict(zip(written, chosen, strict=True)))
                 for chosen, _ in zip(product(*choices), range(MOST_ASSIGNED), strict=False)]  # fmt: skip
        wanted = _failures(node, self.shapes)
        return min(found, key=lambda sized: abs(_failures(sized, self.other[0].shapes) - wanted))

    def in_own_sizes(self, node: Node) -> Node:
        """The reverse: the other network's sizes are all different, so each stands for one."""
        if not self.other:
            return node
        own = {new: old for old, news in self._counterparts.items() for new in news}
        return _with_sizes(node, own)

    # ---- what to compare with ----------------------------------------------------------------------------------

    @cached_property
    def known(self) -> list[Known]:
        return known_factors(self.own[0])

    @cached_property
    def reference(self) -> str:
        """A right formula, in NumPy spelling."""
        formula = self.reference_formula
        return spell(formula) if formula is not None else fraction(self.of, self.target)

    @cached_property
    def reference_formula(self) -> Node | None:
        """The same, to compare with; None where what is differentiated is no number."""
        *_, last = derive(self.program, self.target, of=self.of, layout=Layout.DENOMINATOR)
        return last.product.formula


def _with_value(program: Program, name: str, value: Array) -> Mapping[str, Array]:
    """The values with another one for `name`, which may be a computed one."""
    if name in program.inputs:
        return program.with_values({name: value}).values
    values = dict(program.values)
    values[name] = value
    is_below = False
    for line in program.plan.lines.values():
        if is_below:
            values[line.name] = np.asarray(line.evaluate(values))
        is_below = is_below or line.name == name
    return values


def _written_sizes(node: Node) -> Iterator[int]:
    for part in walk(node):
        match part:
            case Call("ones" | "zeros" | "eye", arguments):
                for argument in arguments:
                    for number in walk(argument):
                        if isinstance(number, Number) and number.value > 1:
                            yield int(number.value)
            case Literal(rows, _):
                yield from (size for size in (len(rows), len(rows[0])) if size > 1)


def _with_sizes(node: Node, sizes: Mapping[int, int]) -> Node:
    def change(part: Node) -> Node | None:
        match part:
            case Call("ones" | "zeros" | "eye" as name, arguments):
                return Call(name, tuple(substitute(argument, number) for argument in arguments), span=part.span)
            case Literal(rows, rank) if len({entry for row in rows for entry in row}) == 1:
                (entry,) = {entry for row in rows for entry in row}
                count = sizes.get(len(rows), len(rows)) if len(rows) > 1 else 1
                width = sizes.get(len(rows[0]), len(rows[0])) if len(rows[0]) > 1 else 1
                return Literal(((entry,) * width,) * count, rank, span=part.span)
        return None

    def number(part: Node) -> Node | None:
        if isinstance(part, Number) and part.value > 1:
            return Number(float(sizes.get(int(part.value), int(part.value))), span=part.span)
        return None

    return substitute(node, change)


def _failures(node: Node, shapes: ShapeMap) -> int:
    """How many operators of a formula cannot be applied to what stands beside them."""
    count = 0
    for part in walk(node):
        try:
            shapes.of(part)
        except Diagnostic:
            count += 1
    return count
