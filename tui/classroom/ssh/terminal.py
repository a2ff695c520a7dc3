"""A client's terminal at the other end of a channel: what it can draw, and whether it keeps up.

Output is bounded: while the client does not read, frames are left out, and the newest is drawn whole when it reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from rich.color import ColorSystem
from rich.console import Console

LEAST, MOST = (20, 5), (240, 80)
"""Columns and rows that a client may ask for; others are clamped."""
ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
MOUSE = "\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?2004h"
"""Buttons, dragging, SGR coordinates; bracketed paste. Not every motion: each event of one costs 2 ms."""
LEAVE = "\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h"
_POOR = ("dumb", "unknown", "vt1", "vt2", "vt52", "ansi", "linux", "cons", "sun")
"""How the types of terminals begin that have only ASCII for certain."""


class Channel(Protocol):
    """What a terminal needs of the SSH channel."""

    def write(self, data: bytes) -> None:
        """Send bytes, or keep them to be sent."""

    def close(self) -> None:
        """Close it."""


def clamped(width: int, height: int) -> tuple[int, int]:
    """A size that an app can be drawn in."""
    return min(max(width, LEAST[0]), MOST[0]), min(max(height, LEAST[1]), MOST[1])


@dataclass(eq=False)
class Terminal:
    """Its kind, its size, and whether it keeps up."""

    channel: Channel
    kind: str = "xterm-256color"
    """TERM."""
    size: tuple[int, int] = (80, 24)
    """Columns and rows."""
    environment: dict[str, str] = field(default_factory=dict)
    has_pty: bool = True
    """Whether keys come one by one and unechoed, and not lines that the client's own terminal has edited."""
    is_full: bool = False
    """Whether the client reads slower than is written; nothing is sent then."""
    is_closed: bool = False
    """Whether nobody is there any more."""
    is_stale: bool = False
    """Whether something was left out."""
    on_drained: Callable[[], None] = lambda: None
    """Called when it reads again after something was left out."""

    @property
    def is_poor(self) -> bool:
        """Whether nothing but ASCII, and eight colours, is sure to be drawn."""
        locale = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := self.environment.get(name))), "")
        is_other = bool(locale) and "utf" not in locale.casefold()
        return self.kind.startswith(_POOR) or is_other or bool(self.environment.get("CHAINSTEP_ASCII"))

    @property
    def can_draw(self) -> bool:
        """Whether a screen can be drawn at all."""
        return self.has_pty and self.kind not in ("", "dumb", "unknown")

    @property
    def has_no_colour(self) -> bool:
        """Whether colours are not wanted, or not there."""
        return bool(self.environment.get("NO_COLOR")) or self.kind.startswith(("vt1", "vt2", "vt52"))

    @property
    def colours(self) -> Literal["standard", "256", "truecolor"]:
        """How many it has, as Rich calls them."""
        if self.environment.get("COLORTERM") in ("truecolor", "24bit") or self.kind.endswith("direct"):
            return "truecolor"
        return "256" if "256" in self.kind or "kitty" in self.kind else "standard"

    @property
    def color_system(self) -> ColorSystem:
        """The same, for what downgrades colours."""
        return {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT}.get(self.colours, ColorSystem.TRUECOLOR)

    def console(self) -> Console:
        """What an app's frames are rendered by: for this terminal's colours, and whatever the server's is like."""
        return Console(
            file=_Nowhere(), color_system=self.colours, force_terminal=True, legacy_windows=False, markup=False,  # type: ignore[arg-type]
            highlight=False, emoji=False, safe_box=False, soft_wrap=False, width=self.size[0], height=self.size[1],
            no_color=False, force_interactive=True, force_jupyter=False,
        )  # fmt: skip

    # ---- output ----------------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send a frame, or leave it out when the client does not keep up."""
        if self.is_full:
            self.is_stale = True
        elif data and not self.is_closed:
            self.channel.write(data)

    def say(self, text: str) -> None:
        """Lines of plain text, for a client without a screen."""
        self.write(text.replace("\n", "\r\n").encode())

    def enter(self) -> None:
        """Take up the whole screen."""
        self.write((ENTER + ("" if self.is_poor else MOUSE)).encode())

    def leave(self) -> None:
        """Give the screen back; whatever is left out, this is not."""
        if not self.is_closed:
            self.channel.write(LEAVE.encode())

    def close(self) -> None:
        """Nothing more is written; what was, is still sent."""
        if not self.is_closed:
            self.is_closed = True
            self.channel.close()

    def fill_up(self) -> None:
        """The client does not read."""
        self.is_full = True

    def drain(self) -> None:
        """It reads again."""
        self.is_full = False
        if self.is_stale:
            self.is_stale = False
            self.on_drained()


class _Nowhere:
    """Where a console would write that only renders."""

    encoding = "utf-8"

    def write(self, _text: str) -> None:
        pass

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True
