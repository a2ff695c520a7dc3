"""A student's screen as the teacher sees it: their state, drawn by the debugger's own screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.content import Content

from engine.session import State
from tui.classroom.room.messages import Mode
from tui.classroom.room.people import Person
from tui.classroom.screens.current import Current
from tui.screens.debugger import DebuggerScreen
from tui.widgets.bars import KeyBar, TitleBar

if TYPE_CHECKING:
    from tui.classroom.apps.teacher import TeacherApp


class ShoulderTitle(TitleBar):
    """Whose screen it is."""

    @property
    def heading(self) -> str:
        return cast("ShoulderScreen", self.screen).heading


class ShoulderKeys(KeyBar):
    """The keys of somebody who only looks."""

    def draw(self, state: State) -> Content:
        screen = cast("ShoulderScreen", self.screen)
        lead = "l takes the lead back" if screen.teacher.room.leader == screen.whom else "l hands them the lead"
        message = self.message or f"{lead} · esc looks no more · they see that you look"
        return Content.styled(self.glyphs(message), "bold $warning").truncate(self.content_size.width, ellipsis=True)


class ShoulderScreen(DebuggerScreen, Current):
    """Follows the student until it is closed, through their own session and the class's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False),
        Binding("l", "app.class_command('lead')", "hand over the lead", show=False),
    ]
    title_bar, key_bar = ShoulderTitle, ShoulderKeys

    def __init__(self, whom: str) -> None:
        super().__init__(id="shoulder")
        self.whom = whom

    @property
    def is_modal(self) -> bool:
        """That no key of the debugger works here."""
        return True

    def hint(self, text: str) -> str:
        """Nothing: the keys are the student's."""
        return ""

    @property
    def teacher(self) -> TeacherApp:
        return cast("TeacherApp", self.app)

    @property
    def person(self) -> Person:
        """The student."""
        return self.teacher.room.people[self.whom]

    @property
    def is_alone(self) -> bool:
        """Whether the student is in a session of their own."""
        return self.person.mode is Mode.ALONE

    @property
    def state(self) -> State:
        room = self.teacher.room
        shown = room.shoulder if self.is_alone and room.looking == self.whom else None
        return (shown or room.session).state

    @property
    def heading(self) -> str:
        """`over Ana's shoulder, in a session of their own`."""
        room = self.teacher.room
        if not self.person.present:
            where = "who is gone"
        elif self.is_alone:
            where = "in a session of their own" if room.shoulder is not None else "whose session is on its way"
        else:
            where = "who leads the class" if room.leader == self.whom else "who follows the class"
        return f"over the shoulder of {self.person.name}, {where}"

    def show_class(self) -> None:
        """Draw where the student is now."""
        self.query_one(ShoulderTitle).refresh()
        self.query_one(ShoulderKeys).refresh()
        self.show(self.state)

    def on_unmount(self) -> None:
        """Look no more."""
        self.teacher.looked_away(self.whom)
