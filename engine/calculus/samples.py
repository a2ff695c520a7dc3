"""What a factor does over a batch: a bias is summed over the samples, a weight gets one outer product from each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.calculus.jacobians import Kronecker, Permutation, Product, Term
from engine.calculus.layouts import Layout, Order
from engine.calculus.program import DATA_NAMES
from engine.calculus.typeset import fraction
from engine.formula import Dim, spell_operand
from engine.formula.printer import spell_name

if TYPE_CHECKING:
    from engine.calculus.steps import Step

SAMPLES = "N"
"""The name of the dimension that counts samples, as a Network gives it."""


def over_samples(step: Step) -> str:
    """Over what the pull of this factor sums, if it is a bias or a weight of a batch; else nothing."""
    jacobian = step.factor.jacobian
    if step.order is Order.FORWARD or not step.product.has_gradient or jacobian is None:
        return ""
    is_turned = isinstance(jacobian, Product) and isinstance(jacobian.inner, Permutation)
    linear = jacobian.outer if isinstance(jacobian, Product) and is_turned else jacobian
    if not isinstance(linear, Kronecker) or (linear.left and linear.right):
        return ""
    if linear.summed_axis is not None:
        return _bias(step, linear.summed_axis)
    plan, x = step.product.route.plan, step.factor.denominator
    axis = 0 if linear.left else 1
    if x not in plan.inputs or x in DATA_NAMES or jacobian.y[axis] == 1:
        return ""
    term = linear.left or linear.right
    assert term is not None
    return _weight(step, term, axis, is_turned=is_turned)


def _bias(step: Step, axis: int) -> str:
    """The factor repeats it for every sample, so the pull sums over the samples."""
    y, x, delta = _names(step)
    lines, each = _samples(step, axis)
    shown = axis if step.layout is Layout.DENOMINATOR else 1 - axis
    product = "δ · 1 = sum(δ, axis=1)" if shown == 1 else "1 · δ = sum(δ, axis=0)"
    return (f"{x} stands in each of the {lines} of {y}, so its derivative is the sum over the {each}: {product}, "
            f"with δ = {delta}.")  # fmt: skip


def _weight(step: Step, term: Term, axis: int, *, is_turned: bool) -> str:
    """A matrix product over samples is a sum of outer products."""
    y, _, delta = _names(step)
    lines, each = _samples(step, axis)
    operand = spell_operand(term.node)
    is_flipped = step.layout is Layout.NUMERATOR
    own, by_row, by_column = ("δᵀ", "δ[:,n]ᵀ", "δ[n,:]ᵀ") if is_flipped else ("δ", "δ[n,:]", "δ[:,n]")
    if axis == 1:
        whole, parts = (own, f"{operand}ᵀ"), (by_column, f"{operand}[:,n]ᵀ")
    else:
        whole, parts = (f"{operand}ᵀ", own), (f"{operand}[n,:]ᵀ", by_row)
    if is_turned != is_flipped:
        whole, parts = _turned(whole), _turned(parts)
    return (f"{' '.join(whole)} is the sum over the {each} ({lines} of {y}) of one outer product each, "
            f"Σₙ {' '.join(parts)}, with δ = {delta}.")  # fmt: skip


def _turned(product: tuple[str, str]) -> tuple[str, str]:
    """The transpose of a product: both factors are transposed and change sides."""
    left, right = (text.removesuffix("ᵀ") if text.endswith("ᵀ") else f"{text}ᵀ" for text in product)
    return right, left


def _names(step: Step) -> tuple[str, str, str]:
    factor = step.factor
    return spell_name(factor.numerator), spell_name(factor.denominator), fraction(step.product.of, factor.numerator)


def _samples(step: Step, axis: int) -> tuple[str, str]:
    """`5 columns`, and what they are: `samples` where the dimension is known to count these."""
    dimension = step.product.route.plan.shapes.names[step.factor.numerator][axis]
    lines = ("rows", "columns")[axis]
    is_batch = isinstance(dimension, Dim) and dimension.name == SAMPLES
    return f"{dimension:d} {lines}", "samples" if is_batch else lines
