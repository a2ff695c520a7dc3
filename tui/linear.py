"""The same session as plain lines with a prompt: for screen readers, pipes and terminals that cannot draw."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

import numpy as np

from engine.calculus import Form, Operation, Step
from engine.calculus.entry_text import after_entry, before_entry, factor_entry, value_entry
from engine.calculus.layouts import spell_size
from engine.calculus.pictures import Shown
from engine.calculus.typeset import equation, fraction
from engine.diagnostics import Diagnostic
from engine.doctor import STAGES, Diagnosis, Finding, consult, has_hints, hint_lines, report_lines
from engine.doctor.reading import read_expression, reading_lines
from engine.scenario import Player, Scenario
from engine.session import Session, State, actions
from tui.cost_text import cost_text
from tui.flip import flip_sentence, is_flip
from tui.glyphs import Glyphs
from tui.look import Look, read_precision

HELP = """\
n            join the next factor
b            take it away again
c            join all that are left
s            back to the start
(enter)      go on with the lesson, or join the next factor
l            flip the layout
f            change the form
o            change the order: reverse or forward
x            the output delta as one factor, or as its two
t NAME       choose what is differentiated by, or all
e W2[0,1]=3  edit an entry of an input
v NAME       read a value
p NUMBER     how many decimals are read out, or: p full
cell M[1,0]  one entry and the formula that it comes from; M is factor, before, new, or a value such as W2
: FORMULA    an expression over values, deltas (delta3) and gradients (dW2), with the shape of each part
cost         what each step costs, in reverse and forward order
d FORMULA    judge your own formula for the derivative; also several lines with ; between them
m            a further hint about it: where, what kind, the change, the corrected formula
g            a gradient step
u, r         undo, redo
?            this help
q            leave"""

_EDIT = re.compile(r"(\w+)\s*\[\s*(\d+)\s*,\s*(\d+)\s*\]\s*=\s*(\S+)")
COST_WIDTH = 76
"""Columns in which tables and formulas are written."""
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
        self.look = Look()
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
        self.say(self.scenario.title, *filter(None, [self.state.program.title]), *situation(self.state, self.look))
        self.say("Commands: n next, b back, enter goes on with the lesson, ? help, q leave.")
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
        word, _, rest = (line if not line.startswith(":") else f": {line[1:]}").partition(" ")
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
            self.say(*value_lines(self.state, rest, self.look))
        elif word == "p":
            self._precision(rest)
        elif word == "cell":
            self.say(cell_line(self.state, rest))
        elif word == ":":
            self.say(*formula_lines(self.state, rest, self.look))
        elif word == "cost":
            self.say(*cost_text(self.state, COST_WIDTH))
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
            if is_flip(before, self.state):
                self.say(f"{flip_sentence(before, self.state)}.")
            self.say(*situation(self.state, self.look))

    def _precision(self, text: str) -> None:
        try:
            self.look = Look(read_precision(text))
        except ValueError:
            raise Diagnostic("bad_value", "decimals are a number from 0 to 15, or full, as in p 6") from None
        self.say(f"Numbers are read with {self.look.precision}.", *situation(self.state, self.look))

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
        elif (state.cursor, state.view) != (before.cursor, before.view):
            self.say(*situation(state, self.look))


def _next_form(state: State) -> actions.AnyAction:
    forms = list(Form)
    return actions.SetForm(form=forms[(forms.index(state.view.form) + 1) % len(forms)])


_SIMPLE: dict[str, Callable[[State], actions.AnyAction]] = {
    "n": lambda state: actions.Step(),
    "": lambda state: actions.Step(),
    "b": lambda state: actions.Back(),
    "c": lambda state: actions.Continue(),
    "s": lambda state: actions.Jump(step=0),
    "l": lambda state: actions.SetLayout(layout=state.view.layout.flipped),
    "f": _next_form,
    "o": lambda state: actions.SetOrder(order=state.view.order.flipped),
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


def situation(state: State, look: Look = Look()) -> Iterator[str]:  # noqa: B008 frozen
    """Where the derivation stands, in sentences."""
    view, step = state.view, state.current
    what = f"{fraction(view.of, view.target)}, {view.layout} layout, form {view.form}"
    if step is None:
        loss = "" if state.loss is None else f" {state.program.loss} is {state.loss:.6g}."
        yield f"{what}: {len(state.steps)} factors, none joined yet.{loss}"
        return
    yield f"{what}: step {state.cursor} of {len(state.steps)}. {equation(step)}."
    yield f"The factor {fraction(step.factor.numerator, step.factor.denominator)}, {spoken(step.factor.shown, look)}"
    if step.before is not None:
        yield f"The product so far, {spoken(step.before, look)}"
        yield f"It joins on the {step.side}, by {_operation(step)}."
    yield f"The new product, {spoken(step.after, look)}"
    yield f"Why: {step.why}"


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


def spoken(shown: Shown, look: Look = Look()) -> str:  # noqa: B008 frozen
    """`3×2: row 0: 0.1, -0.4; row 1: …`."""
    shape = spell_size(shown.shape)
    if len(shown.shape) == 3:
        return f"a tensor, {shape}."
    cut = np.atleast_2d(shown.window(slice(0, MAX_SPOKEN), slice(0, MAX_SPOKEN)))
    rows = [f"row {number}: {', '.join(map(look.spell, row))}" for number, row in enumerate(cut.tolist())]
    more = "" if cut.shape == tuple(shown.shape) else f"; and so on to {shape}"
    return f"{shape}: {'; '.join(rows)}{more}."


def value_lines(state: State, name: str, look: Look = Look()) -> Iterator[str]:  # noqa: B008 frozen
    """A value read out; without a name, all their shapes."""
    program = state.program
    if not name:
        yield "; ".join(f"{each} {spell_size(program.plan.shape(each))}" for each in program.values)
        return
    if name not in program.values:
        raise Diagnostic("unknown_name", f"there is no value called {name}", hints=(", ".join(program.values),))
    matrix = program.matrix(name)
    yield f"{name}, {spoken(Shown.of(matrix), look)}"


_CELL = re.compile(r"(\w+)\s*\[\s*(\d+(?:\s*,\s*\d+){0,2})\s*\]")


def cell_line(state: State, text: str) -> str:
    """`factor[1,0]`, `before[0,0]`, `new[1,0]` or `W2[0,1]` with the formula that it comes from."""
    match = _CELL.fullmatch(text)
    if match is None:
        raise Diagnostic("bad_value", "an entry is written as cell new[1,0] or cell W2[0,1], counted from 0")
    name, place = match[1], tuple(int(index) for index in match[2].split(","))
    step = state.current
    if name in state.program.values:
        shape: tuple[int, ...] = state.program.plan.shape(name)
        shown = None
    elif name not in ("factor", "before", "new"):
        known = ", ".join(["factor", "before", "new", *state.program.values])
        raise Diagnostic("unknown_name", f"there is no matrix called {name}", hints=(f"there are: {known}",))
    elif step is None or (name == "before" and step.before is None):
        message = "no factor has been joined yet" if step is None else "the first factor joins no product"
        raise Diagnostic("bad_value", message, hints=("n joins the next factor",))
    else:
        shown = {"factor": step.factor.shown, "before": step.before, "new": step.after}[name]
        assert shown is not None
        shape = shown.shape
    if len(place) == 1 and 1 in shape:
        place = (place[0], 0) if shape[1] == 1 else (0, place[0])
    if len(place) != len(shape) or any(index >= size for index, size in zip(place, shape, strict=True)):
        raise Diagnostic("bad_value", f"{name} is {spell_size(shape)} and has no entry [{','.join(map(str, place))}]",
                         hints=("rows and columns are counted from 0",))  # fmt: skip
    if step is None or shown is None:
        return str(value_entry(state.program, name, (place[0], place[1])))
    return str({"factor": factor_entry, "before": before_entry, "new": after_entry}[name](step, place))


def formula_lines(state: State, text: str, look: Look) -> Iterator[str]:
    """An expression: its parts with their shapes, and its value; or what is wrong with it."""
    if not text.strip():
        raise Diagnostic("bad_value", "an expression is missing, as in : W3.T @ delta3")
    reading = read_expression(state.program, text.strip(), of=state.view.of)
    yield from reading_lines(reading, COST_WIDTH)
    if reading.problem is None and reading.value is None:
        yield f"It is {spell_size(reading.shape or (1, 1))}, too much to be computed."
    elif reading.value is not None and reading.shape == ():
        yield f"It is {look.spell(reading.value.item())}."
    elif reading.value is not None:
        yield f"It is {spoken(Shown.of(reading.value), look)}"


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
