"""A Pratt parser over the original text: NumPy and typographic spellings, spans kept, no `eval`.

All products (`@`, `*`, `⊙`, `·`, `/`, juxtaposition) bind alike and group from the left, as in Python and as on
paper: `(a − y) ⊙ a ⊙ (1 − a) aᵀ` is `(((a − y) ⊙ a) ⊙ (1 − a)) · aᵀ`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NoReturn

from engine.diagnostics import Diagnostic, Span, Where, did_you_mean
from engine.formula.functions import ALIASES, ANY, FUNCTIONS, Pointwise
from engine.formula.lexer import Kind, Token, tokenize
from engine.formula.syntax import (
    COMPARISONS,
    PRODUCT,
    Assignment,
    Binary,
    Call,
    Index,
    Literal,
    Name,
    Negate,
    Node,
    Number,
    Slice,
    Transpose,
)

MAX_DEPTH = 100
"""Levels of nesting; a chain of a hundred sums or products counts as a hundred levels."""

_BINDING = {**dict.fromkeys(COMPARISONS, 5), "+": 10, "-": 10, "*": 20, "@": 20, "·": 20, "/": 20, "**": 30}
_JUXTAPOSED, _SIGN, _POWER = 20, 25, 30
_AS_OPERATOR = {
    "dot": "@", "matmul": "@", "multiply": "*", "add": "+", "subtract": "-", "divide": "/", "power": "**",
}  # fmt: skip
"""NumPy's functions that are operators under another name."""
_MODULES = ("np", "numpy", "linalg", "jnp", "torch", "math")


def parse(text: str) -> Node:
    """The formula that `text` spells; raises a Diagnostic `unparsable` or `too_large` with the guilty span."""
    parser = _Parser(text)
    node = parser.expression(0)
    if parser.current.text == "=" and parser.current.kind is Kind.OPERATOR:
        parser.fail("a formula has no `=`: this looks like an assignment")
    if parser.current.kind is not Kind.END:
        parser.fail(f"`{parser.current_text}` is not expected here", hints=("is a bracket or an operator missing?",))
    _check_depth(node, text)
    return node


def parse_assignment(text: str) -> Assignment:
    """One line of a program, `name = formula`."""
    parser = _Parser(text)
    target = parser.current
    if target.kind is not Kind.NAME:
        parser.fail("an assignment begins with a name, as in `z2 = W2 @ x`")
    parser.advance()
    if parser.current.text != "=":
        parser.fail("an assignment has the form `name = formula`, as in `z2 = W2 @ x`")
    parser.advance()
    node = parser.expression(0)
    if parser.current.kind is not Kind.END:
        parser.fail(f"`{parser.current_text}` is not expected here")
    _check_depth(node, text)
    return Assignment(target.text, node, text)


