"""`chainstep web`: the app in a browser."""

from __future__ import annotations

import argparse
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from engine.diagnostics import Diagnostic, Where
from engine.scenario import DEFAULT, load

LOCAL = "127.0.0.1"


def web(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """The app in a browser, served to this machine; needs the extra `web`."""
    parser.add_argument("scenario", nargs="?", default=DEFAULT, metavar="SCENARIO", help="a file, or a lesson's name")
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="where it listens (8000)")
    parser.add_argument("--host", default=LOCAL, metavar="ADDRESS",
                        help=f"for whom it listens: {LOCAL} is this machine, 0.0.0.0 is everybody who can reach it; "
                        "there is no password")  # fmt: skip
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")

    def run(options: argparse.Namespace) -> int:
        scenario = load(options.scenario)
        try:
            from tui.web.server import PageServer
        except ModuleNotFoundError as problem:
            raise Diagnostic("not_installed", f"chainstep web needs the package {problem.name}",
                             hints=("pip install 'chainstep[web]'",)) from None  # fmt: skip
        _check_free(options.host, options.port)
        command = command_line(options.scenario, ascii_only=options.ascii)
        PageServer(command, host=options.host, port=options.port, title=f"chainstep: {scenario.title}").serve()
        return 0

    return run


def command_line(scenario: str, *, ascii_only: bool = False) -> str:
    """What a shell is given to open the app, every word of it quoted; a file is named by its whole path."""
    path = Path(scenario)
    words = [sys.executable, "-m", "tui", str(path.resolve()) if path.is_file() else scenario]
    words += ["--ascii"] if ascii_only else []
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _check_free(host: str, port: int) -> None:
    """Raise a Diagnostic where it cannot listen, before a server says so with a traceback."""
    if not 1 <= port <= 65_535:
        raise Diagnostic("bad_value", f"a port is a number from 1 to 65535, not {port}", Where(key="--port"))
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        raise Diagnostic("cannot_listen", f"cannot listen on {host}, port {port}: {problem.strerror}",
                         hints=("choose another with --port, such as --port 8080",)) from None  # fmt: skip
