"""What the class is told of one person: where they are, what they answer, what the doctor says of their formulas."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import UnsetType

from engine.scenario.replay import ACTOR
from engine.session import AnswerVerdict, Record
from engine.session.actions import Answer, Diagnose
from engine.session.quiz import Quiz
from engine.session.replies import read_reply, spell_reply
from tui.classroom.room.messages import Answered, Judged, Led, Mode, Shown, Went
from tui.classroom.words import broken_part

if TYPE_CHECKING:
    from tui.classroom.seats.seat import Seat

TELL_SECONDS = 0.5
"""From a step to the message that tells of it, and of all that come meanwhile."""
MAX_SHOWN = 5_000
"""Actions of a student's session that are shown to a teacher who begins to look at it."""


class Telling:
    """Tells the class of whoever has a seat."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._timer: asyncio.TimerHandle | None = None

    def did(self, record: Record) -> None:
        """Something was done in the session that is drawn for this person."""
        seat, action = self._seat, record.action
        if seat.session is None:
            return
        if seat.is_leading:
            seat.send(Led(by=seat.person, action=action, by_lesson=record.actor == ACTOR))
        if seat.teaches:
            return  # whose answers and formulas are the class's
        if not seat.is_leading:
            seat.classroom.logs.record(seat.person, record)
            self._where_soon()
            if seat.classroom.room.looking == seat.person:
                seat.send(Shown(by=seat.person, actions=(action,)))
        state = seat.session.state
        if isinstance(action, Answer):
            self.answered(state.quiz, action)
        elif isinstance(action, Diagnose) and state.diagnosis is not None:
            found = state.diagnosis
            seat.send(Judged(by=seat.person, target=found.target, formula=found.formula,
                             verdict=str(found.verdict), where=broken_part(found)))  # fmt: skip

    def answered(self, quiz: Quiz, answer: Answer) -> bool:
        """Tell what was answered, spelled as everybody's is, and what became of it; False where that is not allowed."""
        seat, question, value = self._seat, quiz.question, answer.value
        if question is None or (isinstance(value, UnsetType) and not answer.give_up):
            return False
        said = "" if isinstance(value, UnsetType) else spell_reply(question, read_reply(question, value))
        points = quiz.at_stake if quiz.verdict is AnswerVerdict.RIGHT else 0
        return seat.send(Answered(by=seat.person, question=question.prompt, answer=said,
                                  verdict=str(quiz.verdict or ""), points=points))  # fmt: skip

    def everything(self) -> None:
        """Show the teacher, who looks over this shoulder, all that has led to where the session is."""
        seat = self._seat
        if seat.session is not None:
            records = seat.session.log.records[:MAX_SHOWN]
            seat.send(Shown(by=seat.person, actions=tuple(record.action for record in records), anew=True))

    def where(self) -> None:
        """Tell where a student is; a teacher is with the class always."""
        self.stop()
        seat = self._seat
        if seat.teaches:
            return
        if seat.session is None or seat.is_leading:
            seat.send(Went(by=seat.person, mode=Mode.FOLLOWING))
            return
        state = seat.session.state
        factor = state.current.factor.name if state.current else ""
        seat.send(Went(by=seat.person, mode=Mode.ALONE, step=state.cursor, steps=len(state.steps),
                       target=state.view.target, factor=factor))  # fmt: skip

    def _where_soon(self) -> None:
        """Once in a while: a key that is held down is not everybody's concern."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TELL_SECONDS, self.where)

    def stop(self) -> None:
        """Tell nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
