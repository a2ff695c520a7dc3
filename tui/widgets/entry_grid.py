"""A value as a grid of numbers with one entry chosen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, Key
from textual.message import Message
from textual.widgets import OptionList

from engine.calculus.typeset import spell_cell
from tui.render import CHANGED, DIM
from tui.widgets.pane import Pane

CELL = 9
"""Columns of a cell with the blank after it."""
MARGIN = 5
"""Columns for the numbers of the rows."""


class EntryGrid(Pane, can_focus=True):
    """It moves through values of any size; what is typed on it is shown in the chosen cell."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1,0)", "up", show=False),
        Binding("down", "move(1,0)", "down", show=False),
        Binding("left", "move(0,-1)", "left", show=False),
        Binding("right", "move(0,1)", "right", show=False),
        Binding("enter", "type", "type", show=False),
    ]

    class Typed(Message):
        """A person began to type."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Stepped(Message):
        """A person pressed + or −."""

        def __init__(self, sign: int) -> None:
            super().__init__()
            self.sign = sign

    class Moved(Message):
        """Another entry is chosen."""

    value_name = ""
    row = 0
    column = 0
    typed = ""
    """What is being typed, shown in place of the chosen entry."""

    @property
    def place(self) -> tuple[int, int]:
        return self.row, self.column

    def choose(self, name: str, place: tuple[int, int] = (0, 0)) -> None:
        """Show another value."""
        self.value_name, self.typed = name, ""
        self.row, self.column = place
        self.refresh()

    def show_typed(self, text: str) -> None:
        """Show what is being typed, or nothing."""
        self.typed = text
        self.refresh()

    def draw(self, state: object) -> Content:
        state = self.debugger.state
        if not self.value_name:
            return Content()
        rows, columns = state.program.plan.shape(self.value_name)
        matrix = state.values[self.value_name].reshape(rows, columns)
        old = state.compared.values[self.value_name].reshape(rows, columns) if state.compared else matrix
        height, width, top, first = self._window(rows, columns)
        numbers = "".join(f"{column:>{CELL - 1}} " for column in range(first, min(columns, first + width)))
        lines = [Content.styled(" " * MARGIN + numbers, DIM)]
        for row in range(top, min(rows, top + height)):
            parts: list[tuple[str, str]] = [(f"{row:>{MARGIN - 2}}  ", DIM)]
            for column in range(first, min(columns, first + width)):
                text = spell_cell(matrix[row, column]).rjust(CELL - 1)
                style = CHANGED if old[row, column] != matrix[row, column] else ""
                if (row, column) == self.place:
                    style += " reverse"
                    text = self.typed[-(CELL - 1) :].ljust(CELL - 1) if self.typed else text
                    style += " underline" if self.typed else ""
                parts += [(text, style.strip()), (" ", "")]
            lines.append(Content.assemble(*parts))
        return Content("\n").join(lines)

    def _window(self, rows: int, columns: int) -> tuple[int, int, int, int]:
        """How many rows and columns fit, and the first of each."""
        height = max(1, self.content_size.height - 1)
        width = max(1, (self.content_size.width - MARGIN) // CELL)
        top = max(0, min(self.row - height // 2, rows - height))
        first = max(0, min(self.column - width // 2, columns - width))
        return height, width, top, first

    def action_move(self, rows: int, columns: int) -> None:
        """Choose a neighbour."""
        if not self.value_name:
            return
        if columns < 0 and self.column == 0:
            for names in self.screen.query(NameList):
                names.focus()
            return
        shape = self.debugger.state.program.plan.shape(self.value_name)
        self.row = max(0, min(self.row + rows, shape[0] - 1))
        self.column = max(0, min(self.column + columns, shape[1] - 1))
        self.refresh()
        self.post_message(self.Moved())

    def action_type(self) -> None:
        self.post_message(self.Typed(""))

    def on_key(self, event: Key) -> None:
        character = event.character
        if character in ("+", "-", "−"):
            event.stop()
            self.post_message(self.Stepped(1 if character == "+" else -1))
        elif character and character.isprintable() and not character.isspace():
            event.stop()
            self.post_message(self.Typed(character))

    def on_click(self, event: Click) -> None:
        """Choose the entry under the pointer."""
        if not self.value_name:
            return
        rows, columns = self.debugger.state.program.plan.shape(self.value_name)
        _, _, top, first = self._window(rows, columns)
        offset = event.get_content_offset(self)
        if offset is not None and offset.y >= 1 and offset.x >= MARGIN:
            row, column = top + offset.y - 1, first + (offset.x - MARGIN) // CELL
            self.action_move(row - self.row, column - self.column)


class NameList(OptionList):
    """The names beside a grid: → goes to its entries, ← comes back, and numbers are typed there."""

    def on_key(self, event: Key) -> None:
        grid = self.screen.query_one(EntryGrid)
        if event.key == "right":
            event.stop()
            grid.focus()
        elif event.character and event.character in "0123456789.=+-−":
            grid.focus()
            grid.on_key(event)
