"""The sentences that say why a factor is this matrix, on this side, as this operation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.calculus.fused import explain_fused, fused_delta
from engine.calculus.jacobians import DiagonalMinusRankOne
from engine.calculus.kinks import kinks
from engine.calculus.layouts import Form, Layout, Operation, Order, spell_size
from engine.calculus.samples import over_samples
from engine.calculus.typeset import fraction, stacked_fraction
from engine.formula import Spelling, spell
from engine.formula.printer import spell_name
from engine.formula.syntax import Call, walk

if TYPE_CHECKING:
    from engine.calculus.steps import Step


def explain(step: Step) -> str:
    """Why this factor is this matrix, on this side, as this operation: two to four sentences."""
    if step.factor.jacobian is None:
        return _sum(step)
    return " ".join(part for part in (_matrix(step), over_samples(step), _kinks(step), _joining(step)) if part)


def _names(step: Step) -> tuple[str, str]:
    return spell_name(step.factor.numerator), spell_name(step.factor.denominator)


def _rows_and_columns(step: Step) -> str:
    y, x = _names(step)
    if step.layout is Layout.DENOMINATOR:
        return f"in denominator layout rows follow {x} and columns follow {y}"
    return f"in numerator layout rows follow {y} and columns follow {x}"


def _matrix(step: Step) -> str:
    """What the factor is made of."""
    jacobian = step.factor.jacobian
    assert jacobian is not None
    y, x = _names(step)
    shape = spell_size(step.factor.shape)
    if jacobian.y == (1, 1):
        return " ".join(part for part in (_fused(step), _gradient(step, shape)) if part)
    if step.is_by_entry:
        return _entry(step, shape)
    match jacobian.structure:
        case "identity":
            return (f"{y} contains {x} with factor 1, so ∂{y}[k]/∂{x}[j] is 1 where k = j and 0 elsewhere: "
                    "the identity, in either layout.")  # fmt: skip
        case "diagonal":
            return _diagonal(step)
        case "kronecker":
            return _kronecker(step, shape)
        case "diagonal minus rank one":
            return _softmax(step, shape)
        case "dense" if jacobian.x[1] == 1 and jacobian.y[1] == 1 and len(step.factor.shape) == 2:
            numerator = spell(jacobian.numerator_formula(), Spelling.PAPER)
            flips = " The transpose is the layout's doing, not a trick." if step.layout is Layout.DENOMINATOR else ""
            entry = f"∂{y}[k]/∂{x} is entry [k]" if jacobian.x == (1, 1) else f"∂{y}[k]/∂{x}[j] is entry [k, j]"
            return (f"{entry} of {numerator}; {_rows_and_columns(step)}: "
                    f"{step.factor}, {shape}.{flips}")  # fmt: skip
    if step.joining.is_turned:
        return (f"{y} reads {x} transposed, so that the gradient by {x} is the transpose of what it is by {x}ᵀ: "
                f"{step.factor}, {shape}, on the other side of the transposed product.")  # fmt: skip
    if jacobian.structure == "zero":
        return f"{y} does not change with {x}, at these numbers or near them: its derivative is 0, {shape}."
    if len(step.factor.shape) == 3:
        return (f"{y} is a vector and {x} a matrix, so ∂{y}/∂{x} is a tensor, {shape}; stacked to columns by vec, "
                f"{stacked_fraction(step)} = {step.factor}.{_commutation(step)}")  # fmt: skip
    return f"∂{y}/∂{x} = {step.factor}, {shape}; {_rows_and_columns(step)}.{_commutation(step)}"


def _commutation(step: Step) -> str:
    """What K is, where it appears."""
    jacobian = step.factor.jacobian
    assert jacobian is not None
    for part in walk(jacobian.formula()):
        if isinstance(part, Call) and part.function == "commutation":
            name = spell(part, Spelling.PAPER)
            return f" {name} is the commutation matrix, which takes vec of a matrix to vec of its transpose."
    return ""


def _softmax(step: Step, shape: str) -> str:
    """Why a softmax has no diagonal Jacobian."""
    jacobian = step.factor.jacobian
    assert isinstance(jacobian, DiagonalMinusRankOne)
    y, x = _names(step)
    if 1 in jacobian.y:
        alone, of, k, j = "", "", "k", "j"
    else:
        line = "row" if jacobian.axis == 1 else "column"
        alone, of = f"{y} and {x} depend on each other {line} by {line}. ", f" of the same {line}"
        k, j = ("i,k", "i,j") if jacobian.axis == 1 else ("k,j", "i,j")
    term = jacobian.index_formula(k, j)
    return (f"{alone}A softmax divides by a sum over all entries{of}, so each {y}[{k}] depends on all of them: "
            f"∂{y}[{k}]/∂{x}[{j}] = {term}. That is {step.factor}, {shape}; {_rows_and_columns(step)}.")  # fmt: skip


def _fused(step: Step) -> str:
    """How ∂L/∂a and ∂a/∂z of the output became this one factor, if they did."""
    plan, factor = step.product.route.plan, step.factor
    if factor.numerator not in plan.lines or factor.denominator in plan.lines[factor.numerator].reads:
        return ""
    fused = fused_delta(plan, factor.numerator)
    return explain_fused(fused, plan, factor.numerator, step.layout) if fused else ""


def _gradient(step: Step, shape: str) -> str:
    jacobian = step.factor.jacobian
    assert jacobian is not None
    y, x = _names(step)
    if step.is_by_entry:
        return f"{y} is a number, and so is its derivative by one entry of {x}."
    if 1 not in jacobian.x and step.form is Form.VEC:
        kind = "a column" if step.layout is Layout.DENOMINATOR else "a row"
        return f"{y} is a scalar: its derivative by {x}, stacked by vec, is, in {step.layout} layout, {kind}, {shape}."
    if 1 not in jacobian.x:
        kind = f"{x}'s own shape" if step.layout is Layout.DENOMINATOR else f"the transpose of {x}'s shape"
        return f"{y} is a scalar: by the matrix {x} its derivative has, in {step.layout} layout, {kind}, {shape}."
    kind = "a column" if step.layout is Layout.DENOMINATOR else "a row"
    kind = "a number" if jacobian.x == (1, 1) else kind
    return f"{y} is a scalar: its derivative by {x} is, in {step.layout} layout, {kind}, {step.factor}, {shape}."


def _diagonal(step: Step) -> str:
    y, x = _names(step)
    return _depends_alone(step, y, x)


def _kinks(step: Step) -> str:
    """A sentence for each function of the line that stands exactly at a kink, with the convention that decides."""
    plan, values = step.product.route.plan, step.product.values
    line = plan.lines.get(step.factor.numerator)
    if line is None or step.factor.numerator == step.factor.denominator:
        return ""
    return " ".join(map(str, kinks(line.expression, plan.shapes, values, by=step.factor.denominator)))


def _depends_alone(step: Step, y: str, x: str) -> str:
    jacobian = step.factor.jacobian
    assert jacobian is not None
    k = "k" if 1 in jacobian.y else "k,l"
    if step.operation is Operation.HADAMARD:
        return (f"Each {y}[{k}] depends on {x}[{k}] alone, so ∂{y}/∂{x} is a diagonal matrix, and multiplying by "
                f"diag(v) is multiplying entry by entry by v = {step.factor}.")  # fmt: skip
    through = "" if 1 in jacobian.y else " through vec,"
    return (f"Each {y}[{k}] depends on {x}[{k}] alone, so{through} ∂{y}/∂{x} is the diagonal matrix {step.factor}, "
            f"{spell_size(step.factor.shape)}, the same in either layout; it is not a vector.")  # fmt: skip


def _kronecker(step: Step, shape: str) -> str:
    jacobian = step.factor.jacobian
    assert jacobian is not None
    y, x = _names(step)
    if step.form is Form.VEC:
        formula = spell(jacobian.numerator_formula(), Spelling.PAPER)
        stacked = f"Stacked to columns by vec, ∂vec({y})/∂vec({x})ᵀ is the matrix {formula}"
        return f"{stacked}; {_rows_and_columns(step)}: {shape}."
    if len(jacobian.shape) == 3:
        operand = _right_operand(step)
        if step.operation is Operation.OUTER:
            return (f"∂{y}/∂{x} is a {spell_size(jacobian.shape)} tensor that is almost all zeros: "
                    f"{_reach(step, operand or '')}. What is left is {step.factor}, {shape}.")  # fmt: skip
        stacked = f"; stacked by vec, it is {spell(jacobian.formula(), Spelling.PAPER)}"
        reach = f": {_reach(step, operand)}" if operand else ""
        return f"{y} is a vector and {x} a matrix, so ∂{y}/∂{x} is a tensor, {shape}{reach}{stacked}."
    through = f"Through vec, ∂vec({y})/∂vec({x})ᵀ = {spell(jacobian.numerator_formula(), Spelling.PAPER)}"
    if step.factor.shape != jacobian.shape:
        return f"{through}; without vec, that is a matrix product with {step.factor}."
    return f"{through}."


def _reach(step: Step, operand: str) -> str:
    """`W2[i, j] reaches only z2[i], with factor a1[j]`."""
    y, x = _names(step)
    if step.factor.denominator in step.product.route.plan.source_target:
        return f"{x}[i, j], from unit i to unit j and so in row j, reaches only {y}[j], with factor {operand}[i]"
    return f"{x}[i, j] reaches only {y}[i], with factor {operand}[j]"


def _right_operand(step: Step) -> str | None:
    """`a1` for z2 = W2 a1."""
    jacobian = step.factor.jacobian
    assert jacobian is not None
    formula = jacobian.numerator_formula()
    if getattr(jacobian, "left", None) is None and isinstance(formula, Call) and formula.function == "kron":
        right = getattr(jacobian, "right", None)
        return spell(right.node, Spelling.PAPER) if right is not None else None
    return None


def _entry(step: Step, shape: str) -> str:
    assert step.entry is not None
    y, x = _names(step)
    i, j = step.entry
    kind = "row" if step.layout is Layout.DENOMINATOR else "column"
    jacobian = step.factor.jacobian
    assert jacobian is not None
    if len(jacobian.shape) == 3 and (operand := _right_operand(step)):
        return (f"By the one entry {step.by} there is no tensor: it reaches only {y}[{i}], with factor "
                f"{operand}[{j}], so ∂{y}/∂{step.by} is the {shape} {kind} {step.factor}.")  # fmt: skip
    by = f"{x}[{i}]" if jacobian.x[1] == 1 else step.by
    return f"∂{y}/∂{by} is one {kind} of ∂{y}/∂{x}, {shape}."


def _joining(step: Step) -> str:
    """Why on this side, and why as this operation."""
    if step.operation is None or step.before is None:
        return "It is the first factor, so there is no product yet."
    side = str(step.side)
    shapes = (spell_size(step.factor.shape), spell_size(step.before.shape))
    left, right = shapes if side == "left" else shapes[::-1]
    after = spell_size(step.after.shape)
    if step.order is Order.FORWARD:
        return _joining_forward(step, f"{left} {step.operation.symbol} {right} = {after}")
    match step.operation:
        case Operation.MATMUL:
            if step.joining.is_turned:
                return f"It joins on the {side} of the transposed product: {left} · {right} = {after}."
            if step.entry is not None:
                return (f"It joins on the {side}: {left} · {right} = {after}, one number of the gradient. Entry by "
                        "entry, such numbers fill the matrix.")  # fmt: skip
            if step.side is not step.layout.side:
                return (
                    f"With every matrix in its own shape, the factor joins on the {side}: {left} · {right} = {after}."
                )
            return f"In {step.layout} layout a new factor joins on the {side}: {left} · {right} = {after}."
        case Operation.HADAMARD:
            return f"Entry by entry, no dimension changes: {left} ⊙ {right} = {after}."
        case Operation.SUM:
            return f"It joins on the {side} as a product with ones, which is that sum: {left} · {right} = {after}."
        case Operation.OUTER:
            return f"It joins on the {side} as an outer product: {left} · {right} = {after}, all pairs of entries."
        case Operation.CONTRACT:
            return _contraction(step, after)
    return ""


def _joining_forward(step: Step, shapes: str) -> str:
    """Why on the side away from the target, and what that costs."""
    y, target = spell_name(step.factor.numerator), spell_name(step.product.name)
    carried = "" if step.entry else f" and each of {target}: {math.prod(step.after.shape)}"
    return (f"Forward accumulation comes from the target: in {step.layout} layout the product {fraction(y, step.by)} "
            f"grows to the {step.side}, {shapes}. It carries one number for each entry of {y}{carried}.")  # fmt: skip


def _contraction(step: Step, after: str) -> str:
    y, x = _names(step)
    of = spell_name(step.product.of)
    operand = _right_operand(step)
    text = f"Summing over {y}'s dimension k contracts it with the product to {after}"
    if operand and step.product.has_gradient:
        outer = f"∂{of}/∂{y} {operand}ᵀ" if step.layout is Layout.DENOMINATOR else f"{operand} ∂{of}/∂{y}"
        return f"{text}: only k = i is not zero, which leaves the outer product {outer}."
    return f"{text}, the derivative by {x}."


def _sum(step: Step) -> str:
    name, of = spell_name(step.product.name), spell_name(step.product.of)
    shape = spell_size(step.after.shape)
    if step.order is Order.FORWARD:
        return (f"{of} reads more than one value that depends on {name}, and changes through each of them: its "
                f"derivative is the sum over the paths, {shape}.")  # fmt: skip
    return (f"{name} is read in more than one place, and {of} changes through each of them: the derivative by {name} "
            f"is the sum over the paths, {shape}.")  # fmt: skip
