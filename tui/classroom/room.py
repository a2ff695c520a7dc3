"""The class as everybody's server knows it: who is here, who leads, the class's session, the answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.diagnostics import Diagnostic
from engine.scenario import Scenario
from engine.session import Session
from tui.classroom.messages import (
    TEACHERS_ONLY,
    Answered,
    AnyMessage,
    End,
    Hand,
    Join,
    Judged,
    Lead,
    Leave,
    Led,
    Lock,
    Look,
    Mode,
    Mute,
    Remove,
    Reveal,
    Went,
)


@dataclass
class Person:
    id: str
    name: str
    teaches: bool = False
    present: bool = True
    mode: Mode = Mode.FOLLOWING
    step: int = 0
    steps: int = 0
    target: str = ""
    factor: str = ""
    hand: int = 0
    last_answer: Answered | None = None
    last_judged: Judged | None = None
    points: float = 0
    muted: bool = False
    removed: bool = False


class Room:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.session = Session(scenario.opening, scenario.title)
        self.people: dict[str, Person] = {}
        self.leader = ""
        self.locked = False
        self.looking = ""
        self.revealed = False
        self.ended = False
        self.listeners: list[Callable[[AnyMessage], None]] = []
        self._hands = 0

    @property
    def has_teacher(self) -> bool:
        return any(person.teaches and person.present for person in self.people.values())

    def check(self, message: AnyMessage) -> None:
        if isinstance(message, Join):
            return
        me = self.people[message.by]
        if isinstance(message, TEACHERS_ONLY) and not me.teaches:
            raise Diagnostic("not_allowed", "only the teacher can do that")
        if isinstance(message, Led) and message.by != self.leader:
            raise Diagnostic("not_allowed", "somebody else leads")

    def apply(self, message: AnyMessage) -> bool:
        try:
            self.check(message)
        except (Diagnostic, KeyError):
            return False
        match message:
            case Join():
                person = self.people.setdefault(message.by, Person(message.by, message.name))
                person.present, person.teaches = True, message.teaches
                if message.teaches and not self.leader:
                    self.leader = message.by
            case Leave():
                self.people[message.by].present = False
            case Led():
                try:
                    self.session.dispatch(message.action, message.by)
                except Diagnostic:
                    return False
            case Went():
                me = self.people[message.by]
                me.mode, me.step, me.steps, me.target, me.factor = (
                    message.mode,
                    message.step,
                    message.steps,
                    message.target,
                    message.factor,
                )
            case Hand():
                me = self.people[message.whose or message.by]
                self._hands += 1
                me.hand = self._hands if message.up else 0
            case Answered():
                self.people[message.by].last_answer = message
            case Judged():
                self.people[message.by].last_judged = message
            case Lock():
                self.locked = message.locked
            case Lead():
                self.leader = message.whom
            case Look():
                self.looking = message.whom
            case Mute():
                self.people[message.whom].muted = message.muted
            case Remove():
                self.people[message.whom].removed = True
            case Reveal():
                self.revealed = message.shown
            case End():
                self.ended = True
            case _:
                pass
        for listener in self.listeners:
            listener(message)
        return True
