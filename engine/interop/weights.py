"""Weights in: the numbers of a trained network, from a file or from memory, as those of a program."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.calculus.network import Network
from engine.calculus.program import Program
from engine.diagnostics import Diagnostic, Diagnostics, Where
from engine.formula import Shape, spell_shape
from engine.interop.conventions import affine_layers, in_order, spell_layers
from engine.interop.files import read_file
from engine.interop.placing import By, Placed, place
from engine.interop.tensors import Tensor, tensors_of


@dataclass(frozen=True, slots=True)
class Mapped:
    """What became of one array: plain data, to show to whoever wants to be sure."""

    source: str
    """The array's name."""
    source_shape: Shape
    dtype: str
    """What its numbers were; they are float64 now."""
    parameter: str
    shape: Shape
    """Of the parameter."""
    transposed: bool
    by: By
    """What decided it."""

    def __str__(self) -> str:
        source = f"{self.source} {spell_shape(self.source_shape)} {self.dtype}"
        return f"{source} → {self.parameter} {spell_shape(self.shape)}{', transposed' * self.transposed}, by {self.by}"


class Loaded(NamedTuple):
    """A program with the numbers of a source, and which array went where."""

    program: Program
    mapped: tuple[Mapped, ...]


def load_weights(program: Program, source: Any, *, elsewhere: Collection[str] = ()) -> Loaded:
    """The program with numbers from `source`, and a report of which array became which parameter.

    `source` is the path of an `.npz` or `.safetensors` file, a mapping from names to arrays (a `state_dict`, what
    `np.load` gives), or a list of arrays. Names say where an array belongs and whether it is transposed:

    - the program's own (`W1`, `b1`, also `x` and `y`): as it is, in the program's shape; any of them may be absent;
    - PyTorch's (`0.weight` out×in, `0.bias`) and Keras' (`dense/kernel` in×out, `dense/bias`), for whole stacks of
      layers, numbered in order or told apart by their sizes;
    - any others: by shape, if there is one way. A square matrix has two, and is refused.

    Parameters that get their numbers `elsewhere` may be absent. Raises a Diagnostic, or Diagnostics, located in the
    file and with the array as their key: what `read_file`, `tensors_of` and `place` raise.

    >>> program, mapped = load_weights(Network([2, 3, 1], ["tanh", "sigmoid"], bias=True).program(), "layer.npz")
    """
    tensors = read_tensors(source)
    try:
        placed = place(program, tensors, elsewhere)
    except (Diagnostic, Diagnostics) as problem:
        raise _located(problem, source) from None
    loaded = program.with_values({part.parameter: part.value for part in placed})
    return Loaded(loaded, tuple(map(_report, placed)))


def network_from(source: Any, activations: Sequence[str], **options: Any) -> Network:
    """The network that a stack of Linear or Dense layers is: its sizes, and whether it has biases.

    Neither PyTorch nor Keras saves what stands between the layers with the weights: `activations` gives one for each
    layer. `options` are those of Network. Raises a Diagnostic `unknown_weights` or `ambiguous_weights` where names do
    not tell the layers and their order, `wrong_shape` where one does not fit onto the one before, and what
    `load_weights` and `Network` raise.

    >>> network = network_from(model.state_dict(), ["relu", "identity"], loss="mean_squared_error")
    >>> program, mapped = load_weights(network.program(), model.state_dict())
    """
    tensors = read_tensors(source)
    try:
        sizes, bias = _sizes(tensors)
    except Diagnostic as problem:
        raise _located(problem, source) from None
    return Network(sizes, activations, bias=bias, **options)


def read_tensors(source: Any) -> list[Tensor]:
    """The arrays in a file, a mapping or a list. Raises what `read_file` and `tensors_of` raise."""
    return read_file(source) if isinstance(source, str | os.PathLike) else tensors_of(source)


def _sizes(tensors: Sequence[Tensor]) -> tuple[list[int], bool]:
    """The units of the input and of every layer, and whether there are biases."""
    stack = affine_layers(tensors)
    if not stack:
        names = ", ".join(tensor.name for tensor in tensors[:5]) or "there is none"
        raise Diagnostic("unknown_weights", f"no array is a weight or kernel of a layer: {names}",
                         hints=("for example 0.weight, 0.bias, 2.weight, 2.bias",))  # fmt: skip
    layers = in_order(stack)
    if layers is None:
        message = f"the order of the layers is not known from their names: {spell_layers(stack)}"
        raise Diagnostic("ambiguous_weights", message, hints=("number them in order, as in 0.weight, 1.weight",))
    sizes = [layers[0].sizes[1]]
    for layer in layers:
        out, into = layer.sizes
        if into != sizes[-1]:
            message = f"the layer {layer} takes {into} inputs, and what comes before it has {sizes[-1]} units"
            raise Diagnostic("wrong_shape", message, Where(key=layer.weight.name))
        if layer.bias is not None and layer.bias.value.size != out:
            message = f"{layer.bias.name} has {layer.bias.value.size} entries, and its layer has {out} units"
            raise Diagnostic("wrong_shape", message, Where(key=layer.bias.name))
        sizes.append(out)
    has_bias = [layer.bias is not None for layer in layers]
    if len(set(has_bias)) > 1:
        message = f"the layer {layers[has_bias.index(False)]} has no bias, and others have one"
        raise Diagnostic("missing_weights", message, hints=("give it a bias of zeros, or write the program out",))
    return sizes, has_bias[0]


def _located(problem: Diagnostic | Diagnostics, source: Any) -> Diagnostic | Diagnostics:
    """The problem in the file that `source` is, if it is one."""
    if not isinstance(source, str | os.PathLike):
        return problem
    place = os.fspath(source)
    if isinstance(problem, Diagnostic):
        return problem.at(file=place)
    return Diagnostics([one.at(file=place) for one in problem.problems])


def _report(placed: Placed) -> Mapped:
    tensor = placed.tensor
    shape = tuple(map(int, placed.shape))
    return Mapped(tensor.name, tensor.shape, tensor.dtype, placed.parameter, shape, placed.transposed, placed.by)
