"""What the app does so that nothing is lost: the journal, saving, a question before leaving, errors in one line."""

from __future__ import annotations

import os

from engine.diagnostics import Diagnostic
from engine.scenario import Player, Scenario
from engine.scenario.record import steps_to
from engine.scenario.replay import ACTOR
from engine.session import Record, Session, State
from engine.session.actions import Note
from tui.fitting import Fitting
from tui.journal import Journal, Left
from tui.saving import begin, changes_numbers, scenario_of_log, source_of
from tui.screens.confirm import Choice, ConfirmScreen

FULL = "the session's log is full, or its disk is: what is done from here on is lost if chainstep breaks down"


class Keeping(Fitting):
    """The part of the app that knows files."""

    session: Session
    lesson: Player
    lesson_title: str
    may_read_files = True
    """Whether a person may name files to be read and written: not where they are those of somebody else's machine."""
    scenario: Scenario | None = None
    """What the session began with; None where there is no file of it, and so nothing can be saved."""
    journal: Journal | None = None
    recording: str | None = None
    """The file of the recording that was begun here, which saving writes over."""
    _leaving: ConfirmScreen | None = None
    """The question before leaving."""
    _error: Exception | None = None
    """The first unexpected error."""
    _saved: tuple[int, State] | None = None
    """How many records had been made when it was saved, and the state then."""

    @property
    def kept_as(self) -> str:
        """How a person finds what they do again, where it is saved elsewhere as they do it; empty where it is not."""
        return ""

    def recorded(self, record: Record) -> None:
        """An action has been done: add it to the journal."""
        if self.journal is not None and not self.journal.record(record):
            self.journal = None
            self.announce(FULL)

    def begin_journal(self) -> None:
        """Write the session's log to disk from now on."""
        self.journal = Journal.begin(self.session)

    def adopt(self, scenario: Scenario, session: Session | None = None) -> None:
        """Show another scenario, at its opening or where a session has come to."""
        self.scenario = scenario
        self.session = session or Session(scenario.opening, scenario.title, self.recorded, source_of(scenario))
        self.lesson_title = scenario.title or "chainstep"
        self.lesson = Player(self.session, scenario.script)
        self._saved = self.recording = None
        if self.journal is not None:
            self.journal.end()
            self.begin_journal()
        self.refresh_lesson()

    def refresh_lesson(self) -> None:
        """Draw the screen of another lesson."""
        raise NotImplementedError

    # ---- going on --------------------------------------------------------------------------------------------------

    def offer(self, left: Left) -> ConfirmScreen:
        """The question whether to go on from a log that was left behind."""
        text = f"An earlier session ended before it was left:\n\n  {left}\n\nIts log is {left.path}"
        return ConfirmScreen(
            "go on from where you were?", text,
            [Choice("enter,y", "goes on from it", lambda: self._go_on_from(left)), Choice("escape,n,q", "not now"),
             Choice("d", "throws it away", lambda: _throw_away(left))],
        )  # fmt: skip

    def _go_on_from(self, left: Left) -> None:
        try:
            scenario = scenario_of_log(left.log)
            session = Session.replayed(scenario.opening, left.log, self.recorded)
        except Exception as problem:  # of several kinds, and the log stays, for whoever wants to mend it
            said = problem.message if isinstance(problem, Diagnostic) else str(problem).split("\n")[0]
            self.announce(f"it cannot be gone on from: {said}")
            return
        self.adopt(scenario, session)
        _throw_away(left)
        self.announce(f"where you were: {len(left.log.records)} actions are done again")

    # ---- saving and leaving ----------------------------------------------------------------------------------------

    @property
    def has_unsaved_changes(self) -> bool:
        """Whether a person wrote a note, or changed numbers or the network, and nothing has it but the session."""
        count, state = self._saved or (0, None)
        kept = state.program if state else self.session.state.opening[0]
        records = self.session.log.records[count:]
        if any(isinstance(record.action, Note) and record.actor != ACTOR for record in records):
            return True
        return self.session.state.program is not kept and any(map(changes_numbers, records))

    def saved(self) -> None:
        """What there is now has been saved."""
        self._saved = len(self.session.log.records), self.session.state

    def do_save(self) -> None:
        """Ask for a name."""
        if self._has_files():
            from tui.screens.save import SaveScreen

            self.push_screen(SaveScreen())

    def do_record(self) -> None:
        """Ask for the name of a recording that begins here."""
        if self._has_files():
            from tui.screens.save import RecordScreen

            self.push_screen(RecordScreen())

    def _has_files(self) -> bool:
        """Whether anything can be saved; it is said if not."""
        can_save = self.scenario is not None and self.may_read_files
        if not can_save:
            self.announce(self.kept_as or "nothing can be saved here: this chainstep runs without files")
        return can_save

    def record(self, typed: str, *, overwrite: bool) -> None:
        """Begin a recording in a file: the same numbers, at the same place, with nothing done yet.

        Raises a Diagnostic where that cannot be written.
        """
        assert self.scenario is not None
        state = self.session.state
        scenario = begin(self.scenario, state, typed, overwrite=overwrite)
        self.adopt(scenario)
        self.recording = scenario.name
        for action in steps_to(state):
            self.session.dispatch(action)
        self.saved()
        self.refresh_lesson()
        self.announce(f"recording from here: {self.key_of('save')} saves it to {scenario.name}")

    def do_quit(self) -> None:
        """Leave; where changes would be lost, after asking once."""
        if self.kept_as or not self.has_unsaved_changes or self.scenario is None or self.screen is self._leaving:
            self.exit()
            return
        text = "Numbers or the network were changed, or a note was written, and that is not saved."
        self._leaving = ConfirmScreen(
            "leave?", text,
            [Choice("q,enter", "leaves", self.exit),
             *([Choice("ctrl+s,s", "saves", self.do_save)] if self.may_read_files else []), Choice("escape", "stays")],
        )  # fmt: skip
        self.push_screen(self._leaving)

    def _handle_exception(self, error: Exception) -> None:
        """End, and leave it to `run` to say in one line what happened; Textual would print a traceback."""
        if self._error is None:
            self._error = error
        self.error_console.quiet = not os.environ.get("CHAINSTEP_DEBUG")
        super()._handle_exception(error)

    @property
    def failure(self) -> Exception | None:
        """The unexpected error that ended the app, with a note of where the log is."""
        error = self._error
        if error is not None and self.journal is not None:
            self.journal.close()
            error.add_note(f"Nothing is lost: chainstep --log {self.journal.path} goes on from where you were.")
        return error


def _throw_away(left: Left) -> None:
    left.path.unlink(missing_ok=True)
