"""What stands on a screen that is too small for the debugger."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from tui.screens.dialog import Dialog

LEAST = Size(80, 24)
"""Columns and rows that the debugger needs."""


def is_too_small(size: Size, least: Size = LEAST) -> bool:
    return size.width < least.width or size.height < least.height


class TooSmallScreen(Dialog):
    """Covers all else, which stays as it is; nothing is lost."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,ctrl+q", "app.do('quit')", "quit", show=False)]

    def compose(self) -> ComposeResult:
        yield Static(id="too-small")

    def on_screen_resume(self) -> None:
        """What lay over it is closed; perhaps there is room by now."""
        if not is_too_small(self.app.size, self.debugger.least):
            self.dismiss()

    def on_screen_suspend(self) -> None:
        """Something has opened, such as the question of a class: that is covered too."""
        self.app.call_later(self._cover_again)

    def _cover_again(self) -> None:
        if is_too_small(self.app.size, self.debugger.least) and not isinstance(self.app.screen, TooSmallScreen):
            self.app.push_screen(TooSmallScreen())

    def on_resize(self) -> None:
        size, least, below = self.app.size, self.debugger.least, self.debugger.rows_below
        text = (
            f"chainstep needs {least.width} columns and {least.height + below} rows.\n"
            f"This terminal has {size.width} and {size.height + below}.\n\n"
            f"Make it larger, and go on where you are.\nq leaves; {self.debugger.without_screen} needs no screen."
        )
        self.query_one("#too-small", Static).update(Content(self.glyphs(text)))
