"""The commands for those who write lessons: a file to begin with, and the schema for their editor."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from engine.scenario.json_schema import shipped_schema
from engine.scenario.starter import write_starter
from tui.console import say, say_file

Run = Callable[[argparse.Namespace], int]


def _new(parser: argparse.ArgumentParser) -> Run:
    """A lesson to begin with, as a commented file."""
    parser.add_argument("name", nargs="?", default="lesson.toml", metavar="NAME", help="of the file (lesson.toml)")

    def run(options: argparse.Namespace) -> int:
        path = write_starter(options.name)
        say(f"{path} is a lesson to begin with.", f"chainstep {path} opens it, chainstep check {path} checks it.")
        return 0

    return run


def _schema(_: argparse.ArgumentParser) -> Run:
    """The JSON Schema of scenario files, for editors."""

    def run(_: argparse.Namespace) -> int:
        say_file(shipped_schema())
        return 0

    return run


AUTHORING: Mapping[str, Callable[[argparse.ArgumentParser], Run]] = {"new": _new, "schema": _schema}
