"""A lesson as pictures of the app's screen: an SVG for each entry of the script, or a recording in asciicast v2.

The app is run without a terminal and goes through its own lesson, so that what is recorded is what a learner sees.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from pathlib import Path

from rich.console import Console
from textual.pilot import Pilot

from engine.scenario import Scenario
from engine.session.actions import Answer
from tui.app import DebuggerApp, app_for
from tui.playback import seconds_at
from tui.progress import Meter
from tui.widgets.why import WhyPanel

Size = tuple[int, int]
"""Columns and rows."""


def write_svgs(scenario: Scenario, folder: Path, size: Size, meter: Meter) -> int:
    """`001.svg`, `002.svg` … in `folder`, which is made; answers how many. Raises an OSError."""
    folder.mkdir(parents=True, exist_ok=True)

    async def write() -> int:
        number = 0
        async for app in _frames(scenario, size):
            number += 1
            meter.step()
            picture = app.export_screenshot(title=scenario.title, simplify=True)
            (folder / f"{number:03}.svg").write_text(picture, encoding="utf-8")
        return number

    return asyncio.run(write())


def asciicast(scenario: Scenario, size: Size, meter: Meter) -> str:
    """The recording as asciicast v2: a header, and for each frame the time, `o`, and what a terminal is sent."""

    async def record() -> list[str]:
        columns, rows = size
        header = {"version": 2, "width": columns, "height": rows, "title": scenario.title,
                  "env": {"TERM": "xterm-256color"}}  # fmt: skip
        lines, now, position = [json.dumps(header, ensure_ascii=False)], 0.0, 0
        async for app in _frames(scenario, size, replies=True):
            meter.step()
            lines.append(json.dumps([round(now, 3), "o", _screen(app, columns)], ensure_ascii=False))
            seconds = seconds_at(app.state, app.lesson.script[position : app.lesson.position])
            now += seconds if math.isfinite(seconds) else seconds_at(app.state)
            position = app.lesson.position
        lines.append(json.dumps([round(now, 3), "o", ""]))
        return lines

    return "\n".join(asyncio.run(record())) + "\n"


async def _frames(scenario: Scenario, size: Size, *, replies: bool = False) -> AsyncIterator[DebuggerApp]:
    """The app at its start, and after each entry that a learner stops at; with `replies` questions answered, too."""
    app = app_for(scenario)
    async with app.run_test(size=size) as pilot:
        await _settled(app, pilot)
        yield app
        while not app.lesson.is_over:
            app.go_on()
            await _settled(app, pilot)
            yield app
            if app.state.quiz.is_open:  # the question has been seen, and the lesson goes on from its answer
                app.give(Answer(give_up=True))
                await _settled(app, pilot)
                if replies:
                    yield app
                app.make_way()


async def _settled(app: DebuggerApp, pilot: Pilot[None]) -> None:
    """Wait until all is drawn, and what the frame says of it: which it does by itself a moment after the screen."""
    await pilot.pause()
    for screen in app.screen_stack:
        for panel in screen.query(WhyPanel):
            panel.caption()
    await pilot.pause()


def _screen(app: DebuggerApp, columns: int) -> str:
    """What paints the whole screen: home, then each line in its colours."""
    console = Console(width=columns, force_terminal=True, color_system="truecolor", legacy_windows=False)
    painted = app.screen._compositor.render_strips()  # Textual has no public way to its painted lines
    return "\x1b[H" + "\r\n".join(strip.render(console) for strip in painted)
