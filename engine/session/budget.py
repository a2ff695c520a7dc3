"""What an action may cost in a session that shares its processor and its memory with others'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from engine.calculus import Program
from engine.calculus.descent import work_of_steps
from engine.calculus.symbols import with_gradients
from engine.diagnostics import Diagnostic
from engine.doctor.work import work_of
from engine.formula import Array, ShapeMap, parse, shapes_of
from engine.formula.syntax import names_in
from engine.session import actions
from engine.session.actions import Action

_HINT = "with chainstep on a machine of your own there is no such limit"


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits for one action. The engine's own are what a machine can do at all, these what nobody else notices."""

    work: int = 500_000
    """Of a formula: entries of all its parts together, and a thousandth of the multiplications."""
    steps: int = 50_000_000
    """Of gradient steps that are taken at once, as `work_of_steps` counts."""
    entries: int = 20_000
    """Of a network that is made: weights, and the values of all samples; each edit that can be undone keeps some."""

    def check(self, program: Program, action: Action) -> None:
        """Raises a Diagnostic `too_much` for what would take the others' time or memory."""
        match action:
            case actions.SetNetwork(sizes=sizes, batch=batch):
                self._check_network(sizes, batch)
            case actions.Update(count=count):
                self._check_steps(program, count)
            case actions.Edit(value=str(text)) | actions.Answer(value=str(text)) | actions.Watch(formula=text):
                self.check_text(program, text)
            case actions.Diagnose(formula=text) | actions.Break(when=str(text)):
                self.check_text(program, text)
            case _:
                pass

    def check_text(self, program: Program, text: str) -> None:
        """As `check`, for formulas that a person typed: one, or a derivation of several lines."""
        if sum(_works(program, text)) > self.work:
            raise Diagnostic("too_much", "this formula is too much to compute where others share the machine",
                             hints=(_HINT,))  # fmt: skip

    def _check_steps(self, program: Program, count: int) -> None:
        one = work_of_steps(program, 1)
        if one * count > self.steps:
            raise Diagnostic("too_much", f"{count:,} steps at once are too many where others share the machine",
                             hints=(f"at most {self.steps // one:,}", _HINT))  # fmt: skip

    def _check_network(self, sizes: list[int], batch: int) -> None:
        entries = sum(one * other for one, other in pairwise(sizes)) + batch * sum(sizes)
        if entries > self.entries:
            message = f"a network of {entries:,} numbers is too large where others share the machine"
            raise Diagnostic("too_much", message, hints=(f"at most {self.entries:,}", _HINT))


def _works(program: Program, text: str) -> Iterator[float]:
    """How much each formula in a text is, as far as it can be read; what cannot be is not computed either."""
    for line in re.split(r"[\n;]|(?<![<>=!])=(?!=)", text):
        with suppress(Diagnostic):
            node = parse(line)
            values: dict[str, Array] = {}
            for name in names_in(node):
                with suppress(Diagnostic):
                    values |= with_gradients(program, [name])
            yield work_of(node, ShapeMap(shapes_of(values)))
