"""Weights of layers, written out under the names of PyTorch and Keras, and what they compute by NumPy alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Diagnostic, Diagnostics

Array = NDArray[np.float64]
SIZES = (3, 5, 4, 2)


def stack(sizes: tuple[int, ...] = SIZES, seed: int = 3) -> list[tuple[Array, Array]]:
    """For each layer its matrix, out×in, and its bias; no number is there twice."""
    draw = np.random.default_rng(seed)
    return [(draw.normal(size=(out, into)), draw.normal(size=out)) for into, out in pairwise(sizes)]


def linear(layers: list[tuple[Array, Array]], name: str = "{}", start: int = 0, by: int = 2) -> dict[str, Array]:
    """As PyTorch's `state_dict` has it, activations in between."""
    named: dict[str, Array] = {}
    for number, (matrix, bias) in enumerate(layers):
        prefix = name.format(start + by * number)
        named |= {f"{prefix}.weight": matrix, f"{prefix}.bias": bias}
    return named


def dense(layers: list[tuple[Array, Array]], matrix: str = "{}/kernel", bias: str = "{}/bias") -> dict[str, Array]:
    """As Keras has it: `dense`, `dense_1`, …, in×out."""
    named: dict[str, Array] = {}
    for number, (weight, column) in enumerate(layers):
        layer = f"dense_{number}" if number else "dense"
        named |= {matrix.format(layer): weight.T, bias.format(layer): column}
    return named


def run(layers: list[tuple[Array, Array]], x: Array) -> Array:
    """tanh in every layer; a sample is a row."""
    for matrix, bias in layers:
        x = np.tanh(x @ matrix.T + bias)
    return x


def refusal(function: Any, *arguments: Any, **keywords: Any) -> Diagnostic:
    """The one Diagnostic that is raised."""
    try:
        found = function(*arguments, **keywords)
    except Diagnostic as problem:
        return problem
    except Diagnostics as several:
        raise AssertionError(f"several problems: {several}") from several
    raise AssertionError(f"it is taken: {found}")
