"""Formulas to text: NumPy's spelling, which parses back to the same formula, the one on paper, and LaTeX."""

from __future__ import annotations

import re

from engine.formula.functions import ANY, FUNCTIONS, Pointwise
from engine.formula.latex import latex_operand, spell_latex
from engine.formula.notation import (
    ATOM,
    KRONECKER,
    PRECEDENCE,
    SIGN,
    Spelling,
    is_chain,
    is_mixed,
    is_scalar,
    spell_number,
)
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Negate, Node, Number, Slice, Transpose

_PAPER = {"@": " ", "*": " ⊙ ", "·": " ", "-": " − ", "<=": " ≤ ", ">=": " ≥ ", "!=": " ≠ "}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_NUMPY = {"·": " @ ", "**": "**"}


def spell(node: Node, spelling: Spelling = Spelling.NUMPY) -> str:
    """The text of a formula; `engine.formula.latex` has more to say about how LaTeX looks."""
    return spell_latex(node) if spelling is Spelling.LATEX else _spell(node, spelling)[0]


def _spell(node: Node, spelling: Spelling) -> tuple[str, int]:
    """The text, and how strongly its outermost operator binds."""
    paper = spelling is Spelling.PAPER
    match node:
        case Number(value):
            return spell_number(value), ATOM if value >= 0 else SIGN
        case Name(name):
            return spell_name(name) if paper else name, ATOM
        case Negate(operand):
            return ("−" if paper else "-") + _wrap(operand, SIGN, spelling), SIGN
        case Transpose(operand):
            text = _wrap(operand, ATOM, spelling)
            if text.isdigit() and not paper:
                text = f"({text})"  # `2.T` would be read as 2. times T
            return text + ("ᵀ" if paper else ".T"), ATOM
        case Binary():
            return _spell_binary(node, spelling)
        case Call("kron", (left, right)) if paper:
            return f"{_wrap(left, 21, spelling)} ⊗ {_wrap(right, 21, spelling)}", KRONECKER
        case Call():
            return _spell_call(node, spelling), ATOM
        case Index(Call("eye"), items) if paper and (unit := _spell_unit(items)):
            return unit, ATOM
        case Index(operand, items):
            inside = ", ".join(_spell_item(item) for item in items)
            return f"{_wrap(operand, ATOM, spelling)}[{inside}]", ATOM
        case Literal(rows, rank):
            texts = ["[" + ", ".join(_spell(entry, spelling)[0] for entry in row) + "]" for row in rows]
            if rank == 1 and texts[0].startswith("[["):  # which would be read as a matrix
                first, *others = (_spell(entry, spelling)[0] for entry in rows[0])
                return "[" + ", ".join([f"({first})", *others]) + "]", ATOM
            return texts[0] if rank == 1 else "[" + ", ".join(texts) + "]", ATOM
    raise AssertionError(node)


def _spell_binary(node: Binary, spelling: Spelling) -> tuple[str, int]:
    paper = spelling is Spelling.PAPER
    precedence = PRECEDENCE.get(node.operator, 5)
    if paper and node.operator == "**" and isinstance(node.right, Number) and node.right.value == 2:
        return _wrap(node.left, ATOM, spelling) + "²", ATOM
    operator = (_PAPER if paper else _NUMPY).get(node.operator, f" {node.operator} ")
    if paper and node.operator in "*·" and (is_scalar(node.left) or is_scalar(node.right)):
        operator = " · " if is_scalar(node.right) else " "
    right_groups = node.operator == "**"
    comparison = node.operator not in PRECEDENCE
    left = _wrap(node.left, precedence + (right_groups or comparison), spelling)
    right = _wrap(node.right, precedence + (not right_groups), spelling)
    # A product of three matrices means the same however it is grouped, and reads better without brackets.
    if paper and node.operator == "@" and is_chain(node.right):
        right = _spell(node.right, spelling)[0]
    # Behind a blank, a sign would be read as a subtraction.
    if paper and right.startswith("−") and node.operator in "@*·":
        right = f"({right})"
    # Few readers know in which order ⊙ and the matrix product are taken, so brackets say which comes first.
    if is_mixed(node, node.left):
        left = f"({_spell(node.left, spelling)[0]})"
    if is_mixed(node, node.right):
        right = f"({_spell(node.right, spelling)[0]})"
    return left + operator + right, precedence


