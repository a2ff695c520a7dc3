"""A Program: a list of assignments over named inputs, with numbers for the inputs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from engine.calculus.algebra import Algebra
from engine.calculus.jacobians import Jacobian, Zero
from engine.calculus.layouts import matrix_shape, spell_size
from engine.calculus.notebook import Notebook
from engine.calculus.operations import differentiate
from engine.diagnostics import Diagnostic, Diagnostics, Where, did_you_mean
from engine.formula import (
    Array,
    Dim,
    Shape,
    ShapeMap,
    compile_formula,
    oriented,
    oriented_shape,
    parse_assignment,
    resolve,
    spell,
    spell_shape,
)
from engine.formula.evaluate import Evaluator, ForwardPass
from engine.formula.numerics import flagged, quietly
from engine.formula.shapes import MAX_ENTRIES
from engine.formula.syntax import Assignment, Name, Node, names_in

DATA_NAMES = ("x", "X", "y", "Y", "t", "N", "m")
"""Inputs that are data and not parameters, unless a program says which are its parameters."""
MAX_ASSIGNMENTS = 1_000
"""Lines of the longest program."""
MAX_TOTAL = 60_000_000
"""Entries of all the values of a program together (480 MB of float64)."""
MAX_UNCHECKED = 256
"""Entries of a value whose arithmetic is trusted to raise the processor's overflow flag."""
RESERVED = ("all", "True", "False", "None")
"""Names that a value may not have."""


@dataclass(frozen=True, slots=True)
class Line:
    """One assignment of a program, checked and compiled."""

    name: str
    expression: Node
    """As written, with each product settled as `*` or `@`, and each NumPy vector as a column."""
    reads: tuple[str, ...]
    shape: Shape
    evaluate: Evaluator
    text: str


