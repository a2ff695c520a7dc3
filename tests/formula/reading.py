"""A reader of mathematics in LaTeX, which knows nothing of how chainstep writes it, and computes what it reads.

Products of all kinds group from the left, a sum sign takes the factor behind it, an index i goes down the columns and j
along the rows, and what is raised to −1 is inverted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.formula import FUNCTIONS, Pointwise

Array = NDArray[np.float64]

TOKEN = re.compile(r"\\\\|\\[a-zA-Z]+|\\_|\d+(?:\.\d+)?|[^\s\\]")
COMMANDS = {r"\sigma": "sigmoid", r"\Phi": "Phi", r"\varphi": "phi"}
SPACES = (r"\allowbreak", r"\left", r"\right", r"\displaystyle")
AXES = {"i": 0, "j": 1}
ENDS = ("+", "-", ")", "]", ",", "&", r"\\", r"\rvert", r"\rVert", r"\end")
COMPARISONS = {"<": np.less, ">": np.greater, r"\le": np.less_equal, r"\ge": np.greater_equal}


def evaluate_latex(text: str, values: Mapping[str, Array]) -> Array:
    """The value of a formula over named values: `p^{(3)}` is the one called p3."""
    reader = _Reader([token for token in TOKEN.findall(text) if token not in SPACES], values)
    result = reader.comparison()
    assert not reader.rest, f"not read: {reader.rest} of {text}"
    return np.asarray(result)


class _Reader:
    def __init__(self, tokens: list[str], values: Mapping[str, Array]) -> None:
        self.rest = tokens
        self.values = values

    def peek(self) -> str:
        return self.rest[0] if self.rest else ""

    def take(self, expected: str | None = None) -> str:
        token = self.rest.pop(0)
        assert expected in (None, token), f"{token} where {expected} should be, before {self.rest}"
        return token

    def group(self) -> list[str]:
        """The tokens between braces, or the one that stands without."""
        if self.peek() != "{":
            return [self.take()]
        self.take("{")
        depth, found = 1, []
        while depth:
            token = self.take()
            depth += (token == "{") - (token == "}")
            found.append(token)
        return found[:-1]

    def inside(self) -> Array:
        return self.read(self.group())

    def read(self, tokens: list[str]) -> Array:
        reader = _Reader(tokens, self.values)
        result = reader.comparison()
        assert not reader.rest
        return result

    def sum_of_terms(self) -> Array:
        negative = self.peek() == "-" and bool(self.take())
        total = self.term()
        total = -total if negative else total
        while self.peek() in ("+", "-"):
            operator, term = self.take(), self.term()
            total = total + term if operator == "+" else total - term
        return total

    def comparison(self) -> Array:
        """A sum, or 0 and 1 where two are compared."""
        left = self.sum_of_terms()
        if self.peek() not in COMPARISONS:
            return left
        return np.asarray(COMPARISONS[self.take()](left, self.sum_of_terms()), dtype=np.float64)

    def term(self) -> Array:
        product = self.factor()
        while self.rest and self.peek() not in (*ENDS, *COMPARISONS):
            match self.peek():
                case r"\odot":
                    self.take()
                    product = product * self.factor()
                case "/":
                    self.take()
                    product = product / self.factor()
                case r"\otimes":
                    self.take()
                    product = np.kron(product, self.factor())
                case r"\cdot" | r"\times":
                    self.take()
                    product = product * self.factor()
                case _:
                    factor = self.factor()
                    product = product * factor if () in (np.shape(product), np.shape(factor)) else product @ factor
        return product

    def factor(self) -> Array:
        if self.peek() == r"\sum":
            self.take()
            axis = AXES[self.subscript()] if self.peek() == "_" else None
            return np.sum(self.factor(), axis=axis, keepdims=axis is not None)
        if (name := self.function_name()) is not None:
            return self.scripts(self.call(name))
        return self.scripts(self.atom())

    def subscript(self) -> str:
        self.take("_")
        return "".join(self.group())

    def function_name(self) -> str | None:
        token = self.peek()
        if token == r"\operatorname":
            self.take()
            return "".join(self.group()).replace(r"\_", "_")
        name = COMMANDS.get(token, token.removeprefix("\\"))
        return self.take() and name if token.startswith("\\") and name in FUNCTIONS and name != "sqrt" else None

    def call(self, name: str) -> Array:
        prime = self.peek() == "'" and bool(self.take())
        axis = AXES[self.subscript()] if self.peek() == "_" else None
        arguments = self.brackets()
        function = FUNCTIONS["trace" if name == "tr" else name]
        if prime:
            assert isinstance(function, Pointwise)
            return function.slope(arguments[0], function.value(arguments[0]))
        if axis is None:
            count = max(function.operands, len(arguments) - len(function.static))
            return np.asarray(function.value(*arguments[:count], *map(int, arguments[count:])))
        more = {"keepdims": True} if "keepdims" in function.static else {}
        return np.asarray(function.value(*arguments, axis=axis, **more))

    def brackets(self) -> list[Array]:
        self.take("(")
        found = [self.comparison()]
        while self.peek() == ",":
            self.take()
            found.append(self.comparison())
        self.take(")")
        return found

    def atom(self) -> Array:
        match token := self.take():
            case "(":
                inner = self.comparison()
                self.take(")")
                return inner
            case r"\frac" | r"\tfrac":
                return self.inside() / self.inside()
            case r"\sqrt":
                return np.sqrt(self.inside())
            case r"\lvert" | r"\lVert":
                inner = self.sum_of_terms()
                self.take(token.replace("l", "r", 1))
                if token == r"\lvert":
                    return np.abs(inner)
                axis = AXES[self.subscript()] if self.rest[:1] == ["_"] and self.rest[2] in AXES else None
                return np.asarray(np.linalg.norm(inner, axis=axis, keepdims=axis is not None))
            case r"\begin":
                return self.matrix()
            case r"\mathbf":
                digit = float("".join(self.group()))
                return np.full([int(size) for size in self.subscript().split(r"\times")], digit)
            case "I":
                return np.eye(int(self.subscript()))
            case number if number[0].isdigit():
                return np.asarray(float(number))
        return self.values[token + self.layer()]

    def matrix(self) -> Array:
        self.group()
        rows: list[list[Array]] = [[self.sum_of_terms()]]
        while self.peek() != r"\end":
            if self.take() == "&":
                rows[-1].append(self.sum_of_terms())
            else:
                rows.append([self.sum_of_terms()])
        self.take(r"\end")
        self.group()
        return np.vstack([np.hstack([np.atleast_2d(entry) for entry in row]) for row in rows])

    def layer(self) -> str:
        """The number of a name, `^{(3)}`; what else is raised stays where it is."""
        if self.rest[:3] != ["^", "{", "("] or self.rest[4] != ")":
            return ""
        layer = self.rest[3]
        del self.rest[2:5]
        if self.rest[:3] == ["^", "{", "}"]:
            del self.rest[:3]
        return layer

    def scripts(self, base: Array) -> Array:
        while self.peek() in ("^", "_"):
            if self.peek() == "_":
                base = np.asarray(base[tuple(_place(item) for item in self.subscript().split(","))])
                continue
            self.take("^")
            match raised := self.group():
                case [r"\top"]:
                    base = base.T
                case ["+"]:
                    base = np.linalg.pinv(base)
                case ["-", "1"]:
                    base = np.linalg.inv(base)
                case _:
                    base = base ** self.read(raised)
        return base


def _place(item: str) -> int | slice:
    if ":" not in item:
        return int(item)
    start, stop = item.split(":")
    return slice(int(start) if start else None, int(stop) if stop else None)
