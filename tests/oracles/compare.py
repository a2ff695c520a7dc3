"""One program, its value, its gradients and every factor of a derivation, against another library's derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import Form, Layout, Operation, Order, Program, Side, Step, derive
from engine.formula import spell
from tests.oracles.draws import Draw
from tests.oracles.libraries import Array, Differentiator
from tests.oracles.oracle import Oracle, arranged, in_own_shape, stacked
from tests.oracles.programs import random_program

TOLERANCE = 1e-9
"""Largest difference, relative to the largest entry."""
FLOOR = 1e-13
"""Difference that is put down to rounding, whatever the size of the entries."""
MOST_ENTRIES = 12
"""Of a value that is not a number and is differentiated nevertheless."""


class DisagreementError(AssertionError):
    """The engine and the library differ."""


@dataclass
class Tally:
    """What has been compared so far."""

    programs: int = 0
    gradients: int = 0
    factors: int = 0
    products: int = 0
    formulas: int = 0
    worst: float = 0.0
    """Largest relative error."""

    def agree(self, what: str, ours: Array, theirs: Array) -> None:
        """Raises a DisagreementError unless both are the same, to rounding."""
        if ours.shape != theirs.shape:
            raise DisagreementError(f"{what} is {ours.shape}, and must be {theirs.shape}")
        scale = float(np.abs(theirs).max(initial=0.0))
        difference = float(np.abs(ours - theirs).max(initial=0.0))
        if not difference <= TOLERANCE * scale + FLOOR:
            raise DisagreementError(f"{what} differs by {difference:.3g}:\n{ours}\nand by the library\n{theirs}")
        if scale > FLOOR / TOLERANCE:
            self.worst = max(self.worst, difference / scale)


def compare_seed(seed: int, differentiator: Differentiator, tally: Tally) -> None:
    """The random program of a seed; raises a DisagreementError that prints it."""
    program, description = random_program(seed)
    try:
        compare(program, differentiator, Draw(np.random.default_rng([seed, 1])), tally)
    except Exception as problem:
        numbers = "\n".join(f"{name} = {value.tolist()}" for name, value in program.inputs.items())
        raise DisagreementError(f"seed {seed}, {description}: {problem}\n\n{program}\n\n{numbers}") from problem


def compare(program: Program, differentiator: Differentiator, draw: Draw, tally: Tally) -> None:
    """Raises a DisagreementError; `draw` chooses what is derived, in which layout, form and order."""
    with np.errstate(all="raise"):
        _compare(program, Oracle(program, differentiator), draw, tally)
    tally.programs += 1


def _compare(program: Program, oracle: Oracle, draw: Draw, tally: Tally) -> None:
    for name, value in program.values.items():
        tally.agree(name, value, oracle.values[name])
    _compare_gradients(program, oracle, tally)
    of = program.loss
    if draw.chance(0.3):
        small = [name for name in oracle.lines if 1 < np.prod(oracle.shapes[name]) <= MOST_ENTRIES]
        of = draw.one(small or [of])
    if oracle.upstream(of):
        target = draw.one([*oracle.upstream(of), of]) if draw.chance(0.95) else "all"
        if target != "all" or set(program.parameters) & set(oracle.upstream(of)):
            _compare_steps(program, oracle, draw, tally, of, target)


def _compare_gradients(program: Program, oracle: Oracle, tally: Tally) -> None:
    """By every input and every value on the way."""
    of = program.loss
    for name in oracle.upstream(of):
        for layout in Layout:
            *_, last = derive(program, name, of=of, layout=layout)
            theirs = in_own_shape(oracle.totals(of)[name], oracle.shapes[of], oracle.shapes[name], layout)
            tally.agree(f"∂{of}/∂{name} in {layout} layout", last.result.value, theirs)
        tally.gradients += 1


def _compare_steps(program: Program, oracle: Oracle, draw: Draw, tally: Tally, of: str, target: str) -> None:
    layout, form = draw.one(list(Layout)), draw.one(list(Form))
    order = Order.FORWARD if draw.chance(0.25) else Order.REVERSE
    fused = draw.chance(0.2)
    entry = None
    if target != "all" and form is Form.ENTRY:
        rows, columns = oracle.shapes[target]
        entry = draw.integer(0, rows - 1), draw.integer(0, columns - 1)
    steps = list(derive(program, target, of=of, layout=layout, form=form, entry=entry, fused=fused, order=order))
    expected: list[Array] = []
    for step in steps:
        what = f"∂{of}/∂{target}, {layout} layout, form {form}, order {order}, step {step.index}: {step.factor.name}"
        product = _product(step, oracle, expected)
        expected.append(product)
        of_shape, shape = oracle.shapes[step.product.of], oracle.shapes[step.product.name]
        _agree_as_shown(tally, f"{what}, after", step.after.value, product, of_shape, shape, step)
        if step.leg.jacobian is not None:
            _agree_on_factor(tally, what, step, _factor(step, oracle), oracle)
            tally.factors += 1
        if step.before is not None:
            before = expected[step.leg.upstream or 0]
            name = step.upstream.name if step.upstream else ""
            before_of = oracle.shapes[step.upstream.of] if step.upstream else (1, 1)
            by_entry = order is Order.FORWARD or step.leg.jacobian is None
            _agree_as_shown(
                tally, f"{what}, before", step.before.value, before, before_of, oracle.shapes[name], step, by_entry,
                step.joining.is_turned,
            )  # fmt: skip
            _agree_on_joining(tally, what, step)
        if step.is_last:
            assert str(step)
            total = oracle.totals(of)[step.target]
            tally.agree(f"{what}, the whole", product, total)
            own = in_own_shape(total, oracle.shapes[of], oracle.shapes[step.target], layout)
            tally.agree(f"{what}, result", step.result.value, own)
        _agree_on_gradient_formula(tally, what, step, oracle)
        tally.products += 1


def _factor(step: Step, oracle: Oracle) -> Array:
    """∂numerator/∂denominator of one line; of a fused factor, of the two lines together."""
    leg = step.leg
    if leg.numerator == leg.denominator:
        return np.eye(np.prod(oracle.shapes[leg.numerator], dtype=int))
    local = oracle.locals(leg.numerator)
    return local[leg.denominator] if leg.denominator in local else oracle.totals(leg.numerator)[leg.denominator]


def _product(step: Step, oracle: Oracle, expected: list[Array]) -> Array:
    """What the library's factors give when they are joined as the step says."""
    leg = step.leg
    if leg.jacobian is None:
        assert leg.upstream is not None
        assert leg.addend is not None
        return expected[leg.upstream] + expected[leg.addend]
    factor = _factor(step, oracle)
    if leg.upstream is None:
        return factor
    before = expected[leg.upstream]
    return factor @ before if step.order is Order.FORWARD else before @ factor


