"""A derivation as a NumPy program: the forward pass, and the gradient by the derivation's own formulas.

Every step is a line: the gradient by a value, in the value's own shape, from the gradient by what reads it. A program
needs NumPy and nothing else, and prints the loss and the gradient at the numbers that it was written for.
"""

from __future__ import annotations

import keyword
import math
import unicodedata
from collections.abc import Iterable, Iterator

from engine.calculus import ALL, Program
from engine.calculus.algebra import ONE
from engine.calculus.route import Leg, Route, find_route
from engine.diagnostics import Diagnostic
from engine.formula import Array, spell_shape
from engine.formula.syntax import Binary, Name, Node, Number
from engine.interop.numpy_functions import DEFINITIONS, EXPRESSIONS, with_dependencies
from engine.interop.numpy_spelling import NumpySpeller

MAX_ENTRIES = 20_000
"""Entries of all the inputs that a program may write out."""
WIDTH = 120
"""Characters of a line that has its comment beside it."""
_TAKEN = (
    *keyword.kwlist, *EXPRESSIONS, *DEFINITIONS, *(f"{name}_slope" for name in EXPRESSIONS), "np", "math",
    "value_and_gradient", "print", "name",
)  # fmt: skip
"""What a value of the program may not be called there."""


def numpy_code(program: Program, target: str = ALL, *, of: str | None = None, fused: bool = False) -> str:
    """A Python program with a function that computes `of` (the loss unless given) and its gradient.

    For one target the function answers the gradient in the target's own shape, for `all` a dictionary of them.

    Raises what `find_route` raises, a Diagnostic `no_gradient` where `of` is not a number, `too_large` for inputs that
    are too many to be written out, and `no_numpy` for a function that has no NumPy spelling.
    """
    of = of or program.loss
    route = find_route(program, of, target, fused=fused)
    if route.of_shape != (1, 1):
        raise Diagnostic("no_gradient", f"{of} is not a number, so it has no gradient to write a program for",
                         hints=("differentiate a number, such as the sum of its entries",))  # fmt: skip
    return _Writer(program, route, target, fused=fused).text()


