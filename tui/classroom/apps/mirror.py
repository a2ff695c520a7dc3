"""What followers see: one app for all whose terminals are alike, and the same bytes for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from engine.scenario import Scenario
from engine.session.actions import Answer, AnyAction
from tui.classroom.apps.served import CLASSROOM_STYLES, ServedApp
from tui.classroom.keymap import FOLLOWER
from tui.classroom.room import Room
from tui.classroom.room.messages import Answered, AnyMessage, Led, Reveal
from tui.classroom.screens.answers import AnswersScreen
from tui.classroom.ssh.terminal import Terminal
from tui.screens.ask import AskScreen
from tui.widgets.why import WhyText

Kind = tuple[tuple[int, int], bool, bool, str]
"""Size of the picture; ASCII only; no colours; which colours."""

LEAST = (ServedApp.least.width, ServedApp.least.height + ServedApp.rows_below)
STEP = (20, 6)
"""Columns and rows, with the class's, between the sizes of pictures. In a class hardly two windows are of one size, and
each picture takes 9 ms to draw: with one for each, the last of fifty would see a step half a second late."""
MANY = 4
"""Pictures from which on who comes next shares one that is smaller than theirs would be, where there is one."""

REHEARSAL_SECONDS = 5.0
"""After which a server begins without having drawn anything."""
AGAIN_SECONDS = 1.0
"""After which a mirror that broke begins again though the class has not gone on since it began."""


def kind_of(terminal: Terminal) -> Kind:
    """Which mirror suits a terminal."""
    return picture_size(terminal.size), terminal.is_poor, terminal.has_no_colour, terminal.colours


def picture_size(size: tuple[int, int]) -> tuple[int, int]:
    """That of the largest picture that fits above the class's row; a terminal that is too small has one of its own."""
    width, height = (side - side % step if side >= least else side
                     for side, least, step in zip(size, LEAST, STEP, strict=True))  # fmt: skip
    return width, height - 1


def margin(size: tuple[int, int], picture: tuple[int, int]) -> bytes:
    """What clears the rest of a terminal beside and below a picture, but for the class's row."""
    (width, height), (columns, rows) = size, picture
    beside = [f"\x1b[{row};{columns + 1}H\x1b[K" for row in range(1, rows + 1)] if width > columns else []
    below = [f"\x1b[{row};1H\x1b[K" for row in range(rows + 1, height)]
    return "".join(["\x1b[0m", *beside, *below]).encode() if beside or below else b""


class MirroredAsk(AskScreen):
    """The class's question: everybody answers it at the bottom of their own screen."""

    _is_closed_list = True  # nobody types into it

    def _focus_first(self) -> None:
        """Nothing is to have the focus: the keys are others'."""

    def _keys(self) -> str:
        if not self.debugger.state.quiz.is_open:
            return "the class goes on from here"
        number = len(self.offered)
        answer = f"your answer: 1-{number}" if number else "your answer: a, then type it"
        return " · ".join(filter(None, [self.debugger.hint("{scroll_down} more") if self._long else "", answer]))


class MirrorApp(ServedApp):
    """The class's session, for all who follow it at one size. Nobody types into it."""

    CSS_PATH = CLASSROOM_STYLES  # type: ignore[assignment]
    ALLOW_SELECT = False
    """There are many mice, and one text."""
    asks = MirroredAsk

    def __init__(self, scenario: Scenario, room: Room, terminal: Terminal, send: Callable[[bytes], None]) -> None:
        super().__init__(scenario, terminal, send)
        self.room = room
        self.commands = FOLLOWER
        self.adopt(scenario, room.session)
        self.add_class("-mirror")

    def on_ready(self) -> None:
        """Show what those who came earlier see, over a screen that is drawn by now: it shines through."""
        self.show_class()

    def show_class(self) -> None:
        """Open the question and the answers that the class sees."""
        quiz = self.state.quiz
        if quiz.is_open and quiz.question is not None and not isinstance(self.screen, AskScreen):
            self.push_screen(self.asks(quiz.question))
        self.show_answers()

    def words(self) -> str:
        """All that the class is told, with what its panels have no room for."""
        said = [str(text.content) for screen in self.screen_stack for text in screen.query(WhyText)]
        quiz = self.state.quiz
        if quiz.is_open and quiz.question is not None:
            offered = tuple(quiz.question.choices)
            said += [quiz.question.say.strip(), *(f"{number}  {text}" for number, text in enumerate(offered, start=1))]
        return self.glyphs("\n".join(filter(None, said)))

    def led(self, action: AnyAction) -> None:
        """The class goes on, and the answers to the question before are put away; one that it answers shows how."""
        shown = self.screen if self._is_drawn and isinstance(self.screen, AnswersScreen) else None
        if shown is not None and not isinstance(action, Answer):
            shown.dismiss()
        super().led(action)
        if shown is not None and isinstance(action, Answer):
            shown.changed()

    def show_answers(self) -> None:
        """Show the distribution of the answers while it is revealed."""
        shown = self.screen if isinstance(self.screen, AnswersScreen) else None
        if shown is not None and shown.question == self.room.revealed:
            shown.changed()
            return
        if shown is not None:
            shown.dismiss()
        if self.room.revealed:
            self.push_screen(AnswersScreen(self.room))


