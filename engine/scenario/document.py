"""A TOML text, and all that is found to be wrong with it: each problem has its line and key, and none hides another."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn, TypeVar

import msgspec
from msgspec.structs import FieldInfo

from engine.diagnostics import Diagnostic, Diagnostics, Where, did_you_mean
from engine.scenario.limits import MAX_KEY_PARTS, unfit
from engine.scenario.locate import endless_key, line_of, locate
from engine.scenario.wording import in_words

MAX_PROBLEMS = 20
"""Problems that are reported at once."""

Struct = TypeVar("Struct", bound=msgspec.Struct)


class Document:
    """A parsed file that collects Diagnostics.

    Raises a Diagnostic `bad_toml`, or what `limits` refuses in it.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.problems: list[Diagnostic] = []
        self.tables = _parse(text, name)
        self.lines = locate(text)
        self._reported: set[str] = set()
        """Keys whose value is known to be wrong, so that nothing else needs to be said about it."""
        self._noted: set[tuple[str, str, str]] = set()
        found = list(unfit(self.tables))
        for code, path, message in found:
            self.problem(code, message, path)
        if any(code != "not_finite" for code, _, _ in found):
            self.raise_problems()  # such a text must not even be quoted in a message
        self._reported = {re.sub(r"(\[\d+\])+$", "", path) for _, path, _ in found}

    @classmethod
    def part(cls, text: str, name: str) -> Document:
        """A file that another includes. A mistake that leaves nothing to read in it is noted, and it is empty."""
        try:
            return cls(text, name)
        except (Diagnostic, Diagnostics) as raised:
            empty = cls("", name)
            empty.problems = list(raised.problems) if isinstance(raised, Diagnostics) else [raised]
            return empty

    def problem(self, code: str, message: str, path: str, hints: Iterable[str] = ()) -> None:
        """Note a problem of the key at `path`."""
        where = Where(self.name, line_of(self.lines, path), path or None)
        self._note(Diagnostic(code, message, where, hints=tuple(hints)))

    def spoiled(self, code: str, message: str, path: str, hints: Iterable[str] = ()) -> None:
        """Note a problem of a value that is of no use now, so that nothing else is said about it."""
        self.problem(code, message, path, hints)
        self._reported |= {path, re.sub(r"(\[\d+\])+$", "", path)}

    def require(self, name: str, known: Iterable[str], what: str, path: str, hint: str = "") -> None:
        """Note a problem unless `name` is known."""
        known = list(known)
        if name not in known:
            hints = did_you_mean(name, known) or (hint or f"there are: {', '.join(known[:30])}",)
            self.problem("unknown_name", f"there is no {what} called {name}", path, hints)

    @contextmanager
    def located(self, path: str | Callable[[Diagnostic], str]) -> Iterator[None]:
        """Note the Diagnostics that are raised inside, as problems of the key at `path`."""
        try:
            yield
        except (Diagnostic, Diagnostics) as raised:
            for problem in raised.problems if isinstance(raised, Diagnostics) else (raised,):
                key = path if isinstance(path, str) else path(problem)
                where = Where(self.name, line_of(self.lines, key), key, problem.where.text, problem.where.span)
                self._note(Diagnostic(problem.code, problem.message, where, problem.notes, problem.hints))

    def _note(self, problem: Diagnostic) -> None:
        same = (problem.code, problem.message, str(problem.where))
        if problem.where.key not in self._reported and same not in self._noted:  # a repeated entry is wrong once
            self._noted.add(same)
            self.problems.append(problem)

    def raise_problems(self) -> NoReturn:
        """Raise what has been found, in the order of the lines; what has no line is missing, and comes last."""
        found = sorted(
            self.problems, key=lambda each: (each.where.file not in (None, self.name), each.where.line or math.inf)
        )[:MAX_PROBLEMS]
        raise found[0] if len(found) == 1 else Diagnostics(found)

    def fields(self, kind: type[Struct], table: object, path: str, also: Iterable[str] = ()) -> Struct | None:
        """A struct from a table, every field by itself, so that no mistake hides another; None if there is one.

        `also` are keys that the table may have besides.
        """
        if not isinstance(table, dict):
            self.problem("bad_value", f"{path} must be a table", path)
            return None
        fields = _fields_of(kind)
        known = [*fields, *also]
        place = f"in {path}" if path else "at the top"
        found: dict[str, Any] = {}
        is_good = not any(_below(path, key) in self._reported for key in table)
        for key, value in table.items():
            full = _below(path, key)
            if key in also:
                continue
            if key not in fields:
                hints = did_you_mean(key, known) or (f"known here: {', '.join(known)}",)
                self.problem("unknown_key", f"there is no key {key} {place}", full, hints)
                is_good = False
                continue
            try:
                found[key] = msgspec.convert(value, fields[key].type, strict=True)
            except msgspec.ValidationError as problem:
                message, inside, hints = in_words(problem, key, value, fields[key].type)
                self.problem("bad_value", message, full + inside, hints)
                is_good = False
        for key, field in fields.items():
            if key not in table and field.required:
                self.problem("missing_key", f"the key {key} is missing {place}", path)
                is_good = False
        return kind(**found) if is_good else None


@cache
def _fields_of(kind: type[msgspec.Struct]) -> dict[str, FieldInfo]:
    """The fields by their keys; to find them out takes a while, and a script has many entries of one kind."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _parse(text: str, name: str) -> dict[str, Any]:
    line = endless_key(text, MAX_KEY_PARTS)
    if line is not None:
        message = f"this key has more than the {MAX_KEY_PARTS} parts that a dotted key may have"
        raise Diagnostic("too_large", message, Where(name, line))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise _syntax_error(str(problem), text, name) from None
    except (ValueError, RecursionError):
        message = "this TOML cannot be read: a number is too long, or brackets nest too deep"
        raise Diagnostic("bad_toml", message, Where(name)) from None


def _syntax_error(message: str, text: str, name: str) -> Diagnostic:
    """tomllib's `Invalid value (at line 3, column 5)` as a Diagnostic with the line and a caret."""
    lines = text.split("\n")
    reason = re.sub(r"\s*\(at [^()]*\)$", "", message)
    reason = f"this is not TOML: {reason[:1].lower()}{reason[1:]}"
    place = re.search(r"\(at line (\d+), column (\d+)\)$", message)
    if place:
        line, column = int(place[1]), int(place[2])
    else:  # at the end of the document, which is best seen behind the last thing that is there
        line = max((number for number, content in enumerate(lines, start=1) if content.strip()), default=1)
        column = len(lines[line - 1].rstrip()) + 1
        reason += ", and here the file ends"
    return Diagnostic("bad_toml", reason, Where(name, line, None, lines[line - 1], (column - 1, column)))
