"""The same session as plain lines with a prompt: for screen readers, pipes and terminals that cannot draw."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

import numpy as np

from engine.calculus import Form, Operation, Step
from engine.calculus.inside import Part
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.calculus.typeset import equation, fraction, spell_cell
from engine.diagnostics import Diagnostic
from engine.doctor import STAGES, Diagnosis, Finding, consult, has_hints, hint_lines, report_lines
from engine.scenario import Player, Scenario
from engine.session import Session, State, actions
from engine.session.inside import title
from tui.glyphs import Glyphs

HELP = """\
n            join the next factor
b            take it away again
s, o         step into the factor joined last: one number's sum at a time with n and b; step out again
c            join all that are left
start        back to the start
(enter)      go on with the lesson, or join the next factor
l            flip the layout
f            change the form
order        change the order: reverse or forward
x            the output delta as one factor, or as its two
t NAME       choose what is differentiated by, or all
e W2[0,1]=3  edit an entry of an input
v NAME       read a value
d FORMULA    judge your own formula for the derivative; also several lines with ; between them
m            a further hint about it: where, what kind, the change, the corrected formula
g            a gradient step
u, r         undo, redo
?            this help
q            leave"""

_EDIT = re.compile(r"(\w+)\s*\[\s*(\d+)\s*,\s*(\d+)\s*\]\s*=\s*(\S+)")
MAX_SPOKEN = 12
"""Rows and columns of the largest matrix that is read out; of a larger one this many."""


class Linear:
    """A prompt on a session. Each command answers with sentences, one a line."""

    def __init__(self, scenario: Scenario, output: TextIO, *, ascii_only: bool = False) -> None:
        self.scenario = scenario
        self.session = Session(scenario.opening, scenario.title)
        self.output = output
        self.glyphs = Glyphs(ascii_only=ascii_only)
        self.lesson = Player(self.session, scenario.script)
        self._found: Finding | None = None
        self._stage = 0

    @property
    def state(self) -> State:
        return self.session.state

    def say(self, *lines: str) -> None:
        """Print lines."""
        for line in lines:
            print(self.glyphs(line), file=self.output)
        self.output.flush()

    def run(self, commands: TextIO, *, prompt: str = "") -> None:
        """Answer commands until `q` or the end of the input."""
        self.say(self.scenario.title, *filter(None, [self.state.program.title]), *situation(self.state))
        self.say("Commands: n next, b back, s step into, o out, enter goes on with the lesson, ? help, q leave.")
        while True:
            print(prompt, end="", file=self.output, flush=True)
            line = commands.readline()
            if not line or line.strip() in ("q", "quit", "exit"):
                return
            try:
                self.answer(line.strip())
            except Diagnostic as problem:
                hint = f" {problem.hints[0][:1].upper()}{problem.hints[0][1:]}." if problem.hints else ""
                self.say(f"{problem.message[:1].upper()}{problem.message[1:]}.{hint}")

    def answer(self, line: str) -> None:
        """Do one command; raises a Diagnostic where it cannot be done."""
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        simple = _SIMPLE.get(word)
        if word == "" and not self.lesson.is_over:
            self._go_on()
        elif simple is not None:
            self._do(simple(self.state))
        elif word == "t":
            self._do(actions.Target(target=rest))
        elif word == "e":
            self._do(_edit(rest))
        elif word == "v":
            self.say(*value_lines(self.state, rest))
        elif word == "d":
            self._diagnose(rest)
        elif word == "m":
            self._more()
        elif word in ("?", "h", "help"):
            self.say(HELP)
        else:
            raise Diagnostic("unknown_command", f"there is no command {word}", hints=("? lists the commands",))

    def _do(self, action: actions.AnyAction) -> None:
        before = self.state
        self.session.dispatch(action)
        if isinstance(action, actions.Edit | actions.Update | actions.Undo | actions.Redo):
            self.say(*change_lines(before, self.state))
        else:
            self.say(*situation(self.state))

    def _diagnose(self, formula: str) -> None:
        """Judge a formula; corrections are looked for, and told when they are asked for."""
        if not formula:
            raise Diagnostic("bad_value", "a formula is missing, as in d (a3 - y) * a3 * (1 - a3) @ a2.T")
        view = self.state.view
        self._found, self._stage = consult(self.state.program, view.target, formula, of=view.of), 0
        if isinstance(self._found, Diagnosis):
            self.session.dispatch(actions.Diagnose(formula=self._found.formula))
        self.say(*report_lines(self._found, 0))
        if has_hints(self._found):
            self.say("m gives a hint.")

    def _more(self) -> None:
        if self._found is None:
            raise Diagnostic("nothing_to_tell", "no formula has been judged", hints=("d FORMULA judges one",))
        is_far = isinstance(self._found, Diagnosis) and not self._found.fixes
        self._stage = len(STAGES) if is_far and self._stage < len(STAGES) else self._stage + 1
        if self._stage > len(STAGES):
            self.say("That is all.")
        elif isinstance(self._found, Diagnosis):
            self.say(*(hint_lines(self._found, self._stage) or ["That is all."]))
        else:
            self.say(*report_lines(self._found, self._stage))

    def _go_on(self) -> None:
        before = self.state
        state = self.lesson.go_on()
        if state.say:
            self.say(" ".join(state.say.split()))
        if state.outcome is not None and not state.outcome.ok:
            self.say("Not as expected: " + "; ".join(state.outcome.failures))
        elif state.program is not before.program:
            self.say(*change_lines(before, state))
        elif (state.cursor, state.inside, state.view) != (before.cursor, before.inside, before.view):
            self.say(*situation(state))


def _next_form(state: State) -> actions.AnyAction:
    forms = list(Form)
    return actions.SetForm(form=forms[(forms.index(state.view.form) + 1) % len(forms)])


_SIMPLE: dict[str, Callable[[State], actions.AnyAction]] = {
    "n": lambda state: actions.Step(),
    "": lambda state: actions.Step(),
    "b": lambda state: actions.Back(),
    "c": lambda state: actions.Continue(),
    "s": lambda state: actions.StepInto(),
    "o": lambda state: actions.StepOut(),
    "start": lambda state: actions.Jump(step=0),
    "l": lambda state: actions.SetLayout(layout=state.view.layout.flipped),
    "f": _next_form,
    "order": lambda state: actions.SetOrder(order=state.view.order.flipped),
    "x": lambda state: actions.SetFused(fused=not state.view.fused),
    "g": lambda state: actions.Update(),
    "u": lambda state: actions.Undo(),
    "r": lambda state: actions.Redo(),
}


def _edit(text: str) -> actions.Edit:
    match = _EDIT.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        return actions.Edit(name=match[1], at=[int(match[2]), int(match[3])], value=float(match[4]))
    except ValueError:
        raise Diagnostic(
            "bad_value", "an edit is written as e W2[0,1] = -0.25, rows and columns counted from 0"
        ) from None


def situation(state: State) -> Iterator[str]:
    """Where the derivation stands, in sentences."""
    view, step = state.view, state.current
    what = f"{fraction(view.of, view.target)}, {view.layout} layout, form {view.form}"
    if (part := state.part) is not None:
        yield from inside_lines(state, part)
        return
    if step is None:
        loss = "" if state.loss is None else f" {state.program.loss} is {state.loss:.6g}."
        yield f"{what}: {len(state.steps)} factors, none joined yet.{loss}"
        return
    yield f"{what}: step {state.cursor} of {len(state.steps)}. {equation(step)}."
    yield f"The factor {fraction(step.factor.numerator, step.factor.denominator)}, {spoken(step.factor.shown)}"
    if step.before is not None:
        yield f"The product so far, {spoken(step.before)}"
        yield f"It joins on the {step.side}, by {_operation(step)}."
    yield f"The new product, {spoken(step.after)}"
    yield f"Why: {step.why}"


def inside_lines(state: State, part: Part) -> Iterator[str]:
    """One part of a step, as sentences: which, its equation in names and in numbers, and why."""
    heading = title(state, part)
    yield f"{heading[:1].upper()}{heading[1:]}."
    gap = " " if part.numbers.startswith("=") else ", "
    yield f"{part.equation}{gap if part.numbers else ''}{part.numbers}."
    if part.running is not None:
        yield f"Added up so far, {spoken(part.running)}"
    yield f"Why: {part.words}"


_OPERATIONS = {
    "matmul": "matrix product",
    "hadamard": "entry-by-entry product",
    "outer": "outer product",
    "contract": "contraction of the tensor",
    "sum": "addition",
}


def _operation(step: Step) -> str:
    if step.operation is Operation.SUM and step.leg.jacobian is not None:
        return "a matrix product with ones, which is a sum"
    return _OPERATIONS[step.operation or "sum"]


def spoken(shown: Shown) -> str:
    """`3×2: row 0: 0.1, -0.4; row 1: …`."""
    shape = spell_size(shown.shape)
    if len(shown.shape) == 3:
        return f"a tensor, {shape}."
    cut = np.atleast_2d(shown.window(slice(0, MAX_SPOKEN), slice(0, MAX_SPOKEN)))
    rows = [f"row {number}: {', '.join(spell_cell(value) for value in row)}" for number, row in enumerate(cut.tolist())]
    more = "" if cut.shape == tuple(shown.shape) else f"; and so on to {shape}"
    return f"{shape}: {'; '.join(rows)}{more}."


def value_lines(state: State, name: str) -> Iterator[str]:
    """A value read out; without a name, all their shapes."""
    program = state.program
    if not name:
        yield "; ".join(f"{each} {spell_size(program.plan.shape(each))}" for each in program.values)
        return
    if name not in program.values:
        raise Diagnostic("unknown_name", f"there is no value called {name}", hints=(", ".join(program.values),))
    matrix = program.matrix(name)
    yield f"{name}, {spoken(Shown.of(matrix))}"


def change_lines(before: State, after: State) -> Iterator[str]:
    """What an edit changed."""
    changed = [
        name for name, value in after.values.items() if not np.array_equal(before.values[name], value)
    ]  # fmt: skip
    if before.loss is not None and after.loss is not None:
        yield f"{after.program.loss} goes from {before.loss:.6g} to {after.loss:.6g}."
    yield f"Changed: {', '.join(changed) or 'nothing'}."


def run(scenario: Scenario, *, ascii_only: bool = False) -> int:
    """Talk on standard input and output; with a prompt where a person types."""
    prompt = "> " if sys.stdin.isatty() else ""
    Linear(scenario, sys.stdout, ascii_only=ascii_only).run(sys.stdin, prompt=prompt)
    return 0
