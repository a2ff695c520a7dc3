"""What a client may ask for in place of a screen: the logs of what they did."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from engine.diagnostics import Diagnostic
from tui.classroom.keeping import Kept, StudentLogs

_LOG = re.compile(r"log(?: +([1-9][0-9]{0,8}))?")
NO_COMMANDS = (
    "chainstep serves a class and runs no commands; there are no files to copy either.\n"
    "Connect without a command: ssh -p PORT NAME@HOST\n"
    "Or with log, which prints what you did last as a log; logs lists all that there are, log 1 prints the first one."
)
NO_LOG = (
    "There is no log of yours here: it begins with what you do in a session of your own. To be known again, give the\n"
)
BY_NAME, BY_PROOF = "same name.", "same name with the word that F4 showed you, or use the same key."


def answer(command: str, logs: StudentLogs, person: str, *, by_name: bool = False) -> Iterable[bytes]:
    """The lines that a command of a person's prints; `by_name` says that nothing but their name is asked for here.

    Raises a Diagnostic: `no_command`, or `no_log` where there is none (of that number).
    """
    asked = _LOG.fullmatch(command.strip())
    if asked is None and command.strip() != "logs":
        raise Diagnostic("no_command", NO_COMMANDS)
    kept = logs.of(person)
    if not kept:
        raise Diagnostic("no_log", NO_LOG + (BY_NAME if by_name else BY_PROOF))
    if asked is None:
        return [f"{_row(each)}\n".encode() for each in kept]
    found = next((each for each in kept if str(each.number) == asked[1]), None) if asked[1] else kept[-1]
    if found is None:
        raise Diagnostic("no_log", f"There is no log {asked[1]} of yours (any more):\n" + "\n".join(map(_row, kept)))
    return found.log.lines()


def _row(kept: Kept) -> str:
    """`2  2026-03-01 10:45  14 actions  The title`."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.saved))
    count = len(kept.log.records)
    title = "".join(filter(str.isprintable, kept.log.header.title))
    return f"{kept.number:>3}  {when}  {count:>5} action{'s' if count != 1 else ' '}  {title}".rstrip()
