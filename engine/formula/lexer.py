r"""Text to tokens. Typographic and LaTeX spellings are folded here (`a⁽³⁾`, `a^{(3)}`, `δ3`, `−`, `ᵀ`, `\odot`).

Spans stay those of the user's text: `W^{(3)T}` is the name W3 and a transpose, both with the span of the whole, so that
what a caret underlines can always be read by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import NoReturn

from engine.diagnostics import Diagnostic, Span, Where, did_you_mean
from engine.formula import latex_words as latex

MAX_LENGTH = 4_000
"""Characters of the longest formula."""
MAX_WRAPPED = 6
"""Fonts, accents and braces around one name."""


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


_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉", "0123456789-0123456789")
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "eps", "η": "eta", "θ": "theta", "λ": "lam",
    "μ": "mu", "ω": "omega", "φ": "phi", "ϕ": "phi", "Δ": "Delta", "Θ": "Theta", "ŷ": "yhat", "∑": latex.SUM,
}  # fmt: skip
_OPERATORS = {
    "−": "-", "–": "-", "×": "*", "⊙": "*", "∘": "*", "∗": "*", "⋅": "·", "∙": "·", "•": "·", "⨂": "⊗", "^": "**",
    "≤": "<=", "≥": ">=", "≠": "!=", ".*": "*", "./": "/", ".^": "**",
}  # fmt: skip
_HALVES = {"½": "0.5", "¼": "0.25"}

_TOKEN = re.compile(
    rf"""
    (?P<space>(?:[\s$]|\{{\}})+)
  | (?P<indicator>[𝟙𝟏]|1(?=\s*_?\s*(?:\\left\s*)?\\?\{{))
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<half>[½¼])
  | (?P<transpose>ᵀ|\^\s*(?:{latex.T}|\{{(?:\\[!,;]|\s)*{latex.T}\s*\}})|\.T\b|⊤)
  | (?P<name>∑|[^\W\d_⁰¹²³⁴-⁹₀-₉ᵀ](?:[^\W_⁰¹²³⁴-⁹₀-₉ᵀ]|_(?!\s*\{{))*)
  | (?P<power>⁻?[⁰¹²³⁴-⁹]+)
  | (?P<prime>['′’]|\^\s*(?:\{{\s*(?:\\prime|')\s*\}}|\\prime\b))
  | (?P<operator>\.(?:\*(?!\*)|[/^])|\*\*|<=|>=|==|!=|[-+*/@^·⋅∙•⊙∘×∗⊗⨂−–<>≤≥≠()\[\]{{}},.:="])
  | (?P<command>\\(?:[A-Za-z]+\*?|[\s\S]))
    """,
    re.VERBOSE,
)
_LAYER = re.compile(
    rf"""
    ⁽[⁰¹²³⁴-⁹]+⁾ | [₀-₉]+ | \^\s*[(\[]\s*\d+\s*[)\]] | _\s*\{{\s*\(?\s*\d+\s*\)?\s*\}}
  | \s*\^\s*\{{\s*[(\[]\s*\d+\s*[)\]](?P<marks>(?:{latex.MARK})*)\s*\}}
    """,
    re.VERBOSE,
)
"""A layer's number behind a name: `a⁽³⁾`, `a₃`, `a^(3)`, `a_{3}`, `a^{(3)}`, `a^{[3]T}`."""
_MARK = re.compile(rf"{latex.T}|\\prime\b|['′]")
_EARLY = re.compile(rf"\^\s*(?:{latex.T}|\{{\s*{latex.T}\s*\}})(?=_)")
"""A transpose before the layer's number: `W^T_3`."""
_BELOW = re.compile(
    r"_\s*(?:\{\s*(?:\\(?:text|mathrm|textrm|operatorname|rm)\b\s*\{?)?\s*([A-Za-z]\w*)\s*\}{1,2}|([A-Za-z]+|\d+))"
)
"""A word below a name, which is part of it: `W_{hh}`, `y_{\\text{true}}`; or as far as LaTeX goes without braces."""
_SCRIPT = re.compile(r"\s*\^\s*\{\s*[(\[]\s*(?=\w)|_")
_ONES = re.compile(r"\s*_\s*(?:(\d+)|\{\s*(\d+)\s*(?:(?:\\times|×)\s*(\d+)\s*)?\})|([₀-₉]+)")
_CONDITION = re.compile(r"\s*_\s*(?=\{)")
_BARE = re.compile(r"(.*?)_\d+")
_WORD = re.compile(r"\s*([^\W\d_⁰¹²³⁴-⁹₀-₉ᵀ][^\W_⁰¹²³⁴-⁹₀-₉ᵀ]*)")
"""A name without an underscore, as it stands in a group of LaTeX."""
_COMMAND = re.compile(r"\s*\\([A-Za-z]+\*?)")
_ONE = re.compile(r"(?P<font>\w+)\s*(?:\{\s*1\s*\}|1|(?<=mathbb)\{\s*I\s*\})")
"""A one of bold or double-struck strokes, or the letter that stands for an indicator."""
_OPEN, _CLOSE = re.compile(r"\s*\{"), re.compile(r"\s*\}")
_ATTACHED = re.compile(r"\s*(?:[\^_'′(₀-₉⁽ᵀ]|\\left\b|\\prime\b)")
_LATEX = re.compile(r"\\|[_^]\{")
_LIMITS = re.compile(r"\s*(?:\\limits\s*)?[_^]")
_DIGIT = re.compile(r"\s*(\d)")
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]*\*?)\s*\}")
_NO_BRACKET = re.compile(r"\s*\.(?!\d)")
_LAST_ROW = re.compile(r"\s*\\end\b")


