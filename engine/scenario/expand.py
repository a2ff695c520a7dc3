"""What a script is written short with: variables, repetitions and included files, all written out when it is loaded.

No code: `"$rate"` as a whole value stands for the variable's value, `{rate}` in what the narrator says for its text.
Everything is bounded, because a scenario may come from anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.diagnostics import Diagnostic, Diagnostics, did_you_mean
from engine.scenario.beside import beside
from engine.scenario.document import Document
from engine.scenario.library import read_source
from engine.scenario.limits import MAX_TEXT
from engine.scenario.migrate import migrated
from engine.scenario.schema import IncludeEntry, PartSection, RepeatEntry

MAX_SCRIPT = 10_000
"""Entries of the longest script, written out."""
MAX_TIMES = 1_000
MAX_INCLUDES = 5
"""Files that include one another, one inside of the other."""
MAX_PARTS = 50
"""Different files that a scenario includes."""
MAX_WRITTEN_OUT = 200_000
"""Numbers and texts that repetitions and included files come to."""
MAX_VARIABLES = 200
MAX_VARIABLE = 1_000
"""Numbers in the largest variable."""
WORDS = ("include", "repeat")
"""What `do` may say besides actions."""

Scope = Mapping[str, Any]
"""The variables that are known at a place."""

_NAME = re.compile(r"[A-Za-z_]\w{0,39}")
_WHOLE = re.compile(r"\$([A-Za-z_]\w*)")
_LITERAL = re.compile(r"\$\$+[A-Za-z_]\w*")
"""A text that begins with a dollar itself: `$$rate` is the text $rate."""
_INSIDE = re.compile(r"\{([A-Za-z_]\w*)\}")
_SAID = {"say", "prompt", "right", "title", "summary", "hints", "choices"}
"""Keys whose texts are said, and may have a variable inside; a brace in a formula is LaTeX's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the script as it is played, and where it stands."""

    table: dict[str, Any]
    document: Document
    path: str
    is_shared: bool
    """Whether its table is as in the file, so that what was made of it the first time serves again."""


class TooLong(Exception):
    """The script comes to more than is allowed, and the rest is not looked at."""


