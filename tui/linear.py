"""The same session as plain lines with a prompt: for screen readers, pipes and terminals that cannot draw."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

import numpy as np

from engine.calculus import Form, Operation, Step
from engine.calculus.descent import Descent, check_work
from engine.calculus.entry_text import after_entry, before_entry, factor_entry, value_entry
from engine.calculus.inside import Part
from engine.calculus.layouts import spell_size
from engine.calculus.perturb import perturb
from engine.calculus.pictures import Shown
from engine.calculus.typeset import DECIMALS, equation, fraction
from engine.diagnostics import Diagnostic
from engine.doctor import STAGES, Diagnosis, Finding, consult, has_hints, hint_lines, report_lines, short_lines
from engine.doctor.reading import read_expression, reading_lines
from engine.scenario import Player, Scenario
from engine.session import Session, State, actions
from engine.session.differences import difference_words, pairs
from engine.session.edits import read_edit
from engine.session.inside import title
from engine.session.network_form import fields_of, read_network
from engine.session.replies import EXAMPLES, typed_reply
from engine.session.watching import spell_break
from tui.copying import piece_named, pieces
from tui.cost_text import cost_text
from tui.descent_text import outcome, read_count, read_rate, table_lines, update_rule
from tui.flip_words import flip_sentence, is_flip
from tui.glyphs import Glyphs
from tui.loading import read_weights
from tui.look import Look, read_precision
from tui.perturb_text import perturbation_lines, read_epsilon
from tui.saving import LOG, save, source_of
from tui.watch_text import break_of, watch_lines

HELP = """\
n            join the next factor
b            take it away again
s, o         step into the factor joined last: one number's sum at a time with n and b; step out again
c            join those that are left, up to the next breakpoint
break WHAT   a breakpoint, or no longer: dz3/da2, layer 2, 3x2, or a condition such as norm(delta2) < 0.1
watch WHAT   a formula to watch at each step, or no longer
start        back to before the first factor
(enter)      go on with the lesson, or join the next factor
l            flip the layout
f            change the form
order        change the order: reverse or forward
x            the output delta as one factor, or as its two
t NAME       choose what is differentiated by, or all
e W2[0,1]=3  edit an entry of an input; also by a formula, e W2[0,1] = W2[0,1] * 2, or all of it, e W2 = W2 * 0.5
v NAME       read a value
p NUMBER     how many decimals are read out, or: p full
cell M[1,0]  one entry and the formula that it comes from; M is factor, before, new, or a value such as W2
: FORMULA    an expression over values, deltas (delta3) and gradients (dW2), with the shape of each part
cost         what each step costs, in reverse and forward order
d FORMULA    judge your own formula for the derivative; also several lines with ; between them
m            a further hint about it: where, what kind, the change, the corrected formula
a ANSWER     answer a question of the lesson; hint for a hint, give up to be shown the answer
g            a gradient step; g 0.5 takes it with rate 0.5, g 0.5 100 takes 100, and tells how the loss goes down
P W3[1,0]    move an entry a little: what moves with it, by how much; also P W3[1,0] 0.01
D            the chain before and after the last edit, factor by factor
N sizes=2-4-3 activations=tanh,sigmoid
             another network; also loss= batch= samples= bias=yes reduction= first_layer= seed= keep=no