def _spell_call(node: Call, spelling: Spelling) -> str:
    function = FUNCTIONS[node.function]
    name = node.function
    if spelling is Spelling.PAPER:
        if isinstance(function, Pointwise) and function.symbol:
            name = function.symbol
        name += "′" if node.derivative else ""
        if name in ("eye", "ones", "zeros") and len(node.arguments) == 1:
            return _spell_constant(name, node.arguments[0])
        if name == "commutation":
            return "K" + _spell_sizes(node.arguments)
    elif node.derivative:
        name = "d" + name
    arguments = [_spell(argument, spelling)[0] for argument in node.arguments]
    match node.arguments:
        case (Literal((row,), 2),) if node.function in ("ones", "zeros"):
            sizes = [_spell(entry, spelling)[0] for entry in row]
            arguments = ["(" + ", ".join(sizes) + (",)" if len(sizes) == 1 else ")")]
    if FUNCTIONS[node.function].operands == ANY and node.function != "concat":
        if arguments and arguments[0].startswith("["):  # behind another bracket it would be read as a row
            arguments[0] = f"({arguments[0]})"
        arguments = ["[" + ", ".join(arguments) + "]"]
    # On paper a sum over an axis stays a matrix anyway.
    said = [pair for pair in node.keywords if spelling is Spelling.NUMPY or pair[0] != "keepdims"]
    keywords = [f"{key}={_spell(value, spelling)[0]}" for key, value in said]
    return f"{name}({', '.join(arguments + keywords)})"


def _spell_unit(items: tuple[int | Slice, ...]) -> str | None:
    """`e₀ᵀ` for row 0 of an identity matrix, `e₀` for its column."""
    match items:
        case (Slice(int(start), int(stop)),) if stop == start + 1:
            return "e" + str(start).translate(_SUBSCRIPTS) + "ᵀ"
        case (Slice(None, None), Slice(int(start), int(stop))) if stop == start + 1:
            return "e" + str(start).translate(_SUBSCRIPTS)
    return None


def spell_operand(node: Node, spelling: Spelling = Spelling.PAPER) -> str:
    """The text of a formula as an operand of a product: in brackets if it is a sum, a quotient, or has a sign."""
    if spelling is Spelling.LATEX:
        return latex_operand(node)
    text = _wrap(node, PRECEDENCE["*"], spelling)
    is_quotient = isinstance(node, Binary) and node.operator == "/"
    return f"({text})" if is_quotient or text.startswith(("-", "−")) else text


def _spell_constant(name: str, argument: Node) -> str:
    if name == "eye" and isinstance(argument, Number):
        return "I" + spell_number(argument.value).translate(_SUBSCRIPTS)
    return ("0" if name == "zeros" else "1") + _spell_sizes(argument.children)


def _spell_sizes(sizes: tuple[Node, ...]) -> str:
    return "ₓ".join(spell_number(size.value) for size in sizes if isinstance(size, Number)).translate(_SUBSCRIPTS)


def _wrap(node: Node, minimum: int, spelling: Spelling) -> str:
    text, precedence = _spell(node, spelling)
    return text if precedence >= minimum else f"({text})"


def _spell_item(item: int | Slice) -> str:
    if isinstance(item, int):
        return str(item)
    return f"{'' if item.start is None else item.start}:{'' if item.stop is None else item.stop}"


_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "eps": "ε", "eta": "η", "theta": "θ", "lam": "λ", "mu": "μ",
    "sigma": "σ", "omega": "ω", "Delta": "Δ", "Theta": "Θ", "yhat": "ŷ",
}  # fmt: skip


def spell_name(name: str) -> str:
    """A value's name on paper: `δ3` for `delta3`."""
    match = re.fullmatch(r"([A-Za-z]+?)(\d*)", name)
    return _GREEK.get(match[1], match[1]) + match[2] if match else name
