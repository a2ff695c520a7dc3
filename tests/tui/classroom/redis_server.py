"""A redis-server of the test's own, on a free port and in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

REQUIRED = "CHAINSTEP_REQUIRE_REDIS"
"""Set where there must be a redis-server, so that a machine without one fails and does not skip."""


class RedisServer:
    """Not started yet; `url` stays the same when it is started again."""

    def __init__(self, folder: Path, *, keeps: bool) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        keeping = ["--appendonly", "yes", "--appendfsync", "always"] if keeps else ["--appendonly", "no"]
        self._command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder),
                         "--save", "", *keeping]  # fmt: skip
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "Ready to accept connections" in line:
                return
        raise AssertionError("".join(said))

    def kill(self) -> None:
        """As a crash does it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None


@pytest.fixture
def broker(tmp_path, request):
    """One that has been started; it keeps what it has over a restart unless `request.param` is False."""
    if shutil.which("redis-server") is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"there is no redis-server, and {REQUIRED} says that there must be one")
        pytest.skip("there is no redis-server (Debian's package of that name has one)")
    server = RedisServer(tmp_path, keeps=getattr(request, "param", True))
    server.start()
    yield server
    server.kill()
