r"""Formulas to LaTeX: `W^{(3)\top} \delta^{(3)} \odot \operatorname{relu}'(z^{(2)})`, with no package but amsmath.

The number behind a name is its layer and becomes a superscript in brackets, an index a subscript. A quotient of tall
parts is a fraction, a loss is its definition, and `sum(X, axis=0)`, which adds up i, is written \sum_{i}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

from engine.formula.definitions import inlined
from engine.formula.functions import ANY, FUNCTIONS, Definition, Pointwise
from engine.formula.latex_text import SYMBOLS, escape_text
from engine.formula.notation import (
    ATOM,
    COMPARISON,
    KRONECKER,
    PRECEDENCE,
    SIGN,
    is_chain,
    is_mixed,
    is_scalar,
    spell_number,
)
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Negate, Node, Number, Slice, Transpose

_LAYERED, _SCRIPTED, _FRACTION, _POWER = 39, 38, 35, 30
"""What must stand in brackets before it gets a power; before a transpose or an index; before any of them."""
_LONGEST_PRODUCT = 4
"""Factors of a power of a matrix that are written out."""
_SUM = KRONECKER
"""A sum reaches as far to the right as a product does, so it stands in brackets inside of one."""

_GREEK_NAMES = (
    "alpha", "beta", "gamma", "delta", "zeta", "eta", "theta", "kappa", "mu", "nu", "xi", "rho", "sigma", "tau",
    "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Sigma", "Phi", "Psi", "Omega",
)  # fmt: skip
_LETTERS: Mapping[str, str] = {
    **{name: f"\\{name}" for name in _GREEK_NAMES}, "eps": r"\varepsilon", "lam": r"\lambda", "yhat": r"\hat{y}",
}  # fmt: skip
_OPERATORS: Mapping[str, str] = {
    "*": r" \odot ", "<=": r" \le ", ">=": r" \ge ", "!=": r" \ne ", "==": " = ",
}  # fmt: skip
_COMMANDS = (
    "exp", "log", "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "max", "min", "det",
)  # fmt: skip
"""Functions whose names are LaTeX commands; all others become \\operatorname."""
_TEMPLATES: Mapping[str, str] = {"sqrt": r"\sqrt{#1}", "abs": r"\lvert #1 \rvert", "norm": r"\lVert #1 \rVert"}
_CONSTANTS: Mapping[str, str] = {"eye": "I", "ones": r"\mathbf{1}", "zeros": r"\mathbf{0}", "commutation": "K"}
_NAMES: Mapping[str, str] = {"trace": "tr"}
_BY_AXIS: Mapping[str, tuple[str, str]] = {
    f"{log}softmax{way}": (f"{log}softmax", axis)
    for log in ("", "log_")
    for way, axis in (("_cols", "i"), ("_rows", "j"))
}
"""Functions that say in their names along which index they go."""


@dataclass(frozen=True, slots=True)
class Style:
    """How formulas look in LaTeX."""

    bold: frozenset[str] = frozenset()
    """Names that are set in bold: vectors and matrices, where that is the convention."""
    operator: str = r"\operatorname"
    r"""The command for the name of a function; GitHub's Markdown knows only `\mathrm`."""
    breakable: bool = False
    """Whether a formula may be broken at the end of a line: then no bracket grows, and no quotient is a fraction."""


PLAIN = Style()


def spell_latex(node: Node, style: Style = PLAIN) -> str:
    """The formula in LaTeX's math mode."""
    return _Printer(style).spell(node)[0]


def latex_operand(node: Node, style: Style = PLAIN) -> str:
    """The formula as an operand of a product: in brackets if it is a sum."""
    return _Printer(style).wrap(node, PRECEDENCE["*"])


