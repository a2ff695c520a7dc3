"""The formula line: type an expression, and see its value and the shape of every part as it grows."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from engine.calculus.entry_text import spell_full
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.diagnostics import display_width
from engine.doctor.reading import Reading, completed, known_names, read_expression, reading_lines
from engine.formula import FUNCTIONS
from tui.render import DIM
from tui.screens.dialog import Dialog
from tui.widgets.cell import spell_place
from tui.widgets.matrix import MatrixPanel

MOST_KEPT = 200
"""Expressions that up goes back through."""


class FormulaInput(Input):
    """One line; tab completes a name, up and down go through what was entered before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "complete", show=False),
        Binding("up", "recall(-1)", "former", show=False),
        Binding("down", "recall(1)", "later", show=False),
    ]

    def action_complete(self) -> None:
        self.line.complete()

    def action_recall(self, step: int) -> None:
        self.line.recall(step)

    @property
    def line(self) -> FormulaLineScreen:
        assert isinstance(self.screen, FormulaLineScreen)
        return self.screen


class ValueWindow(MatrixPanel):
    """The value; escape goes back to the expression."""

    def action_leave(self) -> None:
        self.screen.query_one(FormulaInput).focus()


class FormulaLineScreen(Dialog):
    """An expression over values, deltas and gradients; nothing of the session changes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self._recalled = 0
        self._draft = ""
        self._text = ""

    def compose(self) -> ComposeResult:
        hint = "tab complete · ↑↓ former · enter look at the value · esc"
        with self.frame("formula", hint, "formula-line"):
            yield FormulaInput(placeholder="W3.T @ delta3", select_on_focus=False, id="expression")
            yield Static(id="reading")
            yield ValueWindow(id="formula-value")

    def on_mount(self) -> None:
        self.query_one(ValueWindow).show(self.debugger.state)
        self._recalled = len(self.debugger.formulas)
        self.query_one(FormulaInput).focus()
        self._welcome()

    def _welcome(self) -> None:
        state = self.debugger.state
        names = [name for name in known_names(state.program, state.view.of) if name not in FUNCTIONS]
        text = (
            f"Names: {', '.join(names)}. dW2 is ∂{state.view.of}/∂W2 in W2's own shape.\n"
            "@ or · is the matrix product, * or ⊙ entry by entry, .T or ᵀ the transpose: W3.T @ delta3, "
            "(a3 − y) ⊙ σ′(z3), W2[0,1]."
        )
        self._put(Content.styled(self.glyphs(text), DIM), None)

    def _put(self, said: Content, reading: Reading | None) -> None:
        self.query_one("#reading", Static).update(said)
        window = self.query_one(ValueWindow)
        value = None if reading is None else reading.value
        window.display = value is not None
        if value is not None and reading is not None:
            size = spell_size(reading.shape) if reading.shape else "a number"
            if reading.shape is not None and len(reading.shape) == 1:
                size = f"({reading.shape[0]},), in one dimension, drawn as a column"
            window.styles.height = min(value.shape[0], 10) + 2
            window.put(Content("="), Shown.of(value), Content(self.glyphs(size)))

    def on_input_changed(self, event: Input.Changed) -> None:
        self._text = event.value
        self._read(self._text)

    def on_resize(self) -> None:
        self._read(self._text)

    def _read(self, text: str) -> None:
        if not text.strip():
            self._welcome()
            return
        state = self.debugger.state
        most = self.debugger.session.most_work
        reading = read_expression(state.program, text, of=state.view.of, most=most)
        width = max(30, self.query_one("#formula-line").content_size.width - 2)
        lines = [Content(self.glyphs(line)) for line in reading_lines(reading, width)]
        if display_width(text) < width and lines:
            del lines[0]  # what is typed stands directly above
        if reading.problem is not None:
            lines[0] = (
                Content.styled(lines[0].plain, DIM) if reading.shape is None and not reading.mismatch else lines[0]
            )
        elif reading.value is None and reading.shape is not None:
            size = spell_size(reading.shape) or "a number"
            lines.append(Content(self.glyphs(f"{size}: too much to compute while you type")))
        self._put(Content("\n").join(lines), reading)

    def on_matrix_panel_cell_moved(self) -> None:
        """The full value of the entry under the cursor stands on the frame."""
        window = self.query_one(ValueWindow)
        caption = Content("=")
        if window.is_looked_at and window.cursor is not None and window.shown is not None:
            row, column = window.cursor
            value = float(window.shown.window(slice(row, row + 1), slice(column, column + 1)).item())
            caption = Content(self.glyphs(f"= {spell_place(None, window.cursor)} {spell_full(value)}"))
        window.border_title = caption

    # ---- what the keys of the input do -----------------------------------------------------------------------------

    def complete(self) -> None:
        """Complete the name before the cursor; where several would do, list them."""
        box = self.query_one(FormulaInput)
        state = self.debugger.state
        found = completed(state.program, box.value, box.cursor_position, state.view.of)
        if found.text != box.value:
            box.value = found.text
            box.cursor_position = found.cursor
        if len(found.names) != 1:
            text = "  ".join(found.names) if found.names else "no name begins like this"
            width = self.query_one("#formula-line").content_size.width
            said = text if display_width(text) <= 3 * width else f"{text[: 3 * width]} …"
            self.call_after_refresh(self._list, said)

    def _list(self, text: str) -> None:
        self.query_one("#reading", Static).update(Content.styled(self.glyphs(text), DIM))

    def recall(self, step: int) -> None:
        """A former expression; what was being typed comes back below the last."""
        formulas = self.debugger.formulas
        box = self.query_one(FormulaInput)
        if self._recalled == len(formulas):
            self._draft = box.value
        self._recalled = max(0, min(self._recalled + step, len(formulas)))
        box.value = formulas[self._recalled] if self._recalled < len(formulas) else self._draft
        box.cursor_position = len(box.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the expression, and go to its value, where the arrow keys read entries."""
        text = event.value.strip()
        formulas = self.debugger.formulas
        if text and (not formulas or formulas[-1] != text):
            formulas.append(text)
            del formulas[:-MOST_KEPT]
        self._recalled = len(formulas)
        window = self.query_one(ValueWindow)
        if window.display:
            window.focus()

    def on_unmount(self) -> None:
        """What was typed last can be recalled, though enter was not pressed."""
        text = self._text.strip()
        if text and text not in self.debugger.formulas[-1:]:
            self.debugger.formulas.append(text)