def _check_depth(root: Node, text: str) -> None:
    stack = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise Diagnostic("too_large", f"the formula nests more than {MAX_DEPTH} levels deep",
                             Where(text=text, span=root.span), hints=("assign a part of it to a name",))  # fmt: skip
        stack += [(child, depth + 1) for child in node.children]


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0
        self.depth = 0

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

    # ---- operators -------------------------------------------------------------------------------------------

    def expression(self, minimum: int) -> Node:
        """A formula whose outermost operators bind at least as strongly as `minimum`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Diagnostic("too_large", f"the formula nests more than {MAX_DEPTH} levels deep",
                             Where(text=self.text, span=self.current.span))  # fmt: skip
        left = self.prefix()
        compared = False
        while True:
            token = self.current
            binding = _BINDING.get(token.text) if token.kind is Kind.OPERATOR else None
            if binding is not None:
                if binding < minimum:
                    break
                if compared and token.text in COMPARISONS:
                    self.fail("two comparisons in a row have no meaning: put one in brackets")
                self.advance()
                # `**` groups from the right.
                right = self.expression(binding if token.text == "**" else binding + 1)
                left = Binary(token.text, left, right, span=(left.span[0], right.span[1]))
                compared = token.text in COMPARISONS
            elif self.starts_operand(token) and minimum <= _JUXTAPOSED:
                if token.kind is Kind.NUMBER:
                    self.fail("a number cannot follow here: write the operator", hints=("2 * 3", "a ** 2"))
                right = self.expression(_JUXTAPOSED + 1)
                left = Binary(PRODUCT, left, right, span=(left.span[0], right.span[1]))
            else:
                break
        self.depth -= 1
        return left

    @staticmethod
    def starts_operand(token: Token) -> bool:
        return token.kind in (Kind.NAME, Kind.NUMBER) or (token.kind is Kind.OPERATOR and token.text == "(")

    def prefix(self) -> Node:
        if self.peek("-"):
            start = self.advance().span[0]
            operand = self.expression(_SIGN)
            return Negate(operand, span=(start, operand.span[1]))
        if self.peek("+"):
            self.advance()
            return self.expression(_SIGN)
        return self.postfix(self.primary())

    def postfix(self, node: Node) -> Node:
        while True:
            token = self.current
            if token.kind is Kind.TRANSPOSE:
                self.advance()
                node = Transpose(node, span=(node.span[0], token.span[1]))
            elif token.kind is Kind.POWER:
                exponent = self.number()
                node = Binary("**", node, exponent, span=(node.span[0], token.span[1]))
            elif self.peek("["):
                node = self.index(node)
            elif self.peek("."):
                node = self.attribute(node)
            else:
                return node

    # ---- operands --------------------------------------------------------------------------------------------

    def primary(self) -> Node:
        token = self.current
        if token.kind is Kind.NUMBER:
            return self.number()
        if token.kind is Kind.NAME:
            return self.name()
        if self.peek("("):
            return self.parenthesis()
        if self.peek("["):
            return self.matrix()
        if token.kind is Kind.END:
            self.fail("the formula ends here, and an operand is missing")
        self.fail(f"`{self.current_text}` is not expected here: a name, a number or `(` would be right")

    def number(self) -> Number:
        token = self.current
        value = float(token.text)
        if math.isinf(value):
            self.fail("this number is too large: the largest is about 1.8e308")
        self.advance()
        return Number(value, span=token.span)

    def name(self) -> Node:
        token = self.advance()
        start = token.span[0]
        while token.text in _MODULES and self.peek("."):
            self.advance()
            if self.current.kind is not Kind.NAME:
                self.fail(f"a function's name is missing after `{token.text}.`")
            token = self.advance()
        if token.text == "Σ":
            # As on paper the sum reaches up to the next + or −: Σ(a − y)² is a sum of squares, Σ a ⊙ y of products.
            operand = self.expression(_JUXTAPOSED)
            return Call("sum", (operand,), span=(start, operand.span[1]))
        primed = self.current.kind is Kind.PRIME
        if primed:
            self.advance()
        if self.peek("("):
            if token.text == "array":
                return self.array(start)
            known = self.function(token.text)
            if known is not None:
                function, derivative = known
                if primed and derivative:
                    self.fail("a second derivative has no spelling: write d or a prime", span=(start, token.span[1]))
                return self.call(function, (), derivative or primed, start)
        if primed:
            self.fail("a prime belongs to an activation and its argument, as in relu'(z2)", span=token.span)
        return Name(token.text, span=(start, token.span[1]))

    @staticmethod
    def function(name: str) -> tuple[str, bool] | None:
        """The function that `name` calls, and whether it is the derivative of it (`drelu`)."""
        name = ALIASES.get(name, name)
        if name in FUNCTIONS or name in _AS_OPERATOR:
            return name, False
        base = ALIASES.get(name[1:], name[1:])
        if name.startswith("d") and isinstance(FUNCTIONS.get(base), Pointwise):
            return base, True
        return None

    def call(self, function: str, first: tuple[Node, ...], derivative: bool, start: int) -> Node:
        self.expect("(", f" after {function}")
        arguments, keywords = list(first), []
        while not self.peek(")"):
            if self.current.kind is Kind.NAME and self.peek("=", ahead=1):
                key = self.advance().text
                self.advance()
                keywords.append((key, self.expression(0)))
            else:
                arguments.append(self.expression(0))
            if not self.peek(","):
                break
            self.advance()
        end = self.expect(")", f" at the end of {function}(…").span[1]
        if derivative and not isinstance(FUNCTIONS.get(function), Pointwise):
            self.fail(f"{function} is not applied entry by entry, so {function}' has no meaning", span=(start, end))
        operator = _AS_OPERATOR.get(function)
        if operator is not None:
            if len(arguments) != 2 or keywords:
                self.fail(f"{function} takes two arguments", span=(start, end))
            return Binary(operator, arguments[0], arguments[1], span=(start, end))
        if FUNCTIONS[function].operands == ANY:
            match arguments:
                case [Literal((parts,)), *static] if len(static) <= len(FUNCTIONS[function].static):
                    # vstack([a, b]), vstack((a, b)), concatenate([a, b], 1)
                    arguments = list(parts)
                    keywords += zip(FUNCTIONS[function].static, static, strict=False)
                case _ if function != "concat":
                    self.fail(f"{function} takes a list, as in {function}([a, b])", span=(start, end))
        return Call(function, tuple(arguments), tuple(keywords), derivative, span=(start, end))

    def attribute(self, node: Node) -> Node:
        self.advance()
        token = self.current
        if token.kind is not Kind.NAME:
            self.fail("a method's name is missing after `.`")
        self.advance()
        name = {"transpose": "T"}.get(token.text, token.text)
        if name == "T":
            end = token.span[1]
            if self.peek("(") and self.peek(")", ahead=1):
                self.advance()
                end = self.advance().span[1]
            return Transpose(node, span=(node.span[0], end))
        if name == "shape":
            return Call("shape", (node,), span=(node.span[0], token.span[1]))
        known = self.function(name)
        if known is None or not self.peek("("):
            self.fail(f"there is no method .{token.text}", span=token.span, hints=did_you_mean(name, FUNCTIONS))
        return self.call(known[0], (node,), known[1], node.span[0])

    def parenthesis(self) -> Node:
        start = self.advance().span[0]
        first = self.expression(0)
        entries = [first]
        is_tuple = False
        while self.peek(","):
            is_tuple = True
            self.advance()
            if self.peek(")"):
                break
            entries.append(self.expression(0))
        end = self.expect(")", ": a bracket stays open").span[1]
        if is_tuple:
            return Literal((tuple(entries),), 2, span=(start, end))
        return _with_span(first, (start, end))

    def matrix(self) -> Node:
        start = self.advance().span[0]
        if self.peek("["):
            rows = []
            while self.peek("["):
                self.advance()
                rows.append(self.entries())
                self.expect("]", " at the end of a row")
                if not self.peek(","):
                    break
                self.advance()
            end = self.expect("]", " at the end of the matrix").span[1]
            return Literal(tuple(rows), 2, span=(start, end))
        row = self.entries()
        end = self.expect("]", " at the end of the vector").span[1]
        return Literal((row,), 1, span=(start, end))

    def entries(self) -> tuple[Node, ...]:
        entries = [self.expression(0)]
        while self.peek(","):
            self.advance()
            if self.peek("]"):
                break
            entries.append(self.expression(0))
        return tuple(entries)

    def array(self, start: int) -> Node:
        self.advance()
        if not self.peek("["):
            self.fail("array takes a list, as in array([[1, 2], [3, 4]])")
        literal = self.matrix()
        end = self.expect(")", " at the end of array(…").span[1]
        return _with_span(literal, (start, end))

    def index(self, node: Node) -> Node:
        self.advance()
        items: list[int | Slice] = [self.index_item()]
        while self.peek(","):
            self.advance()
            items.append(self.index_item())
        end = self.expect("]", " at the end of an index").span[1]
        return Index(node, tuple(items), span=(node.span[0], end))

    def index_item(self) -> int | Slice:
        start = self.integer()
        if self.peek(":"):
            self.advance()
            return Slice(start, self.integer())
        if start is None:
            self.fail("an index is a whole number, counted from 0, or a slice such as 0:2")
        return start

    def integer(self) -> int | None:
        negative = self.peek("-")
        if negative:
            self.advance()
        token = self.current
        if token.kind is not Kind.NUMBER:
            return None
        if not token.text.isdigit() or len(token.text) > 9:
            self.fail("an index is a whole number, counted from 0")
        self.advance()
        return -int(token.text) if negative else int(token.text)


def _with_span(node: Node, span: Span) -> Node:
    """`node` with the parentheses around it in its span, so that carets cover what the user sees."""
    return replace(node, span=span)
