"""The terminal app: keys make Actions, the session makes States, the screen shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from textual.app import SystemCommand
from textual.command import CommandPalette
from textual.screen import Screen

from engine.diagnostics import Diagnostic
from engine.scenario import Player, Scenario
from engine.session import Session, State, actions
from engine.session.actions import AnyAction
from engine.session.differences import before
from tui.config import Config
from tui.descent_text import update_rule
from tui.dialogs import Dialogs
from tui.flip_words import flip_sentence, is_flip
from tui.glyphs import Glyphs
from tui.keymap import LESSON, Command
from tui.look import LEGEND, Look
from tui.saving import source_of
from tui.screens.debugger import DebuggerScreen
from tui.teaching import Teaching
from tui.widgets.bars import KeyBar
from tui.widgets.why import WhyPanel


class DebuggerApp(Teaching, Dialogs):
    """A session on the screen. `state` is the session's; nothing here changes it but `dispatch`."""

    TITLE = "chainstep"
    CSS_PATH = "debugger.tcss"
    search_gate: AbstractContextManager[object] = nullcontext()
    """Held while the doctor searches, where several apps share a processor."""
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        opening: State,
        title: str = "",
        script: Sequence[AnyAction] = (),
        *,
        ascii_only: bool = False,
        config: Config = Config(),  # noqa: B008 frozen
        source: str = "",
    ) -> None:
        super().__init__()
        ascii_only = ascii_only or config.ascii_only
        self.fit(config, ascii_only=ascii_only)
        self.session = Session(opening, title, self.recorded, source)
        self.lesson_title = title or "chainstep"
        self.lesson = Player(self.session, script)
        self.last_message = ""
        self.glyphs = Glyphs(ascii_only=ascii_only)
        self.look = Look(config.decimals)
        self.formulas: list[str] = []
        self.set_class(ascii_only, "-ascii")

    @property
    def state(self) -> State:
        return self.session.state

    @property
    def own_formula(self) -> str:
        """The formula for this target that was judged last; empty where there is none."""
        found = self.state.diagnosis
        return found.formula if found is not None and found.target == self.state.view.target else ""

    def get_default_screen(self) -> Screen[None]:
        return DebuggerScreen(id="debugger")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: the keymap."""
        for command in self.commands:
            if command.name != "command_palette" and (command.group != LESSON or self.has_lesson):
                yield SystemCommand(
                    self.in_palette(command), command.help, lambda command=command: self.perform(command)
                )

    def in_palette(self, command: Command) -> str:
        """How the palette calls a command."""
        return f"{command.label} ({command.shown_key})"

    # ---- what keys do ----------------------------------------------------------------------------------------------

    def action_do(self, name: str) -> None:
        """Perform a command of the keymap."""
        self.perform(next(command for command in self.commands if command.name == name))

    def perform(self, command: Command) -> None:
        """Dispatch the command's Action, or call the method that is called after it."""
        self.announce("")
        if command.make is None:
            getattr(self, f"do_{command.name}")()
            return
        former, action = self.state, command.make(self.state)
        if not self.dispatch(action):
            return
        if isinstance(action, actions.Update):
            self.announce(update_rule(self.state, action.rate, brief=True))
        elif is_flip(former, self.state):
            self.announce(flip_sentence(former, self.state))

    def dispatch(self, action: AnyAction) -> bool:
        """Apply an Action; a refusal is shown, and nothing is lost."""
        if not self.attempt(lambda: self.session.dispatch(action)):
            return False
        self.done_by_hand(action)
        return True

    def attempt(self, change: Callable[[], object]) -> bool:
        """Change the session and draw it; answers whether it was not refused."""
        try:
            change()
        except Diagnostic as problem:
            hint = f" ({problem.hints[0]})" if problem.hints else ""
            self.announce(problem.message + hint)
            return False
        self.redraw()
        return True

    def redraw(self) -> None:
        """Show the session's state on the main screen, which may be behind another."""
        for screen in self.screen_stack:
            if isinstance(screen, DebuggerScreen):
                screen.show(screen.state)

    def refresh_lesson(self) -> None:
        """Draw the screen of another lesson."""
        self.playback.leave()
        if self.is_running:
            self.formulas.clear()
            self.network_draft = None
            for screen in self.screen_stack:
                if isinstance(screen, DebuggerScreen):
                    screen.query_one(WhyPanel).tell("")
                    screen.query_one(KeyBar).refresh()
            self.redraw()

    def announce(self, message: str) -> None:
        """One line at the bottom, until the next key."""
        self.last_message = message
        for screen in self.screen_stack:
            for bar in screen.query(KeyBar):
                bar.announce(message)

    def do_command_palette(self) -> None:
        """Find a command by its name."""
        if not any(isinstance(screen, CommandPalette) for screen in self.screen_stack):  # not over itself
            self.action_command_palette()

    # ---- commands that are no Action -------------------------------------------------------------------------------

    def do_scroll_down(self) -> None:
        """Scroll the text."""
        self.query_one(WhyPanel).scroll_page_down(animate=False)

    def do_scroll_up(self) -> None:
        """Scroll the text back."""
        self.query_one(WhyPanel).scroll_page_up(animate=False)

    def do_precision(self) -> None:
        """Other decimals."""
        self._look(self.look.next_precision)
        self.announce(f"numbers with {self.look.precision}")

    def do_heat(self) -> None:
        """Colours by sign and size, or none."""
        self._look(replace(self.look, heat=not self.look.heat))
        self.announce(LEGEND if self.look.heat else "heat is off")

    def _look(self, look: Look) -> None:
        self.look = look
        self.redraw()

    def do_compare(self) -> None:
        """See the chain before and after the last edit."""
        if self.attempt(lambda: before(self.state)):
            from tui.screens.compare import CompareScreen

            self.push_screen(CompareScreen())

    def do_dismiss(self) -> None:
        """Put away what the last edit changed, if anything is shown of it."""
        if self.state.compared is not None:
            self.dispatch(actions.Dismiss())


def app_for(
    scenario: Scenario,
    *,
    ascii_only: bool = False,
    config: Config = Config(),  # noqa: B008 frozen
) -> DebuggerApp:
    """The app, opened on a scenario."""
    app = DebuggerApp(
        scenario.opening, scenario.title, scenario.script, ascii_only=ascii_only, config=config,
        source=source_of(scenario),
    )  # fmt: skip
    app.scenario = scenario
    return app
