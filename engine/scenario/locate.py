"""Where in a TOML text each key stands, so that an error can name the line.

TOML's parser keeps no positions. This scanner follows tables, keys, strings and brackets just well enough to say on
which line a key begins; it never fails, and where it is lost a key has no line.
"""

from __future__ import annotations

import re

_TABLE = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*=")


def locate(text: str) -> dict[str, int]:
    """One-based lines by dotted path: `network.sizes`, `script[3].shape`, `program.forward[2]`."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    value = _Value("")
    for number, line in enumerate(text.split("\n"), start=1):
        if value.is_open:
            value.read(line, number, lines)
            continue
        if match := _TABLE.match(line):
            table = _path(match[2])
            if match[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}[{counts[table]}]"
            lines.setdefault(table, number)
        elif match := _KEY.match(line):
            path = ".".join(part for part in (table, _path(match[1])) if part)
            lines.setdefault(path, number)
            value = _Value(path)
            value.read(line[match.end() :], number, lines)
    return lines


def line_of(lines: dict[str, int], path: str) -> int | None:
    """The line of `path`, or of the nearest key around it."""
    while path:
        if path in lines:
            return lines[path]
        path = re.sub(r"(\.[^.\[\]]*|\[\d+\])$", "", path) if re.search(r"[.\[]", path) else ""
    return None


def _path(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))


class _Value:
    """A value that may go on over several lines; notes where the elements of an array begin."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.depth = 0
        self.quote = ""
        self.element = -1
        self.expects_element = False

    @property
    def is_open(self) -> bool:
        return self.depth > 0 or len(self.quote) == 3

    def read(self, text: str, number: int, lines: dict[str, int]) -> None:
        """Follow one line."""
        position = 0
        while position < len(text):
            if self.quote:
                if self.quote[0] == '"' and text[position] == "\\":
                    position += 2
                elif text.startswith(self.quote, position):
                    position += len(self.quote)
                    self.quote = ""
                else:
                    position += 1
                continue
            character = text[position]
            if character == "#":
                break
            if self.depth == 1 and self.expects_element and not character.isspace() and character not in ",]":
                self.element += 1
                self.expects_element = False
                lines.setdefault(f"{self.path}[{self.element}]", number)
            if character in "\"'":
                self.quote = character * (3 if text.startswith(character * 3, position) else 1)
                position += len(self.quote)
                continue
            if character in "[{":
                self.depth += 1
                self.expects_element = self.expects_element or (self.depth == 1 and character == "[")
            elif character in "]}":
                self.depth = max(0, self.depth - 1)
            elif character == "," and self.depth == 1:
                self.expects_element = True
            position += 1
        if len(self.quote) == 1:
            self.quote = ""
