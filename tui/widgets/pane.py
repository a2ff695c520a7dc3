"""What all parts of the debugger's screen have in common: they show a State and hold no truth of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from engine.session import State
from tui.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.app import DebuggerApp
    from tui.screens.debugger import DebuggerScreen


class Pane(Widget):
    """A part of the screen that is drawn from the latest State."""

    auto_links = False
    """There is nothing to click in the text, and to look for it takes time."""
    state: State | None = None
    _painted: tuple[object, ...] | None = None
    _title = Content()
    _subtitle = Content()

    def show(self, state: State) -> None:
        """Draw another state, unless what this part reads of it is what it read of the last one."""
        self.state = state
        reads = self.reads(state)
        if reads is None or self._painted is None or not _are(reads, self._painted):
            self._painted = reads
            self.refresh()

    def reads(self, state: State) -> tuple[object, ...] | None:
        """All that `draw` depends on but for the size; None where that may be anything."""
        return None

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """Take a size. No other size follows from it; Textual would lay out and paint the whole screen once more."""
        return super()._size_updated(size, virtual_size, container_size, layout=False)

    @property
    def debugger(self) -> DebuggerApp:
        return cast("DebuggerApp", self.app)

    @property
    def glyphs(self) -> Glyphs:
        return self.debugger.glyphs

    def hint(self, text: str) -> str:
        """A text that names keys by their commands, where they do something."""
        return cast("DebuggerScreen", self.screen).hint(text)

    def render(self) -> Content:
        return Content() if self.state is None else self.draw(self.state)

    def draw(self, state: State) -> Content:
        """The content for a state, made to fit `self.content_size`."""
        raise NotImplementedError

    def caption(self, title: Content, subtitle: Content) -> None:
        """Put words into the frame; where they stand there already, nothing is painted."""
        if not same_look(title, self._title):
            self.border_title = self._title = title
        if not same_look(subtitle, self._subtitle):
            self.border_subtitle = self._subtitle = subtitle


def same_look(one: Content, other: Content) -> bool:
    """Whether two texts look the same; `==` compares only their characters."""
    return one.plain == other.plain and one.spans == other.spans


def _are(ones: tuple[object, ...], others: tuple[object, ...]) -> bool:
    """Whether they are the same objects, or the same text."""
    return all(one is other or (isinstance(one, str) and one == other) for one, other in zip(ones, others, strict=True))