def _agree_as_shown(
    tally: Tally,
    what: str,
    ours: Array,
    block: Array,
    y: tuple[int, int],
    x: tuple[int, int],
    step: Step,
    by_entry: bool = True,
    is_turned: bool = False,
) -> None:
    """A product stands as a stacked matrix, or as `arranged` where a factor joins it so; which, its shape says."""
    if step.entry is not None and by_entry:
        row, column = step.entry
        block = block[:, [row + column * x[0]]]
        tally.agree(what, ours, stacked(block, step.layout))
        return
    known = [stacked(block, step.layout)]
    if not (step.form is Form.VEC and step.leg.jacobian is not None):
        known += [arranged(block, y, x, step.layout), in_own_shape(block, y, x, step.layout)]
    if is_turned:
        known = [in_own_shape(block, y, x, step.layout.flipped)]
    fitting = [theirs for theirs in known if theirs.shape == ours.shape]
    tally.agree(what, ours, (fitting or known)[0])


def _agree_on_factor(tally: Tally, what: str, step: Step, block: Array, oracle: Oracle) -> None:
    """The factor, and its formula: what is written is what is computed, of a tensor its matrix over vec."""
    ours, leg = step.factor.value, step.leg
    y, x = step.product.leg.jacobian.y, step.product.leg.jacobian.x  # type: ignore[union-attr]
    if step.is_by_entry and step.entry is not None:
        row, column = step.entry
        tally.agree(what, ours, stacked(block[:, [row + column * x[0]]], step.layout))
    elif step.form is Form.VEC or (
        step.form is Form.ENTRY and step.order is Order.FORWARD and leg.upstream is not None
    ):
        tally.agree(what, ours, stacked(block, step.layout))
    elif step.form is not Form.HADAMARD or step.before is None:
        tally.agree(what, ours, arranged(block, y, x, step.layout))
    formula = step.factor.node
    assert formula is not None
    is_tensor = ours.ndim == 3
    assert step.factor.formula_of == (
        f"dvec({leg.numerator})/dvec({leg.denominator})" if is_tensor else step.factor.name
    )
    meant = stacked(block, step.layout) if is_tensor else ours
    tally.agree(f"{what}, its formula {spell(formula)}", meant, oracle.formula(formula))
    tally.formulas += 1


def _agree_on_gradient_formula(tally: Tally, what: str, step: Step, oracle: Oracle) -> None:
    gradient = step.product.formula
    if gradient is not None:
        tally.agree(f"{what}, the gradient {spell(gradient)}", step.product.array, oracle.formula(gradient))
        tally.formulas += 1


def _agree_on_joining(tally: Tally, what: str, step: Step) -> None:
    """The factor as shown, joined to what is shown before it, is what is shown after it."""
    assert step.before is not None
    pair = (step.factor.value, step.before.value)
    first, second = pair if step.side is Side.LEFT else pair[::-1]
    match step.operation:
        case Operation.MATMUL | Operation.OUTER:
            joined = first @ second
        case Operation.HADAMARD:
            joined = first * second
        case Operation.SUM:
            joined = first + second if step.leg.jacobian is None else first @ second
        case _:
            return
    tally.agree(f"{what}, joined", joined, step.after.value)
