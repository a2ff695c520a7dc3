"""What goes over everything that is painted: no colours, or no characters but ASCII, whichever widget drew them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from tui.glyphs import ASCII

_WIDGETS = {
    **dict.fromkeys("─━═╌╍┄┅┈┉▁▔▀▄▂", "-"), **dict.fromkeys("│┃║╎╏┆┇┊┋▎▏▍▌▐▕▊▋▉▖▗▘▝▞", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛╔╗╚╝╋╸╹╺╻╴╵╶╷", "+"), **dict.fromkeys("█▇▆▅▃▓▒░", "#"),
    "▼": "v", "▲": "^", "▶": ">", "◀": "<", "●": "*", "○": "o", "•": "*", "☐": "_", "☑": "x", "X": "X", "\xa0": " ",
}  # fmt: skip
"""Frames, scroll bars and marks of Textual's own widgets."""
_ONE_WIDE = {character: text for character, text in ASCII.items() if len(text) == 1} | _WIDGETS


class Colourless(LineFilter):
    """Takes away every colour and leaves bold, dim, underlined and reverse."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(text, style and _without_colour(style), control) for text, style, control in segments]


@lru_cache(4_096)
def _without_colour(style: Style) -> Style:
    """The style with all but its colours; by the meta a click is told where it was."""
    return style.without_color + Style(meta=style.meta) if style.meta else style.without_color


class AsciiOnly(LineFilter):
    """Puts ASCII of the same width in place of every other character: what is typed, what Textual's widgets draw."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [segment if segment.text.isascii() else _in_ascii(segment) for segment in segments]


def _in_ascii(segment: Segment) -> Segment:
    text, style, control = segment
    return Segment("".join(map(_spelled, text)), style, control)


def _spelled(character: str) -> str:
    if character.isascii():
        return character
    plain = _ONE_WIDE.get(character) or unicodedata.normalize("NFKD", character)[0]
    return plain if plain.isascii() and cell_len(character) == 1 else "?" * cell_len(character)
