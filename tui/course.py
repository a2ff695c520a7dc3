"""The list of lessons: in lines, as JSON, or as the table that stands in the README."""

from __future__ import annotations

from collections.abc import Iterator

from engine.interop.markdown import escape_markdown
from engine.scenario import Lesson, lessons, load
from engine.session.actions import Ask, Expect


def course_lines() -> Iterator[str]:
    """Names and titles, and what each lesson teaches below."""
    shipped = lessons()
    width = max((len(lesson.name) for lesson in shipped), default=0) + 2
    for lesson in shipped:
        yield f"{lesson.name:{width}}{lesson.title}"
        yield f"{'':{width}}{lesson.summary}".rstrip()


def course_table() -> Iterator[str]:
    """A table in Markdown: the lessons with what each teaches, and how much in it is checked and asked."""
    yield "| lesson | what it teaches | expectations | questions |"
    yield "| --- | --- | --- | --- |"
    all_expected = all_asked = 0
    for lesson in lessons():
        expected, asked = _counts(lesson)
        all_expected, all_asked = all_expected + expected, all_asked + asked
        title, summary = escape_markdown(lesson.title), escape_markdown(lesson.summary)
        yield f"| `{lesson.name}` | **{title}** {summary} | {expected} | {asked} |"
    yield f"| all | | {all_expected} | {all_asked} |"


def _counts(lesson: Lesson) -> tuple[int, int]:
    """How many expectations and how many questions its script has, written out."""
    script = load(lesson.name).script
    return sum(isinstance(action, Expect) for action in script), sum(isinstance(action, Ask) for action in script)
