"""A debugger that is drawn elsewhere: what has changed is sent, and what it leaves behind is looked for in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.css.stylesheet import Stylesheet
from textual.events import Event, Resize
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Size
from textual.screen import Screen
from textual.theme import Theme

from tui.app import DebuggerApp
from tui.classroom.apps.memory import COLLECTOR
from tui.classroom.apps.painting import Painting, pieces
from tui.classroom.apps.strips import slim
from tui.classroom.ssh.terminal import Terminal

slim()


class DrawnApp(DebuggerApp):
    """Its frames go to the driver as differences to what the terminal shows."""

    painting: Painting
    """What the terminal shows."""
    _awaited_size: tuple[int, int] | None = None
    """The size that the terminal was given last; None while it has the one that it began with."""
    _theme_found: Theme | None = None

    def draw_for(self, terminal: Terminal) -> None:
        """Use a terminal's colours, and not those of the one that the server was started in."""
        self.console = terminal.console()
        self.painting = Painting(terminal.color_system)

    async def run_async(self, **options: Any) -> None:
        """Run until it is left."""
        COLLECTOR.began()
        try:
            await super().run_async(**options)
        finally:
            COLLECTOR.ended(self)

    async def _shutdown(self) -> None:
        """End, and be taken apart.

        Widgets hold one another in circles with all that they have painted. Until they are found to be garbage, where
        people come and go, the next ones would need other memory. A thread that still works for one of them, such as
        the doctor's, finds it empty and ends; its worker has been cancelled, so that nobody hears of that.
        """
        parts = [*self._registry]
        await super()._shutdown()
        for part in parts:
            vars(part).clear()
        self.stylesheet = Stylesheet()
        self.painting.fit((0, 0))

    # ---- what it is given ------------------------------------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Whether it can be given an event: its screen is there, and nothing waits to be dealt with."""
        if self._driver is None or not self._dom_ready:
            return False
        pumps = [self, *self.screen_stack, *([self.focused] if self.focused is not None else [])]
        return sum(pump.message_queue_size for pump in pumps) < 2

    def process(self, event: Event) -> None:
        """Deal with a key, a paste or a mouse event."""
        if self._driver is not None:
            self._driver.process_message(event)

    def resize(self, size: tuple[int, int]) -> None:
        """Fit another size."""
        if self._driver is not None:
            self._driver._size = size
        self.console.size = self._awaited_size = size
        self.painting.forget()
        self.post_message(Resize(Size(*size), Size(*size)))

    # ---- what it draws ---------------------------------------------------------------------------------------------

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send what has changed on the screen, where Textual would send all that it has painted."""
        can_send = self._running and not self._closed and not self._batch_count
        # a frame of the size before would lie over the row that is the class's
        can_send = can_send and self._awaited_size in (None, screen.size)
        if can_send and self._driver is not None and isinstance(renderable, CompositorUpdate):
            self.painting.fit(screen.size)
            try:
                self._driver.write(self.painting.paint(pieces(renderable)))
            except Exception as problem:  # as where Textual paints
                self._handle_exception(problem)
            self._driver.flush()
        self.post_display_hook()

    @property
    def current_theme(self) -> Theme:
        """That of the app, found once: each line that is painted asks for it."""
        if self._theme_found is None or self._theme_found.name != self.theme:
            self._theme_found = super().current_theme
        return self._theme_found

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without the one that looks in each text for colours of the terminal's own: there are none."""
        return [each for each in super().get_line_filters() if not isinstance(each, ANSIToTruecolor)]

    def full_frame(self) -> bytes:
        """All that has been sent, for a terminal that missed it; empty before the first frame."""
        return self.painting.whole().encode("utf-8", "replace")
