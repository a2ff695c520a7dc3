"""A matrix in a frame: what is visible is computed and drawn, arrow keys and the wheel move the rest in."""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Size

from engine.calculus import Layout
from engine.calculus.inside import Lit
from engine.calculus.pictures import Shown
from engine.formula import Array
from engine.session import State
from tui.render import DIM, Cut, joined, matrix_cut, natural_width, placed
from tui.widgets.pane import Pane


class MatrixPanel(Pane, can_focus=True):
    """One matrix of a step: the factor, the product so far, or the new product."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1,0)", "up", show=False),
        Binding("down", "move(1,0)", "down", show=False),
        Binding("left", "move(0,-1)", "left", show=False),
        Binding("right", "move(0,1)", "right", show=False),
        Binding("pageup", "move(-10,0)", "page up", show=False),
        Binding("pagedown", "move(10,0)", "page down", show=False),
        Binding("escape", "leave", "leave the panel", show=False),
    ]  # fmt: skip

    shown: Shown | None = None
    old: Array | None = None
    message: str = ""
    lit: Lit | None = None
    """What of the matrix the entry that is looked into is made of."""
    offset_row: int = 0
    offset_column: int = 0
    _cut: Cut | None = None
    _cut_for = Size()
    _shape = Content()

    def put(
        self,
        title: Content,
        shown: Shown | None,
        shape: Content,
        message: str = "",
        old: Array | None = None,
        *,
        lit: Lit | None = None,
    ) -> None:
        """Show another matrix, or a message instead of one; `lit` is brought into view."""
        if self.shown is None or shown is None or shown.shape != self.shown.shape:
            self.offset_row = self.offset_column = 0
        self.shown, self.message, self.old, self.lit = shown, message, old, lit
        self._shape = shape
        if self.content_size:
            self._recut()
            self._bring_into_view()
        self.caption(title, self._spell_caption())
        self.refresh()

    def _bring_into_view(self) -> None:
        """Move to what is lit, where it is not visible."""
        if self.lit is None or self.shown is None or self._cut is None or len(self.shown.shape) == 3:
            return
        (top, bottom), (first, last) = self._cut.rows, self._cut.columns
        row, column = self.lit.row, self.lit.column
        is_hidden = False
        if row is not None and not top <= row < bottom:
            self.offset_row, is_hidden = max(0, row - (bottom - top) // 2), True
        if column is not None and not first <= column < last:
            self.offset_column, is_hidden = max(0, column - (last - first) // 2), True
        if is_hidden:
            self._recut()

    def _recut(self) -> None:
        self._cut_for = self.content_size
        self._cut = None if self.shown is None else self._make_cut(self._cut_for)

    def _spell_caption(self) -> Content:
        """The shape, and which part of the matrix is visible if not all of it is."""
        if self.shown is None or self._cut is None:
            return Content()
        caption = self._shape
        if not self._cut.is_whole:
            (top, bottom), (first, last) = self._cut.rows, self._cut.columns
            extent = self._cut.extent
            rows = f"rows {top}–{bottom - 1} of {extent.rows}"
            columns = f"columns {first}–{last - 1} of {extent.columns}"
            is_cut = ((top, bottom) != (0, extent.rows), (first, last) != (0, extent.columns))
            text = ", ".join(compress((rows, columns), is_cut))
            caption = Content.assemble(caption, (self.glyphs(f"  {text}"), DIM))
        return caption

    def _make_cut(self, size: Size) -> Cut:
        assert self.shown is not None
        layout = self.state.view.layout if self.state else Layout.DENOMINATOR
        return matrix_cut(
            self.shown, layout, max(8, size.width), max(1, size.height),
            (self.offset_row, self.offset_column), self.glyphs, old=self.old, lit=self.lit,
        )  # fmt: skip

    def on_resize(self) -> None:
        """What was painted at the new size is right already, but for the caption and what must stay in view."""
        painted = self._cut
        if self._cut_for != self.content_size:
            self._recut()
        self._bring_into_view()
        self.caption(self._title, self._spell_caption())
        if self._cut is not painted:
            self.refresh()

    def render(self) -> Content:
        if self.shown is None:
            return Content.styled(self.glyphs(self.message), DIM)
        if self._cut is None or self._cut_for != self.content_size:
            self._recut()
        assert self._cut is not None
        above = max(0, (self.content_size.height - len(self._cut.lines)) // 2)
        widest = max(line.cell_length for line in self._cut.lines)
        before = max(0, (self.content_size.width - widest) // 2)
        return placed(self._cut.lines, above, before)

    @property
    def wanted_width(self) -> int:
        """The columns in which all of the matrix would be seen, and no more than are of use."""
        if self.shown is None:
            return 24
        return max(self._title.cell_length + 2, min(natural_width(self.shown), 70)) + 4

    def widen(self) -> None:
        """Take as much of the row as the matrix needs, in proportion to the others."""
        self.styles.width = f"{self.wanted_width}fr"

    def action_move(self, rows: int, columns: int) -> None:
        """Bring other rows and columns into view."""
        if self._cut is None:
            return
        extent = self._cut.extent
        height = self._cut.rows[1] - self._cut.rows[0]
        width = self._cut.columns[1] - self._cut.columns[0]
        self.offset_row = max(0, min(self.offset_row + rows, extent.rows - height))
        self.offset_column = max(0, min(self.offset_column + columns, extent.columns - width))
        self._recut()
        self.caption(self._title, self._spell_caption())
        self.refresh()

    def action_leave(self) -> None:
        self.screen.set_focus(None)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.action_move(*((0, 2) if event.shift else (2, 0)))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.action_move(*((0, -2) if event.shift else (-2, 0)))


class Sign(Pane):
    """The operation between two matrices, at the height of their middle."""

    def __init__(self, sign: Callable[[State], str], id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._sign = sign

    def reads(self, state: State) -> tuple[object, ...]:
        return (self._sign(state),)

    def draw(self, state: State) -> Content:
        pad = max(0, (self.content_size.height - 1) // 2)
        text = self.glyphs(self._sign(state)).center(self.content_size.width)
        return joined([*([Content()] * pad), Content.styled(text, "bold")])
