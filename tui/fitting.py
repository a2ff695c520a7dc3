"""What the app does to fit a person and a terminal: keys and colours of one's own, ASCII, no colours, small screens."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from textual.app import App
from textual.binding import Binding
from textual.events import Resize
from textual.filter import ANSIToTruecolor, LineFilter

from engine.diagnostics import Diagnostic
from engine.scenario import Scenario
from tui.config import Config, ThemeName, keep
from tui.console import collect_again
from tui.filters import AsciiOnly, Colourless
from tui.keymap import Command
from tui.screens.confirm import Choice, ConfirmScreen, notice
from tui.screens.too_small import LEAST, TooSmallScreen, is_too_small
from tui.themes import THEMES, next_theme


def bindings_of(command: Command) -> list[Binding]:
    """One for each of its keys. Those that nobody types into a line work over every screen."""
    whole = Binding(command.keys, f"do('{command.name}')", command.label, show=False, tooltip=command.help)
    is_everywhere = command.name in ("quit", "command_palette")
    return [
        replace(binding, priority=is_everywhere and "+" in binding.key) for binding in Binding.make_bindings([whole])
    ]


class Fitting(App[None]):
    """The part of the app that knows the config."""

    commands: tuple[Command, ...]
    """The table of keys that holds."""
    least = LEAST
    """Columns and rows that it needs."""
    rows_below = 0
    """Rows of the terminal that are not its own."""
    without_screen = "chainstep --linear"
    """What needs none."""
    _is_styled = False
    """Whether the style sheets have been read, with the theme's colours."""
    greeting = ""
    """What is said at the bottom when it opens."""

    def fit(self, config: Config, *, ascii_only: bool) -> None:
        """Take up the settings; called once, before anything is drawn."""
        self.config = config
        self.commands = config.commands
        self._bind(config.commands)
        self.no_color = bool(os.environ.get("NO_COLOR"))  # as no-color.org has it: an empty one means nothing
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = THEMES[config.theme].name
        self.stylesheet.set_variables(self.get_css_variables())
        self.greetings: list[ConfirmScreen] = []
        self._ascii = ascii_only
        self.set_class(ascii_only, "-ascii")
        self.set_class(self.no_color, "-colourless")

    def key_of(self, name: str) -> str:
        """The key of a command, as it is printed."""
        return next(command.shown_key for command in self.commands if command.name == name)

    def hint(self, text: str) -> str:
        """A text that names keys by their commands, `{lesson} goes on`; empty where one is nobody's here."""
        keys = {command.name: command.shown_key for command in self.commands}
        try:
            return text.format_map(keys)
        except KeyError:
            return ""

    def _bind(self, commands: Sequence[Command]) -> None:
        """Give the commands their keys. Textual's keymap would take keys away from lines that one types into."""
        table = self._bindings.key_to_bindings
        for key in [key for key, found in table.items() if any(each.action.startswith("do(") for each in found)]:
            del table[key]
        for command in commands:
            for binding in bindings_of(command):
                table[binding.key] = [binding]

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What all that is painted goes through."""
        filters = super().get_line_filters()
        if self.no_color:  # dim stays dim, where Textual would mix a colour for it
            filters = [*(each for each in filters if not isinstance(each, ANSIToTruecolor)), Colourless()]
        return [*filters, AsciiOnly()] if self._ascii else filters

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours that carry meaning, where another theme does not give its own."""
        return THEMES[ThemeName.DARK].variables

    def get_css_variables(self) -> dict[str, str]:
        """Those of the theme; without colours what is chosen in a list is told by underlining."""
        variables = super().get_css_variables()
        if self.no_color:  # of lists Textual drops "reverse"
            variables |= {"block-cursor-text-style": "bold underline", "block-cursor-blurred-text-style": "underline"}
        return variables

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheets again with other colours; not at the start, where Textual would read them twice."""
        if self._is_styled:
            super().refresh_css(animate)
        self._is_styled = True

    def announce(self, message: str) -> None:
        """One line at the bottom."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Say once what is wrong with the config, and ask what is to be asked at the start."""
        if self.config.problem is not None:
            self.greetings.append(notice("the config is put aside, and the defaults hold", str(self.config.problem)))
        for screen in self.greetings:
            self.push_screen(screen)
        self.call_after_refresh(collect_again)
        if self.greeting:
            self.call_after_refresh(self.announce, self.greeting)

    def on_resize(self, event: Resize) -> None:
        """Cover a screen that is too small for the debugger, and uncover it again."""
        covered = isinstance(self.screen, TooSmallScreen)
        if is_too_small(event.size, self.least) and not covered:
            self.push_screen(TooSmallScreen())
        elif covered and not is_too_small(event.size, self.least):
            self.pop_screen()

    def do_theme(self) -> None:
        """Other colours, kept in the config."""
        name = next_theme(self.theme)
        self.theme = THEMES[name].name
        kept = self._keep(theme=name)
        self.announce(f"theme: {name}{kept}" + (", without its colours: NO_COLOR is set" if self.no_color else ""))

    def offer_tour(self, tour: Scenario) -> ConfirmScreen:
        """The question whether to go through the tour, which is asked once."""

        def answered(*, wanted: bool) -> None:
            said = self._keep(tour_seen=True)
            if wanted:
                self.adopt(tour)
            self.announce(f"space begins the tour{said}" if wanted else f"chainstep tour, whenever you like{said}")

        text = (
            "chainstep walks through a derivative one factor of the chain rule at a time.\n\n"
            "A tour of a minute shows the keys: joining factors, flipping the layout, choosing what to "
            "differentiate by, editing a weight, and having a formula of your own judged."
        )
        return ConfirmScreen(
            "your first time here?", text,
            [Choice("enter,y,space", "begins the tour", partial(answered, wanted=True)),
             Choice("escape,n,q", "not now", partial(answered, wanted=False))],
        )  # fmt: skip

    def adopt(self, scenario: Scenario) -> None:
        """Show another scenario."""
        raise NotImplementedError

    def _keep(self, **choices: str | bool) -> str:
        """Keep choices in the config; answers why that could not be done, if it could not."""
        try:
            keep(self.config, choices)
        except Diagnostic as problem:
            return f" ({problem.message})"
        self.config = replace(self.config, **choices)  # type: ignore[arg-type]
        return ""
