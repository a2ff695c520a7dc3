"""What the class's screens say of people: rows of the roster, the class in two lines, an answer's bar."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from engine.calculus.typeset import fraction
from engine.doctor import Diagnosis, Verdict
from engine.formula import spell_name
from engine.session import AnswerVerdict, State
from tui.classroom.room import Room
from tui.classroom.room.answers import number_of
from tui.classroom.room.messages import Answered, Judged, Mode
from tui.classroom.room.people import Person
from tui.glyphs import Glyphs
from tui.render import DIM

RIGHT, WRONG, UP = "$success", "$error", "bold $warning"
MARKS: dict[str, str] = {AnswerVerdict.RIGHT: "✓ ", AnswerVerdict.WRONG: "✗ "}
_RIGHT_FORMULAS = (Verdict.CORRECT, Verdict.CORRECT_TRANSPOSED)


def cell(text: str, width: int, glyphs: Glyphs, style: str = "") -> Content:
    """A text in a column: cut with an ellipsis, or filled up with blanks."""
    return Content.styled(glyphs(text), style).truncate(width, ellipsis=True, pad=True)


# ---- the roster ------------------------------------------------------------------------------------------------------


HAND, MODE = 4, 7


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the roster's columns, without the blank behind each."""

    name: int
    where: int
    answer: int
    formula: int

    @classmethod
    def of(cls, width: int) -> Columns:
        """Those that fill `width`: names whole where there is room, and what is left for what people do."""
        name = 24 if width >= 100 else 14
        left = width - HAND - name - MODE - 5
        where = min(24, max(18, left // 3))
        answer = (left - where) // 2
        return cls(name, where, answer, left - where - answer)

    def row(self, *cells: Content) -> Content:
        """The cells beside each other."""
        return Content(" ").join(cells)

    def heading(self, glyphs: Glyphs) -> Content:
        """What the columns are."""
        texts = ("hand", "name", "mode", "step", "answer", "the doctor")
        return self.row(*(cell(text, width, glyphs, DIM) for text, width in zip(texts, self._widths, strict=True)))

    def person(self, person: Person, room: Room, glyphs: Glyphs) -> Content:
        """One person's row."""
        answer, formula = answer_of(person.answered, room), verdict_of(person.judged)
        texts = (
            "" if person.hand is None else f" {hand_number(room, person)}", person.name, mode_of(room, person),
            where_of(person), answer, formula,
        )  # fmt: skip
        is_latest = person.answered is not None and person.answered.question == room.question
        latest = _style(answer) if is_latest else DIM
        styles = (UP, "bold", "", "", latest, _style(formula)) if person.present else (DIM,) * len(texts)
        return self.row(*(
            cell(text, width, glyphs, style) for text, width, style in zip(texts, self._widths, styles, strict=True)
        ))  # fmt: skip

    @property
    def _widths(self) -> tuple[int, ...]:
        return HAND, self.name, MODE, self.where, self.answer, self.formula


def _style(text: str) -> str:
    return RIGHT if text.startswith("✓") else WRONG if text.startswith("✗") else ""


def hand_number(room: Room, person: Person) -> int:
    """Which of the hands that are up it is: 1 is the one that has waited longest."""
    return 1 + sum(other.hand is not None and other.hand < (person.hand or 0) for other in room.people.values())


def mode_of(room: Room, person: Person) -> str:
    """What somebody does, in a word."""
    if not person.present:
        return "out" if person.removed else "gone"
    if person.id == room.leader:
        return "leads"
    if person.muted:
        return "muted"
    return "teaches" if person.teaches else "alone" if person.mode is Mode.ALONE else "follows"


def where_of(person: Person) -> str:
    """Where somebody is who is on their own."""
    if person.mode is Mode.FOLLOWING or not person.target:
        return ""
    return place(person.step, person.steps, person.factor, person.target)


def place(step: int, steps: int, factor: str, target: str) -> str:
    """`3/5 ∂z3/∂a2 for W2`: the factor that was joined last."""
    numerator, _, denominator = factor.partition("/")
    shown = f" {fraction(numerator[1:], denominator[1:])}" if denominator else f" {factor}" if factor else ""
    return f"{step}/{steps}{shown} for {spell_name(target)}"


def answer_of(answered: Answered | None, room: Room) -> str:
    """The last answer, with whether it is right; before a choice its number, since choices may begin alike."""
    if answered is None:
        return ""
    number = number_of(room, answered.question, answered.answer)
    numbered = f"{number} {answered.answer}" if number else answered.answer
    return MARKS.get(answered.verdict, "· ") + (numbered or "given up")


def verdict_of(judged: Judged | None) -> str:
    """The part of the formula that is wrong, which fits where little does, and what the doctor said of it last."""
    if judged is None:
        return ""
    verdict = judged.verdict.replace("_", " ")
    if judged.verdict in _RIGHT_FORMULAS:
        return f"✓ {judged.formula}: {verdict}"
    return f"✗ {judged.where or judged.formula}: {verdict}"


def broken_part(found: Diagnosis) -> str:
    """The part of a formula that the doctor says is wrong; empty where it is right, or wrong as a whole."""
    if found.mismatch is not None:
        span = found.mismatch.span
    elif found.fixes and found.fixes[0].edits:
        span = found.fixes[0].edits[0].span
    else:
        return ""
    return found.formula[slice(*span)].strip()


# ---- the class -------------------------------------------------------------------------------------------------------


def counts(room: Room) -> str:
    """`12 students here · 3 hands · 8 follow · 3 on their own · 1 gone`."""
    students = [person for person in room.roster() if not person.teaches]
    here = [person for person in students if person.present]
    alone = sum(person.mode is Mode.ALONE for person in here)
    follow, gone = len(here) - alone, len(students) - len(here)
    parts = [f"{follow} follow{'s' * (follow == 1)}"] if follow else []
    parts += [f"{alone} on their own"] if alone else []
    return " · ".join([here_and_hands(room), *parts, *([f"{gone} gone"] if gone else [])])


def here_and_hands(room: Room) -> str:
    """`12 students here · 3 hands`."""
    here = [person for person in room.roster() if person.present and not person.teaches]
    hands = sum(person.hand is not None for person in here)
    said = f"{len(here)} student{'s' * (len(here) != 1)} here"
    return f"{said} · {hands} hand{'s' * (hands != 1)}" if hands else said


def class_place(room: Room) -> str:
    """Where the class's session is."""
    state = room.session.state
    return place(state.cursor, len(state.steps), _factor(state), state.view.target)


def _factor(state: State) -> str:
    return state.current.factor.name if state.current else ""


def answers_so_far(room: Room) -> str:
    """`20 answered, 5 right`: the first answers to the class's question while it is open."""
    quiz = room.session.state.quiz
    if quiz.question is None or not quiz.is_open:
        return ""
    found = room.distribution(quiz.question.prompt)
    right = sum(share.count for share in found if share.is_right)
    return f"{sum(share.count for share in found)} answered, {right} right"


def class_rules(room: Room, me: str) -> str:
    """Who leads, whether one may leave, and what everybody is shown."""
    leader = room.people.get(room.leader)
    parts = ["you lead" if room.leader == me else f"{leader.name} leads" if leader else ""]
    parts.append("kept together" if room.locked else "free to go")
    parts.append("everybody sees the answers" if room.revealed else "")
    return " · ".join(part for part in parts if part)
