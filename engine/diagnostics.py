"""Errors as data: every bad input becomes one `Diagnostic`, located and saying what would be right."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

Span = tuple[int, int]
"""A half-open range of character offsets into the text that the user wrote."""

FIRST_COMBINING = "\u0300"
"""All characters before this one take one column each."""


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a problem; whatever is not known stays None."""

    file: str | None = None
    """Path or lesson name, as the user gave it."""
    line: int | None = None
    """One-based line in `file`."""
    key: str | None = None
    """Dotted path in a scenario (`script[3].formula`), or a command-line flag."""
    text: str | None = None
    """The formula or line that `span` points into."""
    span: Span | None = None
    """The guilty part of `text`."""

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}" if place else f"line {self.line}"
        if self.key:
            place += f", {self.key}" if place else self.key
        return place


@dataclass(eq=False)
class Diagnostic(Exception):
    """One problem with what a user gave: raised, caught at the edge, and shown; never a traceback."""

    code: str
    """Stable and machine-readable: `shape_mismatch`, `unknown_name`, …"""
    message: str
    """One sentence that names the guilty part and says what would be right."""
    where: Where = field(default_factory=Where)
    notes: tuple[str, ...] = ()
    """Facts that explain the message, such as the shapes of both operands."""
    hints: tuple[str, ...] = ()
    """What to try instead."""

    def at(self, **place: object) -> Diagnostic:
        """A copy whose unknown parts of `where` are filled in: a formula's error inside of a file."""
        missing = {key: value for key, value in place.items() if getattr(self.where, key) is None}
        return replace(self, where=replace(self.where, **missing))  # type: ignore[arg-type]

    def __str__(self) -> str:
        """The message as a user reads it: place, text with carets, notes and hints."""
        lines = [f"error[{self.code}]: {self.message}"]
        if place := str(self.where):
            lines.append(f"  --> {place}")
        if self.where.text is not None:
            lines += ["   |", *(f"   | {line}" for line in underline(self.where.text, self.where.span))]
        lines += [f"   = note: {note}" for note in self.notes]
        lines += [f"   = help: {hint}" for hint in self.hints]
        return "\n".join(lines)


class Diagnostics(Exception):
    """Several problems of one input, so that the first never hides the next."""

    def __init__(self, problems: Sequence[Diagnostic]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.problems))


_UNSHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories that a terminal would act on or cannot encode: controls, formats, lone surrogates, line separators."""


def underline(text: str, span: Span | None, width: int = 100) -> list[str]:
    """`text`, and below it carets under `span` (an empty span gets one caret). Text over `width` is cut around it."""
    text = "".join(" " if unicodedata.category(character) in _UNSHOWN else character for character in text)
    if span is None:
        return [text if len(text) <= width else text[: width - 1] + "…"]
    start, end = span
    if len(text) > width:
        shown = width - 2
        shift = max(0, min(start - shown * 2 // 5, len(text) - shown))
        text = ("…" if shift else "") + text[shift : shift + shown] + ("…" if shift + shown < len(text) else "")
        start, end = start - shift + bool(shift), end - shift + bool(shift)
    end = max(start + 1, min(end, len(text)))
    return [text, " " * display_width(text[:start]) + "^" * max(1, display_width(text[start:end]))]


def display_width(text: str) -> int:
    """Terminal columns that `text` takes: none for a combining mark, two for a wide character."""
    width = len(text)
    for character in text if not text.isascii() else "":
        if character >= FIRST_COMBINING:
            width += -1 if unicodedata.combining(character) else unicodedata.east_asian_width(character) in "WF"
    return width


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """A hint that names the closest known words, or none when nothing is close."""
    close = difflib.get_close_matches(word[:80], list(known), n=3, cutoff=0.6)
    return (f"did you mean {' or '.join(close)}?",) if close else ()
