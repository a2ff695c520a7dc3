"""The command line. Textual is imported only to draw, rich only to print on a terminal.

Exit status: 0 done and everything expected holds; 1 an expectation or a check failed; 2 unusable input.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from engine.calculus import ALL, Form, Layout, Program, Step, derive
from engine.calculus.forms import Entry
from engine.diagnostics import Diagnostic, Diagnostics, Where, did_you_mean
from engine.scenario import DEFAULT, Replay, Scenario, Severity, check_scenario, lessons, load
from tui import report

OK, FAILED, UNUSABLE, INTERRUPTED, INTERNAL = 0, 1, 2, 130, 70

EXAMPLES = """\
examples:
  chainstep                                   the app, on the 2-3-2 question
  chainstep my.toml --linear                  a scenario of one's own, as plain sentences
  chainstep trace question --target W2        a derivation to read
  chainstep trace question --target all --json
  chainstep replay question                   run the lesson and check what it expects
"""


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are Diagnostics."""

    def error(self, message: str) -> NoReturn:
        flags = [flag for action in self._actions for flag in action.option_strings]
        unknown = message.removeprefix("unrecognized arguments: ").split(" ")[0]
        hints = did_you_mean(unknown, flags) if message.startswith("unrecognized") else ()
        raise Diagnostic("usage", message, hints=(*hints, f"{self.prog} --help"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(arguments)
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
        print(f"chainstep: internal error ({name}: {problem}). Please report it; CHAINSTEP_DEBUG=1 shows where.",
              file=sys.stderr)  # fmt: skip
        return INTERNAL


def _dispatch(arguments: list[str]) -> int:
    if arguments and arguments[0] in COMMANDS:
        name, *rest = arguments
        parser = _Parser(prog=f"chainstep {name}", description=COMMANDS[name].__doc__)
        command = COMMANDS[name](parser)
        return command(parser.parse_args(rest))
    return _app(arguments)


def _app(arguments: list[str]) -> int:
    """The app, which is what chainstep is without a command."""
    commands = "\n".join(f"  {name:10}{(make.__doc__ or '').splitlines()[0]}" for name, make in COMMANDS.items())
    parser = _Parser(
        prog="chainstep",
        description="A step debugger for the chain rule in matrix form.",
        epilog=f"commands (chainstep COMMAND --help says more):\n{commands}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenario", nargs="?", default=DEFAULT, metavar="SCENARIO", help="a file, or a lesson's name")
    drawn = parser.add_mutually_exclusive_group()
    drawn.add_argument("--linear", action="store_true", help="plain lines and a prompt instead of a screen")
    drawn.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    parser.add_argument("--version", action="version", version=f"chainstep {_version()}")
    options, rest = parser.parse_known_args(arguments)
    try:
        scenario = load(options.scenario)
    except Diagnostic as problem:
        if problem.code == "unknown_scenario":
            hints = (*did_you_mean(options.scenario, COMMANDS), *problem.hints)
            raise Diagnostic(problem.code, f"{problem.message}, and no such command", hints=hints) from None
        raise
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if options.linear or not _can_draw():
        from tui import linear

        return linear.run(scenario, ascii_only=options.ascii)
    from tui import app

    return app.run(scenario, ascii_only=options.ascii)


def _can_draw() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _version() -> str:
    try:
        return version("chainstep")
    except PackageNotFoundError:
        return "of a checkout"


# ---- commands: each adds its arguments to a parser and answers what is to be run ------------------------------------

Run = Callable[[argparse.Namespace], int]


def _list(parser: argparse.ArgumentParser) -> Run:
    """The lessons that come with chainstep."""
    _add_json(parser)

    def run(options: argparse.Namespace) -> int:
        for lesson in lessons():
            if options.json:
                line = {"type": "lesson", "name": lesson.name, "title": lesson.title, "summary": lesson.summary}
                print(report.json_line(line))
            else:
                print(f"{lesson.name:16}{lesson.title}\n{'':16}{lesson.summary}")
        return OK

    return run


def _trace(parser: argparse.ArgumentParser) -> Run:
    """A derivation, factor by factor."""
    _add_scenario(parser)
    parser.add_argument("--of", metavar="NAME", help="what is differentiated (the scenario's choice, or the loss)")
    parser.add_argument("--target", metavar="NAME", help="what by, or `all` (the scenario's choice)")
    parser.add_argument("--layout", metavar="LAYOUT", help="numerator or denominator")
    parser.add_argument("--form", metavar="FORM", help="jacobian, hadamard or entry")
    parser.add_argument("--entry", metavar="I,J", help="which entry of the target, for form entry; from 0")
    shown = parser.add_mutually_exclusive_group()
    _add_json(shown)
    shown.add_argument("--plain", action="store_true", help="without colours, as when piped")

    def run(options: argparse.Namespace) -> int:
        scenario = load(options.scenario)
        program, view = scenario.opening.program, scenario.opening.view
        target = options.target or view.target
        steps = derive(
            program, target, of=options.of or view.of,
            layout=options.layout or view.layout, form=options.form or view.form,
            entry=_entry(options.entry) if options.entry else (view.entry if target == view.target else None),
        )  # fmt: skip
        if options.json:
            _print_json_steps(program, steps, with_target=target == ALL)
            return OK
        lines = report.derivation_lines(program, steps)
        if options.plain or not sys.stdout.isatty():
            for _, line in lines:
                print(line)
        else:
            report.print_in_colour(lines)
        return OK

    return run


def _print_json_steps(program: Program, steps: object, *, with_target: bool) -> None:
    for step in steps:  # type: ignore[attr-defined]
        assert isinstance(step, Step)
        print(report.json_line(report.step_json(step, with_target=with_target)))
        if step.is_last:
            print(report.json_line(report.result_json(step, program)))


def _entry(text: str) -> Entry:
    try:
        row, column = (int(part) for part in text.split(","))
    except ValueError:
        raise Diagnostic("bad_value", f"an entry is row,column counted from 0, as in 0,1; not {text}",
                         Where(key="--entry")) from None  # fmt: skip
    return row, column


def _grad(parser: argparse.ArgumentParser) -> Run:
    """The loss, and every parameter's gradient in the parameter's own shape."""
    _add_scenario(parser)
    _add_json(parser)

    def run(options: argparse.Namespace) -> int:
        program = load(options.scenario).opening.program
        loss, gradients = report.loss_of(program), report.gradients_json(program)
        if loss is None:
            raise Diagnostic("no_gradient", f"{program.loss} is not a number, so it has no gradients",
                             hints=("chainstep trace --of NAME differentiates any value",))  # fmt: skip
        if options.json:
            line = {"type": "gradients", "loss": loss, "values": report.values_json(program), "gradients": gradients}
            print(report.json_line(line))
            return OK
        print(f"{program.loss} = {loss:.10g}")
        for step in derive(program, form=Form.HADAMARD, layout=Layout.DENOMINATOR):
            if step.is_last:
                print("\n".join([f"∂{program.loss}/∂{step.target} =", *_indented(report.result_lines(step.result))]))
        return OK

    return run


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _replay(parser: argparse.ArgumentParser) -> Run:
    """Run scripts without a screen, and check what they expect."""
    parser.add_argument("scenario", nargs="+", metavar="SCENARIO", help="files, or lessons' names")
    _add_json(parser)

    def run(options: argparse.Namespace) -> int:
        results = [_replay_one(load(source), as_json=options.json) for source in options.scenario]
        return OK if all(results) else FAILED

    return run


def _replay_one(scenario: Scenario, *, as_json: bool) -> bool:
    replay = Replay(scenario)
    count = 0
    if not as_json:
        print(f"{scenario.name}: {scenario.title}")
    for event in replay:
        count += event.do == "expect"
        if as_json:
            line = {"type": "event", "seq": event.seq, "do": event.do, "ok": event.ok, "factor": event.factor}
            line |= {"say": event.say} if event.say else {}
            line |= {"failures": list(event.failures)} if event.failures else {}
            print(report.json_line(line))
        else:
            for failure in event.failures:
                print(f"  ✗ {scenario.where(f'script[{event.seq}]')}: {failure}")
    program = replay.session.state.program
    if as_json:
        print(report.json_line({
            "type": "end", "scenario": scenario.name, "ok": replay.ok, "loss": report.loss_of(program),
            "values": report.values_json(program), "gradients": report.gradients_json(program),
        }))  # fmt: skip
    else:
        done = f"{len(scenario.script)} actions, {count} expectations"
        print(f"  ✓ {done}" if replay.ok else f"  ✗ {done}: not all hold")
    return replay.ok


def _check(parser: argparse.ArgumentParser) -> Run:
    """Is a scenario well-formed, are its derivatives right, do its expectations hold?"""
    parser.add_argument("scenario", nargs="+", metavar="SCENARIO", help="files, or lessons' names")
    _add_json(parser)

    def run(options: argparse.Namespace) -> int:
        results = [_check_one(load(source), as_json=options.json) for source in options.scenario]
        return OK if all(results) else FAILED

    return run


def _check_one(scenario: Scenario, *, as_json: bool) -> bool:
    ok = True
    for finding in check_scenario(scenario):
        ok = ok and finding.severity is not Severity.ERROR
        if as_json:
            where = {"file": finding.where.file, "line": finding.where.line, "key": finding.where.key}
            line = {"type": "finding", "severity": finding.severity, "code": finding.code, "message": finding.message}
            print(report.json_line(line | where))
        else:
            print(finding)
    if as_json:
        print(report.json_line({"type": "end", "scenario": scenario.name, "ok": ok}))
    else:
        print(f"{scenario.name}: {'ok' if ok else 'not ok'}")
    return ok


def _add_scenario(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", nargs="?", default=DEFAULT, metavar="SCENARIO", help="a file, or a lesson's name")


def _add_json(parser: argparse.ArgumentParser | argparse._MutuallyExclusiveGroup) -> None:
    parser.add_argument("--json", action="store_true", help="JSON Lines on standard output, and nothing else there")


COMMANDS: dict[str, Callable[[argparse.ArgumentParser], Run]] = {
    "list": _list,
    "trace": _trace,
    "grad": _grad,
    "replay": _replay,
    "check": _check,
}

if __name__ == "__main__":
    sys.exit(main())
