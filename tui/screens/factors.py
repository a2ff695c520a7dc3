"""All factors of the derivation, one a line: to jump to one, and to set breakpoints."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from engine.calculus import Step
from engine.calculus.layouts import spell_size
from engine.calculus.typeset import fraction
from engine.session import State, actions
from tui.screens.dialog import Dialog


def factor_line(state: State, step: Step) -> str:
    """`▲ ● 3  ∂z3/∂a2   3×2  matmul, left   → 3×1`."""
    width = max(10, *(len(spell_size(each.factor.shape)) for each in state.steps))
    joined = "▲" if step.index == state.cursor - 1 else "✓" if step.index < state.cursor else " "
    point = "●" if actions.Break(factor=step.factor.name) in state.breakpoints else " "
    how = "first factor" if step.operation is None else f"{step.operation}, {step.side}"
    name = fraction(step.factor.numerator, step.factor_by) if step.leg.jacobian is not None else "sum over paths"
    return (f"{joined} {point} {step.index + 1:3}  {name:14} {spell_size(step.factor.shape):{width}} {how:18} "
            f"→ {fraction(step.product.of, step.by)} {spell_size(step.after.shape)}")  # fmt: skip


class FactorsScreen(Dialog):
    """Enter or a click runs to a factor, K sets a breakpoint on it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,m,q", "dismiss", "close", show=False),
        Binding("K", "break", "breakpoint", show=False),
    ]

    def compose(self) -> ComposeResult:
        with self.frame("factors", "enter run to it · K breakpoint · esc close", "factors"):
            yield OptionList(*self._options(), id="factor-list")

    def _options(self) -> list[Option]:
        state = self.debugger.state
        return [Option(Content(self.glyphs(factor_line(state, step))), id=str(step.index)) for step in state.steps]

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = max(0, self.debugger.state.cursor - 1)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss()
        self.debugger.dispatch(actions.Jump(step=event.option_index + 1))

    def action_break(self) -> None:
        """Set a breakpoint on the factor, or take it away."""
        options = self.query_one(OptionList)
        if options.highlighted is None:
            return
        place = options.highlighted
        self.debugger.dispatch(actions.Break(factor=self.debugger.state.steps[place].factor.name))
        options.clear_options()
        options.add_options(self._options())
        options.highlighted = place
