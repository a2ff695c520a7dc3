"""Derivations as plain text: matrices in brackets, side by side, with their shapes underneath."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.calculus.layouts import Form, Layout, Operation, Order, Side, spell_size
from engine.formula import Array
from engine.formula.printer import spell_name

if TYPE_CHECKING:
    from engine.calculus.pictures import Shown
    from engine.calculus.steps import Step

MAX_ROWS, MAX_COLUMNS, MAX_SLICES = 8, 8, 4
"""Larger matrices are cut, with … where entries are left out."""
DECIMALS = 4


def fraction(numerator: str, denominator: str) -> str:
    """`∂z3/∂a2`; either may have an index, as in `∂z3[k]/∂a2[i]`."""
    return f"∂{_spell_entry(numerator)}/∂{_spell_entry(denominator)}"


def _spell_entry(name: str) -> str:
    name, bracket, index = name.partition("[")
    return spell_name(name) + bracket + index


def stacked_fraction(step: Step) -> str:
    """`∂vec(z2)/∂vec(W2)ᵀ`: what the formula of a tensor is of, in denominator layout the transpose."""
    y, x = spell_name(step.factor.numerator), spell_name(step.factor.denominator)
    marks = ("ᵀ", "") if step.layout is Layout.DENOMINATOR else ("", "ᵀ")
    return f"∂vec({y}){marks[0]}/∂vec({x}){marks[1]}"


def typeset_step(step: Step) -> str:
    """A step as a derivation is written down: the equation, the matrices with their shapes, and why."""
    factor, layout = step.factor, step.layout
    shown = [matrix_block(factor.shown, layout)]
    if step.before is not None and step.operation is not None:
        before = matrix_block(step.before, layout)
        pair = [shown[0], before] if step.side is Side.LEFT else [before, shown[0]]
        shown = [pair[0], [step.symbol], pair[1], ["="], matrix_block(step.after, layout)]
    head = f"{step.index + 1}.  {equation(step)}"
    return "\n".join([head, *(f"    {line}" for line in beside(shown)), f"    {step.why}"])


def equation(step: Step) -> str:
    """`∂L/∂a2 = ∂z3/∂a2 · ∂L/∂z3 = W3ᵀ · ∂L/∂z3`."""
    factor, product, upstream = step.factor, step.product, step.upstream
    whole = fraction(product.of, step.by)
    if step.form is Form.INDEX and factor.jacobian is not None and step.order is Order.REVERSE:
        return _index_equation(step)
    if step.operation is None or upstream is None:
        return f"{stacked_fraction(step)} = {factor}" if len(factor.shape) == 3 else f"{whole} = {factor}"
    if factor.jacobian is None:
        return f"{whole} = the sum over the paths"
    local = fraction(factor.numerator, step.factor_by)
    before = fraction(upstream.of, step.by if step.order is Order.FORWARD else upstream.name)
    if step.joining.is_turned:
        before = f"({before})ᵀ"
    if step.operation is Operation.CONTRACT and step.order is Order.FORWARD:
        u = factor.denominator
        return f"{whole} = Σₖ {fraction(f'{u}[k]', upstream.name)} · {fraction(factor.numerator, f'{u}[k]')}"
    if step.operation is Operation.CONTRACT:
        return f"{whole} = Σₖ {fraction(f'{factor.numerator}[k]', factor.denominator)} · {before}[k]"
    symbol = f" {step.symbol} "
    if step.side is Side.LEFT:
        text = f"{whole} = {local}{symbol}{before} = {factor.operand}{symbol}{before}"
    else:
        text = f"{whole} = {before}{symbol}{local} = {before}{symbol}{factor.operand}"
    if step.operation is Operation.SUM:  # a product with ones
        axis = 0 if step.side is Side.LEFT else 1
        return f"{text} = sum({before}, axis={axis})"
    return text


def _index_equation(step: Step) -> str:
    """`∂L/∂W2[i,j] = Σₖ ∂L/∂z2[k] ∂z2[k]/∂W2[i,j] = Σₖ ∂L/∂z2[k] δ[k,i] a1[j]`."""
    factor, of = step.factor, step.product.of
    jacobian = factor.jacobian
    assert jacobian is not None
    y, x = index_names(jacobian.y, "kl"), index_names(jacobian.x, "ij")
    is_swapped = factor.denominator in step.product.route.plan.source_target
    spelled = jacobian.index_formula(y, ",".join(reversed(x.split(","))) if is_swapped else x)
    by = f"{factor.denominator}[{x}]" if x else factor.denominator
    numerator = f"{factor.numerator}[{y}]" if y else factor.numerator
    if step.upstream is None:
        return f"{fraction(numerator, by)} = {spelled}"
    sign = f"Σ{y.replace(',', '')} " if y else ""
    product = fraction(of, numerator)
    return f"{fraction(of, by)} = {sign}{product} {fraction(numerator, by)} = {sign}{product} {spelled}"


def index_names(shape: tuple[int, int], letters: str) -> str:
    """The indices of a value: none for a scalar, one for a vector, two for a matrix."""
    count = (shape[0] > 1) + (shape[1] > 1)
    return ",".join(letters[:count])


def matrix_block(shown: Shown, layout: Layout) -> list[str]:
    """The lines of a matrix in brackets with its shape underneath; a tensor ∂y/∂x as one matrix for each y[k]."""
    shape = spell_size(shown.shape)
    if len(shown.shape) == 3:
        box = shown.window(*(slice(0, MAX_ROWS) for _ in shown.shape))
        axis = 2 if layout is Layout.DENOMINATOR else 0
        parts: list[list[str]] = []
        for number in range(min(MAX_SLICES, box.shape[axis])):
            parts += [[","]] if number else []
            parts.append(bracketed(np.asarray(box.take(number, axis))))
        if shown.shape[axis] > MAX_SLICES:
            parts.append([", …"])
        lines = beside(parts, gap="")
    else:
        rows, columns = shown.shape
        cut = shown.window(slice(0, MAX_ROWS), slice(0, MAX_COLUMNS))
        lines = bracketed(cut, more_rows=rows > MAX_ROWS, more_columns=columns > MAX_COLUMNS)
    width = max(len(line) for line in lines)
    return [*(line.ljust(width) for line in lines), shape.center(width)]


def bracketed(matrix: Array, *, more_rows: bool = False, more_columns: bool = False) -> list[str]:
    """`⎡ 1.0000 ⎤` and so on: all numbers in one width, aligned at the decimal point."""
    cells = [[spell_cell(value) for value in row] for row in np.atleast_2d(matrix)]
    width = max(len(cell) for row in cells for cell in row)
    rows = ["  ".join(cell.rjust(width) for cell in row) + ("  …" if more_columns else "") for row in cells]
    if more_rows:
        rows.append("⋮".rjust(width).ljust(len(rows[0])))
    return [_bracket(row, number, len(rows)) for number, row in enumerate(rows)]


def _bracket(row: str, number: int, count: int) -> str:
    if count == 1:
        return f"[ {row} ]"
    left, right = ("⎡", "⎤") if number == 0 else ("⎣", "⎦") if number == count - 1 else ("⎢", "⎥")
    return f"{left} {row} {right}"


def spell_cell(value: float, decimals: int | None = DECIMALS) -> str:
    """A number in fixed decimals; exact zeros and ones short, very small or large ones with an exponent.

    With None for the decimals it has all digits that tell it from every other number.
    """
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return str(value)
    if value == round(value) and abs(value) < 1000:
        return f"{value:.0f}"
    if decimals is None:
        return repr(float(value))
    if abs(value) < 0.5 * 10**-decimals or abs(value) >= 10**6:
        return f"{value:.1e}"
    return f"{value:.{decimals}f}"


def beside(blocks: Sequence[Sequence[str]], gap: str = " ") -> list[str]:
    """Blocks of text side by side; a block's last line is its caption, and operators stand beside the middle."""
    height = max(len(block) for block in blocks)
    columns = []
    for block in blocks:
        width = max(len(line) for line in block)
        lines = [line.ljust(width) for line in block]
        if len(lines) == 1:
            top = (height - 1) // 2
            lines = [" " * width] * top + lines
        elif len(lines) < height:  # keep the caption at the bottom
            top = (height - len(lines)) // 2
            lines = [" " * width] * top + lines[:-1] + [" " * width] * (height - len(lines) - top) + lines[-1:]
        lines += [" " * width] * (height - len(lines))
        columns.append(lines)
    return [gap.join(parts).rstrip() for parts in zip(*columns, strict=True)]
