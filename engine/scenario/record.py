"""A session that has been had, as a scenario: its file's head, and what was done as its script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from engine.diagnostics import Diagnostic
from engine.scenario.library import MAX_BYTES
from engine.scenario.limits import is_printable
from engine.scenario.load import Scenario
from engine.session import Log, digest

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LIKE_A_VARIABLE = re.compile(r"\$+[A-Za-z_]\w*")


def scenario_of(scenario: Scenario, log: Log, title: str = "") -> str:
    """TOML of a scenario that begins as `scenario` does, and whose script is what `log` says.

    Replaying it gives the state of the session, if nobody answers what was left open (`Replay(…, answers=False)`).
    Numbers that came from a file of weights are written out, so that the new file may lie anywhere.
    Raises a Diagnostic `bad_log` for the log of another scenario, and `too_large` where no file would be read again.
    """
    if log.header.digest != digest(scenario.opening):
        raise Diagnostic("bad_log", "this log was recorded with another scenario, or another version of it")
    sections = dict(scenario.sections)
    values = dict(sections.get("values", {}))
    if scenario.has_weights:
        values = {name: value.tolist() for name, value in scenario.opening.program.inputs.items()}
    sections["values"] = values
    heading = {"schema": sections.pop("schema"), "title": title or scenario.title, "summary": scenario.summary}
    lines = [f"{_key(key)} = {toml_value(value)}" for key, value in heading.items() if value != ""]
    for name, table in sections.items():
        lines += ["", f"[{name}]", *_table(table)]
    for record in log.records:
        lines += ["", "[[script]]", *_table(msgspec.to_builtins(record.action), marks=True)]
    text = "\n".join(lines) + "\n"
    if len(text.encode()) > MAX_BYTES:
        raise Diagnostic("too_large", f"the recording would be larger than the {MAX_BYTES:,} bytes of a scenario")
    return text


def _table(table: Mapping[str, Any], *, marks: bool = False) -> Iterator[str]:
    for key, value in table.items():
        yield f"{_key(key)} = {toml_value(_marked(value) if marks else value)}"


def _marked(value: Any) -> Any:
    """A text that only looks like a variable keeps its dollar by having one more."""
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(_marked, value))
    return f"${value}" if isinstance(value, str) and _LIKE_A_VARIABLE.fullmatch(value) else value


def toml_value(value: Any) -> str:
    """A value in TOML; what a terminal would act on becomes a blank, as no scenario may hold it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value if is_printable(value) else "".join(each if is_printable(each) else " " for each in value)
        return json.dumps(text, ensure_ascii=False)  # a basic string of TOML knows the escapes of JSON
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return repr(value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
