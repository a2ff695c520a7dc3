"""A whole derivation, line by line: the first wrong line, and what the others are with it and without it.

Every line that claims to be a gradient is judged twice: as it stands, on what the lines above it really give, and as
if those were right, so that one slip is reported once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from engine.calculus import Layout, Program, derive
from engine.calculus.symbols import samples_axis
from engine.diagnostics import Diagnostic
from engine.doctor.chain.diagnose import diagnose_chain, is_derivative_chain
from engine.doctor.chain.findings import ChainDiagnosis
from engine.doctor.diagnose import SECONDS, diagnose, examine
from engine.doctor.diagnosis import Diagnosis
from engine.doctor.notes.derivatives import Names
from engine.doctor.notes.read import ZERO_WHERE, Line, Skipped, read_notes
from engine.doctor.trials import Trial, same
from engine.formula import Array, parse, spell
from engine.formula.syntax import Binary, Name, Node, Number, names_in, substitute
from engine.verdict import Verdict

UNREAD_ABOVE = "unread_above"
"""The code of a line that reads what a line above, which cannot be judged, should have given."""
SEEDS = (11, 12)
"""Of the other numbers on which a line that recomputes a value of the program is told from one that changes it."""


class Status(StrEnum):
    """What a line is."""

    RIGHT = "right"
    SCALED = "scaled"
    """Right but for the number of samples, which another line makes up for."""
    WRONG = "wrong"
    FOLLOWS = "follows"
    """Wrong as it stands, and right if the lines above it were."""
    HELPER = "helper"
    """It claims nothing: a value for other lines."""
    UNREAD = "unread"
    """It cannot be applied, or reads what no line and no program gives."""
    UNUSED = "unused"
    """It cannot be judged, and no claim needs it, as an update of a parameter at the end."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One line of a derivation."""

    line: Line
    status: Status
    if_right: Diagnosis | None = None
    """With the lines above it as they should be; None for what claims nothing."""
    as_it_stands: Diagnosis | None = None
    """With the lines above it as they are; None where these cannot be applied."""
    chain: ChainDiagnosis | None = None
    """Of a chain of derivatives without numbers."""
    problem: Diagnostic | None = None
    """Why a line is unread."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """What is to be said of a derivation."""

    text: str
    lines: tuple[Judged, ...]
    skipped: tuple[Skipped, ...]
    problems: tuple[Diagnostic, ...]
    """What could not be read."""
    seconds: float = field(default=0.0, compare=False)

    @property
    def first_wrong(self) -> Judged | None:
        """The line where it goes wrong."""
        return next((judged for judged in self.lines if judged.status in (Status.WRONG, Status.UNREAD)), None)

    @property
    def is_right(self) -> bool:
        """Whether every line that was read is right, and at least one claims something."""
        claims = [judged for judged in self.lines if judged.status not in (Status.HELPER, Status.UNUSED)]
        return bool(claims) and not self.problems and all(
            judged.status in (Status.RIGHT, Status.SCALED) for judged in claims
        )  # fmt: skip


def diagnose_derivation(
    program: Program,
    text: str,
    *,
    seconds: float = SECONDS,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Derivation:
    """Judge every line of `text`: notes, NumPy code or LaTeX (see `read_notes`, whose Diagnostics are raised).

    Corrections are looked for in the lines that are wrong even if those above them were right.
    """
    start = time.perf_counter()
    notes = read_notes(text, tuple(program.values), program.loss)
    examination = _Examination(program, [line.name for line in notes.lines], start + seconds, is_cancelled)
    judged = [examination.judge(number, line) for number, line in enumerate(notes.lines)]
    lines = tuple(_without_unused(_in_one_layout(_settled_scales(judged))))
    return Derivation(text, lines, notes.skipped, notes.problems, time.perf_counter() - start)


class _World:
    """The program with the lines of a derivation behind it, as they are or as they should be."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._given = frozenset(program.values)
        self.current: dict[str, str] = {}
        """Under which name of the program the latest value of a name stands."""
        self.broken: set[str] = set()
        """Names whose latest value cannot be computed."""

    def sum_of(self, loss: str) -> str:
        """The name of a mean over the samples times their number; a line is added for it."""
        name, place = f"{loss}_sum", samples_axis(self.program.plan)
        if name not in self.program.values and place is not None:
            self._append(f"{name} = {place[0]}.shape[{place[1]}] * {loss}")
        return name

    def settle(self, node: Node, names: Names) -> Node:
        """A formula over the names of this world."""

        def rename(part: Node) -> Node | None:
            if isinstance(part, Name) and part.name in self.current:
                return Name(self.current[part.name], span=part.span)
            return None

        return substitute(names.settled(node), rename)

    def assign(self, name: str, formula: Node) -> None:
        """Give a name another value; raises the Diagnostic of a formula that cannot be applied."""
        if self._recomputes(name, formula):  # so that a correction says a1, as the program and the writer do
            self.current.pop(name, None)
            self.broken.discard(name)
            return
        version, count = name, 1
        while version in self.program.values:
            count += 1
            version = f"{name}_{count}"
        self._append(f"{version} = {spell(formula)}")
        self.current[name] = version
        self.broken.discard(name)

    def _recomputes(self, name: str, formula: Node) -> bool:
        """Whether a formula is the value that the program has under this name, on its numbers and on others."""
        if name not in self._given:
            return False
        drawn = (self.program, *(self.program.redrawn(seed) for seed in SEEDS))
        trials = [Trial(program, name, program.loss, set(names_in(formula))) for program in drawn]
        try:
            trials[0].shapes.of(formula)
            return all(_is_the_same(trial.evaluate(formula), trial.values[name]) for trial in trials)
        except Diagnostic:  # it cannot be applied, or the program has no values at other numbers
            return False

    def _append(self, text: str) -> None:
        plan = self.program.plan
        changed = Program([*(line.text for line in plan.lines.values()), text], plan.inputs, self.program.inputs,
                          seed=self.program.seed, parameters=self.program.parameters)  # fmt: skip
        _ = changed.values
        self.program = changed


