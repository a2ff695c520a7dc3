"""Moving one entry: a proof of a transpose by looking. Nothing in the session changes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from engine.calculus.layouts import spell_size
from engine.calculus.perturb import perturb
from engine.diagnostics import Diagnostic
from engine.formula import spell_name
from tui.perturb_text import perturbation_lines, read_epsilon
from tui.render import CHANGED, DIM
from tui.screens.dialog import Dialog
from tui.widgets.entry_grid import EntryGrid, NameList

STYLES = {"proof": "bold", "head": "bold $accent", "row": "", "differs": CHANGED, "note": DIM}
START = "0.001"


class PerturbScreen(Dialog):
    """Left the values, right the entries of one and ε, below what moves; it follows at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "close", show=False),
        Binding("pagedown", "page(1)", "down", show=False),
        Binding("pageup", "page(-1)", "up", show=False),
    ]

    def compose(self) -> ComposeResult:
        glyphs, state = self.glyphs, self.debugger.state
        plan = state.program.plan
        hint = "arrows choose · + − ε tenfold · tab next · pgup pgdn · esc"
        with self.frame("perturb: move one entry by ε, and look what moves", hint, "perturb"):
            with Horizontal(id="perturb-form"):
                yield NameList(
                    *(
                        Option(Content(glyphs(f"{spell_name(name)}  {spell_size(plan.shape(name))}")), id=name)
                        for name in self.names
                    ),
                    id="inputs",
                )
                yield EntryGrid(id="grid")
            with Horizontal(id="epsilon-form"):
                yield Label(glyphs("ε"))
                yield Input(START, select_on_focus=False, compact=True, id="epsilon")
            with VerticalScroll(id="moved"):
                yield Static(id="moved-text")

    @property
    def names(self) -> list[str]:
        """Parameters, then data, then what is computed, but not what nothing is computed from."""
        program = self.debugger.state.program
        data = [name for name in program.inputs if name not in program.parameters]
        lines = [name for name in program.plan.lines if name not in program.plan.aliases]
        return [name for name in (*program.parameters, *data, *lines) if name in program.targets]

    def on_mount(self) -> None:
        self.query_one(EntryGrid).show(self.debugger.state)
        self.call_after_refresh(self._begin)  # after the list has chosen its first option

    def _begin(self) -> None:
        """Begin at the target."""
        view, names = self.debugger.state.view, self.names
        name = view.target if view.target in names else names[0]
        options = self.query_one(OptionList)
        grid = self.query_one(EntryGrid)
        with self.prevent(OptionList.OptionHighlighted):
            options.highlighted = names.index(name)
        grid.choose(name, view.entry if view.entry and name == view.target else (0, 0))
        grid.focus()
        self._look()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        grid = self.query_one(EntryGrid)
        if event.option_id and event.option_id != grid.value_name:
            grid.choose(event.option_id)
            self._look()

    def on_option_list_option_selected(self) -> None:
        self.query_one(EntryGrid).focus()

    def on_entry_grid_moved(self) -> None:
        self._look()

    def on_entry_grid_typed(self, event: EntryGrid.Typed) -> None:
        """A number that is typed on the grid is the next ε."""
        box = self.query_one("#epsilon", Input)
        box.focus()
        if event.text:
            box.value = event.text
            box.action_end()

    def on_entry_grid_stepped(self, event: EntryGrid.Stepped) -> None:
        """A tenfold ε, or a tenth of it."""
        box = self.query_one("#epsilon", Input)
        try:
            box.value = f"{read_epsilon(box.value) * 10.0**event.sign:.4g}"
        except Diagnostic:
            box.value = START

    def on_input_changed(self) -> None:
        self._look()

    def on_input_submitted(self) -> None:
        self.query_one(EntryGrid).focus()

    def action_page(self, pages: int) -> None:
        scroll = self.query_one("#moved", VerticalScroll)
        scroll.scroll_relative(y=pages * max(1, scroll.size.height - 1), animate=False)

    def _look(self) -> None:
        """Move the chosen entry in a copy, and show what moves with it."""
        grid, state, glyphs = self.query_one(EntryGrid), self.debugger.state, self.glyphs
        if not grid.value_name:
            return
        text = self.query_one("#moved-text", Static)
        try:
            epsilon = read_epsilon(self.query_one("#epsilon", Input).value)
            found = perturb(state.program, grid.value_name, grid.place, epsilon)
        except Diagnostic as problem:
            hint = f" ({problem.hints[0]})" if problem.hints else ""
            text.update(Content.styled(glyphs(problem.message + hint), "bold $error"))
            return
        lines = [Content.styled(glyphs(line), STYLES[role]) for role, line in perturbation_lines(found, state)]
        text.update(Content("\n").join(lines))
