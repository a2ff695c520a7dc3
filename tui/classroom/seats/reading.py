"""All that the class is told, page by page, for one follower alone: it lies over the mirror, which others see too."""

from __future__ import annotations

from textual.content import Content

from tui.classroom.seats.class_line import cut

STEPS = {"pagedown": 1, "space": 1, "down": 1, "pageup": -1, "up": -1}
"""Keys that turn pages, and in which direction."""


class Reading:
    """A text in pages of a terminal's size."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.page = 0

    def turn(self, by: int, size: tuple[int, int]) -> None:
        """To another page, as far as there are."""
        self.page = max(0, min(self.page + by, len(self._pages(size)) - 1))

    def status(self, size: tuple[int, int]) -> str:
        """What the class's line says meanwhile."""
        return f"page {self.page + 1} of {len(self._pages(size))} · pagedown pageup turn · any other key goes back"

    def drawn(self, size: tuple[int, int]) -> bytes:
        """The bytes that draw the page over all rows."""
        width, height = size
        pages = self._pages(size)
        lines = pages[min(self.page, len(pages) - 1)]
        rows = [f"\x1b[{row};1H{cut(f' {line}', width)}" for row, line in
                enumerate(lines + [""] * (height - len(lines)), start=1)]  # fmt: skip
        return ("\x1b[0m" + "".join(rows)).encode()

    def _pages(self, size: tuple[int, int]) -> list[list[str]]:
        width, height = size
        lines = [line.plain for line in Content(self.text).wrap(width - 2)] or [""]
        return [lines[first : first + height] for first in range(0, len(lines), height)]
