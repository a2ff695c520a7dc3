"""Every lesson on a small screen: what is said and asked is read without scrolling, and nothing is cut off unsaid."""

from __future__ import annotations

import textwrap

import pytest
from textual.containers import VerticalScroll
from textual.widgets import OptionList

from engine.scenario import load
from engine.scenario.library import lesson_names
from tests.tui.screens import NARROW, screen_text
from tui.app import DebuggerApp, app_for
from tui.screens.ask import AskScreen
from tui.widgets.why import WhyPanel


def needed(text: str, width: int) -> int:
    """How many lines a text takes."""
    return sum(max(1, len(textwrap.wrap(part, width))) for part in text.strip().split("\n")) if text.strip() else 0


def fits(text: str, panel: VerticalScroll) -> bool:
    """Whether a text is seen as a whole at the top of a panel."""
    room = panel.scrollable_content_region
    return needed(text, room.width) <= room.height


def is_cut_off_unsaid(panel: VerticalScroll, hint: str) -> bool:
    """Whether there is more than is seen, and no hint says so."""
    return panel.max_scroll_y > 0 and "more" not in hint and "pgdn" not in hint


def check_narration(app: DebuggerApp) -> None:
    panel = app.screen.query_one(WhyPanel)
    assert fits(app.state.say, panel), app.state.say
    assert not is_cut_off_unsaid(panel, str(panel.border_subtitle)), app.state.say


def check_question(app: DebuggerApp) -> None:
    question = app.state.quiz.question
    assert question is not None
    frame = app.screen.query_one("#ask")
    assert app.screen.region.contains_region(frame.region), question.prompt
    for part in frame.query("#ask-prompt, #ask-choices, #ask-answer"):
        assert part.region.height > 0
        assert frame.content_region.contains_region(part.region), (question.prompt, part.id)
    assert fits(f"{question.say}\n{question.prompt}", app.screen.query_one("#ask-prompt", VerticalScroll))
    for choices in frame.query(OptionList):
        assert choices.virtual_size.height <= choices.scrollable_content_region.height, question.prompt
    assert "^g give up" in screen_text(app)


def check_reply(app: DebuggerApp) -> None:
    reply = app.screen.query_one("#ask-reply", VerticalScroll)
    frame = app.screen.query_one("#ask")
    assert reply.region.height > 0
    assert frame.content_region.contains_region(reply.region)
    assert not is_cut_off_unsaid(reply, str(frame.border_subtitle)), app.state.quiz.reply


@pytest.mark.parametrize("name", lesson_names())
async def test_a_lesson_is_gone_through_and_nothing_is_cut_off_unsaid(name: str) -> None:
    app = app_for(load(name))
    stops = 0
    async with app.run_test(size=NARROW) as pilot:
        while not app.lesson.is_over:
            stops += 1
            await pilot.press("space")
            await pilot.pause()
            if not isinstance(app.screen, AskScreen):
                check_narration(app)
                continue
            check_question(app)
            for _ in app.screen.question.hints:
                app.screen.action_hint()
            app.screen.action_give_up()
            await pilot.pause()
            check_reply(app)
            app.screen.dismiss()
            await pilot.pause()
    assert stops > 5
