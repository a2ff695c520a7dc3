"""`chainstep serve` as a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]
PATIENCE = 30.0
"""Seconds after which something that should have come never will."""


class Served:
    """`chainstep serve`, running."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.process, self.port, self.folder = process, port, folder

    @property
    def memory(self) -> int:
        """Bytes that it has in memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Served]:
    """`chainstep serve question` on a port that is free, with its state in `folder`, which is made."""
    folder.mkdir(mode=0o700)
    port = free_port()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder / "config")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tui.cli", "serve", "question", "--no-screen", "--state", str(folder),
             "--port", str(port), *arguments],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    server = Served(process, port, folder)
    try:
        wait_until(lambda: "Students:" in server.log or process.poll() is not None)
        assert process.poll() is None, server.log
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_until(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until it holds; fails when it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