class Expander:
    """Writes a script out; problems are noted in the documents where they stand."""

    def __init__(self, document: Document, folder: Path | None) -> None:
        self.document, self.folder = document, folder
        self.parts: dict[Path, Document] = {}
        """The included files."""
        self._visited = 0
        self._written_out = 0

    def entries(self, scope: Scope) -> Iterator[Entry]:
        """The script of the document, written out. Raises TooLong, whose reason has been noted."""
        yield from self._script(self.document.tables.get("script", []), self.document, "script", scope, ())

    def _script(
        self, script: Any, document: Document, path: str, scope: Scope, inside: tuple[Path, ...], *, again: bool = False
    ) -> Iterator[Entry]:
        if not isinstance(script, list) or not all(isinstance(entry, dict) for entry in script):
            document.problem("bad_value", f"{path} must be a list of tables, each beginning with [[{path}]]"
                             if path == "script" else f"{path} must be a list of tables", path)  # fmt: skip
            return
        if len(script) > MAX_SCRIPT:
            document.problem("too_large", f"a script may have {MAX_SCRIPT:,} entries, not {len(script):,}", path)
            raise TooLong
        for number, entry in enumerate(script):
            yield from self._entry(entry, document, f"{path}[{number}]", scope, inside, again=again)

    def _entry(
        self, entry: dict[str, Any], document: Document, path: str, scope: Scope, inside: tuple[Path, ...], *,
        again: bool,
    ) -> Iterator[Entry]:  # fmt: skip
        times = entry.get("repeat", 1)
        if type(times) is not int or not 1 <= times <= MAX_TIMES:
            message = f"repeat must be a whole number from 1 to {MAX_TIMES:,}"
            document.problem("bad_value", message, f"{path}.repeat")
            times = 1
        again = again or times > 1
        word = entry.get("do")
        for _ in range(times):
            self._count(entry, document, path, again=again)
            if word == "include":
                yield from self._include(entry, document, path, scope, inside)
            elif word == "repeat":
                yield from self._repeat(entry, document, path, scope, inside)
            else:
                table = substituted(entry, scope, document, path)
                yield Entry(table, document, path, table is entry)

    def _count(self, entry: dict[str, Any], document: Document, path: str, *, again: bool) -> None:
        """Refuse a script that comes to too much, before it is made."""
        self._visited += 1
        self._written_out += _entries(entry) if again and entry.get("do") not in WORDS else 1
        if self._visited > MAX_SCRIPT or self._written_out > MAX_WRITTEN_OUT:
            much = f"{MAX_SCRIPT:,} entries" if self._visited > MAX_SCRIPT else f"{MAX_WRITTEN_OUT:,} numbers and texts"
            document.problem("too_large", f"here the script comes to more than the {much} that it may have", path)
            raise TooLong

    def _repeat(
        self, entry: dict[str, Any], document: Document, path: str, scope: Scope, inside: tuple[Path, ...]
    ) -> Iterator[Entry]:
        numbers = {key: value for key, value in entry.items() if key not in ("script", "do", "repeat")}
        numbers = substituted(numbers, scope, document, path)
        script = entry.get("script")
        section = document.fields(RepeatEntry, numbers, path, also=("script",))
        if script is None or script == []:
            document.problem("missing_key", "a repetition has a `script`, a list of entries", path)
        elif section is not None and not (section.counter and not self._is_name(section.counter, document, path)):
            for number in range(1, section.times + 1):
                known = {**scope, section.counter: number} if section.counter else scope
                yield from self._script(script, document, f"{path}.script", known, inside, again=True)

    def _is_name(self, name: str, document: Document, path: str) -> bool:
        if _NAME.fullmatch(name):
            return True
        document.problem("bad_value", "a counter is a name, such as k", f"{path}.counter")
        return False

    def _include(
        self, entry: dict[str, Any], document: Document, path: str, scope: Scope, inside: tuple[Path, ...]
    ) -> Iterator[Entry]:
        table = substituted(entry, scope, document, path)
        section = document.fields(IncludeEntry, table, path, also=("do", "repeat"))
        part: Document | None = None
        if section is not None:
            given = variables_of({"variables": section.variables}, document, path)
            with document.located(f"{path}.file"):
                file = beside(self.folder, section.file, example="part.toml")
                part = self._part(file, section.file, inside)
        if part is not None:
            known = {**scope, **variables_of(part.tables, part), **given}
            script = part.tables.get("script", [])
            yield from self._script(script, part, "script", known, (*inside, file), again=True)

    def _part(self, path: Path, name: str, inside: tuple[Path, ...]) -> Document | None:
        """The file, read once; its own mistakes are noted in it."""
        whole = self.folder.resolve() / Path(self.document.name).name if self.folder else None
        if path in inside or path == whole:
            raise Diagnostic("bad_include", f"{name} includes itself", hints=("take one of the includes out",))
        if len(inside) >= MAX_INCLUDES:
            raise Diagnostic("too_large", f"files include one another more than {MAX_INCLUDES} deep")
        if path in self.parts:
            return self.parts[path]
        if len(self.parts) >= MAX_PARTS:
            raise Diagnostic("too_large", f"a scenario includes at most {MAX_PARTS} files")
        lesson = Path(self.document.name)
        called = str(lesson.parent / name) if lesson.suffix else name  # a shipped lesson has a name and no path
        part = Document.part(read_source(path).text, called)
        self.parts[path] = part
        with part.located(lambda problem: problem.where.key or ""):
            part.tables = migrated(part.tables)
        table = {key: value for key, value in part.tables.items() if key not in ("script", "variables")}
        part.fields(PartSection, table, "", also=("script", "variables"))
        return part


