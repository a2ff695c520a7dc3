"""The command line, run in this process: its exit status and its JSON Lines."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from tui.cli import main


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of `chainstep arguments…`."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return status, out.getvalue(), err.getvalue()


def records(*arguments: object) -> list[dict[str, Any]]:
    """The JSON Lines of a command that must succeed."""
    status, out, err = run(*arguments, "--json")
    assert status == 0, err
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def result(*arguments: object) -> dict[str, Any]:
    """What `chainstep trace arguments…` comes to."""
    found = records("trace", *arguments)[-1]
    assert found["type"] == "result"
    return found
