"""Replaying a scenario's script through a session, without a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.diagnostics import Diagnostic
from engine.scenario.load import Scenario
from engine.session import Session, State
from engine.session.actions import AnyAction, Expect, Reset

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
    """An iterator over the events; `session` is where it has come to."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.session = Session(scenario.opening, scenario.title)
        self.ok = True

    def __iter__(self) -> Iterator[Event]:
        for seq, action in enumerate(self.scenario.script):
            failures: tuple[str, ...] = ()
            try:
                outcome = self.session.dispatch(action, ACTOR).outcome
                if outcome is not None:
                    failures = outcome.failures
            except Diagnostic as problem:
                failures = (f"{problem.message} ({problem.hints[0]})" if problem.hints else problem.message,)
            self.ok = self.ok and not failures
            state = self.session.state
            do = str(type(action).__struct_config__.tag)
            factor = state.current.factor.name if state.current else None
            yield Event(seq, do, not failures, action.say, failures, factor, state.cursor)


class Player:
    """A script that a person goes through, entry by entry, and may leave for steps by hand."""

    def __init__(self, session: Session, script: Sequence[AnyAction]) -> None:
        self.session, self.script = session, script
        self.position = 0
        """How many entries have been played."""
        self._records = 0

    @property
    def is_over(self) -> bool:
        return self.position >= len(self.script)

    def go_on(self) -> State:
        """Play the next entry and the silent checks behind it; after steps by hand, from where the script was left.

        Raises a Diagnostic `lesson_is_over`, and whatever the entry's action raises.
        """
        if self.is_over:
            message = "the lesson is over" if self.script else "this scenario has no script"
            raise Diagnostic(
                "lesson_is_over", message, hints=("step with n and b, or look from the other side with l",)
            )
        log = self.session.log.records
        if len(log) != self._records:
            for action in (Reset(), *self.script[: self.position]):
                self.session.dispatch(action, ACTOR)
        state = self._play()
        while state.outcome is None or state.outcome.ok:
            upcoming = self.script[self.position] if not self.is_over else None
            if not isinstance(upcoming, Expect) or upcoming.say:
                break
            state = self._play()
        self._records = len(log)
        return state

    def _play(self) -> State:
        state = self.session.dispatch(self.script[self.position], ACTOR)
        self.position += 1
        return state
