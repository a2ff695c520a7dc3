"""What one person typed, made fit to be drawn on another's screen: names, notes and answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import count

from msgspec.structs import replace
from rich.cells import cell_len

from tui.classroom.room.messages import MAX_NAME, MAX_TEXT, Answered, AnyMessage, Judged, Note

NOBODY = "somebody"
"""The name of who has none."""
MAX_MARKS = 2
"""Combining marks on one character: what Vietnamese and Thai need, and too few to paint over other lines."""
_MAX_READ = 4_000
"""Characters of a text that are looked at; the rest is dropped unread, since it would not be shown."""

_SEQUENCE = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f]).*?(?:\x1b\\|\x9c|\x07|\Z)"  # OSC, DCS, SOS, PM, APC, with their strings
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-~]?",  # the others
    re.DOTALL,
)
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for code in range(first, last + 1)
}
"""What draws nothing though it counts as printable: joiners, fillers, variation selectors, the empty Braille cell."""


def clean(text: str, limit: int = MAX_NAME, otherwise: str = NOBODY) -> str:
    """The printable part of `text`, at most `limit` columns wide and `limit` characters long.

    Escape sequences go whole, other controls, formats (bidi overrides, zero-width characters), surrogates and private
    characters one by one, marks beyond `MAX_MARKS`; any white space is one space. `otherwise` if nothing is left.
    """
    text = " ".join(_SEQUENCE.sub("", text[:_MAX_READ]).split())
    kept, width, marks = "", 0, MAX_MARKS  # a mark at the beginning would stand on what is drawn before the text
    for character in text:
        is_mark = unicodedata.category(character).startswith("M")
        marks = marks + 1 if is_mark else 0
        if not character.isprintable() or character in _UNSEEN or (is_mark and marks > MAX_MARKS):
            continue
        if character == " " and kept[-1:] in ("", " "):  # what stood between two spaces was dropped
            continue
        width += cell_len(character)
        if width > limit or len(kept) == limit:
            break
        kept += character
    return kept.rstrip() or otherwise[:limit]


def cleaned(message: AnyMessage) -> AnyMessage:
    """A message with nothing in it but what can be drawn on another's screen."""
    match message:
        case Note(text=text):
            return replace(message, text=clean(text, MAX_TEXT, ""))
        case Answered(answer=answer):
            return replace(message, answer=clean(answer, MAX_TEXT, ""))
        case Judged(formula=formula, where=where):
            return replace(message, formula=clean(formula, MAX_TEXT, ""), where=clean(where, MAX_TEXT, ""))
        case _:
            return message


def skeleton(name: str) -> str:
    """What names have in common that are taken for one another: in other case, or in a font of Unicode's own.

    Letters of different alphabets that look alike are not brought together.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def unique(name: str, is_taken: Callable[[str], bool], limit: int = MAX_NAME) -> str:
    """`name`, cleaned, or with the first number behind it that makes it a name of its own, as in `ada 2`.

    `is_taken` is asked with skeletons.
    """
    name = clean(name, limit)
    if not is_taken(skeleton(name)):
        return name
    for number in count(2):
        numbered = f"{clean(name, limit - len(str(number)) - 1)} {number}"
        if not is_taken(skeleton(numbered)):
            return numbered
    raise AssertionError
