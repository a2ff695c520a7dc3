"""Breakpoints, watches and jumps in the app and in the linear mode."""

from __future__ import annotations

import io

import pytest

from engine.scenario import load
from engine.session import actions
from tests.tui.screens import NARROW, WIDE, debugging, screen_text
from tui.linear import Linear, converse
from tui.screens.factors import FactorsScreen
from tui.screens.points import PointsScreen
from tui.widgets.chain import ChainPanel

TO_W2 = ("t", "up", "enter")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_a_run_stops_at_a_breakpoint_and_says_so(size):
    async with debugging(size=size) as (app, pilot):
        await pilot.press(*TO_W2, "n", "n", "K", "home", "c")
        assert app.state.cursor == 2
        assert "stopped: the factor ∂a3/∂z3" in screen_text(app)
        assert "● now" in screen_text(app)
        await pilot.press("c")
        assert app.state.cursor == 5
        await pilot.press("home", "end")
        assert app.state.cursor == 5
        await pilot.press("home", "n", "n", "K", "home", "c")
        assert app.state.cursor == 5


async def test_a_breakpoint_is_typed_and_what_is_wrong_with_it_stays_to_be_corrected():
    async with debugging() as (app, pilot):
        await pilot.press(*TO_W2, "k", *"z2", "space", "greater_than_sign", *"0", "enter")
        assert isinstance(app.screen, PointsScreen)
        assert "a condition is true or false" in screen_text(app)
        assert "z2 >0" in screen_text(app)
        await pilot.press("ctrl+u", *"norm(delta2)", "less_than_sign", *"1", "enter")
        assert app.state.breakpoints == (actions.Break(when="norm(delta2)<1"),)
        await pilot.press("escape", "c")
        assert app.state.current.product.name == "z2"
        await pilot.press("k", "shift+tab", "down", "enter")
        assert app.state.breakpoints == ()


async def test_watches_show_their_values_at_each_step():
    async with debugging() as (app, pilot):
        await pilot.press(*TO_W2, "w", *"norm(delta3)", "enter", "escape")
        assert "watch norm(delta3) = not reached yet" in screen_text(app)
        await pilot.press("n", "n")
        assert "watch norm(delta3) = 0.1742" in screen_text(app)


async def test_the_list_of_factors_runs_to_one_and_sets_breakpoints():
    async with debugging(size=NARROW) as (app, pilot):
        await pilot.press(*TO_W2, "m")
        assert isinstance(app.screen, FactorsScreen)
        await pilot.press("down", "K", "down", "enter")
        assert app.state.cursor == 3
        assert app.state.breakpoints == (actions.Break(factor="da3/dz3"),)


async def test_over_a_layer_and_back():
    async with debugging() as (app, pilot):
        await pilot.press(*TO_W2, "N")
        assert app.state.current.product.name == "z3"
        await pilot.press("N")
        assert app.state.current.product.name == "z2"
        await pilot.press("B")
        assert app.state.current.product.name == "z3"


async def test_a_click_on_a_factor_runs_to_it():
    async with debugging() as (app, pilot):
        await pilot.press(*TO_W2)
        line = next(line for line in screen_text(app).splitlines() if "∂z2    ∂a2" in line)
        panel = app.screen.query_one(ChainPanel)
        await pilot.click(panel, offset=(line.index("∂a2") - panel.region.x, 2))
        assert app.state.current.factor.name == "da2/dz2"
        await pilot.click(panel, offset=(1, 2))  # the left side is no factor
        assert app.state.current.factor.name == "da2/dz2"


def test_in_the_linear_mode():
    output = io.StringIO()
    commands = io.StringIO("t W2\nbreak layer 3\nwatch norm(delta3)\nc\nbreak 9x9\nbreak qq > 0\nbreak\n")
    converse(Linear(load("question")), commands, output)
    text = output.getvalue()
    assert "Stopped: layer 3: ∂L/∂z3 is complete." in text
    assert "watch norm(delta3) = 0.1742" in text
    assert "breakpoint: 9×9" in text
    assert "There is no value called qq." in text
