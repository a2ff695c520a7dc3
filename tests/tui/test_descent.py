"""Many gradient steps: the screen, its plots and its table, cancelling, diverging, and the linear mode."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from engine import Diagnostic, Network
from engine.calculus.descent import Descent
from engine.scenario import load
from engine.session import Session, View, actions, opened
from tests.tui.screens import NARROW, WIDE, debugging, screen_text
from tests.tui.test_linear import conversation
from tui.app import DebuggerApp
from tui.descent_text import read_count, read_rate, table_lines, update_rule
from tui.screens.descent import DescentScreen


async def until_done(app: DebuggerApp, pilot: Pilot[None]) -> DescentScreen:
    screen = app.screen
    assert isinstance(screen, DescentScreen)
    for _ in range(200):
        await pilot.pause(0.02)
        if screen._descent is None:
            return screen
    raise AssertionError("the steps do not end")


def words(app: DebuggerApp) -> str:
    return " ".join(str(app.screen.query_one(f"#{name}", Static).content) for name in ("rule", "progress"))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_the_steps_are_one_action_that_is_undone_as_one_and_replays(size: tuple[int, int]) -> None:
    async with debugging(["G", "enter"], size) as (app, pilot):
        await until_done(app, pilot)
        assert [record.action for record in app.session.log.records] == [actions.Update(rate=0.1, count=50)]
        assert "50 steps with rate 0.1: L 0.243721 → 0.171585." in words(app)
        assert "L over the steps" in screen_text(app)
        assert "oo ∂L/∂W3" in screen_text(app)
        replayed = Session.replayed(load("question").opening, app.session.log)
        np.testing.assert_array_equal(replayed.state.program.inputs["W3"], app.state.program.inputs["W3"])
        await pilot.press("escape", "u")
        assert app.state.program is app.state.opening[0]


async def test_esc_while_steps_are_taken_keeps_those_that_were(monkeypatch: pytest.MonkeyPatch) -> None:
    take_one = Descent.step

    def slowly(descent: Descent) -> None:
        time.sleep(0.005)
        take_one(descent)

    monkeypatch.setattr(Descent, "step", slowly)
    async with debugging(["G"]) as (app, pilot):
        await pilot.press("tab", *"10000", "enter")
        assert app.screen._descent is not None
        await asyncio.sleep(0.1)
        app.screen.action_leave()
        screen = await until_done(app, pilot)
        (record,) = app.session.log.records
        assert 1 <= record.action.count < 10_000
        assert f"Stopped before step {record.action.count + 1} of 10000" in words(app)
        assert app.screen is screen
        replayed = Session.replayed(load("question").opening, app.session.log)
        np.testing.assert_array_equal(replayed.state.program.inputs["W2"], app.state.program.inputs["W2"])
        await pilot.press("escape")
        assert app.screen is not screen


async def test_diverging_stops_with_a_message_and_keeps_the_last_finite_numbers() -> None:
    program = Network([2, 4, 3], ["identity", "identity"]).program(seed=3)
    app = DebuggerApp(opened(program, View("W1", "L")))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("G", *"1e4", "enter")
        await until_done(app, pilot)
        (record,) = app.session.log.records
        assert 1 <= record.action.count < 50
        assert "Then it diverges" in words(app)
        assert np.isfinite(app.state.loss)


@pytest.mark.parametrize(("rate", "count", "message"), [("0", "5", "above 0"), ("0.1", "0", "from 1 to 10000")])
async def test_a_rate_or_a_number_that_makes_no_sense_is_refused_and_stays(rate: str, count: str, message: str) -> None:
    async with debugging(["G", *rate, "tab", *count, "enter"]) as (app, _):
        assert message in words(app)
        assert app.screen.query_one("#count").value == count
        assert not app.session.log.records


async def test_in_numerator_layout_it_says_that_the_gradient_must_be_transposed() -> None:
    async with debugging(["l", "G"]) as (app, pilot):
        assert "in numerator layout ∂L/∂W3 is 3×2 and W3 is 2×3, so the gradient must be transposed first" in words(app)
        await pilot.press("escape", "g")
        assert "W3 ← W3 − 0.1 (∂L/∂W3)ᵀ: ∂L/∂W3 is 3×2, so it is transposed" in screen_text(app)


def test_in_denominator_layout_nothing_is_transposed() -> None:
    text = update_rule(load("question").opening, 0.5)
    assert text.startswith("W3 ← W3 − 0.5 ∂L/∂W3,")
    assert "∂L/∂W3 is 2×3, as W3 is" in text


async def test_in_ascii_mode_it_is_a_table() -> None:
    async with debugging(["G", "enter"], ascii_only=True) as (app, pilot):
        await until_done(app, pilot)
        await pilot.pause(0.1)
        text = screen_text(app)
        assert "|dL/dW3|" in text
        assert "######" in text
        assert text.translate(str.maketrans("", "", "▊▎▔▁█▂▃▄▅▆▇ ")).isascii()


def test_the_table_has_the_first_and_the_last_step_and_right_numbers() -> None:
    lines = table_lines([4.0, 2.0, 1.0], {"W1": [3.0, 2.5]}, "L", 11)
    assert [line.split()[:2] for line in lines[1:]] == [["0", "4"], ["1", "2"], ["2", "1"]]
    assert [line.count("■") for line in lines[1:]] == [20, 10, 5]
    assert lines[1].split()[-1] == "3"
    assert len(table_lines([1.0] * 10_001, {}, "L", 11)) == 12


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1", "0"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(Diagnostic):
        read_rate(text)


@pytest.mark.parametrize("text", ["", "1.5", "0", "10001", "²", "9" * 5_000])
def test_what_is_no_number_of_steps_is_refused(text):
    with pytest.raises(Diagnostic):
        read_count(text)


def test_the_linear_mode_takes_many_steps_and_tells_how_they_went():
    text = conversation("g 0.5 20")
    assert "W3 ← W3 − 0.5 ∂L/∂W3" in text
    assert "20 steps with rate 0.5: L 0.243721 →" in text
    assert "|∂L/∂W2|" in text
    assert "The rate is a number above 0" in conversation("g x")


def test_the_app_starts_without_the_plots():
    code = "import sys, tui.app; assert not any('plotext' in name for name in sys.modules), sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
