"""A lesson that plays by itself: every stop stays for as long as its words take to read, divided by the speed.

There is no clock here. Whoever shows the lesson calls back later, and a test calls back at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import UNSET

from engine.diagnostics import Diagnostic, Where
from engine.scenario import Player
from engine.session import State
from engine.session.actions import Answer, AnyAction, Pause

READING = 0.055
"""Seconds for a character."""
LEAST = 1.2
"""Seconds for a stop at which nothing is said."""
THINKING = 8.0
"""Seconds for a question, when it has been read."""
SPEEDS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0)
"""Where slower and faster stop."""
SLOWEST, FASTEST = 0.1, 100.0
"""What can be asked for."""


def read_speed(text: str) -> float:
    """A speed as it is typed: `2`, `0.5`, `1.5x`. Raises a Diagnostic `bad_value`."""
    try:
        speed = float(text.strip().removesuffix("x").removesuffix("×"))
    except ValueError:
        speed = math.nan
    if not SLOWEST <= speed <= FASTEST:
        raise Diagnostic("bad_value", f"a speed is a number from {SLOWEST:g} to {FASTEST:g}, such as 2 for twice as "
                         f"fast, and not {text[:40]}", Where(key="--speed"))  # fmt: skip
    return speed


def seconds_at(state: State, played: Sequence[AnyAction] = ()) -> float:
    """For how long a state is left standing, at speed 1, to which these entries of a script have just led.

    Infinite where one of them is a pause that ends with a key.
    """
    pauses = [action for action in played if isinstance(action, Pause)]
    if any(pause.until is not UNSET for pause in pauses):
        return math.inf
    waited = sum(float(pause.seconds) for pause in pauses if pause.seconds is not UNSET)
    quiz = state.quiz
    if quiz.is_open and quiz.question is not None and not quiz.reply:
        question = quiz.question
        return waited + THINKING + READING * len("".join([question.say, question.prompt, *question.choices]))
    return waited + max(LEAST, READING * len(quiz.reply if quiz.is_open else state.say))


class Stage(Protocol):
    """Where a lesson is shown."""

    lesson: Player

    def later(self, seconds: float, act: Callable[[], None]) -> Callable[[], object]:
        """Call `act` once after some seconds; answers what calls that off."""

    def make_way(self) -> bool:
        """Put away a question that is over; answers whether the lesson is seen, and nothing that was opened."""

    def go_on(self) -> None:
        """Play the next entry, and show what it leads to."""

    def give(self, answer: Answer) -> None:
        """Answer the open question, and show the reply."""

    def pace_changed(self) -> None:
        """Show whether it plays, and how fast."""


class Playback:
    """The pace of a lesson. It plays or it is paused; or it is off, and the lesson waits for a key at every entry."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._call_off: Callable[[], object] | None = None
        self._seconds = 0.0
        """What is waited for now, at speed 1."""
        self._waited = -1
        """The entry before which a pause has been waited for."""
        self.is_on = self.is_playing = False
        self.speed = 1.0

    @property
    def words(self) -> str:
        """`playing`, `paused`, `your turn`, with the speed where it is not 1; nothing where it is off."""
        if not self.is_on:
            return ""
        word = "playing" if self._is_running else "your turn" if self.is_playing else "paused"
        return word if self.speed == 1 else f"{word} ×{self.speed:g}"

    @property
    def next_word(self) -> str:
        """What the lesson's key does."""
        return "pause" if self._is_running else "go on"

    @property
    def _is_running(self) -> bool:
        """Whether something is waited for that comes by itself."""
        return self._call_off is not None

    # ---- what a person does ----------------------------------------------------------------------------------------

    def start(self, speed: float | None = None) -> None:
        """Play from where the lesson is."""
        self.speed = speed or self.speed
        self.is_on = True
        self.go_on()

    def go_on(self) -> None:
        """Play on at once; an open question is shown again, and waits anew."""
        self.is_playing = True
        if self._state.quiz.is_open:
            self._stage.go_on()
            self._wait(seconds_at(self._state))
        else:
            self._next()
        self._stage.pace_changed()

    def toggle(self) -> None:
        """Pause, or go on."""
        if self._is_running:
            self.pause()
        else:
            self.go_on()

    def pause(self) -> None:
        """Stand still; what a person does by hand pauses it, too."""
        if self.is_playing:
            self._stop()
            self.is_playing = False
            self._stage.pace_changed()

    def leave(self) -> None:
        """Back to a key for every entry."""
        self._stop()
        self.is_on = self.is_playing = False
        self._stage.pace_changed()

    def hold(self) -> None:
        """Somebody is about to answer: wait for it."""
        if self._is_running:
            self._stop()
            self._stage.pace_changed()

    def faster(self, direction: int = 1) -> None:
        """The next speed, or with -1 the former one; what is shown is given its whole time again."""
        others = [speed for speed in SPEEDS if (speed - self.speed) * direction > 0]
        if others:
            self.speed = (min if direction > 0 else max)(others)
            if self._is_running:
                self._wait(self._seconds)
        self._stage.pace_changed()

    def answered(self) -> None:
        """A person has answered: the reply is read, and then the lesson goes on."""
        if self.is_playing:
            self._wait(seconds_at(self._state))
            self._stage.pace_changed()

    # ---- what happens by itself ------------------------------------------------------------------------------------

    @property
    def _state(self) -> State:
        return self._stage.lesson.session.state

    def _next(self) -> None:
        self._stop()
        lesson = self._stage.lesson
        if not self._stage.make_way():
            self._wait(LEAST * self.speed)
        elif self._state.quiz.is_open:
            self._answer(lesson)
            self._wait(seconds_at(self._state))
        elif lesson.is_over:
            self.leave()
        else:
            self._play(lesson)

    def _play(self, lesson: Player) -> None:
        before = lesson.position
        upcoming = lesson.script[before]
        is_silent = isinstance(upcoming, Pause) and not upcoming.say
        if is_silent and self._waited != before:
            self._waited = before
            self._wait(seconds_at(self._state, [upcoming]) - seconds_at(self._state))
            return
        self._stage.go_on()
        if lesson.position == before:  # it was refused, and would be again
            self.pause()
        else:
            self._wait(seconds_at(self._state, lesson.script[before + is_silent : lesson.position]))

    def _answer(self, lesson: Player) -> None:
        """Give the answer that the script has; where it has none, or none that is accepted, have it shown."""
        quiz = self._state.quiz
        for answer in lesson.answers[:1]:
            self._stage.give(answer)
        if self._state.quiz is quiz:
            self._stage.give(Answer(give_up=True))

    def _wait(self, seconds: float) -> None:
        """Play on after some seconds of speed 1; where these are infinite, after a key."""
        self._stop()
        self._seconds = seconds
        if math.isinf(seconds):
            self.is_playing = False
        else:
            self._call_off = self._stage.later(seconds / self.speed, self._tick)

    def _tick(self) -> None:
        self._call_off = None
        self._next()
        self._stage.pace_changed()

    def _stop(self) -> None:
        if self._call_off is not None:
            self._call_off()
            self._call_off = None
