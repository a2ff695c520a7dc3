"""What msgspec says about a value that does not fit, in the words of someone who writes a scenario."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from engine.diagnostics import did_you_mean

_KINDS = {
    "int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false", "array": "a list",
    "object": "a table", "null": "nothing", "datetime": "a date", "date": "a date", "time": "a time of day",
}  # fmt: skip
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def in_words(problem: msgspec.ValidationError, key: str, value: object, kind: Any) -> tuple[str, str, tuple[str, ...]]:
    """The message, the path below `key` of the part that does not fit (`[1]`, or nothing), and hints.

    `kind` is the type that `value` was to have.
    """
    text, _, inside = str(problem).partition(" - at `$")
    inside = inside.rstrip("`")
    key, value = key + inside, _part(value, inside)
    if match := re.match(r"Expected `([^`]*)`, got `([^`]*)`", text):
        wanted = " or ".join(_KINDS.get(part.strip(), part.strip()) for part in match[1].split("|"))
        return f"{key} must be {wanted}, not {_KINDS.get(match[2], match[2])}", inside, ()
    if match := re.match(r"Expected `(\w+)` of length ([<>=]+) (\d+)", text):
        what = "characters" if match[1] == "str" else "entries"
        count = len(value) if isinstance(value, str | list | dict) else "so many"
        return f"{key} must have {_BOUNDS[match[2]]} {int(match[3]):,} {what}, not {count}", inside, ()
    if match := re.match(r"Expected `(?:int|float)` ([<>=]+) (\S+)", text):
        bound = float(match[2])
        return f"{key} must be {_BOUNDS[match[1]]} {bound:,.10g}, not {value}", inside, ()
    if text.startswith("Invalid enum value"):
        choices = _choices(kind)
        hints = did_you_mean(str(value), choices) or (f"there are: {', '.join(choices)}",)
        return f"there is no {key} called {value}", inside, hints
    return f"{key}: {text[:1].lower()}{text[1:]}", inside, ()


def _part(value: Any, inside: str) -> object:
    """The part of `value` at `[1]` or `[1][0]`."""
    for number in re.findall(r"\[(\d+)\]", inside):
        if not isinstance(value, list):
            return None
        value = value[int(number)]
    return value


def _choices(kind: Any) -> list[str]:
    """The members of an enumeration, which may stand in a union, or the texts of a Literal."""
    found: list[str] = []
    for part in getattr(kind, "__args__", (kind,)):
        found += [str(member) for member in part] if hasattr(part, "__members__") else []
        found += [part] if isinstance(part, str) else []
    return found
