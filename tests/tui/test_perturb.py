"""Moving an entry on the screen and in the linear mode: the sentence that proves a transpose, in both layouts."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.tui.screens import NARROW, WIDE, assert_golden, debugging, screen_text
from tests.tui.test_linear import conversation
from tui.app import DebuggerApp


def text(app: DebuggerApp) -> str:
    return str(app.screen.query_one("#moved-text", Static).content)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_the_screen_begins_at_the_target_and_is_the_golden_one(size: tuple[int, int]) -> None:
    async with debugging(["P", "down"], size) as (app, _):
        assert_golden(app, f"perturb_{size[0]}x{size[1]}")
        assert "Moving W3[1,0] by ε moves z3[1] by a2[0] ε and nothing else of z3." in text(app)
        assert "L moves by 0.0193 ε, and ∂L/∂W3[1,0] is 0.0193." in text(app)


async def test_the_place_of_the_derivative_is_told_for_both_layouts() -> None:
    async with debugging(["P", "down", "right", "right"]) as (app, _):
        assert (
            "It stands in row 1, column 2 of ∂L/∂W3, 2×3 (denominator layout); in numerator layout in row 2, column 1 "
            "of 3×2." in text(app)
        )
    async with debugging(["l", "P", "down", "right", "right"]) as (app, _):
        assert (
            "It stands in row 2, column 1 of ∂L/∂W3, 3×2 (numerator layout); in denominator layout in row 1, column 2 "
            "of 2×3." in text(app)
        )


async def test_plus_and_minus_change_epsilon_tenfold_and_nothing_in_the_session() -> None:
    async with debugging(["P", "plus", "plus", "plus", "plus"]) as (app, pilot):
        assert app.screen.query_one("#epsilon").value == "10"
        assert "≠" in text(app)
        assert "Take a smaller one" in text(app)
        await pilot.press("minus", "minus", "minus", "minus", "minus", "minus")
        assert app.screen.query_one("#epsilon").value == "1e-05"
        assert "≠" not in text(app)
        assert not app.session.log.records
        assert app.state.program is app.state.opening[0]


async def test_what_is_no_epsilon_is_refused_and_stays() -> None:
    async with debugging(["P", *"0x"]) as (app, _):
        assert "ε is a number such as 0.001, and not 0x" in text(app)
        assert app.screen.query_one("#epsilon").value == "0x"


async def test_every_value_can_be_moved() -> None:
    async with debugging(["P"]) as (app, pilot):
        options = app.screen.query_one("#inputs")
        names = [option.id for option in options.options]
        assert names == ["W2", "W3", "x", "y", "z2", "a2", "z3", "a3"]
        for number, name in enumerate(names):
            options.highlighted = number
            await pilot.pause()
            assert f"Moving {name}[0" in text(app) or name in ("y", "a3")
            assert f"∂L/∂{name}[0" in text(app)


async def test_in_ascii_mode_no_other_character_is_drawn() -> None:
    async with debugging(["P", "plus", "plus", "plus", "plus"], ascii_only=True) as (app, _):
        assert screen_text(app).translate(str.maketrans("", "", "▊▎▔▁█▂▃▄▅▆▇ ")).isascii()


def test_the_linear_mode_says_what_moves():
    said = conversation("P W3[1,0]", "P a2[1] 0.01", "P W3", "P W3[1,0] x")
    assert "Moving W3[1,0] by ε moves z3[1] by a2[0] ε and nothing else of z3." in said
    assert "Moving a2[1] by ε moves z3 by column 1 of W3 times ε." in said
    assert "An entry is written as P W3[1,0]" in said
    assert "Ε is a number such as 0.001, and not x." in said
