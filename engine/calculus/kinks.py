"""Where a formula stands exactly at a kink or a jump, so that it has no derivative there and a convention decides.

Conventions: at a kink of an activation its `slope` decides (relu′(0) = 0, as in PyTorch and TensorFlow); where several
entries are the largest, they share the slope equally; where both operands of `maximum` are equal, each gets half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.formula import FUNCTIONS, Array, Pointwise, ShapeMap, compile_formula, parse
from engine.formula.definitions import inlined
from engine.formula.evaluate import Values
from engine.formula.functions import Definition
from engine.formula.syntax import COMPARISONS, Binary, Call, Name, Node, Number, names_in, substitute


@dataclass(frozen=True, slots=True)
class Kink:
    """A function in a formula that stands at a kink."""

    function: str
    what: str
    """What is the case: `3 of its arguments are exactly 0`."""
    convention: str
    """What is taken for the slope: `relu′(0) = 0`."""
    has: str = "a kink and no derivative"
    """What the function has there."""

    def __str__(self) -> str:
        return f"{self.what}, where {self.function} has {self.has}: by convention {self.convention}."


def kinks(formula: Node, shapes: ShapeMap, values: Values, by: str | None = None, reach: float = 0.0) -> Iterator[Kink]:
    """The kinks at which `formula` stands, or that are no farther than `reach`; only in what reads `by`, if given."""
    for node in _bent(formula):
        if by is not None and by not in names_in(node):
            continue
        operands = [_value(operand, shapes, values) for operand in node.children[: _OPERANDS.get(_name(node), 1)]]
        yield from _found(node, operands, reach)


def _found(node: Call | Binary, operands: list[Array], reach: float) -> Iterator[Kink]:
    name, function = _name(node), FUNCTIONS.get(_name(node))
    if isinstance(function, Pointwise) and name != "sqrt":
        for at in function.kinks:
            if count := _count(operands[0] - at, reach):
                yield Kink(name, _spell(count, "its arguments", f"exactly {at:g}"), _slope(function, at))
        return
    if isinstance(node, Call) and name in _REDUCTIONS:
        count = _REDUCTIONS[name](operands[0], _axis(node), reach)
    elif name in ("sqrt", "**"):
        is_root = name == "sqrt" or (operands[1].size == 1 and 0 < float(operands[1].item()) < 1)
        count = _count(operands[0], reach) if is_root else 0
    else:
        count = _count(operands[0] - operands[1], reach)
    if count:
        things, what, *rest = _SENTENCES.get(name, _SENTENCES["<"])
        yield Kink(f"`{name}`" if name in _BINARY else name, _spell(count, things, what), *rest)


_BINARY = (*COMPARISONS, "**")
_OPERANDS: Mapping[str, int] = dict.fromkeys((*_BINARY, "maximum", "minimum"), 2)

_SENTENCES: Mapping[str, tuple[str, ...]] = {
    "max": ("its maxima", "reached by several entries", "these share the slope equally"),
    "min": ("its minima", "reached by several entries", "these share the slope equally"),
    "norm": ("its vectors", "0", "0/0 is left as it is", "no derivative"),
    "std": ("its deviations", "0", "0/0 is left as it is", "no derivative"),
    "maximum": ("its pairs of operands", "equal", "each gets half of the slope"),
    "minimum": ("its pairs of operands", "equal", "each gets half of the slope"),
    "sqrt": ("its arguments", "exactly 0", "it is left infinite", "an infinite slope"),
    "**": ("its bases", "exactly 0", "it is left infinite", "an infinite slope"),
    "<": ("its pairs of sides", "equal", "the slope is 0", "a jump and no derivative"),
}
"""What has a kink, what is the case there, the convention, and what the function has there if it is no kink."""


def _ties(sign: float) -> Callable[[Array, int | None, float], int]:
    """In how many of the columns, rows or wholes more than one entry is the extreme."""

    def count(array: Array, axis: int | None, reach: float) -> int:
        signed = sign * array
        extreme = np.asarray(signed.max(axis=axis, keepdims=True))
        return int((np.sum(signed >= extreme - reach, axis=axis) > 1).sum())

    return count


def _vanishing(array: Array, axis: int | None, reach: float) -> int:
    return int((np.abs(array).max(axis=axis) <= reach).sum())


def _level(array: Array, axis: int | None, reach: float) -> int:
    """In how many of the columns, rows or wholes all entries are the same."""
    return int((array.max(axis=axis) - array.min(axis=axis) <= reach).sum())


_REDUCTIONS: Mapping[str, Callable[[Array, int | None, float], int]] = {
    "max": _ties(1.0),
    "min": _ties(-1.0),
    "norm": _vanishing,
    "std": _level,
}


def _bent(formula: Node) -> Iterator[Call | Binary]:
    """The parts of a formula that may have a kink, those of the losses and slopes that are written out among them."""
    stack = [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            function = FUNCTIONS[node.function]
            if isinstance(function, Definition):
                stack.append(inlined(node))
                continue
            if isinstance(function, Pointwise) and node.derivative and (slope := _written_out(node, function)):
                stack.append(slope)
                continue
            if node.function in _SENTENCES or (isinstance(function, Pointwise) and function.kinks):
                yield node
        if isinstance(node, Binary) and node.operator in _BINARY:
            yield node
        stack.extend(node.children)


def _written_out(node: Call, function: Pointwise) -> Node | None:
    """The formula of f′(z), whose kinks are those of the slope; None where it is written as f′(z) itself."""
    formula = parse(function.formula)
    if isinstance(formula, Call) and formula.derivative:
        return None
    (argument,) = node.arguments
    filled = {"z": argument, "a": Call(node.function, (argument,))}
    return substitute(formula, lambda part: filled.get(part.name) if isinstance(part, Name) else None)


def _name(node: Call | Binary) -> str:
    return node.function if isinstance(node, Call) else node.operator


def _axis(node: Call) -> int | None:
    """The axis that a reduction names, by keyword or as its second argument."""
    said = dict(node.keywords).get("axis", node.arguments[1] if len(node.arguments) > 1 else None)
    match said:
        case Number(axis):
            return int(axis)
        case None | Name():
            return None
    return -1


def _value(node: Node, shapes: ShapeMap, values: Values) -> Array:
    shapes.of(node)
    with np.errstate(all="ignore"):
        return np.asarray(compile_formula(node, shapes)(values))


def _count(distance: Array, reach: float) -> int:
    return int((np.abs(distance) <= reach).sum())


def _slope(function: Pointwise, at: float) -> str:
    """`relu′(0) = 0`."""
    z = np.asarray(at)
    return f"{function.name}′({at:g}) = {float(function.slope(z, function.value(z))):g}"


def _spell(count: int, things: str, what: str) -> str:
    """`3 of its arguments are exactly 0`."""
    return f"{count} of {things} {'is' if count == 1 else 'are'} {what}"
