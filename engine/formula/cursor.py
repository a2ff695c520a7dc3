"""A place in the tokens of a formula, and what a parser asks of it."""

from __future__ import annotations

from typing import NoReturn

from engine.diagnostics import Diagnostic, Span, Where
from engine.formula.lexer import Kind, Token, tokenize


class Cursor:
    """The tokens of a text, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0

    @property
    def current(self) -> Token:
        return self.tokens[self.position]

    @property
    def current_text(self) -> str:
        start, end = self.current.span
        return self.text[start:end]

    def advance(self) -> Token:
        token = self.current
        self.position += 1
        return token

    def peek(self, text: str, ahead: int = 0) -> bool:
        if self.position + ahead >= len(self.tokens):
            return False
        token = self.tokens[self.position + ahead]
        return token.kind is Kind.OPERATOR and token.text == text

    def expect(self, text: str, why: str) -> Token:
        if not self.peek(text):
            self.fail(f"`{text}` is missing{why}")
        return self.advance()

    def fail(self, message: str, span: Span | None = None, hints: tuple[str, ...] = ()) -> NoReturn:
        raise Diagnostic("unparsable", message, Where(text=self.text, span=span or self.current.span), hints=hints)
