"""Editing: pick a value and an entry, type a number or a formula, or step by + and −; the rest follows at once."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.calculus.entry_names import entry_at
from engine.calculus.layouts import spell_size
from engine.diagnostics import Diagnostic
from engine.formula import spell_name
from engine.session import actions
from engine.session.edits import read_edit
from tui.screens.dialog import Dialog
from tui.widgets.changes import change_content
from tui.widgets.entry_grid import EntryGrid, NameList

MAX_DECIMALS = 4
"""Decimals of a number that has so many because somebody typed it, and not because it was computed."""


def step_of(value: float) -> Decimal:
    """What + and − add to a value: one in its last digit, or 0.1 where it has no decimals, or very many.

    >>> step_of(0.25), step_of(-0.4), step_of(2.0), step_of(1 / 3)
    (Decimal('0.01'), Decimal('0.1'), Decimal('0.1'), Decimal('0.1'))
    """
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    return Decimal(1).scaleb(-decimals) if 1 <= decimals <= MAX_DECIMALS else Decimal("0.1")


class EditScreen(Dialog):
    """Left the inputs, right the entries of one, below what is typed and what it changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False),
        Binding("ctrl+z", "undo", "undo", show=False),
        Binding("ctrl+y,ctrl+r", "redo", "redo", show=False),
    ]

    _step: Decimal | None = None
    """Of + and −, kept while one entry is stepped: 0.09 becomes 0.10 and then 0.11."""
    _sign = ""
    """The sign that has just been pressed once, which with a digit after it is the beginning of a number."""
    _asked = False
    """Whether leaving with something typed has been asked about."""

    def compose(self) -> ComposeResult:
        glyphs = self.glyphs
        program = self.debugger.state.program
        names = [*program.parameters, *(name for name in program.inputs if name not in program.parameters)]
        hint = "→ entries · type · + − step · = formula for all · ^z undo · esc"
        with self.frame("edit", hint, "edit"):
            with Horizontal():
                yield NameList(
                    *(
                        Option(Content(glyphs(f"{spell_name(name)}  {spell_size(program.plan.shape(name))}")), id=name)
                        for name in names
                    ),
                    id="inputs",
                )
                yield EntryGrid(id="grid")
            yield Input(placeholder="a number such as -0.25, or a formula", select_on_focus=False, id="number")
            yield Static(id="effect")

    @property
    def grid(self) -> EntryGrid:
        return self.query_one(EntryGrid)

    @property
    def box(self) -> Input:
        return self.query_one("#number", Input)

    def on_mount(self) -> None:
        self.grid.show(self.debugger.state)
        self._effect()

    # ---- choosing --------------------------------------------------------------------------------------------------

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id:
            self.grid.choose(event.option_id)
            self._forget()
            self._effect()

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        self.grid.focus()

    def on_entry_grid_moved(self) -> None:
        self._forget()
        self._effect()

    def _forget(self) -> None:
        """A step and a question belong to one entry."""
        self._step, self._sign, self._asked = None, "", False

    # ---- typing ----------------------------------------------------------------------------------------------------

    def on_entry_grid_typed(self, event: EntryGrid.Typed) -> None:
        if self._asked:
            self._asked = False
            if not event.text:
                self._enter(self.box.value)
                return
        text = event.text
        if self._sign and text and text in "0123456789.":
            # − and a digit: that was the sign of a number, and no step.
            self.debugger.dispatch(actions.Undo())
            text = self._sign + text
        self._forget()
        box = self.box
        # What was typed before and left standing is gone on with, and not thrown away.
        box.value = box.value + text if box.value else text
        box.cursor_position = len(box.value)
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.grid.show_typed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._enter(event.value)

    def _enter(self, text: str) -> None:
        """Put what was typed into the value; what is refused stays to be corrected."""
        try:
            action = read_edit(self.grid.value_name, self.grid.place, text)
        except Diagnostic as problem:
            self._effect(problem.message + "".join(f" ({hint})" for hint in problem.hints[:1]))
            return
        self._apply(action)

    def _apply(self, action: actions.Edit) -> None:
        self.debugger.announce("")
        if self.debugger.dispatch(action):
            self.box.value = ""
            self.grid.focus()
            self._effect()
        else:
            self._effect(self.debugger.last_message)

    def on_entry_grid_stepped(self, event: EntryGrid.Stepped) -> None:
        grid = self.grid
        if not grid.value_name:
            return
        is_first = self._step is None
        value = float(self._value())
        self._step = self._step or step_of(value)
        stepped = float(Decimal(repr(value)) + event.sign * self._step)
        self._apply(actions.Edit(name=grid.value_name, at=[*grid.place], value=stepped))
        self._sign = ("+" if event.sign > 0 else "-") if is_first else ""

    def _value(self) -> float:
        state, grid = self.debugger.state, self.grid
        matrix = state.values[grid.value_name].reshape(state.program.plan.shape(grid.value_name))
        return float(matrix[grid.place])

    # ---- what it did -----------------------------------------------------------------------------------------------

    def _effect(self, problem: str = "") -> None:
        """What is chosen, and what the last edit did; or what is wrong with what was typed."""
        state, glyphs, grid = self.debugger.state, self.glyphs, self.grid
        parts: list[Content] = []
        if problem:
            parts.append(Content.styled(glyphs(problem), "bold $error"))
        elif grid.value_name:
            entry = entry_at(state.program.plan, grid.value_name, *grid.place)
            parts.append(Content.styled(f"{entry} = {self._value():.10g}", "bold"))
        parts += change_content(state, glyphs, max(20, self.query_one("#effect").content_size.width or 60), 2)
        grid.refresh()
        self.query_one("#effect", Static).update(Content("\n").join(parts))

    # ---- leaving ---------------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """From what is typed back to the grid, from the grid out; something typed and not entered is asked about."""
        text = self.box.value.strip()
        if self.box.has_focus:
            self.grid.focus()
            if not text:
                return
        elif not text or self._asked:
            self.dismiss()
            return
        self._asked = True
        entry = entry_at(self.debugger.state.program.plan, self.grid.value_name, *self.grid.place)
        self._effect(f"{text} is typed and not entered: enter puts it into {entry}, esc leaves without it")

    def action_undo(self) -> None:
        self._change(actions.Undo())

    def action_redo(self) -> None:
        self._change(actions.Redo())

    def _change(self, action: actions.AnyAction) -> None:
        self._forget()
        is_done = self.debugger.dispatch(action)
        self._effect("" if is_done else self.debugger.last_message)
