"""Text to tokens. Typographic spellings are folded here (`a⁽³⁾`, `a₃`, `δ3`, `−`, `ᵀ`), spans stay the user's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from engine.diagnostics import Diagnostic, Span, Where

MAX_LENGTH = 4_000
"""Characters of the longest formula."""


class Kind(Enum):
    NUMBER = auto()
    NAME = auto()
    OPERATOR = auto()
    TRANSPOSE = auto()
    PRIME = auto()
    POWER = auto()
    """A superscript number: `²`; its text is the exponent."""
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    """Canonical spelling."""
    span: Span
    spaced: bool
    """Whether white space stands before it."""


_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPT = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "eps", "η": "eta", "θ": "theta", "λ": "lam",
    "μ": "mu", "ω": "omega", "φ": "phi", "ϕ": "phi", "Δ": "Delta", "Θ": "Theta", "ŷ": "yhat",
}  # fmt: skip
_OPERATORS = {
    "−": "-", "–": "-", "×": "*", "⊙": "*", "∘": "*", "⋅": "·", "∙": "·", "^": "**", "≤": "<=", "≥": ">=", "≠": "!=",
}  # fmt: skip

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<half>[½¼])
  | (?P<transpose>ᵀ|\^\s*(?:T\b|\{T\}|\\top\b|⊤)|\.T\b|⊤)
  | (?P<name>[^\W\d_⁰¹²³⁴-⁹₀-₉ᵀ][^\W⁰¹²³⁴-⁹₀-₉ᵀ]*)
  | (?P<power>⁻?[⁰¹²³⁴-⁹]+)
  | (?P<prime>['′’])
  | (?P<operator>\*\*|<=|>=|==|!=|[-+*/@^·⋅∙⊙∘×−–<>≤≥≠()\[\],.:=])
    """,
    re.VERBOSE,
)
_LAYER = re.compile(r"⁽[⁰¹²³⁴-⁹]+⁾|\^\(\d+\)|\^\{\(\d+\)\}|[₀-₉]+")
"""A layer's number behind a name: `a⁽³⁾`, `a^(3)`, `a^{(3)}`, `a₃`."""


def tokenize(text: str) -> list[Token]:
    """The tokens of a formula, with an END at the end.

    Raises a Diagnostic `unparsable` for a character that has no meaning, and `too_large` beyond MAX_LENGTH.
    """
    if len(text) > MAX_LENGTH:
        raise Diagnostic("too_large", f"the formula has {len(text):,} characters, and {MAX_LENGTH:,} are allowed")
    tokens: list[Token] = []
    position, spaced = 0, False
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Diagnostic(
                "unparsable", f"{text[position]!r} has no meaning in a formula",
                Where(text=text, span=(position, position + 1)),
            )  # fmt: skip
        start, position = position, match.end()
        group = match.lastgroup
        if group == "space":
            spaced = True
            continue
        kind, canonical = _classify(group or "", match.group())
        if kind is Kind.NAME and not canonical[-1].isdigit() and (layer := _LAYER.match(text, position)):
            position = layer.end()
            digits = layer.group().translate(_SUPERSCRIPT).translate(_SUBSCRIPT)
            canonical += re.sub(r"\D", "", digits)
        tokens.append(Token(kind, canonical, (start, position), spaced))
        spaced = False
    tokens.append(Token(Kind.END, "", (len(text), len(text)), spaced))
    return tokens


def _classify(group: str, matched: str) -> tuple[Kind, str]:
    match group:
        case "number":
            return Kind.NUMBER, matched
        case "half":
            return Kind.NUMBER, {"½": "0.5", "¼": "0.25"}[matched]
        case "transpose":
            return Kind.TRANSPOSE, ".T"
        case "name":
            name = "".join(_GREEK.get(character, character) for character in matched)
            return Kind.NAME, name
        case "power":
            return Kind.POWER, matched.translate(_SUPERSCRIPT)
        case "prime":
            return Kind.PRIME, "'"
    return Kind.OPERATOR, _OPERATORS.get(matched, matched)
