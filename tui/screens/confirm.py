"""A question with a few answers, each a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.widgets import Static

from tui.keys import shown_key
from tui.screens.dialog import Dialog


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer."""

    keys: str
    """Textual's names of the keys, separated by commas."""
    label: str
    act: Callable[[], object] = lambda: None
    """Called when the question is closed."""


class ConfirmScreen(Dialog):
    """Nothing but one of the answers closes it."""

    def __init__(self, title: str, text: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._heading, self._text, self._choices = title, text, choices

    def compose(self) -> ComposeResult:
        hint = " · ".join(f"{shown_key(choice.keys.split(',')[0])} {choice.label}" for choice in self._choices)
        with self.frame(self._heading, hint, "confirm"), VerticalScroll(id="confirm-page"):
            yield Static(Content(self.glyphs(self._text)), id="confirm-text")

    def on_key(self, event: Key) -> None:
        """Close it by an answer's key."""
        for choice in self._choices:
            if event.key in choice.keys.split(","):
                event.stop()
                event.prevent_default()
                self.dismiss()
                self.debugger.call_later(choice.act)
                return


def notice(title: str, text: str) -> ConfirmScreen:
    """Something to read once."""
    return ConfirmScreen(title, text, [Choice("enter,escape,q,space", "go on")])
