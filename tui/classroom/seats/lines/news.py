"""What whoever leads does, as lines for those who follow without a screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.session import State
from engine.session.actions import Answer, AnyAction
from tui.classroom.seats.lines.sentences import answer_lines
from tui.linear import news_lines

if TYPE_CHECKING:
    from tui.classroom.seats.lines.seat import LinesSeat

NEWS_SECONDS = 0.1
"""From an action to the lines that tell of it, and of all that come meanwhile: one key of a lesson can be many."""


class News:
    """Tells one seat what has changed in the class's session since it was told last, and nothing else."""

    def __init__(self, seat: LinesSeat) -> None:
        self._seat = seat
        self.told: State | None = None
        """The state that was told last; None once this person has been elsewhere."""
        self._replies: list[str] = []
        self._said = ""
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, action: AnyAction) -> None:
        """The class's session has gone on by this."""
        if isinstance(action, Answer):
            self._replies += answer_lines(action, self._seat.quiz)
        elif action.say:
            self._said = " ".join(action.say.split())
        if self._timer is None:
            self._timer = self._seat.loop.call_later(NEWS_SECONDS, self._tell)

    def _tell(self) -> None:
        before, state = self.told, self._seat.classroom.room.session.state
        lines = [*self._replies, *filter(None, [self._said])]
        if before is not None:
            lines += news_lines(before, state)
            if state.quiz.is_open and not (before.quiz.is_open and before.quiz.question is state.quiz.question):
                lines += self._seat.question_lines(state)
        self.are_told(state)
        self._seat.say(lines)

    def are_told(self, state: State) -> None:
        """All that has led to this state is known."""
        self.stop()
        self.told = state

    def stop(self) -> None:
        """Tell nothing more by itself."""
        self._replies, self._said = [], ""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
