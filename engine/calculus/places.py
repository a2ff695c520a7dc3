"""Which derivative stands where: the entry of y and the entry of x at each place of a shown ∂y/∂x, and back.

Only with this is it safe to say that the number at [1, 0] of a matrix in numerator layout is ∂L/∂W[0,1].
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from engine.calculus.layouts import Arrangement, Layout
from engine.formula import Array, Shape

Place = tuple[int, ...]
"""One index for each dimension, counted from 0."""
Line = tuple[int | None, ...]
"""Places: one index for each dimension, or None for all of it. (1, None) is row 1, (None, None) the whole matrix."""


class Places(Struct, frozen=True):
    """The places of a ∂y/∂x that is arranged in one of the four ways of `Arrangement`, for matrix shapes y and x."""

    kind: Arrangement
    y: Shape
    x: Shape
    layout: Layout
    only: int | None = None
    """Where there is one entry of x, its position in vec(x)."""

    def at(self, place: Sequence[int]) -> tuple[int, int]:
        """The positions in vec(y) and vec(x) of the entries whose derivative stands at `place`."""
        place = place if self.layout is Layout.DENOMINATOR else place[::-1]
        match self.kind:
            case Arrangement.FLAT:
                x, y = place
                return y, x if self.only is None else self.only
            case Arrangement.GRADIENT:
                return 0, place[0] + place[1] * int(self.x[0])
            case Arrangement.TANGENT:
                return place[1] + place[0] * int(self.y[0]), 0
            case Arrangement.TENSOR:
                return place[2], place[0] + place[1] * int(self.x[0])

    def of(self, y: int, x: int) -> Place:
        """Where the derivative of the entry at `y` of vec(y) by the one at `x` of vec(x) stands."""
        match self.kind:
            case Arrangement.FLAT:
                place: Place = (x if self.only is None else 0, y)
            case Arrangement.GRADIENT:
                place = self._entry(x)
            case Arrangement.TANGENT:
                place = (y // int(self.y[0]), y % int(self.y[0]))
            case Arrangement.TENSOR:
                place = (*self._entry(x), y)
        return place if self.layout is Layout.DENOMINATOR else place[::-1]

    def over_y(self, x: int) -> Line:
        """Where ∂y/∂x[x] stands, for all entries of y: a row, a column, or however many dimensions y has here."""
        match self.kind:
            case Arrangement.FLAT:
                line: Line = (x if self.only is None else 0, None)
            case Arrangement.TANGENT:
                line = (None, None)
            case Arrangement.GRADIENT:
                line = self._entry(x)
            case Arrangement.TENSOR:
                line = (*self._entry(x), None)
        return line if self.layout is Layout.DENOMINATOR else line[::-1]

    def over_x(self, y: int) -> Line:
        """Where ∂y[y]/∂x stands, for all entries of x."""
        match self.kind:
            case Arrangement.FLAT:
                line: Line = (None, y)
            case Arrangement.GRADIENT:
                line = (None, None)
            case Arrangement.TANGENT:
                line = (y // int(self.y[0]), y % int(self.y[0]))
            case Arrangement.TENSOR:
                line = (None, None, y)
        return line if self.layout is Layout.DENOMINATOR else line[::-1]

    def _entry(self, x: int) -> tuple[int, int]:
        return x % int(self.x[0]), x // int(self.x[0])

    def stacked(self, box: Array, *, over_x: bool) -> Array:
        """The numbers of a line, cut out with all its dimensions, in the order of vec."""
        box = box if self.layout is Layout.DENOMINATOR else box.transpose()
        has_entries_of_x = over_x and self.kind in (Arrangement.GRADIENT, Arrangement.TENSOR)
        return (box.swapaxes(0, 1) if has_entries_of_x else box).ravel()


def cuts(line: Line) -> tuple[slice, ...]:
    """The slices that cut a line out."""
    return tuple(slice(None) if index is None else slice(index, index + 1) for index in line)
