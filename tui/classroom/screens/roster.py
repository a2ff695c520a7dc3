"""The list of people: a cursor that stays on its person, whoever comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget

from tui.render import CURRENT, joined
from tui.widgets.pane import same_look

WHEEL = 3
"""Rows that the wheel moves."""


class Row(NamedTuple):
    """A person's line."""

    id: str
    text: Content


class Roster(Widget, can_focus=True):
    """Draws the rows in sight, and of these only the ones that look different from before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "end(0)", show=False),
        Binding("end", "end(-1)", show=False),
    ]
    auto_links = False

    class Opened(Message):
        """A row was clicked twice."""

    chosen = ""
    """The id of the person under the cursor; empty where there is nobody."""
    rows: Sequence[Row] = ()
    first = 0
    """The row at the top."""
    _painted: Sequence[Content] = ()

    def show(self, rows: Sequence[Row]) -> None:
        """Show other rows; where the person under the cursor is in none, whoever took that place is under it.

        A cursor that was in sight stays so.
        """
        place = self.place
        is_seen = self.first <= place < self.first + self._height
        self.rows = rows
        if all(row.id != self.chosen for row in rows):
            self.chosen = rows[min(place, len(rows) - 1)].id if rows else ""
        if is_seen:
            self._see(self.place)
        self._paint()

    @property
    def place(self) -> int:
        """Which row the cursor is on."""
        return next((place for place, row in enumerate(self.rows) if row.id == self.chosen), 0)

    @property
    def _height(self) -> int:
        return max(1, self.content_size.height)

    def _see(self, place: int) -> None:
        self.first = max(min(self.first, place), place - self._height + 1)

    def render(self) -> Content:
        return joined(self._painted)

    def _lines(self) -> list[Content]:
        height, width = self._height, self.content_size.width
        self.first = max(0, min(self.first, len(self.rows) - height))
        lines, last = [], min(self.first + height, len(self.rows)) - 1
        for place in range(self.first, last + 1):
            row = self.rows[place]
            is_chosen = row.id == self.chosen
            more = "▲" if place == self.first > 0 else "▼" if place == last < len(self.rows) - 1 else " "
            line = Content.assemble("▸" if is_chosen else " ", row.text).truncate(width - 1, pad=True)
            lines.append(Content.assemble(line.stylize(CURRENT) if is_chosen else line, more))
        return lines

    def _paint(self) -> None:
        before, self._painted = self._painted, self._lines()
        if len(before) != len(self._painted):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip_longest(before, self._painted)):
            if not same_look(old, new):
                self.refresh(Region(0, y, self.content_size.width, 1))

    # ---- the cursor ------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Up or down."""
        self._choose(self.place + by)

    def action_page(self, by: int) -> None:
        """A screenful up or down."""
        self._choose(self.place + by * max(1, self.content_size.height - 1))

    def action_end(self, place: int) -> None:
        """To the first or the last."""
        self._choose(len(self.rows) - 1 if place else 0)

    def _choose(self, place: int) -> None:
        if self.rows:
            place = max(0, min(place, len(self.rows) - 1))
            self.chosen = self.rows[place].id
            self._see(place)
            self._paint()

    def on_click(self, event: Click) -> None:
        if event.y >= 0 and self.first + event.y < len(self.rows):
            self._choose(self.first + event.y)
            if event.chain == 2:
                self.post_message(self.Opened())

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.first += WHEEL
        self._paint()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.first -= WHEEL
        self._paint()

    def on_resize(self) -> None:
        self._choose(self.place)
        self._paint()
