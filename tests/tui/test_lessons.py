"""The course on a small screen: whatever is said or asked can be read without scrolling."""

from __future__ import annotations

import textwrap

import pytest
from textual.containers import VerticalScroll

from engine.scenario import load
from engine.scenario.library import lesson_names
from engine.session.actions import Answer
from tests.tui.screens import NARROW
from tui.app import app_for
from tui.widgets.why import WhyPanel

LESSONS = [name for name in lesson_names() if name != "question"]
"""The first lesson says up to 450 characters at once, and its panel scrolls."""


def lines(text: str, panel: VerticalScroll) -> tuple[int, int]:
    """How many lines a text takes in a panel, and how many there are."""
    room = panel.scrollable_content_region
    return len(textwrap.wrap(text, room.width)), room.height


@pytest.mark.parametrize("name", LESSONS)
async def test_what_a_lesson_says_and_asks_is_read_without_scrolling(name: str) -> None:
    app = app_for(load(name), ascii_only=False)
    async with app.run_test(size=NARROW) as pilot:
        while not app.lesson.is_over:
            app.do_lesson()
            await pilot.pause()
            question = app.state.quiz.question
            if app.state.quiz.is_open and question is not None:
                prompt = app.screen.query_one("#ask-prompt", VerticalScroll)
                needed, found = lines(question.prompt, prompt)
                assert needed <= found, question.prompt
                await pilot.press("escape")
                app.dispatch(Answer(give_up=True))
            else:
                needed, found = lines(app.state.say, app.screen.query_one(WhyPanel))
                assert needed <= found, app.state.say
