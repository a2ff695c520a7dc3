"""The teacher's app: the class's session, the class's panel over it, and what a teacher does there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from engine.session import Session
from engine.session.actions import AnyAction, Ask
from tui.classroom.apps.served import CLASSROOM_STYLES, PersonApp
from tui.classroom.keymap import PANEL, TEACHER
from tui.classroom.room import Room
from tui.classroom.room.answers import is_over
from tui.classroom.room.messages import Call, End, Hand, Lead, Lock, Look, Mute, Remove, Reveal
from tui.classroom.room.people import Person
from tui.classroom.screens.answers import TeachersAnswersScreen
from tui.classroom.screens.current import Current
from tui.classroom.screens.panel import PanelScreen
from tui.classroom.screens.shoulder import ShoulderScreen
from tui.screens.confirm import Choice, ConfirmScreen

if TYPE_CHECKING:
    from tui.classroom.seats.teacher import TeacherSeat


class TeacherApp(PersonApp):
    """The class's session, which everybody sees; and the class, over which its teacher presides."""

    CSS_PATH = CLASSROOM_STYLES  # type: ignore[assignment]
    seat: TeacherSeat

    def __init__(self, seat: TeacherSeat, session: Session) -> None:
        super().__init__(seat, session)
        self.commands = (*self.config.commands, *TEACHER, *PANEL)

    @property
    def room(self) -> Room:
        return self.seat.classroom.room

    def attempt(self, change: Callable[[], object]) -> bool:
        if not self.seat.is_leading:
            self.announce("somebody else leads: F2 l takes the lead back")
            return False
        return super().attempt(change)

    def led(self, action: AnyAction) -> None:
        """Show what a student who leads did; a question waits below the panel, until space is pressed."""
        is_covered = any(isinstance(screen, Current) for screen in self.screen_stack)
        if is_covered and isinstance(action, Ask):
            self.redraw()
            self.show_place()
        else:
            super().led(action)

    def resync(self, session: Session) -> None:
        """Go on from what the class had when the lead changed hands."""
        self.adopt(self.seat.classroom.scenario, session)
        self.show_place()

    # ---- the screens -----------------------------------------------------------------------------------------------

    def class_changed(self) -> None:
        """Something has happened in the class."""
        for screen in self.screen_stack:
            if isinstance(screen, Current):
                screen.changed()

    def toggle_panel(self) -> None:
        """Open the panel; or close what lies over it, or itself."""
        panel = next((screen for screen in self.screen_stack if isinstance(screen, PanelScreen)), None)
        if panel is None:
            self.push_screen(PanelScreen())
        elif panel.is_active:
            panel.dismiss()
        else:
            panel.pop_until_active()

    def toggle_answers(self) -> None:
        """Open the answers, or close them."""
        if isinstance(self.screen, TeachersAnswersScreen):
            self.screen.dismiss()
        else:
            self.push_screen(TeachersAnswersScreen(self.room))

    def looked_away(self, whom: str) -> None:
        """The screen of a student has been closed."""
        if self.seat.app is self and self.room.looking == whom:
            self.seat.send(Look(by=self.seat.person, whom=""))

    # ---- what a teacher does ---------------------------------------------------------------------------------------

    def action_class_command(self, name: str) -> None:
        """Do a command of the class."""
        self.class_command(name)

    def class_command(self, name: str) -> None:
        """Do a command of the class: one of the panel's here, others at the seat."""
        do = getattr(self, f"_class_{name}", None)
        if do is None:
            super().class_command(name)
            return
        do()

    @property
    def _chosen(self) -> Person | None:
        """Who is looked at, or is under the panel's cursor; None where there is nobody, and that is said."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, ShoulderScreen):
                return screen.person
            if isinstance(screen, PanelScreen):
                if screen.chosen is None:
                    self.seat.notice("nobody else is here yet")
                return screen.chosen
        self.seat.notice("choose somebody in the panel first: F2")
        return None

    def _class_call(self) -> None:
        if self.seat.send(Call(by=self.seat.person)):
            self.seat.notice("everybody is called back")

    def _class_together(self) -> None:
        me = self.seat.person
        if self.seat.send(Lock(by=me, locked=True)) and self.seat.send(Call(by=me)):
            self.seat.notice("everybody is called back, and nobody can leave: g lets them go")

    def _class_release(self) -> None:
        if self.seat.send(Lock(by=self.seat.person, locked=False)):
            self.seat.notice("everybody may leave for a session of their own")

    def _class_look(self) -> None:
        person = self._chosen
        if person is not None and self.seat.send(Look(by=self.seat.person, whom=person.id)):
            self.push_screen(ShoulderScreen(person.id))

    def _class_lead(self) -> None:
        me = self.seat.person
        if self.room.leader != me:
            if self.seat.send(Lead(by=me, whom=me)):
                self.seat.notice("you lead again")
            return
        person = self._chosen
        if person is not None and self.seat.send(Lead(by=me, whom=person.id)):
            self.seat.notice(f"{person.name} leads: everybody sees what they do; l takes the lead back")

    def _class_lower(self) -> None:
        person = self._chosen
        if person is not None:
            self.seat.send(Hand(by=self.seat.person, up=False, whose=person.id))

    def _class_mute(self) -> None:
        person = self._chosen
        if person is not None and self.seat.send(
            Mute(by=self.seat.person, whom=person.id, muted=not person.muted)
        ):  # fmt: skip
            self.seat.notice(f"{person.name} is {'heard again' if person.muted else 'muted'}")

    def _class_remove(self) -> None:
        person = self._chosen
        if person is None:
            return
        if person.removed:
            if self.seat.send(Remove(by=self.seat.person, whom=person.id, removed=False)):
                self.seat.notice(f"{person.name} may come in again")
            return
        remove = partial(self.seat.send, Remove(by=self.seat.person, whom=person.id))
        self._ask("send out?", f"{person.name} leaves the class now, and gets in again only when x lets them.",
                  Choice("x,enter", "sends them out", remove))  # fmt: skip

    def _class_reveal(self) -> None:
        room, is_shown = self.room, not self.room.revealed
        if self.seat.send(Reveal(by=self.seat.person, shown=is_shown)):
            said = (
                "how the answers are distributed"
                if is_over(room, room.question)
                else "the answers, and ✓ once you answer"
            )
            self.seat.notice(f"everybody sees {said}: r puts that away" if is_shown else "the answers are put away")

    def _class_end(self) -> None:
        end = partial(self.seat.send, End(by=self.seat.person))
        self._ask("end the class?", "Everybody leaves, and the summary of the class is written.",
                  Choice("e,enter", "ends the class", end))  # fmt: skip

    def do_quit(self) -> None:
        """Leave the class, which goes on; at the server's own terminal it is ended, after a question."""
        if self.seat.ends_class:
            self._class_end()
        else:
            super().do_quit()

    def _ask(self, title: str, text: str, yes: Choice) -> None:
        self.push_screen(ConfirmScreen(title, text, [yes, Choice("escape,n", "goes on")]))
