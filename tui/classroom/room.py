"""A class as a state machine: the same messages in the same order make the same Room in every process."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from engine.diagnostics import Diagnostic
from engine.doctor import Verdict
from engine.scenario import Scenario
from engine.session import AnswerVerdict, Session, State
from engine.session.actions import AnyAction, Ask
from tui.classroom import messages
from tui.classroom.messages import MAX_NAME, AnyMessage, Message, Mode
from tui.classroom.people import Mistake, Person, Share, Tries
from tui.classroom.permissions import check
from tui.saving import source_of

__all__ = ["Mistake", "Person", "Room", "Share", "Tries"]

MAX_NOTES = 200
"""Notes that are kept; of more the oldest are forgotten."""
MAX_MISTAKES = 1_000
"""Kinds of mistakes that are counted; what is new after them is not."""
_RIGHT = (Verdict.CORRECT, Verdict.CORRECT_TRANSPOSED)


class Room:
    """Everything that is so in a class now. Only `apply` changes it: there is no clock and no chance in it."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.session = self._new_session()
        """The class's: what was done by whoever led."""
        self.people: dict[str, Person] = {}
        """By their ids, in the order in which they first came."""
        self.leader = ""
        """Whose actions the class sees; empty until a teacher comes."""
        self.locked = False
        """Whether nobody may leave the class's session; until the teacher lets everybody go, or leaves."""
        self.looking = ""
        """Over whose shoulder the teacher looks; empty for nobody's."""
        self.shown: list[AnyAction] = []
        """What they have shown of a session of their own, from the scenario's opening."""
        self.question = ""
        """The latest: the one that the class's session put last; before the first, the last new one that was
        answered."""
        self.revealed = False
        """Whether everybody sees how the answers to it are distributed."""
        self.answers: dict[str, dict[str, Tries]] = {}
        """To each question, in the order of their first answers, by the ids of those who gave them."""
        self.mistakes: Counter[Mistake] = Counter()
        """Where students' formulas broke, and how often."""
        self.notes: deque[messages.Note] = deque(maxlen=MAX_NOTES)
        self.ended = False
        self.listeners: list[Callable[[AnyMessage], None]] = []
        """Called with each message after it has been applied."""
        self._hands = 0
        self._shoulder: Session | None = None
        self._done = 0
        """How many of `shown` it has had."""

    def check(self, message: AnyMessage) -> None:
        """Raises a Diagnostic where the message is not allowed as things are: why, and what is."""
        check(self, message)

    def apply(self, message: AnyMessage) -> bool:
        """Let it happen; False, and nothing has changed, where it is not allowed (any more).

        Of a `Led` action that the session refuses, too.
        """
        try:
            check(self, message)
            _APPLY[type(message)](self, message)
        except Diagnostic:
            return False
        for listener in tuple(self.listeners):
            listener(message)
        return True

    # ---- what can be asked -----------------------------------------------------------------------------------------

    @property
    def has_teacher(self) -> bool:
        """Whether one is here."""
        return any(person.teaches and person.present for person in self.people.values())

    @property
    def teacher(self) -> str:
        """The id of the first teacher who is here, else of the first who was; empty before."""
        teachers = [person for person in self.people.values() if person.teaches]
        return next((person.id for person in teachers if person.present), teachers[0].id if teachers else "")

    @property
    def looked_at(self) -> State | None:
        """What the student sees who is looked at; None while it is nobody, or while they have not shown it yet.

        The actions are done only here, so that no process does them where nobody looks.
        """
        person = self.people.get(self.looking)
        if person is None or person.mode is Mode.FOLLOWING:
            return self.session.state if person else None
        if not self.shown:
            return None
        if self._shoulder is None:
            self._shoulder = self._new_session()
        for action in self.shown[self._done :]:
            with suppress(Diagnostic):  # it was not refused where it was done: one strange action, not the others
                self._shoulder.dispatch(action, self.looking)
        self._done = len(self.shown)
        return self._shoulder.state

    def roster(self) -> list[Person]:
        """Who has come in and was not sent out: raised hands first, in their order, then by name."""
        there = [person for person in self.people.values() if not person.removed]
        return sorted(there, key=lambda person: (not person.hand, person.hand, person.name.casefold()))

    def distribution(self, question: str) -> list[Share]:
        """How students' first answers to a question are distributed, the most frequent first; without those sent out.

        The first, because who is told that an answer is wrong gives another. Blanks do not tell answers apart.
        """
        shares: dict[tuple[str, bool], list[str]] = {}
        for person, tries in self.answers.get(question, {}).items():
            if not (self.people[person].removed or self.people[person].teaches):
                kind = "".join(tries.first.answer.split()), tries.first.verdict == AnswerVerdict.RIGHT
                shares.setdefault(kind, []).append(person)
        given = self.answers.get(question, {})
        found = [Share(given[people[0]].first.answer.strip(), tuple(people), is_right)
                 for (_, is_right), people in shares.items()]  # fmt: skip
        return sorted(found, key=lambda share: (-share.count, share.answer, share.is_right))

    def shown_notes(self) -> list[messages.Note]:
        """The notes, oldest first, without those of who is muted or was sent out."""
        return [note for note in self.notes if not (self.people[note.by].muted or self.people[note.by].removed)]

    # ---- what happens ----------------------------------------------------------------------------------------------

    def _join(self, message: messages.Join) -> None:
        person = self.people.get(message.by) or Person(message.by, "")
        name = self._own_name(message.name, message.by)
        self.people[message.by] = replace(person, name=name, teaches=message.teaches, seat=message.seat, present=True)
        self._settle()

    def _leave(self, message: messages.Leave) -> None:
        self._change(message.by, present=False, hand=0)
        self._settle()

    def _remove(self, message: messages.Remove) -> None:
        self._change(message.whom, removed=True, present=False, hand=0)
        self._settle()

    def _led(self, message: messages.Led) -> None:
        self.session.dispatch(message.action, message.by)
        if isinstance(message.action, Ask):
            self.question, self.revealed = message.action.prompt, False

    def _went(self, message: messages.Went) -> None:
        self._change(message.by, mode=message.mode, step=message.step, steps=message.steps, target=message.target,
                     factor=message.factor)  # fmt: skip
        if message.mode is Mode.FOLLOWING and message.by == self.looking:
            self._show_nothing()

    def _hand(self, message: messages.Hand) -> None:
        whose = message.whose or message.by
        if not message.up:
            self._change(whose, hand=0)
        elif not self.people[whose].hand:
            self._hands += 1
            self._change(whose, hand=self._hands)

    def _answered(self, message: messages.Answered) -> None:
        if message.question not in self.answers and self.session.state.quiz.question is None:
            self.question, self.revealed = message.question, False
        tries = self.answers.setdefault(message.question, {})
        former = tries.get(message.by)
        tries[message.by] = former.then(message) if former else Tries(message, message, message.points)
        won = tries[message.by].points - (former.points if former else 0.0)
        self._change(message.by, last_answer=message, points=self.people[message.by].points + won)

    def _judged(self, message: messages.Judged) -> None:
        self._change(message.by, last_judged=message)
        if message.verdict in _RIGHT or self.people[message.by].teaches:
            return
        found = Mistake(message.target, message.verdict, message.where)
        if found in self.mistakes or len(self.mistakes) < MAX_MISTAKES:
            self.mistakes[found] += 1

    def _note(self, message: messages.Note) -> None:
        self.notes.append(message)

    def _reveal(self, message: messages.Reveal) -> None:
        self.revealed = message.shown

    def _call(self, _message: messages.Call) -> None:
        for person in self.people:
            self._change(person, mode=Mode.FOLLOWING)
        self._show_nothing()

    def _lock(self, message: messages.Lock) -> None:
        self.locked = message.locked

    def _lead(self, message: messages.Lead) -> None:
        self.leader = message.whom
        self._settle()

    def _look(self, message: messages.Look) -> None:
        self.looking = message.whom
        self._show_nothing()

    def _shown(self, message: messages.Shown) -> None:
        if message.anew:
            self._show_nothing()
        self.shown += message.actions

    def _mute(self, message: messages.Mute) -> None:
        self._change(message.whom, muted=message.muted)
        if message.muted:
            self._change(message.whom, hand=0)

    def _end(self, _message: messages.End) -> None:
        self.ended = True

    # ---- how -------------------------------------------------------------------------------------------------------

    def _change(self, whom: str, **changes: Any) -> None:
        self.people[whom] = replace(self.people[whom], **changes)

    def _settle(self) -> None:
        """After people have come or gone: who leads is here or teaches, and who has left keeps and watches nobody."""
        if self.leader not in self.people or not self.people[self.leader].present:
            self.leader = self.teacher
        if self.leader:
            self._change(self.leader, mode=Mode.FOLLOWING)
        if not self.has_teacher:
            self.locked = False
        if self.looking and not (self.has_teacher and self.people[self.looking].present):
            self.looking = ""
            self._show_nothing()

    def _show_nothing(self) -> None:
        self.shown, self._shoulder, self._done = [], None, 0

    def _own_name(self, name: str, whom: str) -> str:
        """A name that nobody else has: two servers can have given out the same one at the same time."""
        taken = {other.name.casefold() for other in self.people.values() if other.id != whom}
        chosen, number = name, 1
        while chosen.casefold() in taken:
            number += 1
            chosen = f"{name[: MAX_NAME - len(str(number)) - 1]} {number}"
        return chosen

    def _new_session(self) -> Session:
        return Session(self.scenario.opening, self.scenario.title, source=source_of(self.scenario))


_APPLY: dict[type[Message], Callable[[Room, Any], None]] = {
    messages.Join: Room._join,
    messages.Leave: Room._leave,
    messages.Led: Room._led,
    messages.Went: Room._went,
    messages.Hand: Room._hand,
    messages.Answered: Room._answered,
    messages.Judged: Room._judged,
    messages.Note: Room._note,
    messages.Reveal: Room._reveal,
    messages.Call: Room._call,
    messages.Lock: Room._lock,
    messages.Lead: Room._lead,
    messages.Look: Room._look,
    messages.Shown: Room._shown,
    messages.Mute: Room._mute,
    messages.Remove: Room._remove,
    messages.End: Room._end,
}
