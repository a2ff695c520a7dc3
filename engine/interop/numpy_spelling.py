"""Formulas as Python expressions over NumPy arrays: `sum(d, axis=1)` as `np.sum(d, axis=1)`, `relu'(z)` as a call."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.diagnostics import Diagnostic
from engine.formula import FUNCTIONS, Pointwise, Shape, ShapeMap, parse
from engine.formula.definitions import inlined
from engine.formula.functions import Definition, softmax_axis
from engine.formula.notation import ATOM, PRECEDENCE, SIGN, spell_number
from engine.formula.shapes import is_scaling
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Negate, Node, Number, Slice, Transpose, walk
from engine.interop.numpy_functions import EXPRESSIONS, SLOPES


class NumpySpeller:
    """Spells formulas over values of known shapes, and collects the slopes that they call."""

    def __init__(self, shapes: ShapeMap, names: Mapping[str, str]) -> None:
        self.shapes = shapes
        self.names = names
        """What a value is called in the program; by its own name unless it is here."""
        self.slopes: dict[str, str] = {}
        """The definitions of the slopes that were called: `relu_slope`."""

    def spell(self, node: Node) -> str:
        """A Python expression; raises a Diagnostic `no_numpy` for a function that has no spelling."""
        return self._spell(node)[0]

    def _spell(self, node: Node) -> tuple[str, int]:
        """The text, and how strongly its outermost operator binds."""
        match node:
            case Number(value):
                return spell_number(value), ATOM if value >= 0 else SIGN
            case Name(name):
                return self.names.get(name, name), ATOM
            case Negate(operand):
                return f"-{self._wrap(operand, SIGN)}", SIGN
            case Transpose(operand):
                if self._shape(operand) == ():
                    return self._spell(operand)  # which may be a number of Python's, that has no .T
                return f"{self._wrap(operand, ATOM)}.T", ATOM
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)
            case Index(Call("shape"), _):
                return str(self.shapes.dimension(node)), ATOM
            case Index(operand, items):
                return f"{self._wrap(operand, ATOM)}[{', '.join(_item(item) for item in items)}]", ATOM
            case Literal(rows, rank):
                texts = ["[" + ", ".join(self._entry(entry) for entry in row) + "]" for row in rows]
                return f"np.array({texts[0] if rank == 1 else '[' + ', '.join(texts) + ']'}, dtype=float)", ATOM
        raise AssertionError(node)

    def _shape(self, node: Node) -> Shape:
        return self.shapes.of(node)

    def _wrap(self, node: Node, minimum: int) -> str:
        text, binds = self._spell(node)
        return text if binds >= minimum else f"({text})"

    def _entry(self, node: Node) -> str:
        """A number of a written-out matrix, which may be a matrix of one entry."""
        return self._spell(node)[0] if self._shape(node) == () else f"{self._wrap(node, ATOM)}.item()"

    def _binary(self, node: Binary) -> tuple[str, int]:
        operator = node.operator
        if operator == "·":
            operator = "*" if is_scaling(self._shape(node.left), self._shape(node.right)) else "@"
        if operator not in PRECEDENCE:  # a comparison is 0 or 1
            left, right = (self._wrap(operand, PRECEDENCE["+"]) for operand in node.children)
            return f"1.0 * ({left} {operator} {right})", PRECEDENCE["*"]
        binds, is_power = PRECEDENCE[operator], operator == "**"
        left, right = self._wrap(node.left, binds + is_power), self._wrap(node.right, binds + (not is_power))
        return f"{left}{operator}{right}" if is_power else f"{left} {operator} {right}", binds

    def _call(self, node: Call) -> tuple[str, int]:
        function = FUNCTIONS[node.function]
        if isinstance(function, Definition):
            return self._spell(inlined(node))
        if node.derivative:
            (argument,) = node.arguments
            return f"{self._slope(node.function)}({self.spell(argument)})", ATOM
        template = EXPRESSIONS.get(node.function)
        if template is None:
            raise Diagnostic("no_numpy", f"{node.function} has no NumPy spelling, so no program can be written for it")
        operands, static = self.shapes.arguments(node)
        if template == "#1":
            return self._spell(operands[0])
        if "#softmax" in template:
            shape = self._shape(operands[0])
            if shape == ():
                return ("1.0", ATOM) if node.function == "softmax" else ("0.0", ATOM)  # of a single number
            template = template.replace("#softmax", str(softmax_axis(shape, static.get("axis"))))
        if "#vector" in template:
            template = template.replace("#vector", "np.ravel(#1)" if 1 in self._shape(operands[0]) else "#1")
        texts = [self.spell(operand) for operand in operands]
        axes = "".join(f", {key}={value}" for key, value in static.items() if value is not None)
        filled = template.replace("#*", ", ".join(texts)).replace("#axes", axes)
        filled = filled.replace("#static", ", ".join(map(_static, static.values())))
        filled = re.sub(r"#(\d)", lambda place: texts[int(place[1]) - 1], filled)
        return filled, PRECEDENCE["*"] if template.startswith("1.0 *") else ATOM

    def _slope(self, name: str) -> str:
        """The name of the function that is the derivative of `name`, which is defined from its formula."""
        called = f"{name}_slope"
        if called not in self.slopes:
            function = FUNCTIONS[name]
            assert isinstance(function, Pointwise)
            self.slopes[called] = ""  # it may be called again while its formula is spelled
            self.slopes[called] = f"\ndef {called}(z):\n" + self._slope_body(function)
        return called

    def _slope_body(self, function: Pointwise) -> str:
        formula = parse(function.formula)
        if any(isinstance(part, Call) and part.derivative for part in walk(formula)):
            if function.name not in SLOPES:
                raise Diagnostic("no_numpy", f"the derivative of {function.name} has no NumPy spelling, so no program "
                                 "can be written for it")  # fmt: skip
            return f"    return {SLOPES[function.name]}\n"
        inner = NumpySpeller(ShapeMap({"z": (2, 2), "a": (2, 2)}), {})
        lines = [f"    a = {inner.spell(Call(function.name, (Name('z'),)))}\n"] if function.reads_value else []
        text = inner.spell(formula)
        if isinstance(formula, Number):
            text = f"np.full_like(z, {text})"
        return "".join([*lines, f"    return {text}\n"])


def _static(value: object) -> str:
    return str(tuple(int(size) for size in value)) if isinstance(value, tuple) else str(value)


def _item(item: int | Slice) -> str:
    if isinstance(item, int):
        return str(item)
    return f"{'' if item.start is None else item.start}:{'' if item.stop is None else item.stop}"