def variables_of(tables: Mapping[str, Any], document: Document, below: str = "") -> dict[str, Any]:
    """The variables that a table `[variables]` gives; what is wrong with them is noted."""
    table = tables.get("variables", {})
    place = f"{below}.variables" if below else "variables"
    if not isinstance(table, dict):
        document.problem("bad_value", "variables must be a table, such as [variables] with rate = 0.5", place)
        return {}
    if len(table) > MAX_VARIABLES:
        document.problem("too_large", f"there may be {MAX_VARIABLES} variables, not {len(table)}", place)
        return {}
    found = {}
    for name, value in table.items():
        path = f"{place}.{name}"
        if not _NAME.fullmatch(name):
            hint = "letters, digits and _, as in rate or W_start"
            document.problem("bad_value", f"a variable cannot be called {name}", path, (hint,))
        elif isinstance(value, dict) or not isinstance(value, bool | int | float | str | list):
            document.problem("bad_value", "a variable is a number, a text, true or false, or a list of numbers", path)
        elif _entries(value) > MAX_VARIABLE:
            document.problem("too_large", f"a variable may have {MAX_VARIABLE:,} entries", path)
        else:
            found[name] = value
    return found


def substituted(value: Any, scope: Scope, document: Document, path: str, key: str = "") -> Any:
    """`value` with the variables in it replaced; the very same object where there are none.

    A list stands only for a whole value and never inside of a list, so that nothing grows by being nested.
    """
    if isinstance(value, str):
        return _text(value, scope, document, path, key)
    if isinstance(value, dict):
        made = {k: substituted(item, scope, document, f"{path}.{k}" if path else k, k) for k, item in value.items()}
        return value if all(made[k] is item for k, item in value.items()) else made
    if isinstance(value, list):
        items = [substituted(item, scope, document, f"{path}[{number}]", key) for number, item in enumerate(value)]
        for number, (item, old) in enumerate(zip(items, value, strict=True)):
            if item is not old and isinstance(item, list) and isinstance(old, str):
                message = f"{old} is a list, and inside of a list a variable is one number or text"
                document.spoiled("bad_value", message, f"{path}[{number}]")
                return value
        return value if all(item is old for item, old in zip(items, value, strict=True)) else items
    return value


def _text(text: str, scope: Scope, document: Document, path: str, key: str) -> Any:
    if _LITERAL.fullmatch(text):
        return text[1:]
    if match := _WHOLE.fullmatch(text):
        return _known(match[1], scope, document, path, text)
    if key not in _SAID or not scope or "{" not in text:
        return text
    parts: list[str] = []
    length = end = 0
    for match in _INSIDE.finditer(text):
        parts += [text[end : match.start()], _spell(_known(match[1], scope, document, path, match[0]))]
        end = match.end()
        length += len(parts[-1]) + len(parts[-2])
        if length > MAX_TEXT:
            document.problem("too_large", f"with its variables this text has more than {MAX_TEXT:,} characters", path)
            return text
    return "".join([*parts, text[end:]]) if parts else text


def _known(name: str, scope: Scope, document: Document, path: str, text: str) -> Any:
    if name in scope:
        return scope[name]
    hints = did_you_mean(name, scope) or (
        f"there are: {', '.join(scope)}" if scope else f"give it a value: [variables] with {name} = 0.5",)  # fmt: skip
    document.spoiled("unknown_name", f"there is no variable called {name}", path, hints)
    return text


def _spell(value: Any) -> str:
    """A variable's value in a sentence."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_spell, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _entries(value: Any) -> int:
    """How many numbers and texts a value has."""
    if isinstance(value, list):
        return sum(map(_entries, value))
    return sum(map(_entries, value.values())) if isinstance(value, dict) else 1


def problems_of(documents: Mapping[Path, Document]) -> list[Diagnostic]:
    """What is wrong with the included files."""
    return [problem for part in documents.values() for problem in part.problems]


__all__ = ["MAX_SCRIPT", "Diagnostics", "Entry", "Expander", "TooLong", "problems_of", "substituted", "variables_of"]
