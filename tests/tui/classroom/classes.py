"""What the classroom's tests share: a class of a teacher and some students, and all of a room that can be compared."""

from __future__ import annotations

from typing import Any

from engine.scenario import load
from engine.session import Session, actions
from tui.classroom.room import Room
from tui.classroom.room import messages as m

QUESTION = load("question")
STEP = actions.Step()
SHAPE = actions.Ask(
    prompt="What is the shape of W3ᵀ?", kind=actions.QuestionKind.SHAPE, answer=[3, 2], about="nothing", points=2
)


def a_class(*more: m.AnyMessage) -> Room:
    """Tia teaches; Ana, Bo and Cy follow."""
    room = Room(QUESTION)
    for message in (
        m.Join(by="tia", name="Tia", teaches=True),
        m.Join(by="ana", name="Ana"),
        m.Join(by="bo", name="Bo"),
        m.Join(by="cy", name="Cy"),
        *more,
    ):
        assert room.apply(message), message
    return room


def answered(
    by: str, answer: str, verdict: str = "wrong", points: float = 0, question: str = SHAPE.prompt
) -> m.Answered:
    return m.Answered(by=by, question=question, answer=answer, verdict=verdict, points=points)


def contents(room: Room) -> dict[str, Any]:
    """All of it as a snapshot; sessions as their logs."""
    plain = {name: value for name, value in vars(room).items() if name not in ("scenario", "listeners")}
    return plain | {
        "session": _log(room.session),
        "shoulder": _log(room.shoulder),
        "people": list(room.people.items()),
        "questions": [(question, list(tries.items())) for question, tries in room.questions.items()],
        "mistakes": dict(room.mistakes),
        "notes": list(room.notes),
    }


def _log(session: Session | None) -> list[bytes]:
    return [*session.log.lines()] if session else []
