r"""Derivations as LaTeX: a fragment for a paper, or a complete document. Both need amsmath and nothing else.

A fragment is paragraphs and alignments, without sections, so that it can stand anywhere; of a page narrower than 16 cm
its lines may run out. A document takes any number of fragments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from engine.calculus import Layout, Order, Program, Step
from engine.calculus.algebra import transpose
from engine.calculus.latex import CHARACTER, LONGEST, fraction, matrix_latex, size, typeset_latex
from engine.calculus.prose import prose
from engine.formula import Spelling, spell
from engine.formula.latex import PLAIN, Style, latex_name, spell_latex
from engine.formula.latex_text import escape_text
from engine.formula.syntax import Node

MAX_FORMULA = 1_200
"""Characters of the longest formula of a result; of a deep network it says no more than the steps do."""

_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage{amsmath}
\setlength{\textwidth}{16cm}
\setlength{\textheight}{24.5cm}
\setlength{\oddsidemargin}{0cm}
\setlength{\topmargin}{-1.2cm}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5\baselineskip}
\setlength{\emergencystretch}{3em}
\raggedright
\allowdisplaybreaks
\begin{document}
"""


def latex_document(*fragments: str, title: str = "") -> str:
    """A complete document of one or more fragments, each on a page of its own; `title` is plain text."""
    heading = f"\\section*{{{escape_text(title)}}}\n" if title else ""
    return "".join([_PREAMBLE, heading, "\\clearpage\n".join(fragments), "\\end{document}\n"])


def latex_fragment(program: Program, steps: Iterable[Step], *, bold: bool = False) -> str:
    r"""A derivation as paragraphs and alignments, for a document that uses amsmath.

    With `bold`, vectors and matrices are set as \boldsymbol. Raises what computing the steps raises.
    """
    style = derivation_style(program, bold=bold)
    parts = [*_forward_pass(program, style)]
    steps = list(steps)
    if steps:
        parts.append(_conventions(steps[0], program, style))
    parts += (part for step in steps for part in _step(step, program, style))
    return "\n".join(parts) + "\n"


def latex_step(program: Program, step: Step) -> str:
    """One step of a derivation as a paragraph and an alignment, without what stands before the first one.

    Raises what computing the step raises.
    """
    return "\n".join(_step(step, program, derivation_style(program, bold=False))) + "\n"


def derivation_style(program: Program, *, bold: bool, operator: str = PLAIN.operator) -> Style:
    """The style of formulas over a program's values."""
    names = program.plan.shapes.names if bold else ()
    return Style(frozenset(name for name in names if program.plan.shape(name) != (1, 1)), operator)


def forward_lines(program: Program, style: Style) -> Iterator[tuple[str, Node, tuple[int, int]]]:
    """Each line of the program: the LaTeX of its name, its formula, and the value's shape."""
    for line in program.plan.lines.values():
        yield latex_name(line.name, style), line.expression, program.plan.shape(line.name)


def _forward_pass(program: Program, style: Style) -> Iterator[str]:
    shapes = {name: program.plan.shape(name) for name in program.plan.inputs}
    groups = groupby(shapes.items(), key=lambda item: item[1])
    inputs = "; ".join(
        f"{', '.join(f'${latex_name(name, style)}$' for name, _ in group)}: ${size(shape)}$" for shape, group in groups
    )
    yield rf"\textbf{{Forward pass.}} Given are {inputs}."
    lines = list(forward_lines(program, style))
    if all(is_short(expression) for _, expression, _ in lines):
        rows = (rf"{name} &= {spell_latex(node, style)} && ({size(shape)})" for name, node, shape in lines)
        yield "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"
        return
    for name, node, shape in lines:
        yield f"\n${name} = {_breakable(node, style)}$\\quad (${size(shape)}$)\n"


def is_short(node: Node) -> bool:
    """Whether a formula fits into one line."""
    return CHARACTER * len(spell(node, Spelling.PAPER)) < LONGEST


def _breakable(node: Node, style: Style) -> str:
    return rf"\displaystyle {spell_latex(node, replace(style, breakable=True))}"


def _conventions(step: Step, program: Program, style: Style) -> str:
    """What a reader must know to read on."""
    rows, columns = ("denominator", "numerator") if step.layout is Layout.DENOMINATOR else ("numerator", "denominator")
    forward = step.order is Order.FORWARD
    side = step.layout.side.flipped if forward else step.layout.side
    order = "; the factors are multiplied from the target on" if forward else ""
    follow = rf"the rows of $\partial y/\partial x$ follow the {rows} and its columns the {columns}"
    said = [
        rf"\textbf{{Derivative.}} In {step.layout} layout {follow}, so a further factor joins on the {side}{order}.",
        r"Under each matrix stands its shape; $\odot$ is the product entry by entry; indices count from 0.",
    ]
    formulas = " ".join(spell_latex(line.expression, style) for line in program.plan.lines.values())
    if "_{i}" in formulas or "_{j}" in formulas:
        said.append("A function with a subscript $i$ goes down each column, one with $j$ along each row.")
    return " ".join(said) + "\n"


def _step(step: Step, program: Program, style: Style) -> Iterator[str]:
    factor = step.factor
    if factor.jacobian is None:
        about = "the sum over the paths"
    else:
        about = f"${inline_fraction(factor.numerator, step.factor_by, style)}$"
    why = prose(step.why, program.plan.shapes.names, replace(style, breakable=True))
    yield rf"\textbf{{Step {step.index + 1}}}, {about}. {why}"
    typeset = typeset_latex(step, style)
    yield f"\\begin{{align*}}\n{typeset.aligned}\n\\end{{align*}}"
    if typeset.apart:
        yield f"with ${typeset.apart}$.\n"
    if step.is_last:
        yield from _result(step, style)


def inline_fraction(numerator: str, denominator: str, style: Style = PLAIN) -> str:
    r"""`\partial L/\partial W^{(2)}`, for running text."""
    return rf"\partial {latex_name(numerator, style)}/\partial {latex_name(denominator, style)}"


def result_formula(step: Step) -> Node | None:
    """The whole derivative as one formula in the step's layout; None where there is none, or where it is too long."""
    formula = step.product.formula
    if formula is None or len(spell(formula)) > MAX_FORMULA:
        return None
    return formula if step.layout is Layout.DENOMINATOR else transpose(formula)


def _result(step: Step, style: Style) -> Iterator[str]:
    of, target, shown = step.product.of, step.target, step.result
    yield rf"\textbf{{Result}}, ${inline_fraction(of, target, style)}$ in {step.layout} layout, ${size(shown.shape)}$:"
    formula = result_formula(step)
    whole = fraction(of, target, style)
    numbers = matrix_latex(shown) if len(shown.shape) == 2 else ""
    parts: Sequence[str] = [whole]
    if formula is not None and is_short(formula):
        parts = [whole, spell_latex(formula, style)]
    elif formula is not None:
        yield f"\n${whole} = {_breakable(formula, style)}$\n"
    if numbers:
        parts = [*parts, numbers]
    if len(parts) == 1:
        yield "its slices are those of the last step.\n"
        return
    lines = [f"{parts[0]} &= {parts[1]}", *(f"&= {part}" for part in parts[2:])]
    yield "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"
