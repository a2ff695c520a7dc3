"""Many gradient steps: a rate and a number, taken beside the event loop, then the loss over the steps."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Static
from textual.worker import get_current_worker

from engine.calculus.descent import Descent, check_work
from engine.diagnostics import Diagnostic
from engine.session import actions
from tui.descent_text import outcome, read_count, read_rate, table_lines, update_rule
from tui.render import DIM
from tui.screens.dialog import Dialog

REFRESH = 0.1
"""Seconds between two looks at how far the steps have come."""


class DescentScreen(Dialog):
    """Above rate and number, in the middle what a step does and how it went, below the loss and the gradients."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "stop or close", show=False),
        Binding("up", "app.focus_previous", "up", show=False),
        Binding("down", "app.focus_next", "down", show=False),
    ]

    class Done(Message):
        """All steps are taken, or the next cannot be, or it was stopped."""

        def __init__(self, problem: Diagnostic | None) -> None:
            super().__init__()
            self.problem = problem

    _descent: Descent | None = None
    """While steps are taken."""
    _count = 0
    """Steps that were asked for."""
    _stops = False

    def __init__(self) -> None:
        super().__init__()
        self._losses: list[float] = []
        self._norms: dict[str, list[float]] = {}
        """Of all runs since the screen was opened."""

    @property
    def has_plots(self) -> bool:
        """Whether plots are drawn; without colours or mathematical characters it is a table."""
        return not (self.glyphs.ascii_only or self.app.no_color)

    def compose(self) -> ComposeResult:
        with self.frame("gradient steps", "enter goes · tab other field · esc stop or close", "descent"):
            with Horizontal(id="descent-form"):
                yield Label(self.glyphs("rate η"))
                yield Input("0.1", select_on_focus=True, compact=True, id="rate")
                yield Label("steps")
                yield Input("50", select_on_focus=True, compact=True, id="count")
            yield Static(id="rule")
            yield Static(id="progress")
            if self.has_plots:
                from tui.widgets.loss_plot import LinesPlot

                with Horizontal(id="plots"):
                    yield LinesPlot(id="loss-plot")
                    yield LinesPlot(id="norm-plot")
            else:
                yield Static(id="table")

    def on_mount(self) -> None:
        if self.has_plots:
            self.query_one("#plots").display = False
        self.set_interval(REFRESH, self._progress)
        self._rule()
        self._say("enter takes the steps; they are undone as one.", DIM)

    def on_input_changed(self) -> None:
        self._rule()

    def _rule(self) -> None:
        try:
            rate = read_rate(self.query_one("#rate", Input).value)
        except Diagnostic:
            return
        self.query_one("#rule", Static).update(Content(self.glyphs(update_rule(self.debugger.state, rate))))

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#progress", Static).update(Content.styled(self.glyphs(text), style))

    # ---- taking steps ----------------------------------------------------------------------------------------------

    def on_input_submitted(self) -> None:
        if self._descent is not None:
            return
        state = self.debugger.state
        try:
            rate = read_rate(self.query_one("#rate", Input).value)
            self._count = read_count(self.query_one("#count", Input).value)
            check_work(state.program, self._count)
            self._descent = Descent(state.program, state.view.of, rate)
        except Diagnostic as problem:
            hint = f" ({problem.hints[0]})" if problem.hints else ""
            self._say(problem.message + hint, "bold $error")
            return
        self._stops = False
        self._run(self._descent, self._count)

    @work(thread=True)
    def _run(self, descent: Descent, count: int) -> None:
        worker = get_current_worker()
        problem = descent.take(count, lambda: not (self._stops or worker.is_cancelled))
        self.post_message(self.Done(problem))

    def _progress(self) -> None:
        descent = self._descent
        if descent is not None:
            done = f"{descent.count} of {self._count} steps, {descent.of} {descent.losses[-1]:.6g} · esc stops"
            self._say(done, "bold")

    def on_descent_screen_done(self, event: Done) -> None:
        """Keep what was taken as one action, so that a replay takes exactly these steps."""
        descent, self._descent = self._descent, None
        assert descent is not None
        is_kept = descent.count == 0
        if self.debugger.state.program is not descent.start:
            self._say("the numbers were changed meanwhile: nothing is kept", "bold $error")
            return
        if descent.count:
            is_kept = self.debugger.dispatch(actions.Update(rate=descent.rate, count=descent.count))
        text = outcome(descent, self._count, event.problem) if is_kept else self.debugger.last_message
        self._say(text, "bold $error" if event.problem or not is_kept else "bold")
        if is_kept and descent.count:
            self._add(descent)

    def _add(self, descent: Descent) -> None:
        self._losses += descent.losses[1 if self._losses else 0 :]
        for name, norms in descent.norms.items():
            self._norms.setdefault(name, []).extend(norms)
        of = descent.of
        if not self.has_plots:
            room = self.size.height - 16
            lines = table_lines(self._losses, self._norms, of, max(4, room), min(110, self.size.width - 8))
            self.query_one("#table", Static).update(Content(self.glyphs("\n".join(lines))))
            return
        from tui.widgets.loss_plot import LinesPlot, norm_lines

        self.query_one("#plots").display = True
        self.query_one("#loss-plot", LinesPlot).draw(f"{of} over the steps", {of: self._losses})
        lines_by_name = {f"∂{of}/∂{name}": norms for name, norms in norm_lines(self._norms).items()}
        self.query_one("#norm-plot", LinesPlot).draw("norms of the gradients", lines_by_name, dotted=True)

    def action_leave(self) -> None:
        """Stop the steps; if none are being taken, close."""
        if self._descent is not None:
            self._stops = True
        else:
            self.dismiss()
