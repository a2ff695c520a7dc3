"""What followers see: one app for all whose terminals are alike, and the same bytes for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from engine.scenario import Scenario
from tui.classroom.apps.teacher import MirrorApp
from tui.classroom.room import Room
from tui.classroom.room.messages import Answered, AnyMessage, Led, Reveal
from tui.classroom.ssh.terminal import Terminal

Kind = tuple[tuple[int, int], bool, bool, str]
"""Size without the class's row; ASCII only; no colours; which colours."""

AGAIN_SECONDS = 1.0
"""After which a mirror that broke begins again though the class has not gone on since it began."""


def kind_of(terminal: Terminal) -> Kind:
    """Which mirror suits a terminal."""
    width, height = terminal.size
    return (width, height - 1), terminal.is_poor, terminal.has_no_colour, terminal.colours


class Mirror:
    """The class's session drawn once, off screen."""

    def __init__(self, scenario: Scenario, room: Room, terminal: Terminal) -> None:
        self.app = MirrorApp(scenario, room, terminal, self._send)
        self.followers: set[Terminal] = set()
        self.began_at = len(room.session.log.records)
        (size, *_) = kind_of(terminal)
        self.task = asyncio.create_task(self.app.run_async(size=size))

    def add(self, follower: Terminal) -> None:
        """Begin to show it there."""
        self.followers.add(follower)
        self.show_whole(follower)

    def show_whole(self, follower: Terminal) -> None:
        """The whole screen for one who has not seen what came before."""
        follower.write(self.app.full_frame())

    def _send(self, frame: bytes) -> None:
        for follower in self.followers:
            follower.write(frame)


class Mirrors:
    """One for each kind of terminal that somebody follows on."""

    def __init__(self, scenario: Scenario, room: Room, report: Callable[[str, BaseException], object]) -> None:
        self._scenario, self._room, self._report = scenario, room, report
        self._mirrors: dict[Kind, Mirror] = {}

    def follow(self, terminal: Terminal) -> Mirror:
        """Show the class's session on a terminal from now on."""
        kind = kind_of(terminal)
        mirror = self._mirrors.get(kind)
        if mirror is None or mirror.task.done():
            mirror = self._begin(kind, terminal)
        mirror.add(terminal)
        return mirror

    def _begin(self, kind: Kind, terminal: Terminal) -> Mirror:
        mirror = self._mirrors[kind] = Mirror(self._scenario, self._room, terminal)
        mirror.task.add_done_callback(lambda _: self._ended(kind, mirror))
        return mirror

    def _ended(self, kind: Kind, mirror: Mirror) -> None:
        """One that still had followers was broken: it begins again, though not at once if that may break it again."""
        if self._mirrors.get(kind) is mirror:
            if mirror.app.failure is not None:
                self._report(f"those who follow at {kind[0]}", mirror.app.failure)
            delay = 0 if mirror.began_at < len(self._room.session.log.records) else AGAIN_SECONDS
            asyncio.get_running_loop().call_later(delay, self._again, kind, mirror)

    def _again(self, kind: Kind, mirror: Mirror) -> None:
        if self._mirrors.get(kind) is not mirror:
            return
        anew = self._begin(kind, next(iter(mirror.followers)))
        for follower in mirror.followers:
            anew.add(follower)

    def leave(self, terminal: Terminal) -> None:
        """Show it there no more."""
        for kind, mirror in list(self._mirrors.items()):
            mirror.followers.discard(terminal)
            if not mirror.followers:
                del self._mirrors[kind]
                mirror.app.exit()

    def heard(self, message: AnyMessage) -> None:
        """Something has happened that followers see."""
        for mirror in self._mirrors.values():
            if isinstance(message, Led):
                mirror.app.call_later(mirror.app.led, message.action)
            elif isinstance(message, Reveal) or (isinstance(message, Answered) and self._room.revealed):
                mirror.app.call_later(mirror.app.show_answers)

    async def close(self) -> None:
        """End all of them."""
        tasks = [mirror.task for mirror in self._mirrors.values()]
        for mirror in self._mirrors.values():
            mirror.app.exit()
        self._mirrors.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
