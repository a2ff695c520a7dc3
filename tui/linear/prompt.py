"""A conversation over streams, such as standard input and output: the only part that waits for somebody."""

from __future__ import annotations

import sys
from typing import TextIO

from engine.calculus.typeset import DECIMALS
from engine.scenario import Scenario
from engine.session import Session
from tui.linear.linear import Linear
from tui.look import Look


def converse(linear: Linear, commands: TextIO, output: TextIO, *, prompt: str = "") -> None:
    """Answer lines until one of them is `q`, or until there are no more."""
    print(linear.greeting, file=output)
    while not linear.is_over:
        print(prompt, end="", file=output, flush=True)
        line = commands.readline()
        if not line:
            return
        if answer := linear.handle(line):
            print(answer, file=output, flush=True)


def run(
    scenario: Scenario,
    *,
    ascii_only: bool = False,
    session: Session | None = None,
    decimals: int | None = DECIMALS,
    may_read_files: bool = True,
) -> int:
    """Talk on standard input and output; with a prompt where a person types."""
    linear = Linear(
        scenario, ascii_only=ascii_only, session=session, look=Look(decimals), may_read_files=may_read_files
    )
    converse(linear, sys.stdin, sys.stdout, prompt="> " if sys.stdin.isatty() else "")
    return 0
