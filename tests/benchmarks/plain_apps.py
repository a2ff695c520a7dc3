"""What the screen is compared with: Textual and nothing else. `python plain_apps.py bare | numpy | static | tables`.

It imports only what Textual does, and is run as a file, so that its start is a bare app's.
"""

from __future__ import annotations

import random
import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

ROWS, COLUMNS = 11, 6
"""Entries of each panel: as many as the debugger shows in one of its own at 160×45."""


def panels(seed: int) -> list[list[list[str]]]:
    """Three matrices of numbers with four decimals."""
    source = random.Random(seed)
    return [[[f"{source.uniform(-1, 1):7.4f}" for _ in range(COLUMNS)] for _ in range(ROWS)] for _ in range(3)]


class Bare(App[None]):
    """Nothing but a word."""

    def compose(self) -> ComposeResult:
        yield Static("ready")


class Panels(App[None]):
    """Three framed panels of numbers; n and b show other numbers in all of them."""

    CSS = """
    Horizontal { height: 13; }
    Static { width: 1fr; height: 13; border: round $primary; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[tuple[str, str, str]]] = [("n", "show(1)", "next"), ("b", "show(0)", "back")]

    def compose(self) -> ComposeResult:
        with Horizontal():
            for _ in range(3):
                yield Static()

    def on_mount(self) -> None:
        self.contents = [[self.drawn(panel) for panel in panels(seed)] for seed in range(2)]
        self.action_show(0)

    def action_show(self, number: int) -> None:
        for widget, content in zip(self.query(Static), self.contents[number], strict=True):
            widget.update(content, layout=False)

    def drawn(self, cells: list[list[str]]) -> object:
        """As text."""
        return "\n".join("⎢ " + "  ".join(row) + " ⎥" for row in cells)


class Tables(Panels):
    """The same as rich Tables."""

    def drawn(self, cells: list[list[str]]) -> object:
        from rich.table import Table

        table = Table(show_header=False, box=None)
        for _ in cells[0]:
            table.add_column(justify="right")
        for row in cells:
            table.add_row(*row)
        return table


if __name__ == "__main__":
    if sys.argv[1] == "numpy":
        import numpy  # noqa: F401 what no start of the debugger can be quicker than
    {"bare": Bare, "numpy": Bare, "static": Panels, "tables": Tables}[sys.argv[1]]().run()
