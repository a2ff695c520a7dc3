r"""Derivations as Markdown with LaTeX between dollar signs, as GitHub and Jupyter set it.

GitHub refuses \operatorname and \phantom, so names of functions are set with \mathrm. Sentences stay plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from engine.calculus import Program, Step
from engine.calculus.latex import fraction, matrix_latex, size, typeset_latex
from engine.calculus.layouts import spell_size
from engine.calculus.typeset import fraction as plain_fraction
from engine.formula.latex import Style, spell_latex
from engine.interop.latex import derivation_style, forward_lines, result_formula

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~&])")


def markdown(program: Program, steps: Iterable[Step], *, title: str = "", bold: bool = False) -> str:
    r"""A derivation as Markdown: the forward pass, a table of the factors, and a section for each step.

    With `bold`, vectors and matrices are set as \boldsymbol. Raises what computing the steps raises.
    """
    style = derivation_style(program, bold=bold, operator=r"\mathrm")
    steps = list(steps)
    parts = [f"# {escape_markdown(title or program.title or 'Derivation')}", "## Forward pass", _inputs(program)]
    lines = [
        rf"{name} & = {spell_latex(node, style)} && ({size(shape)})"
        for name, node, shape in forward_lines(program, style)
    ]
    parts.append(_aligned(lines))
    parts += ["## Factors", _factors(steps)]
    for step in steps:
        parts += _step(step, style)
    return "\n\n".join(parts) + "\n"


def escape_markdown(text: str) -> str:
    """Plain text as Markdown that shows just that."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def display(tex: str) -> str:
    """A formula on lines of its own."""
    return f"$$\n{tex}\n$$"


def _aligned(lines: Iterable[str]) -> str:
    return display("\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}")


def _inputs(program: Program) -> str:
    shapes = [(name, program.plan.shape(name)) for name in program.plan.inputs]
    return _table(("input", "shape"), [(f"`{name}`", spell_size(shape)) for name, shape in shapes])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _factors(steps: Iterable[Step]) -> str:
    rows = []
    for step in steps:
        factor = step.factor
        name = plain_fraction(factor.numerator, step.factor_by) if factor.jacobian is not None else "sum over paths"
        rows.append((
            str(step.index + 1), escape_markdown(name), escape_markdown(spell_size(factor.shape)), factor.structure,
            f"{step.operation or 'first'}{f', on the {step.side}' if step.side else ''}",
            spell_size(step.after.shape),
        ))  # fmt: skip
    return _table(("step", "factor", "shape", "structure", "joined", "product"), rows)


def _step(step: Step, style: Style) -> Iterator[str]:
    whole = plain_fraction(step.product.of, step.by)
    yield f"## {step.index + 1}. {escape_markdown(whole)}"
    yield escape_markdown(step.why)
    typeset = typeset_latex(step, style)
    yield _aligned([typeset.aligned])
    if typeset.apart:
        yield "with"
        yield display(typeset.apart.removeprefix(r"\displaystyle ").replace(r"\allowbreak ", ""))
    if step.is_last:
        yield from _result(step, style)


def _result(step: Step, style: Style) -> Iterator[str]:
    of, target, shown = step.product.of, step.target, step.result
    yield f"**Result**, {step.layout} layout, {spell_size(shown.shape)}:"
    formula = result_formula(step)
    parts = [fraction(of, target, style)]
    parts += [spell_latex(formula, style)] if formula is not None else []
    parts += [matrix_latex(shown)] if len(shown.shape) == 2 else []
    if len(parts) == 1:
        yield "its slices are those of the last step."
        return
    yield _aligned([f"{parts[0]} & = {parts[1]}", *(f" & = {part}" for part in parts[2:])])
