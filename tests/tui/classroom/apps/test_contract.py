"""What is relied upon of Textual that it does not promise, so that another version of it is noticed here."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tests.tui.screens import debugging
from tui.classroom.apps.painting import pieces


def spelled(found):
    return [(row, column, "".join(segment.text for segment in segments)) for row, column, segments in found]


def test_a_layout_update_is_strips_from_a_corner_on():
    rows = [[Strip([Segment("ab")]), Strip([Segment("c")])], [Strip([Segment("def")])]]
    update = LayoutUpdate(rows, Region(4, 2, 3, 2))
    assert isinstance(update, CompositorUpdate)
    assert spelled(pieces(update)) == [(2, 4, "ab"), (2, 6, "c"), (3, 4, "def")]


def test_a_chops_update_is_pieces_between_cuts_and_the_spans_that_are_due():
    chops = [{0: Strip([Segment("abc")]), 3: Strip([Segment("de")]), 5: None}, {0: Strip([Segment("fghij")])}]
    update = ChopsUpdate(chops, [(0, 3, 5)], [[3, 5, 7], [5]])
    assert isinstance(update, CompositorUpdate)
    assert spelled(pieces(update)) == [(0, 3, "de")]


@pytest.mark.parametrize("name", ["_display", "_handle_exception", "post_display_hook", "get_line_filters"])
def test_an_app_has_what_is_overridden_or_called(name):
    assert callable(getattr(App, name))


async def test_an_app_tells_whether_it_can_draw():
    async with debugging() as (app, _):
        assert app._running
        assert not app._closed
        assert app._batch_count == 0
        assert [each for each in app.get_line_filters() if isinstance(each, ANSIToTruecolor)]
        with app.batch_update():
            assert app._batch_count == 1


async def test_an_app_tells_whether_it_can_be_given_a_key_and_passes_it_on():
    async with debugging() as (app, pilot):
        assert app._dom_ready
        assert {app.message_queue_size, app.screen.message_queue_size} == {0}
        assert app._driver is not None
        app._driver.process_message(events.Key("n", "n"))
        await pilot.pause()
        assert app.state.cursor == 1


async def test_a_screen_has_the_size_of_its_app_once_it_is_laid_out_for_it():
    """Until then its frames are of the former size, and are not sent."""
    async with debugging() as (app, pilot):
        former, size = app.size, Size(101, 33)
        assert app.screen.size == former
        app.post_message(events.Resize(size, size))
        assert app.screen.size == former
        await pilot.pause(0.2)
        assert app.screen.size == size


async def test_updates_come_from_the_compositor_to_display(monkeypatch):
    kinds = []
    monkeypatch.setattr(App, "_display", lambda self, screen, update: kinds.append(type(update)))
    async with debugging(["n"]):
        pass
    assert {LayoutUpdate, ChopsUpdate} <= set(kinds)


@pytest.mark.parametrize("keys", [["n"], ["n", "n", "n"], ["n", "n", "b"]])
async def test_a_step_lays_the_screen_out_no_more_than_once(keys, monkeypatch):
    counted = []
    lay_out = Screen._refresh_layout
    async with debugging(keys[:-1]) as (_, pilot):
        monkeypatch.setattr(
            Screen, "_refresh_layout", lambda *given, **named: counted.append(1) or lay_out(*given, **named)
        )
        await pilot.press(keys[-1])
        await pilot.pause(0.1)
    assert len(counted) == 1


def test_a_size_is_taken_by_a_method_that_may_be_told_to_lay_nothing_out():
    widget = Widget()
    size = Region(0, 0, 30, 7).size
    assert widget._size_updated(size, size, size, layout=False)
    assert widget.virtual_size == size
