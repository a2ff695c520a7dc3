"""The answers to a question as text: a bar for each, with names for the teacher, and fewer where few lines are."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from tui.classroom.room import Room
from tui.classroom.room.answers import how_many, is_over, number_of, shares, who_gave
from tui.classroom.room.people import Share
from tui.classroom.words import RIGHT, cell
from tui.glyphs import Glyphs
from tui.render import DIM

WIDE = 100
"""Columns from which on bars are long."""
MARK, COUNT = 3, 6
"""Columns of what says that an answer is right, and of how many gave it."""
MANY = 9
"""Answers for which room is made by cutting the question."""
NO_QUESTION = "No question has been put yet: space goes on with the lesson, to its next one."


def answers_text(
    room: Room, question: str, width: int, glyphs: Glyphs, *, with_names: bool, height: int | None = None
) -> list[Content]:
    """The question, a bar for each answer, and how many have not answered, in lines of `width` columns.

    Where a `height` is given it is kept: answers are cut, then the question, then the rarest answers are left out, and
    each of these is marked. Which answer is right is told with names, or once the class's question is over.
    """
    if not question:
        return list(Content(NO_QUESTION).wrap(width))
    most = max((share.count for share in room.distribution(question)), default=1)
    drawn = _Distribution(room, question, width, glyphs, with_names, most)
    prompt = list(Content.styled(glyphs(question.strip()), "bold").wrap(width))
    end = [Content(), *Content(glyphs(how_many(room, question, with_names=with_names))).wrap(width)]
    found = shares(room, question, is_told=drawn.is_told)
    answers = [line for share in found for line in drawn.row(share)]
    if height is not None and len(prompt) + 1 + len(answers) + len(end) > height:
        left = height - 1 - len(end)
        prompt = _cut(prompt, max(1, left - min(MANY, len(found))), width, glyphs)
        answers = drawn.cut(found, max(1, left - len(prompt)))
    return [*prompt, Content(), *answers, *end]


def _cut(lines: list[Content], height: int, width: int, glyphs: Glyphs) -> list[Content]:
    if len(lines) <= height:
        return lines
    mark = glyphs(" …")
    return [*lines[: height - 1], Content.assemble(lines[height - 1].truncate(width - len(mark)), mark)]


@dataclass(frozen=True, slots=True)
class _Distribution:
    """One question's answers."""

    room: Room
    question: str
    width: int
    glyphs: Glyphs
    with_names: bool
    most: int
    """How many gave the most frequent answer."""

    @property
    def is_told(self) -> bool:
        """Whether it is told which answer is right."""
        return self.with_names or is_over(self.room, self.question)

    def row(self, share: Share) -> list[Content]:
        """An answer, whole, on as many lines as it takes; with who gave it."""
        text, names = self._text(share), Content()
        if self.with_names and share.count:
            names = Content.styled(self.glyphs(", ".join(who_gave(self.room, self.question, share))), DIM)
        if text.cell_length + 2 + names.cell_length <= self._text_width:
            return [self._first(share, Content.assemble(text, "  ", names))]
        first, *more = text.wrap(self._text_width)
        more += names.wrap(self.width - MARK) if names else []
        return [self._first(share, first), *(Content.assemble(" " * MARK, line) for line in more)]

    def cut(self, found: list[Share], height: int) -> list[Content]:
        """A line for each answer; where there are too many, for the most frequent and for the right one."""
        kept, left_out = found, 0
        if len(found) > height:
            kept, rest = found[: height - 1], found[height - 1 :]
            right = [share for share in rest if share.is_right and self.is_told]
            kept, left_out = [*kept[: len(kept) - len(right)], *right], len(rest)
        lines = [self._first(share, self._text(share)) for share in kept]
        said = f"… and {left_out} other{'s' * (left_out != 1)}"
        return [*lines, Content.styled(self.glyphs(" " * MARK + said), DIM)] if left_out else lines

    @property
    def _bar(self) -> int:
        """Columns of the longest bar."""
        return 24 if self.width >= WIDE else 16

    @property
    def _text_width(self) -> int:
        return max(12, self.width - MARK - COUNT - self._bar)

    def _text(self, share: Share) -> Content:
        number = number_of(self.room, self.question, share.answer)
        text = f"{number} {share.answer}" if number else share.answer or "given up"
        return Content.styled(self.glyphs(text), self._style(share) if share.answer else DIM)

    def _style(self, share: Share) -> str:
        return RIGHT if share.is_right and self.is_told else ""

    def _first(self, share: Share, text: Content) -> Content:
        bar = self.glyphs("█") * -(-share.count * self._bar // self.most)
        mark = "✓" if share.is_right and self.is_told else ""
        return Content.assemble(
            cell(mark, MARK, self.glyphs, f"bold {RIGHT}"), text.truncate(self._text_width, ellipsis=True, pad=True),
            f" {share.count:3}  ", (bar, self._style(share)),
        )  # fmt: skip
