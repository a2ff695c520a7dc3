"""Seeing numbers and formulas: the cell cursor, precision and heat, the formula line, cost."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest

from engine import Form, Layout, Program
from engine.calculus.pictures import Shown
from engine.scenario import load
from engine.session import View, opened
from engine.session.actions import Continue, SetForm, SetLayout, Step
from tests.tui.screens import NARROW, WIDE, assert_golden, debugging, screen_text
from tui.app import DebuggerApp
from tui.cost_text import cost_text
from tui.glyphs import Glyphs
from tui.linear import Linear, converse
from tui.look import NEGATIVE, POSITIVE, Dress, Look, heat_mark, heat_style
from tui.matrices import matrix_cut
from tui.screens.cost import CostScreen
from tui.screens.formula_line import FormulaInput, FormulaLineScreen
from tui.widgets.cell import CellLine, folded, sources
from tui.widgets.matrix import MatrixPanel

LARGE = Program(
    ["z1 = W1 @ x", "a1 = tanh(z1)", "z2 = W2 @ a1", "L = 0.5 * sum(z2**2)"],
    {"x": (1000, 1), "W1": (1001, 1000), "W2": (999, 1001)},
)
SCREENS = {
    "cell": ["t", "up", "enter", "n", "n", "n", "tab", "tab", "tab", "down"],
    "cell_of_a_tensor": ["c", "tab", "right", "right", "right"],
    "heat": ["n", "n", "a"],
    "precision": ["n", "n", "p", "p"],
    "formula_line": ["n", "n", "colon", *"W3.T @ (a3 - y)"],
    "formula_mismatch": ["n", "n", "colon", *"a2 * (W3 @ delta3)"],
    "cost": ["n", "n", "C"],
}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
@pytest.mark.parametrize("name", SCREENS)
async def test_the_screen_is_the_golden_one(name: str, size: tuple[int, int]) -> None:
    async with debugging(SCREENS[name], size) as (app, _):
        assert_golden(app, f"{name}_{size[0]}x{size[1]}")


@pytest.mark.parametrize("name", SCREENS)
async def test_in_ascii_mode_no_other_character_is_drawn(name: str) -> None:
    async with debugging(SCREENS[name], ascii_only=True) as (app, _):
        frame = screen_text(app).translate(str.maketrans("", "", "▊▎▔▁█▂▃▄▅▆▇ "))  # Textual's own widgets
        assert frame.isascii(), [character for character in frame if not character.isascii()]


# ---- the cursor ------------------------------------------------------------------------------------------------------


def cell_text(app: DebuggerApp) -> str:
    line = app.screen.query_one(CellLine)
    return str(line.text) if line.display else ""


async def test_tab_goes_from_matrix_to_matrix_and_escape_leaves_them() -> None:
    async with debugging(["n", "n"]) as (app, pilot):
        assert cell_text(app) == ""
        await pilot.press("tab")
        assert cell_text(app).startswith("∂a3[0]/∂z3[0] = diag(")
        await pilot.press("tab")
        assert cell_text(app).startswith("∂L/∂a3[0] = a3[0] − y[0] = −0.47")
        assert screen_text(app).count("▸") == 1
        await pilot.press("tab", "down")
        assert cell_text(app).startswith("∂L/∂z3[1] = δ3[1] = a3[1]·(1 − a3[1])·∂L/∂a3[1] = ")
        await pilot.press("escape")
        assert cell_text(app) == ""
        assert "▸" not in screen_text(app)


async def test_the_entry_has_the_same_formula_in_the_other_layout_with_the_factors_changed_over() -> None:
    async with debugging(["t", "up", "enter", "n", "n", "n", "tab", "tab", "tab", "down"]) as (app, pilot):
        assert "W3[0,1]·δ3[0] + W3[1,1]·δ3[1]" in cell_text(app)
        await pilot.press("l")  # the cursor stays on the entry, which is at row 0, column 1 now
        assert app.screen.query_one("#after", MatrixPanel).cursor == (0, 1)
        assert "δ3[0]·W3[0,1] + δ3[1]·W3[1,1]" in cell_text(app)


async def test_a_click_puts_the_cursor_on_the_entry_that_is_clicked() -> None:
    async with debugging(["n", "n", "l", "f", "f", "f", "f", "c"]) as (app, pilot):
        panel = app.screen.query_one("#after", MatrixPanel)
        for place in ((0, 1), (2, 0), (1, 1)):
            text = screen_text(app).splitlines()
            number = f"{panel.shown.window(*(slice(index, index + 1) for index in place)).item():.4f}"
            row = next(index for index, line in enumerate(text) if number in line[panel.region.x :])
            column = text[row].index(number, panel.region.x)
            await pilot.click(offset=(column, row))
            await pilot.pause()
            assert panel.cursor == place
            assert panel.has_focus


async def test_a_click_on_a_tensor_finds_the_slice() -> None:
    for keys, place in ((["c"], (1, 2, 1)), (["l", "c"], (1, 2, 1))):
        async with debugging(keys) as (app, pilot):
            panel = app.screen.query_one("#left" if "l" not in keys else "#right", MatrixPanel)
            assert panel.shown is not None
            assert len(panel.shown.shape) == 3
            number = f"{np.asarray(panel.shown.value)[place]:.4f}".rstrip("0")
            text = screen_text(app).splitlines()
            row = max(index for index, line in enumerate(text[: panel.region.bottom])
                      if number in line[panel.region.x : panel.region.right])  # fmt: skip
            column = text[row].rindex(number, 0, panel.region.right)
            await pilot.click(offset=(column, row))
            await pilot.pause()
            assert panel.cursor == place


async def test_right_goes_on_to_the_tensors_next_slice_and_left_back() -> None:
    async with debugging(["c", "tab"]) as (app, pilot):
        panel = app.screen.query_one("#left", MatrixPanel)
        seen = [panel.cursor]
        for _ in range(6):
            await pilot.press("right")
            seen.append(panel.cursor)
        assert seen == [(0, 0, 0), (0, 1, 0), (0, 2, 0), (0, 0, 1), (0, 1, 1), (0, 2, 1), (0, 2, 1)]
        await pilot.press("left", "left", "left", "down")
        assert panel.cursor == (1, 2, 0)


def large_app(*made: object) -> DebuggerApp:
    app = DebuggerApp(opened(LARGE, View("W1", "L")))
    for action in made:
        app.session.dispatch(action)  # type: ignore[arg-type]
    return app


@pytest.mark.parametrize("layout", Layout)
async def test_a_large_matrix_scrolls_with_its_cursor_and_never_waits(layout: Layout) -> None:
    app = large_app(SetLayout(layout=layout), Step(count=2))
    async with app.run_test(size=WIDE) as pilot:
        panel = app.screen.query_one("#left" if layout is Layout.DENOMINATOR else "#right", MatrixPanel)
        panel.focus()
        await pilot.pause()
        rows, columns = panel.shown.shape  # type: ignore[union-attr]
        assert {rows, columns} == {999, 1001}
        for key, count in (("down", 30), ("right", 20), ("pagedown", 3)):
            start = time.perf_counter()
            for _ in range(count):
                await panel.run_action({"down": "move(1,0)", "right": "move(0,1)", "pagedown": "page(1)"}[key])
                (top, bottom), (first, last) = panel._cut.rows, panel._cut.columns  # type: ignore[union-attr]
                assert top <= panel.cursor[0] < bottom  # type: ignore[index]
                assert first <= panel.cursor[1] < last  # type: ignore[index]
            assert (time.perf_counter() - start) / count < 0.05
        await panel.run_action("corner(-1)")
        await pilot.pause()
        assert panel.cursor == (rows - 1, columns - 1)
        assert f"W2[998,{1000}]" in cell_text(app)
        value = float(LARGE.values["W2"][998, 1000])
        assert f"{value!r}".replace("-", "−") in cell_text(app)


async def test_the_large_tensor_shows_the_slice_at_its_end() -> None:
    app = large_app(Continue())
    async with app.run_test(size=WIDE) as pilot:
        panel = app.screen.query_one("#left", MatrixPanel)
        panel.focus()
        start = time.perf_counter()
        await panel.run_action("corner(-1)")
        await pilot.pause()
        assert time.perf_counter() - start < 1
        assert panel.cursor == (1000, 999, 1000)
        assert "∂z1[1000]/∂W1[1000,999] = x[999] = " in cell_text(app)
        assert "k = 1000" in screen_text(app) or panel._cut.rows[1] == panel._cut.extent.rows  # type: ignore[union-attr]


def test_the_entries_that_an_entry_comes_from_are_lit() -> None:
    for layout in Layout:
        for form in (Form.JACOBIAN, Form.HADAMARD, Form.VEC):
            state = large_state(layout, form)
            step = state.current
            assert step is not None
            assert step.before is not None
            after = np.asarray(step.after.value)
            for place in np.ndindex(*after.shape):
                left, right = sources(step, place)
                assert left is not None
                assert right is not None
                shown = (step.factor.shown, step.before) if step.side == "left" else (step.before, step.factor.shown)
                one, other = (lit_values(matrix, lit) for matrix, lit in zip(shown, (left, right), strict=True))
                assert np.dot(one, other) == pytest.approx(after[place])


def lit_values(shown: Shown, lit: object) -> list[float]:
    array = np.asarray(shown.value)
    return [float(array[place]) for place in np.ndindex(*array.shape) if lit(place)]  # type: ignore[operator]


def large_state(layout: Layout, form: Form):  # type: ignore[no-untyped-def]
    app = DebuggerApp(load("question").opening)
    for action in (SetLayout(layout=layout), SetForm(form=form), Continue()):
        app.session.dispatch(action)
    return app.state


def test_a_long_formula_is_folded_before_its_terms_and_ends_in_dots() -> None:
    lines = list(folded("x = " + " + ".join(f"W[0,{k}]·d[{k}]" for k in range(20)), 40, 3))
    assert len(lines) == 3
    assert all(len(line) <= 40 for line in lines)
    assert lines[1].startswith("  + W")
    assert lines[-1].endswith("…")
    assert list(folded("a = b", 40, 3)) == ["a = b"]


# ---- precision and heat ----------------------------------------------------------------------------------------------


async def test_p_goes_through_the_decimals_and_all_digits_are_all_of_them() -> None:
    async with debugging(["n", "n"]) as (app, pilot):
        value = float(np.asarray(app.state.current.after.value)[0, 0])  # type: ignore[union-attr]
        for expected in (f"{value:.6f}", repr(value), f"{value:.2f}", f"{value:.4f}"):
            await pilot.press("p")
            assert f" {expected} " in screen_text(app)


async def test_the_values_have_the_chosen_decimals_too() -> None:
    async with debugging(["n", "p"]) as (app, _):
        assert f" {app.state.values['x'][0, 0]:.6f} " in screen_text(app)  # on the main screen, at once
    async with debugging(["p", "p", "v"], (132, 70)) as (app, _):
        text = screen_text(app)
        for name in ("a3", "z3"):
            assert f" {float(app.state.values[name][1, 0])!r} " in text


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_a_column_beside_large_matrices_has_the_room_for_its_decimals(size: tuple[int, int]) -> None:
    app = DebuggerApp(opened(LARGE, View("W1", "L")))
    async with app.run_test(size=size) as pilot:
        await pilot.press("end", "p", "a")
        await pilot.pause()
        before = app.state.current.before  # type: ignore[union-attr]
        assert before is not None
        assert f"{before.window(slice(1), slice(1)).item():.6f}" in screen_text(app)
        await pilot.press("p")  # all digits: what does not fit is cut off, and is not folded
        await pilot.pause()
        panel = app.screen.query_one("#right", MatrixPanel)
        assert len(set(map(len, filter(None, str(panel.render()).split("\n"))))) == 1


def test_chosen_decimals_are_kept_where_columns_are_cut_off() -> None:
    shown = Shown.of(np.arange(1, 41).reshape(4, 10) / 7)
    cut = matrix_cut(shown, Layout.NUMERATOR, 40, 6, (0, 0), Glyphs(), dress=Dress(Look(6)))
    assert "0.142857" in cut.lines[0].plain
    assert cut.columns[1] < 10


def test_heat_is_by_sign_and_size_with_colours_and_with_marks() -> None:
    assert heat_style(-0.9, 1) == NEGATIVE[3]
    assert heat_style(0.9, 1) == POSITIVE[3]
    assert heat_style(0.1, 1) == POSITIVE[0]
    assert heat_style(0, 1) == heat_style(float("nan"), 1) == ""
    assert [heat_mark(value, 1) for value in (0, 0.2, -0.4, 0.7, -1)] == [" ", "▁", "▃", "▅", "█"]
    shown = Shown.of(np.array([[0.5, -1.0, 0.0]]))
    line = matrix_cut(shown, Layout.NUMERATOR, 60, 3, (0, 0), Glyphs(), dress=Dress(Look(heat=True))).lines[0]
    assert "0.5000▃" in line.plain
    assert "-1█" in line.plain
    assert {POSITIVE[1], NEGATIVE[3]} <= {str(span.style) for span in line.spans}


async def test_a_shows_a_legend_as_long_as_heat_is_on() -> None:
    async with debugging(["n", "n", "a"]) as (app, pilot):
        assert "orange is positive, blue negative" in screen_text(app)
        await pilot.press("n")
        assert "orange is positive, blue negative" in screen_text(app)
        await pilot.press("a", "b")
        assert "orange is positive" not in screen_text(app)


# ---- the formula line ------------------------------------------------------------------------------------------------


async def test_the_value_follows_what_is_typed_and_nothing_of_the_session_changes() -> None:
    async with debugging(["n", "n", "colon", *"W3.T @ delta3"]) as (app, pilot):
        before = app.state
        text = screen_text(app)
        expected = app.state.values["W3"].T @ np.asarray(app.state.current.after.value)  # type: ignore[union-attr]
        assert f"{expected[1, 0]:.4f}" in text
        assert "╰─── 3×1 ───╯" in text
        await pilot.press("enter", "down")
        assert f"row 1, column 0: {float(expected[1, 0])!r}".replace("-", "−") in screen_text(app).replace("-", "−")
        await pilot.press("escape")
        assert isinstance(app.screen, FormulaLineScreen)
        await pilot.press("escape")
        assert not isinstance(app.screen, FormulaLineScreen)
        assert app.state is before
        assert not app.session.log.records[2:]


async def test_up_and_down_go_through_what_was_typed_and_nothing_is_lost() -> None:
    async with debugging(["colon", *"W3 + 1", "enter", "escape"]) as (app, pilot):
        box = app.screen.query_one(FormulaInput)
        box.value = ""
        await pilot.press(*"a2 +", "escape")
        await pilot.press("colon", *"new", "up")
        box = app.screen.query_one(FormulaInput)
        assert box.value == "a2 +"
        await pilot.press("up", "up")
        assert box.value == "W3 + 1"
        await pilot.press("down", "down", "down")
        assert box.value == "new"


async def test_tab_completes_a_name_and_lists_several() -> None:
    async with debugging(["colon", *"W3.T @ delt", "tab", *"3"]) as (app, pilot):
        assert app.screen.query_one(FormulaInput).value == "W3.T @ delta3"
        await pilot.press("backspace", "tab")
        await pilot.pause()
        assert "delta2  delta3" in screen_text(app)


async def test_markup_in_an_expression_stays_what_it_is() -> None:
    async with debugging(["colon", *"W2[0,1] + W3[9,9]"]) as (app, _):
        text = screen_text(app)
        assert "W2[0,1] + W3[9,9]" in text
        assert "rows and columns count from 0" in text.lower()


# ---- cost ------------------------------------------------------------------------------------------------------------


async def test_cost_shows_both_orders_and_marks_the_factor_joined_last() -> None:
    async with debugging(["n", "n", "C"]) as (app, pilot):
        assert isinstance(app.screen, CostScreen)
        text = screen_text(app)
        assert "▸ ∂a3/∂z3" in text
        assert "backpropagation goes backwards" in text
        await pilot.press("escape")
        assert not isinstance(app.screen, CostScreen)


def test_cost_says_where_forward_is_cheaper() -> None:
    program = Program(["z = s * c", "u = V @ z", "y = W @ u"], {"s": (), "c": (4, 1), "V": (3, 4), "W": (5, 3)})
    words = "\n".join(cost_text(opened(program, View("s", "y")), 70))
    assert "Here forward is cheaper" in words
    words = "\n".join(cost_text(opened(LARGE, View("all", "L")), 120))
    assert "backpropagation goes backwards" in words
    assert "(parameters)" in words


# ---- the same without a screen ---------------------------------------------------------------------------------------


def answers(*lines: str) -> str:
    output = io.StringIO()
    converse(Linear(load("question")), io.StringIO("\n".join([*lines, "q"])), output)
    return output.getvalue()


def test_the_linear_mode_reads_decimals_cells_expressions_and_costs() -> None:
    assert "0.24910215560185006" in answers("n", "n", "p full")
    assert "-0.47, " not in answers("n", "p 2")
    assert "row 0: -0.47;" in answers("n", "p 2")
    assert "decimals are a number" in answers("p many").lower()
    text = answers(
        "n", "n", "cell new[1]", "cell factor[1,0]", "cell W2[2,1]", "cell before[4,0]", "cell what", "cell Q[0]"
    )
    assert "∂L/∂z3[1] = δ3[1] = a3[1]·(1 − a3[1])·∂L/∂a3[1] = " in text
    assert "= 0, off the diagonal: a3[0] does not depend on z3[1]" in text
    assert "W2[2,1] = −0.6\n" in text
    assert "Before is 2×1 and has no entry [4,0]" in text
    assert "An entry is written as cell new[1,0]" in text
    assert "There is no matrix called Q" in text
    assert "It is 3×1: row 0: " in answers(": W3.T @ delta3")
    assert "the inner dimensions, 3 and 2, must be the same" in answers(":W3 @ delta3")
    assert "An expression is missing" in answers(":")
    assert "∂z3/∂W3            6            12            6" in answers("cost")
