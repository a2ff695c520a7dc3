"""Copying: a list of what can be copied; what was chosen goes to the clipboard and stands below, to be selected."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static, TextArea
from textual.widgets.option_list import Option

from engine.diagnostics import Diagnostic
from tui.copying import MAX_CLIPBOARD, Piece, pieces
from tui.render import DIM
from tui.screens.dialog import Dialog


class CopyScreen(Dialog):
    """Enter copies what is lit; the text of it is seen at once."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,y,q", "dismiss", "close", show=False)]

    def compose(self) -> ComposeResult:
        self._pieces = pieces(self.debugger.state)
        with self.frame("copy", "enter copies · tab to the text, to select from it · esc close", "copy"):
            yield OptionList(*(Option(Content(self.glyphs(piece.label))) for piece in self._pieces), id="copies")
            yield Static(id="copy-said")
            yield TextArea(read_only=True, show_cursor=False, soft_wrap=False, id="copied")

    def on_mount(self) -> None:
        self._say("Enter puts it on the clipboard of the terminal.", DIM)
        self.query_one(OptionList).focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show what would be copied."""
        try:
            text = self._pieces[event.option_index].make()
        except Diagnostic as problem:
            text = ""
            self._say(_spell(problem), "bold $error")
        self.query_one(TextArea).load_text(text)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Copy it."""
        piece = self._pieces[event.option_index]
        try:
            text = piece.make()
        except Diagnostic as problem:
            self._say(_spell(problem), "bold $error")
            return
        self.debugger.copy_to_clipboard(text)
        self._say(_copied(piece, text), "bold $success")

    def _say(self, text: str, style: str) -> None:
        self.query_one("#copy-said", Static).update(Content.styled(self.glyphs(text), style))


def _copied(piece: Piece, text: str) -> str:
    """What was done. Whether the terminal took it, no terminal says."""
    said = f"Sent to the terminal's clipboard: {piece.label}, {len(text):,} characters."
    if len(text.encode()) > MAX_CLIPBOARD:
        return f"{said} Some terminals take no more than {MAX_CLIPBOARD:,} bytes."
    return f"{said} Is it not there? Select it below: with the mouse (often with shift held) or ctrl+a, ctrl+c."


def _spell(problem: Diagnostic) -> str:
    hint = f" ({problem.hints[0]})" if problem.hints else ""
    return f"{problem.message}{hint}"
