"""What crosses between people: plain data, in one order for everybody.

A class is the list of its messages. Every process that serves it applies them, in the same order, to a `Room` of its
own, so that a class that is spread over processes is one class.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.scenario.replay import ACTOR
from engine.session.actions import AnyAction
from engine.session.log import USER

MAX_NAME, MAX_TEXT = 24, 200
"""Characters of a name, and of a note, an answer or a formula that is shown to others."""


class Mode(StrEnum):
    """What a person looks at."""

    FOLLOWING = "following"
    """The class's session, as the leader steps through it."""
    ALONE = "alone"
    """A session of their own, which began where they left the class's."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """The fields that every message has."""

    by: str
    """The id of the person who sent it, as the server that let them in knows it; never taken from a client."""


class Join(Message, frozen=True, tag="join"):
    """Somebody has come in, or has come back."""

    name: str
    """Cleaned, at most `MAX_NAME` characters; unique as `by` is."""
    teaches: bool = False
    seat: str = ""
    """Which connection of theirs this is: who comes in again is there, though the old connection ends only later.

    As `9c1f03aa.52d0…`: before the dot stands the process that it is at.
    """
    again: bool = False
    """Whether they were there all the time, and were taken for gone; it means nothing once they are elsewhere."""


class Leave(Message, frozen=True, tag="leave"):
    """Somebody's connection is gone; their place is kept, to be taken up again.

    Where the process that had it has died, the others say so in its place, each of them.
    """

    seat: str = ""
    """As in `Join`; of another than the latest it means nothing."""


class Led(Message, frozen=True, tag="led"):
    """An action on the class's session, by whoever leads; another's is ignored."""

    action: AnyAction
    by_lesson: bool = False
    """Whether it is an entry of the lesson's, which they went on with, and nothing that they did by hand."""

    @property
    def actor(self) -> str:
        """Whose it is in the session's log, which students take home: it names no person."""
        return ACTOR if self.by_lesson else USER


class Went(Message, frozen=True, tag="went"):
    """Where a student is now: in which mode, and how far in which chain."""

    mode: Mode
    step: int = 0
    steps: int = 0
    """How many factors are joined, of how many."""
    target: str = ""
    factor: str = ""
    """The factor joined last, as `dz3/da2`."""


class Hand(Message, frozen=True, tag="hand"):
    """A student's hand goes up, or down; the teacher can put one down too."""

    up: bool
    whose: str = ""
    """The student's id; the sender's unless given."""


class Answered(Message, frozen=True, tag="answered"):
    """A student's answer to a question."""

    question: str
    """The prompt: answers to the same one are counted together."""
    answer: str
    """As it was typed, or the text of the choice."""
    verdict: str
    """Of `AnswerVerdict`."""
    points: float = 0.0


class Judged(Message, frozen=True, tag="judged"):
    """What the doctor said of a student's formula."""

    target: str
    formula: str
    verdict: str
    where: str = ""
    """The part of it that is wrong, as far as it is known."""


class Note(Message, frozen=True, tag="note"):
    """A line to the teacher, or from the teacher to everybody."""

    text: str


class Reveal(Message, frozen=True, tag="reveal"):
    """The teacher shows how the answers to the latest question are distributed, or puts that away."""

    shown: bool = True


class Call(Message, frozen=True, tag="call"):
    """The teacher calls everybody back to the class's session."""


class Lock(Message, frozen=True, tag="lock"):
    """While locked nobody leaves the class's session; letting everyone go unlocks it."""

    locked: bool


class Lead(Message, frozen=True, tag="lead"):
    """The teacher hands the lead to a student, or takes it back."""

    whom: str
    """An id."""


class Look(Message, frozen=True, tag="look"):
    """The teacher looks over a student's shoulder, or no longer; the student sees that."""

    whom: str
    """An id; empty for nobody."""


class Shown(Message, frozen=True, tag="shown"):
    """Where a student who is looked at is, so that their state can be made elsewhere: an action more, or all anew."""

    actions: tuple[AnyAction, ...]
    anew: bool = False
    """Whether these are all of their session's actions, from the scenario's opening."""


class Mute(Message, frozen=True, tag="mute"):
    """A student's notes and hand are no longer shown to anybody, or are again."""

    whom: str
    muted: bool


class Remove(Message, frozen=True, tag="remove"):
    """A student is sent out, and does not get in until a teacher takes that back."""

    whom: str
    removed: bool = True


class End(Message, frozen=True, tag="end"):
    """The class is over: everybody leaves, and the summary is written."""


AnyMessage = (
    Join | Leave | Led | Went | Hand | Answered | Judged | Note | Reveal | Call | Lock | Lead | Look | Shown | Mute
    | Remove | End
)  # fmt: skip
