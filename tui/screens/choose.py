"""Choosing the target: what L is differentiated by."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from engine.calculus.layouts import spell_size
from engine.calculus.route import ALL, find_route
from engine.diagnostics import Diagnostic
from engine.formula import spell_name
from engine.session import State, actions
from tui.screens.dialog import Dialog


def kinds(state: State) -> dict[str, str]:
    """What each possible target is: a parameter, the input, a pre-activation, an activation."""
    program, of = state.program, state.view.of
    found = {ALL: "every parameter: one whole backward pass"}
    for name in (*program.plan.inputs, *program.plan.lines):
        if name == of or name in program.plan.aliases:
            continue
        try:
            find_route(program, of, name)
        except Diagnostic:
            continue
        if name in program.parameters:
            kind = "parameter"
        elif name in program.plan.inputs:
            kind = "target value" if name in ("y", "Y", "t") else "input"
        else:
            kind = (
                "pre-activation" if name.startswith(("z", "Z")) else "activation" if name.startswith("a") else "value"
            )
        found[name] = kind
    return found


class TargetScreen(Dialog):
    """A list of everything that L depends on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,t,q", "dismiss", "close", show=False)]

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state

    def compose(self) -> ComposeResult:
        glyphs = self.glyphs
        of = spell_name(self._state.view.of)
        options = []
        for name, kind in kinds(self._state).items():
            shape = "" if name == ALL else spell_size(self._state.program.plan.shape(name))
            label = Content.assemble(
                (glyphs(f"∂{of}/∂{spell_name(name)}" if name != ALL else "all").ljust(12), "bold"),
                glyphs(shape).ljust(12), (kind, "dim"),
            )  # fmt: skip
            options.append(Option(label, id=name))
        with self.frame(f"differentiate {of} by", "enter choose · esc close", "target"):
            yield OptionList(*options, id="targets")

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        names = list(kinds(self._state))
        if self._state.view.target in names:
            options.highlighted = names.index(self._state.view.target)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss()
        if event.option_id:
            self.debugger.dispatch(actions.Target(target=event.option_id))
