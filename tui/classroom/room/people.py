"""Who is in a class, and what they have answered: the snapshots that a `Room` holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from tui.classroom.room.messages import Answered, Judged, Mode


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has come in, whether still there or not."""

    id: str
    name: str
    """No other person of the class has it."""
    teaches: bool = False
    seat: str = ""
    """Their latest connection."""
    present: bool = True
    removed: bool = False
    """Sent out, until that is taken back."""
    muted: bool = False
    mode: Mode = Mode.FOLLOWING
    step: int = 0
    steps: int = 0
    """How many factors are joined, of how many; alone, and as in `Went`."""
    target: str = ""
    factor: str = ""
    hand: int | None = None
    """While it is up the how manyth hand of the class it is: who raised theirs first has the smallest number."""
    answered: Answered | None = None
    """Their latest answer, to whatever question."""
    judged: Judged | None = None
    """What the doctor said of their latest formula."""
    points: float = 0.0
    """The most that they have won with each question, together."""

    @property
    def process(self) -> str:
        """At which process of the class their latest connection is; empty where it does not say."""
        return self.seat.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Tries:
    """One person's answers to one question."""

    first: Answered
    last: Answered
    points: float
    """The most that one of them won."""

    def then(self, answer: Answered) -> Tries:
        return Tries(self.first, answer, max(self.points, answer.points))


@dataclass(frozen=True, slots=True)
class Share:
    """How many have given one answer."""

    answer: str
    """Empty where it was given up unanswered."""
    count: int
    is_right: bool


class Mistake(NamedTuple):
    """A kind of mistake in formulas."""

    target: str
    verdict: str
    where: str
    """The wrong part; empty where it is not known."""


def naturally(text: str) -> list[tuple[int, str]]:
    """A key by which `2×2` stands before `10×10`, and `s9` before `S10`."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", text.casefold())]
