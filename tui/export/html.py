"""A lesson as one page of HTML that is stepped with the arrow keys, and needs no network and no server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from itertools import zip_longest
from string import Template

import numpy as np

from engine.calculus import ALL
from engine.calculus.html import html
from engine.calculus.layouts import spell_size
from engine.calculus.typeset import spell_cell
from engine.doctor import Diagnosis, short_lines
from engine.scenario import Scenario
from engine.session import State
from engine.session.actions import Ask
from engine.session.replies import spell_reply
from tui.chain_path import Link, links, symbols
from tui.export.slides import Slide

MOST_CHANGED = 12
"""Values whose change is listed."""


def lesson_html(scenario: Scenario, shown: Sequence[Slide]) -> str:
    """The page. Every text of the scenario is escaped, and the page forbids itself to load anything."""
    template = Template((files("tui.export") / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(scenario.title),
        summary=escape(scenario.summary),
        slides="\n".join(_section(slide) for slide in shown),
    )


def _section(slide: Slide) -> str:
    return f'<section class="slide" id="slide-{slide.number}" hidden>\n' + "\n".join(_parts(slide)) + "\n</section>"


def _parts(slide: Slide) -> Iterator[str]:
    if slide.say:
        yield f'<p class="say">{escape(slide.say)}</p>'
    if slide.question is not None:
        yield _question(slide.question)
    for problem in slide.problems:
        yield f'<p class="problem">Does not hold: {escape(problem)}</p>'
    if slide.state.shows_diagnosis and slide.state.diagnosis is not None:
        yield _judged(slide.state.diagnosis)
    yield f'<p class="where">{escape(slide.where)}</p>'
    yield _chain(slide.state)
    if slide.step is not None:
        yield html(slide.step)
    else:
        yield html(slide.state.program)
    if slide.state.compared is not None:
        yield _changes(slide.state)
    if slide.checks:
        plural = "s" if slide.checks > 1 else ""
        yield f'<p class="checked">✓ {slide.checks} expectation{plural} checked here</p>'


def _judged(found: Diagnosis) -> str:
    """The verdict on a formula, and the formula with the shapes of its parts below."""
    verdict, *sketch = short_lines(found, 90)
    kind = "right" if found.verdict.is_right else "wrong"
    lines = escape("\n".join(sketch))
    return f'<div class="judged {kind}"><p>{escape(verdict)}</p><pre>{lines}</pre></div>'


def _question(question: Ask) -> str:
    """The question, its choices, and what is opened one by one: the hints, and then the answer."""
    parts = [f'<p class="prompt">{escape(" ".join(question.prompt.split()))}</p>']
    if question.choices:
        parts.append("<ol>" + "".join(f"<li>{escape(choice)}</li>" for choice in question.choices) + "</ol>")
    parts += [f"<details><summary>a hint</summary><p>{escape(hint)}</p></details>" for hint in question.hints]
    right = f"<p>{escape(' '.join(question.right.split()))}</p>" if question.right else ""
    answer = escape(spell_reply(question, question.answer))
    parts.append(f"<details><summary>the answer</summary><p><b>{answer}</b></p>{right}</details>")
    return f'<div class="question">{"".join(parts)}</div>'


def _chain(state: State) -> str:
    """The factors as fractions in the order of the product, with shapes underneath."""
    chain = links(state)
    whole = (f'<span class="top">∂{escape(state.view.of)}</span>'
             f'<span class="bottom">∂{escape(state.view.target)}</span>')  # fmt: skip
    parts = [f'<span class="factor">{whole}</span><span class="sign">=</span>'] if state.view.target != ALL else []
    for link, sign in zip_longest(chain, symbols(chain)):
        parts.append(_factor(link))
        if sign is not None:
            parts.append(f'<span class="sign">{escape(sign)}</span>')
    return f'<div class="chain">{"".join(parts)}</div>'


def _factor(link: Link) -> str:
    factor = link.step.factor
    mark = "now" if link.current else "" if link.joined else "ahead"
    is_now = ' aria-current="step"' if link.current else ""
    return (
        f'<span class="factor {mark}"{is_now}><span class="top">∂{escape(factor.numerator)}</span>'
        f'<span class="bottom">∂{escape(link.step.factor_by)}</span>'
        f'<span class="shape">{"?" if link.hides_shape else escape(spell_size(factor.shape))}</span></span>'
    )


def _changes(state: State) -> str:
    """What the last edit changed, old → new: the loss first."""
    changes = state.changes()
    loss = state.program.loss
    rows = []
    for name in sorted(changes, key=lambda name: name != loss)[:MOST_CHANGED]:
        old, new = (np.asarray(value).ravel() for value in changes[name])
        places = np.flatnonzero(old != new)[:4]
        numbers = ", ".join(f"{spell_cell(float(old[place]))} → {spell_cell(float(new[place]))}" for place in places)
        more = " …" if int((old != new).sum()) > len(places) else ""
        rows.append(f"<tr><td>{escape(name)}</td><td>{escape(numbers)}{more}</td></tr>")
    return f'<table class="changes"><tbody>{"".join(rows)}</tbody></table>' if rows else ""
