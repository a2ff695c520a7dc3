"""The further processes of a class on one machine: the first one starts them, and starts anew which dies."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

LOG = logging.getLogger("chainstep.serve")
PAUSE_SECONDS = 1.0
"""From a worker's death to its next start; twice as long each time that it dies soon after."""
MAX_PAUSE_SECONDS = 60.0
SOON_SECONDS = 60.0
"""Who has lived for longer did not die soon."""
END_SECONDS = 10.0
"""How long a worker may take to end when it is told to."""


class Workers:
    """So many of them, each the same command."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], count: int) -> None:
        self._command, self._environment, self._count = command, environment, count
        self._tasks: list[asyncio.Task[None]] = []
        self.starts_anew = True
        """Whether one that dies is started again; those that live go on."""

    def begin(self) -> None:
        """Start them."""
        self._tasks = [asyncio.create_task(self._keep()) for _ in range(self._count)]

    async def close(self) -> None:
        """End them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self) -> None:
        """One of them, until it ends in order: at the class's end, or because somebody told it to."""
        loop, pause = asyncio.get_running_loop(), PAUSE_SECONDS
        while self.starts_anew:
            began = loop.time()
            how = await self._ran()
            if not (how and self.starts_anew):
                return
            if loop.time() - began > SOON_SECONDS:
                pause = PAUSE_SECONDS
            LOG.warning("a worker %s; it is started again in %g s", how, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)

    async def _ran(self) -> str:
        """Start one and wait for its end; answers how it died, and nothing if it did not."""
        try:
            # the pipe is written nothing to: it ends with this process, however that ends, and with it the worker
            process = await asyncio.create_subprocess_exec(*self._command, env=self._environment, stdin=subprocess.PIPE)
        except OSError as problem:  # such as no memory for it now
            return f"could not be started ({problem.strerror or problem})"
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            await _ended(process)
            raise
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"ended with the status {status}" if status else ""


def when_parent_is_gone(do: Callable[[], object]) -> None:
    """In a worker: call this when the process that started it has ended."""
    loop, pipe = asyncio.get_running_loop(), sys.stdin.fileno()

    def look() -> None:
        if not os.read(pipe, 1):
            loop.remove_reader(pipe)
            do()

    loop.add_reader(pipe, look)


async def _ended(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()