class Plan:
    """What a program is without its numbers: lines, shapes, and the Jacobian of every line by every name it reads.

    Built once and shared by all programs that differ only in their numbers.
    """

    def __init__(
        self, forward: Sequence[str], shapes: Mapping[str, Sequence[int]], source_target: Collection[str] = ()
    ) -> None:
        self.source_target = frozenset(source_target)
        """Weights whose entries are called w[i,j] for the one from unit i to unit j: column before row."""
        if len(forward) > MAX_ASSIGNMENTS:
            raise Diagnostic("too_large", f"a program may have {MAX_ASSIGNMENTS:,} lines, not {len(forward):,}")
        problems: list[Diagnostic] = []
        for name, shape in shapes.items():
            try:
                _check_declaration(name, shape)
            except Diagnostic as problem:
                problems.append(problem)
        _raise(problems)
        self.written = ShapeMap({name: tuple(shape) for name, shape in shapes.items()})
        """Shapes as the program says them, in which a NumPy vector has one dimension."""
        self.inputs: Mapping[str, Shape] = MappingProxyType({
            name: oriented_shape(tuple(shape)) for name, shape in shapes.items()
        })  # fmt: skip
        self.shapes = ShapeMap(self.inputs)
        """Shapes as matrix calculus has them: a vector is a column."""
        self.lines: dict[str, Line] = {}
        self._jacobians: dict[tuple[str, str], Jacobian] = {}
        self.routes: dict[tuple[str, str, tuple[str, ...], bool], object] = {}
        """What `find_route` has found."""
        assigned = [text.split("=", 1)[0].strip() for text in forward]
        unknown: set[str] = set()
        for number, text in enumerate(forward):
            try:
                self._add(text, assigned[number:])
            except Diagnostic as problem:
                # A line that reads what a bad line was to assign is no mistake of its own.
                if not (problem.code == "unknown_name" and _guilty(problem) in unknown):
                    problems.append(problem.at(key=f"forward[{number}]"))
                unknown.add(assigned[number])
        _raise(problems)
        total = sum(math.prod(shape) for shape in self.shapes.names.values())
        if total > MAX_TOTAL:
            message = f"the program's values would have {total:,} entries together, and {MAX_TOTAL:,} are allowed"
            raise Diagnostic("too_large", message)
        if not self.lines:
            raise Diagnostic("empty_program", "a program needs at least one assignment, such as z = W @ x")
        self.algebra = Algebra(self.shapes.without_limit(), {
            line.expression: name for name, line in self.lines.items() if name not in self.aliases
        })  # fmt: skip

    def _add(self, text: str, later: Sequence[str]) -> None:
        assignment: Assignment = parse_assignment(text)
        name, expression = assignment.name, assignment.expression
        if name in self.lines or name in self.inputs or name in RESERVED:
            raise Diagnostic("assigned_twice", f"{name} already has a value: give this one another name",
                             Where(text=text, span=(0, len(name))))  # fmt: skip
        try:
            written = self.written.of(expression, text)
        except Diagnostic as problem:
            for read in names_in(expression):
                if problem.code == "unknown_name" and read in later and read not in self.written.names:
                    what = "is computed from itself" if read == name else "is assigned only further down"
                    hint = "order the lines so that each reads only what is above it"
                    raise Diagnostic("cyclic", f"{read} {what}", problem.where, hints=(hint,)) from None
            raise
        expression = oriented(resolve(expression, self.written), self.written)
        shape = self.shapes.of(expression)
        evaluate = compile_formula(expression, self.shapes)
        self.written.names[name], self.shapes.names[name] = written, shape
        self.lines[name] = Line(name, expression, names_in(expression), shape, evaluate, text)

    def entry_name(self, name: str, entry: tuple[int, int]) -> str:
        """What the entry at row and column `entry` of a value is called: `W2[0,1]`."""
        first, second = reversed(entry) if name in self.source_target else entry
        return f"{name}[{first},{second}]"

    @cached_property
    def evaluators(self) -> tuple[tuple[str, Evaluator, int], ...]:
        """What the forward pass needs of each line: its name, its evaluation, and how many entries its value has."""
        return tuple((line.name, line.evaluate, math.prod(line.shape)) for line in self.lines.values())

    @cached_property
    def matrix_lines(self) -> tuple[str, ...]:
        """The lines over inputs that are all matrices: as written, but of NumPy vectors what they say of columns."""
        has_vectors = any(len(shape) == 1 for shape in self.written.names.values())
        return tuple(
            f"{name} = {spell(line.expression)}" if has_vectors else line.text for name, line in self.lines.items()
        )

    @cached_property
    def loss(self) -> str:
        """The value that is differentiated unless another is asked for: `L`, or what the last line assigns."""
        return "L" if "L" in self.lines else list(self.lines)[-1]

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Lines that only give a value a second name, as `a1 = x`, and the first name."""
        return {line.name: line.expression.name for line in self.lines.values() if isinstance(line.expression, Name)}

    def shape(self, name: str) -> tuple[int, int]:
        """The matrix shape of a value, a scalar as 1×1."""
        return matrix_shape(self.shapes.names[name])

    def jacobian(self, y: str, x: str) -> Jacobian:
        """∂y/∂x where line y reads x directly, in numerator layout, without numbers."""
        known = self._jacobians.get((y, x))
        if known is None:
            line = self.lines[y]
            try:
                found = differentiate(line.expression, x, self.algebra)
            except Diagnostic as problem:
                raise problem.at(text=line.text, key=f"∂{y}/∂{x}") from None
            known = self._jacobians[y, x] = found or Zero(self.shape(y), self.shape(x), self.algebra)
        return known


class Program(Notebook):
    """Assignments in the formula language, and a value for each of its inputs.

    >>> program = Program(["z = W @ x", "L = sum(z**2)"], {"x": (2, 1), "W": (3, 2)}, seed=7)

    `source_target` names the weights whose entries are written w[i,j] for "from unit i to unit j".

    Raises a Diagnostic (several: `Diagnostics`) for a line that does not parse, a name that is unknown, assigned
    twice or read before it is assigned, shapes that do not fit, and values of the wrong shape or not finite.
    """

    plan: Plan
    _given: Mapping[str, Array] = MappingProxyType({})
    _inputs: MappingProxyType[str, Array] | None = None
    _values: Mapping[str, Array] | None = None

    def __init__(
        self,
        forward: Sequence[str],
        shapes: Mapping[str, Sequence[int]],
        values: Mapping[str, ArrayLike] | None = None,
        *,
        seed: int = 0,
        parameters: Iterable[str] | None = None,
        title: str = "",
        source_target: Collection[str] = (),
    ) -> None:
        self.plan = Plan(forward, shapes, source_target)
        self.title = title
        self.seed = seed
        self.parameters = self._checked_parameters(parameters)
        self._given = self._arrays(values or {})

    def _checked_parameters(self, parameters: Iterable[str] | None) -> tuple[str, ...]:
        if parameters is None:
            return tuple(name for name in self.plan.inputs if name not in DATA_NAMES)
        chosen = tuple(parameters)
        for name in chosen:
            self._require(name, self.plan.inputs, "input")
        return chosen

    @staticmethod
    def _require(name: str, known: Mapping[str, object], what: str) -> None:
        if name not in known:
            some = ", ".join([*known][:30])
            raise Diagnostic("unknown_name", f"the program has no {what} called {name}",
                             hints=did_you_mean(name, known) or (f"there are: {some}",))  # fmt: skip

    def _arrays(self, values: Mapping[str, ArrayLike]) -> dict[str, Array]:
        arrays = {}
        for name, value in values.items():
            self._require(name, self.plan.inputs, "input")
            arrays[name] = self._array(name, value)
        return arrays

    def _array(self, name: str, value: ArrayLike) -> Array:
        """`value` as the array of input `name`; a flat list fills a column or a row."""
        shape = self.plan.inputs[name]
        if type(value) is np.ndarray and value.dtype == np.float64 and value.shape == shape:
            if not value.flags.writeable and value.base is None:
                return value  # another program's, already checked
            array = value.copy()
            self._check_finite(name, array)
            array.flags.writeable = False
            return array
        try:
            array = np.array(value)
            is_numeric = array.dtype.kind in "iuf"
        except (TypeError, ValueError, OverflowError):
            is_numeric = False
        if not is_numeric:
            raise Diagnostic(
                "bad_value", f"{name} must be numbers, {spell_shape(shape)}: rows of equal length, or a flat list"
            )
        array = array.astype(np.float64)
        fits_flat = array.ndim < 2 and 1 in matrix_shape(shape) and array.size == np.prod(shape, dtype=int)
        if array.shape != shape and not fits_flat:
            raise Diagnostic("wrong_shape", f"{name} is {spell_shape(shape)}, and the value given is "
                             f"{spell_shape(array.shape)}")  # fmt: skip
        self._check_finite(name, array)
        array = array.reshape(shape)
        array.flags.writeable = False
        return array

    @staticmethod
    def _check_finite(name: str, array: Array) -> None:
        # A finite sum has finite terms; only an infinite or overflowing one has to be looked through.
        with np.errstate(over="ignore", invalid="ignore"):
            total = array.sum()
        if not math.isfinite(total) and not np.isfinite(array).all():
            raise Diagnostic("not_finite", f"{name} has an entry that is not a finite number")

    def with_values(self, values: Mapping[str, ArrayLike]) -> Program:
        """The same program with other numbers for some inputs; everything that is not a number is shared."""
        changed = object.__new__(Program)
        changed.plan, changed.title, changed.seed, changed.parameters = (
            self.plan, self.title, self.seed, self.parameters,
        )  # fmt: skip
        arrays = self._arrays(values)
        if self._inputs is None:
            changed._given = {**self._given, **arrays}
        else:
            changed._inputs = MappingProxyType({**self._inputs, **arrays})
        return changed

    def redrawn(self, seed: int) -> Program:
        """The same program with every input drawn anew."""
        return self.with_values({name: draw(name, shape, seed) for name, shape in self.plan.inputs.items()})

    @property
    def inputs(self) -> Mapping[str, Array]:
        """Their numbers; those of inputs that were given none are drawn when they are first looked at."""
        if self._inputs is None:
            given = self._given
            self._inputs = MappingProxyType({
                name: given[name] if name in given else draw(name, shape, self.seed)
                for name, shape in self.plan.inputs.items()
            })  # fmt: skip
        return self._inputs

    @property
    def loss(self) -> str:
        """The value that is differentiated unless another is asked for: `L`, or what the last line assigns."""
        return self.plan.loss

    @property
    def values(self) -> Mapping[str, Array]:
        """Every input and every assigned value: the forward pass, run on first use.

        Raises a Diagnostic `not_finite` that names the first line whose value overflows or divides by zero.
        """
        values = self._values
        if values is None:
            try:
                # The processor's flags tell of an overflow at no cost; only after one are the values looked through.
                values = flagged(self._forward, MAX_UNCHECKED)
            except FloatingPointError:
                values = quietly(self._forward, 0)
            self._values = values
        return values

    def forget(self) -> None:
        """Let go of the forward pass, which is run again when it is next asked for; the inputs are all that is kept."""
        self._values = None

    def _forward(self, most: int) -> Mapping[str, Array]:
        """The values of all lines; those with more than `most` entries are looked through for NaN and infinity.

        The flags that NumPy reads are those of its own thread, and a large matrix product may run in others.
        """
        values = dict(self.inputs)
        for name, evaluate, entries in self.plan.evaluators:
            value = values[name] = evaluate(values)
            if entries > most and not np.isfinite(value).all():
                message = f"{name} is not finite: it overflows, divides by zero, or is not defined here"
                raise Diagnostic("not_finite", message, Where(text=self.plan.lines[name].text))
        done = ForwardPass(values)
        done.formulas = {}
        return done

    def matrix(self, name: str) -> Array:
        """The value of `name` as a matrix, a scalar as 1×1."""
        value = self.values[name]
        return value.reshape(matrix_shape(value.shape))

    @property
    def targets(self) -> tuple[str, ...]:
        """What can be differentiated by: every input that is not a whole number of data, and every assigned value."""
        used = {read for line in self.plan.lines.values() for read in line.reads}
        return tuple(name for name in (*self.plan.inputs, *self.plan.lines) if name in used)

    def __str__(self) -> str:
        shapes = ", ".join(f"{name} {self._spelled_shape(name)}" for name in self.plan.inputs)
        return "\n".join([shapes, *(line.text for line in self.plan.lines.values())])

    def _spelled_shape(self, name: str) -> str:
        """`3×2`, and of a NumPy vector also what it is taken as."""
        size = spell_size(self.plan.shape(name))
        is_vector = len(self.plan.written.names[name]) == 1
        return f"({self.plan.shape(name)[0]:d},) as a column {size}" if is_vector else size


def draw(name: str, shape: Sequence[int], seed: int) -> Array:
    """Numbers for an input that was given none: of either sign, between 0.1 and 1, to three decimals.

    The stream depends on the name, so that giving one value leaves the others as they were. A wide matrix gets
    smaller numbers, so that activations stay in range.
    """
    generator = np.random.default_rng([seed, *name.encode()])
    size = generator.uniform(0.1, 1.0, tuple(shape))
    sign = generator.choice([-1.0, 1.0], tuple(shape))
    fan_in = shape[-1] if shape else 1
    array = np.asarray(np.round(sign * size, 2) * min(1.0, (8 / fan_in) ** 0.5), dtype=np.float64)
    array.flags.writeable = False
    return array


def _raise(problems: Sequence[Diagnostic]) -> None:
    """Raise the one problem, or all of them together."""
    if problems:
        raise problems[0] if len(problems) == 1 else Diagnostics(problems)


def _guilty(problem: Diagnostic) -> str:
    """The text that a problem points at."""
    text, span = problem.where.text, problem.where.span
    return text[slice(*span)] if text is not None and span is not None else ""


def _check_declaration(name: str, shape: Sequence[int]) -> None:
    if not name.isidentifier() or name in RESERVED:
        raise Diagnostic("bad_name", f"{name!r} cannot be the name of a value: use letters and digits, as in W2",
                         Where(key=f"shapes.{name}"))  # fmt: skip
    is_list = isinstance(shape, list | tuple)
    if not (is_list and len(shape) <= 2 and all(type(size) in (int, Dim) and size >= 1 for size in shape)):
        given = [int(size) if isinstance(size, Dim) else size for size in shape] if is_list else shape
        raise Diagnostic("bad_shape", f"the shape of {name} must be two positive whole numbers, such as [3, 1], "
                         f"not {given!r:.200}", Where(key=f"shapes.{name}"))  # fmt: skip
    if math.prod(shape) > MAX_ENTRIES:
        raise Diagnostic("too_large", f"{name} would have more than the {MAX_ENTRIES:,} entries that a value may have",
                         Where(key=f"shapes.{name}"))  # fmt: skip
