"""Cases as scenario files and as Programs: `scenario_text(case)`, `program_of(case)`, `derivative_of(case)`.

A case has `shapes` and a `forward` program; it may have `given` values and say how the others are `drawn`. An identity
has its one `expression`, a worked example its `program`, all of whose inputs are given.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine import Program

Case = Mapping[str, Any]
Array = np.ndarray

FOLDER = Path(__file__).parent


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of `name`.toml in this folder."""
    tables = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    (found,) = tables.values()
    return found


def derivative_of(case: Case) -> tuple[str, str]:
    """What is differentiated and what by: ("L", "W1") for the target dL/dW1."""
    match = re.fullmatch(r"d(\w+)/d(\w+)", case["target"])
    assert match is not None, case["target"]
    return match[1], match[2]


def drawn(kind: str, shape: list[int], generator: np.random.Generator) -> Array:
    """Numbers of a kind: normal, or as `drawn` says."""
    array = generator.normal(size=shape)
    hot = np.argmax(array, axis=0 if kind == "onehot_cols" else -1)
    match kind:
        case "normal":
            return array
        case "uniform01":
            return generator.uniform(0.1, 0.9, size=shape)
        case "positive":
            return np.abs(array) + 0.5
        case "binary":
            return (array > 0).astype(float)
        case "onehot_cols":
            return np.eye(shape[0])[hot].T
        case "onehot_rows":
            return np.eye(shape[1])[hot]
        case "prob_cols":
            return np.exp(array) / np.exp(array).sum(axis=0)
        case "nonsing":
            return array + 3 * np.eye(shape[0])
        case "sym":
            return (array + array.T) / 2
    raise AssertionError(kind)


def values_of(case: Case, seed: int = 11) -> dict[str, Array]:
    """A value for every variable of a case, away from the kinks of a ReLU: entries are at least 0.05 in size."""
    generator = np.random.default_rng(seed)
    kinds, given = case.get("drawn", {}), case.get("given", {})
    values = {}
    shapes = case.get("shapes") or {name: np.shape(value) for name, value in given.items()}
    for name, shape in shapes.items():
        array = drawn(kinds.get(name, "normal"), shape, generator)
        if name not in kinds:
            array = np.where(np.abs(array) < 0.05, 0.05, array)
        values[name] = np.array(given[name], dtype=float) if name in given else array
    return values


def scenario_text(case: Case, values: Mapping[str, Array] | None = None) -> str:
    """The case as a scenario file with a `[program]`, every input of it a parameter."""
    values = values_of(case) if values is None else values
    shapes = ", ".join(f"{name} = {list(np.shape(value))}" for name, value in values.items())
    lines = [
        "schema = 1",
        f"title = {json.dumps(case['source'][:200], ensure_ascii=False)}",
        "",
        "[program]",
        f"shapes = {{ {shapes} }}",
        "forward = [",
        *(f"    {json.dumps(line)}," for line in forward_of(case)),
        "]",
        f"parameters = {json.dumps(list(values))}",
        "",
        "[values]",
        *(f"{name} = {np.asarray(value).tolist()}" for name, value in values.items()),
    ]
    return "\n".join(lines) + "\n"


def forward_of(case: Case) -> list[str]:
    """The lines of a case's program; an identity's expression is called f."""
    if "expression" in case:
        return [f"f = {case['expression']}"]
    return list(case["forward" if "forward" in case else "program"])


def program_of(case: Case, values: Mapping[str, Array] | None = None) -> Program:
    """The case as a Program, every input of it a parameter."""
    values = values_of(case) if values is None else values
    shapes = {name: np.shape(value) for name, value in values.items()}
    return Program(forward_of(case), shapes, values, parameters=list(shapes))
