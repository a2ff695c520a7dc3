"""OpenSSH's own clients: ssh in a pseudo-terminal, and ssh, scp and sftp without one."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import asyncssh
import pytest

from tests.tui.classroom.clients.server import PATIENCE, Served
from tests.tui.classroom.clients.terminal import Screen, matches

REQUIRED = "CHAINSTEP_REQUIRE_SSH"
"""Set where there must be an OpenSSH client, so that a machine without one fails and does not skip."""
LOGIN_TTY = "import os, sys; os.login_tty(0); os.execvp(sys.argv[1], sys.argv[1:])"


def installed(program: str, required: str, packages: str) -> str:
    """Where a program is; a test is skipped where there is none, and fails where the variable `required` is set."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        if os.environ.get(required):
            pytest.fail(f"there is no {program}: install {packages}")
        pytest.skip(f"there is no {program}, as Debian's {packages} would bring it")
    return path


def openssh(program: str = "ssh") -> str:
    """Where OpenSSH's client is."""
    return installed(program, REQUIRED, "openssh-client")


def new_key(path: Path) -> str:
    """A key pair in `path` and `path.pub`; answers the line for authorized_keys."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=path.name)
    key.write_private_key(path)
    path.chmod(0o600)
    key.write_public_key(path.with_name(path.name + ".pub"))
    return key.export_public_key().decode()


def ssh_options(key: Path | None = None, level: str = "ERROR") -> list[str]:
    """What makes ssh read nothing of the person's who runs the tests, and ask about no host key.

    With the level INFO, which is a person's, it says what the server says before a question; also of new host keys.
    """
    settings = ("UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=no",
                f"LogLevel={level}", "IdentitiesOnly=yes", "ConnectTimeout=20", f"IdentityFile={key or 'none'}",
                "IdentityAgent=none")  # fmt: skip
    return ["-F", "none", *(word for setting in settings for word in ("-o", setting))]


def ssh_environment(**variables: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "USER") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", **variables}


def run_ssh(server: Served, *arguments: str, program: str = "ssh", options: Sequence[str] = (), name: str = "ada",
            key: Path | None = None, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:  # fmt: skip
    """ssh, scp or sftp without a terminal, to its end."""
    port = ["-p" if program == "ssh" else "-P", str(server.port)]
    where = [f"{name}@127.0.0.1"] if program == "ssh" else []
    return subprocess.run(
        [openssh(program), *ssh_options(key), "-o", "BatchMode=yes", *port, *options, *where, *arguments],
        env=ssh_environment(), input=typed, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


class InTerminal:
    """A program in a terminal of its own."""

    def __init__(self, command: Sequence[str], size: tuple[int, int], environment: Mapping[str, str]) -> None:
        self.screen = Screen(size)
        self._master, slave = pty.openpty()
        self._set_size(size)
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", LOGIN_TTY, *command], stdin=slave, stdout=slave, stderr=slave,
            env=environment,
        )  # fmt: skip
        os.close(slave)
        self._goes_on = True
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._reader.join(PATIENCE)
        os.close(self._master)

    def kill(self) -> None:
        """Without a word to the server, as when a lid is shut."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _set_size(self, size: tuple[int, int]) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def resize(self, size: tuple[int, int]) -> None:
        with self._news:
            self.screen.resize(size)
        self._set_size(size)
        os.kill(self.process.pid, signal.SIGWINCH)

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def _read(self) -> None:
        """Draw what comes, as a terminal does whether anybody looks at it or not: ssh waits for it."""
        while True:
            try:
                data = os.read(self._master, 65_536)
            except OSError:  # Linux's way to say that nobody has the terminal open any more
                data = b""
            with self._news:
                if data:
                    self.screen.feed(data)
                else:
                    self._goes_on = False
                self._news.notify_all()
            if not data:
                return

    def sees(self, wanted: str | Callable[[str], bool], seconds: float = PATIENCE) -> str:
        """The screen once that is on it."""
        end = time.monotonic() + seconds
        with self._news:
            while not matches(wanted, self.screen.text):
                left = end - time.monotonic()
                assert self._goes_on, f"it ended:\n{self.screen.text}"
                assert left > 0, f"{wanted} is not on\n{self.screen.text}"
                self._news.wait(left)
            return self.screen.text

    def ends(self, seconds: float = PATIENCE) -> int:
        """The exit status, once it has ended."""
        with self._news:
            assert self._news.wait_for(lambda: not self._goes_on, seconds), f"it goes on:\n{self.screen.text}"
        return self.process.wait(seconds)


class SSH(InTerminal):
    """An OpenSSH client in a terminal of its own."""

    def __init__(self, server: Served, name: str, *arguments: str, size: tuple[int, int] = (100, 30),
                 term: str = "xterm-256color", key: Path | None = None, options: Sequence[str] = (),
                 command: Sequence[str] = (), **variables: str) -> None:  # fmt: skip
        sent = [option for variable in variables for option in ("-o", f"SendEnv={variable}")]
        options = options or ssh_options(key)
        typed = [openssh(), *options, "-p", str(server.port), *sent, *arguments, f"{name}@127.0.0.1", *command]
        super().__init__(typed, size, ssh_environment(TERM=term, **variables))
