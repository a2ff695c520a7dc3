"""The help: what is typed leaves only the lines that have it."""

from __future__ import annotations

import pytest

from tests.tui.screens import NARROW, WIDE, debugging, screen_text
from tui.screens.debugger import DebuggerScreen
from tui.screens.help import HelpScreen


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_words_are_found_wherever_they_stand(size: tuple[int, int]) -> None:
    async with debugging(["question_mark", *"TRANSpose"], size) as (app, _):
        text = screen_text(app)
        assert "Flip the layout" in text
        assert "denominator layout" in text
        assert "Edit a weight" not in text


async def test_a_key_finds_its_own_command_alone() -> None:
    async with debugging(["question_mark", "e"]) as (app, pilot):
        assert "Edit a weight" in screen_text(app)
        assert "Join the next factor" not in screen_text(app)
        await pilot.press("backspace", "circumflex_accent", "s")
        assert "Save the session" in screen_text(app)
        assert "Edit a weight" not in screen_text(app)
        await pilot.press("backspace", "backspace", *"ctrl+s")
        assert "Save the session" in screen_text(app)


async def test_what_is_nowhere_is_said() -> None:
    async with debugging(["question_mark", *"qwertz"]) as (app, _):
        assert "Nothing here has all of this: qwertz" in screen_text(app)


async def test_keys_that_are_commands_are_typed_and_escape_closes() -> None:
    async with debugging(["question_mark", *"nq"]) as (app, pilot):
        assert isinstance(app.screen, HelpScreen)
        assert app.state.cursor == 0
        await pilot.press("escape")
        assert isinstance(app.screen, DebuggerScreen)
        await pilot.press("question_mark", "question_mark")
        assert isinstance(app.screen, DebuggerScreen)


async def test_the_page_scrolls_while_one_types() -> None:
    async with debugging(["question_mark", "pagedown", "pagedown"], NARROW) as (app, pilot):
        assert "Join the next factor" not in screen_text(app)
        await pilot.press("ctrl+home")
        assert "Join the next factor" in screen_text(app)
