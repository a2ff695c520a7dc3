"""A State: one frozen snapshot of everything that a screen shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from engine.calculus import Form, Layout, Order, Program, derive
from engine.calculus import Step as ChainStep
from engine.calculus.chain import gradients_of
from engine.calculus.forms import Entry
from engine.calculus.inside import Inside, Part
from engine.formula import Array
from engine.session.actions import Break
from engine.session.quiz import Quiz

if TYPE_CHECKING:
    from engine.doctor import Diagnosis


@dataclass(frozen=True, slots=True)
class View:
    """What is differentiated by what, and how it is shown."""

    target: str
    of: str
    layout: Layout = Layout.DENOMINATOR
    form: Form = Form.JACOBIAN
    entry: Entry | None = None
    """The chosen entry of the target for form `entry`; None is the first."""
    order: Order = Order.REVERSE
    fused: bool = False
    """Whether the output delta is one factor, a − y, where it simplifies to that."""

    def derive(self, program: Program) -> Iterator[ChainStep]:
        """The derivation that this view asks for. Raises the Diagnostics of `derive`."""
        return derive(
            program, self.target, of=self.of, layout=self.layout, form=self.form, entry=self.entry, order=self.order,
            fused=self.fused,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an expectation."""

    ok: bool
    failures: tuple[str, ...] = ()
    """One sentence for each claim that does not hold, with what was expected and what is there."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A snapshot; `reduce` makes the next one. Arrays are read-only, and steps compute theirs when they are read."""

    program: Program
    view: View
    steps: tuple[ChainStep, ...]
    """The whole derivation."""
    cursor: int
    """How many factors have been joined: 0 before the first, len(steps) at the end."""
    opening: tuple[Program, View]
    """What Reset goes back to."""
    past: tuple[Program, ...] = ()
    """What Undo goes back to, the latest last."""
    future: tuple[Program, ...] = ()
    """What Redo goes forward to, the next one last."""
    inside: int | None = None
    """At which part of the factor joined last the session is, where it has been stepped into; counted from 0."""
    compared: Program | None = None
    """The program before the last change of numbers, to show old → new."""
    say: str = ""
    """What the narrator says with the last action."""
    outcome: Outcome | None = None
    """Of the last action, if it was an expectation."""
    breakpoints: tuple[Break, ...] = ()
    watches: tuple[str, ...] = ()
    """Formulas."""
    stopped: str = ""
    """Which breakpoint the last run came to; empty where it came to none."""
    diagnosis: Diagnosis | None = None
    """Of the formula that was judged last: the verdict and what explains it, without corrections."""
    shows_diagnosis: bool = False
    """Whether that is what happened last, but for silent checks, pauses and questions, and so is to be read now."""
    quiz: Quiz = field(default_factory=Quiz)
    """The question that was put last, and the score."""

    @property
    def current(self) -> ChainStep | None:
        """The factor joined last."""
        return self.steps[self.cursor - 1] if self.cursor else None

    @property
    def upcoming(self) -> ChainStep | None:
        """The factor that is joined next."""
        return self.steps[self.cursor] if self.cursor < len(self.steps) else None

    @property
    def part(self) -> Part | None:
        """What happens there, if the factor joined last has been stepped into."""
        step = self.current
        return None if self.inside is None or step is None else Inside(step).part(self.inside)

    @property
    def values(self) -> Mapping[str, Array]:
        return self.program.values

    @property
    def loss(self) -> float | None:
        """The loss, if the program's is a number."""
        value = self.program.values[self.program.loss]
        return float(value.item()) if value.size == 1 else None

    def changes(self) -> dict[str, tuple[Array, Array]]:
        """Old and new value of everything that the last edit changed."""
        if self.compared is None:
            return {}
        old = self.compared.values
        return {name: (old[name], value) for name, value in self.values.items() if not np.array_equal(old[name], value)}

    def step_for(self, program: Program, index: int) -> ChainStep:
        """Step `index` of the same derivation with another program's numbers."""
        return next(islice(self.view.derive(program), index, None))

    def gradients(self) -> dict[str, Array]:
        """The gradient of `of` by every parameter, in the parameter's own shape; empty where `of` is not a scalar."""
        if self.program.plan.shape(self.view.of) != (1, 1):
            return {}
        return gradients_of(self.program, self.view.of)


def opened(program: Program, view: View) -> State:
    """The state in which a session begins: forward pass done, no factor joined.

    Raises the Diagnostics of `derive` and of the forward pass.
    """
    _ = program.values
    return State(program, view, tuple(view.derive(program)), 0, (program, view))


def viewed(state: State, **changes: object) -> State:
    """`state` with another view, outside of any step; the cursor stays where the steps still correspond."""
    view = replace(state.view, **changes)  # type: ignore[arg-type]
    steps = tuple(view.derive(state.program))
    chosen = attrgetter("target", "of", "order", "fused")
    same_chain = chosen(view) == chosen(state.view)
    return replace(state, view=view, steps=steps, cursor=state.cursor if same_chain else 0, inside=None)
