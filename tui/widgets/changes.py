"""What the last edit changed, old → new, on the main screen until it is put away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content

from engine.formula import spell_name
from engine.session import State
from engine.session.changes import Change, changed_gradients, changed_values
from tui.glyphs import Glyphs
from tui.render import CHANGED, DIM, joined
from tui.widgets.bars import spell_loss
from tui.widgets.pane import Pane

HINTS = (
    "{dismiss} puts this away · {compare} compares · {undo} undoes",
    "{dismiss} away · {compare} compare · {undo} undo",
    "{dismiss} away",
)
"""The longest that fits is shown."""


def change_content(state: State, glyphs: Glyphs, width: int, most: int = 1) -> list[Content]:
    """The loss, the values and the gradients that changed, each on at most `most` lines; nothing before an edit."""
    if state.compared is None:
        return []
    loss = state.program.loss
    values = [change for change in changed_values(state) if change.name != loss]
    gradients = list(changed_gradients(state))
    lines = [loss_content(state, glyphs)]
    for label, changes in (("values", values), ("gradients", gradients)):
        items = [_item(change, state.view.of, glyphs) for change in changes]
        lines += _wrapped(f"{label:11}", items, width, most, glyphs)
    return lines


def loss_content(state: State, glyphs: Glyphs) -> Content:
    """`L  0.2437 → 0.2380, smaller by 0.0057`."""
    assert state.compared is not None
    name = spell_name(state.program.loss)
    before = state.compared.values[state.program.loss]
    if state.loss is None or before.size != 1:
        return Content(f"{name} is not a number")
    old, new = float(before.item()), state.loss
    if old == new:
        return Content.assemble((f"{name:11}", "bold"), f"{spell_loss(new)}, as before")
    word = "smaller" if new < old else "larger"
    return Content.assemble(
        (f"{name:11}", "bold"), spell_loss(old), glyphs(" → "), (spell_loss(new), CHANGED),
        f", {word} by {abs(new - old):.4g}",
    )  # fmt: skip


def _item(change: Change, of: str, glyphs: Glyphs) -> Content:
    name = f"∂{of}/∂{change.entry}" if change.is_gradient else change.entry
    more = f" and {change.count - 1} more" if change.count > 1 else ""
    return Content.assemble(
        (glyphs(f"{name} "), "bold"), f"{change.old:.4g}", glyphs(" → "), (f"{change.new:.4g}", CHANGED), (more, DIM)
    )


def _wrapped(label: str, items: Sequence[Content], width: int, most: int, glyphs: Glyphs) -> Iterable[Content]:
    """Items after a label, on as many lines as they need and at most `most`; how many are left out is said."""
    if not items:
        yield Content.assemble((label, "bold"), ("none changed", DIM))
        return
    lines: list[list[Content]] = [[]]
    used = len(label)
    for number, item in enumerate(items):
        size = item.cell_length + 3
        room = width - (12 if len(lines) == most else 0)  # for how many are left out
        if lines[-1] and used + size > room:
            if len(lines) == most:
                lines[-1].append(Content.styled(glyphs(f"… {len(items) - number} more"), DIM))
                break
            lines.append([])
            used = len(label)
        lines[-1].append(item)
        used += size
    for number, line in enumerate(lines):
        head = Content.styled(label, "bold") if number == 0 else Content(" " * len(label))
        yield Content.assemble(head, Content("   ").join(line)).truncate(width, ellipsis=True)


class ChangesPanel(Pane):
    """Three lines after an edit, an update, undo or redo; gone when there is nothing to compare."""

    _drawn: tuple[State, int] | None = None
    _lines: Sequence[Content] = ()

    def show(self, state: State) -> None:
        super().show(state)
        self.display = state.compared is not None

    def draw(self, state: State) -> Content:
        width = self.content_size.width
        if self._drawn is None or self._drawn[0] is not state or self._drawn[1] != width:
            self._lines = change_content(state, self.glyphs, width)
            self._drawn = (state, width)
        lines = list(self._lines)
        for text in HINTS:
            hint = Content.styled(self.glyphs(self.hint(text)), DIM)
            if lines and lines[0].cell_length + hint.cell_length + 2 <= width:
                gap = " " * (width - lines[0].cell_length - hint.cell_length)
                lines[0] = Content.assemble(lines[0], gap, hint)
                break
        return joined(lines)
