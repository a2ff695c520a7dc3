"""Replaying a scenario's script through a session, without a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from msgspec import UNSET

from engine.diagnostics import Diagnostic
from engine.scenario.load import Scenario
from engine.session import Session, State
from engine.session.actions import Answer, AnyAction, Ask, Expect, Pause, Reset
from engine.session.quiz import AnswerVerdict

ACTOR = "script"
"""The actor of a script's actions in the log."""


@dataclass(frozen=True, slots=True)
class Event:
    """What became of one entry of the script."""

    seq: int
    do: str
    ok: bool
    say: str
    failures: tuple[str, ...]
    """For an expectation the claims that do not hold; for a refused action why."""
    factor: str | None
    """The factor that was joined last."""
    step: int
    """How many factors have been joined."""


class Replay:
    """An iterator over the events; `session` is where it has come to.

    A question that no `answer` follows is answered with its own right answer, unless `answers` is false.
    """

    def __init__(self, scenario: Scenario, *, answers: bool = True) -> None:
        self.scenario = scenario
        self._answers = answers
        self.session = Session(scenario.opening, scenario.title)
        self.ok = True

    def __iter__(self) -> Iterator[Event]:
        for seq, action in enumerate(self.scenario.script):
            failures: tuple[str, ...] = ()
            try:
                outcome = self.session.dispatch(action, ACTOR).outcome
                if outcome is not None:
                    failures = outcome.failures
                if self._answers and isinstance(action, Ask) and not _has_answer(self.scenario.script[seq + 1 :]):
                    failures += self._answer(action)
            except Diagnostic as problem:
                failures = (f"{problem.message} ({problem.hints[0]})" if problem.hints else problem.message,)
            self.ok = self.ok and not failures
            state = self.session.state
            do = str(type(action).__struct_config__.tag)
            factor = state.current.factor.name if state.current else None
            yield Event(seq, do, not failures, action.say, failures, factor, state.cursor)

    def _answer(self, question: Ask) -> tuple[str, ...]:
        """Give the right answer; why it is not judged to be right, if it is not."""
        quiz = self.session.dispatch(Answer(value=question.answer), ACTOR).quiz
        return () if quiz.verdict is AnswerVerdict.RIGHT else (f"its own answer is not right: {quiz.reply}",)


def _has_answer(later: Sequence[AnyAction]) -> bool:
    """Whether a script answers the question that was just put, before it puts another."""
    return any(isinstance(action, Answer) for action in takewhile(lambda action: not isinstance(action, Ask), later))


class Player:
    """A script that a person goes through, entry by entry, and may leave for steps by hand.

    How far it is, the session's log says: so a session goes on with its lesson after a replay, or in another's hands.
    """

    def __init__(self, session: Session, script: Sequence[AnyAction]) -> None:
        self.session, self.script = session, script
        self.position = 0
        """How many entries have been played."""
        self._last = 0
        """The entry that was played last."""
        self._reached = 0
        """How many entries the session is at: after steps by hand they are played again, from the first."""
        self._is_left = False
        """Whether a person has done something by hand since the last entry."""
        self._records = 0
        """How many of the log's records are taken into account."""
        self.catch_up()

    def catch_up(self) -> None:
        """Take into account what was done to the session since: here, or by whoever leads it."""
        log = self.session.log.records
        for record in log[self._records :]:
            if record.actor == ACTOR:
                self._follow(record.action)
            elif not isinstance(record.action, Ask | Answer):
                self._is_left = True
        self._records = len(log)
        self._pass_over()

    def _follow(self, action: AnyAction) -> None:
        """Find the entry that was played: the next one that it can have been."""
        if isinstance(action, Answer):
            return  # which is an open question's, and no place in the script
        start = self.position if isinstance(action, Ask) else self._reached
        found = next((at for at in range(start, len(self.script)) if self.script[at] == action), None)
        if isinstance(action, Reset) and (self._is_left or found is None):
            self._reached, self._is_left = 0, False
        elif found is not None:
            self._reached = found + 1
            if self._reached > self.position:
                self.position, self._last = self._reached, found

    @property
    def is_over(self) -> bool:
        return self.position >= len(self.script)

    @property
    def answers(self) -> list[Answer]:
        """What the script answers to the open question, as far as that has not been given: of a recorded session."""
        quiz = self.session.state.quiz
        if not quiz.is_open:
            return []
        later = takewhile(lambda action: not isinstance(action, Ask), self.script[self._last + 1 :])
        return [action for action in later if isinstance(action, Answer)][quiz.tries + quiz.hints_shown :]

    def go_on(self) -> State:
        """Play the next entry and the silent checks behind it; after steps by hand, from where the script was left.

        Raises a Diagnostic `lesson_is_over`, `open_question` while a question waits for an answer, and whatever the
        entry's action raises.
        """
        self.catch_up()
        quiz = self.session.state.quiz
        if quiz.is_open:
            raise Diagnostic("open_question", "the lesson waits for your answer", hints=("or give up, to be shown it",))
        if self.is_over:
            score = f": {quiz.score}" if quiz.score else ""
            message = f"the lesson is over{score}" if self.script else "this scenario has no script"
            raise Diagnostic(
                "lesson_is_over", message, hints=("step with n and b, or look from the other side with l",)
            )
        self._come_back()
        state = self._play()
        while self._only_paused and not self.is_over:  # who presses a key does not want to wait
            state = self._play()
        while (state.outcome is None or state.outcome.ok) and not state.quiz.is_open:
            upcoming = self.script[self.position] if not self.is_over else None
            if not isinstance(upcoming, Expect | Pause) or upcoming.say:
                break
            state = self._play()
        return state

    @property
    def _only_paused(self) -> bool:
        last = self.script[self._last]
        return isinstance(last, Pause) and not last.say

    def _come_back(self) -> None:
        """Play again what leads to where the script was left, if the session is not there."""
        again = self.script[0 if self._is_left else self._reached : self.position]
        if self._is_left:
            self._do(Reset())
        for action in again:
            if not (isinstance(action, Ask) or _is_for_replay(action)):  # a question is put once
                self._do(action)

    def _play(self) -> State:
        return self._do(self.script[self.position])

    def _do(self, action: AnyAction) -> State:
        state = self.session.dispatch(action, ACTOR)
        self.catch_up()
        return state

    def _pass_over(self) -> None:
        """What is there for a replay is not for a person."""
        while not self.is_over and _is_for_replay(self.script[self.position]):
            self.position += 1


def _is_for_replay(action: AnyAction) -> bool:
    """Whether an entry gives an answer, or claims what it was: a person gives their own."""
    if isinstance(action, Expect):
        return action.score is not UNSET or action.verdict in tuple(AnswerVerdict)
    return isinstance(action, Answer)
