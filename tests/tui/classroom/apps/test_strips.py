from __future__ import annotations

import gc

from rich.segment import Segment
from textual.cache import FIFOCache
from textual.strip import Strip

from tui.classroom.apps.strips import CACHES


def counted(kind: type) -> int:
    """How many there are."""
    return sum(type(each) is kind for each in gc.get_objects())


def test_a_strip_begins_without_caches():
    gc.collect()
    before = counted(FIFOCache)
    made = [Strip([Segment("a matrix")], 8) for _ in range(100)]
    assert counted(FIFOCache) == before
    made[0].crop(2, 4)
    assert counted(FIFOCache) == before + 1
    assert [len(getattr(made[0], name)) for name in CACHES] == [0, 1, 0, 0, 0, 0, 0]


def test_a_strip_that_is_cut_nowhere_does_not_hold_itself():
    gc.collect()
    gc.disable()
    try:
        before = counted(Strip)
        strip = Strip([Segment("a matrix")], 8)
        assert strip.divide([8]) == [strip]
        assert counted(Strip) == before + 1
        del strip
        assert counted(Strip) == before
    finally:
        gc.enable()


def test_a_strip_that_is_cut_is_cut_as_textual_does():
    strip = Strip([Segment("a matrix")], 8)
    assert [part.text for part in strip.divide([1, 8])] == ["a", " matrix"]
    assert [part.text for part in strip.divide([1])] == ["a"]
