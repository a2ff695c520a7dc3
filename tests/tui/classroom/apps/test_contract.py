"""What apps that are served rely on of Textual that it does not promise, so that another version is noticed here."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from threading import Event

import pytest
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._context import active_app
from textual.app import App
from textual.cache import FIFOCache
from textual.color import Color
from textual.filter import ANSIToTruecolor, Monochrome
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widgets import Static

from engine.scenario import load
from engine.session import Session
from tests.tui.classroom.served import Kept, until
from tests.tui.screens import debugging
from tui.classroom.apps import strips
from tui.classroom.apps.driver import FrameDriver
from tui.classroom.apps.painting import pieces
from tui.classroom.apps.served import ServedApp
from tui.classroom.ssh.terminal import Terminal


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


# ---- an app that is drawn elsewhere ----------------------------------------------------------------------------------


@asynccontextmanager
async def serving() -> AsyncIterator[ServedApp]:
    """An app of somebody's own, once it is there, until it has ended."""
    scenario = load("question")
    app = ServedApp(scenario, Terminal(Kept()), lambda frame: None)
    app.adopt(scenario, Session(scenario.opening, scenario.title))
    assert app._driver is None
    assert not app._running
    assert not app._dom_ready
    task = asyncio.create_task(app.run_async(size=(80, 23)))
    await until(lambda: app._dom_ready)
    try:
        yield app
    finally:
        app.exit()
        await task
    assert app._closed


async def test_an_app_has_the_size_of_its_driver_until_it_hears_of_another():
    async with serving() as app:
        assert isinstance(app._driver, FrameDriver)
        assert app._driver._app is app
        app.post_message(events.Resize(Size(90, 30), Size(90, 30)))
        await until(lambda: app.size == (90, 30))
    app = App()
    app._driver = FrameDriver(app, size=(80, 23))
    assert app.size == (80, 23)
    app._driver._size = (101, 33)
    assert app.size == (101, 33)


async def test_what_is_printed_goes_where_an_app_is_told_that_it_captures_it(capsys):
    """Which is where it goes anyway, in whichever order apps end."""
    streams = sys.stdout, sys.stderr
    async with AsyncExitStack() as later:
        async with serving() as first:
            assert (first._capture_stdout, first._capture_stderr) == streams
            await later.enter_async_context(serving())
            assert (sys.stdout, sys.stderr) == streams
            print("said while they run")
        assert (sys.stdout, sys.stderr) == streams
    assert (sys.stdout, sys.stderr) == streams
    assert capsys.readouterr().out == "said while they run\n"


async def test_what_fails_while_a_frame_is_sent_ends_the_app_with_that_error(monkeypatch):
    async with serving() as app:
        monkeypatch.setattr(app.painting, "paint", lambda found: 1 / 0)
        app.call_later(app.action_do, "next")
        await until(lambda: app._closed)
    assert isinstance(app.failure, ZeroDivisionError)


async def test_textual_calls_a_hook_after_each_frame(monkeypatch):
    called = []
    monkeypatch.setattr(App, "post_display_hook", lambda self: called.append(1))
    async with debugging(["n"]):
        pass
    assert called


# ---- what it leaves behind -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("may_select", [True, False])
async def test_texts_say_where_they_stand_only_where_the_app_of_the_context_lets_them_be_selected(may_select):
    class Plain(App[None]):
        ALLOW_SELECT = may_select

        def compose(self):
            yield Static("W3 is 2×3", id="text")

    async with Plain().run_test(size=(40, 5)) as pilot:
        assert active_app.get() is pilot.app
        segments = list(pilot.app.screen.query_one("#text").render_line(0))
    (style,) = {segment.style for segment in segments if segment.text.strip()}
    assert ("offset" in style.meta) is may_select
    assert style.without_color == Style()
    assert "rich_style_with_offset" in strips._with_place.__qualname__


async def test_a_theme_is_found_by_its_name():
    async with serving() as app:
        assert app.current_theme is super(type(app), app).current_theme
        assert app.current_theme.name == app.theme == app._theme_found.name
        app.theme = "textual-light"
        assert app.current_theme.name == "textual-light"


async def test_an_app_is_taken_apart_as_it_ends_so_that_no_collection_is_needed_for_what_it_has_painted():
    async with serving() as app:
        assert app.screen in app._registry
        assert app not in app._registry
        parts = [*app._registry]
        assert "_shutdown" in vars(App)
    assert [part for part in parts if vars(part)] == []
    assert app.stylesheet.rules == []
    assert app.full_frame() == b""
    assert app.failure is None


async def test_nobody_hears_of_a_thread_that_finds_its_part_of_an_ended_app_empty(capfd, caplog):
    release, ended, heard = Event(), Event(), []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
    async with serving() as app:
        screen = app.screen

        def work() -> None:
            release.wait(10)
            try:
                screen.post_message(events.Idle())
            finally:
                ended.set()

        worker = screen.run_worker(work, thread=True)
        await until(lambda: worker.is_running)
    release.set()
    assert await asyncio.to_thread(ended.wait, 10)
    await asyncio.sleep(0.05)
    gc.collect()
    assert worker.is_cancelled
    assert (heard, app.failure, caplog.records, capfd.readouterr()) == ([], None, [], ("", ""))


async def test_strips_are_cut_by_a_method_that_is_looked_up_each_time(monkeypatch):
    cut = []
    divide = Strip.divide
    monkeypatch.setattr(Strip, "divide", lambda strip, cuts: cut.append(strip) or divide(strip, cuts))
    async with debugging():
        pass
    assert cut


def test_textuals_own_method_lets_a_strip_that_is_cut_nowhere_hold_itself_and_ours_does_not():
    """Where this fails because Textual's does not either, `strips.divide` is needed no more."""
    held = {}
    for divide in (strips._divide, Strip.divide):
        strip = Strip([Segment("a matrix")], 8)
        before = sys.getrefcount(strip)
        assert divide(strip, [8]) == [strip]
        held[divide] = sys.getrefcount(strip) > before
    assert held == {strips._divide: True, strips.divide: False}


def test_a_strip_is_its_segments_seven_caches_and_what_is_computed_late():
    late = {"_render_cache", "_link_ids", "_cell_count"}
    assert {*strips.CACHES, *late, "_segments", "_cell_length"} == {*Strip.__slots__}
    as_textual_makes_it = strips._FULL
    assert {getattr(as_textual_makes_it, name) for name in late} == {None}
    assert (as_textual_makes_it._segments, as_textual_makes_it._cell_length) == ([], None)
    assert set(strips.CACHES) == {name for name in Strip.__slots__ if name.endswith("_cache")} - late
    assert FIFOCache(3)._maxsize == 3


def test_what_strips_are_asked_for_is_found_in_their_caches_again():
    strip, style = Strip([Segment("a mat", Style()), Segment("rix", Style(bold=True))], 8), Style(color="red")
    grey, black = Monochrome(), Color.parse("black")
    asked = {
        "_divide_cache": lambda: strip.divide([3, 8]), "_crop_cache": lambda: strip.crop(2, 6),
        "_style_cache": lambda: strip.apply_style(style), "_filter_cache": lambda: strip.apply_filter(grey, black),
        "_line_length_cache": lambda: strip.adjust_cell_length(12), "_offsets_cache": lambda: strip.apply_offsets(1, 2),
        "_crop_extend_cache": lambda: strip.crop_extend(2, 12, None),
    }  # fmt: skip
    assert set(asked) == set(strips.CACHES)
    for name, ask in asked.items():
        assert ask() is ask(), name
        assert len(getattr(strip, name)) == 1, name
