"""A flip says (AB)ᵀ = BᵀAᵀ with the factors that are there, is drawn in a few frames, and never keeps a key waiting."""

from __future__ import annotations

import time

import numpy as np
import pytest

from engine import Form, Layout
from engine.calculus import Order
from engine.scenario import load
from engine.session import Session, State, opened
from engine.session.actions import Continue, SetForm, SetLayout, SetOrder, Step, Target
from tests.calculus.test_entry_text import PROGRAMS
from tests.tui.screens import debugging, screen_text
from tui.flip_words import flip_sentence, is_flip
from tui.screens.debugger import DebuggerScreen
from tui.widgets.matrix import MatrixPanel


def flipped(*made: object) -> tuple[State, State]:
    """The question's state after some actions, and flipped."""
    session = Session(load("question").opening)
    for action in made:
        session.dispatch(action)  # type: ignore[arg-type]
    before = session.state
    return before, session.dispatch(SetLayout(layout=before.view.layout.flipped))


TO_A2 = (Target(target="W2"), Step(count=3))


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (TO_A2, "(AB)ᵀ = BᵀAᵀ: (W3ᵀ · ∂L/∂z3)ᵀ = (∂L/∂z3)ᵀ · W3"),
        ((*TO_A2, SetLayout(layout=Layout.NUMERATOR)), "(AB)ᵀ = BᵀAᵀ: (∂L/∂z3 · W3)ᵀ = W3ᵀ · (∂L/∂z3)ᵀ"),
        ((SetForm(form=Form.HADAMARD), Continue()), "(AB)ᵀ = BᵀAᵀ: (∂L/∂z3 ⊗ a2ᵀ)ᵀ = a2 ⊗ (∂L/∂z3)ᵀ"),
        ((SetForm(form=Form.HADAMARD), Step(count=2)),
         "(A ⊙ B)ᵀ = Aᵀ ⊙ Bᵀ: (a3 ⊙ (1 − a3) ⊙ ∂L/∂a3)ᵀ = (∂L/∂a3)ᵀ ⊙ (a3 ⊙ (1 − a3))ᵀ"),
        ((Continue(),), "(Σₖ Tₖ pₖ)ᵀ = Σₖ pₖ Tₖᵀ: the dimensions of ∂z3/∂W3 are reversed, 2×3×2 to 2×3×2"),
        ((Target(target="W2"), Continue()),
         "(Σₖ Tₖ pₖ)ᵀ = Σₖ pₖ Tₖᵀ: the dimensions of ∂z2/∂W2 are reversed, 3×2×3 to 3×2×3"),
        ((), "(AB)ᵀ = BᵀAᵀ: every factor is transposed, and the product grows to the other side"),
    ],
)  # fmt: skip
def test_the_sentence_has_the_factors_that_are_there(made: tuple[object, ...], sentence: str) -> None:
    assert flip_sentence(*flipped(*made)) == sentence


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_step_can_be_said_and_is_transposed(name: str) -> None:
    program = PROGRAMS[name]
    for target in program.targets:
        for form in Form:
            for order in Order:
                session = Session(opened(program, load("question").opening.view.__class__(target, program.loss)))
                session.dispatch(SetForm(form=form))
                session.dispatch(SetOrder(order=order))
                for _ in session.state.steps:
                    before = session.dispatch(Step())
                    after = session.dispatch(SetLayout(layout=before.view.layout.flipped))
                    assert is_flip(before, after)
                    assert ")ᵀ = " in flip_sentence(before, after) or "ᵀ = BᵀAᵀ" in flip_sentence(before, after)
                    assert before.current is not None
                    assert after.current is not None
                    one, other = (np.asarray(state.current.after.value) for state in (before, after))  # type: ignore[union-attr]
                    assert np.allclose(one.T, other)


async def test_l_says_it_in_the_line_of_keys() -> None:
    async with debugging(["t", "up", "enter", "n", "n", "n", "l"]) as (app, pilot):
        assert "(W3ᵀ · ∂L/∂z3)ᵀ = (∂L/∂z3)ᵀ · W3" in screen_text(app)
        await pilot.press("n")
        assert "(W3ᵀ · ∂L/∂z3)ᵀ" not in screen_text(app)


async def test_without_a_terminal_and_with_the_key_held_there_are_no_frames() -> None:
    async with debugging(["n", "n", "l"]) as (app, _):
        screen = app.screen
        assert isinstance(screen, DebuggerScreen)
        assert not screen._frames.is_running
        assert not screen._frames.may_run()


async def test_the_frames_turn_each_matrix_then_change_sides_and_end_within_a_fifth_of_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with debugging(["t", "up", "enter", "n", "n", "n"]) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, DebuggerScreen)
        monkeypatch.setattr(screen._frames, "may_run", lambda: True)
        left, right, _ = screen.query(MatrixPanel)
        app.action_do("flip")
        assert app.state.view.layout is Layout.NUMERATOR  # at once, whatever is drawn
        assert str(left.border_title).endswith("= W3ᵀ)ᵀ")
        start = time.monotonic()
        shapes = set()
        while screen._frames.is_running and time.monotonic() - start < 2:
            shapes.add((left.shown.shape, right.shown.shape))  # type: ignore[union-attr]
            await pilot.pause(0.01)
        # as it was; transposed and still on its old side; on a busy machine one of the frames may be over unseen
        assert shapes
        assert shapes <= {((3, 2), (2, 1)), ((2, 3), (1, 2))}
        assert (left.shown.shape, right.shown.shape) == ((1, 2), (2, 3))  # type: ignore[union-attr]
        assert right.heading.plain == "∂z3/∂a2 = W3"
        assert not any(str(panel.border_title).endswith(")ᵀ") for panel in screen.query(MatrixPanel))


async def test_a_key_during_the_frames_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with debugging(["t", "up", "enter", "n", "n", "n"]) as (app, _):
        screen = app.screen
        assert isinstance(screen, DebuggerScreen)
        monkeypatch.setattr(screen._frames, "may_run", lambda: True)
        app.action_do("flip")
        app.action_do("next")
        assert not screen._frames.is_running
        assert app.state.cursor == 4
        assert screen.query_one("#right", MatrixPanel).heading.plain.startswith("∂a2/∂z2")
