"""Where scenarios come from: files, and the lessons that are shipped."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from engine.diagnostics import Diagnostic, did_you_mean

MAX_BYTES = 1_000_000
"""Size of the largest scenario file."""
DEFAULT = "question"
"""The lesson that opens when none is named."""
COURSE = "course.txt"
"""Beside the lessons: their names in the order in which they are to be taken, one a line."""


class Source(NamedTuple):
    """A scenario that has been read and not yet parsed."""

    name: str
    """How to speak of it: a lesson's name, or the path as the user gave it."""
    text: str
    folder: Path | None
    """Where the files are that it names; None if it is in no folder."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A shipped lesson."""

    name: str
    title: str
    summary: str


def lesson_names() -> list[str]:
    """The names of the shipped lessons, in the order of the course; what is not in it comes behind it, sorted."""
    folder = resources.files("scenarios")
    found = sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))
    course = folder.joinpath(COURSE).read_text(encoding="utf-8").split()
    return sorted(found, key=lambda name: course.index(name) if name in course else len(course))


def lessons() -> list[Lesson]:
    """The shipped lessons with their titles."""
    found = []
    for name in lesson_names():
        heading = tomllib.loads(_lesson_text(name))
        found.append(Lesson(name, str(heading.get("title", name)), str(heading.get("summary", ""))))
    return found


def _lesson_text(name: str) -> str:
    return resources.files("scenarios").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def read_source(source: str | os.PathLike[str]) -> Source:
    """The text of a scenario: of a lesson by its name, else of a file.

    Raises a Diagnostic `unknown_scenario`, `unreadable` or `too_large`.
    """
    name = os.fspath(source)
    names = lesson_names()
    if not name.strip():
        raise Diagnostic(
            "unknown_scenario", "the name of the lesson or file is empty", hints=(f"lessons: {', '.join(names)}",)
        )
    if name in names:
        shipped = resources.files("scenarios")
        return Source(name, _lesson_text(name), shipped if isinstance(shipped, Path) else None)
    path = Path(name)
    try:
        if path.is_dir():
            raise Diagnostic("unreadable", f"{name} is a folder, and a scenario is a file")
        if not path.exists():
            looks_like_a_file = path.suffix == ".toml" or os.sep in name
            message = f"there is no {'file' if looks_like_a_file else 'lesson or file'} called {name}"
            hints = did_you_mean(name, names) or (f"lessons: {', '.join(names)}",)
            raise Diagnostic("unknown_scenario", message, hints=hints)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Diagnostic("unreadable", f"{name} cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise Diagnostic("too_large", f"{name} is larger than the {MAX_BYTES:,} bytes that a scenario may have")
    try:
        return Source(name, data.decode("utf-8-sig"), path.parent)  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        raise Diagnostic("unreadable", f"{name} is not UTF-8 text (line {line})") from None
