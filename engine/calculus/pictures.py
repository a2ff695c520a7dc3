"""Matrices as a step shows them: the picture, which is made once for a route, and the numbers that fill it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from engine.calculus.places import Places
from engine.formula import Array
from engine.formula.numerics import NUMBER_LOST, quietly
from engine.formula.syntax import Node

Source = TypeVar("Source")

ALL = slice(None)


class Picture(Generic[Source]):
    """How a matrix (or tensor) is shown, whatever its numbers: made once for a route, and filled for each step."""

    __slots__ = ("_formula", "_spell", "cut", "places", "shape", "whole")

    def __init__(
        self,
        shape: tuple[int, ...],
        cut: Callable[..., Array],
        formula: Callable[[], Node] | None = None,
        whole: Callable[[Source], Array] | None = None,
        places: Places | None = None,
    ) -> None:
        self.shape = shape
        self.places = places
        """Which derivative stands where; None for what is no derivative by itself, such as the v of v ⊙ p."""
        self.cut = cut
        """`cut(source, *cuts)`: a box of entries, one slice for each dimension, from where the numbers are."""
        everything = (ALL,) * len(shape)
        self.whole = whole or (lambda source: cut(source, *everything))
        """`whole(source)`: all entries, which are at hand where they need not be put together."""
        self._spell = formula
        self._formula: Node | None = None

    @property
    def formula(self) -> Node | None:
        """What it is made of; None for a product, whose formula is that of its factors."""
        if self._formula is None and self._spell is not None:
            self._formula = self._spell()
        return self._formula


class Shown(Struct, eq=False):
    """A matrix (or tensor) as a step shows it: its shape at once, its entries when they are read.

    What a step is made of is a Struct because there are many of them, and a Struct is made in a third of the time.
    """

    picture: Picture[Any]
    source: Any
    """Where the numbers come from: mostly a product."""
    _value: Array | None = None

    @classmethod
    def of(cls, array: Array) -> Shown:
        """An array that is there already."""
        picture: Picture[Array] = Picture(array.shape, lambda source, *cuts: source[cuts])
        return cls(picture, array)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.picture.shape

    @property
    def node(self) -> Node | None:
        """The formula of what it is made of; None for a product, whose formula is that of its factors."""
        return self.picture.formula

    def window(self, *cuts: slice) -> Array:
        """A box of entries: one slice for each dimension."""
        try:
            return self.picture.cut(self.source, *cuts)
        except NUMBER_LOST:
            return quietly(self.picture.cut, self.source, *cuts)

    @property
    def value(self) -> Array:
        """All entries."""
        value = self._value
        if value is None:
            try:
                value = self.picture.whole(self.source)
            except NUMBER_LOST:
                value = quietly(self.picture.whole, self.source)
            self._value = value
        return value