def latex_name(name: str, style: Style = PLAIN, *, transposed: bool = False) -> str:
    r"""A value's name: `W^{(2)}` for `W2`, `W_{q}` for `Wq`, `b_{\text{hidden}}`, `z^{(2)}_{k}` for the entry `z2[k]`.

    `transposed` it is `W^{(2)\top}`.
    """
    name, bracket, index = name.partition("[")
    stem, layer = re.fullmatch(r"(.*?)(\d*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    head, _, word = stem.partition("_")
    below = rf"\text{{{escape_text(word)}}}" if word else ""
    if not below and re.fullmatch("[A-Z][a-z]", head):
        head, below = head[0], head[1]
    letter = _letter(head)
    if name in style.bold and not bracket:  # an entry of a matrix is a number
        letter = rf"\boldsymbol{{{letter}}}"
    above = (f"({layer})" if layer else "") + (r"\top" if transposed else "")
    below = ", ".join(part for part in (below, index[:-1]) if part)
    return letter + (f"^{{{above}}}" if above else "") + (f"_{{{below}}}" if below else "")


def latex_number(text: str) -> str:
    r"""A printed number: `1.2e-05` as `1.2 \times 10^{-5}`."""
    mantissa, exponential, exponent = text.partition("e")
    if exponential:
        return rf"{mantissa} \times 10^{{{int(exponent)}}}"
    return {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}.get(text, text)


def _letter(stem: str) -> str:
    if stem in _LETTERS:
        return _LETTERS[stem]
    if len(stem) == 1:
        return stem if stem.isascii() else SYMBOLS.get(stem, rf"\text{{{escape_text(stem)}}}").strip()
    return rf"\mathit{{{stem}}}" if stem.isascii() and stem else rf"\text{{{escape_text(stem) or '?'}}}"


class _Printer:
    """One formula's text, with how strongly its outermost operator binds."""

    def __init__(self, style: Style) -> None:
        self.style = style

    def spell(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value):
                text = latex_number(spell_number(value))
                return text, ATOM if text[0] != "-" and r"\times" not in text else PRECEDENCE["*"]
            case Name(name):
                text = latex_name(name, self.style)
                return text, _LAYERED if "^" in text or "_" in text else ATOM
            case Negate(operand):
                text, binds = self.spell(operand)
                is_clear = binds >= _SUM and not text.startswith("-")
                return (f"-{text}", min(SIGN, binds)) if is_clear else (f"-{self.fence(text)}", SIGN)
            case Transpose(Name(name)):
                return latex_name(name, self.style, transposed=True), _SCRIPTED
            case Transpose(operand):
                return self.wrap(operand, ATOM) + r"^{\top}", _SCRIPTED
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)
            case Index(Call("eye"), items) if unit := _unit(items):
                return unit, _SCRIPTED
            case Index(operand, items):
                inside = ",".join(_item(item) for item in items)
                text, binds = self.spell(operand)
                is_plain = binds >= (_LAYERED if "_" not in text else ATOM)
                return f"{text if is_plain else self.fence(text)}_{{{inside}}}", _SCRIPTED
            case Literal(rows, rank):
                texts = [[self.spell(entry)[0] for entry in row] for row in rows]
                return (self.fence(", ".join(texts[0]), "[]") if rank == 1 else matrix(texts)), ATOM
        raise AssertionError(node)

    def wrap(self, node: Node, minimum: int) -> str:
        """The text of an operand, in brackets if it binds less than `minimum`."""
        text, binds = self.spell(node)
        return text if binds >= minimum else self.fence(text)

    def fence(self, text: str, pair: str = "()") -> str:
        """In brackets, as tall as what is in them."""
        is_tall = any(command in text for command in (r"\frac", r"\begin", r"\sum"))
        tall = (r"\left", r"\right") if is_tall and not self.style.breakable else ("", "")
        return f"{tall[0]}{pair[0]}{text}{tall[1]}{pair[1]}"

    def _binary(self, node: Binary) -> tuple[str, int]:
        operator, left, right = node.operator, node.left, node.right
        binds = PRECEDENCE.get(operator, COMPARISON)
        if operator == "**" and right == Negate(Number(1.0)):  # x^{-1} would be an inverse
            return self._binary(Binary("/", Number(1.0), left))
        if operator == "**":
            return f"{self.wrap(left, ATOM)}^{{{self.spell(right)[0]}}}", _POWER
        if operator == "/" and not self.style.breakable:
            return rf"\frac{{{self.spell(left)[0]}}}{{{self.spell(right)[0]}}}", _FRACTION
        comparison = operator not in PRECEDENCE
        first = self.wrap(left, binds + comparison)
        second = self.wrap(right, binds + 1)
        if operator == "@" and is_chain(right):
            second = self.spell(right)[0]
        if is_mixed(node, left):
            first = self.fence(self.spell(left)[0])
        if is_mixed(node, right):
            second = self.fence(self.spell(right)[0])
        if operator in "*·" and is_scalar(left):
            if left == Number(0.5):
                first = r"\tfrac{1}{2}"
            text, reach = self.spell(right)
            if reach == _SUM and not text.startswith("-"):  # a number before a sum
                return f"{first} {text}", _SUM
        if second.startswith("-") and not comparison:
            second = self.fence(second)
        return first + self._operator(node, second) + second, binds

    def _operator(self, node: Binary, second: str) -> str:
        operator = node.operator
        if operator == "*" and is_scalar(node.right):
            return r" \cdot "
        if operator in "@·" or (operator == "*" and is_scalar(node.left)):
            if second[0].isdigit() or second.startswith(r"\tfrac"):
                return r" \cdot "
            return r" \allowbreak " if self.style.breakable else " "
        return _OPERATORS.get(operator, f" {operator} ")

    def _call(self, node: Call) -> tuple[str, int]:
        function = FUNCTIONS[node.function]
        if isinstance(function, Definition):
            return self.spell(inlined(node))
        if (special := _SYNTAX.get(node.function)) and (spelled := special(self, node)):
            return spelled
        operands, axis, rest = self._arguments(node)
        if (template := _TEMPLATES.get(node.function)) and not node.derivative:
            inside = template.replace("#1", self.spell(operands[0])[0])
            return (f"{inside}_{{{axis}}}", _SCRIPTED) if axis else (inside, ATOM)
        name = self._function_name(node) + ("'" if node.derivative else "") + (f"_{{{axis}}}" if axis else "")
        return name + self.fence(", ".join([*(self.spell(operand)[0] for operand in operands), *rest])), ATOM

    def _function_name(self, node: Call) -> str:
        function = FUNCTIONS[node.function]
        if isinstance(function, Pointwise) and (symbol := SYMBOLS.get(function.symbol or "")):
            return symbol.strip()
        name = _BY_AXIS.get(node.function, (node.function,))[0]
        if name in _COMMANDS:
            return f"\\{name}"
        return f"{self.style.operator}{{{escape_text(_NAMES.get(name, name))}}}"

    def _arguments(self, node: Call) -> tuple[tuple[Node, ...], str, list[str]]:
        """The operands, the index that `axis` runs along, and whatever else is given by keyword."""
        function = FUNCTIONS[node.function]
        keywords = dict(node.keywords)
        operands = node.arguments
        if "axis" in function.static and function.operands != ANY:
            operands, further = operands[: function.operands], operands[function.operands :]
            keywords |= dict(zip(function.static, further, strict=False))
        keywords.pop("keepdims", None)
        axis = _BY_AXIS.get(node.function, ("", ""))[1]
        match keywords.get("axis"):
            case Number(value):
                axis = "i" if value == 0 else "j"
            case Negate():
                axis = "j"
        keywords.pop("axis", None)
        return operands, axis, [rf"\mathit{{{key}}} = {self.spell(value)[0]}" for key, value in keywords.items()]

    # ---- functions that mathematics writes as something else than a name with brackets ------------------------------

    def sum(self, node: Call) -> tuple[str, int]:
        (operand, *_), axis, _ = self._arguments(node)
        sign = r"\sum" + (f"_{{{axis}}}" if axis else "")
        text, binds = self.spell(operand)
        return f"{sign} {text}" if binds >= _POWER else sign + self.fence(text), _SUM

    def kron(self, node: Call) -> tuple[str, int]:
        left, right = (self.wrap(operand, PRECEDENCE["*"] + 1) for operand in node.arguments)
        right = self.fence(right) if right.startswith("-") else right
        return rf"{left} \otimes {right}", KRONECKER

    def inverse(self, node: Call) -> tuple[str, int]:
        exponent = "-1" if node.function == "inv" else "+"
        return f"{self.wrap(node.arguments[0], ATOM)}^{{{exponent}}}", _POWER

    def constant(self, node: Call) -> tuple[str, int] | None:
        r"""`I_{3}`, `\mathbf{1}_{3 \times 1}`, `K_{3, 2}`: sizes as subscripts."""
        letter = _CONSTANTS[node.function]
        separator = ", " if node.function == "commutation" else r" \times "
        sizes: list[Node] = []
        for argument in node.children:
            sizes += argument.children if isinstance(argument, Literal) else [argument]
        return f"{letter}_{{{separator.join(self.spell(size)[0] for size in sizes)}}}", _SCRIPTED

    def stack(self, node: Call) -> tuple[str, int] | None:
        parts = [self.spell(part)[0] for part in node.arguments]
        if len(parts) > 10:
            return None  # bmatrix has ten columns
        is_beside = node.function == "hstack" or dict(node.keywords).get("axis", Number(0.0)) != Number(0.0)
        return matrix([parts] if is_beside else [[part] for part in parts]), ATOM

    def numbered(self, node: Call) -> tuple[str, int]:
        """Further arguments without their names, and a shape as its sizes: `delete(X, 0, 1)`, `reshape(X, 2, 6)`."""
        static = FUNCTIONS[node.function].static
        given = dict(zip(static, node.arguments[1:], strict=False)) | dict(node.keywords)
        parts = [node.arguments[0]]
        for argument in (given[key] for key in static if key in given):
            parts += argument.children if isinstance(argument, Literal) else [argument]
        return self._function_name(node) + self.fence(", ".join(self.spell(part)[0] for part in parts)), ATOM

    def square(self, node: Call) -> tuple[str, int] | None:
        return None if node.derivative else self.spell(Binary("**", node.arguments[0], Number(2.0)))

    def matrix_power(self, node: Call) -> tuple[str, int] | None:
        """A product written out: a power of a matrix would be read as one of each entry."""
        match node.arguments[1:] or tuple(value for _, value in node.keywords):
            case (Number(power),) if 1 <= power <= _LONGEST_PRODUCT:
                parts = [node.arguments[0]] * int(power)
                return self.spell(reduce(lambda product, part: Binary("@", product, part), parts))
        return None


