"""Gradient steps, one after the other: θ ← θ − rate ∂of/∂θ for every parameter θ, each gradient in θ's own shape."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

import numpy as np

from engine.calculus.chain import gradients_of
from engine.calculus.program import Program
from engine.diagnostics import Diagnostic
from engine.formula import Array

MAX_WORK = 2_000_000_000
"""Of the steps that are taken at once, as `work_of_steps` counts."""
PER_LINE = 5_000
"""Entries for whose arithmetic one line of a program takes as long, however small it is."""


class Descent:
    """Gradient steps from a program on; each leaves the program before it as it was.

    Raises a Diagnostic `no_gradient` where `of` is not a number that depends on a parameter.
    """

    def __init__(self, start: Program, of: str, rate: float) -> None:
        if start.plan.shape(of) != (1, 1):
            raise _no_gradient(of)
        self.start, self.of, self.rate = start, of, rate
        self.program = start
        """After the last step that could be taken."""
        self.losses = [float(start.values[of].item())]
        """Before the first step and after each."""
        self.norms: dict[str, list[float]] = {}
        """The Euclidean norm of each parameter's gradient, where each step began."""

    @property
    def count(self) -> int:
        """Steps taken."""
        return len(self.losses) - 1

    def step(self) -> None:
        """Take a step. Raises a Diagnostic `not_finite` where a number would overflow; nothing has changed then."""
        program = self.program
        with np.errstate(all="ignore"):
            gradients = gradients_of(program, self.of)
            if not gradients:
                raise _no_gradient(self.of)
            moved: dict[str, Array] = {
                name: program.inputs[name] - self.rate * gradient for name, gradient in gradients.items()
            }
            norms = {name: float(np.linalg.norm(gradient)) for name, gradient in gradients.items()}
        after = program.with_values(moved)
        self.losses.append(float(after.values[self.of].item()))
        for name, norm in norms.items():
            self.norms.setdefault(name, []).append(norm)
        self.program = after
        _LATEST[self.start] = (self.of, self.rate, self.count, after)

    def take(self, count: int, goes_on: Callable[[], bool] = lambda: True) -> Diagnostic | None:
        """Take `count` steps, or fewer where `goes_on` says no; answers why the next is not possible, if it is not."""
        for _ in range(count):
            if not goes_on():
                break
            try:
                self.step()
            except Diagnostic as problem:
                return problem
        return None


_LATEST: WeakKeyDictionary[Program, tuple[str, float, int, Program]] = WeakKeyDictionary()
"""What the last descent from a program has come to: the screen takes the steps beside its event loop, and then again
as one action, which must not keep it waiting. The same steps give the same numbers, so that this changes nothing."""


def descended(start: Program, of: str, rate: float, count: int) -> Program:
    """The program after `count` gradient steps.

    Raises what Descent and its steps raise, and a Diagnostic `too_large` for more work than is done at once.
    """
    known = _LATEST.get(start)
    if known is not None and known[:3] == (of, rate, count):
        return known[3]
    check_work(start, count)
    descent = Descent(start, of, rate)
    problem = descent.take(count)
    if problem is None:
        return descent.program
    done = descent.count
    if done == 0:
        raise problem
    raise Diagnostic(
        problem.code, f"only {done} of {count} gradient steps can be taken: then {problem.message}",
        problem.where, hints=(f"take {done} steps, or a rate smaller than {rate:g}",),
    )  # fmt: skip


def check_work(program: Program, count: int) -> None:
    """Raise a Diagnostic `too_large` where `count` steps are more work than is done at once."""
    if work_of_steps(program, count) > MAX_WORK:
        most = MAX_WORK // work_of_steps(program, 1)
        raise Diagnostic("too_large", f"{count:,} steps on this program are too many at once",
                         hints=(f"take at most {most:,} at a time",))  # fmt: skip


def work_of_steps(program: Program, count: int) -> int:
    """How long gradient steps take, in entries of values that are computed."""
    return count * (sum(value.size for value in program.values.values()) + PER_LINE * len(program.plan.lines))


def _no_gradient(of: str) -> Diagnostic:
    return Diagnostic("no_gradient", f"a gradient step needs a number to make smaller, and {of} is none")
