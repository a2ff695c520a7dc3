"""Inside of a factor on the screen and in the linear mode: what is lit, what is said, and that it comes into sight."""

from __future__ import annotations

import io

import numpy as np
import pytest

from engine import Form, Layout, Network
from engine.scenario import load
from engine.session import View, opened
from tests.tui.screens import NARROW, WIDE, assert_golden, debugging, screen_text
from tui.app import DebuggerApp
from tui.linear import Linear, converse
from tui.lit import covered
from tui.widgets.matrix import MatrixPanel

TO_W2 = ["t", "up", "enter"]
SCREENS = {
    "inside_entry": [*TO_W2, "n", "n", "n", "s", "n"],
    "inside_slice": [*TO_W2, "c", "s", "n"],
    "inside_numerator": [*TO_W2, "c", "s", "end", "b", "l"],
}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
@pytest.mark.parametrize("name", SCREENS)
async def test_the_screen_is_the_golden_one(name: str, size: tuple[int, int]) -> None:
    async with debugging(SCREENS[name], size) as (app, _):
        assert_golden(app, f"{name}_{size[0]}x{size[1]}")


async def test_s_n_b_home_end_and_o_move_through_the_parts() -> None:
    async with debugging([*TO_W2, "n", "n", "n", "s"]) as (app, pilot):
        for key, expected in (("n", 1), ("right", 2), ("b", 1), ("left", 0), ("end", 2), ("home", 0), ("o", None)):
            await pilot.press(key)
            assert app.state.inside == expected, key
            assert app.state.cursor == 3
        assert "inside" not in screen_text(app)
        await pilot.press("o")
        assert "nothing to step out of" in screen_text(app)
        await pilot.press("home")
        assert app.state.cursor == 0
        await pilot.press("s")
        assert "join a factor first" in screen_text(app)
        await pilot.press("end")
        assert app.state.cursor == 5


async def test_row_column_and_entry_stand_in_guillemets() -> None:
    async with debugging(SCREENS["inside_entry"]) as (app, _):
        lines = screen_text(app).splitlines()
        row = next(line for line in lines if "‹-0.2000" in line)
        assert "⎢‹-0.2000   0.4000›⎥" in row
        assert "⎢‹ 0.0750›⎥" in row
        assert "⎡‹-0.1171›⎤" in "\n".join(lines)
        assert "⎣‹ 0.1289›⎦" in "\n".join(lines)
        assert "= -0.2000·(-0.1171) + 0.4000·0.1289 = 0.0234 + 0.0516 = 0.0750" in screen_text(app)
        assert "inside ∂L/∂a2: entry [1,0], 2 of 3" in screen_text(app)


async def test_the_footer_offers_the_way_in_or_the_way_out() -> None:
    async with debugging(["n"], NARROW) as (app, pilot):
        assert "s into" in screen_text(app)
        assert "o out" not in screen_text(app)
        await pilot.press("s")
        assert "o out" in screen_text(app)
        assert "s into" not in screen_text(app)


async def test_in_ascii_mode_the_marks_are_ascii() -> None:
    async with debugging([*TO_W2, "c", "s", "n"], ascii_only=True) as (app, pilot):
        for keys in ([], ["end"], ["l"], ["o", "f", "s"]):
            await pilot.press(*keys)
            assert screen_text(app).isascii()
        assert "<" in screen_text(app)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("form", [Form.JACOBIAN, Form.HADAMARD, Form.VEC])
async def test_what_is_read_and_written_scrolls_into_view(form, layout, size) -> None:
    program = Network([20, 30, 12], ["tanh", "sigmoid"], bias=True, batch=1).program(seed=3)
    app = DebuggerApp(opened(program, View("W1", "L", layout=layout, form=form)))
    async with app.run_test(size=size) as pilot:
        for keys in (["n", "n", "n"], ["c"]):
            await pilot.press(*keys, "s", "end", "b")
            await pilot.pause()
            for panel in app.query(MatrixPanel):
                line, column = panel._line_of(panel.sought)
                assert panel._cut.rows[0] <= line < panel._cut.rows[1]
                assert panel._cut.columns[0] <= column < panel._cut.columns[1]
                assert any("‹" in line.plain for line in panel._cut.lines)
            await pilot.press("o")


async def test_while_slices_are_added_up_the_new_product_fills_row_by_row() -> None:
    async with debugging([*TO_W2, "c", "s"]) as (app, pilot):
        panel = app.query_one("#after", MatrixPanel)
        whole = app.state.current.after.value
        for k in range(3):
            np.testing.assert_allclose(panel.shown.value[: k + 1], whole[: k + 1])
            assert not panel.shown.value[k + 1 :].any()
            await pilot.press("n")
        np.testing.assert_array_equal(panel.shown.value, whole)


def test_a_line_covers_its_places_and_no_others():
    assert covered(None) is None
    assert [covered((1, None))(place) for place in ((1, 0), (1, 7), (0, 1))] == [True, True, False]
    assert [covered((2, 1, None))(place) for place in ((2, 1, 0), (2, 0, 1))] == [True, False]


def conversation(*commands: str, ascii_only: bool = False) -> str:
    output = io.StringIO()
    converse(Linear(load("question"), ascii_only=ascii_only), io.StringIO("\n".join(commands) + "\n"), output)
    return output.getvalue()


def test_in_the_linear_mode_a_part_is_read_out():
    text = conversation("t W2", "n", "n", "n", "s", "n", "b", "o")
    assert "Inside ∂L/∂a2: entry [1,0], 2 of 3." in text
    assert text.count("∂L/∂a2[0] = W3ᵀ[0,0]·∂L/∂z3[0] + W3ᵀ[0,1]·∂L/∂z3[1] = 0.5000·(-0.1171)") == 2
    assert "Why: Row 1 of W3ᵀ holds ∂z3[k]/∂a2[1] for every k" in text
    assert text.rstrip().splitlines()[-6].startswith("∂L/∂W2, denominator layout, form jacobian: step 3 of 5.")


def test_in_the_linear_mode_slices_are_added_up():
    text = conversation("t W2", "c", "s", "n")
    assert "Added up so far, 3×2: row 0: -0.0679, 0.0340; row 1: 0.0375, -0.0187; row 2: 0, 0." in text


@pytest.mark.parametrize(("command", "answer"), [("s", "Join a factor first."), ("o", "Step into a factor first.")])
def test_in_the_linear_mode_what_cannot_be_done_is_said(command, answer):
    assert answer in conversation(command)


def test_in_the_linear_mode_start_and_order_are_words():
    text = conversation("c", "start", "order", "n")
    assert "none joined yet" in text.split("step 3 of 3")[1]
    assert conversation("n", "s", "n", "l", ascii_only=True).isascii()
