"""The app, driven by keys: every command does what it says, and what is on the screen is the session's state."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Form, Layout
from engine.session.actions import Ask
from tests.tui.screens import NARROW, WIDE, assert_golden, debugging, screen_text
from tui.keymap import COMMANDS
from tui.screens.choose import TargetScreen
from tui.screens.edit import EditScreen
from tui.screens.help import HelpScreen
from tui.widgets.matrix import MatrixPanel

SCREENS = {
    "start": [],
    "first_factor": ["n"],
    "transpose_of_w3": ["t", "up", "enter", "n", "n", "n"],
    "tensor": ["t", "up", "enter", "c"],
    "tensor_in_numerator_layout": ["t", "up", "enter", "l", "c"],
    "hadamard": ["t", "up", "enter", "f", "c"],
    "entry": ["f", "f", "c"],
    "help": ["question_mark"],
    "target": ["t"],
    "edit": ["e"],
    "values": ["v"],
}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
@pytest.mark.parametrize("name", SCREENS)
async def test_the_screen_is_the_golden_one(name: str, size: tuple[int, int]) -> None:
    async with debugging(SCREENS[name], size) as (app, _):
        assert_golden(app, f"{name}_{size[0]}x{size[1]}")


async def test_in_ascii_mode_no_other_character_is_drawn() -> None:
    async with debugging(["l", "c"], ascii_only=True) as (app, pilot):
        for keys in ([], ["f"], ["f"], ["t"], ["escape", "question_mark"]):
            await pilot.press(*keys)
            frame = screen_text(app).translate(str.maketrans("", "", "▊▎▔▁█▂▃▄▅▆▇ "))  # Textual's own widgets
            assert frame.isascii(), [character for character in frame if not character.isascii()]


async def test_n_and_b_move_through_the_chain_and_stop_at_its_ends() -> None:
    async with debugging() as (app, pilot):
        count = len(app.state.steps)
        for expected in range(1, count + 1):
            await pilot.press("n")
            assert app.state.cursor == expected
        await pilot.press("n")
        assert app.state.cursor == count
        assert "every factor has been joined" in screen_text(app)
        for expected in reversed(range(count)):
            await pilot.press("b")
            assert app.state.cursor == expected
        await pilot.press("b")
        assert "no factor has been joined yet" in screen_text(app)


async def test_l_flips_the_layout_in_place_and_twice_is_nothing() -> None:
    async with debugging(["n", "n"]) as (app, pilot):
        before = screen_text(app)
        await pilot.press("l")
        assert app.state.view.layout is Layout.NUMERATOR
        assert app.state.cursor == 2
        assert "grows to the RIGHT" in screen_text(app)
        await pilot.press("l")
        app.announce("")  # what is said of a flip
        await pilot.pause()
        assert screen_text(app) == before


async def test_f_goes_through_the_forms() -> None:
    async with debugging(["n"]) as (app, pilot):
        seen = []
        for _ in Form:
            await pilot.press("f")
            seen.append(app.state.view.form)
        assert seen == [Form.HADAMARD, Form.ENTRY, Form.VEC, Form.INDEX, Form.JACOBIAN]


async def test_i_and_j_choose_the_entry_and_come_around() -> None:
    async with debugging() as (app, pilot):  # the target is W3, 2×3
        await pilot.press("i", "j", "j")
        assert app.state.view.entry == (1, 2)
        await pilot.press("i", "j")
        assert app.state.view.entry == (0, 0)


async def test_every_target_in_the_list_can_be_chosen_and_stepped_to_its_end() -> None:
    async with debugging(["t"]) as (app, pilot):
        assert isinstance(app.screen, TargetScreen)
        names = [option.id for option in app.screen.query_one("#targets").options]
    assert names == ["all", "x", "y", "W2", "W3", "z2", "a2", "z3", "a3"]
    for name in names:
        async with debugging() as (app, pilot):
            await pilot.press("t", "home", *["down"] * names.index(name), "enter", "c")
            assert app.state.view.target == name
            assert app.state.cursor == len(app.state.steps) > 0


async def test_an_edited_weight_changes_the_loss_and_u_brings_it_back() -> None:
    async with debugging() as (app, pilot):
        loss = app.state.loss
        await pilot.press("e", "enter", "right", *"-0.75", "enter", "escape")
        assert app.state.program.inputs["W2"][0, 1] == -0.75
        assert app.state.loss != loss
        assert f"{loss:.6g} → {app.state.loss:.6g}" in screen_text(app)
        await pilot.press("u")
        assert app.state.loss == loss


async def test_what_fits_no_entry_is_refused_where_it_was_typed_and_kept() -> None:
    async with debugging(["e", "enter", *"12x", "enter"]) as (app, _):
        assert isinstance(app.screen, EditScreen)
        assert "W2[0,0] is one number, and 12x is 2×1" in screen_text(app)
        assert app.screen.query_one("#number").value == "12x"
        assert not app.state.past


async def test_an_edit_that_overflows_is_refused_and_changes_nothing() -> None:
    async with debugging(["e", "end", "enter", *"1e300", "enter"]) as (app, _):  # y is the last input
        assert "not finite" in screen_text(app)
        assert not app.state.past


async def test_a_gradient_step_makes_the_loss_smaller() -> None:
    async with debugging() as (app, pilot):
        loss = app.state.loss
        await pilot.press("g")
        assert app.state.loss < loss
        await pilot.press("u", "ctrl+r")
        assert app.state.loss < loss


async def test_space_plays_the_lesson_to_its_end_and_every_expectation_holds() -> None:
    async with debugging() as (app, pilot):
        spoken = [entry.prompt if isinstance(entry, Ask) else entry.say for entry in app.lesson.script]
        for say in filter(None, spoken):
            await pilot.press("space")
            await pilot.pause()
            assert app.state.outcome is None or app.state.outcome.ok, app.state.outcome
            assert " ".join(say.split())[:40] in " ".join(screen_text(app).replace("│", " ").split())
            if app.state.quiz.is_open:
                await pilot.press("ctrl+g")
        assert app.lesson.is_over
        await pilot.press("space")
        assert "the lesson is over" in screen_text(app)


async def test_after_steps_by_hand_the_lesson_goes_on_from_where_it_was_left() -> None:
    async with debugging(["space"] * 6) as (app, pilot):
        at_the_lesson = screen_text(app)
    async with debugging(["space"] * 5) as (app, pilot):
        await pilot.press("l", "t", "home", "enter", "c", "g", "space")
        after = screen_text(app)
    assert after == at_the_lesson


async def test_a_matrix_that_is_larger_than_its_frame_moves_with_its_cursor() -> None:
    async with debugging(["t", "up", "enter", "c"], NARROW) as (app, pilot):
        panel = app.screen.query(MatrixPanel).first()
        panel.focus()
        await pilot.pause()
        before = screen_text(app)
        await pilot.press(*["down"] * 6)
        assert panel.offset_row > 0
        assert screen_text(app) != before
        await pilot.press(*["up"] * 6)
        assert panel.offset_row == 0
        await pilot.press("escape", "b")
        assert app.state.cursor == len(app.state.steps) - 1


async def test_the_matrices_on_the_screen_are_the_steps_numbers() -> None:
    async with debugging(["t", "up", "enter", "n", "n", "n"]) as (app, _):
        step = app.state.current
        left, right, after = (panel.shown.value for panel in app.screen.query(MatrixPanel))
        np.testing.assert_array_equal(left @ right, after)
        np.testing.assert_array_equal(left, app.state.values["W3"].T)
        assert step.factor.name == "dz3/da2"


async def test_help_names_every_command_of_the_keymap() -> None:
    async with debugging(["question_mark"], (132, 90)) as (app, _):
        assert isinstance(app.screen, HelpScreen)
        text = " ".join(screen_text(app).split())
        for command in COMMANDS:
            assert command.help.split(":")[0].rstrip(".") in text.replace("│ │", ""), command.name


async def test_the_palette_offers_every_command() -> None:
    async with debugging() as (app, _):
        titles = {command.title for command in app.get_system_commands(app.screen)}
        commands = [command for command in COMMANDS if command.name != "command_palette"]
        assert {f"{command.label} ({command.shown_key})" for command in commands} <= titles


async def test_resizing_while_running_keeps_the_state_and_fills_the_screen() -> None:
    async with debugging(["n", "n"], WIDE) as (app, pilot):
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        narrow = screen_text(app)
    async with debugging(["n", "n"], NARROW) as (app, _):
        assert screen_text(app) == narrow


def test_no_two_commands_share_a_key() -> None:
    keys = [key for command in COMMANDS for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))
