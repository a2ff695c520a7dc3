"""A Session: a state, and the log of what made it."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING

from engine.diagnostics import Diagnostic
from engine.session.actions import AnyAction
from engine.session.log import SCHEMA, USER, Header, Log, Record, digest
from engine.session.reduce import reduce
from engine.session.state import State

if TYPE_CHECKING:
    from engine.session.budget import Budget


class Session:
    """The one thing that a front end talks to: it dispatches actions and reads the state."""

    def __init__(
        self,
        opening: State,
        title: str = "",
        on_record: Callable[[Record], None] | None = None,
        source: str = "",
        budget: Budget | None = None,
    ) -> None:
        self.budget = budget
        """What an action may cost; None where nobody else's is spent."""
        self.state = opening
        self.log = Log(Header(SCHEMA, digest(opening), title, source))
        self._on_record = on_record

    def dispatch(self, action: AnyAction, actor: str = USER) -> State:
        """Apply an action and log it. A refused action raises its Diagnostic and leaves state and log as they were."""
        self.state = self.after(action)
        record = self.log.append(action, actor)
        if self._on_record:
            self._on_record(record)
        return self.state

    @property
    def most_work(self) -> float:
        """How much is computed of a formula while it is typed, as `work_of` counts."""
        from engine.doctor.reading import MOST_ENTRIES  # which an app without a line for formulas does not need

        return MOST_ENTRIES if self.budget is None else self.budget.work

    def after(self, action: AnyAction) -> State:
        """The state that an action would lead to; raises the Diagnostic of one that is refused."""
        if self.budget is not None:
            self.budget.check(self.state.program, action)
        return reduce(self.state, action)

    def forked(self, on_record: Callable[[Record], None] | None = None) -> Session:
        """Another session at the same point, with the same log so far; from here on each goes its own way."""
        fork = copy(self)  # a state is a snapshot, so both may begin with the same one
        fork.log = Log(self.log.header, [*self.log.records])
        fork._on_record = on_record
        return fork

    @classmethod
    def replayed(
        cls,
        opening: State,
        log: Log,
        on_record: Callable[[Record], None] | None = None,
        budget: Budget | None = None,
    ) -> Session:
        """A session in the state to which a log leads from an opening; `on_record` is told of what comes after.

        Raises a Diagnostic `bad_log` where the log began with another program, other numbers or another view.
        """
        session = cls(opening, log.header.title, source=log.header.source, budget=budget)
        if log.header.digest != session.log.header.digest:
            raise Diagnostic("bad_log", "this log was recorded with another scenario, or another version of it")
        for record in log.records:
            session.dispatch(record.action, record.actor)
        session._on_record = on_record
        return session
