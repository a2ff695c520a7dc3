"""The command line. Textual is imported only to draw, rich only to print on a terminal.

Exit status: 0 done and everything expected holds; 1 an expectation or a check failed; 2 unusable input.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from engine.diagnostics import Diagnostic, Diagnostics, did_you_mean
from engine.scenario import DEFAULT, load
from tui.commands import COMMANDS, make_of
from tui.console import collect_again, prepare_streams
from tui.saving import read_log, scenario_of_log
from tui.start import NO_FILES, Opening, start

OK, UNUSABLE, INTERRUPTED, INTERNAL = 0, 2, 130, 70

EXAMPLES = """\
examples:
  chainstep                                   the app, on the 2-3-2 question
  chainstep my.toml --linear                  a scenario of one's own, as plain sentences
  chainstep trace question --target W2        a derivation to read
  chainstep trace question --target all --json
  chainstep trace question --latex > question.tex
  chainstep replay question                   run the lesson and check what it expects
"""


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are Diagnostics, and whose flags are written whole."""

    def __init__(self, prog: str, description: str, **more: Any) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False, **more)

    def error(self, message: str) -> NoReturn:
        flags = [flag for action in self._actions for flag in action.option_strings]
        unknown = message.removeprefix("unrecognized arguments: ").split(" ")[0]
        hints = did_you_mean(unknown, flags) if message.startswith("unrecognized") else ()
        raise Diagnostic("usage", message, hints=(*hints, f"{self.prog} --help"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    files = {"--json", "--latex", "--markdown", "--numpy"}
    prepare_streams(for_file=arguments[:1] == ["schema"] or not files.isdisjoint(arguments))
    try:
        with np.errstate(all="ignore"):  # a value that is not finite is shown or refused, and no warning beside it
            status = _dispatch(arguments)
        sys.stdout.flush()  # so that a reader who has gone is noticed here
        return status
    except (Diagnostic, Diagnostics) as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone, as in `chainstep trace | head`: keep the interpreter from complaining as it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as problem:
        if os.environ.get("CHAINSTEP_DEBUG"):
            raise
        name = type(problem).__name__
        notes = "".join(f" {note}" for note in getattr(problem, "__notes__", ()))
        print(f"chainstep: internal error ({name}: {problem}). Please report it; CHAINSTEP_DEBUG=1 shows where.{notes}",
              file=sys.stderr)  # fmt: skip
        return INTERNAL


def _dispatch(arguments: list[str]) -> int:
    # The commands bring along what the app does not need, and it opens sooner without them.
    if arguments and not arguments[0].startswith("-") and not arguments[0].endswith(".toml"):
        name, *rest = arguments
        if name in COMMANDS:
            collect_again()
            make = make_of(name)
            parser = _Parser(f"chainstep {name}", make.__doc__ or "")
            command = make(parser)
            return command(parser.parse_args(rest))
    return _app(arguments)


def _app(arguments: list[str]) -> int:
    """The app, which is what chainstep is without a command."""
    parser = _Parser(
        "chainstep",
        "A step debugger for the chain rule in matrix form.",
        usage="chainstep [SCENARIO] [--linear | --ascii] [--log FILE] [--config FILE] [--no-files]\n"
        "       chainstep COMMAND [SCENARIO] …",
        epilog=_epilog() if not {"-h", "--help"}.isdisjoint(arguments) else "",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenario", nargs="?", metavar="SCENARIO", help="a file, or a lesson's name")
    parser.add_argument("--log", metavar="FILE", help="go on from the log of a session")
    parser.add_argument("--config", metavar="FILE", help="settings; else CHAINSTEP_CONFIG, else your config folder's")
    parser.add_argument("--no-files", action="store_true",
                        help="read and write no files but those named here, as for people who are no users of "
                        "this machine; also by CHAINSTEP_NO_FILES=1")  # fmt: skip
    drawn = parser.add_mutually_exclusive_group()
    drawn.add_argument("--linear", action="store_true", help="plain lines and a prompt instead of a screen")
    drawn.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    parser.add_argument("--version", action="version", version=_version() if "--version" in arguments else "")
    options, rest = parser.parse_known_args(arguments)
    try:
        log = read_log(options.log) if options.log else None
        scenario = scenario_of_log(log, options.scenario) if log else load(options.scenario or DEFAULT)
    except Diagnostic as problem:
        if problem.code == "unknown_scenario":
            if options.scenario in COMMANDS:
                hint = f"chainstep {options.scenario} … is a command: write it first"
                raise Diagnostic(problem.code, problem.message, hints=(hint,)) from None
            hints = (*did_you_mean(options.scenario, COMMANDS), *problem.hints)
            raise Diagnostic(problem.code, f"{problem.message}, and no such command", hints=hints) from None
        raise
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    may_use_files = not (options.no_files or os.environ.get(NO_FILES))
    return start(
        Opening(scenario, bool(options.scenario), log, options.linear, options.ascii, options.config, may_use_files)
    )


def _epilog() -> str:
    commands = "\n".join(f"  {name:10}{(make_of(name).__doc__ or '').splitlines()[0]}" for name in COMMANDS)
    return f"commands (chainstep COMMAND --help says more):\n{commands}\n\n{EXAMPLES}"


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"chainstep {version('chainstep')}"
    except PackageNotFoundError:
        return "chainstep of a checkout"


if __name__ == "__main__":
    sys.exit(main())
