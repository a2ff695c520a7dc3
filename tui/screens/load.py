"""Loading weights: a path is typed, what would become what is shown, and then it is put in."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from engine.calculus.layouts import spell_size
from engine.diagnostics import Diagnostic
from tui.loading import Weights, read_weights
from tui.render import DIM
from tui.screens.dialog import Dialog


class LoadScreen(Dialog):
    """Above the path, below what its arrays become."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close", show=False)]

    _found: Weights | None = None
    """What the file at the present path has, once it is read."""

    def compose(self) -> ComposeResult:
        with self.frame("load weights", "enter reads, enter again puts in · esc", "load"):
            yield Input(placeholder="path of a .npz or .safetensors file", select_on_focus=False, id="path")
            with VerticalScroll(id="load-page", can_focus=False):
                yield Static(id="load-text")

    def on_mount(self) -> None:
        plan = self.debugger.state.program.plan
        shapes = ", ".join(f"{name} {spell_size(plan.shape(name))}" for name in self.debugger.state.program.parameters)
        self._say(f"The program's parameters: {shapes}.", DIM)

    def on_input_changed(self) -> None:
        self._found = None

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._found is not None:
            self._put_in(self._found)
            return
        try:
            self._found = read_weights(self.debugger.state.program, event.value)
        except Diagnostic as problem:
            place = f"{problem.where.key}: " if problem.where.key else ""
            hint = f" ({problem.hints[0]})" if problem.hints else ""
            self._say(f"{place}{problem.message}{hint}", "bold $error")
            return
        lines = [str(each) for each in self._found.mapped]
        self._say("\n".join([*lines, "", "Enter puts these numbers in; u takes all of them back."]))

    def _put_in(self, found: Weights) -> None:
        if not self.debugger.dispatch(found.action):
            self._say(f"{self.debugger.last_message}; nothing is changed", "bold $error")
            return
        self.dismiss()
        self.debugger.announce(f"{', '.join(found.action.values)}: loaded; u takes all of it back")

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#load-text", Static).update(Content.styled(self.glyphs(text), style))
