"""All values of the forward pass, and what the last edit changed, old → new."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from engine.session import State
from tui.glyphs import Glyphs
from tui.look import Look
from tui.render import CHANGED
from tui.screens.dialog import Dialog
from tui.widgets.values import shown_names, value_block

MAX_LISTED = 12
"""Changed entries that are listed for one value."""


class ValuesScreen(Dialog):
    """A page to read; it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,v,enter", "dismiss", "close", show=False)]

    def compose(self) -> ComposeResult:
        with self.frame("values", "esc close", "all-values", scrolls=True):
            yield Static(_values(self.debugger.state, self.glyphs, self.app.size.width - 12, self.debugger.look))


def _values(state: State, glyphs: Glyphs, width: int, look: Look) -> Content:
    lines: list[Content] = []
    for name in shown_names(state):
        lines += value_block(state, name, glyphs, width, 12, look)
        lines += [Content.assemble("  ", line) for line in change_lines(state, name, glyphs)]
        lines.append(Content())
    return Content("\n").join(lines)


def change_lines(state: State, name: str, glyphs: Glyphs) -> list[Content]:
    """`[0, 1]  -0.4 → 0.9` for every entry of a value that the last edit changed."""
    change = state.changes().get(name)
    if change is None:
        return []
    old, new = (np.asarray(array).reshape(state.program.plan.shape(name)) for array in change)
    places = np.argwhere(old != new)
    lines = [
        Content.assemble(
            f"[{row}, {column}]  ", f"{old[row, column]:.6g}", glyphs(" → "), (f"{new[row, column]:.6g}", CHANGED)
        )
        for row, column in places[:MAX_LISTED].tolist()
    ]
    if len(places) > MAX_LISTED:
        lines.append(Content(glyphs(f"… and {len(places) - MAX_LISTED} more")))
    return lines