class _Writer:
    """One program, put together line by line."""

    def __init__(self, program: Program, route: Route, target: str, *, fused: bool) -> None:
        self.program, self.route, self.target = program, route, target
        self.is_all = target == ALL
        taken = set(_TAKEN)
        names = (*program.plan.inputs, *program.plan.lines)
        self.names = {name: _free(name, taken) for name in names}
        self.adjoints = {leg.index: _free(name, taken) for leg, name in _adjoint_names(route)}
        # The same derivation of a program whose inputs are also the gradients so far: each step is a formula over them.
        shapes = {self.adjoints[leg.index]: _shape(route, leg) for leg in route.legs}
        lines = program.plan.matrix_lines
        extended = Program(lines, {**program.plan.inputs, **shapes}, program.inputs, parameters=program.parameters)
        self.legs = find_route(extended, route.of, target, fused=fused).legs
        self.shapes = extended.plan.shapes
        self.speller = NumpySpeller(self.shapes, self.names)

    def text(self) -> str:
        used = self._used()
        inputs = [name for name in self.program.plan.inputs if name in used]
        self._refuse_large(inputs)
        signature = ", ".join(self.names[name] for name in inputs)
        function = [
            f"def value_and_gradient({signature}):",
            f'    """{self._summary()}"""',
            *(f"    {line}" for line in self._forward(used)),
            "",
            *(f"    {line}" for line in self._backward()),
            f"    return {self._answer()}",
        ]
        body = "\n".join(function)
        definitions = with_dependencies(body, {**DEFINITIONS, **self.speller.slopes})
        needs_math = any("math." in text for text in definitions)
        head = [f'"""{self._title()}"""', "", *(["import math", ""] if needs_math else []), "import numpy as np"]
        return "\n\n\n".join(["\n".join(head), *definitions, body, self._main(inputs, signature)]) + "\n"

    def _used(self) -> set[str]:
        """Everything that `of` is computed from."""
        used, waiting = {self.route.of}, [self.route.of]
        while waiting:
            line = self.program.plan.lines.get(waiting.pop())
            for name in line.reads if line else ():
                if name not in used:
                    used.add(name)
                    waiting.append(name)
        return used

    def _refuse_large(self, inputs: Iterable[str]) -> None:
        count = sum(math.prod(self.program.plan.inputs[name]) for name in inputs)
        if count > MAX_ENTRIES:
            message = f"the inputs have {count:,} entries, and at most {MAX_ENTRIES:,} are written into a program"
            raise Diagnostic("too_large", message, hints=("choose smaller shapes: the formulas stay the same",))

    # ---- what it says -----------------------------------------------------------------------------------------------

    def _title(self) -> str:
        what = "every parameter" if self.is_all else self.target
        return f"The gradient of {self.route.of} by {what}, by backpropagation."

    def _summary(self) -> str:
        if self.is_all:
            return f"{self.route.of}, and its gradient by each parameter, in the parameter's own shape."
        return f"{self.route.of}, and its gradient by {self.target}, in the shape of {self.target}."

    def _forward(self, used: set[str]) -> Iterator[str]:
        for line in self.program.plan.lines.values():
            if line.name in used:
                yield from self._assignment(self.names[line.name], line.expression, line.shape)

    def _backward(self) -> Iterator[str]:
        for leg in self.legs:
            yield from self._assignment(self.adjoints[leg.index], self._formula(leg), _shape(self.route, leg))

    def _formula(self, leg: Leg) -> Node:
        """The product after `leg`, over the gradients so far."""
        upstream: Node = ONE if leg.upstream is None else Name(self.adjoints[leg.upstream])
        if leg.jacobian is None:
            assert leg.addend is not None
            return Binary("+", upstream, Name(self.adjoints[leg.addend]))
        return leg.jacobian.pull_formula(upstream)

    def _assignment(self, name: str, formula: Node, shape: tuple[int, ...]) -> list[str]:
        """`dL_da2 = W3.T @ dL_dz3  # (3, 1) = (3, 2) @ (2, 1)`."""
        text = self.speller.spell(formula)
        found = tuple(self.shapes.of(formula))
        if isinstance(formula, Number):
            text = f"np.full({_tuple(shape)}, {text}.0)" if text.isdigit() else f"np.full({_tuple(shape)}, {text})"
        elif found != tuple(shape):
            fits = math.prod(found) == math.prod(shape)
            text = f"np.reshape({text}, {_tuple(shape)})" if fits else f"np.broadcast_to({text}, {_tuple(shape)})"
        comment = _tuple(shape)
        if isinstance(formula, Binary) and formula.operator == "@" and found == tuple(shape):
            left, right = (_tuple(self.shapes.of(part)) for part in (formula.left, formula.right))
            comment += f" = {left} @ {right}"
        line = f"{name} = {text}  # {comment}"
        return [line] if len(line) <= WIDTH - 4 else [f"# {comment}", f"{name} = {text}"]

    def _answer(self) -> str:
        of = self.names[self.route.of]
        gradients = {leg.target: self._own(leg) for leg in self.route.legs if leg.is_last}
        if not self.is_all:
            return f"{of}, {gradients[self.target]}"
        entries = ", ".join(f'"{name}": {gradient}' for name, gradient in gradients.items())
        return f"{of}, {{{entries}}}"

    def _own(self, leg: Leg) -> str:
        """The gradient in the shape that the target is declared with: that of a scalar is no 1×1 matrix."""
        shape = tuple(self.program.plan.shapes.names[leg.target])
        name = self.adjoints[leg.index]
        return name if len(shape) == 2 else f"np.reshape({name}, {_tuple(shape)})"

    def _main(self, inputs: Iterable[str], signature: str) -> str:
        lines = ['if __name__ == "__main__":']
        for name in inputs:
            value = self.program.inputs[name]
            lines.append(f"    {self.names[name]} = {numpy_literal(value)}  # {spell_shape(value.shape)}")
        lines += [
            f"    value, gradient = value_and_gradient({signature})",
            f'    print("{self.route.of} =", value)',
        ]
        if self.is_all:
            lines += ["    for name, array in gradient.items():",
                      '        print(f"gradient by {name}, {np.shape(array)}:\\n{array}")']  # fmt: skip
        else:
            lines.append(f'    print(f"gradient by {self.target}, {{np.shape(gradient)}}:\\n{{gradient}}")')
        return "\n".join(lines)


def _adjoint_names(route: Route) -> Iterator[tuple[Leg, str]]:
    """`dL_da2` for each gradient, and `dL_da2_via_z3` for what one path has to a sum."""
    added = {index for leg in route.legs if leg.jacobian is None for index in (leg.upstream, leg.addend)}
    for leg in route.legs:
        via = f"_via_{leg.numerator}" if leg.index in added and leg.jacobian is not None else ""
        yield leg, f"d{route.of}_d{leg.denominator}{via}"


def _shape(route: Route, leg: Leg) -> tuple[int, int]:
    return route.plan.shape(leg.denominator)


def _free(name: str, taken: set[str]) -> str:
    """`name`, with underscores behind it until it is no word of Python's and no other name."""
    name = unicodedata.normalize("NFKC", name)
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _tuple(shape: Iterable[int]) -> str:
    return str(tuple(int(size) for size in shape))


def numpy_literal(value: Array) -> str:
    """An array written out; every number reads back to itself."""
    if value.ndim == 0:
        return f"np.array({value.item()!r})"
    if value.ndim == 1 or len(text := repr(value.tolist())) < 80:
        return f"np.array({value.tolist()!r})"
    rows = text[1:-1].replace("], [", "],\n        [")
    return f"np.array([\n        {rows},\n    ])"
