"""What no scenario may contain, wherever in it: texts that a terminal would act on, numbers that are not finite, depth.

A scenario is a file from somewhere: whatever reads one later may rely on this.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 8
"""Levels of lists and tables."""
MAX_TEXT = 4_000
"""Characters of the longest text, which is that of a formula and of what the narrator says."""
MAX_KEY = 100
"""Characters of the longest key."""
MAX_KEY_PARTS = 20
"""Parts of the longest dotted key."""

_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Characters that turn the direction of writing, so that a text reads as what it is not."""


def unfit(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Everything in a parsed TOML document that is not accepted: a code, its path, and what is wrong."""
    waiting: list[tuple[str, Any, int]] = [("", document, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if isinstance(value, dict | list) and depth >= MAX_DEPTH:
            yield "too_large", path, f"lists and tables nest more than {MAX_DEPTH} levels deep"
        elif isinstance(value, dict):
            for key, item in value.items():
                if len(key) > MAX_KEY or not is_printable(key):
                    yield "bad_text", path, f"a key must be at most {MAX_KEY} printable characters, not {key[:20]!a}"
                else:
                    waiting.append((f"{path}.{key}" if path else key, item, depth + 1))
        elif isinstance(value, list):
            waiting += [(f"{path}[{number}]", item, depth + 1) for number, item in enumerate(value)]
        elif isinstance(value, str):
            if len(value) > MAX_TEXT:
                yield "too_large", path, f"a text may have {MAX_TEXT:,} characters, and this one has {len(value):,}"
            elif not is_printable(value):
                yield (
                    "bad_text",
                    path,
                    "this text has characters that control a terminal or turn the direction of writing",
                )
        elif isinstance(value, float) and not math.isfinite(value):
            yield "not_finite", path, f"{value} is not a finite number"
        elif isinstance(value, int) and abs(value) > 2**63:
            yield "too_large", path, "this number is too large: write it with an exponent, as in 1e30"


def is_printable(text: str) -> bool:
    """Whether a terminal would only show `text`; it may have several lines."""
    return (text.isascii() and text.isprintable()) or not any(map(_acts, text))


def _acts(character: str) -> bool:
    if character in "\n\t":
        return False
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in _DIRECTIONS
    )
