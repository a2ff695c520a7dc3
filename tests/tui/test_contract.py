"""What the whole app relies on of Textual that it does not promise, so that another version of it is noticed here.

`test_private_names.py` finds what is relied upon; what only a served class needs is in the folders of its tests.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import weakref

import pytest
from rich.console import Console
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.app import App, ComposeResult
from textual.color import Color
from textual.geometry import Region
from textual.keys import REPLACED_KEYS, _character_to_key, key_to_character
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from tests.tui.screens import NARROW, debugging

# ---- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("character", "nN9?,.-_+^/=<>{}()[]|~ßλ漢∂·", ids=_character_to_key)
def test_a_character_has_the_name_of_the_key_that_a_terminal_sends_for_it(character):
    (event,) = XTermParser().feed(character)
    assert event.key == _character_to_key(character)
    assert key_to_character(REPLACED_KEYS.get(event.key, event.key)) == character


async def test_an_app_heeds_the_keys_that_stand_in_its_own_table_and_no_others():
    async with debugging() as (app, pilot):
        table = app._bindings.key_to_bindings
        table["j"] = table.pop("n")
        await pilot.press("n")
        assert app.state.cursor == 0
        await pilot.press("j")
        assert app.state.cursor == 1
        assert "n" in type(app)(app.state)._bindings.key_to_bindings


class Upper(Input):
    """Handles one key, and leaves the others to its base."""

    def on_key(self, event):
        if event.character == "?":
            event.prevent_default()


async def test_a_handler_comes_before_that_of_the_base_which_follows_by_itself_unless_it_is_prevented():
    async with Holding(Upper()).run_test() as pilot:
        await pilot.press("a", "question_mark", "b")
        assert pilot.app.query_one(Upper).value == "ab"


class Covering(Screen):
    is_modal = True


async def test_under_a_screen_that_says_that_it_is_modal_no_key_of_the_app_works():
    async with debugging() as (app, pilot):
        app.push_screen(Covering())
        await pilot.press("n")
        assert app.state.cursor == 0
        app.pop_screen()
        await pilot.press("n")
        assert app.state.cursor == 1


# ---- errors ----------------------------------------------------------------------------------------------------------


class Holding(App):
    """An app around one widget, which keeps what went wrong."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.errors: list[Exception] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def _handle_exception(self, error):
        self.errors.append(error)
        super()._handle_exception(error)


class Failing(Static):
    """Raises in one of the ways there are."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way

    def on_mount(self):
        if self.way == "message":
            self.fail()
        elif self.way == "timer":
            self.set_timer(0.01, self.fail)
        elif self.way == "callback":
            self.call_after_refresh(self.fail)
        elif self.way == "worker":
            self.run_worker(self.fail_later())

    def render(self):
        return self.fail() if self.way == "painting" else ""

    def fail(self):
        raise ZeroDivisionError

    async def fail_later(self):
        self.fail()


@pytest.mark.parametrize("is_quiet", [False, True], ids=["as Textual does", "kept back"])
@pytest.mark.parametrize("way", ["message", "timer", "callback", "worker", "painting"])
async def test_every_unexpected_error_passes_one_method_and_is_printed_by_one_console(way, is_quiet, capfd):
    app = Holding(Failing(way))
    app.error_console.quiet = is_quiet
    async with asyncio.timeout(20):
        await app.run_async(headless=True)
    assert "ZeroDivisionError" in repr(app.errors[0]) + repr(app.errors[0].__cause__)
    assert app.return_code == 1
    printed = capfd.readouterr()
    assert ("ZeroDivisionError" in printed.out + printed.err) is not is_quiet


def test_the_flags_of_a_command_are_those_of_its_groups_too():
    parser = argparse.ArgumentParser()
    parser.add_mutually_exclusive_group().add_argument("--json", "-j")
    assert ["--json", "-j"] in [action.option_strings for action in parser._actions]


# ---- what is painted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(132, 40), NARROW], ids=["132x40", "80x24"])
async def test_a_screen_has_each_of_its_lines_as_wide_as_it_is_and_in_its_colours(size):
    columns, rows = size
    async with debugging(size=size) as (app, _):
        painted = app.screen._compositor.render_strips()
    assert [strip.cell_length for strip in painted] == [columns] * rows
    console = Console(width=columns, force_terminal=True, color_system="truecolor", legacy_windows=False)
    assert "\x1b[" in painted[0].render(console)
    assert app.lesson_title in painted[0].text


async def test_the_style_sheets_are_read_with_the_colours_of_the_theme_before_they_are_read_again():
    """So that to read them once is enough: the app leaves the second time out."""

    def colours() -> list[tuple[Color, Color]]:
        return [(each.styles.background, each.styles.color) for each in app.screen.walk_children()]

    async with debugging() as (app, pilot):
        assert app._is_styled  # that second time has come, else it would be the next theme that is left out
        before = colours()
        app.refresh_css(animate=False)
        await pilot.pause()
        assert colours() == before


def test_what_widgets_have_painted_is_held_by_a_cache_until_it_is_cleared():
    StylesCache.get_inner_outer.cache_clear()
    painted = StylesCache()
    painted.get_inner_outer(Color(1, 2, 3), Color(4, 5, 6))
    held = weakref.ref(painted)
    del painted
    gc.collect()
    assert held() is not None, "nothing is held: nothing need be cleared"
    StylesCache.get_inner_outer.cache_clear()
    gc.collect()
    assert held() is None


# ---- how often it is laid out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [["n"], ["n", "n", "n"], ["n", "n", "b"]], ids="".join)
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
