"""A lesson as Markdown with LaTeX between dollar signs, as GitHub sets it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.calculus.latex import typeset_latex
from engine.doctor import short_lines
from engine.formula.latex import Style
from engine.interop.markdown import display, escape_markdown
from engine.scenario import Scenario
from engine.session.actions import Ask, Diagnose
from engine.session.replies import spell_reply
from tui.export.slides import Slide

GITHUB = Style(operator=r"\mathrm")


def lesson_markdown(scenario: Scenario, shown: Sequence[Slide]) -> str:
    """Title, the program, and each slide: the narrator's words, and the step that they are about where it is new."""
    parts = [f"# {escape_markdown(scenario.title)}"]
    if scenario.summary:
        parts.append(escape_markdown(scenario.summary))
    parts.append("```text\n" + str(scenario.opening.program) + "\n```")
    last: object = None
    for slide in shown:
        parts += _slide(slide, is_new=slide.step is not last)
        last = slide.step
    return "\n\n".join(parts) + "\n"


def _slide(slide: Slide, *, is_new: bool) -> Iterator[str]:
    if slide.say:
        yield f"**{slide.number}.** {escape_markdown(slide.say)}"
    if slide.question is not None:
        yield from question_lines(slide.question)
        yield f"<details><summary>the answer</summary>\n\n{answer_text(slide.question)}\n\n</details>"
    if isinstance(slide.action, Diagnose) and slide.state.diagnosis is not None:
        yield "```text\n" + "\n".join(short_lines(slide.state.diagnosis, 90)) + "\n```"
    yield from (f"**Does not hold:** {escape_markdown(problem)}" for problem in slide.problems)
    step = slide.step
    if step is None or not is_new:
        return
    yield f"*{escape_markdown(slide.where)}*"
    typeset = typeset_latex(step, GITHUB)
    yield display("\\begin{aligned}\n" + typeset.aligned + "\n\\end{aligned}")
    if typeset.apart:
        yield "with"
        yield display(typeset.apart.removeprefix(r"\displaystyle ").replace(r"\allowbreak ", ""))


def question_lines(question: Ask) -> Iterator[str]:
    """A question and its choices."""
    yield f"**Question.** {escape_markdown(question.prompt)}"
    if question.choices:
        yield "\n".join(f"- [ ] {escape_markdown(choice)}" for choice in question.choices)


def answer_text(question: Ask) -> str:
    """The right answer, and what is said of it."""
    answer = f"**{escape_markdown(spell_reply(question, question.answer))}**"
    return f"{answer} {escape_markdown(question.right)}" if question.right else answer
