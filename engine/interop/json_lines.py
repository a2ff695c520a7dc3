"""Derivations and their numbers as JSON Lines: what `chainstep … --json` prints, and what it is made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from engine.calculus import Program, Step
from engine.calculus.chain import gradients_of
from engine.calculus.cost import Cost, Costs
from engine.diagnostics import Diagnostic
from engine.formula import Array

if TYPE_CHECKING:
    from engine.calculus.pictures import Shown

MAX_JSON = 5_000_000
"""Entries of the largest matrix or tensor that is written as JSON, about 100 MB."""


def json_lines(program: Program, steps: Iterable[Step], *, with_target: bool = False) -> Iterator[str]:
    """A derivation, one JSON object a line: its steps, and behind the last step of each target a result.

    Raises a Diagnostic `too_large` before anything of such a size is computed, and `not_finite`.
    """
    for step in steps:
        yield json_line(step_json(step, with_target=with_target))
        if step.is_last:
            yield json_line(result_json(step, program))


def json_line(content: object) -> str:
    """One line of JSON."""
    return msgspec.json.encode(content).decode()


def _entries(name: str, shown: Shown) -> Any:
    """The entries as nested lists; raises a Diagnostic `too_large` before anything is computed, or `not_finite`."""
    _check_size(name, shown.shape)
    return _numbers(name, shown.value)


def _check_size(name: str, shape: Iterable[int]) -> None:
    count = math.prod(int(size) for size in shape)
    if count > MAX_JSON:
        raise Diagnostic(
            "too_large",
            f"{name} has {count:,} entries, and at most {MAX_JSON:,} of one value are written as JSON",
            hints=("form hadamard needs no tensors: --form hadamard", "as text, a part of it is shown"),
        )


def _numbers(name: str, value: Array) -> Any:
    if not np.isfinite(value).all():
        raise Diagnostic("not_finite", f"{name} has an entry that is not finite, and JSON has no such number")
    return value.tolist()


def step_json(step: Step, *, with_target: bool = False) -> dict[str, Any]:
    """A step: its factor, how it is joined, the products before and after, and its target where there are several."""
    name, before, after = step.factor.name, step.before, step.after
    line: dict[str, Any] = {
        "type": "step",
        "index": step.index,
        "factor": name,
        "layout": step.layout,
        "form": step.form,
        "shape": [int(size) for size in step.factor.shape],
        "structure": step.factor.structure,
        "formula": step.factor.formula,
        "value": _entries(name, step.factor.shown),
        "side": step.side,
        "operation": step.operation,
        "before_shape": [int(size) for size in before.shape] if before else None,
        "before": _entries(f"the product before {name}", before) if before else None,
        "after_shape": [int(size) for size in after.shape],
        "after": _entries(f"the product after {name}", after),
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
        "value": _entries(f"d{step.product.of}/d{step.target}", result),
        "loss": loss_of(program),
    }


def loss_of(program: Program) -> float | None:
    """The loss, where it is a number."""
    value = program.values[program.loss]
    return float(value.item()) if value.size == 1 else None


def values_json(program: Program) -> dict[str, Any]:
    """Every computed value, a vector with its orientation."""
    for name in program.plan.lines:
        _check_size(name, program.values[name].shape)
    return {name: program.values[name].tolist() for name in program.plan.lines}


def gradients_json(program: Program) -> dict[str, Any]:
    """The gradient by every parameter, in the parameter's own shape; none where there is nothing to differentiate."""
    if program.plan.shape(program.loss) != (1, 1):
        return {}
    try:
        gradients = gradients_of(program)
    except Diagnostic as problem:
        if problem.code != "no_path":
            raise
        return {}
    for name, gradient in gradients.items():
        _check_size(name, gradient.shape)
    return {name: _numbers(f"d{program.loss}/d{name}", gradient) for name, gradient in gradients.items()}


def costs_json(found: Costs) -> dict[str, Any]:
    """What a derivation costs in both orders."""

    def line(cost: Cost) -> dict[str, Any]:
        return {"factor": cost.factor, "multiplications": cost.multiplications, "explicit": cost.explicit,
                "memory": cost.memory}  # fmt: skip

    return {
        "type": "costs", "reverse": [line(cost) for cost in found.reverse],
        "forward": [line(cost) for cost in found.forward],
        "reverse_total": found.reverse_total, "forward_total": found.forward_total,
    }  # fmt: skip