class _Examination:
    """The lines one after the other, in both worlds."""

    def __init__(self, program: Program, names: list[str], deadline: float, is_cancelled: Callable[[], bool]) -> None:
        self.loss = program.loss
        self.names = Names(tuple(program.values), program.loss)
        self.own, self.right = _World(program), _World(program)
        self._latest = {name: number for number, name in enumerate(names)}
        self._summed: set[str] = set()
        """Names of gradients from which 1/N is left out until a parameter's."""
        self._deadline, self._is_cancelled = deadline, is_cancelled

    def judge(self, number: int, line: Line) -> Judged:
        """One line; afterwards both worlds know its name."""
        if is_derivative_chain(line.expression_text):
            return self._chain(line)
        node = parse(line.expression_text)
        is_claim = line.meaning is not None and self._latest[line.name] == number
        own, right = (self._joined(world, line, node) for world in (self.own, self.right))
        try:
            self._require(line)
            judged = self._claim(line) if is_claim else self._helper(line, right)
        except Diagnostic as problem:
            judged = Judged(line, Status.UNREAD, problem=problem)
        self._assign(self.own, line, own, None)
        reference = self._reference(line) if judged.status in (Status.WRONG, Status.UNREAD) else None
        self._assign(self.right, line, right, reference)
        return judged

    def _joined(self, world: _World, line: Line, node: Node) -> Node:
        """The value of a name after `+=` and the like, over the value that it had."""
        settled = world.settle(node, self.names)
        before = Name(world.current.get(line.name, line.name))
        if line.operator == ZERO_WHERE:
            return Binary("*", before, Binary("-", Number(1.0), settled, span=node.span), span=node.span)
        return Binary(line.operator, before, settled, span=node.span) if line.operator else settled

    def _claim(self, line: Line) -> Judged:
        assert line.meaning is not None
        of, target = line.meaning
        world = self.right
        found = examine(world.program, target, line.expression_text, of=of,
                        settle=lambda node: self._joined(world, line, node))  # fmt: skip
        is_scaled = any("N = " in note and "transposed" not in note for note in found.notes)
        if is_scaled or (self._read(line) & self._summed and target not in world.program.inputs):
            self._summed.add(line.name)
            of = of if is_scaled or found.verdict.is_right else world.sum_of(of)
        if not found.verdict.is_right:
            left = max(0.0, self._deadline - time.perf_counter())
            found = diagnose(
                world.program, target, line.expression_text, of=of, seconds=left, is_cancelled=self._is_cancelled,
                settle=lambda node: self._joined(world, line, node),
            )  # fmt: skip
        if of != line.meaning[0]:
            note = f"1/N is left out here, as in the lines above: {of} is N times {line.meaning[0]}"
            found = replace(found, notes=(note, *found.notes))
        own: Diagnosis | None = None
        if not self._read(line) & self.own.broken:
            own = examine(self.own.program, target, line.expression_text, of=line.meaning[0],
                          settle=lambda node: self._joined(self.own, line, node))  # fmt: skip
        if found.verdict.is_right:
            stands = own is not None and own.verdict.is_right
            return Judged(line, Status.RIGHT if stands else Status.FOLLOWS, found, own)
        return Judged(line, Status.SCALED if is_scaled else Status.WRONG, found, own)

    def _require(self, line: Line) -> None:
        """Raise the Diagnostic of a line that reads what a line above it should have given and does not."""
        for name in sorted(self._read(line) & self.right.broken):
            raise Diagnostic(UNREAD_ABOVE, f"it reads {name}")

    def _read(self, line: Line) -> set[str]:
        """The names that a line reads, as the program or an earlier line has them."""
        names = set(names_in(self.names.settled(parse(line.expression_text))))
        return names | {line.name} if line.operator else names

    def _helper(self, line: Line, node: Node) -> Judged:
        self.right.program.plan.shapes.of(node, line.expression_text)
        return Judged(line, Status.HELPER)

    def _chain(self, line: Line) -> Judged:
        target = line.meaning[1] if line.meaning else None
        found = diagnose_chain(line.expression_text, self.right.program, target, of=line.meaning and line.meaning[0])
        status = Status.WRONG if found.verdict == "wrong" else Status.RIGHT
        return Judged(line, status, chain=found)

    def _reference(self, line: Line) -> Node | None:
        """What a claim should have been."""
        if line.meaning is None:
            return None
        of, target = line.meaning
        if line.name in self._summed:
            of = self.right.sum_of(of)
        *_, last = derive(self.right.program, target, of=of, layout=Layout.DENOMINATOR)
        return last.product.formula

    @staticmethod
    def _assign(world: _World, line: Line, node: Node, reference: Node | None) -> None:
        try:
            world.assign(line.name, reference if reference is not None else node)
        except Diagnostic:
            world.broken.add(line.name)


