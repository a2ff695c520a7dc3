"""Who is in a class, and what they have answered: the snapshots that a `Room` holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tui.classroom.messages import Answered, Judged, Mode


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has come in, whether still there or not."""

    id: str
    name: str
    """No other person of the class has it."""
    teaches: bool = False
    seat: str = ""
    """Their latest connection, as in `Join`."""
    present: bool = True
    removed: bool = False
    """Sent out for good."""
    muted: bool = False
    mode: Mode = Mode.FOLLOWING
    step: int = 0
    steps: int = 0
    """How many factors are joined, of how many; of a session of their own, as in `Went`."""
    target: str = ""
    factor: str = ""
    hand: int = 0
    """While it is up, the how manyth hand of the class it is, counted from 1: who raised theirs first comes first."""
    last_answer: Answered | None = None
    """To whatever question."""
    last_judged: Judged | None = None
    """What the doctor said of their latest formula."""
    points: float = 0.0
    """The most that they have won with each question, together."""


@dataclass(frozen=True, slots=True)
class Tries:
    """One person's answers to one question."""

    first: Answered
    last: Answered
    points: float
    """The most that one of them won."""

    def then(self, answer: Answered) -> Tries:
        """With one answer more."""
        return Tries(self.first, answer, max(self.points, answer.points))


@dataclass(frozen=True, slots=True)
class Share:
    """Those who gave the same answer."""

    answer: str
    people: tuple[str, ...]
    """Their ids, in the order in which they answered."""
    is_right: bool

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.people)


class Mistake(NamedTuple):
    """A kind of mistake in formulas."""

    target: str
    """What the formula should have differentiated by."""
    verdict: str
    where: str
    """The wrong part; empty where it is not known."""
