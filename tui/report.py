"""Derivations and results for a terminal or a pipe: plain text, text in colour, and what a replay says as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from engine.calculus import Layout, Program, Step
from engine.calculus.algebra import transpose
from engine.calculus.cost import Costs
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.calculus.typeset import bracketed, fraction
from engine.formula import spell
from engine.interop import Rosetta
from engine.scenario import Event, Finding


def event_json(event: Event) -> dict[str, Any]:
    """What became of one entry of a script."""
    line: dict[str, Any] = {
        "type": "event", "seq": event.seq, "do": event.do, "ok": event.ok, "factor": event.factor, "step": event.step,
    }  # fmt: skip
    line |= {"say": event.say} if event.say else {}
    return line | ({"failures": list(event.failures)} if event.failures else {})


def finding_json(finding: Finding) -> dict[str, Any]:
    """What a check found, with its place."""
    where = finding.where
    return {
        "type": "finding", "severity": finding.severity, "code": finding.code, "message": finding.message,
        "file": where.file, "line": where.line, "key": where.key,
    }  # fmt: skip


def result_text(step: Step) -> str:
    """The derivative that a derivation comes to, as one formula and as numbers."""
    whole = fraction(step.product.of, step.target)
    formula = step.product.formula
    lines = [] if formula is not None else [f"{whole} ="]
    if formula is not None:
        in_layout = formula if step.layout is Layout.DENOMINATOR else transpose(formula)
        shape = "in" if step.layout is Layout.DENOMINATOR else "the transpose of"
        lines.append(f"{whole} = {spell(in_layout)}   in NumPy, {shape} {step.target}'s own shape")
    if step.entry is not None:
        lines.append(f"and all entries together, {step.layout} layout:")
    lines += [f"    {line}" for line in result_lines(step.result)]
    return "\n".join(lines)


def cost_lines(found: Costs) -> Iterator[tuple[str, str]]:
    """A table for each order: the factor, what multiplying it costs, and how much is carried on."""
    for order, rows, total in (
        ("Reverse: from what is differentiated back to the target", found.reverse, found.reverse_total),
        ("Forward: from the target on", found.forward, found.forward_total),
    ):
        yield "equation", f"{order}. {total:,} multiplications"
        width = max(len(fraction(*_halves(row.factor))) for row in rows)
        yield "program", f"    {'factor':{width}}  {'multiplied':>12}  {'as a matrix':>12}  {'carried on':>12}"
        for row in rows:
            name = fraction(*_halves(row.factor))
            cells = "  ".join(f"{count:>12,}" for count in (row.multiplications, row.explicit, row.memory))
            yield "matrix", f"    {name:{width}}  {cells}"
        yield "", ""


def _halves(factor: str) -> tuple[str, str]:
    numerator, denominator = factor.split("/")
    return numerator[1:], denominator[1:]


def rosetta_lines(found: Rosetta) -> Iterator[tuple[str, str]]:
    """A factor in every tool; calls of one tool that give the same array stand together."""
    y = found.line.split(" = ")[0]
    sizes = f"{y} is {_size(found.y_shape)}, {found.by} is {_size(found.x_shape)}"
    yield "equation", f"{found.index + 1}.  {fraction(y, found.by)} of {found.line}: {sizes}"
    yield "matrix", f"    chainstep, {found.layout} layout: {_size(found.shape)}, {found.order}"
    for (tool, _), same in groupby(found.renditions, key=lambda rendition: (rendition.tool, rendition.axes)):
        renditions = list(same)
        first = renditions[0]
        yield "", ""
        yield "program", f"    {tool}" + ("" if first.is_run else ", by its documentation")
        for rendition in renditions:
            yield from (("matrix", f"        {line}") for line in rendition.code.split("\n"))
        size = _size(first.shape)
        if first.vector_shape != first.shape:
            size += f" ({_size(first.vector_shape)} of vectors with one dimension)"
        yield "matrix", f"    J is {size}, {first.order}"
        yield "result", f"    chainstep's is {first.numpy}"
    yield "", ""


def _size(shape: tuple[int, ...]) -> str:
    return "a number" if not shape else f"{shape[0]} long" if len(shape) == 1 else spell_size(shape)


def rosetta_json(found: Rosetta) -> Iterator[dict[str, Any]]:
    """A factor in every tool, as plain data: one table for each call."""
    for rendition in found.renditions:
        way = rendition.to_chainstep
        yield {
            "type": "rosetta", "index": found.index, "factor": found.factor, "line": found.line,
            "layout": found.layout, "shape": found.shape, "order": found.order,
            "tool": rendition.tool, "call": rendition.call, "code": rendition.code,
            "tool_shape": rendition.shape, "tool_vector_shape": rendition.vector_shape,
            "tool_order": rendition.order, "is_run": rendition.is_run, "numpy": rendition.numpy,
            "to_chainstep": {"reshape": way.split, "transpose": way.permutation, "then_reshape": way.shape},
        }  # fmt: skip


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
