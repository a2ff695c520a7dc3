"""The chain before and after the last edit, factor by factor; beside each other, or where it is narrow below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from engine.calculus import Step as ChainStep
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.diagnostics import Diagnostic
from engine.formula import Array
from engine.session.differences import Difference, Pair, difference_words, pairs
from tui.glyphs import Glyphs
from tui.matrices import matrix_cut
from tui.render import CHANGED, DIM, fraction, joined
from tui.screens.dialog import Dialog
from tui.widgets.changes import change_content

SIDE_BY_SIDE = 100
"""Columns from which on both stand beside each other."""
ROWS = 8
"""Of a matrix."""


class CompareScreen(Dialog):
    """A page to read; it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,D,enter", "dismiss", "close", show=False)]

    def compose(self) -> ComposeResult:
        with self.frame("before and after the last edit", "arrows pgup pgdn scroll · esc close", "compare"):
            yield Static(id="compare-head")
            with VerticalScroll(id="compare-page"):
                yield Static(id="compare-text")

    def on_mount(self) -> None:
        self._pairs = list(pairs(self.debugger.state))
        self.query_one("#compare-page").focus()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        width = max(40, self.query_one("#compare-page").size.width - 2)
        lines = [line for pair in self._pairs for line in self._step(pair, width)]
        self.query_one("#compare-text", Static).update(joined(lines))
        self.query_one("#compare-head", Static).update(joined(self._head()))

    def _head(self) -> list[Content]:
        """What was edited, the loss, how much of the chain differs, and where most."""
        state, glyphs = self.debugger.state, self.glyphs
        width = max(40, self.query_one("#compare-head").size.width)
        lines = change_content(state, glyphs, width)[:2]  # the loss and the values, the edited one first
        apart = [pair for pair in self._pairs if pair.factor.count]
        what = fraction(state.view.of, state.view.target, glyphs) if state.view.target != "all" else Content("all")
        count = f": {len(apart)} of {len(self._pairs)} factors differ"
        if not apart:
            return [*lines, Content.assemble("chain ", what, count)]
        most = max(apart, key=lambda pair: pair.factor.largest)
        name = fraction(most.new.factor.numerator, most.new.factor_by, glyphs)
        rest = f", most by {most.factor.largest:.4g} in "
        return [*lines, Content.assemble("chain ", what, count, rest, name, glyphs(_at(most.factor)))]

    def _step(self, pair: Pair, width: int) -> Iterator[Content]:
        glyphs, step = self.glyphs, pair.new
        number = f"{step.index + 1}. "
        title = Content.assemble(number, fraction(step.factor.numerator, step.factor_by, glyphs))
        size = spell_size(step.factor.shape)
        yield Content.assemble(title, (glyphs(f"{_formula(step)}  {size}  "), "bold"), _words(pair.factor, glyphs))
        yield from self._both(pair.factor, width)
        if step.before is not None:
            of = fraction(step.product.of, step.by, glyphs)
            size = spell_size(step.after.shape)
            yield Content.assemble("   new product ", of, (glyphs(f"  {size}  "), "bold"), _words(pair.product, glyphs))
            yield from self._both(pair.product, width)
        yield Content()

    def _both(self, found: Difference, width: int) -> Iterator[Content]:
        """Before and after; where nothing differs, once."""
        if not found.count:
            yield from self._matrix("both", found.new, width, None)
            return
        if width < SIDE_BY_SIDE:
            yield from self._matrix("before", found.old, width, None)
            yield from self._matrix("after", found.new, width, found.old_entries)
            return
        half = width // 2 - 2
        columns = (
            self._matrix("before", found.old, half, None),
            self._matrix("after", found.new, half, found.old_entries),
        )
        for left, right in zip_longest(*columns, fillvalue=Content()):
            yield Content.assemble(left, " " * max(0, half + 3 - left.cell_length), right)

    def _matrix(self, label: str, shown: Shown, width: int, old: Array | None) -> Sequence[Content]:
        margin = 10
        layout = self.debugger.state.view.layout
        is_matrix = len(shown.shape) == 2
        cut = matrix_cut(
            shown, layout, width - margin, ROWS if is_matrix else 2 * ROWS, (0, 0), self.glyphs,
            old=_padded(old, shown) if is_matrix else None,
        )  # fmt: skip
        lines = [
            Content.assemble((f"   {label if number == 0 else '':{margin - 3}}", DIM), line)
            for number, line in enumerate(cut.lines)
        ]
        if not cut.is_whole:
            lines.append(Content.styled(self.glyphs(" " * margin + "… and more"), DIM))
        return lines


def _padded(old: Array | None, shown: Shown) -> Array | None:
    """What was compared is at least as much as is shown, or no entry is marked."""
    if old is None or old.shape == tuple(shown.shape):
        return old
    return None


def _words(found: Difference, glyphs: Glyphs) -> Content:
    return Content.styled(glyphs(difference_words(found)), CHANGED if found.count else DIM)


def _formula(step: ChainStep) -> str:
    """` = W3ᵀ`; nothing for a tensor whose matrix over vec is larger than a formula may be."""
    try:
        return f" = {step.factor}"
    except Diagnostic:
        return ""


def _at(found: Difference) -> str:
    place, old, new = found.listed[0]
    return f" at [{','.join(map(str, place))}], {old:.4g} → {new:.4g}"
