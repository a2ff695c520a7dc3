"""Saving: a name is asked for, and whatever is there already is overwritten only after a second enter."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from engine.diagnostics import Diagnostic
from tui.render import DIM
from tui.saving import LOG, SCENARIO, save
from tui.screens.dialog import Dialog

ABOUT = (
    f"name{SCENARIO} is a scenario: it opens at the beginning, and space plays what you did, step by step.\n"
    f"name{LOG} is a log: chainstep --log name{LOG} goes on from where you are now."
)


ABOUT_RECORDING = (
    f"name{SCENARIO} begins with the numbers, the network and the view of now, at this step.\n"
    "What you do and note from here on becomes its script when you save. What was done before cannot be undone in it."
)


class SaveScreen(Dialog):
    """What is typed stays until it is saved."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close", show=False)]

    _asked = ""
    """The name of a file that is there, for which enter was pressed once."""

    heading, hint, about = "save the session", "enter saves · esc", ABOUT

    def compose(self) -> ComposeResult:
        with self.frame(self.heading, self.hint, "save"):
            yield Input(self._proposal(), select_on_focus=False, id="save-name")
            yield Static(Content.styled(self.glyphs(self.about), DIM), id="save-text")

    def _proposal(self) -> str:
        """A name that is free, or that of the recording."""
        if self.debugger.recording is not None:
            return self.debugger.recording
        return self._free("session")

    def _free(self, kind: str) -> str:
        scenario = self.debugger.scenario
        stem = f"{Path(scenario.name).stem if scenario else 'chainstep'}-{kind}"
        free = (name for number in range(1, 1_000) if not Path(name := f"{stem}{number}{SCENARIO}").exists())
        return next(free, f"{stem}{SCENARIO}")

    def on_input_changed(self) -> None:
        self._asked = ""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Save, or say why not."""
        try:
            self._keep(event.value, overwrite=event.value in (self._asked, self.debugger.recording))
        except Diagnostic as problem:
            said = problem.message
            if problem.code == "exists":
                self._asked = event.value
                said += ". Enter once more overwrites it; or type another name."
            elif problem.hints:
                said += f" ({problem.hints[0]})"
            self._say(said)
            return
        self.dismiss()

    def _keep(self, typed: str, *, overwrite: bool) -> None:
        scenario = self.debugger.scenario
        assert scenario is not None
        path = save(scenario, self.debugger.session, typed, overwrite=overwrite)
        self.debugger.saved()
        flag = "--log " if path.suffix == LOG else ""
        self.debugger.announce(f"saved: chainstep {flag}{path} opens it")

    def _say(self, text: str) -> None:
        self.query_one("#save-text", Static).update(Content.styled(self.glyphs(text), "bold $error"))


class RecordScreen(SaveScreen):
    """The name of a recording that begins where the session is."""

    heading, hint, about = "begin a recording here", "enter begins it · esc", ABOUT_RECORDING

    def _proposal(self) -> str:
        return self._free("recording")

    def _keep(self, typed: str, *, overwrite: bool) -> None:
        self.debugger.record(typed, overwrite=overwrite)
