"""The doctor: type a formula for the derivative, and learn where it goes wrong, one hint after the other."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import Static, TextArea
from textual.worker import get_current_worker

from engine.calculus import ALL
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic
from engine.doctor import (
    STAGES,
    Diagnosis,
    Finding,
    consult,
    has_hints,
    is_derivation,
    is_derivative_chain,
    report_lines,
)
from engine.session import actions
from tui.render import DIM
from tui.screens.dialog import Dialog


class FormulaBox(TextArea):
    """Where a formula is typed or pasted: enter judges it, ctrl+j begins a new line."""

    class Submitted(Message):
        """The formula is to be judged."""

    def on_key(self, event: Key) -> None:
        if event.key not in ("enter", "ctrl+j"):
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self.post_message(self.Submitted())
        else:
            self.insert("\n")


class Report(VerticalScroll, can_focus=True):
    """What the doctor says."""


def _is_searched(found: Diagnosis) -> bool:
    """Whether corrections are looked for: in what is wrong and can be read."""
    return not found.verdict.is_right and (found.problem is None or found.mismatch is not None)


class DoctorScreen(Dialog):
    """Above the formula, below what is to be said of it; further hints come when they are asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False),
        Binding("m,space", "more", "more", show=False),
        Binding("e", "edit", "edit", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._found: Finding | None = None
        self._is_searching = False
        self._stage = 0

    def compose(self) -> ComposeResult:
        view = self.debugger.state.view
        title = f"doctor · your formula for {fraction(view.of, view.target)}"
        with self.frame(title, "enter judge · m a further hint · e back to the formula · esc closes", "doctor"):
            box = FormulaBox(id="formula", soft_wrap=True, show_line_numbers=False, tab_behavior="focus")
            box.text = self.debugger.own_formula
            box.select_all()  # so that what is typed takes its place
            yield box
            with Report(id="report"):
                yield Static(id="said")

    def on_mount(self) -> None:
        self.query_one(FormulaBox).focus()
        self._say(
            f"Names: {', '.join(self.debugger.state.values)}.",
            "As on paper, in NumPy or in LaTeX: (a3 − y) ⊙ σ′(z3), W3.T @ d, np.dot(W3.T, d), drelu(z2).",
            "Several lines are judged line by line: delta3 = …, dW2 = …",
            "A chain without numbers too: dL/da3 · da3/dz3 · …",
        )

    def _say(self, *lines: str) -> None:
        self.query_one("#said", Static).update(Content.styled(self.glyphs("\n".join(lines)), DIM))

    def on_formula_box_submitted(self) -> None:
        text = self.query_one(FormulaBox).text.strip()
        view = self.debugger.state.view
        if not text:
            self._say("Type a formula first.")
            return
        if view.target == ALL:
            self._say("Choose one target first (esc, t): a formula is for one derivative.")
            return
        self._stage, self._found = 0, None
        if not is_derivation(text) and not is_derivative_chain(text):
            if not self.debugger.dispatch(actions.Diagnose(formula=text)):
                self._say(self.debugger.last_message)
                return
            self._found = self.debugger.state.diagnosis
        self._is_searching = self._found is None or _is_searched(self._found)
        self._show()
        self.query_one(Report).focus()
        if self._is_searching:
            self._search(text)

    @work(thread=True, exclusive=True)
    def _search(self, text: str) -> None:
        """Look for corrections beside the event loop; a newer formula, or leaving, ends it."""
        worker = get_current_worker()
        state, budget = self.debugger.state, self.debugger.session.budget
        try:
            if budget is not None:
                budget.check_text(state.program, text)
            with self.debugger.search_gate:
                found: Finding | Diagnostic = consult(
                    state.program, state.view.target, text, of=state.view.of, is_cancelled=lambda: worker.is_cancelled
                )
        except Diagnostic as problem:
            found = problem
        if not worker.is_cancelled:
            self.app.call_from_thread(self._finish, found)

    def _finish(self, found: Finding | Diagnostic) -> None:
        self._is_searching = False
        if isinstance(found, Diagnostic):
            self._say(found.message, *found.hints)
            return
        self._found = found
        self._show()

    def _show(self) -> None:
        """The verdict, and as many hints as have been asked for."""
        parts: list[Content] = []
        if self._found is not None:
            first, *lines = report_lines(self._found, self._stage, self.query_one(Report).content_size.width)
            parts = [Content.styled(self.glyphs(first), "bold"), Content(self.glyphs("\n".join(lines)))]
        if self._is_searching:
            parts.append(Content.styled(self.glyphs("looking for the smallest change that makes it right …"), DIM))
        elif self._found is not None and self._stage < len(STAGES) and has_hints(self._found):
            parts.append(Content.styled(f"m: {STAGES[self._stage]}", DIM))
        self.query_one("#said", Static).update(Content("\n").join(parts))
        if self._stage:
            self.query_one(Report).scroll_end(animate=False)

    def on_resize(self) -> None:
        if self._found is not None:
            self._show()

    def action_more(self) -> None:
        """The next hint."""
        if self._found is None or self._is_searching or self._stage >= len(STAGES):
            return
        # where nothing small makes it right, only the chain beside it is left to tell
        is_far = isinstance(self._found, Diagnosis) and not self._found.fixes
        self._stage = len(STAGES) if is_far else self._stage + 1
        self._show()

    def action_edit(self) -> None:
        """Back to the formula."""
        self.query_one(FormulaBox).focus()

    def action_leave(self) -> None:
        """From the report back to the formula, from the formula out."""
        if self.query_one(Report).has_focus:
            self.action_edit()
        else:
            self.dismiss()
