"""The commands for those who write lessons: a file to begin with, the schema for their editor, a recording."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.diagnostics import Diagnostic, Where
from engine.scenario import DEFAULT, Scenario, load
from engine.scenario.json_schema import shipped_schema
from engine.scenario.record import scenario_of
from engine.scenario.schema import MAX_TITLE
from engine.scenario.starter import write_new, write_starter
from engine.session import Log
from tui.commands import Run
from tui.console import can_print_mathematics, say, say_file
from tui.linear import Linear, converse


def new(parser: argparse.ArgumentParser) -> Run:
    """A lesson to begin with, as a commented file."""
    parser.add_argument("name", nargs="?", default="lesson.toml", metavar="NAME", help="of the file (lesson.toml)")

    def run(options: argparse.Namespace) -> int:
        path = write_starter(options.name)
        say(f"{path} is a lesson to begin with.", f"chainstep {path} opens it, chainstep check {path} checks it.")
        return 0

    return run


def schema(_: argparse.ArgumentParser) -> Run:
    """The JSON Schema of scenario files, for editors."""

    def run(_: argparse.Namespace) -> int:
        say_file(shipped_schema())
        return 0

    return run


def record(parser: argparse.ArgumentParser) -> Run:
    """A session of your own, written as a scenario that can be replayed."""
    parser.add_argument("scenario", nargs="?", default=DEFAULT, metavar="SCENARIO", help="a file, or a lesson's name")
    parser.add_argument("--to", metavar="FILE", required=True, help="the scenario to write; it must not be there yet")
    parser.add_argument("--log", metavar="LOG", help="a session's log to write, instead of a session that is had now")
    parser.add_argument("--title", default="", help="of the new scenario")
    drawn = parser.add_mutually_exclusive_group()
    drawn.add_argument("--linear", action="store_true", help="plain lines and a prompt instead of a screen")
    drawn.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")

    def run(options: argparse.Namespace) -> int:
        scenario = load(options.scenario)
        if len(options.title) > MAX_TITLE:
            raise Diagnostic("too_large", f"a title may have {MAX_TITLE} characters", Where(key="--title"))
        if Path(options.to).exists():  # found before an hour of work, not after it
            raise Diagnostic("exists", f"{options.to} is there already, and nothing is overwritten",
                             hints=("take another name",))  # fmt: skip
        log = _read_log(options.log) if options.log else _session(scenario, options)
        text = scenario_of(scenario, log, options.title)
        try:
            write_new(options.to, text)
        except Diagnostic:
            say_file(text)  # what was done is not lost
            raise
        say(f"{options.to}: {len(log.records)} actions; chainstep replay {options.to} replays them.")
        return 0

    return run


def _session(scenario: Scenario, options: argparse.Namespace) -> Log:
    """The log of a session that is had now, on a screen where there is one."""
    if options.linear or not (sys.stdin.isatty() and sys.stdout.isatty()):
        linear = Linear(scenario, ascii_only=options.ascii or not can_print_mathematics())
        converse(linear, sys.stdin, sys.stdout, prompt="> " if sys.stdin.isatty() else "")
        return linear.session.log
    from tui.app import app_for

    app = app_for(scenario, ascii_only=options.ascii)
    app.run()
    return app.session.log


def _read_log(path: str) -> Log:
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Diagnostic("unreadable", f"{path} cannot be read: {reason}") from None
    return Log.loads(data)
