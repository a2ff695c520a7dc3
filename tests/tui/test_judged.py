"""A formula that a lesson has judged: its verdict and the shapes of its parts, wherever the lesson is seen."""

from __future__ import annotations

import io

import pytest

from engine.scenario import loads
from engine.session import Session, actions
from tests.tui.screens import NARROW, WIDE, assert_golden, screen_text
from tui.app import app_for
from tui.export.html import lesson_html
from tui.export.markdown import lesson_markdown
from tui.export.slides import slides
from tui.linear import Linear

LESSON = """\
schema = 1
title = "Judged"
[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmoid"]
[values]
seed = 3
[view]
target = "W1"
[[script]]
do = "diagnose"
formula = "(W2 @ (a2 - y)) * (1 - a1**2) @ x.T"
verdict = "shape_mismatch"
say = "The weights are taken as they stand."
[[script]]
do = "expect"
verdict = "shape_mismatch"
[[script]]
do = "ask"
prompt = "What is W2 to be?"
kind = "formula"
answer = "W2.T"
about = "nothing"
hints = ["Rows follow a1."]
[[script]]
do = "diagnose"
formula = "((W2.T @ ((a2 - y) * a2 * (1 - a2))) * (1 - a1**2)) @ x.T"
verdict = "correct"
[[script]]
do = "step"
say = "Now the steps."
"""
VERDICT = "An operator cannot be applied. Cannot multiply 3×4 by 3×1."
BRACES = "3×4  ╰ 3×1 ─╯    ╰── 4×1 ──╯   1×2"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_the_verdict_and_the_shapes_stand_on_the_main_screen(size):
    app = app_for(loads(LESSON))
    async with app.run_test(size=size) as pilot:
        await pilot.press("space")
        await pilot.pause()
        for text in (VERDICT, BRACES, "(W2 @ (a2 - y))", "^^^^", "The weights are taken", "d: the doctor"):
            assert text in screen_text(app)
        assert_golden(app, f"judged_{size[0]}x{size[1]}")
        await pilot.press("space")  # a question about it
        await pilot.pause()
        assert app.state.quiz.is_open
        assert BRACES in screen_text(app)
        await pilot.press("ctrl+g", "space")
        await pilot.pause()
        text = screen_text(app)
        assert "Right." in text
        assert "d: the doctor" not in text
        await pilot.press("space")
        await pilot.pause()
        assert "Right." not in screen_text(app)
        assert app.screen.query_one("#matrices").display


async def test_it_is_folded_to_another_width():
    long = LESSON.replace("* (1 - a1**2)", " ".join(["* (1 - a1**2)"] * 6))
    app = app_for(loads(long))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("space")
        await pilot.pause()
        assert "  … " not in screen_text(app)
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        assert "  … " in screen_text(app)


def test_what_happens_next_puts_it_away():
    session = Session(loads(LESSON).opening)
    judged = actions.Diagnose(formula="W2")
    for action, is_shown in (
        (actions.Expect(verdict="wrong_shape"), True),
        (actions.Pause(seconds=1.0), True),
        (actions.Note(say="So."), False),
        (actions.Step(), False),
    ):
        assert session.dispatch(judged).shows_diagnosis
        assert session.dispatch(action).shows_diagnosis is is_shown
    assert session.state.diagnosis is not None


def test_it_is_told_in_lines_and_stands_in_what_is_exported():
    scenario, output = loads(LESSON), io.StringIO()
    Linear(scenario, output).run(io.StringIO("\n"))
    assert VERDICT in output.getvalue()
    assert BRACES in output.getvalue()
    shown = list(slides(scenario))
    for text, count in ((lesson_html(scenario, shown), 2), (lesson_markdown(scenario, shown), 1)):
        assert text.count(VERDICT) == count  # on a page also beside the question that follows
        assert text.count(BRACES) == count


async def test_the_frame_says_that_there_is_more_until_the_end_is_seen():
    lines = "\\n".join(f"line {number}" for number in range(12))
    app = app_for(loads(LESSON.replace('say = "Now the steps."', f'say = "{lines}"')))
    async with app.run_test(size=NARROW) as pilot:
        while not app.lesson.is_over:
            app.lesson.go_on()
            if app.state.quiz.is_open:
                app.dispatch(actions.Answer(give_up=True))
        app.redraw()
        await pilot.pause()
        why = app.screen.query_one("#why")
        assert "pagedown more" in screen_text(app)
        for _ in range(9):
            await pilot.press("pagedown")
        await pilot.pause()
        assert why.scroll_offset.y == why.max_scroll_y > 0
        assert "more" not in str(why.border_subtitle)
        await pilot.press("pageup")
        await pilot.pause()
        assert "more" in str(why.border_subtitle)
