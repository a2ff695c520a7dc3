"""The debugger, drawn on terminals elsewhere."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Semaphore
from typing import TYPE_CHECKING

from textual.events import Event
from textual.geometry import Size

from engine.scenario import Scenario
from engine.session import Record, Session
from engine.session.actions import Answer, AnyAction, Ask
from tui.app import DebuggerApp
from tui.classroom.apps.drawn import DrawnApp
from tui.classroom.apps.driver import FrameDriver
from tui.classroom.keymap import STUDENT, in_palette
from tui.classroom.room.messages import Led
from tui.classroom.ssh.terminal import Terminal
from tui.config import Config
from tui.keymap import Command
from tui.screens.ask import AskScreen

if TYPE_CHECKING:
    from tui.classroom.seats.seat import Seat

DEBUGGER_STYLES = str(Path(sys.modules[DebuggerApp.__module__].__file__ or "").with_name("debugger.tcss"))
SEARCHES = Semaphore(2)
"""How many doctors search at once, so that a class that asks together does not stop the others' keys."""
MAX_PENDING = 20
"""Keys that may wait for an app; the next ones are read when it has caught up."""
READY_SECONDS = 0.01
"""After which an app that was not ready for a key is asked again."""
CLASSROOM_STYLES = [DEBUGGER_STYLES, str(Path(__file__).with_name("classroom.tcss"))]


USER = "user"
"""Who acts in a session that is one's own."""


class ServedApp(DrawnApp):
    """A debugger that touches nothing of the server's: its files, its terminal, its settings."""

    CSS_PATH = DEBUGGER_STYLES
    may_read_files = False
    least, rows_below = Size(80, 23), 1
    """The last row of the terminal is the class's."""
    without_screen = "ssh -T"
    search_gate = SEARCHES
    asks: type[AskScreen] = AskScreen
    """What a question of the class is shown by."""

    def __init__(self, scenario: Scenario, terminal: Terminal, send: Callable[[bytes], None]) -> None:
        self.send_frame = send
        """Where its frames go."""
        is_poor = terminal.is_poor
        super().__init__(
            scenario.opening, scenario.title, scenario.script, ascii_only=is_poor, config=Config(ascii_only=is_poor)
        )
        self.driver_class = FrameDriver
        self.draw_for(terminal)
        self.no_color = terminal.has_no_colour
        self.set_class(self.no_color, "-colourless")
        # what is printed stays the server's: Textual would leave the streams of an app that has ended in place
        self._capture_stdout, self._capture_stderr = sys.stdout, sys.stderr  # type: ignore[assignment]
        self.scenario = scenario
        self._is_drawn = self._is_behind = False
        """Whether the screen is there; and whether something was done before."""

    def on_ready(self) -> None:
        """Catch up with what was done while the screen was made."""
        self._is_drawn = True
        if self._is_behind:
            self.redraw()
        self.show_place()

    def show_place(self) -> None:
        """Say how far the lesson is, once it has begun: others may go on with it."""
        self.lesson.catch_up()
        if self._is_drawn and self.lesson.position:
            self.show_progress()

    def let_go(self) -> None:
        """End, and send nothing more: the terminal shows something else now."""
        self.send_frame = _nowhere
        self.exit()

    def led(self, action: AnyAction) -> None:
        """Show what somebody else did to the session: what became of it, and the question that it put."""
        if not self._is_drawn:
            self._is_behind = True
            return
        self.redraw()
        self.show_place()
        asked = next((screen for screen in self.screen_stack if isinstance(screen, AskScreen)), None)
        if isinstance(action, Answer) and asked is not None:
            asked.show_reply()
            return
        if asked is not None and asked.is_active:
            asked.dismiss()
        if isinstance(action, Ask):
            self.push_screen(self.asks(action))


class PersonApp(ServedApp):
    """A session of one person's own; or the class's, where that person leads it."""

    def __init__(self, seat: Seat, session: Session) -> None:
        super().__init__(seat.classroom.scenario, seat.terminal, seat.terminal.write)
        self.seat = seat
        self.is_echo = False
        """Whether what is recorded just now was done by somebody else."""
        self._pending: deque[Event] = deque()
        """What the client sent, until there is time for it."""
        self.commands = (*self.config.commands, *STUDENT)
        self.adopt(seat.classroom.scenario, session.forked(self.recorded))

    # ---- what the client sends -------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether as much waits as may."""
        return len(self._pending) > MAX_PENDING

    def put(self, event: Event) -> None:
        """Take a key, a paste or a mouse event; they wait, in their order, until the app is ready for the next one.

        One at a time, because an app that has several works on them without letting others have their turn.
        """
        self._pending.append(event)
        if len(self._pending) == 1:
            self._take_pending()

    def _take_pending(self) -> None:
        while self._pending and self.is_ready:
            self.process(self._pending.popleft())
        if self._pending:
            asyncio.get_running_loop().call_later(READY_SECONDS, self._take_pending)

    def let_go(self) -> None:
        self._pending.clear()
        super().let_go()

    @property
    def own_formula(self) -> str:
        """That of this person: another's, who led, is not for them to begin with."""
        latest, judged = super().own_formula, self.seat.me.judged
        return latest if judged is not None and judged.formula == latest else ""

    # ---- what is done ----------------------------------------------------------------------------------------------

    def in_palette(self, command: Command) -> str:
        """The class's commands are found by that word."""
        return in_palette(command) if command.name.startswith("class_") else super().in_palette(command)

    def perform(self, command: Command) -> None:
        """Do a command; the class's are the seat's, from the palette as by their keys."""
        if command.name.startswith("class_"):
            self.class_command(command.name.removeprefix("class_"))
        else:
            super().perform(command)

    def attempt(self, change: Callable[[], object]) -> bool:
        """As in every app; but what the class would see is not done while it stands still."""
        if self.seat.classroom.problem is not None and not self.seat.is_alone:
            self.announce(self.seat.classroom.standstill)
            return False
        return super().attempt(change)

    @property
    def kept_as(self) -> str:
        return self.seat.classroom.kept_as(self.seat)

    def class_command(self, name: str) -> None:
        """Do a command of the class."""
        getattr(self.seat, f"do_{name}")()

    def recorded(self, record: Record) -> None:
        """Tell the class what was done."""
        if not self.is_echo:
            self.seat.telling.did(record)

    def echo(self, message: Led) -> None:
        """Do what the leader did."""
        self.is_echo = True
        try:
            self.session.dispatch(message.action, message.actor)
        finally:
            self.is_echo = False
        self.led(message.action)


def _nowhere(_frame: bytes) -> None:
    """Where the frames of an app go that nobody looks at."""
