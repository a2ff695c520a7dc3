"""What a person has set for good: keys, theme, decimals, ASCII. A strict TOML file in the platform's config folder."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from platformdirs import user_config_path

from engine.diagnostics import Diagnostic, Diagnostics, Where
from engine.scenario.document import Document
from tui.keymap import COMMANDS, Command
from tui.keys import with_keys
from tui.look import read_precision
from tui.saving import replace_file

VARIABLE = "CHAINSTEP_CONFIG"
"""The environment variable that names another file."""
MAX_BYTES = 100_000


class ThemeName(StrEnum):
    """The colours that there are."""

    DARK = "dark"
    LIGHT = "light"
    CONTRAST = "contrast"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file, key by key."""

    theme: ThemeName = ThemeName.DARK
    precision: int | str = 4
    ascii: bool = False
    tour_seen: bool = False
    keys: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Config:
    """What holds: the file's choices over the defaults."""

    theme: ThemeName = ThemeName.DARK
    decimals: int | None = 4
    """None is all digits."""
    ascii_only: bool = False
    tour_seen: bool = False
    commands: tuple[Command, ...] = COMMANDS
    """The table of keys, with the file's own keys in it."""
    path: Path | None = None
    """Where choices are kept; None is nowhere."""
    problem: Diagnostic | Diagnostics | None = field(default=None, compare=False)
    """Why the file was put aside, if it was."""


def config_path(named: str | None = None) -> tuple[Path, bool]:
    """The file, and whether somebody named it: `--config`, else `CHAINSTEP_CONFIG`, else the platform's folder."""
    named = named or os.environ.get(VARIABLE) or None
    return (Path(named), True) if named else (user_config_path("chainstep", appauthor=False) / "config.toml", False)


def read_config(named: str | None = None) -> Config:
    """The settings of the file; where it is broken, the defaults, with what is wrong as `problem`. Never raises."""
    path, is_named = config_path(named)
    try:
        text = _text(path)
        if text is None:
            if is_named:
                raise Diagnostic("unreadable", f"there is no file {path}, so the defaults hold",
                                 hints=("it is written when a theme is chosen by T",))  # fmt: skip
            return Config(path=path)
        return parse_config(text, str(path), path)
    except (Diagnostic, Diagnostics) as problem:
        return Config(path=path, problem=problem)


def parse_config(text: str, name: str = "config.toml", path: Path | None = None) -> Config:
    """The settings that `text` spells. Raises a Diagnostic, or Diagnostics for several, each with its line."""
    document = Document(text, name)
    tables = document.tables
    found = document.fields(_File, tables, "")
    keys = tables.get("keys", {})
    commands = with_keys(COMMANDS, keys, document) if isinstance(keys, dict) else COMMANDS
    decimals = None
    if found is not None:
        try:
            decimals = read_precision(str(found.precision))
        except ValueError:
            message = f'precision must be a number of decimals from 0 to 15, or "full", not {found.precision}'
            document.problem("bad_value", message, "precision")
    if document.problems or found is None:
        document.raise_problems()
    return Config(found.theme, decimals, found.ascii, found.tour_seen, commands, path)


def keep(config: Config, choices: Mapping[str, str | bool]) -> None:
    """Put choices into the file, and leave all else in it, comments too, as it is.

    Raises a Diagnostic `unwritable` where that cannot be done; a file that is broken is left to its owner.
    """
    if config.path is None:
        return
    path = config.path
    if _is_broken(config):
        raise Diagnostic("unwritable", f"the choice is not kept: {path} has a mistake, and is left as it is")
    try:
        text = _text(path) or ""
        for key, value in choices.items():
            text = _with_choice(text, key, value)
        replace_file(path, text.encode())
    except OSError as problem:
        raise Diagnostic("unwritable", f"the choice is not kept: {path}: {problem.strerror or problem}") from None


def _is_broken(config: Config) -> bool:
    """Whether there is a file that could not be read; one that is missing can be written."""
    return config.problem is not None and config.path is not None and config.path.exists()


def _text(path: Path) -> str | None:
    """The file's text; None where there is no file. Raises a Diagnostic `unreadable`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise Diagnostic("unreadable", f"{path} is larger than {MAX_BYTES:,} bytes")
        return data.decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as problem:
        raise Diagnostic("unreadable", f"{path} is not UTF-8 text", Where(str(path), data[: problem.start].count(b"\n") + 1)) from None  # fmt: skip  # noqa: E501
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Diagnostic("unreadable", f"{path} cannot be read: {reason}") from None


def _with_choice(text: str, key: str, value: str | bool) -> str:
    """The text with one key of its head set; a comment behind the old value stays."""
    spelled = str(value).lower() if isinstance(value, bool) else f'"{value}"'
    head, table, rest = _parted(text)
    line = re.compile(rf"^(\s*{key}\s*=\s*)(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s#]+)", re.MULTILINE)
    if line.search(head):
        head = line.sub(rf"\g<1>{spelled}", head, count=1)
    else:
        head = f"{head.rstrip()}\n{key} = {spelled}\n".lstrip("\n") + ("\n" if table else "")
    changed = head + table + rest
    try:
        is_kept = tomllib.loads(changed) == {**tomllib.loads(text), key: value}
    except tomllib.TOMLDecodeError:
        is_kept = False
    if not is_kept:  # such as a quoted key; rather nothing than something else
        raise OSError(f"put in by hand: {key} = {spelled}")
    return changed


def _parted(text: str) -> tuple[str, str, str]:
    """What stands above the first table, its header, and the rest."""
    match = re.search(r"^\s*\[", text, re.MULTILINE)
    return (text, "", "") if match is None else (text[: match.start()], match[0], text[match.end() :])
