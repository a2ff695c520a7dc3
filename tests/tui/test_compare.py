"""Before and after an edit, on the screen."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from engine import Network
from engine.session import View, opened
from tests.tui.screens import NARROW, WIDE, assert_golden, debugging, screen_text
from tests.tui.test_linear import conversation
from tui.app import DebuggerApp
from tui.screens.compare import CompareScreen

EDIT = ["e", "enter", "right", *"0.7", "enter", "escape"]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_the_screen_is_the_golden_one(size: tuple[int, int]) -> None:
    async with debugging([*EDIT, "D"], size) as (app, pilot):
        await pilot.pause()
        assert_golden(app, f"compare_{size[0]}x{size[1]}")


async def test_wide_both_stand_beside_each_other_and_narrow_below() -> None:
    for size, beside in ((WIDE, True), (NARROW, False)):
        async with debugging([*EDIT, "D"], size) as (app, pilot):
            await pilot.pause()
            lines = str(app.screen.query_one("#compare-text", Static).content).splitlines()
            assert any("before" in line and "after" in line for line in lines) is beside
            assert any("[0,0] -0.47 → -0.4888" in line for line in lines)


async def test_it_scrolls_to_the_last_product() -> None:
    async with debugging([*EDIT, "D"], NARROW) as (app, pilot):
        await pilot.pause()
        assert "new product ∂L/∂W3" not in screen_text(app)
        await pilot.press("end")
        assert "new product ∂L/∂W3" in screen_text(app)


async def test_before_any_edit_it_says_so_and_stays_where_it_is() -> None:
    async with debugging(["D"]) as (app, _):
        assert not isinstance(app.screen, CompareScreen)
        assert "nothing has been edited that could be compared" in screen_text(app)


async def test_in_ascii_mode_no_other_character_is_drawn() -> None:
    async with debugging([*EDIT, "D"], ascii_only=True) as (app, pilot):
        await pilot.pause()
        assert screen_text(app).translate(str.maketrans("", "", "▊▎▔▁█▂▃▄▅▆▇ ")).isascii()


def test_the_linear_mode_says_which_factors_differ():
    said = conversation("D", "t W2", "e W3[1,2] = 0.75", "D")
    assert "Nothing has been edited that could be compared." in said
    assert "3. ∂z3/∂a2: 1 entry differs: [2,1] 0.1 → 0.75." in said
    assert "4. ∂a2/∂z2: the same." in said


async def test_a_layer_whose_tensor_is_larger_than_a_formula_may_be_is_compared_in_its_corner() -> None:
    program = Network([300, 400, 350], ["relu", "sigmoid"], batch=4).program(seed=1)
    app = DebuggerApp(opened(program, View("W2", "L")))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("e", "enter", "plus", "escape", "D")
        await pilot.pause()
        assert "in the first rows and columns" in str(app.screen.query_one("#compare-text", Static).content)
