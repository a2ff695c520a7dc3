"""The operands of a formula: numbers, names, calls, brackets, matrices, indices, and LaTeX's fractions."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice

from engine.diagnostics import Diagnostic, Span, Where, did_you_mean
from engine.formula.cursor import Cursor
from engine.formula.functions import ALIASES, ANY, FUNCTIONS, Pointwise
from engine.formula.latex_words import FRACTION, INDICATOR, SUM
from engine.formula.lexer import Kind, Token
from engine.formula.spellings import (
    KEYWORDS,
    PAIRWISE,
    REFUSED,
    REWRITTEN,
    SAME_VALUE,
    is_condition,
    is_static,
)
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Node, Number, Slice, Transpose, walk

JUXTAPOSED = 20
"""How strongly products bind."""
MAX_NODES = 4_000
"""Parts of a formula that a call is written out as: more than the longest text has otherwise."""
_MODULES = ("np", "numpy", "linalg", "jnp", "torch", "tf", "math")
_CLOSING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}"}
_DERIVATIVE = re.compile(r"d_?(?P<after>\w+)|(?P<before>\w+?)_(?:prime|derivative|deriv|grad)")
"""`drelu`, `d_relu`, `relu_prime`, `relu_derivative`: of the pre-activation, as `relu'`."""


class Operands(Cursor, ABC):
    """What stands between the operators of a formula."""

    @abstractmethod
    def expression(self, minimum: int) -> Node:
        """A formula whose outermost operators bind at least as strongly as `minimum`."""

    def primary(self) -> Node:
        token = self.current
        if token.kind is Kind.NUMBER:
            return self.number()
        if token.kind is Kind.NAME:
            return self.name()
        if self.peek("("):
            return self.parenthesis()
        if self.peek("{") or self.peek("\\{"):
            return self.group()
        if self.peek("["):
            return self.matrix()
        if self.peek("\\begin"):
            return self.rows("\\end", " to end the matrix")
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
        is_of_module = False
        while token.text in _MODULES and self.peek("."):
            is_of_module = True
            self.advance()
            if self.current.kind is not Kind.NAME:
                self.fail(f"a function's name is missing after `{token.text}.`")
            token = self.advance()
        special = _SPECIAL.get(token.text[:1] if token.text.startswith(INDICATOR) else token.text)
        if special is not None:
            return special(self, token, start)
        primed = self.current.kind is Kind.PRIME
        if primed:
            self.advance()
        power = self.power_of_function(token)
        known = self.function(token.text) if self.peek("(") or self.at_brace() else None
        if known is not None:
            function, derivative = known
            if primed and derivative:
                self.fail("a second derivative has no spelling: write d or a prime", span=(start, token.span[1]))
            node = self.call(function, (), derivative or primed, start)
            return Binary("**", node, power, span=node.span) if power else node
        if primed:
            self.fail("a prime belongs to an activation and its argument, as in relu'(z2)", token.span,
                      hints=("for the transpose write W3.T or W3ᵀ",))  # fmt: skip
        if is_of_module:
            self.fail(f"{token.text} is not part of the language", token.span, self.instead(token.text))
        return Name(token.text, span=(start, token.span[1]))

    def power_of_function(self, name: Token) -> Number | None:
        r"""The 2 of `tanh²(z)` or `\tanh^{2}(z)`, if a number stands between a function and its argument."""
        at = self.position
        is_raised = self.peek("**") and self.current_text == "^"
        if not (is_raised or self.current.kind is Kind.POWER) or not self.function(name.text):
            return None
        self.position += is_raised
        braced = self.peek("{")
        self.position += braced
        exponent = self.number() if self.current.kind in (Kind.POWER, Kind.NUMBER) else None
        if exponent and braced:
            exponent = exponent if self.peek("}") else None
            self.position += 1
        if exponent and (self.peek("(") or self.at_brace()):
            return exponent
        self.position = at
        return None

    @staticmethod
    def instead(name: str) -> tuple[str, ...]:
        """Hints for a function that does not exist."""
        return (REFUSED[name],) if name in REFUSED else did_you_mean(name, (*FUNCTIONS, *REWRITTEN))

    @staticmethod
    def function(name: str) -> tuple[str, bool] | None:
        """The function that `name` calls, and whether it is the derivative of it (`drelu`)."""
        name = ALIASES.get(name, name)
        if name in FUNCTIONS or name in REWRITTEN:
            return name, False
        if derivative := _DERIVATIVE.fullmatch(name):
            base = derivative["after"] or derivative["before"]
            base = ALIASES.get(base, base)
            if isinstance(FUNCTIONS.get(base), Pointwise):
                return base, True
        return None

    # ---- what has arguments of its own kind ------------------------------------------------------------------

    def sum_sign(self, _: Token, start: int) -> Node:
        # As on paper the sum reaches up to the next + or −: Σ(a − y)² is a sum of squares, Σ a ⊙ y of products.
        operand = self.expression(JUXTAPOSED)
        return Call("sum", (operand,), span=(start, operand.span[1]))

    def fraction(self, _: Token, start: int) -> Node:
        r"""`\frac{a}{b}`, entry by entry as `/`."""
        missing = "the {} of this fraction is missing: \\frac{{a}}{{b}} has two arguments in braces"
        above = self.argument(missing.format("numerator"))
        below = self.argument(missing.format("denominator"))
        return Binary("/", above, below, span=(start, below.span[1]))

    def indicator(self, token: Token, start: int) -> Node:
        r"""`𝟙[z > 0]` is the condition, which is 0 or 1; `𝟙₃` a column of ones, `\mathbf{1}_{2 \times 3}` a matrix."""
        size = token.text[len(INDICATOR) :]
        if size:
            rows, _, columns = size.partition("x")
            sizes = tuple(Number(float(number[:9]), span=token.span) for number in (rows, columns or "1"))
            shape = Literal((sizes,), 2, span=token.span)
            return Call("ones", (shape,), span=(start, token.span[1]))
        if self.current.text not in _CLOSING or self.current.kind is not Kind.OPERATOR:
            if self.is_term():
                return Number(1.0, span=token.span)
            self.fail(
                "how many ones? write 𝟙₃, \\mathbf{1}_3 or ones((3, 1)), and an indicator as 𝟙[z2 > 0]", token.span
            )
        node = self.group()
        if not is_condition(node):
            self.fail("an indicator takes a condition, as in 𝟙[z2 > 0]", node.span)
        return _with_span(node, (start, node.span[1]))

    def at_brace(self) -> bool:
        r"""Whether an argument in braces comes, as in `\exp{z}`: the lexer may have read `{z}` as a name."""
        return self.peek("{") or (self.current.kind is Kind.NAME and self.text[self.current.span[0]] == "{")

    def argument(self, missing: str) -> Node:
        """An argument as LaTeX has it: in braces, or one name or number."""
        if self.peek("{"):
            return self.group()
        if self.current.kind is Kind.NUMBER:
            return self.number()
        if self.current.kind is not Kind.NAME or self.current.text in _SPECIAL:
            self.fail(missing)
        token = self.advance()
        return Name(token.text, span=token.span)

    def call(self, function: str, first: tuple[Node, ...], derivative: bool, start: int) -> Node:
        arguments, keywords = list(first), []
        if self.at_brace():
            arguments.append(self.argument(""))
            end = arguments[-1].span[1]
        else:
            self.expect("(", f" after {function}")
            while not self.peek(")"):
                if self.current.kind is Kind.NAME and self.peek("=", ahead=1):
                    key = self.advance().text
                    self.advance()
                    keywords.append((KEYWORDS.get(key, key), self.expression(0)))
                else:
                    arguments.append(self.expression(0))
                if not self.peek(","):
                    break
                self.advance()
            end = self.expect(")", f" at the end of {function}(…").span[1]
        span = (start, end)
        if derivative and not isinstance(FUNCTIONS.get(function), Pointwise):
            self.fail(f"{function} is not applied entry by entry, so {function}' has no meaning", span)
        if function in PAIRWISE and len(arguments) == 2 and not keywords and not is_static(arguments[1]):
            function = PAIRWISE[function]
        if function in REWRITTEN:
            return self.rewritten(function, arguments, bool(keywords), span)
        if FUNCTIONS[function].operands == ANY:
            match arguments:
                case [Literal((parts,)), *static] if len(static) <= len(FUNCTIONS[function].static):
                    # vstack([a, b]), vstack((a, b)), concatenate([a, b], 1)
                    arguments = list(parts)
                    keywords += zip(FUNCTIONS[function].static, static, strict=False)
                case _ if function != "concat":
                    self.fail(f"{function} takes a list, as in {function}([a, b])", span)
        return Call(function, tuple(arguments), tuple(keywords), derivative, span=span)

    def rewritten(self, function: str, arguments: list[Node], has_keywords: bool, span: Span) -> Node:
        """What a call of one of NumPy's operators in words stands for."""
        rewriting = REWRITTEN[function]
        count = rewriting.arguments
        if has_keywords or len(arguments) != count:
            self.fail(f"{function} takes {('one argument', 'two arguments', 'three arguments')[count - 1]}", span)
        node = rewriting.build(span, *arguments)
        # Some arguments are written twice, so that nested calls would grow exponentially.
        if sum(1 for _ in islice(walk(node), MAX_NODES + 1)) > MAX_NODES:
            raise Diagnostic("too_large", f"{function} nests too deeply in itself", Where(text=self.text, span=span),
                             hints=("assign a part of it to a name",))  # fmt: skip
        return node

    def attribute(self, node: Node) -> Node:
        self.advance()
        token = self.current
        if token.kind is not Kind.NAME:
            self.fail("a method's name is missing after `.`")
        self.advance()
        name = {"transpose": "T", "t": "T"}.get(token.text, token.text)
        if name == "T":
            end = token.span[1]
            if self.peek("(") and self.peek(")", ahead=1):
                self.advance()
                end = self.advance().span[1]
            return Transpose(node, span=(node.span[0], end))
        if name == "shape":
            return Call("shape", (node,), span=(node.span[0], token.span[1]))
        if name in SAME_VALUE and self.peek("("):
            while not self.peek(")") and self.current.kind is not Kind.END:
                self.advance()
            return _with_span(node, (node.span[0], self.expect(")", f" at the end of {name}(…").span[1]))
        known = self.function(name)
        if known is None or not self.peek("("):
            self.fail(f"there is no method .{token.text}", token.span, self.instead(name))
        return self.call(known[0], (node,), known[1], node.span[0])

    def is_term(self) -> bool:
        """Whether the token just read is a whole term of a sum: in `(𝟏 − a)`, ones of any size are the number 1."""
        before, after = self.tokens[self.position - 2], self.current
        return self.position > 1 and before.text in ("(", "-", "+") and after.text in (")", "-", "+")

    # ---- brackets --------------------------------------------------------------------------------------------

    def group(self) -> Node:
        """A formula in brackets of any kind."""
        opening = self.advance()
        node = self.expression(0)
        end = self.expect(_CLOSING[opening.text], f": `{opening.text}` stays open").span[1]
        return _with_span(node, (opening.span[0], end))

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
        if self.peek("[", ahead=1):
            return self.rows("]", " at the end of the matrix")
        start = self.advance().span[0]
        row = self.entries()
        end = self.expect("]", " at the end of the vector").span[1]
        if len(row) == 1 and is_condition(row[0]):  # [z > 0] as on paper: 1 where it holds
            return _with_span(row[0], (start, end))
        return Literal((row,), 1, span=(start, end))

    def rows(self, closing: str, why: str) -> Node:
        """A matrix from its opening bracket to its closing one."""
        start = self.advance().span[0]
        rows = []
        while self.peek("["):
            self.advance()
            rows.append(self.entries())
            self.expect("]", " at the end of a row")
            if not self.peek(","):
                break
            self.advance()
        return Literal(tuple(rows), 2, span=(start, self.expect(closing, why).span[1]))

    def entries(self) -> tuple[Node, ...]:
        entries = [self.expression(0)]
        while self.peek(","):
            self.advance()
            if self.peek("]"):
                break
            entries.append(self.expression(0))
        return tuple(entries)

    def array(self, token: Token, start: int) -> Node:
        if not self.peek("("):
            return Name(token.text, span=token.span)
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
            self.fail("an index is a whole number, counted from 0, or a slice such as 0:2",
                      hints=("a condition is multiplied: dA * [z2 > 0]",))  # fmt: skip
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


_SPECIAL: Mapping[str, Callable[[Operands, Token, int], Node]] = {
    SUM: Operands.sum_sign,
    FRACTION: Operands.fraction,
    INDICATOR: Operands.indicator,
    "array": Operands.array,
}
"""Names whose arguments are of a kind of their own."""


def _with_span(node: Node, span: Span) -> Node:
    """`node` with the parentheses around it in its span, so that carets cover what the user sees."""
    return replace(node, span=span)
