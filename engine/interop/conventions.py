"""What the names of arrays say in PyTorch and Keras: which belong to one layer, which way its matrix lies, and in what
order the layers come.

A matrix called `weight` is out×in: `torch.nn.Linear` computes x Wᵀ + b. One called `kernel` is in×out, and so is the
first of the `vars` of a `keras.layers.Dense`, which computes x W + b. Sources: the documentation of `torch.nn.Linear`,
`keras.layers.Dense`, and of the layout of Keras 3 `.weights.h5` files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics import Diagnostic, Where
from engine.formula import spell_shape
from engine.interop.tensors import Tensor

_NAME = re.compile(r"(?:(?P<layer>.*)[./])?(?P<role>weight|kernel|bias|vars/[01])(?::0)?")
OUT_BY_IN = {"weight": True, "kernel": False}
"""Which way a matrix of this name lies."""
_ROLES = {"vars/0": "kernel", "vars/1": "bias"}


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """A Linear or Dense layer of a source."""

    name: str
    """`layers.2`, `dense_1`; empty for a layer alone."""
    weight: Tensor
    """A matrix."""
    bias: Tensor | None
    is_out_by_in: bool

    @property
    def sizes(self) -> tuple[int, int]:
        """Units out and units in."""
        rows, columns = self.weight.shape
        return (rows, columns) if self.is_out_by_in else (columns, rows)

    def __str__(self) -> str:
        return self.name or self.weight.name


def affine_layers(tensors: Sequence[Tensor]) -> list[Affine] | None:
    """The layers that the names speak of, in the order of the source; None if no name speaks of one.

    Raises a Diagnostic `unknown_weights` for an array that belongs to none of them, `missing_weights` for a bias
    without its matrix, and `wrong_shape` for a matrix that is none.
    """
    parts: dict[str, dict[str, Tensor]] = {}
    others: list[Tensor] = []
    for tensor in tensors:
        match = _NAME.fullmatch(tensor.name)
        if match is None:
            others.append(tensor)
            continue
        role = _ROLES.get(match["role"], match["role"])
        layer = parts.setdefault(match["layer"] or "", {})
        if role in layer or {role, *layer} >= {"weight", "kernel"}:
            message = f"{tensor.name} is a second matrix or bias of the layer {match['layer'] or tensor.name}"
            raise Diagnostic("assigned_twice", message, Where(key=tensor.name))
        layer[role] = tensor
    if not parts:
        return None
    if others:
        names = ", ".join(other.name for other in others[:5])
        raise Diagnostic("unknown_weights", f"{names} is no weight, kernel or bias of a Linear or Dense layer",
                         Where(key=others[0].name), hints=("leave out what the program has no place for",))  # fmt: skip
    return [_affine(name, layer) for name, layer in parts.items()]


def _affine(name: str, layer: dict[str, Tensor]) -> Affine:
    bias = layer.get("bias")
    weight = layer.get("weight") or layer.get("kernel")
    if weight is None:
        assert bias is not None
        message = f"{bias.name} has no matrix beside it: one called weight (out×in) or kernel (in×out)"
        raise Diagnostic("missing_weights", message, Where(key=bias.name))
    if len(weight.shape) != 2:
        dimensions = f"has {len(weight.shape)} dimensions" if len(weight.shape) > 2 else "is no matrix"
        message = f"{weight.name} {dimensions}, and a Linear or Dense layer has a matrix"
        hint = "the values of other layers are read under the names that the program gives them"
        raise Diagnostic("wrong_shape", message, Where(key=weight.name), hints=(hint,))
    return Affine(name, weight, bias, is_out_by_in=OUT_BY_IN["weight" if "weight" in layer else "kernel"])


def in_order(layers: Sequence[Affine]) -> list[Affine] | None:
    """The layers by their numbers: `fc1`, `fc2`; `0`, `2`, `10`; Keras' `dense`, `dense_1`.

    None if they are called different things, as `hidden` and `output`: a file does not keep their order.
    """
    words = {re.sub(r"_?\d+", "#", layer.name).replace("#", "") for layer in layers}
    numbered = {tuple(map(int, re.findall(r"\d+", layer.name))): layer for layer in layers}
    if len(words) > 1 or len(numbered) < len(layers):
        return None
    return [numbered[key] for key in sorted(numbered)]


def spell_layers(layers: Sequence[Affine]) -> str:
    """`0 (3×2 and a bias), 2 (2×3)`, for messages."""
    spelled = [
        f"{layer} ({spell_shape(layer.weight.shape)}{' and a bias' if layer.bias else ''})" for layer in layers[:10]
    ]
    return ", ".join(spelled) + (", …" if len(layers) > 10 else "")
