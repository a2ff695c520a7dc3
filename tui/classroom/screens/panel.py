"""The class's panel: who is here, what they do, and what a teacher can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.classroom.keymap import PANEL
from tui.classroom.room.people import Person
from tui.classroom.screens.current import Current
from tui.classroom.screens.roster import Roster, Row
from tui.classroom.words import Columns, answers_so_far, class_place, class_rules, counts
from tui.render import DIM
from tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from tui.classroom.apps.teacher import TeacherApp

MARGIN = 2
"""Columns of the roster for its cursor, and for whether there are more rows."""
NOTES = 3
"""Of the latest notes."""


class PanelScreen(Dialog, Current):
    """Covers the debugger, which goes on below it; its keys are the table `PANEL`, which TeacherApp performs."""

    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-short"), (33, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "close", show=False),
        *(Binding(command.keys, f"command('{command.name}')", command.label, show=False) for command in PANEL),
    ]

    @property
    def teacher(self) -> TeacherApp:
        return cast("TeacherApp", self.app)

    def compose(self) -> ComposeResult:
        way_in = self.teacher.seat.classroom.way_in
        with self.frame(f"the class · {way_in}" if way_in else "the class", "↑ ↓ choose · f2 or esc closes", "panel"):
            yield Static(id="panel-class")
            yield Static(id="panel-heading")
            yield Roster(id="roster")
            yield Static(id="panel-notes")
            yield Static(id="panel-keys")

    def on_mount(self) -> None:
        self.query_one(Roster).focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_class)

    @property
    def chosen(self) -> Person | None:
        """The person under the cursor."""
        return self.teacher.room.people.get(self.query_one(Roster).chosen)

    def on_roster_opened(self) -> None:
        self.action_command("class_look")

    def action_command(self, name: str) -> None:
        """Do what a key of the table says."""
        self.teacher.class_command(name.removeprefix("class_"))

    # ---- what is drawn ---------------------------------------------------------------------------------------------

    def show_class(self) -> None:
        """Draw all that looks different by now."""
        room, glyphs, roster = self.teacher.room, self.glyphs, self.query_one(Roster)
        me = self.teacher.seat.person
        columns = Columns.of(roster.content_size.width - MARGIN)
        self._put("#panel-class", [
            Content.styled(glyphs(counts(room)), "bold"),
            Content(glyphs(" · ".join(filter(None, [
                f"the class: {class_place(room)}", answers_so_far(room), class_rules(room, me),
            ])))),
        ])  # fmt: skip
        self._put("#panel-heading", [Content.assemble(" ", columns.heading(glyphs))])
        sent_out = [person for person in room.people.values() if person.removed]
        roster.show([
            Row(person.id, columns.person(person, room, glyphs))
            for person in (*room.roster(), *sent_out) if person.id != me
        ])  # fmt: skip
        notes = [
            Content.assemble((glyphs(room.people[note.by].name), "bold"), glyphs(f": {note.text}"))
            for note in room.shown_notes()[-NOTES:]
        ]
        if not notes:
            notes = [Content.styled("notes that students write (F5 there) stand here", DIM)]
        self._put("#panel-notes", notes[-max(1, self.query_one("#panel-notes").content_size.height) :])
        self._put("#panel-keys", self._keys(self.query_one("#panel-keys").content_size.width))

    def _put(self, where: str, lines: list[Content]) -> None:
        part = self.query_one(where, Static)
        text = Content("\n").join(line.truncate(part.content_size.width, ellipsis=True) for line in lines)
        if text.plain != getattr(part.content, "plain", None):
            part.update(text, layout=False)

    def _keys(self, width: int) -> list[Content]:
        """The keys, on as many lines as they take."""
        lines = [Content()]
        for command in PANEL:
            item = Content.assemble((command.shown_key, "bold $accent"), f" {command.label}")
            if lines[-1].cell_length + item.cell_length + 2 > width:
                lines.append(Content())
            lines[-1] = Content("  ").join([lines[-1], item]) if lines[-1] else item
        return lines
