"""The numbers of the forward pass side by side, and what the last edit changed, old → new."""

from __future__ import annotations

import numpy as np
from textual.content import Content

from engine.calculus import Layout
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.formula import Array, spell_name
from engine.session import State
from tui.glyphs import Glyphs
from tui.look import Dress, Look
from tui.matrices import matrix_cut
from tui.render import CHANGED, joined
from tui.widgets.pane import Pane


def as_shown(array: Array, shape: tuple[int, int]) -> Shown:
    """A value as a matrix to cut windows from."""
    return Shown.of(array.reshape(shape))


def value_block(
    state: State, name: str, glyphs: Glyphs, width: int, height: int, look: Look | None = None
) -> list[Content]:
    """A value under its name and shape; entries that the last edit changed are marked."""
    shape = state.program.plan.shape(name)
    old = state.compared.values[name] if state.compared else None
    cut = matrix_cut(
        as_shown(state.values[name], shape), Layout.DENOMINATOR, width, height, (0, 0), glyphs, decimals=3,
        old=None if old is None else np.asarray(old).reshape(shape), dress=Dress(look or Look()),
    )  # fmt: skip
    changed = old is not None and not np.array_equal(old, state.values[name])
    caption = glyphs(f"{spell_name(name)} {spell_size(shape)}" + (" *" if changed else ""))
    return [Content.styled(caption, CHANGED if changed else "bold"), *cut.lines]


def shown_names(state: State) -> list[str]:
    """The values in the order of the forward pass, without second names for the same."""
    program = state.program
    inputs = [name for name in program.inputs if name not in program.parameters]
    computed = [name for name in program.plan.lines if name not in program.plan.aliases]
    return [*inputs, *program.parameters, *computed]


class ValuesPanel(Pane):
    """As many values as fit; `v` shows all of them."""

    def reads(self, state: State) -> tuple[object, ...]:
        return state.program, state.compared, self.debugger.look

    def show(self, state: State) -> None:
        super().show(state)
        changes = len(state.changes())
        changed = f"{changes} values changed, marked *" if changes else ""
        hint = " · ".join(filter(None, [changed, self.hint("{edit} edit · {values} all")]))
        self.caption(Content("values"), Content(self.glyphs(hint)))

    def draw(self, state: State) -> Content:
        width, height = self.content_size
        blocks: list[list[Content]] = []
        used = 0
        for name in shown_names(state):
            block = value_block(state, name, self.glyphs, 30, max(1, height - 1), self.debugger.look)
            size = max(line.cell_length for line in block)
            if used + size > width:
                break
            blocks.append([line.pad_right(size - line.cell_length + 3) for line in block])
            used += size + 3
        if not blocks:
            return Content()
        depth = max(len(block) for block in blocks)
        for block in blocks:
            block += [Content(" " * block[0].cell_length)] * (depth - len(block))
        return joined([Content("").join(row) for row in zip(*blocks, strict=True)])
