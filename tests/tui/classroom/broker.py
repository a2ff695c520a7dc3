"""A Redis of the tests' own, which can be killed and started again."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

SERVER = shutil.which("redis-server") or shutil.which("valkey-server")
needs_broker = pytest.mark.skipif(SERVER is None, reason="there is no redis-server or valkey-server here")


class Broker:
    """`redis-server` on a free port of this machine, with its files in `folder`."""

    def __init__(self, folder: Path, *, keeps: bool = True) -> None:
        self.folder, self.keeps = folder, keeps
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        assert SERVER is not None
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(self.folder),
                   "--appendonly", "yes" if self.keeps else "no", "--appendfsync", "always"]  # fmt: skip
        self.process = subprocess.Popen([SERVER, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(16).startswith(b"+PONG"):
                        return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("redis-server does not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
