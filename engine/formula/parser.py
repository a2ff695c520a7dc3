"""A Pratt parser over the original text: NumPy, LaTeX and typographic spellings, spans kept, no `eval`.

All products (`@`, `*`, `⊙`, `·`, `/`, juxtaposition) bind alike and group from the left, as in Python and as on
paper: `(a − y) ⊙ a ⊙ (1 − a) aᵀ` is `(((a − y) ⊙ a) ⊙ (1 − a)) · aᵀ`.
"""

from __future__ import annotations

from engine.diagnostics import Diagnostic, Where
from engine.formula.lexer import Kind, Token
from engine.formula.operands import JUXTAPOSED, Operands
from engine.formula.syntax import COMPARISONS, PRODUCT, Assignment, Binary, Call, Name, Negate, Node, Number, Transpose

MAX_DEPTH = 100
"""Levels of nesting; a chain of a hundred sums or products counts as a hundred levels."""

_BINDING = {**dict.fromkeys(COMPARISONS, 5), "+": 10, "-": 10, **dict.fromkeys("*@·⊗/", JUXTAPOSED), "**": 30}
_SIGN = 25
_OPENING = ("(", "{", "\\begin")
"""Brackets that begin a factor behind another one; a `[` would be an index."""


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


class _Parser(Operands):
    """The operators, and what stands behind an operand; `Operands` reads the operands."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

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
                left = self.joined(token, left, right)
                compared = token.text in COMPARISONS
            elif self.starts_operand(token) and minimum <= JUXTAPOSED:
                if token.kind is Kind.NUMBER:
                    self.fail("a number cannot follow here: write the operator", hints=("2 * 3", "a ** 2"))
                right = self.expression(JUXTAPOSED + 1)
                left = Binary(PRODUCT, left, right, span=(left.span[0], right.span[1]))
            else:
                break
        self.depth -= 1
        return left

    def joined(self, operator: Token, left: Node, right: Node) -> Node:
        """Two operands and what stands between them; `⊗` is the outer product of two vectors, and `e^z` is exp(z)."""
        span = (left.span[0], right.span[1])
        if operator.text == "⊗":
            return Call("outer", (left, right), span=span)
        is_raised = operator.text == "**" and self.text[operator.span[0]] == "^"
        if is_raised and left == Name("e") and not isinstance(right, Number):  # e^2 is the square of a value e
            return Call("exp", (right,), span=span)
        return Binary(operator.text, left, right, span=span)

    @staticmethod
    def starts_operand(token: Token) -> bool:
        return token.kind in (Kind.NAME, Kind.NUMBER) or (token.kind is Kind.OPERATOR and token.text in _OPENING)

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
