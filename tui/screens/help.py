"""Help: the keys, from the keymap, and the words that the screen uses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tui.keymap import Command
from tui.keys import shown_key
from tui.screens.dialog import Dialog
from tui.words import WORDS

ON_THE_SCREEN = (
    "tab (or a click) goes from matrix to matrix; there the arrow keys go from entry to entry.",
    "Each entry says which formula it comes from.",
    "A shape's dimension that two neighbours share is lit in both; after an edit, changed entries are.",
    "Inside of a factor (s), ‹ › hold what is read of the two matrices and what is written.",
)


class HelpScreen(Dialog):
    """A page to read; what is typed leaves only the lines that have it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,enter", "dismiss", "close", show=False, priority=True),
        *(
            Binding(key, f"scroll('{key}')", show=False, priority=True)
            for key in ("up", "down", "pageup", "pagedown", "ctrl+home", "ctrl+end")
        ),
    ]

    _width = 100
    """Columns of the page."""

    def compose(self) -> ComposeResult:
        with self.frame("help", "type to search · ↑ ↓ pgup pgdn · esc close", "help"):
            yield Input(placeholder=self.glyphs("a key or a word, such as ^r, transpose, weights"), id="help-filter")
            with VerticalScroll(id="help-page", can_focus=False):
                yield Static(id="help-text")

    def on_input_changed(self) -> None:
        """Show what has all the words that are typed; a second ? closes, as a first one opened."""
        if self.query_one(Input).value == "?":
            self.dismiss()
            return
        self._show()
        self.query_one("#help-page").scroll_home(animate=False)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        self._width = max(40, self.query_one("#help-page").scrollable_content_region.width)
        self.query_one("#help-text", Static).update(self._text(self.query_one(Input).value.strip()))

    def action_scroll(self, key: str) -> None:
        """Move the page; the line at the top keeps the focus."""
        page = self.query_one("#help-page")
        moves = {
            "up": page.scroll_up, "down": page.scroll_down, "pageup": page.scroll_page_up,
            "pagedown": page.scroll_page_down, "ctrl+home": page.scroll_home, "ctrl+end": page.scroll_end,
        }  # fmt: skip
        moves[key](animate=False)

    def _text(self, query: str) -> Content:
        lines: list[Content] = []
        for group, commands in groupby(self._found(query), key=lambda command: command.group):
            self._put(lines, group, [self._line(_keys(command), 14, command.help) for command in commands])
        words = [self._line(word, 20, text) for word, text in WORDS if _has(query, word, text)]
        self._put(lines, "Words", words)
        sentences = [self._line("", 0, text) for text in ON_THE_SCREEN if _has(query, text)]
        self._put(lines, "On the screen", sentences)
        return Content("\n").join(lines or [Content(f"Nothing here has all of this: {query}")])

    def _found(self, query: str) -> list[Command]:
        """The commands that have the words; those of just that key alone, where it is one."""
        commands = self.debugger.commands
        of_key = [command for command in commands if query in (*map(shown_key, _names(command)), *_names(command))]
        return of_key or [
            command for command in commands
            if _has(query, *_names(command), _keys(command), command.label, command.help, command.name)
        ]  # fmt: skip

    def _line(self, left: str, width: int, text: str) -> Content:
        """A key or a word, and beside it what it is, on as many lines as that takes."""
        first, *rest = wrap(self.glyphs(text), self._width - width - 2)
        head = Content.assemble("  ", (self.glyphs(left).ljust(width), "bold"), first)
        return Content("\n").join([head, *(Content(" " * (width + 2) + line) for line in rest)])

    def _put(self, lines: list[Content], heading: str, found: Sequence[Content]) -> None:
        if found:
            lines += [*([Content()] if lines else []), Content.styled(heading, "bold $accent"), *found]


def _has(query: str, *texts: str) -> bool:
    """Whether every word that was typed stands in one of the texts, in letters of any size."""
    return all(any(word in text.lower() for text in texts) for word in query.lower().split())


def _names(command: Command) -> list[str]:
    return command.keys.split(",")


def _keys(command: Command) -> str:
    arrows = {"right": "→", "left": "←"}
    return " ".join(arrows.get(key, shown_key(key)) for key in _names(command)[:3])
