"""Lines in, lines out: what is typed becomes lines, and what is said stands between them, with the prompt below."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterator

from engine.diagnostics import display_width
from tui.classroom.ssh.terminal import Terminal
from tui.glyphs import Glyphs

MAX_LINE = 4_200
"""Characters of a line; what is more is dropped."""
PROMPT = "> "
LEAVES = "\x03\x04"
"""Ctrl-C and Ctrl-D, of which one who has a pty hears nothing unless they are answered here."""


class Conversation:
    """All that is written to the terminal of somebody without a screen, and read from it."""

    def __init__(self, terminal: Terminal, glyphs: Glyphs) -> None:
        self._terminal, self._glyphs = terminal, glyphs
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._typed = self._last = ""
        self._is_prompted = False
        """Whether the prompt stands there, and what is said has to go below it."""

    # ---- out -------------------------------------------------------------------------------------------------------

    def say(self, *lines: str) -> None:
        """Say lines; where the prompt stood it stands below them again, with what was being typed."""
        text = self._glyphs("\n".join(lines))
        if self._terminal.has_pty:
            width = self._terminal.size[0] - 1  # a full row would be two in some terminals
            text = "\n".join(piece for line in text.split("\n") for piece in wrapped(line, width))
        before, after = ("\n", self._prompted) if self._is_prompted else ("", "")
        self._terminal.say(f"{before}{text}\n{after}")

    def end(self, text: str) -> None:
        """Say the last words."""
        if self._is_prompted:
            self._terminal.say("\n")
        self.begin()
        self.say(text)

    def prompt(self) -> None:
        """Ask for the next line."""
        self._is_prompted = True
        self._terminal.say(self._prompted)

    @property
    def _prompted(self) -> str:
        return PROMPT + (self._typed if self._terminal.has_pty else "")

    def begin(self) -> None:
        """A line is being answered: what is said now goes directly below it."""
        self._is_prompted = False

    # ---- in --------------------------------------------------------------------------------------------------------

    def read(self, data: bytes) -> Iterator[str | None]:
        """The lines that these bytes end; None where they say that somebody leaves."""
        has_pty = self._terminal.has_pty
        for character in self._decode(data):
            last, self._last = self._last, character
            if character == "\n" and last == "\r":
                continue  # of the same line's end
            if character in "\r\n":
                self._echo("\n" if has_pty else "")
                line, self._typed = self._typed, ""
                yield line
            elif character in LEAVES and has_pty:
                yield None
            elif character in "\x08\x7f":
                self._echo("\b \b" if self._typed else "")
                self._typed = self._typed[:-1]
            elif character.isprintable() and len(self._typed) < MAX_LINE:
                self._typed += character
                self._echo(character)

    def _echo(self, text: str) -> None:
        if self._terminal.has_pty:
            self._terminal.say(text)


def wrapped(line: str, width: int) -> Iterator[str]:
    """A line in pieces that fit, broken at blanks; what goes on is indented as the line is."""
    indent = line[: min(len(line) - len(line.lstrip()), width // 2)]
    while display_width(line) > width:
        fit = width
        while display_width(line[:fit]) > width:
            fit -= 1
        blank = line.rfind(" ", len(indent) + 1, fit + 1)
        cut = blank if blank > 0 else fit
        yield line[:cut].rstrip()
        line = indent + line[cut:].lstrip()
    yield line
