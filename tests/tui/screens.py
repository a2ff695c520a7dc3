"""What the app's tests share: the question's app, its screen as text, and the goldens."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from textual._context import visible_screen_stack
from textual.pilot import Pilot

from engine.scenario import load
from tui.app import DebuggerApp, app_for

GOLDENS = Path(__file__).parent / "goldens"
WIDE, NARROW = (132, 40), (80, 24)


def screen_text(app: DebuggerApp) -> str:
    """Every character on the screen, without colours and without blanks at the ends of lines."""
    token = visible_screen_stack.set(app._background_screens)  # else what shines through is blank, and kept so
    try:
        with app._context():
            lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    finally:
        visible_screen_stack.reset(token)
    return "\n".join(lines) + "\n"


@asynccontextmanager
async def debugging(
    keys: Sequence[str] = (), size: tuple[int, int] = WIDE, *, ascii_only: bool = False
) -> AsyncIterator[tuple[DebuggerApp, Pilot[None]]]:
    """The app on the question, after some keys."""
    app = app_for(load("question"), ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        if keys:
            await pilot.press(*keys)
        await pilot.pause()
        yield app, pilot


def assert_golden(app: DebuggerApp, name: str) -> None:
    """The screen is what is kept under `name`; CHAINSTEP_UPDATE_GOLDENS=1 keeps what it is now."""
    path = GOLDENS / f"{name}.txt"
    text = screen_text(app)
    if os.environ.get("CHAINSTEP_UPDATE_GOLDENS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
