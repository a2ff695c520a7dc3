"""Derivations and results for a terminal or a pipe: JSON Lines, plain text, and text in colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from engine.calculus import Program, Step
from engine.calculus.products import Shown
from engine.calculus.typeset import bracketed, fraction
from engine.formula import spell
from engine.session import gradients_of


def json_line(content: object) -> str:
    """One line of JSON."""
    return msgspec.json.encode(content).decode()


def _entries(shown: Shown) -> Any:
    return shown.value.tolist()


def step_json(step: Step, *, with_target: bool) -> dict[str, Any]:
    """A step as the command line's contract says."""
    before, after = step.before, step.after
    line: dict[str, Any] = {
        "type": "step",
        "index": step.index,
        "factor": step.factor.name,
        "layout": step.layout,
        "form": step.form,
        "shape": [int(size) for size in step.factor.shape],
        "structure": step.factor.structure,
        "formula": step.factor.formula,
        "value": _entries(step.factor.shown),
        "side": step.side,
        "operation": step.operation,
        "before_shape": [int(size) for size in before.shape] if before else None,
        "before": _entries(before) if before else None,
        "after_shape": [int(size) for size in after.shape],
        "after": _entries(after),
        "why": step.why,
    }
    if with_target:
        line["target"] = step.target
    if step.entry is not None:
        line["entry"] = list(step.entry)
    return line


def result_json(step: Step, program: Program) -> dict[str, Any]:
    """What a derivation comes to, after its last step."""
    result = step.result
    return {
        "type": "result",
        "of": step.product.of,
        "target": step.target,
        "layout": step.layout,
        "shape": [int(size) for size in result.shape],
        "value": _entries(result),
        "loss": loss_of(program),
    }


def loss_of(program: Program) -> float | None:
    """The loss, where it is a number."""
    value = program.values[program.loss]
    return float(value.item()) if value.size == 1 else None


def values_json(program: Program) -> dict[str, Any]:
    """Every computed value, a vector with its orientation."""
    return {name: program.values[name].tolist() for name in program.plan.lines}


def gradients_json(program: Program) -> dict[str, Any]:
    """The gradient by every parameter, in the parameter's own shape."""
    if program.plan.shape(program.loss) != (1, 1):
        return {}
    return {name: gradient.tolist() for name, gradient in gradients_of(program).items()}


def result_text(step: Step) -> str:
    """The derivative that a derivation comes to, as one formula and as numbers."""
    whole = fraction(step.product.of, step.target)
    formula = step.product.formula
    lines = [f"{whole} = {spell(formula)}   in NumPy, in {step.target}'s own shape"] if formula is not None else []
    if step.entry is not None:
        lines.append(f"and all entries together, {step.layout} layout:")
    lines += [f"    {line}" for line in result_lines(step.result)]
    return "\n".join(lines)


def result_lines(result: Shown, most: int = 12) -> list[str]:
    """A matrix in brackets, cut where it is large."""
    if len(result.shape) == 3:
        return [f"a tensor, {'×'.join(str(int(size)) for size in result.shape)}: --json shows its entries"]
    rows, columns = result.shape
    cut = result.window(slice(0, most), slice(0, most))
    return bracketed(cut, more_rows=rows > most, more_columns=columns > most)


def derivation_lines(program: Program, steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    """A derivation line by line, each with the role that decides its colour: program, equation, matrix, why, result."""
    for line in str(program).split("\n"):
        yield "program", line
    yield "", ""
    for step in steps:
        equation, *matrices, why = str(step).split("\n")
        yield "equation", equation
        for line in matrices:
            yield "matrix", line
        yield "why", why
        yield "", ""
        if step.is_last:
            for line in result_text(step).split("\n"):
                yield "result", line
            yield "", ""


STYLES = {"program": "dim", "equation": "bold cyan", "matrix": "", "why": "italic", "result": "bold green", "": ""}


def print_in_colour(lines: Iterable[tuple[str, str]]) -> None:
    """Print on a terminal, by rich, which follows NO_COLOR and the terminal's width."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for role, line in lines:
        if role == "why":
            indent = 4
            console.print(Text(line.strip(), STYLES[role]), width=min(console.width, 100 + indent), soft_wrap=False)
        else:
            console.print(Text(line, STYLES[role]), soft_wrap=True)
