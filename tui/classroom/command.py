"""`chainstep serve`: a class over SSH."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from engine.diagnostics import Diagnostic, Where
from engine.scenario import DEFAULT, load

LOCAL = "127.0.0.1"
PORT = 2222


def serve(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """A class over SSH: students need nothing but ssh; needs the extra `serve`."""
    parser.add_argument("scenario", nargs="?", default=DEFAULT, metavar="SCENARIO", help="a file, or a lesson's name")
    where = parser.add_argument_group("where it listens")
    where.add_argument("--host", default=LOCAL, metavar="ADDRESS",
                       help=f"{LOCAL} (the default) is this machine, 0.0.0.0 is everybody who reaches it")  # fmt: skip
    where.add_argument("--port", type=int, default=PORT, metavar="N", help=f"({PORT})")
    people = parser.add_argument_group("who comes in")
    people.add_argument(
        "--code", metavar="CODE", help="the class code; else one is made, unless only this machine is served"
    )
    people.add_argument(
        "--students", metavar="FILE", help="their public keys, as in authorized_keys, instead of a code"
    )
    people.add_argument("--teachers", metavar="FILE",
                        help="the public keys of those who may teach, as the user `teacher`; "
                        "without, the teacher is who started the server, at its own terminal")  # fmt: skip
    people.add_argument(
        "--idle", type=float, default=60, metavar="MINUTES", help="after which a silent client is let go (60)"
    )
    more = parser.add_argument_group("more")
    more.add_argument("--no-screen", action="store_true", help="do not open the teacher's screen in this terminal")
    more.add_argument("--state", type=Path, metavar="FOLDER", help="where host key, logs and summaries are kept")
    more.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that share the port; needs --broker"
    )
    more.add_argument(
        "--broker", metavar="URL", help="the Redis through which several processes or machines are one class"
    )
    more.add_argument("--class", dest="class_name", metavar="NAME",
                      help="its name at the broker: processes that give the same one are one class")  # fmt: skip

    def run(options: argparse.Namespace) -> int:
        scenario = load(options.scenario)
        if not 1 <= options.port <= 65_535:
            raise Diagnostic(
                "bad_value", f"a port is a number from 1 to 65535, not {options.port}", Where(key="--port")
            )
        if not 1 <= options.workers <= 64:
            raise Diagnostic("bad_value", f"from 1 to 64 workers, not {options.workers}", Where(key="--workers"))
        if not options.idle > 0:  # nor NaN
            raise Diagnostic("bad_value", f"silent clients are let go after more than 0 minutes, not {options.idle:g}",
                             Where(key="--idle"), hints=("--idle 60",))  # fmt: skip
        if options.workers > 1 and not options.broker:
            raise Diagnostic("usage", "several workers need a broker to be one class",
                             hints=("--broker redis://127.0.0.1:6379",))  # fmt: skip
        try:
            from tui.classroom.service import Service
        except ModuleNotFoundError as problem:
            raise Diagnostic("not_installed", f"chainstep serve needs the package {problem.name}",
                             hints=("pip install 'chainstep[serve]'",)) from None  # fmt: skip
        return Service(scenario, options).run()

    return run
