r"""Derivatives as people write them (`∂L/∂W⁽²⁾`, `dL/dW2`, `dL_dW2`, `\frac{\partial L}{\partial W_2}`, `∇_W2 L`), and
which of a program's values their names are.

The reading is done on tokens of the formula language. What that language has no tokens for is masked by text of the
same length first, so that every span stays that of the user's text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.diagnostics import Span
from engine.formula.latex_words import FRACTION
from engine.formula.lexer import Kind, Token, tokenize
from engine.formula.syntax import COMPARISONS, Name, Node, substitute

LOSS_NAMES = ("L", "J", "E", "C", "ℒ", "ell", "ℓ", "loss", "cost", "error")
"""What people call what is differentiated, whatever it is called in the program."""

_PARTIAL = re.compile(r"\\partial(?![A-Za-z])|∂|\\(?:mathrm|rm|text|operatorname)\s*\{\s*d\s*\}")
_INDICES = r"_\s*(?:\{\s*[ijk]\s*,?\s*[ijk]?\s*\}|[ijk]{1,2}(?![A-Za-z0-9_]))"
_ENTRY = re.compile(rf"{_INDICES}(?=\s*\^)|(?<=[)}}⁾]){_INDICES}|\[\s*[ijk]\s*(?:,\s*[ijk]\s*)?\]")
"""Indices of an entry that the lexer would refuse: `W_{ij}^{(2)}`, `W⁽²⁾_ij`, `W2[i,j]`; `W_i` may be a name."""
_JOINED = re.compile(r"d_?(?P<of>[^\W_][^\W_]*?)_?d_?(?P<by>[^\W_]\w*)")
_FACTOR = re.compile(r"d_?(?P<of>(?:loss|cost|[^\W\d_]\d*))_d_?(?P<by>[^\W_]\w*)")
"""`dz3_da2`, and no other name with `_d` in it."""
_NUMBERED = re.compile(r"(?:delta|d|dz|err|error)_?(\d+)", re.IGNORECASE)
_GRADIENT = re.compile(r"(?:grad(?:ient)?|nabla|d)_?(?P<after>\w+)|(?P<before>\w+?)_?(?:grad(?:ient)?)", re.IGNORECASE)
_INDEXED = re.compile(r"_[ijk]{1,2}$")
_NABLA = re.compile(r"\s*(?:\\nabla(?![A-Za-z])|∇)\s*_?")


@dataclass(frozen=True, slots=True)
class Derivative:
    """∂numerator/∂denominator, by the names that the user gave."""

    numerator: str
    denominator: str
    span: Span
    stop: int
    """The token behind it."""


class Names:
    """The names of a program, and how else they may be written."""

    def __init__(self, names: Collection[str], loss: str) -> None:
        self.names = tuple(names)
        self.loss = loss

    def find(self, name: str) -> str | None:
        """The program's name for `name`: itself, else W2 for W_2, else z2 for Z2 if there is only one such.

        W2_ij, an entry of W2, is W2.
        """
        for spelled in (name, _INDEXED.sub("", name)):
            for fold in (str, _without_underscore, lambda word: _without_underscore(word).lower()):
                found = [known for known in self.names if fold(known) == fold(spelled)]
                if len(found) == 1:
                    return found[0]
        return None

    def numerator(self, name: str) -> str | None:
        """The program's name for what is differentiated; the loss has other names too."""
        found = self.find(name)
        return found or (self.loss if name in LOSS_NAMES or name.lower() in LOSS_NAMES else None)

    def settled(self, node: Node) -> Node:
        """A formula with its names as the program has them: W2 for W_2, z2 for Z2. Names of no value stay."""

        def rename(part: Node) -> Node | None:
            return Name(self.find(part.name) or part.name, span=part.span) if isinstance(part, Name) else None

        return substitute(node, rename)

    def pair(self, numerator: str, denominator: str) -> tuple[str, str] | None:
        """∂numerator/∂denominator by the program's names; None if it has no such values."""
        of, by = self.numerator(numerator), self.find(denominator)
        return (of, by) if of and by and of != by else None

    def meaning(self, name: str) -> tuple[str, str] | None:
        """Which derivative a name claims to be: ("L", "W2") for dW2, grad_W2 and dL_dW2, ("L", "z2") for delta2."""
        if name in self.names:
            return None
        joined = _JOINED.fullmatch(name)
        if joined and (pair := self.pair(joined["of"], joined["by"])):
            return pair
        if gradient := _GRADIENT.fullmatch(name):
            by = self.find(gradient["after"] or gradient["before"])
            if by:
                return self.loss, by
        if numbered := _NUMBERED.fullmatch(name):
            by = self.find(f"z{numbered[1]}")
            return (self.loss, by) if by else None
        return None


