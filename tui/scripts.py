"""The commands that go through whole scripts: replay, and check."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Protocol

from engine.diagnostics import Diagnostic, Diagnostics
from engine.interop.json_lines import gradients_json, json_line, loss_of, values_json
from engine.scenario import Finding, Replay, Scenario, Severity, load
from engine.scenario.check import check_scenario
from tui import report
from tui.commands import Run
from tui.console import say, say_json
from tui.export.recording import add_recording, write_cast
from tui.playback import read_speed
from tui.progress import progress
from tui.replaying import Played, junit, junit_of_problems, keeps_transcript, problems_in, transcript, write
from tui.start import Opening, start, why_not_drawn

OK, FAILED = 0, 1


def replay(parser: argparse.ArgumentParser) -> Run:
    """Run scripts, and check what they expect: without a screen, or in the app with --watch."""
    parser.add_argument("scenario", nargs="+", metavar="SCENARIO", help="files, or lessons' names")
    parser.add_argument("--junit", metavar="FILE", help="write what held and what did not as JUnit XML")
    parser.add_argument("--transcript", metavar="FILE", help="compare all that a learner reads with what FILE keeps")
    parser.add_argument("--update", action="store_true", help="keep the transcript as it is now")
    add_recording(parser)
    parser.add_argument("--watch", action="store_true", help="let it play by itself in the app; space pauses it")
    parser.add_argument("--speed", metavar="X", type=read_speed, help="of --watch: 2 is twice as fast")
    add_json(parser)

    def run(options: argparse.Namespace) -> int:
        _require_sense(options)
        try:
            scenarios = _load_all(options.scenario)
        except (Diagnostic, Diagnostics) as raised:
            if options.junit:
                write(options.junit, junit_of_problems(options.scenario, problems_in(raised)))
            raise
        if options.cast:
            write_cast(options, scenarios[0])
        if options.watch:
            start(Opening(scenarios[0], is_named=True, speed=options.speed or 1.0))
        played = [Played(scenario, is_told=bool(options.transcript)) for scenario in scenarios]
        results = [_replay_one(one, as_json=options.json) for one in played]
        if options.junit:
            write(options.junit, junit(played))
        if options.transcript:
            results.append(keeps_transcript(options.transcript, transcript(played), update=options.update))
        return OK if all(results) else FAILED

    return run


def _require_sense(options: argparse.Namespace) -> None:
    """Raise a Diagnostic `usage` where flags do not go together."""
    if options.update and not options.transcript:
        raise Diagnostic("usage", "--update keeps a transcript, and --transcript FILE does not name one")
    if options.speed and not options.watch:
        raise Diagnostic("usage", "--speed is how fast --watch plays")
    for flag, chosen in (("--watch", options.watch), ("--cast", options.cast)):
        if chosen and len(options.scenario) > 1:
            raise Diagnostic("usage", f"{flag} takes one scenario, and these are {len(options.scenario)}")
    if options.watch and (reason := why_not_drawn()):
        raise Diagnostic("usage", f"--watch plays the script on a screen, and {reason}",
                         hints=("without it the script is replayed in lines; --cast FILE records it",))  # fmt: skip


def _load_all(sources: Iterable[str]) -> list[Scenario]:
    """All of them, or the problems of all of them, before anything is printed."""
    scenarios: list[Scenario] = []
    problems: list[Diagnostic] = []
    for source in sources:
        try:
            scenarios.append(load(source))
        except Diagnostic as problem:
            problems.append(problem)
        except Diagnostics as several:
            problems += several.problems
    if problems:
        raise Diagnostics(problems)
    return scenarios


def _replay_one(played: Played, *, as_json: bool) -> bool:
    scenario = played.scenario
    player = Replay(scenario)
    count = failed = 0
    lines: list[str] = []
    if not as_json:
        say(f"{scenario.name}: {scenario.title}")
    before = player.session.state
    for event in progress(player, len(scenario.script), scenario.name):
        played.take(event, before, player.session.state)
        before = player.session.state
        count += event.do == "expect"
        failed += not event.ok
        if as_json:
            lines.append(json_line(report.event_json(event)))
        else:
            for failure in event.failures:
                say(f"  ✗ {scenario.where(f'script[{event.seq}]')}: {failure}")
    program = player.session.state.program
    if as_json:
        end = {"type": "end", "scenario": scenario.name, "ok": player.ok, "loss": loss_of(program)}
        numbers = {"values": values_json(program), "gradients": gradients_json(program)}
        say_json(*lines, json_line(end | numbers))  # at the end: where this raises, nothing is printed
    else:
        done = f"{len(scenario.script)} actions, {count} expectations"
        say(f"  ✓ {done}" if player.ok else f"  ✗ {done}: {failed} of them failed")
    return player.ok


def check(parser: argparse.ArgumentParser) -> Run:
    """Is a scenario well-formed, are its derivatives right, do its expectations hold? What in it is doubtful?"""
    parser.add_argument("scenario", nargs="+", metavar="SCENARIO", help="files, or lessons' names")
    parser.add_argument("--strict", action="store_true", help="warnings are failures, too; notes never are")
    add_json(parser)

    def run(options: argparse.Namespace) -> int:
        scenarios = _load_all(options.scenario)
        checked = ((scenario, list(check_scenario(scenario))) for scenario in scenarios)
        results = [
            _say_findings(scenario, findings, as_json=options.json, is_strict=options.strict)
            for scenario, findings in progress(checked, len(scenarios), "check")
        ]
        return OK if all(results) else FAILED

    return run


def _say_findings(scenario: Scenario, findings: Iterable[Finding], *, as_json: bool, is_strict: bool) -> bool:
    ok = True
    bad = (Severity.ERROR, Severity.WARNING) if is_strict else (Severity.ERROR,)
    for finding in findings:
        ok = ok and finding.severity not in bad
        if as_json:
            say_json(json_line(report.finding_json(finding)))
        else:
            say(str(finding))
    if as_json:
        say_json(json_line({"type": "end", "scenario": scenario.name, "ok": ok}))
    else:
        say(f"{scenario.name}: {'ok' if ok else 'not ok'}")
    return ok


class Flags(Protocol):
    """A parser, or a group of flags of which one at most is given."""

    def add_argument(self, *names: str, action: str, help: str) -> object: ...  # noqa: A002


def add_json(parser: Flags) -> None:
    """The flag that all commands with something to compute have."""
    parser.add_argument("--json", action="store_true", help="JSON Lines on standard output, and nothing else there")