def _is_the_same(found: Array | None, wanted: Array) -> bool:
    return found is not None and found.shape == wanted.shape and same(found, wanted)


def _settled_scales(lines: list[Judged]) -> list[Judged]:
    """A gradient that lacks 1/N is right where a later line that reads it makes up for it, and wrong where not."""
    settled: list[Judged] = []
    for number, judged in enumerate(lines):
        if judged.status is Status.SCALED:
            name = judged.line.name
            later = [other for other in lines[number + 1 :] if _reads(other.line, name)]
            if not any(other.status in (Status.RIGHT, Status.SCALED, Status.HELPER) for other in later):
                judged = replace(judged, status=Status.WRONG)
        settled.append(judged)
    return settled


def _in_one_layout(lines: list[Judged]) -> list[Judged]:
    """A gradient in the other layout is right where all are, and wrong among others in the target's own shape."""
    verdicts = [judged.if_right.verdict if judged.if_right is not None else None for judged in lines]
    if Verdict.CORRECT not in verdicts:
        return lines
    return [
        replace(judged, status=Status.WRONG) if verdict is Verdict.CORRECT_TRANSPOSED else judged
        for judged, verdict in zip(lines, verdicts, strict=True)
    ]


def _without_unused(lines: list[Judged]) -> Iterator[Judged]:
    """What cannot be judged matters where a line below reads it, or where it claims something."""
    for number, judged in enumerate(lines):
        is_needed = judged.line.meaning or any(_reads(other.line, judged.line.name) for other in lines[number + 1 :])
        is_unused = judged.status is Status.UNREAD and not is_needed
        yield replace(judged, status=Status.UNUSED) if is_unused else judged


def _reads(line: Line, name: str) -> bool:
    if is_derivative_chain(line.expression_text):
        return False
    return name in names_in(parse(line.expression_text)) or (bool(line.operator) and line.name == name)
