"""Which array becomes the value of which parameter, and whether it is transposed on the way.

What is known decides, in this order: the program's own names; the conventions of PyTorch and Keras; the shapes alone,
if they leave one way. A square matrix fits either way round, so that a shape never says whether it is transposed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.calculus.layouts import matrix_shape
from engine.calculus.program import Program
from engine.diagnostics import Diagnostic, Diagnostics, Where, did_you_mean
from engine.formula import Array, Shape, spell_shape
from engine.interop.conventions import OUT_BY_IN, Affine, affine_layers, in_order, spell_layers
from engine.interop.layers import Layer, layers_of
from engine.interop.tensors import Tensor

BIASES = "a network has biases with bias = true"
HOW_TO_NAME = "name the arrays as the program does"


class By(StrEnum):
    """What decided that an array belongs to a parameter."""

    NAME = "name"
    """It has the parameter's name."""
    CONVENTION = "convention"
    """PyTorch's or Keras' names."""
    SHAPE = "shape"
    """It fits nowhere else, and in no other way."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """An array and its parameter."""

    tensor: Tensor
    parameter: str
    shape: Shape
    """Of the parameter."""
    transposed: bool
    by: By

    @property
    def value(self) -> Array:
        value = self.tensor.value.T if self.transposed else self.tensor.value
        return value.reshape(self.shape)


def place(program: Program, tensors: Sequence[Tensor], elsewhere: Collection[str] = ()) -> list[Placed]:
    """Where every array belongs.

    Under the program's own names any of its inputs may be there; otherwise there must be an array for every parameter,
    but for those that get their numbers `elsewhere`. Raises a Diagnostic `unknown_weights`, `missing_weights`,
    `wrong_shape` or `ambiguous_weights`; several: `Diagnostics`.
    """
    if not tensors:
        raise Diagnostic("missing_weights", "there are no arrays")
    inputs = program.plan.inputs
    if any(tensor.name in inputs for tensor in tensors):
        return _by_name(program, tensors)
    layers = affine_layers(tensors)
    placed = _by_shape(program, tensors, elsewhere) if layers is None else _by_convention(program, layers, elsewhere)
    filled = {part.parameter for part in placed}
    missing = [name for name in program.parameters if name not in filled and name not in elsewhere]
    if missing:
        spelled = ", ".join(f"{name} {spell_shape(inputs[name])}" for name in missing[:10])
        raise Diagnostic("missing_weights", f"there is no array for {spelled}", hints=(_naming(program),))
    return placed


def _naming(program: Program) -> str:
    """How to leave nothing to be guessed."""
    names = ", ".join(f"{name} {spell_shape(program.plan.inputs[name])}" for name in program.parameters[:6])
    return f"{HOW_TO_NAME}, in its shapes: {names}{', …' if len(program.parameters) > 6 else ''}"


# ---- the program's own names -------------------------------------------------------------------------------------


def _by_name(program: Program, tensors: Sequence[Tensor]) -> list[Placed]:
    inputs = program.plan.inputs
    placed: list[Placed] = []
    problems: list[Diagnostic] = []
    lies = {layer.weight: layer.is_out_by_in for layer in layers_of(program)}
    for tensor in tensors:
        shape = inputs.get(tensor.name, ())
        if tensor.name not in inputs:
            hints = did_you_mean(tensor.name, inputs) or (f"there are: {', '.join(list(inputs)[:30])}",)
            if tensor.name in {f"b{layer.weight[1:]}" for layer in layers_of(program) if layer.bias is None}:
                hints = (BIASES,)
            message = f"the program has no input called {tensor.name}"
            problems.append(Diagnostic("unknown_weights", message, Where(key=tensor.name), hints=hints))
        elif _ways(tensor, shape) == {False, True} and _contradicts(tensor.name, lies):
            means = "out×in" if OUT_BY_IN[tensor.name] else "in×out"
            message = f"{tensor.name} is square: {means} by convention, and the other way round in the program"
            hint = "call it W, say, in the program and here, to give it as the program has it"
            problems.append(Diagnostic("ambiguous_weights", message, Where(key=tensor.name), hints=(hint,)))
        elif False in _ways(tensor, shape):
            placed.append(Placed(tensor, tensor.name, shape, False, By.NAME))
        else:
            problems.append(_wrong_shape(tensor, tensor.name, shape))
    _raise(problems)
    return placed


def _contradicts(name: str, lies: Mapping[str, bool | None]) -> bool:
    """Whether the program has a matrix the other way round than PyTorch or Keras, who give it the same name."""
    return name in OUT_BY_IN and lies.get(name) is (not OUT_BY_IN[name])


# ---- conventions -------------------------------------------------------------------------------------------------


def _by_convention(program: Program, stack: Sequence[Affine], elsewhere: Collection[str]) -> list[Placed]:
    layers = layers_of(program)
    if len(stack) != len(layers):
        code = "missing_weights" if len(stack) < len(layers) else "unknown_weights"
        message = f"the program has {_count(len(layers), 'layer')}, and the source {_count(len(stack), 'layer')}"
        theirs = ", ".join(f"{layer.weight} {spell_shape(program.plan.inputs[layer.weight])}" for layer in layers[:10])
        raise Diagnostic(code, message, notes=(f"the program: {theirs or 'no product of a parameter with data'}",
                         f"the source: {spell_layers(stack)}"), hints=(_naming(program),))  # fmt: skip
    problems: list[Diagnostic] = []
    placed: list[Placed] = []
    for affine, layer in _pairs(program, stack, layers):
        try:
            placed += _layer(program, affine, layer, elsewhere)
        except Diagnostic as problem:
            problems.append(problem)
    sources: dict[str, str] = {}
    for part in placed:
        other = sources.setdefault(part.parameter, part.tensor.name)
        if other != part.tensor.name:
            message = f"{other} and {part.tensor.name} are both for {part.parameter}, which the program uses twice"
            problems.append(Diagnostic("ambiguous_weights", message, Where(key=part.tensor.name),
                                       hints=(_naming(program),)))  # fmt: skip
    _raise(problems)
    return placed


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'s' * (number != 1)}"


def _pairs(program: Program, stack: Sequence[Affine], layers: Sequence[Layer]) -> list[tuple[Affine, Layer]]:
    """Each layer of the source with that of the program: by their numbers, else by sizes that leave one way."""
    ordered = in_order(stack)
    if ordered is not None:
        return list(zip(ordered, layers, strict=True))
    by_weight = {layer.weight: layer for layer in layers}
    chosen = only_way({
        affine.weight.name: {(layer.weight, False) for layer in layers if _fits(program, affine, layer)}
        for affine in stack
    })  # fmt: skip
    if chosen is None:
        names = ", ".join(map(str, stack[:10]))
        message = f"the order of the layers {names} is not known from their names, nor from their sizes"
        raise Diagnostic("ambiguous_weights", message, notes=(f"the source: {spell_layers(stack)}",),
                         hints=("number them in order, as in 0.weight, 1.weight", _naming(program)))  # fmt: skip
    return [(affine, by_weight[chosen[affine.weight.name][0]]) for affine in stack]


def _fits(program: Program, affine: Affine, layer: Layer) -> bool:
    shape = matrix_shape(program.plan.inputs[layer.weight])
    out_by_in = affine.sizes
    shapes = {True: [out_by_in], False: [out_by_in[::-1]], None: [out_by_in, out_by_in[::-1]]}[layer.is_out_by_in]
    return shape in shapes and (affine.bias is None or layer.bias is not None)


def _layer(program: Program, affine: Affine, layer: Layer, elsewhere: Collection[str]) -> list[Placed]:
    inputs = program.plan.inputs
    shape = inputs[layer.weight]
    ways = _ways(affine.weight, shape)
    if layer.is_out_by_in is None:
        if len(ways) > 1:
            message = f"{affine.weight.name} is square, and the program uses {layer.weight} from both sides"
            raise Diagnostic("ambiguous_weights", message, Where(key=affine.weight.name), hints=(_naming(program),))
        transposed = True in ways
    else:
        transposed = affine.is_out_by_in != layer.is_out_by_in
    has_one_way_round = len(shape) < 2 or affine.weight.shape == (1, 1)
    if not ways or (transposed not in ways and not has_one_way_round):
        raise _wrong_matrix(affine, layer.weight, shape, transposed=transposed)
    placed = [Placed(affine.weight, layer.weight, shape, transposed, By.CONVENTION)]
    return placed + _bias(program, affine, layer, elsewhere)


def _bias(program: Program, affine: Affine, layer: Layer, elsewhere: Collection[str]) -> list[Placed]:
    inputs = program.plan.inputs
    if affine.bias is not None:
        if layer.bias is None:
            message = f"{affine.bias.name} has no place: nothing is added to the product of {layer.weight}"
            raise Diagnostic("unknown_weights", message, Where(key=affine.bias.name),
                             hints=(BIASES,))  # fmt: skip
        found = _ways(affine.bias, inputs[layer.bias])
        if not found:
            raise _wrong_shape(affine.bias, layer.bias, inputs[layer.bias])
        return [Placed(affine.bias, layer.bias, inputs[layer.bias], False not in found, By.CONVENTION)]
    if layer.bias is not None and layer.bias not in elsewhere:
        message = f"the layer {affine} has no bias, and the program adds {layer.bias} to the product of {layer.weight}"
        raise Diagnostic("missing_weights", message, Where(key=affine.weight.name),
                         hints=(f"give {layer.bias} as zeros, or take it out of the program",))  # fmt: skip
    return []


def _wrong_matrix(affine: Affine, to: str, shape: Shape, *, transposed: bool) -> Diagnostic:
    """A matrix that does not fit, or only the other way round than its name says."""
    out, into = affine.sizes
    says, other, means = ("out×in", "kernel", "in×out") if affine.is_out_by_in else ("in×out", "weight", "out×in")
    hint = f"it would fit if it were {means}: then call it {other}, or {HOW_TO_NAME}"
    given = spell_shape(affine.weight.shape)
    here = f", transposed {spell_shape(affine.weight.shape[::-1])}" if transposed else ""
    return Diagnostic(
        "wrong_shape",
        f"{affine.weight.name} is {given}{here}, and the program's {to} is {spell_shape(shape)}",
        Where(key=affine.weight.name),
        notes=(f"by its name it is {says}: {_count(out, 'unit')} with {_count(into, 'input')}",),
        hints=(hint,) if _ways(affine.weight, shape) else (),
    )


# ---- shapes alone ------------------------------------------------------------------------------------------------


def _by_shape(program: Program, tensors: Sequence[Tensor], elsewhere: Collection[str]) -> list[Placed]:
    inputs = program.plan.inputs
    names = list(program.parameters)
    if len(tensors) < len(names):
        names = [name for name in names if name not in elsewhere]
    if len(tensors) != len(names):
        arrays = ", ".join(map(str, tensors[:10]))
        code = "missing_weights" if len(tensors) < len(names) else "unknown_weights"
        message = f"the program has {_count(len(names), 'parameter')}, and the source {_count(len(tensors), 'array')}"
        raise Diagnostic(code, message, notes=(f"the arrays: {arrays}",), hints=(_naming(program),))
    by_name = {tensor.name: tensor for tensor in tensors}
    ways = {
        tensor.name: {(name, transposed) for name in names for transposed in _ways(tensor, inputs[name])}
        for tensor in tensors
    }
    _raise([
        Diagnostic("wrong_shape", f"{by_name[name]} fits no parameter", Where(key=name), hints=(_naming(program),))
        for name, choices in ways.items() if not choices
    ])  # fmt: skip
    chosen = only_way(ways)
    if chosen is None:
        notes = tuple(_spell_ways(name, choices) for name, choices in list(ways.items())[:5])
        message = "the names of the arrays say nothing, and their shapes do not leave one way"
        conventions = "or as PyTorch or Keras does: 0.weight is out×in, 0.kernel in×out, 0.bias a vector"
        raise Diagnostic("ambiguous_weights", message, notes=notes, hints=(_naming(program), conventions))
    return [
        Placed(by_name[name], to, inputs[to], transposed, By.SHAPE) for name, (to, transposed) in chosen.items()
    ]  # fmt: skip


def _spell_ways(name: str, ways: Collection[tuple[str, bool]]) -> str:
    spelled = sorted(f"{parameter}{' transposed' * transposed}" for parameter, transposed in ways)
    return f"{name} could be {' or '.join(spelled[:8])}{' or …' * (len(spelled) > 8)}"


def only_way(ways: Mapping[str, Collection[tuple[str, bool]]]) -> dict[str, tuple[str, bool]] | None:
    """The one assignment of arrays to as many parameters, each to another; None if there are several, or none.

    Where a perfect matching of a bipartite graph is the only one, a vertex on either side has one edge, so that taking
    such edges one after the other finds it. Source: Lovász and Plummer, Matching Theory, section 4.1.
    """
    open_ways = {name: set(choices) for name, choices in ways.items()}
    chosen: dict[str, tuple[str, bool]] = {}
    while open_ways:
        name = next((name for name, choices in open_ways.items() if len(choices) == 1), None)
        if name is None:
            return None
        (way,) = open_ways.pop(name)
        chosen[name] = way
        for choices in open_ways.values():
            choices -= {(way[0], False), (way[0], True)}
    return {name: chosen[name] for name in ways}


# ---- shapes ------------------------------------------------------------------------------------------------------


def _ways(tensor: Tensor, shape: Shape) -> set[bool]:
    """Whether an array fits a shape as it is (False), transposed (True), either way, or not at all."""
    given, wanted = tensor.shape, tuple(map(int, shape))
    is_flat = len(given) < 2 and 1 in matrix_shape(wanted) and tensor.value.size == max(matrix_shape(wanted))
    if given == wanted or is_flat or (len(wanted) < 2 and matrix_shape(wanted) == given):
        return {False, True} if len(given) == 2 and given[0] == given[1] > 1 else {False}
    return {True} if given[::-1] == matrix_shape(wanted) else set()


def _wrong_shape(tensor: Tensor, to: str, shape: Shape) -> Diagnostic:
    hints = (f"its transpose would fit: save {tensor.name}.T",) if _ways(tensor, shape) else ()
    message = f"{tensor.name} is {spell_shape(tensor.shape)}, and the program's {to} is {spell_shape(shape)}"
    return Diagnostic("wrong_shape", message, Where(key=tensor.name), hints=hints)


def _raise(problems: Sequence[Diagnostic]) -> None:
    if problems:
        raise problems[0] if len(problems) == 1 else Diagnostics(problems)
