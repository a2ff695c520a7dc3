"""Editing: pick a value, pick an entry, type; the loss and everything else follow at once."""

from __future__ import annotations

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.calculus.layouts import spell_size
from engine.calculus.typeset import spell_cell
from engine.formula import spell_name
from engine.session import actions
from tui.render import CHANGED, DIM
from tui.screens.dialog import Dialog
from tui.widgets.bars import spell_loss
from tui.widgets.pane import Pane

NUMBER = re.compile(r"\s*[-+−]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")


class EntryGrid(Pane, can_focus=True):
    """A value as a grid with one entry chosen; it moves through values of any size."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1,0)", "up", show=False),
        Binding("down", "move(1,0)", "down", show=False),
        Binding("left", "move(0,-1)", "left", show=False),
        Binding("right", "move(0,1)", "right", show=False),
        Binding("enter", "type", "type", show=False),
    ]

    class Typed(Message):
        """A person began to type a number."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Moved(Message):
        """Another entry is chosen."""

    value_name = ""
    row = 0
    column = 0

    def choose(self, name: str) -> None:
        """Show another value."""
        self.value_name, self.row, self.column = name, 0, 0
        self.refresh()

    def draw(self, state: object) -> Content:
        state = self.debugger.state
        if not self.value_name:
            return Content()
        rows, columns = state.program.plan.shape(self.value_name)
        matrix = state.values[self.value_name].reshape(rows, columns)
        old = state.compared.values[self.value_name].reshape(rows, columns) if state.compared else matrix
        height, width = max(1, self.content_size.height), max(1, self.content_size.width // 9)
        top = max(0, min(self.row - height // 2, rows - height))
        first = max(0, min(self.column - width // 2, columns - width))
        lines = []
        for row in range(top, min(rows, top + height)):
            parts: list[tuple[str, str]] = []
            for column in range(first, min(columns, first + width)):
                text = spell_cell(matrix[row, column]).rjust(8)
                is_chosen = (row, column) == (self.row, self.column)
                changed = CHANGED if old[row, column] != matrix[row, column] else ""
                parts += [(text, f"{changed} reverse" if is_chosen else changed), (" ", "")]
            lines.append(Content.assemble(*parts))
        return Content("\n").join(lines)

    def action_move(self, rows: int, columns: int) -> None:
        """Choose a neighbour."""
        shape = self.debugger.state.program.plan.shape(self.value_name)
        self.row = max(0, min(self.row + rows, shape[0] - 1))
        self.column = max(0, min(self.column + columns, shape[1] - 1))
        self.refresh()
        self.post_message(self.Moved())

    def action_type(self) -> None:
        self.post_message(self.Typed(""))

    def on_key(self, event: Key) -> None:
        if event.character and event.character in "0123456789.-+":
            event.stop()
            self.post_message(self.Typed(event.character))


class EditScreen(Dialog):
    """Left the inputs, right the entries of one, below the number to type and what it changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False),
        Binding("ctrl+z", "undo", "undo", show=False),
        Binding("ctrl+y,ctrl+r", "redo", "redo", show=False),
    ]

    def compose(self) -> ComposeResult:
        glyphs = self.glyphs
        program = self.debugger.state.program
        names = [*program.parameters, *(name for name in program.inputs if name not in program.parameters)]
        with self.frame("edit", "arrows choose · type a number · enter · ctrl+z undo · esc", "edit"):
            with Horizontal():
                yield OptionList(
                    *(
                        Option(Content(glyphs(f"{spell_name(name)}  {spell_size(program.plan.shape(name))}")), id=name)
                        for name in names
                    ),
                    id="inputs",
                )
                yield EntryGrid(id="grid")
            yield Input(placeholder="a number, such as -0.25", select_on_focus=False, id="number")
            yield Static(id="effect")

    @property
    def grid(self) -> EntryGrid:
        return self.query_one(EntryGrid)

    def on_mount(self) -> None:
        self.grid.show(self.debugger.state)
        self._effect("")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id:
            self.grid.choose(event.option_id)
            self._effect("")

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        self.grid.focus()

    def on_entry_grid_moved(self) -> None:
        self._effect("")

    def on_entry_grid_typed(self, event: EntryGrid.Typed) -> None:
        box = self.query_one(Input)
        box.value = event.text
        box.cursor_position = len(event.text)
        box.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value
        if not NUMBER.fullmatch(text):
            self._effect(f"{text.strip()!r} is not a number: write it as in -0.25 or 1e-3")
            return
        grid = self.grid
        action = actions.Edit(
            name=grid.value_name, at=[grid.row, grid.column], value=float(text.strip().replace("−", "-"))
        )
        self.debugger.announce("")
        if self.debugger.dispatch(action):
            event.input.value = ""
            grid.focus()
            self._effect("")
        else:
            self._effect(self.debugger.last_message)

    def _effect(self, problem: str) -> None:
        """What is chosen, and what the last edit did; or what is wrong with what was typed."""
        state, glyphs, grid = self.debugger.state, self.glyphs, self.grid
        parts: list[Content] = []
        if problem:
            parts.append(Content.styled(glyphs(problem), "bold $error"))
        elif grid.value_name:
            value = state.values[grid.value_name].reshape(state.program.plan.shape(grid.value_name))
            place = f"{grid.value_name}[{grid.row}, {grid.column}] = {value[grid.row, grid.column]:.10g}"
            parts.append(Content.styled(place, "bold"))
        if state.compared is not None:
            before = state.compared.values[state.program.loss]
            if before.size == 1:
                old, new = spell_loss(float(before.item())), spell_loss(state.loss)
                parts.append(Content.assemble(f"{state.program.loss}  {old}", glyphs(" → "), (new, CHANGED)))
            changed = [name for name in state.changes() if name != state.program.loss]
            if changed:
                parts.append(Content.styled("changed: " + ", ".join(changed) + " (v shows old and new)", DIM))
        grid.refresh()
        self.query_one("#effect", Static).update(Content("\n").join(parts))

    def action_leave(self) -> None:
        """From the number back to the grid, from the grid out."""
        if self.query_one(Input).has_focus:
            self.grid.focus()
        else:
            self.dismiss()

    def action_undo(self) -> None:
        self.debugger.dispatch(actions.Undo())
        self._effect("")

    def action_redo(self) -> None:
        self.debugger.dispatch(actions.Redo())
        self._effect("")
