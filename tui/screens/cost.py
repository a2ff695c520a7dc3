"""What each step costs, in both orders, and why backpropagation goes backwards."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from engine.calculus.typeset import fraction
from engine.session import State
from tui.cost_text import cost_text
from tui.screens.dialog import Dialog


class CostScreen(Dialog):
    """A page to read; it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,C,enter", "dismiss", "close", show=False)]

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state

    def compose(self) -> ComposeResult:
        view = self._state.view
        with self.frame(f"cost of {fraction(view.of, view.target)}", "esc close", "cost", scrolls=True):
            yield Static(id="cost-text")

    def on_resize(self) -> None:
        width = self.query_one("#cost").content_size.width
        lines = (Content(self.glyphs(line)) for line in cost_text(self._state, max(40, width)))
        self.query_one("#cost-text", Static).update(Content("\n").join(lines))
