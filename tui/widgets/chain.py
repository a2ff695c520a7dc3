"""The whole chain as fractions, with the shapes underneath and the current factor marked."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click

from engine.calculus import Layout, Order
from engine.calculus.layouts import spell_size
from engine.session import State, actions
from engine.session.actions import QuestionKind
from tui.chain_path import asked_step, links, path
from tui.render import chain_lines, factor_at, joined
from tui.widgets.pane import Pane


class ChainPanel(Pane):
    """∂L/∂W2 = ∂z2/∂W2 · ∂a2/∂z2 · …, growing to the side that the layout says."""

    def show(self, state: State) -> None:
        super().show(state)
        steps = path(state)
        view, target = state.view, steps[-1].target
        side, other = ("LEFT", "right") if view.layout is Layout.DENOMINATOR else ("RIGHT", "left")
        grows = f"the product grows to the {side}"
        if view.order is Order.FORWARD:
            grows = f"forward, from the target: grows to the {other.upper()}"
        elif any(step.side not in (None, view.layout.side) for step in steps):
            grows = f"grows to the {side}, the last to the {other}"
        title = f"∂{view.of}/∂{target} · {view.layout} layout: {grows}"
        if asked_step(state)[1] in (QuestionKind.SIDE, QuestionKind.LAYOUT):
            title = f"∂{view.of}/∂{target}"  # what is asked for is not given away
        form = f"form {view.form}" + (f" of {_entry(state)}" if view.form == "entry" else "")
        subtitle = f"{form} · step {state.cursor}/{len(state.steps)}"
        self.caption(Content(self.glyphs(title)), Content(self.glyphs(subtitle)))

    def draw(self, state: State) -> Content:
        of, target, size = self._head(state)
        return joined(chain_lines(links(state), of, target, size, self.content_size.width, self.glyphs))

    @staticmethod
    def _head(state: State) -> tuple[str, str, str]:
        """What stands left of the equals sign, and its shape."""
        last = path(state)[-1]
        shape = last.after.shape if last.entry else last.result.shape
        return state.view.of, last.by if last.entry else last.target, spell_size(shape)

    def on_click(self, event: Click) -> None:
        """Run to the factor that is clicked."""
        state, place = self.state, event.get_content_offset(self)
        if state is None or place is None:
            return
        step = factor_at(links(state), *self._head(state), self.content_size.width, self.glyphs, place.x)
        if step is not None:
            self.debugger.dispatch(actions.Jump(step=step.index + 1))


def _entry(state: State) -> str:
    """`[0,1]`, by the indices that the target's entries are called by."""
    view = state.view
    return state.program.plan.entry_name(view.target, view.entry or (0, 0)).removeprefix(view.target)
