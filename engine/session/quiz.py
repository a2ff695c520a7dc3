"""The question that was put last, and the score: what a State knows of a lesson's questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from engine.session.actions import Ask

MAX_TRIES = 3
"""Wrong answers after which the right one is shown."""


class AnswerVerdict(StrEnum):
    """What became of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    SHOWN = "shown"
    """It was given up, or there were too many wrong answers, and the right one is shown."""


@dataclass(frozen=True, slots=True)
class Quiz:
    """One snapshot; answering makes the next one."""

    question: Ask | None = None
    """The one that was put last."""
    factor: str | None = None
    """The factor that it is about, by its name: which one was next when it was put."""
    is_open: bool = False
    """Whether it waits for an answer."""
    tries: int = 0
    """Wrong answers to it."""
    hints_shown: int = 0
    verdict: AnswerVerdict | None = None
    """On the last answer to it; None before the first."""
    reply: str = ""
    """What was said to the last answer, or the hint that was asked for."""
    asked: int = 0
    """Questions that are over."""
    answered: int = 0
    """Questions that were answered rightly, in whatever try."""
    won: int = 0
    """Points won."""
    possible: int = 0
    """Points that the questions which are over could have won."""

    @property
    def at_stake(self) -> int:
        """What a right answer would win now: one less for every hint and every wrong answer."""
        return max(0, self.question.points - self.tries - self.hints_shown) if self.question else 0

    @property
    def score(self) -> str:
        """`3 of 4 points`, or nothing where none were to be won."""
        return f"{self.won} of {self.possible} point{'s' * (self.possible != 1)}" if self.possible else ""

    def opened(self, question: Ask, factor: str | None = None) -> Quiz:
        """With another question, and the score as it is."""
        return replace(
            self, question=question, factor=factor, is_open=True, tries=0, hints_shown=0, verdict=None, reply=""
        )

    def hinted(self, hint: str) -> Quiz:
        return replace(self, hints_shown=self.hints_shown + 1, reply=hint)

    def refuted(self, reply: str) -> Quiz:
        return replace(self, tries=self.tries + 1, verdict=AnswerVerdict.WRONG, reply=reply)

    def closed(self, verdict: AnswerVerdict, reply: str) -> Quiz:
        """Over: the points are counted."""
        assert self.question is not None
        is_right = verdict is AnswerVerdict.RIGHT
        return replace(
            self, is_open=False, verdict=verdict, reply=reply, asked=self.asked + 1, answered=self.answered + is_right,
            won=self.won + (self.at_stake if is_right else 0), possible=self.possible + self.question.points,
        )  # fmt: skip
