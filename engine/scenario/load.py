"""Loading a scenario: everything that is wrong with it is found at once, and each problem names its line and key."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from engine.calculus import Network, Program
from engine.calculus.route import ALL, find_route
from engine.diagnostics import Diagnostic, Diagnostics, Where, did_you_mean
from engine.formula import Dim, parse
from engine.scenario.library import DEFAULT, read_source
from engine.scenario.locate import line_of, locate
from engine.scenario.schema import SCHEMA, Heading, NetworkSection, ProgramSection, ViewSection
from engine.session import State, View, actions, opened
from engine.session.actions import ACTIONS, Action, AnyAction

MAX_SCRIPT = 10_000
"""Entries of the longest script."""
SECTIONS = ("network", "program", "values", "view", "script")
MAX_PROBLEMS = 20
"""Problems that are reported at once."""


@dataclass(frozen=True, eq=False)
class Scenario:
    """A loaded scenario: everything in it is valid."""

    name: str
    """The file or the lesson, as the user called it."""
    title: str
    summary: str
    opening: State
    script: tuple[AnyAction, ...]
    lines: Mapping[str, int]
    """Where each key stands."""

    def where(self, path: str) -> Where:
        """The place of a key."""
        return Where(file=self.name, line=line_of(dict(self.lines), path), key=path)


def load(source: str | os.PathLike[str] = DEFAULT) -> Scenario:
    """The scenario in a file, or the shipped lesson of that name.

    Raises a Diagnostic for the one thing that is wrong, or Diagnostics for several.
    """
    name, text = read_source(source)
    return loads(text, name)


def loads(text: str, name: str = "scenario") -> Scenario:
    """The scenario that `text` spells; `name` is what messages call it."""
    return _Loader(text, name).load()


Struct = TypeVar("Struct", bound=msgspec.Struct)


class _Loader:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.problems: list[Diagnostic] = []
        self.lines: dict[str, int] = {}

    def load(self) -> Scenario:
        document = self._parse()
        self.lines = locate(self.text)
        heading = self._fields(Heading, {key: document[key] for key in document if key not in SECTIONS}, "")
        if heading is not None and heading.schema != SCHEMA:
            self._problem("bad_schema", f"this file has schema {heading.schema}, and this chainstep reads {SCHEMA}",
                          "schema")  # fmt: skip
        program = self._program(document)
        opening = self._opening(document, program)
        script = self._script(document, opening)
        if self.problems or heading is None or opening is None:
            shown = self.problems[:MAX_PROBLEMS]
            raise shown[0] if len(shown) == 1 else Diagnostics(shown)
        title = heading.title or self.name
        return Scenario(self.name, title, heading.summary, opening, tuple(script), self.lines)

    # ---- reading -------------------------------------------------------------------------------------------------

    def _parse(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as problem:
            message = str(problem)
            place = re.search(r"\(at line (\d+), column (\d+)\)", message)
            line = int(place[1]) if place else self.text.count("\n") + 1
            column = int(place[2]) if place else 1
            guilty = (self.text.split("\n") or [""])[line - 1]
            reason = re.sub(r"\s*\(at .*\)$", "", message)
            raise Diagnostic(
                "bad_toml", f"this is not TOML: {reason[:1].lower()}{reason[1:]}",
                Where(self.name, line, None, guilty, (column - 1, column)),
            ) from None  # fmt: skip
        except (ValueError, RecursionError):
            message = "this TOML cannot be read: a number is too long, or brackets nest too deep"
            raise Diagnostic("bad_toml", message, Where(self.name)) from None

    def _problem(self, code: str, message: str, path: str, hints: tuple[str, ...] = ()) -> None:
        self.problems.append(
            Diagnostic(code, message, Where(self.name, line_of(self.lines, path), path or None), hints=hints)
        )

    @contextmanager
    def _located(self, path: str | Callable[[Diagnostic], str]) -> Iterator[None]:
        """Collect the Diagnostics that are raised inside, each with its place in the file."""
        try:
            yield
        except (Diagnostic, Diagnostics) as raised:
            for problem in raised.problems if isinstance(raised, Diagnostics) else (raised,):
                key = path if isinstance(path, str) else path(problem)
                where = Where(self.name, line_of(self.lines, key), key, problem.where.text, problem.where.span)
                self.problems.append(Diagnostic(problem.code, problem.message, where, problem.notes, problem.hints))

    def _fields(self, kind: type[Struct], table: Any, path: str) -> Struct | None:
        """A struct from a table, every field by itself, so that no mistake hides another."""
        if not isinstance(table, dict):
            self._problem("bad_value", f"{path} must be a table", path)
            return None
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        config = kind.__struct_config__
        known = [*fields, *([config.tag_field] if config.tag_field else [])]
        if not path:
            known += SECTIONS
        found: dict[str, Any] = {}
        count = len(self.problems)
        for key, value in table.items():
            place = f"{path}.{key}" if path else key
            if key == config.tag_field:
                continue
            if key not in fields:
                hints = did_you_mean(key, known) or (f"known here: {', '.join(known)}",)
                self._problem(
                    "unknown_key", f"there is no key {key} {'in ' + path if path else 'at the top'}", place, hints
                )
                continue
            try:
                found[key] = msgspec.convert(value, fields[key].type, strict=True)
            except msgspec.ValidationError as problem:
                self._problem("bad_value", *_in_words(problem, key, place, fields[key].type))
        for key, field in fields.items():
            if key not in table and field.required:
                self._problem("missing_key", f"the key {key} is missing {'in ' + path if path else 'at the top'}", path)
        return kind(**found) if len(self.problems) == count else None

    # ---- sections ------------------------------------------------------------------------------------------------

    def _program(self, document: dict[str, Any]) -> Program | None:
        if ("network" in document) == ("program" in document):
            has = ", not both" if "network" in document else ", and this one has neither"
            self._problem("bad_scenario", f"a scenario has either [network] or [program]{has}", "program")
            return None
        table = document.get("values", {})
        if not isinstance(table, dict):
            self._problem("bad_value", "values must be a table", "values")
            table = {}
        seed = self._seed(table)
        program: Program | None = None
        if "network" in document:
            network = self._fields(NetworkSection, document["network"], "network")
            program = self._network(network, seed) if network else None
        else:
            formulas = self._fields(ProgramSection, document["program"], "program")
            program = self._formulas(formulas, seed) if formulas else None
        return self._with_values(program, table) if program else None

    def _seed(self, table: dict[str, Any]) -> int:
        seed = table.get("seed", 0)
        if type(seed) is not int or not 0 <= seed < 2**32:
            self._problem("bad_value", "seed must be a whole number from 0 to 4294967295", "values.seed")
            return 0
        return seed

    def _network(self, section: NetworkSection, seed: int) -> Program | None:
        def key(problem: Diagnostic) -> str:
            words = {"activation": "activations", "layers": "activations", "loss": "loss"}
            return "network." + next((field for word, field in words.items() if word in problem.message), "sizes")

        with self._located(key):
            return Network(
                section.sizes, section.activations, section.loss, section.bias, section.first_layer
            ).program(seed=seed)  # fmt: skip
        return None

    def _formulas(self, section: ProgramSection, seed: int) -> Program | None:
        shapes: dict[str, tuple[int, ...]] = {}
        for name, sizes in section.shapes.items():
            shape: list[int] = []
            for size in sizes:
                if isinstance(size, str):
                    if size not in section.dims:
                        hints = did_you_mean(size, section.dims) or ("give it a size: dims = { " + size + " = 4 }",)
                        self._problem(
                            "unknown_name", f"dims has no size called {size}", f"program.shapes.{name}", hints
                        )
                        return None
                    shape.append(Dim(section.dims[size], size))
                else:
                    shape.append(size)
            shapes[name] = tuple(shape)
        parameters = None if isinstance(section.parameters, msgspec.UnsetType) else section.parameters
        with self._located(lambda problem: f"program.{problem.where.key or 'parameters'}"):
            return Program(section.forward, shapes, seed=seed, parameters=parameters)
        return None

    def _with_values(self, program: Program, table: dict[str, Any]) -> Program | None:
        count = len(self.problems)
        for name, value in table.items():
            if name == "seed":
                continue
            if name == "weights":
                self._problem(
                    "not_yet", "weights cannot be read from a file yet: write the numbers here", "values.weights"
                )
                continue
            with self._located(f"values.{name}"):
                program = program.with_values({name: value})
        if len(self.problems) == count:
            with self._located("program.forward" if "program.forward" in self.lines else "values"):
                _ = program.values
        return program if len(self.problems) == count else None

    def _opening(self, document: dict[str, Any], program: Program | None) -> State | None:
        section = self._fields(ViewSection, document.get("view", {}), "view")
        if section is None or program is None:
            return None
        of = program.loss if isinstance(section.of, msgspec.UnsetType) else section.of
        target = section.target
        if isinstance(target, msgspec.UnsetType):
            target = next(iter(program.parameters), ALL)
        entry = None if isinstance(section.entry, msgspec.UnsetType) else (section.entry[0], section.entry[1])

        def key(problem: Diagnostic) -> str:
            if "entry" in problem.message:
                return "view.entry"
            return "view.of" if problem.message.endswith(f" {of}") and of != target else "view.target"

        with self._located(key):
            return opened(program, View(target, of, section.layout, section.form, entry))
        return None

    # ---- the script ----------------------------------------------------------------------------------------------

    def _script(self, document: dict[str, Any], opening: State | None) -> list[AnyAction]:
        entries = document.get("script", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self._problem("bad_value", "script must be a list of tables, each beginning with [[script]]", "script")
            return []
        if len(entries) > MAX_SCRIPT:
            self._problem("too_large", f"a script may have {MAX_SCRIPT:,} entries, not {len(entries):,}", "script")
            return []
        script: list[AnyAction] = []
        for number, entry in enumerate(entries):
            path = f"script[{number}]"
            kind = self._kind(entry, path)
            action = self._fields(kind, entry, path) if kind else None
            if action is not None:
                script.append(action)  # type: ignore[arg-type]
                if opening is not None:
                    self._check_names(action, opening.program, path)
        return script

    def _kind(self, entry: dict[str, Any], path: str) -> type[Action] | None:
        do = entry.get("do")
        if isinstance(do, str) and do in ACTIONS:
            return ACTIONS[do]
        if do is None:
            self._problem("missing_key", f'{path} has no `do`, such as do = "step"', path)
        else:
            hints = did_you_mean(str(do), ACTIONS) or (f"there are: {', '.join(ACTIONS)}",)
            self._problem("bad_value", f"there is no action called {str(do)[:80]!r}", f"{path}.do", hints)
        return None

    def _check_names(self, action: Action, program: Program, path: str) -> None:
        """Names and formulas that cannot be right whatever has happened before."""
        match action:
            case actions.Edit(name=name) if name not in program.inputs:
                kind = "is computed, and only inputs can be edited" if name in program.plan.lines else "is no input"
                self._problem("unknown_name", f"{name} {kind}", f"{path}.name", did_you_mean(name, program.inputs))
            case actions.Target(target=target, of=of):
                with self._located(f"{path}.target"):
                    find_route(program, program.loss if of is UNSET else str(of), target)
            case actions.Expect(formula=str(formula)):
                with self._located(f"{path}.formula"):
                    parse(formula)


def _in_words(problem: msgspec.ValidationError, key: str, path: str, kind: Any) -> tuple[str, str, tuple[str, ...]]:
    """Message, path and hints for a value that does not fit."""
    text, _, inside = str(problem).partition(" - at `$")
    path += inside.rstrip("`")
    names = {"int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false", "array": "a list",
             "object": "a table", "null": "nothing"}  # fmt: skip
    hints: tuple[str, ...] = ()
    if match := re.match(r"Expected `([^`]*)`, got `([^`]*)`", text):
        wanted = " or ".join(names.get(part.strip(), part.strip()) for part in match[1].split("|"))
        message = f"{key} must be {wanted}, not {names.get(match[2], match[2])}"
    elif match := re.match(r"Invalid enum value '?(.*?)'?$", text):
        choices = _choices(kind)
        hints = did_you_mean(match[1], choices) or (f"there are: {', '.join(choices)}",)
        message = f"there is no {key} called {match[1][:80]}"
    else:
        message = f"{key}: {text[:1].lower()}{text[1:]}"
    return message, path, hints


def _choices(kind: Any) -> list[str]:
    """The members of an enumeration, which may stand in a union."""
    for part in getattr(kind, "__args__", (kind,)):
        if hasattr(part, "__members__"):
            return [str(member) for member in part]
    return []
