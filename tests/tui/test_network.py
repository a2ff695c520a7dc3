"""The form for the network."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.tui.screens import NARROW, WIDE, assert_golden, debugging, screen_text
from tests.tui.test_linear import conversation
from tui.app import DebuggerApp
from tui.screens.network import NetworkScreen


def said(app: DebuggerApp) -> str:
    return str(app.screen.query_one("#network-text", Static).content)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_the_form_begins_with_the_present_network(size: tuple[int, int]) -> None:
    async with debugging(["ctrl+n"], size) as (app, pilot):
        await pilot.pause()
        assert_golden(app, f"network_{size[0]}x{size[1]}")


async def test_it_is_judged_as_it_is_typed_and_shows_the_shapes_that_it_would_have() -> None:
    async with debugging(["ctrl+n", "end", "backspace", "4"]) as (app, pilot):
        assert "W3 4×3" in said(app)
        await pilot.press("minus", "5")
        assert "3 layers need as many activations, not 2" in said(app)
        await pilot.press("tab", "end", *", tahn")
        assert "did you mean tan or tanh" in said(app)
        await pilot.press("enter")
        assert isinstance(app.screen, NetworkScreen)
        assert not app.session.log.records


async def test_enter_sets_it_and_u_brings_the_former_one_back() -> None:
    async with debugging(["n", "ctrl+n", "end", "backspace", "4", "enter"]) as (app, pilot):
        assert not isinstance(app.screen, NetworkScreen)
        assert app.state.program.plan.shape("W3") == (4, 3)
        assert "2-3-4 · relu, sigmoid" in screen_text(app)
        await pilot.press("n", "c", "u")
        assert app.state.program is app.state.opening[0]
        assert "2-3-2 · relu, sigmoid" in screen_text(app)


async def test_choices_are_chosen_from_lists() -> None:
    async with debugging(["ctrl+n", "tab", "tab", "enter", "down", "enter", "ctrl+s"]) as (app, _):
        assert app.state.program.plan.lines["L"].text == "L = squared_error(a3, y)"


async def test_esc_leaves_everything_as_it_was() -> None:
    async with debugging(["ctrl+n", "end", "backspace", "4", "escape"]) as (app, _):
        assert not app.session.log.records


async def test_what_was_typed_is_kept_when_it_is_closed_and_put_away_by_ctrl_r() -> None:
    async with debugging(["ctrl+n", "end", "backspace", "4", "escape"]) as (app, pilot):
        assert "what you typed is kept" in screen_text(app)
        await pilot.press("ctrl+n")
        assert app.screen.query_one("#field-sizes").value == "2-3-4"
        await pilot.press("ctrl+r", "escape", "ctrl+n")
        assert app.screen.query_one("#field-sizes").value == "2-3-2"
        await pilot.press("end", "backspace", "5", "enter", "ctrl+n")
        assert app.screen.query_one("#field-sizes").value == "2-3-5"


def test_the_linear_mode_sets_a_network_field_by_field():
    text = conversation(
        "network sizes=2-5-2 activations=tanh, sigmoid bias=yes", "n", "network sizes=2", "network", "network height=2",
        "u",
    )  # fmt: skip
    assert "The network is 2-5-2 · tanh, sigmoid" in text
    assert "b2 5×1" in text
    assert "A network needs the size of its input" in text
    assert "A network is written as network sizes=" in text
    assert "A network has no height." in text
