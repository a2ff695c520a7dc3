"""Questions in the app and in the linear mode: the dialog, its keys, the reply, the score."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from engine.scenario import loads
from tests.tui.screens import NARROW, WIDE, assert_golden, screen_text
from tui.app import DebuggerApp, app_for
from tui.linear import Linear, converse
from tui.screens.ask import AskScreen

LESSON = """\
schema = 1
title = "Asked"
[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmoid"]
[values]
x = [0.5, -0.25]
y = [1, 0, 0]
seed = 3
[view]
target = "W1"
[[script]]
do = "step"
count = 2
[[script]]
do = "ask"
prompt = "Which shape has ∂z2/∂a1 in denominator layout? (W2 is 3×4; W2[i, j] is row i.)"
kind = "shape"
answer = [4, 3]
hints = ["Rows follow a1.", "a1 has 4 entries."]
wrong = [{ answer = [3, 4], say = "That is W2 itself: numerator layout." }]
right = "4 rows for a1, 3 columns for z2."
points = 4
[[script]]
do = "ask"
say = "Now the side."
prompt = "On which side does it join?"
kind = "side"
answer = "left"
[[script]]
do = "step"
[[script]]
do = "ask"
prompt = "Why the transpose?"
kind = "choice"
choices = ["So that it fits", "Rows follow a1"]
answer = 1
[[script]]
do = "note"
say = "The end."
"""


@asynccontextmanager
async def asked(
    keys: list[str], size: tuple[int, int] = WIDE, **more: bool
) -> AsyncIterator[tuple[DebuggerApp, Pilot[None]]]:
    app = app_for(loads(LESSON), **more)
    async with app.run_test(size=size) as pilot:
        await pilot.press("space", "space", *keys)
        await pilot.pause()
        yield app, pilot


WRONG = ["3", "x", "4", "enter"]
RIGHT = ["4", "x", "3", "enter"]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
@pytest.mark.parametrize(
    ("name", "keys"),
    [("ask", []), ("ask_wrong", [*WRONG, "question_mark"]), ("ask_right", RIGHT),
     ("ask_choices", [*RIGHT, "space", "1", "space", "space"])],
)  # fmt: skip
async def test_a_question_looks_like_the_golden_one(name, keys, size):
    async with asked(keys, size) as (app, _):
        assert isinstance(app.screen, AskScreen)
        assert_golden(app, f"{name}_{size[0]}x{size[1]}")


async def test_a_wrong_answer_is_answered_with_its_own_reply_and_nothing_typed_is_lost():
    async with asked(WRONG) as (app, _):
        assert app.state.quiz.tries == 1
        assert "✗ That is W2 itself: numerator layout." in screen_text(app)
        assert app.screen.query_one("#ask-answer").value == "3x4"
        assert "try 2 of 3" in screen_text(app)


async def test_the_same_wrong_answer_twice_is_one_try():
    async with asked([*WRONG, "enter"]) as (app, pilot):
        assert app.state.quiz.tries == 1
        assert "You have given this answer already" in screen_text(app)
        await pilot.press("backspace", "5", "enter")
        assert app.state.quiz.tries == 2


async def test_enter_after_the_number_of_a_choice_does_not_answer_again():
    async with asked([*RIGHT, "space", "1", "space", "space", "1", "enter"]) as (app, pilot):
        assert app.state.quiz.question.prompt == "Why the transpose?"
        assert app.state.quiz.tries == 1
        await pilot.press("2")
        assert app.state.quiz.verdict == "right"


async def test_what_is_no_answer_says_what_one_looks_like_and_does_not_count():
    async with asked(["o", "enter"]) as (app, _):
        assert app.state.quiz.tries == 0
        assert "o is no shape (an answer is sizes, as in 3x2 or 3 by 2)" in screen_text(app)


async def test_the_question_mark_gives_hints_until_there_are_none():
    async with asked(["question_mark"] * 3) as (app, pilot):
        text = screen_text(app)
        assert "hint 1: Rows follow a1." in text
        assert "hint 2: a1 has 4 entries." in text
        assert "there are no more hints" in text
        await pilot.press(*RIGHT)
        assert app.state.quiz.won == 2


async def test_space_goes_on_only_when_the_question_is_over():
    async with asked(["escape", "space"]) as (app, pilot):
        assert isinstance(app.screen, AskScreen)
        assert app.lesson.position == 2
        await pilot.press(*RIGHT, "space")
        await pilot.pause()
        assert app.lesson.position == 3
        assert isinstance(app.screen, AskScreen)
        assert "Now the side." in screen_text(app)


async def test_one_can_look_around_and_come_back():
    async with asked(["escape", "l", "l", "n"]) as (app, pilot):
        assert app.state.quiz.is_open
        assert "The lesson asks: Which shape" in screen_text(app)
        await pilot.press("space", *RIGHT)
        assert app.state.quiz.verdict == "right"


async def test_the_screen_does_not_give_away_the_shape_that_is_asked_for():
    async with asked(["escape"]) as (app, pilot):
        shapes = app.screen.query_one("#chain").render().plain.splitlines()[3].split()
        assert shapes.count("?") == 1
        assert "4×3" not in shapes
        await pilot.press("b")  # the question stays about the factor that was next when it was put
        assert app.screen.query_one("#chain").render().plain.splitlines()[3].split() == shapes
        await pilot.press("n")
        await pilot.press("space", *RIGHT, "escape")
        assert "4×3" in app.screen.query_one("#chain").render().plain


LONG = (
    LESSON[: LESSON.index("[[script]]")]
    + f"""
[[script]]
do = "ask"
say = "{"A long narration before it. " * 7}"
prompt = "{"And a long question after it. " * 8}"
kind = "choice"
answer = 2
choices = ["{"A choice of more than one line, " * 4}", "b", "c", "d", "e", "f", "g", "h", "i"]
hints = ["A hint."]
wrong = [{{ answer = 0, say = "A reply." }}]
[[script]]
do = "ask"
prompt = "Which shape?"
kind = "shape"
answer = [3, 1]
choices = ["1×3", "3×1"]
"""
)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_the_reply_to_a_long_question_is_in_sight_and_all_of_its_text_can_be(size):
    app = app_for(loads(LONG))
    async with app.run_test(size=size) as pilot:
        await pilot.press("space", "question_mark", "1")
        await pilot.pause()
        text = screen_text(app)
        for says in ("hint 1: A hint.", "✗ A reply.", "A long narration", "1  A choice", "^g give up"):
            assert says in text
        await pilot.press("pagedown", "pagedown", "end")
        await pilot.pause()
        assert "9  i" in screen_text(app)
        assert app.screen.query_one("#ask-prompt").is_vertical_scroll_end


async def test_suggestions_are_chosen_by_their_digit_or_another_answer_is_typed():
    app = app_for(loads(LONG))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("space", "3", "space", "1")
        assert app.state.quiz.tries == 1
        await pilot.press("tab", *"9x9", "enter")
        assert app.state.quiz.tries == 2
        await pilot.press("shift+tab", "2")
        assert app.state.quiz.verdict == "right"


async def test_digits_choose_giving_up_shows_the_answer_and_the_score_stands_at_the_end():
    async with asked([*RIGHT, "space"]) as (app, pilot):
        await pilot.press("2")
        assert app.state.quiz.verdict == "wrong"
        await pilot.press("ctrl+g")
        assert "The answer is left." in screen_text(app)
        await pilot.press("space", "space")  # the step, and the next question
        await pilot.press("9", "2", "space")
        assert "The end." in screen_text(app)
        assert "the lesson is over: 5 of 6 points" in screen_text(app)


async def test_a_question_is_drawn_in_ascii():
    async with asked([*WRONG, "question_mark"], NARROW, ascii_only=True) as (app, _):
        frame = screen_text(app).translate(str.maketrans("", "", "▊▎▔▁█▂▃▄▅▆▇ "))
        assert frame.isascii(), [character for character in frame if not character.isascii()]


def test_in_the_linear_mode_a_answers_hint_hints_and_give_up_shows():
    output = io.StringIO()
    typed = ["", "", "a 3x4", "", "hint", "a 4 by 3", "", "a up", "give up", "", "", "a 2", "", "a 2"]
    converse(Linear(loads(LESSON)), io.StringIO("\n".join(typed) + "\n"), output)
    text = output.getvalue()
    for says in (
        "Question: Which shape has ∂z2/∂a1", "That is W2 itself", "The lesson waits for your answer", "Rows follow a1.",
        "4 rows for a1", "2 of 4 points", "Now the side.", "Up is no side.", "The answer is left.",
        "  2: Rows follow a1",
        "The lesson is over: 3 of 6 points.", "No question is open.",
    ):  # fmt: skip
        assert says in text, says
