"""The doctor where people meet it: on the command line, in the app, in the linear mode, in scripts."""

from __future__ import annotations

import io
import json

import pytest

from engine.scenario import Replay, load
from engine.scenario.load import loads
from tests.cases.commands import run
from tests.tui.screens import NARROW, WIDE, debugging, screen_text
from tui.linear import Linear, converse
from tui.screens.doctor import DoctorScreen

QUESTION = "(a⁽³⁾ − y) ⊙ a⁽³⁾ ⊙ (1 − a⁽³⁾) W⁽³⁾ (1,1,1)ᵀ a⁽¹⁾ᵀ"
RIGHT = "(a3 - y) * a3 * (1 - a3) @ a2.T"


# ---- the command line ------------------------------------------------------------------------------------------


def test_a_right_formula_exits_with_0_and_says_why_its_transpose_is_right():
    status, out, err = run("doctor", "question", "--target", "W3", "--formula", RIGHT)
    assert (status, err) == (0, "")
    assert out.startswith("Right. This is ∂L/∂W3, 2×3.")
    assert "alone by ε moves L by" in out


def test_a_wrong_formula_exits_with_1_and_the_correction_comes_when_it_is_asked_for():
    status, out, _ = run("doctor", "question", "--target", "W2", "--formula", QUESTION)
    assert status == 1
    assert "2×1 · 2×3 · 3×1 · 1×2" in out
    assert "Layouts are mixed" in out
    assert "Right:" not in out


def test_the_json_is_as_the_contract_says():
    status, out, err = run("doctor", "question", "--target", "W2", "--formula", QUESTION, "--json")
    assert (status, err) == (1, "")
    (line,) = [json.loads(text) for text in out.splitlines()]
    assert line["type"] == "diagnosis"
    assert line["verdict"] == "shape_mismatch"
    start, end = line["mismatch"]["span"]
    assert QUESTION[start:end] == "(a⁽³⁾ − y) ⊙ a⁽³⁾ ⊙ (1 − a⁽³⁾) W⁽³⁾"
    assert (line["mismatch"]["left_shape"], line["mismatch"]["right_shape"]) == ([2, 1], [2, 3])
    assert line["terms"][1] == {
        "span": [31, 35], "text": "W⁽³⁾", "shape": [2, 3], "layout": "numerator", "factor": "dz3/da2",
    }  # fmt: skip
    for fix in line["fixes"]:
        assert fix["verified"] is True
        assert fix["distance"] == len(fix["edits"])
        assert {"kind", "span", "text"} <= set(fix["edits"][0])


@pytest.mark.parametrize("formula, code", [("(a3 - ", "unparsable"), ("a3 @ nobody", "unknown_name")])
def test_what_cannot_be_read_is_a_verdict_with_its_place(formula, code):
    status, out, err = run("doctor", "question", "--target", "W3", "--formula", formula, "--json")
    assert (status, err) == (1, "")
    line = json.loads(out)
    assert line["verdict"] == "unparsable"
    assert line["problem"]["code"] == code
    assert line["problem"]["span"]


def test_a_target_that_is_not_there_is_unusable_input():
    status, out, err = run("doctor", "question", "--target", "W9", "--formula", RIGHT)
    assert (status, out) == (2, "")
    assert "W9" in err


# ---- scripts ---------------------------------------------------------------------------------------------------


def _lesson(verdict: str) -> str:
    return f"""
schema = 1
title = "Judge"
[network]
sizes = [2, 3, 2]
activations = ["relu", "sigmoid"]
first_layer = 1
[view]
target = "W3"
[[script]]
do = "diagnose"
formula = "{RIGHT}"
verdict = "{verdict}"
"""


@pytest.mark.parametrize("verdict, ok", [("correct", True), ("wrong_value", False)])
def test_a_script_claims_a_verdict(verdict, ok):
    replay = Replay(loads(_lesson(verdict)))
    (event,) = replay
    assert event.ok is ok
    assert event.do == "diagnose"
    assert ok or "is correct, not wrong_value" in event.failures[0]


# ---- the linear mode -------------------------------------------------------------------------------------------


def test_in_the_linear_mode_hints_come_one_by_one():
    output = io.StringIO()
    commands = ["t W2", f"d {QUESTION}", "hint", "hint", "hint", "hint", "hint", "d", "q"]
    converse(Linear(load("question")), io.StringIO("\n".join(commands)), output)
    text = output.getvalue()
    positions = [text.index(part) for part in ("An operator cannot be applied.", "Where:", "What kind:", "The change:",
                                               "Right: ((W3.T", "That is all.", "A formula is missing")]  # fmt: skip
    assert positions == sorted(positions)


# ---- the app ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_in_the_app_a_formula_is_judged_and_corrected_hint_by_hint(size):
    async with debugging(["t", "up", "enter", "d"], size) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, DoctorScreen)
        screen.query_one("#formula").text = QUESTION  # type: ignore[attr-defined]
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "2×1 · 2×3 · 3×1 · 1×2" in screen_text(app)
        assert app.state.diagnosis is not None
        assert "m: where" in " ".join(str(widget.render()) for widget in screen.query("#said"))
        await pilot.press("m", "m", "m", "m")
        await pilot.pause()
        assert "Right: ((W3.T" in str(screen.query_one("#said").render())
        await pilot.press("e", "escape")
        assert app.screen is not screen


async def test_in_the_app_a_right_formula_is_called_right_and_stays_for_the_next_visit():
    async with debugging(["d"]) as (app, pilot):
        app.screen.query_one("#formula").text = RIGHT  # type: ignore[attr-defined]
        await pilot.press("enter")
        await pilot.pause()
        assert "Right. This is ∂L/∂W3" in screen_text(app)
        await pilot.press("escape", "escape", "d")
        assert app.screen.query_one("#formula").text == RIGHT  # type: ignore[attr-defined]


async def test_leaving_ends_the_search():
    async with debugging(["t", "up", "enter", "d"]) as (app, pilot):
        app.screen.query_one("#formula").text = QUESTION  # type: ignore[attr-defined]
        await pilot.press("enter", "escape", "escape")
        await pilot.pause()
        assert not isinstance(app.screen, DoctorScreen)
        assert all(worker.is_cancelled or worker.is_finished for worker in app.workers)
