"""Every command of the keymap does what it says when its key is pressed; a command that is not here has no test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine import Form, Layout
from engine.calculus import Order
from tests.tui.screens import debugging
from tui.app import DebuggerApp
from tui.config import Config
from tui.keymap import COMMANDS
from tui.look import Look
from tui.themes import THEMES, next_theme

Seen = Callable[[DebuggerApp], object]


def _cursor(app: DebuggerApp) -> int:
    return app.state.cursor


def _screen(app: DebuggerApp) -> str:
    return type(app.screen).__name__


def _why_scroll(app: DebuggerApp) -> bool:
    return app.screen.query_one("#why").scroll_offset.y > 0


EXERCISES: dict[str, tuple[list[str], Seen, object]] = {
    "next": (["n"], _cursor, 2),
    "back": (["n"], _cursor, 0),
    "continue": ([], _cursor, 3),
    "end": ([], _cursor, 3),
    "next_layer": ([], _cursor, 2),
    "back_layer": (["c"], _cursor, 2),
    "factors": ([], _screen, "FactorsScreen"),
    "break": (["n"], lambda app: len(app.state.breakpoints), 1),
    "breakpoints": ([], _screen, "PointsScreen"),
    "watches": ([], _screen, "PointsScreen"),
    "step_into": (["n", "n"], lambda app: app.state.part is not None, True),
    "step_out": (["n", "n", "s"], lambda app: app.state.part is None, True),
    "start": (["c"], _cursor, 0),
    "lesson": ([], lambda app: app.lesson.position, 1),
    "flip": (["n"], lambda app: app.state.view.layout, Layout.NUMERATOR),
    "form": ([], lambda app: app.state.view.form, Form.HADAMARD),
    "precision": ([], lambda app: app.look.precision != Look().precision, True),
    "heat": ([], lambda app: app.look.heat, True),
    "formula_line": ([], _screen, "FormulaLineScreen"),
    "cost": ([], _screen, "CostScreen"),
    "descend": ([], _screen, "DescentScreen"),
    "perturb": ([], _screen, "PerturbScreen"),
    "compare": (["g"], _screen, "CompareScreen"),
    "network": ([], _screen, "NetworkScreen"),
    "load": ([], _screen, "LoadScreen"),
    "theme": ([], lambda app: app.theme, THEMES[next_theme(THEMES[Config().theme].name)].name),
    "copy": ([], _screen, "CopyScreen"),
    "save": ([], _screen, "SaveScreen"),
    "dismiss": (["g"], lambda app: app.state.compared is None, True),
    "target": ([], _screen, "TargetScreen"),
    "entry_row": ([], lambda app: app.state.view.entry, (1, 0)),
    "entry_column": ([], lambda app: app.state.view.entry, (0, 1)),
    "order": ([], lambda app: app.state.view.order, Order.FORWARD),
    "fuse": ([], lambda app: "do not simplify" in app.last_message, True),
    "scroll_down": (["space"], _why_scroll, True),
    "scroll_up": (["space", "pagedown"], _why_scroll, False),
    "values": ([], _screen, "ValuesScreen"),
    "edit": ([], _screen, "EditScreen"),
    "update": ([], lambda app: len(app.state.past), 1),
    "undo": (["g"], lambda app: len(app.state.future), 1),
    "redo": (["g", "u"], lambda app: len(app.state.past), 1),
    "reset": (["l", "c"], lambda app: (app.state.cursor, app.state.view.layout), (0, Layout.DENOMINATOR)),
    "doctor": ([], _screen, "DoctorScreen"),
    "help": ([], _screen, "HelpScreen"),
    "command_palette": ([], _screen, "CommandPalette"),
    "quit": ([], lambda app: app.is_running and not app._exit, False),
}
"""Keys before, what is looked at, and what it is after the command's key, and was not before."""


def test_every_command_has_an_exercise() -> None:
    assert {command.name for command in COMMANDS} == set(EXERCISES)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_a_commands_keys_do_what_it_says(command) -> None:
    before, seen, expected = EXERCISES[command.name]
    for key in command.keys.split(","):
        async with debugging(before, (80, 24)) as (app, pilot):
            assert seen(app) != expected, "this shows nothing"
            await pilot.press(key)
            await pilot.pause()
            assert seen(app) == expected, key
