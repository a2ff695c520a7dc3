"""What the app puts off until its first frame is there."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest
from textual.css.stylesheet import Stylesheet

from tests.tui.screens import debugging

LATE = ("engine.doctor", "engine.interop", "tui.linear", "tui.derivations", "tui.screens.doctor", "tui.screens.edit",
        "textual.widgets._text_area", "textual_plotext")  # fmt: skip


@pytest.fixture
def no_garbage() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


async def test_garbage_is_collected_once_the_app_is_there(no_garbage: None) -> None:
    async with debugging() as (_, pilot):
        await pilot.pause()
        assert gc.isenabled()


async def test_style_sheets_are_read_once_until_there_are_other_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[Stylesheet] = []
    reparse = Stylesheet.reparse
    monkeypatch.setattr(Stylesheet, "reparse", lambda self: (parsed.append(self), reparse(self)))
    async with debugging() as (app, pilot):
        await pilot.pause()
        assert not parsed
        dark = app.screen.styles.background
        await pilot.press("T")
        await pilot.pause()
        assert parsed
        assert app.screen.styles.background != dark


def test_the_app_starts_without_what_opens_over_it() -> None:
    code = f"import sys, tui.app, tui.cli; print([name for name in {LATE} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