w PATH       load weights from a .npz or .safetensors file
u, r         undo, redo
note TEXT    a note that stays where you are, and is saved with the session
y WHAT       written out to be copied: new, factor, before, formula, latex, numpy, or a value such as W2
save FILE    the session as a scenario (my.toml) or as a log (my.jsonl)
?            this help
q            leave"""

_EDIT = re.compile(r"(\w+)\s*(?:\[\s*(\d+)\s*(?:,\s*(\d+)\s*)?\]\s*)?=\s*(\S.*)")
_PLACE = re.compile(r"(\w+)\s*\[\s*(\d+)\s*(?:,\s*(\d+)\s*)?\]\s*(\S+)?")
COST_WIDTH = 76
"""Columns in which tables and formulas are written."""
MAX_SPOKEN = 12
"""Rows and columns of the largest matrix that is read out; of a larger one this many."""


class Linear:
    """A prompt on a session. Each command answers with sentences, one a line."""

    def __init__(
        self,
        scenario: Scenario,
        output: TextIO,
        *,
        ascii_only: bool = False,
        session: Session | None = None,
        look: Look = Look(),  # noqa: B008 frozen
    ) -> None:
        self.scenario = scenario
        self.session = session or Session(scenario.opening, scenario.title, source=source_of(scenario))
        self.output = output
        self.glyphs = Glyphs(ascii_only=ascii_only)
        self.lesson = Player(self.session, scenario.script)
        self.lesson.catch_up()
        self.look = look
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
        word, _, rest = (line if not line.startswith(":") else f": {line[1:]}").partition(" ")
        rest = rest.strip()
        simple = _SIMPLE.get(word)
        if word == "" and not self.lesson.is_over:
            self._go_on()
        elif word == "D":
            self.say(*compare_lines(self.state))
        elif word == "w":
            self._load(rest)
        elif word == "N":
            self._set_network(rest)
        elif word == "P":
            self._perturb(rest)
        elif word == "g" and rest:
            self._descend(rest)
        elif simple is not None:
            self._do(simple(self.state))
        elif word == "t":
            self._do(actions.Target(target=rest))
        elif word == "e":
            self._do(_edit(self.state, rest))
        elif word == "v":
            self.say(*value_lines(self.state, rest, self.look))
        elif word == "p":
            self._precision(rest)
        elif word == "y":
            self.say(*copy_lines(self.state, rest))
        elif word == "save":
            path = save(self.scenario, self.session, rest)
            self.say(f"Saved: chainstep {'--log ' if path.suffix == LOG else ''}{path} opens it.")
        elif word == "note" and rest:
            self.session.dispatch(actions.Note(say=rest))
            self.say(f"Noted: {rest}")
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
        elif word in ("break", "watch"):
            self._watch(word, rest)
        elif word == "a":
            self._answer(rest)
        elif line == "hint":
            self._quiz(actions.Answer(hint=True))
        elif line == "give up":
            self._quiz(actions.Answer(give_up=True))
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
            self.say(
                *([f"Stopped: {self.state.stopped}."] if self.state.stopped else []), *situation(self.state, self.look)
            )
            self.say(*(f"watch {line}" for line in watch_lines(self.state)))

    def _watch(self, word: str, rest: str) -> None:
        """Set a breakpoint or a watch, or take it away where it is set; without one, list them."""
        if rest:
            self.session.dispatch(break_of(rest) if word == "break" else actions.Watch(formula=rest))
        points = [f"breakpoint: {spell_break(point)}" for point in self.state.breakpoints]
        watches = [f"watch {line}" for line in watch_lines(self.state)]
        self.say(*((points or ["No breakpoints."]) if word == "break" else (watches or ["No watches."])))

    def _load(self, path: str) -> None:
        """Put in the weights of a file, and say which array became what."""
        before, found = self.state, read_weights(self.state.program, path)
        for edit in found.edits:
            self.session.dispatch(edit)
        self.say(*(f"{each}." for each in found.mapped), *change_lines(before, self.state))

    def _set_network(self, text: str) -> None:
        """Another network: the present one with other fields."""
        fields = fields_of(self.state.program)
        for part in re.split(r"\s+(?=\w+=)", text):
            name, equals, value = part.partition("=")
            if not equals:
                raise Diagnostic("bad_value", "a network is written as N sizes=2-4-3 activations=tanh,sigmoid")
            fields[name.strip()] = value
        self.session.dispatch(read_network(fields))
        self.say(f"The network is {self.state.program.title}.", *value_lines(self.state, ""), *situation(self.state))

    def _perturb(self, text: str) -> None:
        """Say what moves when an entry does; nothing changes."""
        match = _PLACE.fullmatch(text)
        if match is None:
            raise Diagnostic("bad_value", "an entry is written as P W3[1,0], with ε behind it if it is not 0.001")
        name, first, second, epsilon = match.groups()
        place = _place(self.state, name, first, second)
        found = perturb(self.state.program, name, place, read_epsilon(epsilon or "0.001"))
        self.say(*(line for _, line in perturbation_lines(found, self.state) if line))

    def _descend(self, text: str) -> None:
        """Take gradient steps; where they diverge, those that could be taken."""
        rate, _, rest = text.partition(" ")
        count = read_count(rest) if rest else 1
        descent = Descent(self.state.program, self.state.view.of, read_rate(rate))
        check_work(self.state.program, count)
        problem = descent.take(count)
        self.say(update_rule(self.state, descent.rate))
        if descent.count:
            self.session.dispatch(actions.Update(rate=descent.rate, count=descent.count))
            self.say(*table_lines(descent.losses, descent.norms, descent.of, 11))
        self.say(outcome(descent, count, problem))

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

    def _answer(self, text: str) -> None:
        question = self.state.quiz.question
        if question is None or not self.state.quiz.is_open:
            raise Diagnostic("no_question", "no question is open", hints=("enter goes on with the lesson",))
        self._quiz(actions.Answer(value=typed_reply(question, text)))

    def _quiz(self, action: actions.Answer) -> None:
        """Answer, and say what is said to it."""
        quiz = self.session.dispatch(action).quiz
        self.say(
            quiz.reply, *([] if quiz.is_open or not quiz.score else [f"{quiz.score[:1].upper()}{quiz.score[1:]}."])
        )

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
        if state.quiz.is_open and state.quiz.question is not None:
            self.say(*question_lines(state.quiz.question))
        if state.outcome is not None and not state.outcome.ok:
            self.say("Not as expected: " + "; ".join(state.outcome.failures))
        elif state.shows_diagnosis and state.diagnosis is not None:
            self.say(*short_lines(state.diagnosis, COST_WIDTH))
        elif state.program is not before.program:
            self.say(*change_lines(before, state))
        elif (state.cursor, state.inside, state.view) != (before.cursor, before.inside, before.view):
            self.say(*situation(state, self.look))
        if self.lesson.is_over and state.quiz.score and not state.quiz.is_open:
            self.say(f"The lesson is over: {state.quiz.score}.")


def question_lines(question: actions.Ask) -> Iterator[str]:
    """A question with its choices, and how it is answered."""
    yield f"Question: {' '.join(question.prompt.split())}"
    for number, choice in enumerate(question.choices, start=1):
        yield f"  {number}: {choice}"
    hint = f", hint for a hint ({len(question.hints)})" if question.hints else ""
    is_choice = question.kind is actions.QuestionKind.CHOICE
    how = f"a 1 to a {len(question.choices)}" if is_choice else f"a and {EXAMPLES[question.kind]}"
    yield f"Answer with {how}{hint}, give up to be shown the answer."


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


def _edit(state: State, text: str) -> actions.Edit:
    match = _EDIT.fullmatch(text)
    if match is None:
        raise Diagnostic(
            "bad_value", "an edit is written as e W2[0,1] = -0.25, rows and columns counted from 0, or e W2 = W2 * 0.5"
        )
    name, first, second, value = match.groups()
    if first is None:
        return read_edit(name, (0, 0), f"= {value}")
    return read_edit(name, _place(state, name, first, second), value)


def _place(state: State, name: str, first: str, second: str | None) -> tuple[int, int]:
    """Row and column, of a vector also by one number."""
    if second is not None:
        return int(first), int(second)
    is_row = name in state.program.values and state.program.plan.shape(name)[0] == 1
    return (0, int(first)) if is_row else (int(first), 0)


def situation(state: State, look: Look = Look()) -> Iterator[str]:  # noqa: B008 frozen
    """Where the derivation stands, in sentences."""
    view, step = state.view, state.current
    what = f"{fraction(view.of, view.target)}, {view.layout} layout, form {view.form}"
    if (part := state.part) is not None:
        yield from inside_lines(state, part, look)
        return
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


def inside_lines(state: State, part: Part, look: Look) -> Iterator[str]:
    """One part of a step, as sentences: which, its equation in names and in numbers, and why."""
    heading = title(state, part)
    yield f"{heading[:1].upper()}{heading[1:]}."
    gap = " " if part.numbers.startswith("=") else ", "
    yield f"{part.equation}{gap if part.numbers else ''}{part.numbers}."
    if part.running is not None:
        yield f"Added up so far, {spoken(part.running, look)}"
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


def compare_lines(state: State) -> Iterator[str]:
    """The factors and products that the last edit changed."""
    for pair in pairs(state):
        factor = pair.new.factor
        name = fraction(factor.numerator, pair.new.factor_by)
        yield f"{pair.new.index + 1}. {name}: {difference_words(pair.factor)}."
        if pair.new.before is not None:
            yield f"The new product {fraction(pair.new.product.of, pair.new.by)}: {difference_words(pair.product)}."


def change_lines(before: State, after: State) -> Iterator[str]:
    """What an edit changed; of another program all is new, so that only where one stands is said."""
    if before.program.plan is not after.program.plan:
        yield f"Now it is {after.program.title}."
        yield from situation(after)
        return
    changed = [
        name for name, value in after.values.items() if not np.array_equal(before.values[name], value)
    ]  # fmt: skip
    if before.loss is not None and after.loss is not None:
        yield f"{after.program.loss} goes from {before.loss:.6g} to {after.loss:.6g}."
    yield f"Changed: {', '.join(changed) or 'nothing'}."


def copy_lines(state: State, word: str) -> Iterator[str]:
    """The text of something to copy; without a word, what there is."""
    if not word:
        yield from (f"y {piece.word:8} {piece.label}" for piece in pieces(state))
    else:
        yield piece_named(state, word).make().rstrip("\n")


def run(
    scenario: Scenario,
    *,
    ascii_only: bool = False,
    session: Session | None = None,
    decimals: int | None = DECIMALS,
) -> int:
    """Talk on standard input and output; with a prompt where a person types."""
    prompt = "> " if sys.stdin.isatty() else ""
    linear = Linear(scenario, sys.stdout, ascii_only=ascii_only, session=session, look=Look(decimals))
    linear.run(sys.stdin, prompt=prompt)
    return 0
