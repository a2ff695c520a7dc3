"""What is copied is what is shown: literals that read back, formulas, LaTeX and code."""

from __future__ import annotations

import io

import numpy as np
import pytest

from engine import Form, Layout
from engine.diagnostics import Diagnostic
from engine.scenario import load, loads
from engine.session import Session, State, actions
from tests.tui.screens import NARROW, debugging, screen_text
from tui.copying import piece_named, pieces
from tui.linear import Linear, converse
from tui.screens.copy import CopyScreen


def state_after(*done: actions.AnyAction) -> State:
    session = Session(load("question").opening)
    for action in done:
        session.dispatch(action)
    return session.state


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("target", ["W2", "W3", "x"])
@pytest.mark.parametrize("form", Form)
def test_matrices_are_literals_that_read_back_in_either_layout(layout: Layout, target: str, form: Form) -> None:
    choose = actions.SetForm(form=form)
    state = state_after(actions.Target(target=target), actions.SetLayout(layout=layout), choose, actions.Step(count=3))
    step = state.current
    assert step is not None
    assert step.before is not None
    for word, value in (("new", step.after.value), ("factor", step.factor.value), ("before", step.before.value)):
        namespace: dict[str, object] = {"np": np}
        exec(f"found = {piece_named(state, word).make()}", namespace)
        np.testing.assert_array_equal(np.asarray(namespace["found"]), value)


def test_formula_latex_and_code_are_those_of_the_present_step_and_target() -> None:
    state = state_after(actions.Target(target="W2"), actions.Step(count=3))
    assert piece_named(state, "formula").make() == "W3.T"
    latex = piece_named(state, "latex").make()
    assert r"\textbf{Step 3}" in latex
    assert "Forward pass" not in latex
    assert "def value_and_gradient" in piece_named(state, "numpy").make()


def test_before_the_first_factor_there_are_the_values_and_the_code() -> None:
    words = [piece.word for piece in pieces(state_after())]
    assert words[0] == "numpy"
    assert {"W2", "z3", "L"} <= set(words)
    assert "factor" not in words


def test_a_matrix_that_is_too_large_is_refused_and_never_made() -> None:
    opening = loads(
        'schema = 1\n[network]\nsizes = [300, 200, 7]\nactivations = ["tanh", "identity"]\n[view]\ntarget = "W1"\n'
    ).opening
    session = Session(opening)
    session.dispatch(actions.Step(count=len(opening.steps)))
    with pytest.raises(Diagnostic, match="numbers"):
        piece_named(session.state, "factor").make()


async def test_enter_sends_it_to_the_terminal_and_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with debugging(["t", "up", "enter", "n", "n", "n", "y"], NARROW) as (app, pilot):
        sent: list[str] = []
        monkeypatch.setattr(app, "copy_to_clipboard", sent.append)
        assert isinstance(app.screen, CopyScreen)
        await pilot.press("down", "down", "down", "enter")
        await pilot.pause()
        assert sent == ["W3.T"]
        assert "Sent to the terminal's clipboard: formula of ∂z3/∂a2: W3.T, 4 characters" in " ".join(
            screen_text(app).replace("│", " ").split()
        )
        await pilot.press("up", "up", "up", "enter")
        await pilot.pause()
        assert sent[-1].startswith("np.array(")
        assert sent[-1][:20] in screen_text(app)


def test_the_linear_mode_writes_it_out() -> None:
    output = io.StringIO()
    converse(Linear(load("question")), io.StringIO("t W2\nn\nn\nn\ny\ny formula\ny formla\n"), output)
    said = output.getvalue()
    assert "y formula" in said
    assert "\nW3.T\n" in said.replace("> ", "")
    assert "Did you mean formula" in said
