"""A session that has been had, as a scenario: its file's head, and what was done as its script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import structs

from engine.calculus import Program
from engine.calculus.recognise import network_of
from engine.diagnostics import Diagnostic
from engine.scenario.library import MAX_BYTES
from engine.scenario.limits import is_printable
from engine.scenario.load import Scenario
from engine.scenario.schema import NetworkSection
from engine.session import Log, State, digest
from engine.session.actions import AnyAction, Jump, StepInto, Watch

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
    sections["values"] = _inputs(scenario.opening.program) if scenario.has_weights else values
    return _written(scenario, sections, [record.action for record in log.records], title)


def beginning_at(scenario: Scenario, state: State) -> str:
    """TOML of a scenario without a script that opens with the program, the numbers and the view of `state`.

    `state` is of a session of `scenario`; `steps_to` gives the actions that lead from that opening to where it stands.
    Raises a Diagnostic `too_large` where no file would be read again, and `bad_scenario` for a program that only a
    network could have become and none is.
    """
    sections = dict(scenario.sections)
    if state.program.plan is not scenario.opening.program.plan:
        network = network_of(state.program)
        if network is None:
            raise Diagnostic("bad_scenario", "this program is none that a scenario could be begun with")
        sections.pop("program", None)
        names = (field.name for field in structs.fields(NetworkSection))
        sections["network"] = {name: _plain(getattr(network, name)) for name in names}
    view = state.view
    sections["values"] = _inputs(state.program)
    sections["view"] = {
        "target": view.target, "of": view.of, "layout": str(view.layout), "form": str(view.form),
        **({} if view.entry is None else {"entry": list(view.entry)}), "order": str(view.order), "fused": view.fused,
    }  # fmt: skip
    return _written(scenario, sections, [], "")


def steps_to(state: State) -> list[AnyAction]:
    """What leads from an opening to the place of `state` in its derivation, to its breakpoints and to its watches."""
    found: list[AnyAction] = [*state.breakpoints, *(Watch(formula=formula) for formula in state.watches)]
    found += [Jump(step=state.cursor)] if state.cursor else []
    return found + ([StepInto(part=state.inside)] if state.inside is not None else [])


def _inputs(program: Program) -> dict[str, Any]:
    return {name: value.tolist() for name, value in program.inputs.items()}


def _plain(value: Any) -> Any:
    """A field of a network as TOML has it."""
    if isinstance(value, bool | float):
        return value
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, int) else [_plain(item) for item in value]


def _written(scenario: Scenario, sections: dict[str, Any], script: Sequence[AnyAction], title: str) -> str:
    heading = {"schema": sections.pop("schema"), "title": title or scenario.title, "summary": scenario.summary}
    lines = [f"{_key(key)} = {toml_value(value)}" for key, value in heading.items() if value != ""]
    for name, table in sections.items():
        lines += ["", f"[{name}]", *_table(table)]
    for action in script:
        lines += ["", "[[script]]", *_table(msgspec.to_builtins(action), marks=True)]
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
