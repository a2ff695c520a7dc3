"""All arrangements of a chain's factors that fit the target's shape, as different functions: see `ambiguity`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.calculus.algebra import is_ones
from engine.calculus.compact import CompactChain, MatrixShape, placeholder
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic
from engine.formula.syntax import Binary, Name, Node, Transpose

PRIME = 67_108_859
"""The largest prime below 2²⁶: products of two residues, and sums of a thousand of them, fit into 64 bits."""
POINTS = 3
"""Random values of every factor, by all of which two arrangements must agree to count as one."""
MAX_OPERANDS = 8
"""Factors of the longest chain that is arranged: as many as ∂L/∂W1 of four layers has."""
MAX_ENTRIES = 2_000_000
"""Entries of all products of two parts that are looked at for one chain: about 50 MB at three points."""

Residues = NDArray[np.int64]
"""Matrices over the field: (how many, POINTS, rows, columns)."""


@dataclass(frozen=True, slots=True)
class _Join:
    """Products of every left part by every right part, or Hadamard products with one vector."""

    left: _Table
    right: _Table
    operator: str

    def values(self) -> Residues:
        left, right = self.left.values[:, None], self.right.values[None]
        pairs = left @ right if self.operator == "@" else left * right
        return np.asarray(pairs % PRIME).reshape(-1, POINTS, *pairs.shape[-2:])

    def __len__(self) -> int:
        return len(self.left.values) * len(self.right.values)


@dataclass(frozen=True, slots=True)
class _Table:
    """The different products of one set of factors that have one shape."""

    values: Residues
    joins: tuple[_Join, ...]
    """What they were made by; none of a factor alone."""
    origins: tuple[int, ...]
    """For each value, its place among the products of all joins."""
    leaves: tuple[Node, ...] = ()
    """Of a factor alone, what each value is."""

    def expression(self, number: int) -> Node:
        """A value as a formula over placeholders."""
        if self.leaves:
            return self.leaves[number]
        place = self.origins[number]
        for join in self.joins:
            if place < len(join):
                left, right = divmod(place, len(join.right.values))
                return Binary(join.operator, join.left.expression(left), join.right.expression(right))
            place -= len(join)
        raise AssertionError(number)


Tables = dict[MatrixShape, _Table]


class Arrangements:
    """The arrangements of a chain, at sizes that only say which dimensions are equal: a `CompactChain.pattern`.

    `most` keeps only so many products of each set of factors and shape, which is enough to tell whether there are two
    at the end: parts that differ make products that differ, whatever else both are multiplied by.
    Raises a Diagnostic `too_large`.
    """

    def __init__(self, chain: CompactChain, pattern: Sequence[MatrixShape], *, most: int | None = None) -> None:
        self.chain, self.most = chain, most
        *shapes, target = pattern
        self._leaves = self._draw(shapes)
        self._looked_at = 0
        self._tables: dict[int, Tables] = {}
        self._right = self._value(chain.product)
        if self._right is None or self._right.shape[-2:] != target:
            self._whole = None
            return
        solid = sum(1 << number for number, one in enumerate(chain.operands) if not one.is_entrywise)
        whole = (1 << len(chain.operands)) - 1
        for subset in sorted(range(1, whole + 1), key=int.bit_count):
            if subset & solid:
                self._tables[subset] = self._products(subset, target if subset == whole else None)
        self._whole = self._tables[whole][target]

    @property
    def count(self) -> int:
        """How many there are; none where the right one does not fit, because the sizes go against the program."""
        return 0 if self._whole is None else len(self._whole.values)

    def wrong(self, most: int) -> Iterator[Node]:
        """Some that are not the right one, as formulas over placeholders."""
        if self._whole is not None:
            is_right = (self._whole.values == self._right).all(axis=(1, 2, 3))
            for number in np.flatnonzero(~is_right)[:most]:
                yield self._whole.expression(int(number))

    def _draw(self, shapes: Sequence[MatrixShape]) -> list[Residues]:
        """Every operand at each point; operands with the same formula are the same matrix."""
        generator = np.random.default_rng(1980)
        drawn: dict[Node, Residues] = {}
        for operand, shape in zip(self.chain.operands, shapes, strict=True):
            if operand.formula not in drawn:
                value = generator.integers(1, PRIME, (POINTS, *shape), dtype=np.int64)
                if operand.is_symmetric:
                    value = (value + value.swapaxes(-1, -2)) % PRIME
                drawn[operand.formula] = np.ones_like(value) if is_ones(operand.formula) else value
        return [drawn[operand.formula] for operand in self.chain.operands]

    def _leaf(self, number: int) -> Tables:
        """An operand, and its transpose where that is another matrix."""
        name, value = placeholder(number), self._leaves[number]
        turned = value.swapaxes(-1, -2)
        if value.shape != turned.shape:
            return {_shape(one): _Table(one[None], (), (), (node,))
                    for one, node in ((value, name), (turned, Transpose(name)))}  # fmt: skip
        if (value == turned).all():
            return {_shape(value): _Table(value[None], (), (), (name,))}
        return {_shape(value): _Table(np.stack([value, turned]), (), (), (name, Transpose(name)))}

    def _products(self, subset: int, wanted: MatrixShape | None) -> Tables:
        """All products of a set of factors, of the wanted shape or of any."""
        if subset.bit_count() == 1:
            return self._leaf(subset.bit_length() - 1)
        joins: dict[MatrixShape, list[_Join]] = {}
        for shape, join in self._joins(subset):
            if wanted in (None, shape):
                joins.setdefault(shape, []).append(join)
        return {shape: self._different(shape, found) for shape, found in joins.items()}

    def _joins(self, subset: int) -> Iterator[tuple[MatrixShape, _Join]]:
        part = (subset - 1) & subset
        while part:
            rest = subset ^ part
            if part in self._tables and rest in self._tables:
                for (rows, inner), left in self._tables[part].items():
                    for (other, columns), right in self._tables[rest].items():
                        if inner == other:
                            yield (rows, columns), _Join(left, right, "@")
            elif part in self._tables and rest.bit_count() == 1:
                for shape, vector in self._leaf(rest.bit_length() - 1).items():
                    if shape in self._tables[part]:
                        yield shape, _Join(self._tables[part][shape], vector, "*")
            part = (part - 1) & subset

    def _different(self, shape: MatrixShape, joins: list[_Join]) -> _Table:
        self._looked_at += sum(map(len, joins)) * shape[0] * shape[1]
        if self._looked_at > MAX_ENTRIES:
            raise Diagnostic("too_large", f"the {len(self.chain.operands)} factors of "
                             f"{fraction(self.chain.of, self.chain.target)} have too many arrangements to be counted",
                             hints=("choose a target nearer to the loss, or layers of different sizes",))  # fmt: skip
        values = np.concatenate([join.values() for join in joins])
        places = _first_places(values)[: self.most]
        return _Table(values[places], tuple(joins), tuple(places.tolist()))

    def _value(self, node: Node) -> Residues | None:
        """The right product at every point; None where sizes that differ by name must be equal in it."""
        match node:
            case Name(name):
                return self._leaves[int(name.removeprefix("factor"))]
            case Transpose(operand):
                value = self._value(operand)
                return None if value is None else value.swapaxes(-1, -2)
            case Binary(operator, left, right):
                first, second = self._value(left), self._value(right)
                if first is None or second is None:
                    return None
                fits = first.shape[-1] == second.shape[-2] if operator == "@" else first.shape == second.shape
                if not fits:
                    return None
                return np.asarray((first @ second if operator == "@" else first * second) % PRIME)
        raise AssertionError(node)


def _shape(value: Residues) -> MatrixShape:
    rows, columns = value.shape[-2:]
    return rows, columns


def _first_places(values: Residues) -> NDArray[np.intp]:
    """Where each different value stands for the first time."""
    _, places = np.unique(values.reshape(len(values), -1), axis=0, return_index=True)
    return np.sort(places)
