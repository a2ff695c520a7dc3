"""The commands of the command line, and where each is made."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

Run = Callable[[argparse.Namespace], int]
Make = Callable[[argparse.ArgumentParser], Run]
"""Adds a command's arguments to a parser, and answers what is to be run. Its docstring says what the command does."""

COMMANDS: Mapping[str, str] = {
    "list": "tui.derivations.list_lessons",
    "trace": "tui.derivations.trace",
    "rosetta": "tui.derivations.show_rosetta",
    "grad": "tui.derivations.grad",
    "doctor": "tui.derivations.doctor",
    "export": "tui.export.command.export",
    "web": "tui.web.command.web",
    "serve": "tui.classroom.command.serve",
    "replay": "tui.scripts.replay",
    "check": "tui.scripts.check",
    "new": "tui.authoring.new",
    "schema": "tui.authoring.schema",
    "record": "tui.authoring.record",
}
"""In the order of the help. None is imported before it is asked for: a server need not know how worksheets are made."""


def make_of(name: str) -> Make:
    """What makes the command of that name."""
    module, _, function = COMMANDS[name].rpartition(".")
    return cast("Make", getattr(import_module(module), function))