_SYNTAX: Mapping[str, Callable[[_Printer, Call], tuple[str, int] | None]] = {
    "sum": _Printer.sum,
    "kron": _Printer.kron,
    "inv": _Printer.inverse,
    "pinv": _Printer.inverse,
    "eye": _Printer.constant,
    "ones": _Printer.constant,
    "zeros": _Printer.constant,
    "commutation": _Printer.constant,
    "vstack": _Printer.stack,
    "hstack": _Printer.stack,
    "concatenate": _Printer.stack,
    "delete": _Printer.numbered,
    "reshape": _Printer.numbered,
    "square": _Printer.square,
    "matrix_power": _Printer.matrix_power,
}  # fmt: skip


def matrix(rows: list[list[str]]) -> str:
    """Entries in square brackets."""
    return r"\begin{bmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{bmatrix}"


def _unit(items: tuple[int | Slice, ...]) -> str | None:
    r"""`e_{0}^{\top}` for row 0 of an identity matrix, `e_{0}` for its column."""
    match items:
        case (Slice(int(start), int(stop)),) if stop == start + 1:
            return rf"e_{{{start}}}^{{\top}}"
        case (Slice(None, None), Slice(int(start), int(stop))) if stop == start + 1:
            return f"e_{{{start}}}"
    return None


def _item(item: int | Slice) -> str:
    if isinstance(item, int):
        return str(item)
    return f"{'' if item.start is None else item.start}:{'' if item.stop is None else item.stop}"
