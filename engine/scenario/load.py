"""Loading a scenario: what its sections mean, and everything that is wrong with them, found at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import UnsetType, structs

from engine.calculus import Network, Program
from engine.calculus.route import ALL, find_route
from engine.diagnostics import Diagnostic, Where
from engine.formula import Dim
from engine.scenario.beside import weights_beside
from engine.scenario.document import Document
from engine.scenario.expand import Scope, substituted, variables_of
from engine.scenario.library import DEFAULT, read_source
from engine.scenario.locate import line_of
from engine.scenario.migrate import migrated
from engine.scenario.schema import Heading, NetworkSection, ProgramSection, ViewSection
from engine.scenario.script import Script
from engine.session import State, View, opened
from engine.session.actions import AnyAction

if TYPE_CHECKING:
    from engine.interop import Mapped

SECTIONS = ("network", "program", "values", "view", "variables", "script")
_NOT_RECORDED = ("script", "variables", "title", "summary")
_PLAYED = re.compile(r"script\[(\d+)\]")


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
    weights: tuple[Mapped, ...] = ()
    """Which arrays of its file of weights have become which values."""
    sections: Mapping[str, Any] = field(default_factory=dict)
    """The tables above the script, variables filled in."""
    has_weights: bool = False
    """Whether numbers come from a file beside this one."""
    places: tuple[Where, ...] = ()
    """Where each entry of the script stands: repeated and included ones have no number of their own in the file."""

    def where(self, path: str) -> Where:
        """The place of a key; `script[3]` is the entry that is played as the fourth."""
        if (match := _PLAYED.fullmatch(path)) and int(match[1]) < len(self.places):
            return self.places[int(match[1])]
        return Where(file=self.name, line=line_of(self.lines, path), key=path)


def load(source: str | os.PathLike[str] = DEFAULT) -> Scenario:
    """The scenario in a file, or the shipped lesson of that name.

    Raises a Diagnostic for the one thing that is wrong, or Diagnostics for several.
    """
    name, text, folder = read_source(source)
    return loads(text, name, folder)


def loads(text: str, name: str = "scenario", folder: Path | None = None) -> Scenario:
    """The scenario that `text` spells; `name` is what messages call it, and `folder` has the files that it names.

    Raises as `load` does.
    """
    return _Loader(Document(text, name), folder).load()


class _Loader:
    def __init__(self, document: Document, folder: Path | None) -> None:
        self.document = document
        self.tables = document.tables
        self.folder = folder
        self.weights: tuple[Mapped, ...] = ()
        self._has_file = False

    def load(self) -> Scenario:
        document = self.document
        with document.located("schema"):
            self.tables = migrated(self.tables)
        if document.problems and document.problems[-1].code == "bad_schema":
            document.raise_problems()  # a file of another schema is not searched for mistakes: it may be right there
        variables = variables_of(self.tables, document)
        self._fill_in(variables)
        heading = document.fields(Heading, {k: v for k, v in self.tables.items() if k not in SECTIONS}, "")
        program = self._with_values(self._program())
        view = self._view(program)
        script = Script(document, self.folder, program, view)
        script.load(variables)
        opening: State | None = None
        if program is not None and view is not None and not document.problems:
            opening = self._opening(program, view)
        if document.problems or heading is None or opening is None:
            document.raise_problems()
        title = heading.title or document.name
        return Scenario(
            document.name, title, heading.summary, opening, tuple(script.actions), document.lines, self.weights,
            {key: table for key, table in self.tables.items() if key not in _NOT_RECORDED},
            self._has_file, tuple(script.places),
        )  # fmt: skip

    def _fill_in(self, variables: Scope) -> None:
        """Put the variables into everything but the script, whose entries may know others."""
        self.tables = {
            key: table if key in ("script", "variables") else substituted(table, variables, self.document, key, key)
            for key, table in self.tables.items()
        }

    # ---- network or program, and values ------------------------------------------------------------------------

    def _program(self) -> Program | None:
        if ("network" in self.tables) == ("program" in self.tables):
            has = ", not both" if "network" in self.tables else ", and this one has neither"
            path = "program" if "program" in self.tables else ""
            self.document.problem("bad_scenario", f"a scenario has either [network] or [program]{has}", path)
            return None
        values = self.tables.get("values", {})
        seed = values.get("seed", 0) if isinstance(values, dict) else 0
        if type(seed) is not int or not 0 <= seed < 2**32:
            self.document.problem("bad_value", "seed must be a whole number from 0 to 4294967295", "values.seed")
            seed = 0
        if "network" in self.tables:
            network = self.document.fields(NetworkSection, self.tables["network"], "network")
            return self._network(network, seed) if network else None
        formulas = self.document.fields(ProgramSection, self.tables["program"], "program")
        return self._formulas(formulas, seed) if formulas else None

    def _network(self, section: NetworkSection, seed: int) -> Program | None:
        count = len(self.document.problems)
        for number, activation in enumerate(section.activations):
            with self.document.located(f"network.activations[{number}]"):
                Network([1, 1], [activation])
        with self.document.located("network.loss"):
            Network([1, 1], ["identity"], section.loss)
        if len(self.document.problems) > count:
            return None
        with self.document.located(
            lambda problem: f"network.{'activations' if 'layers' in problem.message else 'sizes'}"
        ):
            return Network(**structs.asdict(section)).program(seed=seed)
        return None

    def _formulas(self, section: ProgramSection, seed: int) -> Program | None:
        count = len(self.document.problems)
        shapes: dict[str, tuple[int, ...]] = {}
        for name, sizes in section.shapes.items():
            shape: list[int] = []
            for size in sizes:
                if isinstance(size, str):
                    hint = f"give it a size: dims = {{ {size} = 4 }}"
                    self.document.require(size, section.dims, "size", f"program.shapes.{name}", hint)
                    shape.append(Dim(section.dims.get(size, 1), size))
                else:
                    shape.append(size)
            shapes[name] = tuple(shape)
        parameters = None if isinstance(section.parameters, UnsetType) else section.parameters
        for number, name in enumerate(parameters or ()):
            self.document.require(name, shapes, "input", f"program.parameters[{number}]")
        if len(self.document.problems) > count:
            return None
        with self.document.located(lambda problem: f"program.{problem.where.key or 'forward'}"):
            return Program(section.forward, shapes, seed=seed, parameters=parameters)
        return None

    def _with_values(self, program: Program | None) -> Program | None:
        table = self.tables.get("values", {})
        if not isinstance(table, dict):
            self.document.problem("bad_value", "values must be a table", "values")
            return program
        has_file = self._has_file = _names_a_file(table, program)
        if has_file:
            program = self._with_weights(program, table)
        for name, value in table.items():
            path = f"values.{name}"
            if program is None or name == "seed" or (name == "weights" and has_file):
                continue
            if name in program.plan.lines:
                hint = f"values can be given for: {', '.join(program.plan.inputs)}"
                self.document.problem("not_an_input", f"{name} is computed, so it cannot be given", path, (hint,))
            else:
                with self.document.located(path):
                    program = program.with_values({name: value})
        return program

    def _with_weights(self, program: Program | None, table: dict[str, Any]) -> Program | None:
        """The program with the numbers of the file; those that stand in the scenario win over them."""
        given = table.keys() - {"seed", "weights"}
        with self.document.located("values.weights"):
            loaded = weights_beside(self.folder, table["weights"], program, given)
            if loaded is not None:
                program = loaded.program
                self.weights = tuple(part for part in loaded.mapped if part.parameter not in given)
        return program

    # ---- the view ----------------------------------------------------------------------------------------------

    def _view(self, program: Program | None) -> View | None:
        section = self.document.fields(ViewSection, self.tables.get("view", {}), "view")
        if section is None or program is None:
            return None
        names = (*program.plan.inputs, *program.plan.lines)
        count = len(self.document.problems)
        of = program.loss if isinstance(section.of, UnsetType) else section.of
        self.document.require(of, names, "value", "view.of")
        if isinstance(section.target, UnsetType):
            target = _first_target(program, of)
        else:
            target = section.target
            self.document.require(target, (*names, ALL), "value", "view.target")
        if len(self.document.problems) > count:
            return None
        with self.document.located("view.target"):
            find_route(program, of, target)
        entry = None if isinstance(section.entry, UnsetType) else (section.entry[0], section.entry[1])
        return View(target, of, section.layout, section.form, entry, section.order, section.fused)

    def _opening(self, program: Program, view: View) -> State | None:
        with self.document.located(self._forward_line):
            _ = program.values
            with self.document.located("view.entry" if view.entry else "view.target"):
                return opened(program, view)
        return None

    def _forward_line(self, problem: Diagnostic) -> str:
        """The line of the program that a problem of the forward pass is about."""
        if "network" in self.tables:
            return "network"
        return f"program.forward[{self.tables['program']['forward'].index(problem.where.text)}]"


def _names_a_file(values: dict[str, Any], program: Program | None) -> bool:
    """Whether `weights` is a file; a program may also have an input of that name, whose numbers are no text."""
    is_input = program is None or "weights" in program.plan.inputs
    return "weights" in values and (isinstance(values["weights"], str) or not is_input)


def _first_target(program: Program, of: str) -> str:
    """What `of` is differentiated by where a scenario does not say: its first parameter, else its first input."""
    candidates = (*program.parameters, *program.plan.inputs)
    for name in candidates:
        try:
            find_route(program, of, name)
        except Diagnostic:
            continue
        return name
    return candidates[0] if candidates else ALL
