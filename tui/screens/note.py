"""A note of one's own: it is said where it was written, and stays in the session."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from engine.session import actions
from tui.render import DIM
from tui.screens.dialog import Dialog

ABOUT = "It is said here, and again where the session is replayed: save it as a scenario, and it is a lesson of yours."
MAX_NOTE = 370
"""Characters that can be read beside the matrices of a screen of 80×24."""


class NoteScreen(Dialog):
    """A line to type in."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close", show=False)]

    def compose(self) -> ComposeResult:
        with self.frame("a note", "enter writes it down · esc", "note"):
            yield Input(max_length=MAX_NOTE, id="note-text")
            yield Static(Content.styled(self.glyphs(ABOUT), DIM), id="note-about")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write it down; an empty one is none."""
        self.dismiss()
        if text := event.value.strip():
            self.debugger.dispatch(actions.Note(say=text))
