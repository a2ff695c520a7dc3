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
from engine.session import AnswerVerdict, Session, actions
from engine.session.budget import Budget
from tui.classroom.room import messages
from tui.classroom.room.messages import AnyMessage, Message, Mode
from tui.classroom.room.names import skeleton, unique
from tui.classroom.room.people import Mistake, Person, Share, Tries, naturally
from tui.classroom.room.permissions import check
from tui.saving import source_of

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
        """The class's: what whoever leads does."""
        self.people: dict[str, Person] = {}
        """By their ids, in the order in which they first came."""
        self.leader = ""
        """Whose actions the class sees; empty until a teacher comes."""
        self.locked = False
        self.looking = ""
        """Over whose shoulder the teacher looks; empty for nobody's."""
        self.shoulder: Session | None = None
        """The session of who is looked at, once they have shown it."""
        self.question = ""
        """The latest: the one that the class's session put last, else the newest one that anybody answered."""
        self.revealed = ""
        """The question of which the distribution is shown to everybody; empty for none."""
        self.questions: dict[str, dict[str, Tries]] = {}
        """The answers to each question, in the order of their first ones, by the ids of who gave them."""
        self.mistakes: Counter[Mistake] = Counter()
        """Where formulas broke, and how often."""
        self.notes: deque[messages.Note] = deque(maxlen=MAX_NOTES)
        self.ended = False
        self.listeners: list[Callable[[AnyMessage], None]] = []
        """Called with each message after it has been applied."""
        self._hands = 0

    def check(self, message: AnyMessage) -> None:
        """Raises a Diagnostic if the message is not allowed: why, and what is."""
        check(self, message)

    def apply(self, message: AnyMessage) -> bool:
        """Let it happen; False, and nothing has changed, where it is not allowed (any more), or cannot be done."""
        try:
            check(self, message)
            _APPLY[type(message)](self, message)
        except Diagnostic:  # a refused action changes nothing
            return False
        for listener in tuple(self.listeners):
            listener(message)
        return True

    # ---- what can be asked -----------------------------------------------------------------------------------------

    @property
    def teacher(self) -> str:
        """The id of the first teacher who is here, else of the first who was; empty before."""
        teachers = [person for person in self.people.values() if person.teaches]
        return next((person.id for person in teachers if person.present), teachers[0].id if teachers else "")

    @property
    def has_teacher(self) -> bool:
        """Whether one is here."""
        return bool(self.teacher) and self.people[self.teacher].present

    def roster(self) -> list[Person]:
        """Who is in the class and was not sent out: raised hands in their order, who else is here, who is gone."""
        there = [person for person in self.people.values() if not person.removed]
        return sorted(
            there, key=lambda each: (each.hand is None, each.hand or 0, not each.present, naturally(each.name))
        )

    def distribution(self, question: str) -> list[Share]:
        """How the first answers to a question are distributed, the most frequent first; without who was sent out.

        The first, because whoever is told that an answer is wrong gives another. Blanks do not tell answers apart.
        """
        counts: Counter[tuple[str, bool]] = Counter()
        spelled: dict[str, str] = {}
        for person, tries in self.questions.get(question, {}).items():
            if not self.people[person].removed:
                answer = "".join(tries.first.answer.split())
                spelled.setdefault(answer, tries.first.answer.strip())
                counts[answer, tries.first.verdict == AnswerVerdict.RIGHT] += 1
        shares = [Share(spelled[answer], count, is_right) for (answer, is_right), count in counts.items()]
        return sorted(shares, key=lambda share: (-share.count, naturally(share.answer), share.is_right))

    def shown_notes(self) -> list[messages.Note]:
        """The notes, oldest first, without those of who is muted or was sent out."""
        return [note for note in self.notes if not (self.people[note.by].muted or self.people[note.by].removed)]

    # ---- what happens ----------------------------------------------------------------------------------------------

    def _join(self, message: messages.Join) -> None:
        person = self.people.get(message.by) or Person(message.by, "", message.teaches)
        name = self._own_name(message.name, message.by)
        self.people[message.by] = replace(person, name=name, seat=message.seat, present=True)
        self._settle_lead()

    def _leave(self, message: messages.Leave) -> None:
        self._gone(message.by)

    def _remove(self, message: messages.Remove) -> None:
        self._change(message.whom, removed=message.removed)
        if message.removed:
            self._gone(message.whom)

    def _led(self, message: messages.Led) -> None:
        self.session.dispatch(message.action, message.actor)
        if isinstance(message.action, actions.Ask):
            self.question, self.revealed = message.action.prompt, ""

    def _went(self, message: messages.Went) -> None:
        self._change(message.by, mode=message.mode, step=message.step, steps=message.steps, target=message.target,
                     factor=message.factor)  # fmt: skip

    def _hand(self, message: messages.Hand) -> None:
        whose = message.whose or message.by
        if not message.up:
            self._change(whose, hand=None)
        elif self.people[whose].hand is None:
            self._hands += 1
            self._change(whose, hand=self._hands)

    def _answered(self, message: messages.Answered) -> None:
        if message.question not in self.questions and self.session.state.quiz.question is None:
            self.question = message.question
        tries = self.questions.setdefault(message.question, {})
        former = tries.get(message.by)
        tries[message.by] = former.then(message) if former else Tries(message, message, message.points)
        won = tries[message.by].points - (former.points if former else 0.0)
        self._change(message.by, answered=message, points=self.people[message.by].points + won)

    def _judged(self, message: messages.Judged) -> None:
        self._change(message.by, judged=message)
        found = Mistake(message.target, message.verdict, message.where)
        if message.verdict not in _RIGHT and (found in self.mistakes or len(self.mistakes) < MAX_MISTAKES):
            self.mistakes[found] += 1

    def _note(self, message: messages.Note) -> None:
        self.notes.append(message)

    def _reveal(self, message: messages.Reveal) -> None:
        self.revealed = self.question if message.shown else ""

    def _call(self, message: messages.Call) -> None:
        for person in self.people:
            self._change(person, mode=Mode.FOLLOWING)

    def _lock(self, message: messages.Lock) -> None:
        self.locked = message.locked

    def _lead(self, message: messages.Lead) -> None:
        self.leader = message.whom
        self._change(message.whom, mode=Mode.FOLLOWING)

    def _look(self, message: messages.Look) -> None:
        self.looking, self.shoulder = message.whom, None

    def _shown(self, message: messages.Shown) -> None:
        if message.anew or self.shoulder is None:
            self.shoulder = self._new_session()
        for action in message.actions:
            with suppress(Diagnostic):  # of a session that another version of chainstep leads
                self.shoulder.dispatch(action)

    def _mute(self, message: messages.Mute) -> None:
        self._change(message.whom, muted=message.muted)
        if message.muted:
            self._change(message.whom, hand=None)

    def _end(self, message: messages.End) -> None:
        self.ended = True

    # ---- how -------------------------------------------------------------------------------------------------------

    def _change(self, whom: str, **changes: Any) -> None:
        self.people[whom] = replace(self.people[whom], **changes)

    def _gone(self, whom: str) -> None:
        self._change(whom, present=False, hand=None)
        if self.looking and (self.looking == whom or not self.people[self.teacher].present):
            self.looking, self.shoulder = "", None
        self._settle_lead()

    def _settle_lead(self) -> None:
        """Somebody who is here leads: the teacher, unless who leads is here; the teacher too while nobody is."""
        if self.leader not in self.people or not self.people[self.leader].present:
            self.leader = self.teacher
        if self.leader:
            self._change(self.leader, mode=Mode.FOLLOWING)

    def _own_name(self, name: str, whom: str) -> str:
        """A name that nobody else has: two servers can have given the same one at the same time."""
        taken = {skeleton(other.name) for other in self.people.values() if other.id != whom}
        return unique(name, lambda shape: shape in taken)

    def _new_session(self) -> Session:
        return Session(self.scenario.opening, self.scenario.title, source=source_of(self.scenario), budget=Budget())


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
