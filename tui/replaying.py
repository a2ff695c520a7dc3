"""What a replay leaves: JUnit XML for a build server, a transcript to compare with."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree  # only written, never read

from engine.diagnostics import Diagnostic, Diagnostics
from engine.doctor import short_lines
from engine.scenario import Event, Scenario
from engine.session import State
from engine.session.actions import Action, Answer, Ask, Diagnose, Expect
from engine.session.replies import spell_reply
from tui.linear import change_lines, question_lines, situation

MAX_DIFFERENCES = 20
"""Lines of a transcript's difference that are printed."""


@dataclass
class Played:
    """A scenario that has been replayed: its events, and what was said and done as lines."""

    scenario: Scenario
    events: list[Event] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def take(self, event: Event, before: State, after: State) -> None:
        """Note an event and the states around it."""
        self.events.append(event)
        self.lines += _told(self.scenario.script[event.seq], event, before, after)


# ---- JUnit -----------------------------------------------------------------------------------------------------------


def junit(played: Sequence[Played]) -> str:
    """JUnit XML: a suite for each scenario, a case for each claim and question, and for whatever else failed."""
    suites = ElementTree.Element("testsuites", name="chainstep")
    for one in played:
        cases = [event for event in one.events if _is_a_case(one.scenario.script[event.seq]) or not event.ok]
        failures = sum(not event.ok for event in cases)
        suite = ElementTree.SubElement(suites, "testsuite", name=one.scenario.name, tests=str(len(cases)),
                                       failures=str(failures), errors="0")  # fmt: skip
        for event in cases:
            where = one.scenario.where(f"script[{event.seq}]")
            about = f" {event.factor}" if event.factor else ""
            case = ElementTree.SubElement(suite, "testcase", classname=one.scenario.title,
                                          name=f"{where.key} {event.do}{about}", file=str(where.file or ""),
                                          line=str(where.line or 0))  # fmt: skip
            for failure in event.failures:
                ElementTree.SubElement(case, "failure", message=failure, type=event.do).text = f"{where}: {failure}"
    return _xml(suites)


def junit_of_problems(sources: Sequence[str], problems: Sequence[Diagnostic]) -> str:
    """JUnit XML where nothing could be replayed: an error for each problem."""
    suites = ElementTree.Element("testsuites", name="chainstep")
    count = str(len(problems))
    suite = ElementTree.SubElement(suites, "testsuite", name=" ".join(sources), tests=count, failures="0", errors=count)
    for problem in problems:
        case = ElementTree.SubElement(suite, "testcase", classname="load", name=str(problem.where) or problem.code)
        ElementTree.SubElement(case, "error", message=problem.message, type=problem.code).text = str(problem)
    return _xml(suites)


def problems_in(raised: Diagnostic | Diagnostics) -> tuple[Diagnostic, ...]:
    """One problem or several, as several."""
    return raised.problems if isinstance(raised, Diagnostics) else (raised,)


def _is_a_case(action: Action) -> bool:
    return isinstance(action, Expect | Ask | Diagnose)


def _xml(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    # What XML cannot hold, a path may: it is replaced, so that the file can always be read.
    legal = "".join(each if _is_legal(each) else "?" for each in text)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{legal}\n'


def _is_legal(character: str) -> bool:
    return character in "\n\t" or (character >= " " and not 0xD800 <= ord(character) < 0xE000)


# ---- the transcript --------------------------------------------------------------------------------------------------


def transcript(played: Sequence[Played]) -> str:
    """Everything that a learner reads in a lesson, entry by entry: to see in a difference what a change did."""
    lines: list[str] = []
    for one in played:
        lines += [f"# {one.scenario.title}", "", *situation(one.scenario.opening), *one.lines, ""]
    return "\n".join(lines).rstrip() + "\n"


def _told(action: Action, event: Event, before: State, after: State) -> Iterator[str]:
    yield ""
    yield f"[{event.seq}] {event.do}"
    if event.say:
        yield " ".join(event.say.split())
    if isinstance(action, Ask):
        yield from question_lines(action)
        yield from (f"Hint: {hint}" for hint in action.hints)
        yield from (f"Answer {spell_reply(action, wrong.answer)}: {wrong.say}" for wrong in action.wrong)
        yield f"Answer {spell_reply(action, action.answer)}: {action.right or 'Right.'}"
    elif isinstance(action, Answer):
        yield after.quiz.reply
    elif isinstance(action, Diagnose) and after.diagnosis is not None:
        yield from short_lines(after.diagnosis)
    elif after.program is not before.program:
        yield from change_lines(before, after)
    elif (after.cursor, after.view) != (before.cursor, before.view):
        yield from situation(after)
    yield from (f"Not as expected: {failure}" for failure in event.failures)


def keeps_transcript(path: str, text: str, *, update: bool) -> bool:
    """Whether a lesson reads as it did; on standard error how it does not. With `update` it is kept as it is now."""
    if update:
        write(path, text)
        return True
    differences = compared(path, text)
    sys.stderr.writelines(f"{line}\n" for line in differences)
    return not differences


def compared(path: str, text: str) -> list[str]:
    """How a transcript differs from the one that was kept; nothing if it does not.

    Raises a Diagnostic `unreadable` where there is none.
    """
    try:
        kept = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "it is no text"
        raise Diagnostic("unreadable", f"{path} cannot be read: {reason}", hints=("--update writes it anew",)) from None
    found = list(difflib.unified_diff(kept.splitlines(), text.splitlines(), path, "now", lineterm="", n=1))
    more = [f"… and {len(found) - MAX_DIFFERENCES} lines more"] if len(found) > MAX_DIFFERENCES else []
    return found[:MAX_DIFFERENCES] + more


def write(path: str, text: str) -> None:
    """Write a report over the former one. Raises a Diagnostic `unwritable`."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Diagnostic("unwritable", f"{path} cannot be written: {reason}") from None