class Mirror:
    """The class's session drawn once, off screen."""

    def __init__(
        self, scenario: Scenario, room: Room, terminal: Terminal, size: tuple[int, int], covered: set[Terminal]
    ) -> None:
        self.app = MirrorApp(scenario, room, terminal, self._send)
        self.followers: set[Terminal] = set()
        self.covered = covered
        self.began_at = len(room.session.log.records)
        self.size = size
        self.task = asyncio.create_task(self.app.run_async(size=size))

    def add(self, follower: Terminal) -> None:
        """Begin to show it there."""
        self.followers.add(follower)
        self.show_whole(follower)

    def whole(self, follower: Terminal) -> bytes:
        """All above the class's row, for one who has not seen what came before."""
        return margin(follower.size, self.size) + self.app.full_frame()

    def show_whole(self, follower: Terminal) -> None:
        """Draw all of it there, unless something else lies over it."""
        if follower not in self.covered:
            follower.write(self.whole(follower))

    def _send(self, frame: bytes) -> None:
        for follower in self.followers - self.covered:
            follower.write(frame)


async def rehearse(scenario: Scenario) -> None:
    """Draw a class that nobody is in. What all apps share is made with the first one, and should not wait for the
    first student, nor lie among what goes with them: a piece of memory can be given back only when it is all free.
    """
    app = MirrorApp(scenario, Room(scenario), Terminal(_Nobody()), lambda frame: None)
    task = asyncio.create_task(app.run_async(size=(80, 23)))
    with suppress(TimeoutError):
        async with asyncio.timeout(REHEARSAL_SECONDS):
            while not app.full_frame():
                await asyncio.sleep(0.01)
    app.exit()
    await task


class _Nobody:
    """A channel to no client."""

    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


class Mirrors:
    """One for each kind of terminal that somebody follows on."""

    def __init__(self, scenario: Scenario, room: Room, report: Callable[[str, BaseException], object]) -> None:
        self._scenario, self._room, self._report = scenario, room, report
        self._mirrors: dict[Kind, Mirror] = {}
        self._covered: set[Terminal] = set()
        """Those on which something else lies over the class's session for now."""

    def of(self, terminal: Terminal) -> Mirror | None:
        """What a terminal shows of the class's session; another one where that broke and has begun again."""
        return next((mirror for mirror in self._mirrors.values() if terminal in mirror.followers), None)

    def follow(self, terminal: Terminal) -> None:
        """Show the class's session on a terminal from now on."""
        kind = self._shared(kind_of(terminal))
        mirror = self._mirrors.get(kind)
        if mirror is None or mirror.task.done():
            mirror = self._begin(kind, terminal)
        mirror.add(terminal)

    def _shared(self, kind: Kind) -> Kind:
        """That kind; or where there are many, the largest of those that there are and that fit."""
        if kind in self._mirrors or len(self._mirrors) < MANY:
            return kind
        (width, height), *looks = kind
        fitting = [other for other in self._mirrors
                   if other[0][0] <= width and other[0][1] <= height and [*other[1:]] == looks]  # fmt: skip
        return max(fitting, key=lambda other: other[0][0] * other[0][1], default=kind)

    def _begin(self, kind: Kind, terminal: Terminal) -> Mirror:
        mirror = self._mirrors[kind] = Mirror(self._scenario, self._room, terminal, kind[0], self._covered)
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

    def cover(self, terminal: Terminal) -> None:
        """Leave a follower's terminal to something else."""
        self._covered.add(terminal)

    def uncover(self, terminal: Terminal) -> None:
        """Show the class's session there again."""
        self._covered.discard(terminal)
        if (mirror := self.of(terminal)) is not None:
            mirror.show_whole(terminal)

    def leave(self, terminal: Terminal) -> None:
        """Show it there no more."""
        self._covered.discard(terminal)
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
