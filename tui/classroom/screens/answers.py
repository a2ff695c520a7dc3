"""How the answers to a question are distributed: with names for the teacher, without for everybody."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.session import AnswerVerdict
from tui.classroom.room import Room
from tui.classroom.room.people import Share
from tui.classroom.screens.current import Current
from tui.classroom.words import RIGHT, cell
from tui.glyphs import Glyphs
from tui.render import DIM
from tui.screens.dialog import Dialog

BAR = 24
"""Columns of the longest bar."""


class AnswersScreen(Dialog, Current):
    """The distribution of one question; a teacher goes from question to question."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close", show=False)]
    with_names = False

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room = room
        self.question = room.revealed or room.question

    def compose(self) -> ComposeResult:
        with self.frame("answers", self._hint(), "answers"), VerticalScroll(id="answers-page"):
            yield Static(id="answers-text")

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_class)

    def _hint(self) -> str:
        return "everybody's first answers"

    def show_class(self) -> None:
        """Draw the answers that there are by now."""
        width = self.query_one("#answers-page").scrollable_content_region.width
        lines = answers_text(self.room, self.question, width, self.glyphs, with_names=self.with_names)
        self.query_one("#answers-text", Static).update(Content("\n").join(lines))
        frame = self.query_one("#answers")
        frame.border_subtitle = Content(self.glyphs(self._hint()))


class TeachersAnswersScreen(AnswersScreen):
    """With names, and the keys to other questions and to show the distribution to everybody."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,f3", "dismiss", "close", show=False),
        Binding("r", "app.class_command('reveal')", "reveal", show=False),
        Binding("left", "other(-1)", "the question before", show=False, priority=True),
        Binding("right", "other(1)", "the question after", show=False, priority=True),
    ]
    with_names = True

    def action_other(self, by: int) -> None:
        """Another question."""
        questions = self._questions()
        if questions:
            place = questions.index(self.question) + by if self.question in questions else len(questions) - 1
            self.question = questions[max(0, min(place, len(questions) - 1))]
            self.show_class()

    def _questions(self) -> list[str]:
        found = list(self.room.questions)
        return found if not self.room.question or self.room.question in found else [*found, self.room.question]

    def _hint(self) -> str:
        questions = self._questions()
        if not questions:
            return "esc closes"
        number = questions.index(self.question) + 1 if self.question in questions else 0
        reveal = "r puts it away" if self.room.revealed else "r shows everybody, without names"
        return f"question {number} of {len(questions)}, ← → others · {reveal} · esc closes"


def answers_text(room: Room, question: str, width: int, glyphs: Glyphs, *, with_names: bool) -> list[Content]:
    """The question, a bar for each answer, and how many have not answered, in lines of `width` columns."""
    if not question:
        return [Content("No question has been put yet. A question of the lesson is: space goes on to it.")]
    lines = [*Content.styled(glyphs(question.strip()), "bold").wrap(width), Content()]
    shares = _with_untaken(room, question)
    most = max((share.count for share in shares), default=0)
    text_width = max(12, width - BAR - 11)
    for share in shares:
        mark = cell("✓" if share.is_right else "", 3, glyphs, f"bold {RIGHT}")
        bar = glyphs("█") * (-(-share.count * BAR // most) if most else 0)
        style = RIGHT if share.is_right else ""
        answer = Content.styled(glyphs(share.answer or "given up"), style if share.answer else DIM)
        lines.append(
            Content.assemble(
                mark, answer.truncate(text_width, ellipsis=True, pad=True),
                f" {share.count:3}  ", (bar, style),
            )
        )  # fmt: skip
        if with_names and share.count:
            names = ", ".join(_names(room, question, share))
            lines += [Content.assemble("   ", line) for line in Content.styled(glyphs(names), DIM).wrap(width - 3)]
    return [*lines, Content(), *Content(glyphs(_missing(room, question, with_names=with_names))).wrap(width)]


def _with_untaken(room: Room, question: str) -> list[Share]:
    """What was answered; of the question that stands, every choice in its order, taken or not."""
    shares = room.distribution(question)
    asked = room.session.state.quiz.question
    if asked is None or asked.prompt != question or not asked.choices:
        return shares
    choices = {_bare(choice): Share(choice, 0, is_right=False) for choice in asked.choices}
    taken = {_bare(share.answer): share for share in shares}
    return [
        *(taken.get(key, choice) for key, choice in choices.items()),
        *(share for share in shares if _bare(share.answer) not in choices),
    ]  # fmt: skip


def _bare(answer: str) -> str:
    """As Room tells answers apart."""
    return "".join(answer.split())


def _names(room: Room, question: str, share: Share) -> list[str]:
    """Who gave that answer first; with ✓ who has given the right one since."""
    found = []
    for who, tries in room.questions[question].items():
        is_right = tries.first.verdict == AnswerVerdict.RIGHT
        if room.people[who].removed or (_bare(tries.first.answer), is_right) != (_bare(share.answer), share.is_right):
            continue
        later = "" if is_right or tries.last.verdict != AnswerVerdict.RIGHT else " (✓ since)"
        found.append(room.people[who].name + later)
    return found


def _missing(room: Room, question: str, *, with_names: bool) -> str:
    """`9 have answered, 2 have not: Ana, Ben`."""
    tries = room.questions.get(question, {})
    here = [person for person in room.people.values() if not person.removed and not person.teaches]
    missing = [person.name for person in here if person.present and person.id not in tries]
    answered = sum(person.id in tries for person in here)
    said = f"{answered} answered, {len(missing)} {'has' if len(missing) == 1 else 'have'} not"
    return f"{said}: {', '.join(missing)}" if with_names and missing else said
