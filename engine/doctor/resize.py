"""The same program with sizes that tell its dimensions apart: on 2-2-2 a transpose hides, on 3-4-5 it does not.

Dimensions that the program's formulas force to be equal form one class; a class keeps its size where the program
writes that size out, and where it is 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.calculus.program import DATA_NAMES, Plan
from engine.formula import FUNCTIONS, Pointwise, Shape
from engine.formula.definitions import inlined
from engine.formula.functions import Definition
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Negate, Node, Number, Transpose, walk

LARGEST = 12
"""Sizes that are all different may stay as they are up to this one: the search lists many matrices."""
SMALLEST = 3
"""New sizes begin here: a mask of three units can have ones and zeros."""
REDUCTIONS = ("sum", "mean", "max", "min", "any", "all")
SAME_SHAPE = ("softmax", "log_softmax")

Classes = tuple[int, ...]
"""A shape whose sizes are classes of dimensions."""


@dataclass(slots=True)
class _Class:
    size: int
    is_fixed: bool


class Dimensions:
    """Which dimensions of a plan's inputs must be equal, and which may be changed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._classes: list[_Class] = []
        self._parent: list[int] = []
        self._names: dict[str, Classes] = {
            name: tuple(self._new(size) for size in shape) for name, shape in plan.inputs.items()
        }
        for line in plan.lines.values():
            self._names[line.name] = self._infer(line.expression)
        self._fix_written_counts()

    # ---- classes -----------------------------------------------------------------------------------------------

    def _new(self, size: int, *, is_fixed: bool = False) -> int:
        self._classes.append(_Class(int(size), is_fixed or size == 1))
        self._parent.append(len(self._parent))
        return len(self._parent) - 1

    def _find(self, index: int) -> int:
        while self._parent[index] != index:
            index = self._parent[index]
        return index

    def _size(self, index: int) -> int:
        return self._classes[self._find(index)].size

    def _unify(self, one: int, other: int) -> None:
        first, second = self._find(one), self._find(other)
        if first != second:
            self._parent[second] = first
            self._classes[first].is_fixed |= self._classes[second].is_fixed

    def _fixed(self, shape: Sequence[int]) -> Classes:
        return tuple(self._new(size, is_fixed=True) for size in shape)

    # ---- inference ---------------------------------------------------------------------------------------------

    def _infer(self, node: Node) -> Classes:
        match node:
            case Number():
                return ()
            case Name(name):
                return self._names[name]
            case Negate(operand):
                return self._infer(operand)
            case Transpose(operand):
                return self._infer(operand)[::-1]
            case Binary("@", left, right):
                first, second = self._infer(left), self._infer(right)
                self._unify(first[-1], second[0])
                return (*first[:-1], *second[1:])
            case Binary(_, left, right):
                return self._broadcast(self._infer(left), self._infer(right))
            case Call(function) if isinstance(FUNCTIONS[function], Pointwise):
                return self._infer(node.arguments[0])
            case Call(function) if isinstance(FUNCTIONS[function], Definition):
                return self._infer(inlined(node))
            case Call(function) if function in REDUCTIONS:
                return self._reduced(node)
            case Call(function) if function.removesuffix("_cols").removesuffix("_rows") in SAME_SHAPE:
                return self._infer(node.arguments[0])
            case Call("norm" | "item"):
                self._infer(node.arguments[0])
                return ()
            case Call("trace" | "det" | "inv" as function):
                rows, columns = self._infer(node.arguments[0])
                self._unify(rows, columns)
                return (rows, columns) if function == "inv" else ()
        return self._opaque(node)

    def _broadcast(self, left: Classes, right: Classes) -> Classes:
        longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
        start = len(longer) - len(shorter)
        result = list(longer[:start])
        for one, other in zip(longer[start:], shorter, strict=True):
            if self._size(one) != 1 and self._size(other) != 1:
                self._unify(one, other)
            result.append(other if self._size(one) == 1 else one)
        return tuple(result)

    def _reduced(self, node: Call) -> Classes:
        (operand, *_), static = self._plan.shapes.arguments(node)
        classes, axis, keeps = self._infer(operand), static.get("axis"), bool(static.get("keepdims"))
        if axis is None:
            return self._fixed((1,) * len(classes)) if keeps else ()
        position = int(axis) % len(classes)  # type: ignore[arg-type]
        return (*classes[:position], *(self._fixed((1,)) if keeps else ()), *classes[position + 1 :])

    def _opaque(self, node: Node) -> Classes:
        """Stacking, slices, written-out matrices: sizes that are tied to each other stay as they are."""
        for child in node.children if not isinstance(node, Literal | Index) else node.children[:1]:
            if isinstance(child, Number | Literal) or (isinstance(child, Name) and child.name not in self._names):
                continue
            for index in self._infer(child):
                self._classes[self._find(index)].is_fixed = True
        return self._fixed(self._plan.shapes.of(node))

    def _fix_written_counts(self) -> None:
        """A batch whose size is written out as a number, as in `/ 5`, keeps it."""
        written = {
            number.value
            for line in self._plan.lines.values()
            for part in walk(line.expression)
            if isinstance(part, Binary) and part.operator in "*/"
            for number in part.children
            if isinstance(number, Number)
        }
        for name in self._plan.inputs:
            for index in self._names[name] if name in DATA_NAMES else ():
                found = self._classes[self._find(index)]
                found.is_fixed |= found.size in written and found.size != 2

    # ---- what follows ------------------------------------------------------------------------------------------

    def distinct(self) -> dict[str, Shape]:
        """The inputs' shapes with a size of its own for every class that may change."""
        roots = {self._find(index) for name in self._plan.inputs for index in self._names[name]}
        own = [self._classes[root].size for root in roots if self._classes[root].size != 1]
        if len(set(own)) == len(own) and max(own, default=0) <= LARGEST:
            return dict(self._plan.inputs)
        sizes = {root: self._classes[root].size for root in roots if self._classes[root].is_fixed}
        taken, following = set(sizes.values()), SMALLEST
        for root in sorted(roots - set(sizes)):
            while following in taken:
                following += 1
            sizes[root] = following
            taken.add(following)
        return {name: tuple(sizes[self._find(index)] for index in self._names[name]) for name in self._plan.inputs}

    def counterparts(self, shapes: Mapping[str, Shape]) -> dict[int, tuple[int, ...]]:
        """For each size of the plan the sizes that stand for it in `shapes`, as `distinct` has made them."""
        found: dict[int, dict[int, None]] = {}
        for name, shape in self._plan.inputs.items():
            for old, new in zip(shape, shapes[name], strict=True):
                found.setdefault(int(old), {})[int(new)] = None
        return {old: tuple(new) for old, new in found.items()}
