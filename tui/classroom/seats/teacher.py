"""The teacher's seat: the class's session in an app of their own, with the class's panel over it."""

from __future__ import annotations

from textual import events

from engine.session import Session
from tui.classroom.apps.served import PersonApp
from tui.classroom.apps.teacher import TeacherApp
from tui.classroom.keymap import TEACHER_KEYS
from tui.classroom.room.messages import AnyMessage, Led, Note
from tui.classroom.screens.panel import PanelScreen
from tui.classroom.seats.screen import ScreenSeat
from tui.classroom.seats.status import teacher_status


class TeacherSeat(ScreenSeat):
    """A seat whose app is the class's session, or follows it where a student leads."""

    teaches = True
    ends_class = False
    """Whether leaving it ends the class."""
    keys = TEACHER_KEYS
    app: TeacherApp | None
    _is_told = False
    """Whether the app is about to draw the class anew."""

    @property
    def status(self) -> str:
        return teacher_status(self.classroom.room, self.me)

    def new_app(self, session: Session) -> PersonApp:
        return TeacherApp(self, session)

    def show_class(self) -> None:
        """Open the class's session, which a teacher never leaves."""
        if self.app is None:
            self.show_session(self.classroom.room.session)

    def heard(self, message: AnyMessage) -> None:
        """Something has happened in the class."""
        super().heard(message)
        if isinstance(message, Led) and message.by != self.person:
            self._echo(message)
        self.redraw_line()
        if self.app is not None and not self._is_told:
            self._is_told = True
            self.app.call_later(self._show_class)

    def _show_class(self) -> None:
        self._is_told = False
        if self.app is not None:
            self.app.class_changed()

    def lead_changed(self) -> None:
        """Go on from what the class has: what was pressed on the way may not have happened there."""
        if self.app is not None:
            self.app.call_later(self.app.resync, self.classroom.room.session.forked(self.app.recorded))

    def _echo(self, message: Led) -> None:
        """Show what a student who leads has done."""
        if self.app is not None:
            self.app.call_later(self.app.echo, message)

    # ---- keys ------------------------------------------------------------------------------------------------------

    def pass_on(self, event: events.Event) -> None:
        """Give it to the app; of keys that leave nothing there it is said which one leaves."""
        if isinstance(event, events.Key) and self.app is not None:
            is_in_panel = isinstance(self.app.screen, PanelScreen)
            if event.key == "ctrl+c" or (event.key == "q" and is_in_panel):
                self.notice("esc closes the panel, and q leaves after that" if is_in_panel else "q leaves the class")
        super().pass_on(event)

    def do_panel(self) -> None:
        """The class's panel, or away with it."""
        if self.app is not None:
            self.app.call_later(self.app.toggle_panel)

    def do_answers(self) -> None:
        """The answers, or away with them."""
        if self.app is not None:
            self.app.call_later(self.app.toggle_answers)

    def do_announce(self) -> None:
        """A line to everybody."""
        self.line.ask("to everybody:", self._announce)

    def _announce(self, text: str) -> None:
        if self.send(Note(by=self.person, text=text)):
            self.notice("everybody reads it")
