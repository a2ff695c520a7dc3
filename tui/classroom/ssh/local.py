"""The terminal that the server was started in, as a seat like any other."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Callable

from tui.classroom.ssh.terminal import Terminal, clamped


class LocalChannel:
    """Standard input and output, raw until it is closed."""

    def __init__(self, received: Callable[[bytes], None], resized: Callable[[tuple[int, int]], None]) -> None:
        self._received, self._resized = received, resized
        self._input, self._output = sys.stdin.fileno(), sys.stdout.fileno()
        self._before = termios.tcgetattr(self._input)
        self.closed = asyncio.Event()
        tty.setraw(self._input)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._input, self._read)
        loop.add_signal_handler(signal.SIGWINCH, lambda: self._resized(local_size()))

    def _read(self) -> None:
        data = os.read(self._input, 65_536)
        if data:
            self._received(data)
        else:
            self.close()

    def write(self, data: bytes) -> None:
        """Write all of it."""
        while data:
            data = data[os.write(self._output, data) :]

    def close(self) -> None:
        """Give the terminal back as it was."""
        if self.closed.is_set():
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._input)
        loop.remove_signal_handler(signal.SIGWINCH)
        termios.tcsetattr(self._input, termios.TCSADRAIN, self._before)
        self.closed.set()


def local_size() -> tuple[int, int]:
    """Columns and rows of this terminal."""
    size = shutil.get_terminal_size()
    return clamped(size.columns, size.lines)


def local_terminal(channel: LocalChannel) -> Terminal:
    """The terminal, with its kind and the environment that tells what it can do."""
    kept = ("COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "CHAINSTEP_ASCII")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return Terminal(channel, os.environ.get("TERM", ""), local_size(), environment)
