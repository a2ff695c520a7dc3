"""The text of a chain of derivatives, read into its factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from engine.diagnostics import Diagnostic, Span, Where
from engine.doctor.notes.derivatives import derivative_at, masked
from engine.formula.lexer import Kind, Token, tokenize

_PRODUCTS = ("*", "·", "@")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class WrittenFactor:
    """One ∂numerator/∂denominator, by the names that the user gave."""

    numerator: str
    denominator: str
    span: Span
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class ChainText:
    """A chain as it was written."""

    text: str
    left: WrittenFactor | None
    """What stands before `=`."""
    terms: tuple[tuple[WrittenFactor, ...], ...]
    """The products, of which a sum over paths has several; factors in the order of the text."""
    span: Span
    """Of what stands behind `=`."""


def read_chain(text: str) -> ChainText:
    """The factors of a chain; raises a Diagnostic `unparsable` at what is no derivative, or as `tokenize` does."""
    try:
        tokens = tokenize(masked(text))
    except Diagnostic as problem:
        raise problem.at(text=text) from None
    return _Reader(text, tokens).chain()


class _Reader:
    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text, self.tokens, self.position = text, tokens, 0

    @property
    def current(self) -> Token:
        return self.tokens[self.position]

    def at(self, *texts: str) -> bool:
        return self.current.kind is Kind.OPERATOR and self.current.text in texts

    def fail(self, message: str) -> NoReturn:
        raise Diagnostic("unparsable", message, Where(text=self.text, span=self.current.span),
                         hints=("a chain is a product of derivatives, such as dL/da3 · da3/dz3",))  # fmt: skip

    def chain(self) -> ChainText:
        terms = self.sum()
        left = None
        if self.at("="):
            if len(terms) != 1 or len(terms[0]) != 1:
                self.fail("the left side of a chain is one derivative")
            left = terms[0][0]
            self.position += 1
            terms = self.sum()
        if self.current.kind is not Kind.END:
            self.fail("a derivative is expected here")
        start, end = terms[0][0].span[0], terms[-1][-1].span[1]
        return ChainText(self.text, left, tuple(map(tuple, terms)), (start, end))

    def sum(self) -> list[list[WrittenFactor]]:
        terms = [self.product()]
        while self.at("+"):
            self.position += 1
            terms.append(self.product())
        return terms

    def product(self) -> list[WrittenFactor]:
        factors = [self.factor()]
        while True:
            if self.at(*_PRODUCTS):
                self.position += 1
            elif not (self.current.kind is Kind.NAME or self.at(*_BRACKETS)):
                return factors
            factors.append(self.factor())

    def factor(self) -> WrittenFactor:
        """A derivative, perhaps in brackets, perhaps transposed."""
        start = self.current.span[0]
        closing = []
        while self.at(*_BRACKETS):
            closing.append(_BRACKETS[self.current.text])
            self.position += 1
        derivative = derivative_at(self.tokens, self.position)
        if derivative is None:
            self.fail("a derivative is expected here")
        self.position = derivative.stop
        marks, end = self.marks(derivative.span[1])
        for bracket in reversed(closing):
            if not self.at(bracket):
                self.fail(f"`{bracket}` is missing: a bracket stays open")
            end = self.current.span[1]
            self.position += 1
            more, end = self.marks(end)
            marks += more
        span = (start, end) if closing or marks else derivative.span
        return WrittenFactor(derivative.numerator, derivative.denominator, span, marks % 2 == 1)

    def marks(self, end: int) -> tuple[int, int]:
        """How many transposes follow, and where the last ends."""
        count = 0
        while self.current.kind is Kind.TRANSPOSE:
            count, end = count + 1, self.current.span[1]
            self.position += 1
        return count, end