def _without_underscore(name: str) -> str:
    return re.sub(r"_(?=\d+$)", "", name)


def masked(text: str) -> str:
    """`text` with every ∂ as a d, and without the indices of entries (`W_{ij}`), at the same length."""
    text = _PARTIAL.sub(lambda sign: "d" + " " * (len(sign.group()) - 1), text)
    return _ENTRY.sub(lambda index: " " * len(index.group()), text)


def derivative_at(tokens: Sequence[Token], start: int) -> Derivative | None:
    """The derivative that begins at a token, or None."""
    token = tokens[start]
    if token.kind is not Kind.NAME:
        return None
    if token.text == FRACTION:
        return _fraction_at(tokens, start)
    above = _differential_at(tokens, start)
    if above and _is(tokens, above[1], "/"):
        below = _differential_at(tokens, above[1] + 1)
        if below:
            return Derivative(above[0], below[0], (token.span[0], tokens[below[1] - 1].span[1]), below[1])
    joined = _FACTOR.fullmatch(token.text) if "_d" in token.text else None
    return Derivative(joined["of"], joined["by"], token.span, start + 1) if joined else None


def _fraction_at(tokens: Sequence[Token], start: int) -> Derivative | None:
    position, names = start + 1, []
    for _ in range(2):
        is_braced = _is(tokens, position, "{")
        differential = _differential_at(tokens, position + is_braced)
        if differential is None or (is_braced and not _is(tokens, differential[1], "}")):
            return None
        names.append(differential[0])
        position = differential[1] + is_braced
    return Derivative(names[0], names[1], (tokens[start].span[0], tokens[position - 1].span[1]), position)


def _differential_at(tokens: Sequence[Token], start: int) -> tuple[str, int] | None:
    """The name behind a d, written together or apart, and the token after it."""
    token = tokens[start]
    if token.kind is not Kind.NAME or not token.text.startswith("d"):
        return None
    if len(token.text) > 1:
        return token.text[1:], start + 1
    follower = tokens[start + 1]
    return (follower.text, start + 2) if follower.kind is Kind.NAME else None


def _is(tokens: Sequence[Token], position: int, text: str) -> bool:
    return tokens[position].kind is Kind.OPERATOR and tokens[position].text == text


@dataclass(frozen=True, slots=True)
class LeftSide:
    """What stands before `=`."""

    name: str
    meaning: tuple[str, str] | None
    condition: Span | None = None
    """Of the c in `dZ[c] = 0`."""


def left_side(text: str, names: Names) -> LeftSide | None:
    """A name or a derivative, as it is written on the left; None for what is neither. Raises what `tokenize` does."""
    gradient = _NABLA.match(text)
    if gradient:
        return _gradient(tokenize(" " * gradient.end() + text[gradient.end() :]), names)
    tokens = tokenize(masked(text))
    derivative = derivative_at(tokens, 0)
    if [token.text for token in tokens[1:]] == [".", "grad", ""]:  # PyTorch's W2.grad
        derivative = Derivative(names.loss, tokens[0].text, (0, len(text)), len(tokens) - 1)
    if derivative and derivative.stop == len(tokens) - 1:
        meaning = names.pair(derivative.numerator, derivative.denominator)
        name = tokens[0].text if derivative.stop == 1 else _spelled(meaning, derivative, names.loss)
        return LeftSide(name, meaning)
    if tokens[0].kind is not Kind.NAME:
        return None
    name = tokens[0].text
    if len(tokens) == 2:
        return LeftSide(name, names.meaning(name))
    if _is(tokens, 1, "[") and _is(tokens, len(tokens) - 2, "]") and any(t.text in COMPARISONS for t in tokens):
        return LeftSide(name, names.meaning(name), (tokens[1].span[1], tokens[-2].span[0]))
    return None


def _spelled(meaning: tuple[str, str] | None, derivative: Derivative, loss: str) -> str:
    of, by = meaning or (derivative.numerator, derivative.denominator)
    return f"d{by}" if of == loss else f"d{of}_d{by}"


def _gradient(tokens: Sequence[Token], names: Names) -> LeftSide | None:
    """What stands behind ∇: the name that it is by, and perhaps that of the loss."""
    words = [token.text for token in tokens if token.kind is Kind.NAME]
    others = [token.text for token in tokens[:-1] if token.kind is not Kind.NAME]
    if not 1 <= len(words) <= 2 or any(other not in ("{", "}") for other in others):
        return None
    meaning = names.pair(words[1] if len(words) == 2 else names.loss, words[0])
    return LeftSide(f"d{meaning[1] if meaning else words[0]}", meaning)
