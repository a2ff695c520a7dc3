"""The main screen: the network, the chain, factor · product = new product, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen

from engine.calculus import Order, Side, Step
from engine.calculus.inside import Part
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.formula import Array
from engine.session import State
from tui.flip import Frames
from tui.flip_words import is_flip
from tui.lit import covered, lights
from tui.look import Lit
from tui.render import fraction, inner_axes, lit_shape
from tui.widgets.bars import KeyBar, NetworkStrip, TitleBar
from tui.widgets.cell import CellLine, entry_text, sources, spell_place
from tui.widgets.chain import ChainPanel
from tui.widgets.changes import ChangesPanel
from tui.widgets.matrix import MatrixPanel, Sign
from tui.widgets.pane import Pane
from tui.widgets.values import ValuesPanel
from tui.widgets.why import WhyPanel

if TYPE_CHECKING:
    from tui.app import DebuggerApp


MAX_COMPARED = 10_000
"""Entries of the largest matrix in which changed entries are marked."""


def _operation_sign(state: State) -> str:
    step = state.current
    return step.symbol if step is not None else ""


class DebuggerScreen(Screen[None]):
    """What is on it is the app's State; keys are the app's."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-short"), (33, "-tall")]  # noqa: RUF012
    title_bar, key_bar = TitleBar, KeyBar

    def compose(self) -> ComposeResult:
        yield self.title_bar(id="title")
        yield NetworkStrip(id="network")
        yield ChainPanel(id="chain")
        with Horizontal(id="matrices"):
            yield MatrixPanel(id="left")
            yield Sign(_operation_sign, id="operation")
            yield MatrixPanel(id="right")
            yield Sign(lambda state: "=" if state.cursor else "", id="equals")
            yield MatrixPanel(id="after")
        yield CellLine(id="cell")
        yield WhyPanel(id="why")
        yield ChangesPanel(id="changes")
        yield ValuesPanel(id="values")
        yield self.key_bar(id="keys")

    def __init__(self, **options: str) -> None:
        super().__init__(**options)
        self._shown: State | None = None
        self._frames = Frames(self)

    @property
    def state(self) -> State:
        """What it is to show."""
        return cast("DebuggerApp", self.app).state

    def hint(self, text: str) -> str:
        """A text that names keys by their commands, `{lesson} goes on`; empty where they do nothing here."""
        return cast("DebuggerApp", self.app).hint(text)

    @cached_property
    def _panes(self) -> list[Pane]:
        """They stay the same, and a query walks the whole screen."""
        return list(self.query(Pane))

    @cached_property
    def _panels(self) -> list[MatrixPanel]:
        return list(self.query(MatrixPanel))

    def on_mount(self) -> None:
        self.show(self.state)

    def show(self, state: State) -> None:
        """Draw a state everywhere; a flip of the layout in a few frames, which the next state puts an end to."""
        former, self._shown = self._shown, state
        self._frames.stop()
        if former is not None and is_flip(former, state) and self._frames.may_run():
            self._frames.run([self._turn, partial(self._before_sides_change, state), partial(self._draw, state)])
        else:
            self._draw(state)

    def _turn(self) -> None:
        """The first frame of a flip: what is there, in brackets with a ᵀ."""
        for panel in self._panels:
            panel.turn()

    def _before_sides_change(self, state: State) -> None:
        """The second frame: every matrix transposed, and still where it was."""
        left, right, after = self._matrices(state, state.part)
        for panel, content in zip(self._panels, (right, left, after), strict=True):
            panel.put(*content)

    def _draw(self, state: State) -> None:
        for pane in self._panes:
            pane.show(state)
        self.query_one(WhyPanel).show(state)
        part = state.part
        self.set_class(part is not None, "-inside")
        self.set_class(state.shows_diagnosis, "-judging")
        self.set_class(bool(state.say), "-narrated")
        for panel, content in zip(self._panels, self._matrices(state, part), strict=True):
            panel.put(*content)
        has_room = not any(panel.is_tensor for panel in self._panels)  # whose slices need it all
        for panel in self._panels:
            panel.widen(has_room=has_room)
        self.on_matrix_panel_cell_moved()
        for panel, (_, focus) in zip(self._panels, lights(state, part), strict=True):
            panel.bring_into_view(focus)

    def on_matrix_panel_cell_moved(self) -> None:
        """Tell of the entry under the cursor, and light those that it comes from."""
        state = self.state
        panels = self._panels
        here = next((panel for panel in panels if panel.is_looked_at and panel.cursor is not None), None)
        where, text = "", None
        lit: tuple[Lit | None, ...] = (None, None, None)
        part = state.part
        if part is not None:
            lit = tuple(covered(line) for line, _ in lights(state, part))
        if here is not None and here.cursor is not None:
            is_partial = here is panels[2] and part is not None and part.running is not None
            text = None if is_partial else entry_text(state, panels.index(here), here.cursor)
            where = spell_place(state.current, here.cursor)
            if here is panels[2] and part is None:
                lit = (*sources(state.current, here.cursor), None)
        for panel, chosen in zip(panels, lit, strict=True):
            panel.light(chosen, is_marked=part is not None)
        self.query_one(CellLine).tell(where, text)

    def _matrices(
        self, state: State, part: Part | None
    ) -> Iterator[tuple[Content, Shown | None, Content, str, Array | None]]:
        """Title, matrix, shape, message and former entries for the panels from left to right."""
        glyphs = cast("DebuggerApp", self.app).glyphs
        step = state.current
        if step is None:
            yield from self._forward_pass(state)
            return
        former = _former(state, step)
        factor_axis, before_axis = inner_axes(step)
        equals = glyphs(f", stacked: {step.factor}" if len(step.factor.shape) == 3 else f" = {step.factor}")
        title = Content.assemble(fraction(step.factor.numerator, step.factor_by, glyphs), equals)
        factor = (title, step.factor.shown, lit_shape(step.factor.shape, factor_axis, glyphs), "",
                  former.factor.value if former else None)  # fmt: skip
        if step.before is None:
            message = "There is no product yet: this is the first factor."
            before = (Content("product so far"), None, Content(), message, None)
        else:
            assert step.upstream is not None
            by = step.by if step.order is Order.FORWARD else step.upstream.name
            turned = glyphs("ᵀ" if step.joining.is_turned else "")
            title = Content.assemble("so far ", fraction(step.upstream.of, by, glyphs), turned)
            shape = lit_shape(step.before.shape, before_axis, glyphs)
            before = (title, step.before, shape, "", former.before.value if former and former.before else None)  # type: ignore[assignment]
        yield from (factor, before) if step.side is not Side.RIGHT else (before, factor)
        title = Content.assemble("new ", fraction(step.product.of, step.by, glyphs))
        if part is not None and part.running is not None:
            title = Content.assemble("adding up ", fraction(step.product.of, step.by, glyphs))
            yield title, part.running, Content(glyphs(spell_size(step.after.shape))), "", None
            return
        shape = Content(glyphs(spell_size(step.after.shape)))
        yield title, step.after, shape, "", former.after.value if former else None

    def _forward_pass(self, state: State) -> Iterator[tuple[Content, Shown | None, Content, str, Array | None]]:
        """Before the first factor: the last line of the forward pass, what it reads and what it gives."""
        program, of = state.program, state.view.of
        line = program.plan.lines[of]
        reads = [*line.reads, None, None]
        for name in (*reads[:2], of):
            if name is None:
                yield Content(), None, Content(), "", None
                continue
            matrix = program.matrix(name)
            text = (
                line.text if name == of else f"{name}, the forward pass gives" if name in program.plan.lines else name
            )
            shown = Shown.of(matrix)
            old = state.compared.matrix(name) if state.compared else None
            shape = Content(cast("DebuggerApp", self.app).glyphs(spell_size(matrix.shape)))
            yield Content(cast("DebuggerApp", self.app).glyphs(text)), shown, shape, "", old


def _former(state: State, step: Step) -> Step | None:
    """The same step with the numbers from before the last edit, if that is small enough to compare entry by entry."""
    shapes = (step.factor.shape, step.after.shape)
    if state.compared is None or any(math.prod(shape) > MAX_COMPARED for shape in shapes):
        return None
    return state.step_for(state.compared, step.index)
