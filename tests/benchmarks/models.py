"""The networks that are measured, and backpropagation through them as one writes it by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine import Network, Program
from engine.formula import Array

Values = dict[str, Array]


@dataclass(frozen=True)
class Model:
    """ReLU layers, a sigmoid layer, and half the squared error of one sample."""

    sizes: tuple[int, ...]

    def __str__(self) -> str:
        return "-".join(map(str, self.sizes))

    @property
    def depth(self) -> int:
        return len(self.sizes) - 1

    @cached_property
    def program(self) -> Program:
        return Network(self.sizes, ["relu"] * (self.depth - 1) + ["sigmoid"]).program(seed=11)

    @cached_property
    def samples(self) -> list[Values]:
        """Inputs and targets, so that no call sees the numbers of the one before."""
        generator = np.random.default_rng(5)
        shapes = {"x": (self.sizes[0], 1), "y": (self.sizes[-1], 1)}
        return [{name: generator.uniform(0.1, 0.9, shape) for name, shape in shapes.items()} for _ in range(64)]

    def fresh_programs(self, count: int) -> list[Program]:
        """Programs with numbers of their own, of which nothing has been computed."""
        return [self.program.with_values(self.samples[index % 64]) for index in range(count)]

    def fresh_values(self, count: int) -> list[Values]:
        return [dict(self.program.inputs) | self.samples[index % 64] for index in range(count)]

    @property
    def by_hand(self) -> Callable[[Values], Values]:
        """The forward pass, the loss, and the gradients of all weights."""
        return {1: _one_layer, 2: _two_layers, 3: _three_layers}[self.depth]


def _sigmoid(z: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-z))


def _one_layer(v: Values) -> Values:
    x, y, W1 = v["x"], v["y"], v["W1"]
    a1 = _sigmoid(W1 @ x)
    error = a1 - y
    loss = 0.5 * (error**2).sum()
    d1 = error * a1 * (1.0 - a1)
    return {"L": loss, "W1": d1 @ x.T}


def _two_layers(v: Values) -> Values:
    x, y, W1, W2 = v["x"], v["y"], v["W1"], v["W2"]
    z1 = W1 @ x
    a1 = np.maximum(z1, 0.0)
    a2 = _sigmoid(W2 @ a1)
    error = a2 - y
    loss = 0.5 * (error**2).sum()
    d2 = error * a2 * (1.0 - a2)
    d1 = (W2.T @ d2) * (z1 > 0)
    return {"L": loss, "W1": d1 @ x.T, "W2": d2 @ a1.T}


def _three_layers(v: Values) -> Values:
    x, y, W1, W2, W3 = v["x"], v["y"], v["W1"], v["W2"], v["W3"]
    z1 = W1 @ x
    a1 = np.maximum(z1, 0.0)
    z2 = W2 @ a1
    a2 = np.maximum(z2, 0.0)
    a3 = _sigmoid(W3 @ a2)
    error = a3 - y
    loss = 0.5 * (error**2).sum()
    d3 = error * a3 * (1.0 - a3)
    d2 = (W3.T @ d3) * (z2 > 0)
    d1 = (W2.T @ d2) * (z1 > 0)
    return {"L": loss, "W1": d1 @ x.T, "W2": d2 @ a1.T, "W3": d3 @ a2.T}
