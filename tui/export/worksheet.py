"""A lesson's questions on paper: a worksheet, and the key to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.interop.markdown import escape_markdown
from engine.scenario import Scenario
from engine.session.actions import QuestionKind
from engine.session.replies import spell_reply
from tui.export.markdown import answer_text, question_lines
from tui.export.slides import Slide

ROOM = {QuestionKind.FORMULA: 4, QuestionKind.VALUE: 3}
"""Empty lines to write in; of other kinds one."""


def worksheet(scenario: Scenario, shown: Sequence[Slide]) -> str:
    """Markdown: the program, and every question with what was said before it and room for an answer."""
    parts = [f"# {escape_markdown(scenario.title)}", "Name: \\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_"]
    parts.append("```text\n" + str(scenario.opening.program) + "\n```")
    before: list[str] = []
    number = 0
    for slide in shown:
        if slide.question is None:
            before = [slide.say] if slide.say else before
            continue
        number += 1
        points = f"{slide.question.points} point{'s' * (slide.question.points != 1)}"
        parts.append(f"## {number}. ({points})")
        parts += [escape_markdown(text) for text in (*before, slide.say) if text]
        parts.append(f"*{escape_markdown(slide.where)}*")
        parts += question_lines(slide.question)
        if not slide.question.choices:
            parts += ["&nbsp;"] * ROOM.get(slide.question.kind, 1)
        before = []
    return "\n\n".join(parts) + "\n"


def answer_key(scenario: Scenario, shown: Sequence[Slide]) -> str:
    """Markdown: the answers, numbered as on the worksheet, with what the lesson replies to the usual wrong ones."""
    return "\n\n".join([f"# {escape_markdown(scenario.title)}: answers", *_answers(shown)]) + "\n"


def _answers(shown: Sequence[Slide]) -> Iterator[str]:
    questions = [slide.question for slide in shown if slide.question is not None]
    for number, question in enumerate(questions, start=1):
        yield f"{number}. {answer_text(question)}"
        yield from (f"    - not {escape_markdown(spell_reply(question, wrong.answer))}: {escape_markdown(wrong.say)}"
                    for wrong in question.wrong)  # fmt: skip
