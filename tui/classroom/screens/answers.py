"""How the answers to a question are distributed: with names for the teacher, without for everybody."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.classroom.room import Room
from tui.classroom.room.answers import is_over, questions
from tui.classroom.screens.current import Current
from tui.classroom.screens.distribution import answers_text
from tui.screens.dialog import Dialog

AROUND = 3
"""Lines that the frame takes of a screen, and what stands below it."""


class AnswersScreen(Dialog, Current):
    """The distribution of one question; a teacher goes from question to question."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close", show=False)]
    with_names = False

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room = room
        self.question = room.revealed or room.question

    def compose(self) -> ComposeResult:
        with self.frame("answers", "", "answers", scrolls=True):
            yield Static(id="answers-text")

    def on_mount(self) -> None:
        self.watch(self.query_one("#answers"), "scroll_y", self._retitle, init=False)

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_class)

    def show_class(self) -> None:
        """Draw the answers that there are by now."""
        frame = self.query_one("#answers")
        height = None if self.with_names else max(1, self.size.height - AROUND)
        self.query_one("#answers-text", Static).update(Content("\n").join(
            answers_text(self.room, self.question, frame.scrollable_content_region.width, self.glyphs,
                         with_names=self.with_names, height=height)
        ))  # fmt: skip
        self.call_after_refresh(self._retitle)  # when it is known what fits

    def _retitle(self) -> None:
        """Say which keys work, and whether there is more below."""
        self.query_one("#answers").border_subtitle = Content(self.glyphs(self._hint()))

    def _hint(self) -> str:
        return f"everybody's first answers{'' if is_over(self.room, self.question) else ' so far'}"


class TeachersAnswersScreen(AnswersScreen):
    """With names, and the keys to other questions and to show the distribution to everybody."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,f3", "dismiss", "close", show=False),
        Binding("r", "app.class_command('reveal')", "reveal", show=False),
        Binding("left", "other(-1)", "the question before", show=False, priority=True),
        Binding("right", "other(1)", "the question after", show=False, priority=True),
    ]
    with_names = True

    def action_other(self, by: int) -> None:
        """Another question."""
        found = questions(self.room)
        if found:
            place = found.index(self.question) + by if self.question in found else len(found) - 1
            self.question = found[max(0, min(place, len(found) - 1))]
            self.query_one("#answers").scroll_home(animate=False)
            self.show_class()

    def _hint(self) -> str:
        found = questions(self.room)
        if not found:
            return "esc closes"
        frame = self.query_one("#answers")
        below = frame.max_scroll_y - frame.scroll_offset.y
        number = found.index(self.question) + 1 if self.question in found else 0
        parts = [f"{below} lines more ↓" if below > 0 else "↑ back" if frame.max_scroll_y > 0 else "",
                 f"question {number} of {len(found)}" + (" ← →" if len(found) > 1 else "")]  # fmt: skip
        if self.question == self.room.question:
            parts.append("r puts it away" if self.room.revealed else "r shows everybody, no names")
        return " · ".join(filter(None, [*parts, "esc closes"]))
