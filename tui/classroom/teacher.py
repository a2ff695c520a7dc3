"""The teacher's seat: the class's session in an app of their own, with the class's panel over it."""

from __future__ import annotations

from engine.session import Session
from tui.classroom.apps import PersonApp, TeacherApp
from tui.classroom.seat import Seat


class TeacherSeat(Seat):
    """A seat whose app is the class's session, or follows it where a student leads."""

    teaches = True

    def take(self) -> None:
        self.terminal.on_drained = self.redraw
        self.terminal.enter()
        self.is_leading = self.classroom.room.leader == self.person
        self._open(self.classroom.room.session.forked())
        self.redraw_line()

    def _new_app(self, session: Session) -> PersonApp:
        return TeacherApp(self, session)

    def do_follow(self) -> None:
        """The panel: a teacher is with the class always."""
        self.do_panel()

    def do_panel(self) -> None:
        """The class's panel, or away with it."""
        if self.app is not None:
            self.app.call_later(self.app.toggle_panel)
