"""The edit screen: typing in place, steps by + and −, formulas, and leaving with something typed."""

from __future__ import annotations

import pytest

from tests.tui.screens import NARROW, WIDE, assert_golden, debugging, screen_text
from tui.screens.edit import EditScreen, step_of
from tui.widgets.changes import ChangesPanel

AT_W2_01 = ["e", "enter", "right"]


@pytest.mark.parametrize(
    ("value", "step"), [(0.25, "0.01"), (-0.4, "0.1"), (2.0, "0.1"), (1 / 3, "0.1"), (0.0, "0.1"), (1e-9, "0.1")]
)
def test_a_step_is_one_in_the_last_digit_or_a_tenth(value, step):
    assert str(step_of(value)) == step


async def test_plus_and_minus_step_the_chosen_entry_and_only_that() -> None:
    async with debugging(AT_W2_01) as (app, pilot):
        await pilot.press("plus", "plus", "plus")
        assert app.state.program.inputs["W2"].tolist() == [[0.1, -0.1], [0.7, 0.2], [0.4, -0.6]]
        await pilot.press("minus")
        assert app.state.program.inputs["W2"][0, 1] == -0.2


async def test_a_step_of_a_hundredth_stays_one_when_the_last_digit_becomes_zero() -> None:
    async with debugging([*AT_W2_01, *"0.09", "enter", "plus", "plus"]) as (app, _):
        assert app.state.program.inputs["W2"][0, 1] == 0.11


async def test_minus_and_then_a_digit_is_a_negative_number_and_no_step() -> None:
    async with debugging([*AT_W2_01, "minus", "5", "enter"]) as (app, _):
        assert app.state.program.inputs["W2"][0, 1] == -5


async def test_what_is_typed_is_shown_in_the_entry_before_it_is_entered() -> None:
    async with debugging([*AT_W2_01, *"0.77"]) as (app, _):
        row = next(line for line in screen_text(app).splitlines() if "0.1000" in line)
        assert "0.77" in row
        assert not app.state.past


async def test_a_formula_changes_the_entry_and_after_an_equals_sign_everything() -> None:
    async with debugging([*AT_W2_01, *"W2[1,0]*2", "enter"]) as (app, pilot):
        assert app.state.program.inputs["W2"][0, 1] == 1.4
        await pilot.press(*"=W3.T", "enter")
        assert app.state.program.inputs["W2"].tolist() == app.state.program.inputs["W3"].T.tolist()


async def test_leaving_with_something_typed_asks_and_esc_again_leaves_without_it() -> None:
    async with debugging([*AT_W2_01, *"0.7", "escape"]) as (app, pilot):
        assert isinstance(app.screen, EditScreen)
        assert "0.7 is typed and not entered: enter puts it into W2[0,1], esc leaves" in " ".join(
            screen_text(app).replace("│", "").split()
        )
        await pilot.press("escape")
        assert not isinstance(app.screen, EditScreen)
        assert not app.state.past


async def test_leaving_with_something_typed_asks_and_enter_puts_it_in() -> None:
    async with debugging([*AT_W2_01, *"0.7", "escape", "enter"]) as (app, _):
        assert app.state.program.inputs["W2"][0, 1] == 0.7


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_what_an_edit_changed_stays_on_the_main_screen_until_esc(size: tuple[int, int]) -> None:
    async with debugging([*AT_W2_01, *"0.7", "enter", "escape", "n"], size) as (app, pilot):
        assert_golden(app, f"edited_{size[0]}x{size[1]}")
        await pilot.press("n")
        assert app.screen.query_one(ChangesPanel).display
        assert "W2[0,1] -0.4 → 0.7" in screen_text(app)
        assert "∂L/∂W3[1,0]" in screen_text(app)
        await pilot.press("escape")
        assert not app.screen.query_one(ChangesPanel).display
        assert "→ 0.264523" not in screen_text(app)
        assert app.state.program.inputs["W2"][0, 1] == 0.7
        await pilot.press("escape")
        assert len(app.session.log.records) == 4  # an edit, two steps, and one putting away


async def test_from_the_names_the_right_arrow_goes_to_the_entries_and_a_number_is_typed_there() -> None:
    async with debugging(["e", "right", "right", "down", "7", "enter"]) as (app, pilot):
        assert app.state.values["W2"][1, 1] == 7
        await pilot.press("escape", "e", "down", "2", "enter")
        assert app.state.values["W3"][0, 0] == 2
        await pilot.press("escape", "e", "right", "left", "down", "plus")
        assert app.state.values["W3"][0, 0] == 2.1