def tokenize(text: str) -> list[Token]:
    """The tokens of a formula, with an END at the end.

    Raises a Diagnostic `unparsable` for a character or a command that has no meaning, and `too_large` beyond
    MAX_LENGTH.
    """
    if len(text) > MAX_LENGTH:
        raise Diagnostic("too_large", f"the formula has {len(text):,} characters, and {MAX_LENGTH:,} are allowed")
    lexer = _Lexer(text)
    while lexer.position < len(text):
        lexer.read()
    lexer.add(Kind.END, "", len(text))
    return lexer.tokens


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.position = 0
        self.spaced = False
        self.is_latex = bool(_LATEX.search(text))
        """Whether `&` and `~` are space and `W_3` is W3; in Python they are not."""
        self.matrices: list[str] = []
        """The written-out matrices that are open, outermost first."""

    def fail(self, message: str, span: Span, *hints: str) -> NoReturn:
        raise Diagnostic("unparsable", message, Where(text=self.text, span=span), hints=hints)

    def add(self, kind: Kind, canonical: str, start: int) -> None:
        """A token from `start` up to the position."""
        self.tokens.append(Token(kind, canonical, (start, self.position), self.spaced))
        self.spaced = False

    def skip(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Move behind `pattern` if it is next."""
        match = pattern.match(self.text, self.position)
        if match:
            self.position = match.end()
        return match

    def read(self) -> None:
        """The next token, or the space before it."""
        start = self.position
        match = self.skip(_TOKEN)
        if match is None:
            self.other(start)
            return
        matched = match.group()
        match match.lastgroup:
            case "space":
                self.spaced = True
            case "name":
                if self.is_latex and (indexed := _BARE.fullmatch(matched)):
                    self.position = start + len(indexed[1])
                    matched = indexed[1]
                self.name(_folded(matched), start)
            case "operator" if matched == "{" and self.wrapped_name(start):
                pass
            case "operator":
                self.add(Kind.OPERATOR, _OPERATORS.get(matched, matched), start)
            case "number":
                self.add(Kind.NUMBER, matched, start)
            case "transpose":
                self.add(Kind.TRANSPOSE, ".T", start)
            case "prime":
                self.add(Kind.PRIME, "'", start)
            case "power":
                self.add(Kind.POWER, matched.translate(_RAISED), start)
            case "half":
                self.add(Kind.NUMBER, _HALVES[matched], start)
            case "indicator":
                self.indicator(start)
            case _:
                self.command(matched[1:], start)

    def other(self, start: int) -> None:
        """A character that begins no token: in LaTeX a place to align at, or a blank."""
        self.position += 1
        character = self.text[start]
        if self.is_latex and character == "&" and self.matrices:
            self.add(Kind.OPERATOR, ",", start)
        elif self.is_latex and character in "&~":
            self.spaced = True
        else:
            self.fail(f"{character!r} has no meaning in a formula", (start, start + 1))

    # ---- names, and what is attached to them -----------------------------------------------------------------

    def name(self, name: str, start: int) -> None:
        """A name that ends at the position, with the layer's number or the word, and the transposes, attached to it."""
        marks: list[str] = []
        if not name[-1].isdigit():
            if self.skip(_EARLY):
                marks.append("T")
            if layer := self.skip(_LAYER):
                name += re.sub(r"\D", "", layer.group().translate(_RAISED))
                marks += _MARK.findall(layer["marks"] or "")
            elif below := self.skip(_BELOW):
                word = below[1] or below[2]
                name += word if word.isdigit() else f"_{word}"
                self.refuse_script(start, f"{self.text[start : self.position]} is one entry here, or a layer?",
                                   "an entry is written a2[0, 0], a layer's value a2 or a^{(2)}")  # fmt: skip
            else:
                self.refuse_script(start, "a script names a layer by its number, as in W^{(3)} or W_{3}, or a word")
        self.add(Kind.NAME, name, start)
        for mark in marks:
            if mark in ("'", "′", "\\prime"):
                self.add(Kind.PRIME, "'", start)
            else:
                self.add(Kind.TRANSPOSE, ".T", start)

    def refuse_script(self, start: int, message: str, *hints: str) -> None:
        script = _SCRIPT.match(self.text, self.position)
        if script and "}" not in self.text[script.end() :] and "{" in script.group():
            self.fail("`}` is missing: the brace of this script stays open", script.span())
        if script:
            self.fail(message, (start, script.end()), *hints)

    def wrapped_name(self, start: int) -> bool:
        """Read `{W}` as the name it is where something is attached to it."""
        named = self.named(start)
        if named is None or not _ATTACHED.match(self.text, named[1]):
            return False
        self.position = named[1]
        self.name(named[0], start)
        return True

    def named(self, position: int, depth: int = 0) -> tuple[str, int] | None:
        """The one name at `position`, whatever it is wrapped in, and where it ends; None if that is no name."""
        if word := _WORD.match(self.text, position):
            return _folded(word[1]), word.end()
        if depth == MAX_WRAPPED:
            return None
        if brace := _OPEN.match(self.text, position):
            inner = self.named(brace.end(), depth + 1)
            close = inner and _CLOSE.match(self.text, inner[1])
            return (inner[0], close.end()) if inner and close else None
        command = _COMMAND.match(self.text, position)
        if command is None:
            return None
        word_, end = command[1], command.end()
        if word_ in latex.NAMES:
            return latex.NAMES[word_], end
        if word_ in latex.FONTS and (one := _ONE.match(self.text, command.start(1))):
            return latex.INDICATOR, one.end()
        inner = self.named(end, depth + 1) if word_ in latex.FONTS or word_ in latex.ACCENTS else None
        return inner and (inner[0] + latex.ACCENTS.get(word_, ""), inner[1])

    def indicator(self, start: int) -> None:
        """`𝟙`, with the size of a vector of ones below it, or before a condition, which may stand below it."""
        ones = self.skip(_ONES)
        size = "x".join(number.translate(_RAISED) for number in ones.groups() if number) if ones else ""
        if not ones:
            self.skip(_CONDITION)
        self.add(Kind.NAME, latex.INDICATOR + size, start)

    # ---- LaTeX -----------------------------------------------------------------------------------------------

    def command(self, word: str, start: int) -> None:
        """What a command stands for."""
        if word == "\\" and self.matrices:
            self.row()
        elif word in latex.SPACES:
            self.spaced = True
        elif word in latex.SIZES:
            self.skip(_NO_BRACKET)
        elif word in latex.OPERATORS:
            self.add(Kind.OPERATOR, latex.OPERATORS[word], start)
        elif word in ("begin", "end"):
            self.environment(word, start)
        elif word in latex.MARKS:
            self.add(Kind[latex.MARKS[word]], word, start)
        elif word in latex.REFUSED:
            self.fail(f"\\{word} has no meaning in a formula", (start, self.position), latex.REFUSED[word])
        elif named := self.named(start):
            self.position = named[1]
            self.named_command(named[0], start)
        elif word in latex.ACCENTS or (word in latex.FONTS and not _OPEN.match(self.text, self.position)):
            self.fail(f"\\{word} belongs to a name, as in \\{word}{{y}}", (start, self.position))
        elif word not in latex.FONTS:  # a font of more than a name is only looks
            close = did_you_mean(word, latex.KNOWN)
            self.fail(f"\\{word} is not a command that is known here", (start, self.position),
                      *(hint.replace("mean ", "mean \\").replace(" or ", " or \\") for hint in close))  # fmt: skip

    def named_command(self, name: str, start: int) -> None:
        if name == latex.SUM and _LIMITS.match(self.text, self.position):
            self.fail(
                "a sum has no limits here: \\sum adds all entries", (start, self.position),
                "along one axis: sum(dZ, axis=1, keepdims=True)",
            )  # fmt: skip
        if name == latex.INDICATOR:
            self.indicator(start)
        elif name in (latex.SUM, latex.FRACTION):
            self.add(Kind.NAME, name, start)
        else:
            self.name(name, start)
        for _ in range(2 if name == latex.FRACTION else 0):  # \frac12 is one half
            if digit := self.skip(_DIGIT):
                self.add(Kind.NUMBER, digit[1], digit.start(1))

    def environment(self, word: str, start: int) -> None:
        r"""The brackets of a written-out matrix, at its `\begin` and `\end`."""
        named = self.skip(_ENVIRONMENT)
        kind = named[1] if named else ""
        span = (start, self.position)
        if kind not in latex.MATRICES:
            self.fail(
                "of environments only a matrix can stand in a formula", span, "\\begin{bmatrix}1 & 2\\end{bmatrix}"
            )
        if word == "begin":
            self.matrices.append(kind)
        elif not self.matrices or self.matrices.pop() != kind:
            self.fail(f"\\end{{{kind}}} ends nothing that began", span)
        for token in ("\\begin", "[") if word == "begin" else ("]", "\\end"):
            self.add(Kind.OPERATOR, token, start)

    def row(self) -> None:
        r"""`\\` between the rows of a matrix; behind the last one it says nothing."""
        if not _LAST_ROW.match(self.text, self.position):
            for bracket in "],[":
                self.add(Kind.OPERATOR, bracket, self.position - 2)


def _folded(name: str) -> str:
    """A name with Greek letters written out."""
    return name if name.isascii() else "".join(_GREEK.get(character, character) for character in name)
