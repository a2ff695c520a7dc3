"""What opens over the debugger: a frame in the middle, closed by escape."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual._styles_cache import StylesCache
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from tui.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.app import DebuggerApp


class Dialog(ModalScreen[None]):
    """A modal screen of the debugger."""

    @property
    def debugger(self) -> DebuggerApp:
        return cast("DebuggerApp", self.app)

    @property
    def glyphs(self) -> Glyphs:
        return self.debugger.glyphs

    def on_unmount(self) -> None:
        """Let go of the lines that were drawn, which a cache of Textual would keep for a thousand dead widgets."""
        StylesCache.get_inner_outer.cache_clear()

    def frame(self, title: str, hint: str, id: str, *, scrolls: bool = False) -> Vertical | VerticalScroll:  # noqa: A002
        """The frame, with its title and the keys that work in it."""
        frame = VerticalScroll(classes="dialog", id=id) if scrolls else Vertical(classes="dialog", id=id)
        frame.border_title = Content(self.glyphs(title))
        frame.border_subtitle = Content(self.glyphs(hint))
        return frame
