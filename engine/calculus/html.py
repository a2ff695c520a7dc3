"""Programs, steps, factors and Jacobians for a notebook: HTML in the page's own colours, and one formula of LaTeX.

Nothing is loaded from elsewhere, and nothing has a colour of its own: what is set is the page's text colour, thinner or
bolder, so that it can be read on a light page and on a dark one. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import singledispatch
from html import escape

import numpy as np

from engine.calculus.jacobians import Jacobian
from engine.calculus.latex import fraction as latex_fraction
from engine.calculus.latex import matrix_latex, size, typeset_latex
from engine.calculus.layouts import Layout, spell_size
from engine.calculus.program import Program
from engine.calculus.steps import Factor, Step
from engine.calculus.typeset import MAX_COLUMNS, MAX_ROWS, MAX_SLICES, equation, fraction, spell_cell
from engine.formula import Array, Spelling, spell
from engine.formula.latex import latex_name, spell_latex

_Window = Callable[..., Array]

_BRACKET = (
    "border:solid currentColor;border-width:0 1.5px;border-radius:6px;"
    "border-collapse:separate;border-spacing:0;margin:0"
)
_CELL = "padding:1px 6px;text-align:right;border:0;background:none;font-variant-numeric:tabular-nums"
_CAPTION = "opacity:.75;font-size:85%;text-align:center"
_FORMULA = "font-family:serif;font-size:110%"


@singledispatch
def html(shown: object) -> str:
    """The HTML of a Program, Step, Factor or Jacobian."""
    raise TypeError(f"a {type(shown).__name__} has no HTML")


@singledispatch
def latex(shown: object) -> str:
    """The LaTeX of a Program, Step, Factor or Jacobian, for math mode."""
    raise TypeError(f"a {type(shown).__name__} has no LaTeX")


# ---- programs --------------------------------------------------------------------------------------------------------


@html.register
def _(program: Program) -> str:
    rows = [(name, "given", program.plan.shape(name)) for name in program.plan.inputs]
    rows += [
        (line.name, spell(line.expression, Spelling.PAPER), program.plan.shape(line.name))
        for line in program.plan.lines.values()
    ]
    title = f"<div><b>{escape(program.title)}</b></div>" if program.title else ""
    return f"<div>{title}{_table(('value', 'formula', 'shape'), [(a, b, spell_size(c)) for a, b, c in rows])}</div>"


@latex.register
def _(program: Program) -> str:
    lines = (
        f"{latex_name(line.name)} & = {spell_latex(line.expression)} && ({size(program.plan.shape(line.name))})"
        for line in program.plan.lines.values()
    )
    return _aligned(lines)


# ---- steps and factors -----------------------------------------------------------------------------------------------


@html.register
def _(step: Step) -> str:
    side = f", on the {step.side}" if step.side else ""
    about = f"step {step.index + 1} · {step.layout} layout · {step.operation or 'first factor'}{side}"
    parts = [_matrix(step.factor.shown.window, step.factor.shape, step.layout)]
    if step.before is not None and step.operation is not None:
        before = _matrix(step.before.window, step.before.shape, step.layout)
        pair = [parts[0], before] if step.side == "left" else [before, parts[0]]
        parts = [pair[0], _sign(step.operation.symbol), pair[1], _sign("=")]
        parts.append(_matrix(step.after.window, step.after.shape, step.layout))
    return (
        f'<div><div style="{_CAPTION};text-align:left">{escape(about)}</div>'
        f'<div style="{_FORMULA}">{escape(equation(step))}</div>{_beside(parts)}'
        f'<div style="max-width:48em">{escape(step.why)}</div></div>'
    )


@latex.register
def _(step: Step) -> str:
    typeset = typeset_latex(step)
    apart = [typeset.apart.replace(r"\displaystyle ", "").replace(" = ", " & = ", 1)] if typeset.apart else []
    return _aligned([typeset.aligned, *apart])


@html.register
def _(factor: Factor) -> str:
    about = f"{factor.layout} layout · {factor.structure} · {spell_size(factor.shape)}"
    head = f"{fraction(factor.numerator, factor.denominator)} = {factor}"
    head += " over vec" if len(factor.shape) == 3 else ""
    return _single(head, about, _matrix(factor.shown.window, factor.shape, factor.layout))


@latex.register
def _(factor: Factor) -> str:
    node = factor.node
    formula = spell_latex(node) if node is not None and len(factor.shape) == 2 else ""
    numbers = matrix_latex(factor.shown) if len(factor.shape) == 2 else f"({size(factor.shape)})"
    left = latex_fraction(factor.numerator, factor.denominator)
    return " = ".join(part for part in (left, formula, rf"\underbrace{{{numbers}}}_{{{size(factor.shape)}}}") if part)


# ---- Jacobians -------------------------------------------------------------------------------------------------------


@html.register
def _(jacobian: Jacobian) -> str:
    about = f"{jacobian.layout} layout · {jacobian.structure} · {spell_size(jacobian.shape)}"
    head = str(jacobian) if len(jacobian.shape) == 2 else f"{jacobian} over vec"
    numbers = _matrix(jacobian.window, jacobian.shape, jacobian.layout) if jacobian.values else ""
    return _single(head, about, numbers)


@latex.register
def _(jacobian: Jacobian) -> str:
    formula = spell_latex(jacobian.formula())
    if len(jacobian.shape) == 2:
        return rf"\underbrace{{{formula}}}_{{{size(jacobian.shape)}}}"
    return rf"{formula} \text{{ over vec, a tensor }} {size(jacobian.shape)}"


# ---- parts -----------------------------------------------------------------------------------------------------------


def _aligned(lines: Iterable[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _single(head: str, about: str, matrix: str) -> str:
    caption = f'<div style="{_CAPTION};text-align:left">{escape(about)}</div>'
    return f'<div><div style="{_FORMULA}">{escape(head)}</div>{caption}{_beside([matrix]) if matrix else ""}</div>'


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cell = "padding:1px 10px;text-align:left;border:0;background:none"
    titles = "".join(f'<th style="{cell};{_CAPTION};text-align:left">{escape(title)}</th>' for title in head)
    body = "".join(
        "<tr>" + "".join(f'<td style="{cell};{_FORMULA}">{escape(text)}</td>' for text in row) + "</tr>" for row in rows
    )
    return f'<table style="border-collapse:collapse"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>'


def _sign(text: str) -> str:
    return f'<div style="align-self:center">{escape(text)}</div>'


def _beside(parts: Iterable[str]) -> str:
    style = "display:flex;flex-wrap:wrap;gap:.6em;align-items:flex-start;margin:.4em 0;overflow-x:auto"
    return f'<div style="{style}">{"".join(parts)}</div>'


def _matrix(window: _Window, shape: tuple[int, ...], layout: Layout) -> str:
    """A matrix with its shape underneath, or a tensor as one matrix for each k."""
    caption = f'<div style="{_CAPTION}">{spell_size(shape)}</div>'
    if len(shape) == 3:
        axis = 2 if layout is Layout.DENOMINATOR else 0
        box = window(*(slice(0, MAX_SLICES if place == axis else MAX_ROWS) for place in range(3)))
        rest = tuple(size for place, size in enumerate(shape) if place != axis)
        slices = [_entries(np.asarray(box.take(k, axis)), rest) for k in range(box.shape[axis])]
        slices += [_sign("…")] if shape[axis] > MAX_SLICES else []
        return f"<div>{_beside(slices)}{caption}</div>"
    return f"<div>{_entries(window(slice(0, MAX_ROWS), slice(0, MAX_COLUMNS)), shape)}{caption}</div>"


def _entries(cut: Array, shape: tuple[int, ...]) -> str:
    rows = [[spell_cell(value) for value in row] for row in cut]
    if shape[1] > cut.shape[1]:
        rows = [[*row, "…"] for row in rows]
    if shape[0] > cut.shape[0]:
        rows.append(["⋮"] * len(rows[0]))
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    return f'<table style="{_BRACKET}"><tbody>{body}</tbody></table>'
