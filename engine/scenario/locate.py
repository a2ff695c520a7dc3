"""Where in a TOML text each key stands, so that an error can name the line.

TOML's parser keeps no positions. This scanner follows headers, keys, strings and brackets, and says on which line a
key or an element begins. It takes any text: what is not TOML may get wrong lines or none, but never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*+"{3,5} | '{3}(?:[^']|'(?!''))*+'{3,5}
               | "(?:[^"\\\n]|\\[^\n])*+" | '[^'\n]*+')
    | (?P<broken>\"{3}.*+ | '{3}.*+ | ["'][^\n]*+)
    | (?P<newline>\n)
    | (?P<blank>[^\S\n]++)
    | (?P<mark>[\[\]{}=,.])
    | (?P<word>[^\s\[\]{}=,.#"']++)
    """,
    re.VERBOSE | re.DOTALL,
)
"""Possessive throughout: an unclosed string is one `broken` token, so that no text takes more than linear time."""

Token = tuple[str, str, int]
"""Kind, text, and the one-based line on which it begins."""


def locate(text: str) -> dict[str, int]:
    """One-based lines by dotted path: `network.sizes`, `script[3].shape`, `program.forward[2]`."""
    locator = _Locator()
    for token in _tokens(text):
        locator.read(*token)
    return locator.lines


def line_of(lines: Mapping[str, int], path: str) -> int | None:
    """The line of `path`, or of the nearest key around it."""
    while path:
        if path in lines:
            return lines[path]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return None


def endless_key(text: str, most: int) -> int | None:
    """The line of the first key `a.b.c…` of more than `most` parts: the time that TOML's parser takes is quadratic."""
    parts = 0
    for kind, content, line in _tokens(text):
        if content == ".":
            parts += 1
            if parts >= most:
                return line
        elif kind in ("newline", "mark"):
            parts = 0
    return None


def _tokens(text: str) -> Iterator[Token]:
    """Everything but blanks and comments."""
    line = 1
    for match in _TOKEN.finditer(text):
        kind, content = match.lastgroup or "", match[0]
        if kind not in ("comment", "blank"):
            yield kind, content, line
        line += content.count("\n")


@dataclass(slots=True)
class _Frame:
    """An open array or inline table."""

    path: str
    closer: str
    count: int = 0
    """Elements that have begun."""
    expects: bool = True
    """Whether an element, or a key, comes next."""


class _Locator:
    """A state machine over the tokens: a statement is a header, or a key and its value."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        """For each array of tables the number of its last one."""
        self._table = ""
        self._key: list[str] = []
        self._value = ""
        """The path of the value that comes next."""
        self._mode = "start"
        self._brackets = 0
        self._frames: list[_Frame] = []

    def read(self, kind: str, content: str, line: int) -> None:
        if kind == "newline":
            if not self._frames:
                self._mode, self._key = "start", []
        elif self._frames:
            self._inside(self._frames[-1], kind, content, line)
        elif self._mode == "value":
            self._mode = "rest"
            self._open(content, self._value)
        elif self._mode == "header":
            self._header(kind, content, line)
        elif self._mode == "start" and content == "[":
            self._mode, self._brackets = "header", 1
        elif content == "=" and self._mode != "rest":
            self._value = _joined(self._table, self._key)
            self._record(self._value, line)
            self._mode = "value"
        elif kind in ("word", "string"):
            self._mode = "key" if self._mode == "start" else self._mode
            self._key.append(_unquoted(content))

    def _header(self, kind: str, content: str, line: int) -> None:
        if content == "[" and not self._key:
            self._brackets = 2
        elif kind in ("word", "string"):
            self._key.append(_unquoted(content))
        elif content == "]":
            *outer, last = self._key or [""]
            path = ""
            for part in outer:
                path = _joined(path, [part])
                if path in self._counts:  # [script.x] belongs to the last [[script]]
                    path = f"{path}[{self._counts[path]}]"
            path = _joined(path, [last])
            if self._brackets == 2:
                self._counts[path] = self._counts.get(path, -1) + 1
                self._record(path, line)
                path = f"{path}[{self._counts[path]}]"
            self._table, self._mode = path, "rest"
            self._record(path, line)

    def _inside(self, frame: _Frame, kind: str, content: str, line: int) -> None:
        if content == frame.closer:
            self._frames.pop()
        elif content == ",":
            frame.expects, self._key = True, []
        elif frame.closer == "]":
            if frame.expects:
                self._value = f"{frame.path}[{frame.count}]"
                frame.count += 1
                frame.expects = False
                self._record(self._value, line)
            self._open(content, self._value)
        elif content == "=" and frame.expects:
            self._value = _joined(frame.path, self._key)
            frame.expects = False
            self._record(self._value, line)
        elif frame.expects and kind in ("word", "string"):
            self._key.append(_unquoted(content))
        elif not frame.expects:
            self._open(content, self._value)

    def _open(self, content: str, path: str) -> None:
        if content in ("[", "{"):
            self._frames.append(_Frame(path, "]" if content == "[" else "}"))
            self._key = []

    def _record(self, path: str, line: int) -> None:
        if len(self._frames) <= 2:  # numbers deep inside of a matrix are found by their row
            self.lines.setdefault(path, line)


def _joined(table: str, key: list[str]) -> str:
    return ".".join([table, *key] if table else key)


def _unquoted(key: str) -> str:
    return key[1:-1] if key[0] in "\"'" else key
