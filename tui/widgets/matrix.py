"""A matrix in a frame: what is visible is computed and drawn; a cursor goes from entry to entry, and takes it along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import compress
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import MouseDown, MouseScrollDown, MouseScrollUp
from textual.geometry import Size
from textual.message import Message

from engine.calculus import Layout
from engine.calculus.pictures import Shown
from engine.formula import Array
from engine.session import State
from tui.look import Dress, Lit, Place
from tui.matrices import Cut, matrix_cut, natural_width
from tui.render import DIM, joined, placed
from tui.widgets.pane import Pane

MOST_FOR_WORDS = 22
"""Columns that a panel has if its title takes as many: three of them fit into 80."""


class MatrixPanel(Pane, can_focus=True):
    """One matrix of a step: the factor, the product so far, or the new product."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1,0)", "up", show=False),
        Binding("down", "move(1,0)", "down", show=False),
        Binding("left", "move(0,-1)", "left", show=False),
        Binding("right", "move(0,1)", "right", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "corner(0)", "first entry", show=False),
        Binding("end", "corner(-1)", "last entry", show=False),
        Binding("escape", "leave", "leave the panel", show=False),
    ]  # fmt: skip

    class CellMoved(Message):
        """The cursor is on another entry, or has gone."""

    shown: Shown | None = None
    cursor: Place | None = None
    """The entry that is looked at, by as many indices as `shown` has dimensions; drawn while the panel has focus."""
    lit: Lit | None = None
    """Which entries the one under another panel's cursor comes from, or that are read or written inside of a step."""
    is_marked: bool = False
    """Whether that is the inside of a step."""
    sought: Place | None = None
    """An entry that stays in sight until the cursor or the wheel goes elsewhere."""
    old: Array | None = None
    message: str = ""
    offset_row: int = 0
    offset_column: int = 0
    _cut: Cut | None = None
    _cut_for = Size()
    _layout: Layout | None = None
    _words = Content()
    """In the frame above."""
    _shape = Content()

    @property
    def heading(self) -> Content:
        """What is shown, as it stands in the frame."""
        return self._words

    def put(
        self, title: Content, shown: Shown | None, shape: Content, message: str = "", old: Array | None = None
    ) -> None:
        """Show another matrix, or a message instead of one."""
        layout = self.state.view.layout if self.state else None
        former = self.shown.shape if self.shown is not None else None
        is_flip, self._layout = layout is not self._layout, layout
        if is_flip and shown is not None and former is not None and shown.shape == former[::-1] and self.cursor:
            self._turn_cursor()
        elif shown is None or shown.shape != former:
            self.offset_row = self.offset_column = 0
            self.cursor = None if shown is None else (0,) * len(shown.shape)
        self.shown, self.message, self.old = shown, message, old
        self._words, self._shape = title, shape
        self.lit, self.is_marked, self.sought = None, False, None  # what was lit was so of another matrix
        self._caption()
        self.refresh()

    def turn(self) -> None:
        """Put what stands in the frame into brackets with a ᵀ, until something else is shown."""
        self.caption(Content.assemble("(", self._words, ")ᵀ"), self._subtitle)

    def _turn_cursor(self) -> None:
        """To the same entry of the transpose."""
        assert self.cursor is not None
        self.cursor = self.cursor[::-1]
        self.offset_row, self.offset_column = self.offset_column, self.offset_row

    def _caption(self) -> None:
        """The shape, and which part of the matrix is visible if not all of it is."""
        self._frame(None if self.shown is None else self._recut())

    def _frame(self, cut: Cut | None) -> None:
        """Write into the frame what goes with a cut; None for a message, which has no shape."""
        if cut is None:
            self.caption(self._words, Content())
            return
        caption = self._shape
        if not cut.is_whole:
            room = self.outer_size.width - 8 - caption.cell_length
            texts = list(_seen(cut))
            text = next((text for text in texts if len(text) <= room), texts[-1])
            caption = Content.assemble(caption, (self.glyphs(f"  {text}"), DIM))
        self.caption(self._words, caption)

    def _make_cut(self, size: Size) -> Cut:
        assert self.shown is not None
        layout = self.state.view.layout if self.state else Layout.DENOMINATOR
        return matrix_cut(
            self.shown, layout, max(8, size.width), max(1, size.height),
            (self.offset_row, self.offset_column), self.glyphs, old=self.old,
            dress=Dress(self.debugger.look, self.cursor if self.is_looked_at else None, self.lit, self.is_marked),
        )  # fmt: skip

    def _recut(self) -> Cut:
        self._cut_for = self.content_size
        self._cut = self._make_cut(self._cut_for)
        return self._cut

    def on_resize(self) -> None:
        """What has been painted at the new size stays, and the frame says which part of the matrix it is."""
        is_painted = self.shown is None or self._cut_for == self.content_size
        if self.shown is not None and is_painted:
            self._frame(self._cut)
        else:
            self._caption()
        self.bring_into_view(self.sought)
        if not is_painted:
            self.refresh()

    def render(self) -> Content:
        if self.shown is None:
            return Content.styled(self.glyphs(self.message), DIM)
        if self._cut is None or self._cut_for != self.content_size:
            self._recut()  # before the event of the new size comes, so that nothing is painted twice
        assert self._cut is not None
        above, before = self._margins()
        lines = self._cut.lines
        if lines and lines[0].cell_length > self.content_size.width:  # one column of many digits
            lines = [line.truncate(self.content_size.width, ellipsis=True) for line in lines]
        return placed(lines, above, before)

    @property
    def wanted_width(self) -> int:
        """The columns in which all of the matrix would be seen, and no more than are of use."""
        if self.shown is None:
            return 24
        width = natural_width(self.shown, self.debugger.look.decimals)
        return max(self._words.cell_length + 2, min(width, 70)) + 4

    @property
    def is_tensor(self) -> bool:
        return self.shown is not None and len(self.shown.shape) == 3

    def widen(self, *, has_room: bool) -> None:
        """Take as much of the row as the matrix needs, in proportion to the others: one column and, where there
        is room, a short title at least.
        """
        self.styles.width = f"{self.wanted_width}fr"
        least = min(self._words.cell_length + 6, MOST_FOR_WORDS) if has_room else 0
        if self.shown is not None and not self.is_tensor:
            column = (natural_width(self.shown, self.debugger.look.decimals) - 2) // self.shown.shape[1]
            most = max(MOST_FOR_WORDS, self.app.size.width // 4)
            least = max(least, min(column + 6, most))  # with brackets, blanks and the frame
        self.styles.min_width = least

    def light(self, lit: Lit | None, *, is_marked: bool = False) -> None:
        """Light the entries that another one comes from, or that are read or written inside of a step."""
        if lit is not self.lit:
            self.lit, self.is_marked = lit, is_marked
            self._caption()
            self.refresh()

    def bring_into_view(self, place: Place | None) -> None:
        """Keep an entry in sight, from the first corner on, so that as much as possible is seen around it."""
        self.sought = place
        if place is None or self.shown is None or self._cut is None:
            return
        self.offset_row = self.offset_column = 0
        for is_exact in (False, True):  # other numbers may take other room
            self._caption()
            line, column = self._line_of(place)
            height, width = self._cut.rows[1] - self._cut.rows[0], self._cut.columns[1] - self._cut.columns[0]
            if not self._cut.rows[0] <= line < self._cut.rows[1]:
                self.offset_row = max(0, min(line - height // 2, self._cut.extent.rows - height))
            if not self._cut.columns[0] <= column < self._cut.columns[1]:
                centred = min(column - width // 2, self._cut.extent.columns - width)
                self.offset_column = column if is_exact else max(0, centred)
        self._caption()
        self.refresh()

    def _line_of(self, place: Place) -> tuple[int, int]:
        """In which line and column of the matrix, or of a tensor's slices with their captions, an entry stands."""
        assert self._cut is not None
        rest = list(place)
        if self._cut.axis is None:
            return rest[0], rest[1]
        number = rest.pop(self._cut.axis)
        return number // self._cut.abreast * self._cut.extent.block + rest[0] + 1, rest[1]

    @property
    def is_looked_at(self) -> bool:
        """Whether it has focus; true at once, and not only after Textual has told it."""
        return self.screen.focused is self

    def on_focus(self) -> None:
        self._moved()

    def on_blur(self) -> None:
        self._moved()

    def _moved(self) -> None:
        self._caption()
        self.refresh()
        self.post_message(self.CellMoved())

    def action_move(self, rows: int, columns: int) -> None:
        """Go to a neighbouring entry; from a tensor's slice on to the next."""
        if self.shown is None or self.cursor is None or self._cut is None:
            return
        axis = self._cut.axis
        place = list(self.cursor)
        number = 0 if axis is None else place.pop(axis)
        sizes = [size for position, size in enumerate(self.shown.shape) if position != axis]
        row, column = place[0] + rows, place[1] + columns
        if axis is not None:
            onward = (columns if not 0 <= column < sizes[1] else 0) or (
                rows * self._cut.abreast if not 0 <= row < sizes[0] else 0
            )
            if onward and 0 <= number + onward < self.shown.shape[axis]:
                number += onward
                row, column = row % sizes[0], column % sizes[1]
        self._go(max(0, min(row, sizes[0] - 1)), max(0, min(column, sizes[1] - 1)), number)

    def action_page(self, pages: int) -> None:
        """Go up or down by as many rows as are visible."""
        if self.shown is None or self.cursor is None or self._cut is None:
            return
        axis = self._cut.axis
        place = list(self.cursor)
        number = 0 if axis is None else place.pop(axis)
        rows = next(size for position, size in enumerate(self.shown.shape) if position != axis)
        self._go(max(0, min(place[0] + pages * max(1, self.content_size.height - 1), rows - 1)), place[1], number)

    def action_corner(self, which: int) -> None:
        """Go to the first entry, or to the last."""
        if self.shown is None or self._cut is None:
            return
        place = [size - 1 if which else 0 for size in self.shown.shape]
        number = 0 if self._cut.axis is None else place.pop(self._cut.axis)
        self._go(place[0], place[1], number)

    def _go(self, row: int, column: int, number: int) -> None:
        """Put the cursor on an entry, and bring that into view."""
        assert self._cut is not None
        self.sought = None
        place = [row, column]
        line = row
        if self._cut.axis is not None:
            place.insert(self._cut.axis, number)
            line = number // self._cut.abreast * self._cut.extent.block + row + 1
        self.cursor = tuple(place)
        height = self._cut.rows[1] - self._cut.rows[0]
        self.offset_row = min(line, max(self.offset_row, line - height + 1))
        if self._cut.axis is not None and row == 0:
            self.offset_row = min(self.offset_row, line - 1)  # the slice's caption too
        self.offset_column = min(column, self.offset_column)
        for _ in range(8):  # wider numbers may come into view, and fewer columns then fit
            self._caption()
            if column < self._cut.columns[1]:
                break
            self.offset_column = column - (self._cut.columns[1] - self._cut.columns[0]) + 1
        self._moved()

    def on_mouse_down(self, event: MouseDown) -> None:
        """Put the cursor where one points; before the line about it appears, which moves the matrix."""
        inside = event.get_content_offset(self)
        if inside is None or self._cut is None:
            return
        above, before = self._margins()
        place = self._cut.place_at(inside.x - before, inside.y - above)
        if place is not None:
            self.cursor = place
            self._moved()

    def _margins(self) -> tuple[int, int]:
        """The lines above the matrix, and the columns of text before it."""
        assert self._cut is not None
        above = max(0, (self.content_size.height - len(self._cut.lines)) // 2)
        widest = max(line.cell_length for line in self._cut.lines)
        return above, max(0, (self.content_size.width - widest) // 2)

    def _scroll(self, rows: int, columns: int) -> None:
        """Bring other rows and columns into view."""
        if self._cut is None:
            return
        self.sought = None
        extent = self._cut.extent
        height = self._cut.rows[1] - self._cut.rows[0]
        width = self._cut.columns[1] - self._cut.columns[0]
        self.offset_row = max(0, min(self.offset_row + rows, extent.rows - height))
        self.offset_column = max(0, min(self.offset_column + columns, extent.columns - width))
        self._caption()
        self.refresh()

    def action_leave(self) -> None:
        self.screen.set_focus(None)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self._scroll(*((0, 2) if event.shift else (2, 0)))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self._scroll(*((0, -2) if event.shift else (-2, 0)))


def _seen(cut: Cut) -> Iterator[str]:
    """Which part is visible, in ever fewer characters: `rows 0–7 of 128`, `0–7 of 128`, `0–7`."""
    (top, bottom), (first, last) = cut.rows, cut.columns
    extent = cut.extent
    is_cut = ((top, bottom) != (0, extent.rows), (first, last) != (0, extent.columns))
    rows, columns = f"{top}–{bottom - 1}", f"{first}–{last - 1}"
    whole = (f"{rows} of {extent.rows}", f"{columns} of {extent.columns}")
    for texts in ((f"rows {whole[0]}", f"columns {whole[1]}"), whole, (rows, columns)):
        yield ", ".join(compress(texts, is_cut))


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
