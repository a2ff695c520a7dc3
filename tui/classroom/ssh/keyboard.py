"""What a client sends, as Textual's events: bounded, and without what only a terminal of one's own may say."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, XTermParser
from textual.message import Message
from textual.messages import InBandWindowResize

MAX_PASTE = 20_000
"""Characters of the longest paste that is passed on; a longer one is dropped whole."""


class Parser(XTermParser):
    """Textual's, but for its memory of what a sequence means: that is all connections', and keeps their parsers."""

    _parse_extended_key = XTermParser._parse_extended_key.__wrapped__  # type: ignore[assignment]


class Keyboard:
    """The parser of one connection's input. Whatever bytes come, it raises nothing and holds a bounded amount."""

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._parser = Parser()
        self._swallowed = 0
        """Characters since the last event; only a paste swallows many."""
        self._tail: str | None = None
        """The last few characters of a paste that is being dropped; None while none is."""
        self.dropped = 0
        """Pastes that were too long."""

    def feed(self, data: bytes) -> Iterator[Message]:
        """The events that `data` completes."""
        text = self._decode(data)
        if text and self._tail is not None:
            text = self._behind_the_paste(text)
        if text:
            self._swallowed += len(text)
            yield from self._parsed(text)
            if self._swallowed > MAX_PASTE:
                self._drop_the_paste()

    def tick(self) -> Iterator[Message]:
        """The Esc that no sequence followed; to be called a tenth of a second after the last `feed`."""
        yield from self._passed(self._parser.tick())

    def close(self) -> None:
        """End the parser, which otherwise goes only with the next garbage collection."""
        list(self._parser.feed(""))
        self._parser = Parser()

    def _parsed(self, text: str) -> Iterator[Message]:
        try:
            yield from self._passed(self._parser.feed(text))
        except (ValueError, OverflowError):  # Textual's parser takes numbers as they come, and is of no use after that
            self._parser = Parser()

    def _passed(self, found: Iterable[Message]) -> Iterator[Message]:
        for event in found:
            self._swallowed = 0
            if isinstance(event, events.Resize | InBandWindowResize):  # sizes are the connection's to tell
                self._parser.mouse_pixels = False
                self._parser.terminal_size = self._parser.terminal_pixel_size = None
                continue
            yield event

    def _drop_the_paste(self) -> None:
        self.close()
        self._swallowed = 0
        self._tail = ""
        self.dropped += 1

    def _behind_the_paste(self, text: str) -> str:
        text = (self._tail or "") + text
        _, end, rest = text.partition(BRACKETED_PASTE_END)
        self._tail = None if end else text[1 - len(BRACKETED_PASTE_END) :]
        return rest
