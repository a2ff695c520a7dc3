"""Textual's strips, which are the rows of what a widget has painted, without what they keep for nothing.

An app keeps close to a thousand of them, and each begins with seven caches of which most stay empty: a third of an
app's memory. Here a cache is made when it is first used. And each text in them has a style of its own, which says where
it stands, for a mouse that selects: here only where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MemberDescriptorType
from typing import Any

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual._context import active_app
from textual.cache import FIFOCache
from textual.strip import Strip
from textual.style import Style

_FULL = Strip([])
CACHES = {
    name: cache._maxsize for name in Strip.__slots__ if isinstance(cache := getattr(_FULL, name, None), FIFOCache)
}
"""How many entries each of a strip's caches has, by the name of its slot."""
_divide = Strip.divide
_with_place = Style.rich_style_with_offset


class LateCache:
    """A slot for a cache that is made as it is looked at."""

    def __init__(self, slot: MemberDescriptorType, size: int) -> None:
        self._slot, self._size = slot, size

    def __get__(self, strip: Strip, _owner: type[Strip]) -> FIFOCache[Any, Any]:
        try:
            found: FIFOCache[Any, Any] = self._slot.__get__(strip)
        except AttributeError:
            found = FIFOCache(self._size)
            self._slot.__set__(strip, found)
        return found


def begin(strip: Strip, segments: Iterable[Segment], cell_length: int | None = None) -> None:
    """As Textual makes a strip, without any cache."""
    strip._segments, strip._cell_length = list(segments), cell_length
    strip._render_cache = strip._link_ids = strip._cell_count = None


def divide(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """A strip that is cut nowhere is itself. Textual's would keep itself in its own cache, and so after its end."""
    cuts = list(cuts)
    return [strip] if cuts == [strip.cell_length] else _divide(strip, cuts)


def with_place(style: Style, x: int, y: int) -> RichStyle:
    """A style that says where its text stands, if that can be selected; a style that all texts share is cheaper."""
    app = active_app.get(None)
    return _with_place(style, x, y) if app is None or app.ALLOW_SELECT else style.rich_style


def slim() -> None:
    """Make all strips of this process so; those that there are keep what they have."""
    if Strip.divide is divide:
        return
    Strip.divide = divide  # type: ignore[method-assign, assignment]
    Strip.__init__ = begin  # type: ignore[method-assign, assignment]
    Style.rich_style_with_offset = with_place  # type: ignore[method-assign, assignment]
    for name, size in CACHES.items():
        setattr(Strip, name, LateCache(getattr(Strip, name), size))
