"""Breakpoints and watches: the list of them, and a line to add one by typing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.diagnostics import Diagnostic, underline
from engine.session import State, actions
from engine.session.stops import spell_break, where
from tui.screens.dialog import Dialog
from tui.watch_text import break_of, watch_lines


class PointsScreen(Dialog):
    """Each line takes its breakpoint or its watch away; the line below adds one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close", show=False)]

    def __init__(self, *, watches: bool) -> None:
        super().__init__()
        self._watches = watches
        """Whether what is typed is watched, and no breakpoint."""

    def compose(self) -> ComposeResult:
        title = "watches" if self._watches else "breakpoints"
        with self.frame(title, "enter in the line adds · in the list takes away · tab · esc", "points"):
            yield OptionList(id="point-list")
            hint = "norm(delta2)" if self._watches else "dz3/da2, layer 2, 3×2, or any(relu'(z2) == 0)"
            yield Input(placeholder=self.glyphs(hint), id="point", max_length=1_000)
            yield Static(id="point-problem")

    def on_mount(self) -> None:
        self._list()
        self.query_one(Input).focus()

    def _list(self) -> None:
        state = self.debugger.state
        lines = list(watch_lines(state)) if self._watches else _break_lines(state)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(Content(self.glyphs(line))) for line in lines])
        options.display = bool(lines)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if not text:
            return
        action = actions.Watch(formula=text) if self._watches else break_of(text)
        said = self.query_one("#point-problem", Static)
        try:
            self.debugger.session.dispatch(action)
        except Diagnostic as problem:  # what was typed stays, to be corrected
            said.update(Content(self.glyphs("\n".join(_problem_lines(text, problem)))))
            return
        event.input.clear()
        said.update("")
        self._changed()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        state, place = self.debugger.state, event.option_index
        action = actions.Watch(formula=state.watches[place]) if self._watches else state.breakpoints[place]
        self.debugger.dispatch(action)
        self._changed()

    def _changed(self) -> None:
        self._list()
        self.debugger.redraw()


def _break_lines(state: State) -> list[str]:
    """Each breakpoint, and where it holds."""
    return [f"{spell_break(point)}  ({where(state, point)})" for point in state.breakpoints]


def _problem_lines(text: str, problem: Diagnostic) -> Iterator[str]:
    yield problem.message
    if problem.where.span is not None:
        yield from underline(text, problem.where.span, 70)
    yield from problem.hints
