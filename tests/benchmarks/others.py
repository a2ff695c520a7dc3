"""The same network in PyTorch and in micrograd: gradients, and the chain of explicit Jacobians."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from micrograd.engine import Value
from torch import Tensor

from tests.benchmarks.models import Values

torch.set_num_threads(1)

Tensors = dict[str, Tensor]
Jacobian = Callable[[Callable[..., Tensor], Sequence[Tensor], int], Tensor]


def tensors(values: Values) -> Tensors:
    """The weights as leaves that want a gradient, x and y as data."""
    return {name: torch.tensor(value, requires_grad=name.startswith("W")) for name, value in values.items()}


def _loss(a2: Tensor, y: Tensor) -> Tensor:
    return 0.5 * ((a2 - y) ** 2).sum()


def torch_backward(v: Tensors) -> Tensors:
    """Two layers forward, and `.backward()`."""
    a1 = torch.relu(v["W1"] @ v["x"])
    loss = _loss(torch.sigmoid(v["W2"] @ a1), v["y"])
    loss.backward()
    gradients = {name: v[name].grad for name in ("W1", "W2")}
    return {name: gradient for name, gradient in gradients.items() if gradient is not None}


def by_jacrev(function: Callable[..., Tensor], arguments: Sequence[Tensor], position: int) -> Tensor:
    """∂function/∂one argument with `torch.func.jacrev`."""
    return torch.func.jacrev(function, argnums=position)(*arguments)


def by_functional(function: Callable[..., Tensor], arguments: Sequence[Tensor], position: int) -> Tensor:
    """∂function/∂one argument with `torch.autograd.functional.jacobian`, which differentiates by all of them."""

    def of_one(argument: Tensor) -> Tensor:
        return function(*(*arguments[:position], argument, *arguments[position + 1 :]))

    return torch.autograd.functional.jacobian(of_one, arguments[position])


def jacobian_chain(jacobian: Jacobian) -> Callable[[Tensors], Tensors]:
    """Two layers forward, every factor as an explicit Jacobian in numerator layout, and their products."""

    def run(v: Tensors) -> Tensors:
        x, y, W1, W2 = (v[name].detach() for name in ("x", "y", "W1", "W2"))
        x, y = x[:, 0], y[:, 0]
        z1 = W1 @ x
        a1 = torch.relu(z1)
        z2 = W2 @ a1
        a2 = torch.sigmoid(z2)
        dL_da2 = jacobian(_loss, (a2, y), 0)  # (10,)
        da2_dz2 = jacobian(torch.sigmoid, (z2,), 0)  # (10, 10)
        dz2_dW2 = jacobian(torch.mv, (W2, a1), 0)  # (10, 10, 128)
        dz2_da1 = jacobian(torch.mv, (W2, a1), 1)  # (10, 128)
        da1_dz1 = jacobian(torch.relu, (z1,), 0)  # (128, 128)
        dz1_dW1 = jacobian(torch.mv, (W1, x), 0)  # (128, 128, 784)
        dL_dz2 = dL_da2 @ da2_dz2
        dL_dz1 = dL_dz2 @ dz2_da1 @ da1_dz1
        return {"W1": torch.tensordot(dL_dz1, dz1_dW1, 1), "W2": torch.tensordot(dL_dz2, dz2_dW2, 1)}

    return run


Numbers = dict[str, list[list[float]]]


def numbers(values: Values) -> Numbers:
    """Nested lists, as micrograd reads them."""
    return {name: value.tolist() for name, value in values.items()}


def micrograd_backward(v: Numbers) -> dict[str, Any]:
    """Two layers of scalars forward, and `.backward()`."""
    W1, W2 = ([[Value(entry) for entry in row] for row in v[name]] for name in ("W1", "W2"))
    a1 = [_weighted(row, [entry for (entry,) in v["x"]]).relu() for row in W1]
    a2 = [_sigmoid(_weighted(row, a1)) for row in W2]
    loss = sum(((a - y) ** 2 for a, (y,) in zip(a2, v["y"], strict=True)), Value(0.0)) * 0.5
    loss.backward()
    return {name: [[entry.grad for entry in row] for row in W] for name, W in (("W1", W1), ("W2", W2))}


def _weighted(weights: Sequence[Value], inputs: Sequence[Any]) -> Value:
    total = weights[0] * inputs[0]
    for weight, entry in zip(weights[1:], inputs[1:], strict=True):
        total = total + weight * entry
    return total


def _sigmoid(z: Value) -> Value:
    """micrograd has no exponential: an operation of one's own, written as its own operations are."""
    out = Value(1.0 / (1.0 + math.exp(-z.data)), (z,), "sigmoid")

    def backward() -> None:
        z.grad += out.data * (1.0 - out.data) * out.grad

    out._backward = backward
    return out
