"""The line about the entry under the cursor: where it stands, its full value, and the formula that it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from engine.calculus import Operation, Side, Step
from engine.calculus.entry_text import EntryText, after_entry, before_entry, factor_entry, spell_full, value_entry
from engine.calculus.layouts import Layout, Order
from engine.session import State
from tui.look import LEGEND, Lit, Place
from tui.render import joined
from tui.widgets.pane import Pane

LINES = 3
"""Lines for the longest formula; what goes on behind them is told by …."""


class CellLine(Pane):
    """Shown while a matrix has focus, or while numbers are coloured, when it is their legend."""

    text: EntryText | None = None
    where = ""

    def tell(self, where: str, text: EntryText | None) -> None:
        """Put another entry, or none; the screen is laid out again only where this line was or will be seen."""
        was_shown, self.where, self.text = self.display, where, text
        self.display = text is not None or self.debugger.look.heat
        if was_shown or self.display:
            self.refresh(layout=True)

    def draw(self, state: State) -> Content:
        if self.text is None:
            return Content.styled(self.glyphs(LEGEND), "dim")
        width = max(20, self.content_size.width or self.app.size.width - 4)
        first = Content.assemble((f"{self.where}  ", "dim"), (self.glyphs(spell_full(self.text.value)), "bold"))
        return joined([first, *(Content(line) for line in folded(self.glyphs(str(self.text)), width, LINES))])


def folded(text: str, width: int, most: int) -> Iterator[str]:
    """Lines no wider than `width`, broken before = and +; the last of `most` lines ends in … where there is more."""
    line = ""
    count = 1
    for word in _pieces(text):
        if line and len(line) + len(word) > width:
            if count == most:
                yield f"{line[: width - 1].rstrip()}…"
                return
            yield line.rstrip()
            count += 1
            line = "  "
        line += word
    yield line.rstrip()


def _pieces(text: str) -> list[str]:
    """The text cut before each ` = `, ` + ` and ` − `, blanks at the end of pieces."""
    pieces = [""]
    for word in text.split(" "):
        if word in ("=", "+", "-", "−"):
            pieces.append("")
        pieces[-1] += f"{word} "
    return pieces


def entry_text(state: State, panel: int, place: Place) -> EntryText | None:
    """The entry at `place` of the panel 0, 1 or 2, from the left."""
    step = state.current
    if step is None:
        names = forward_names(state)
        name = names[panel]
        return None if name is None or len(place) != 2 else value_entry(state.program, name, (place[0], place[1]))
    if panel == 2:
        return after_entry(step, place)
    is_factor = (panel == 0) == (step.side is not Side.RIGHT)
    return factor_entry(step, place) if is_factor else before_entry(step, place)


def forward_names(state: State) -> tuple[str | None, str | None, str]:
    """Before the first factor: what the panels show, two values that the last line reads and what it gives."""
    reads = [*state.program.plan.lines[state.view.of].reads, None, None]
    return reads[0], reads[1], state.view.of


def spell_place(step: Step | None, place: Place) -> str:
    """`row 1, column 0`; of a tensor also which slice."""
    if len(place) == 3:
        layout = step.layout if step is not None else Layout.DENOMINATOR
        axis = 2 if layout is Layout.DENOMINATOR else 0
        row, column = (index for position, index in enumerate(place) if position != axis)
        return f"slice k = {place[axis]}, row {row}, column {column}:"
    return f"row {place[0]}, column {place[1]}:"


def sources(step: Step | None, place: Place) -> tuple[Lit | None, Lit | None]:
    """Which entries of the left and of the right matrix the entry at `place` of the new product comes from."""
    if step is None or step.before is None or step.operation is None:
        return None, None
    match step.operation:
        case Operation.MATMUL | Operation.OUTER:
            return _line(0, place[0]), _line(1, place[1])
        case Operation.SUM if step.leg.jacobian is not None:
            return _line(0, place[0]), _line(1, place[1])
        case Operation.CONTRACT if step.order is Order.REVERSE and len(step.factor.shape) == 3:
            factor, before = _contracted(step, place)
            return (factor, before) if step.side is Side.LEFT else (before, factor)
        case Operation.CONTRACT:
            return None, None
    left, right = (step.factor.shape, step.before.shape)
    pair = (left, right) if step.side is Side.LEFT else (right, left)
    return _same(place, pair[0]), _same(place, pair[1])


def _line(axis: int, index: int) -> Lit:
    return lambda place: place[axis] == index


def _same(place: Place, shape: Sequence[int]) -> Lit:
    """The entry at the same place; of a number or a row that is repeated the one that is repeated."""
    own = tuple(min(index, size - 1) for index, size in zip(place, shape, strict=False))
    return lambda other: other == own


def _contracted(step: Step, place: Place) -> tuple[Lit, Lit]:
    """Of a tensor one entry of each slice, of the product so far all of a line."""
    if step.layout is Layout.DENOMINATOR:
        of = place[2] if len(place) == 3 else 0
        return lambda other: other[:2] == place[:2], lambda other: other[1] == of
    of, own = (place[0], place[1:]) if len(place) == 3 else (0, place)
    return lambda other: other[1:] == own, lambda other: other[0] == of
