"""The script of a scenario: every entry, written out, as an action, and what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from msgspec import UNSET

from engine.calculus import Program
from engine.calculus.route import find_route
from engine.diagnostics import Where, did_you_mean
from engine.formula import parse
from engine.scenario.document import Document
from engine.scenario.expand import WORDS, Entry, Expander, Scope, TooLong, problems_of
from engine.scenario.locate import line_of
from engine.session import View, actions
from engine.session.actions import ACTIONS, Action, AnyAction
from engine.session.questions import question_problems
from engine.session.renewal import network_for

_FACTOR = re.compile(r"d(\w+)/d(\w+)")


class Script:
    """Reads the script of a document; `actions` and `places` are what comes of it.

    `program` and `view` are None where they are wrong themselves: then names are not checked.
    """

    def __init__(self, document: Document, folder: Path | None, program: Program | None, view: View | None) -> None:
        self.document, self.program, self.view = document, program, view
        self.actions: list[AnyAction] = []
        self.places: list[Where] = []
        self._expander = Expander(document, folder)
        self._known: dict[tuple[int, str], Action | None] = {}
        """What was made of an entry the first time."""

    def load(self, variables: Scope) -> None:
        """Read every entry; what is wrong is noted in the document, and that of included files, too."""
        of = self.view.of if self.view else ""
        try:
            for entry in self._expander.entries(variables):
                action = self._action(entry)
                if action is None:
                    continue
                self.actions.append(action)  # type: ignore[arg-type]
                line = line_of(entry.document.lines, entry.path)
                self.places.append(Where(file=entry.document.name, line=line, key=entry.path))
                if isinstance(action, actions.Target) and action.of is not UNSET:
                    of = str(action.of)
                elif isinstance(action, actions.Reset) and self.view:
                    of = self.view.of
                if isinstance(action, actions.SetNetwork):
                    self.program = None  # what has which name from here on is found when it is replayed
                if self.program is not None:
                    self._check_names(action, self.program, of, entry)
        except TooLong:
            self.actions = []
        self.document.problems += problems_of(self._expander.parts)

    def _action(self, entry: Entry) -> Action | None:
        key = (id(entry.document), entry.path)
        if entry.is_shared and key in self._known:
            return self._known[key]
        document, path = entry.document, entry.path
        kind = self._kind(entry)
        action = document.fields(kind, entry.table, path, also=("do", "repeat")) if kind else None
        if kind is actions.Expect and isinstance(formula := entry.table.get("formula"), str):
            with document.located(f"{path}.formula"):
                parse(formula)
        if isinstance(action, actions.Edit) and isinstance(action.value, str):
            with document.located(f"{path}.value"):
                parse(action.value)
        if isinstance(action, actions.SetNetwork):
            with document.located(path):
                network_for(action)
        if isinstance(action, actions.Ask):
            for problem in question_problems(action):
                with document.located(f"{path}.{problem.where.key}"):
                    raise problem
        if isinstance(action, actions.Pause) and (action.seconds is UNSET) == (action.until is UNSET):
            message = 'a pause has either `seconds`, such as 2.5, or `until = "key"`'
            document.problem("bad_action", message, path)
        self._known[key] = action
        return action

    def _kind(self, entry: Entry) -> type[Action] | None:
        do: Any = entry.table.get("do")
        if isinstance(do, str) and do in ACTIONS:
            return ACTIONS[do]
        if do is None:
            message = f'{entry.path} has no `do`, such as do = "step"'
            entry.document.problem("missing_key", message, entry.path)
        else:
            known = (*ACTIONS, *WORDS)
            hints = did_you_mean(str(do), known) or (f"there are: {', '.join(known)}",)
            entry.document.problem("bad_value", f"there is no action called {str(do)[:80]}", f"{entry.path}.do", hints)
        return None

    @staticmethod
    def _check_input(document: Document, program: Program, name: str, path: str) -> None:
        if name in program.plan.lines:
            hint = f"inputs: {', '.join(program.plan.inputs)}"
            document.problem("not_an_input", f"{name} is computed: edit what it is computed from", path, (hint,))
        else:
            document.require(name, program.plan.inputs, "input", path)

    def _check_names(self, action: Action, program: Program, of: str, entry: Entry) -> None:
        """Names that are wrong whatever has happened before; `of` is what is differentiated by then, if it is known."""
        document, path = entry.document, entry.path
        values = (*program.plan.inputs, *program.plan.lines)
        match action:
            case actions.Edit(name=name):
                self._check_input(document, program, name, f"{path}.name")
            case actions.SetValues(values=values_by_name):
                for name in values_by_name:
                    self._check_input(document, program, name, f"{path}.values.{name}")
            case actions.Target(target=target) if of:
                with document.located(f"{path}.{'target' if of in values else 'of'}"):
                    find_route(program, of, target)
            case actions.Expect(factor=factor) | actions.Jump(factor=factor) | actions.Ask(factor=factor) if isinstance(
                factor, str
            ):
                match = _FACTOR.fullmatch(factor)
                if match is None:
                    message = f"a factor is written as dz3/da2, and {factor} is not"
                    document.problem("bad_value", message, f"{path}.factor")
                for name in match.groups() if match else ():
                    document.require(name, values, "value", f"{path}.factor")
        if isinstance(action, actions.Expect) and isinstance(action.name, str):
            document.require(action.name, values, "value", f"{path}.name")
