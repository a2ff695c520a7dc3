"""What all parts of the debugger's screen have in common: they show a State and hold no truth of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.content import Content
from textual.widget import Widget

from engine.session import State
from tui.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.app import DebuggerApp


class Pane(Widget):
    """A part of the screen that is drawn from the latest State."""

    state: State | None = None

    def show(self, state: State) -> None:
        """Draw another state."""
        self.state = state
        self.refresh()

    @property
    def debugger(self) -> DebuggerApp:
        return cast("DebuggerApp", self.app)

    @property
    def glyphs(self) -> Glyphs:
        return self.debugger.glyphs

    def render(self) -> Content:
        return Content() if self.state is None else self.draw(self.state)

    def draw(self, state: State) -> Content:
        """The content for a state, made to fit `self.content_size`."""
        raise NotImplementedError
