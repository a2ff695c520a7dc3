"""Opening the app, or its session as plain lines where nothing can be drawn."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace

from engine.scenario import Scenario, load
from engine.session import Log, Session
from tui.config import Config, read_config
from tui.console import can_print_mathematics, collect_again

NO_FILES = "CHAINSTEP_NO_FILES"
"""The environment variable that does what `--no-files` does."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What was asked for on the command line."""

    scenario: Scenario
    is_named: bool = False
    """Whether a person chose it."""
    log: Log | None = None
    """What is done already."""
    linear: bool = False
    ascii_only: bool = False
    config: str | None = None
    may_use_files: bool = True
    """Whether whoever sits there may read and write files, and leaves a journal and choices behind."""
    speed: float | None = None
    """How fast the lesson is to play by itself; None where it is not to."""


def start(opening: Opening) -> int:
    """Open it, and stay until the user leaves; answers the exit status.

    Raises the unexpected error that ended the app, with a note of where its log is.
    """
    config = read_config(opening.config)
    if not opening.may_use_files:
        config = replace(config, path=None)
    if opening.linear or (reason := why_not_drawn()):
        if not opening.linear:
            sys.stderr.write(f"chainstep: {reason}, so it goes on in plain lines, as with --linear\n")
        return _run_linear(opening, config)
    return _run_app(opening, config)


def why_not_drawn() -> str:
    """Why there is no screen to draw on; nothing where there is one."""
    if os.environ.get("TEXTUAL_DRIVER"):  # a browser is there, and no terminal
        return ""
    if os.environ.get("TERM") == "dumb":
        return "this terminal cannot draw (TERM is dumb)"
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output")):
        if not stream.isatty():
            return f"{name} is no terminal"
    return ""


def _run_linear(opening: Opening, config: Config) -> int:
    from tui import linear

    collect_again()
    if config.problem is not None:
        sys.stderr.write(f"The config is put aside, and the defaults hold.\n{config.problem}\n")
    session = Session.replayed(opening.scenario.opening, opening.log) if opening.log else None
    ascii_only = opening.ascii_only or config.ascii_only or not can_print_mathematics()
    return linear.run(opening.scenario, ascii_only=ascii_only, session=session, decimals=config.decimals,
                      may_read_files=opening.may_use_files)  # fmt: skip


def _run_app(opening: Opening, config: Config) -> int:
    from tui.app import DebuggerApp, app_for
    from tui.journal import left_behind
    from tui.terminal import draws_frames_wide

    ascii_only = opening.ascii_only or config.ascii_only
    is_wide = not ascii_only and draws_frames_wide()
    app: DebuggerApp = app_for(opening.scenario, ascii_only=ascii_only or is_wide, config=config)
    app.may_read_files = opening.may_use_files
    if opening.log is not None:
        app.adopt(opening.scenario, Session.replayed(opening.scenario.opening, opening.log, app.recorded))
        app.saved()
    if is_wide:
        app.greeting = "this terminal draws ─ and × two columns wide: drawn in ASCII, as with --ascii"
    if not os.environ.get("TEXTUAL_DRIVER") and opening.may_use_files:  # a browser's visitors share no files
        fitting = [
            left for left in left_behind()
            if not opening.is_named or left.log.header.digest == app.session.log.header.digest
        ]  # fmt: skip
        is_asked = opening.log is None and opening.speed is None  # who wants to watch is not to be asked
        if fitting and is_asked:
            app.greetings.append(app.offer(fitting[0]))
        elif not opening.is_named and not config.tour_seen and is_asked:
            app.greetings.append(app.offer_tour(load("tour")))
        app.begin_journal()
    app.plays_at = opening.speed
    app.run()
    if app.failure is not None:
        raise app.failure
    if app.journal is not None:
        app.journal.end()
    return app.return_code or 0
