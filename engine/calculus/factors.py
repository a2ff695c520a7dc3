"""A product taken apart and put together again: an exact number in front, factors, and divisors.

`-y / a2` and not `-(y / a2)`; `2 * W.T @ d` and not `2 * (W.T @ d)`; `(a - y) / 5` and not `0.2 * (a - y)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from engine.formula.syntax import Binary, Call, Literal, Negate, Node, Number, Transpose

ONE = Number(1.0)
LARGEST = Fraction(10) ** 308
"""The largest number that is written as one."""

Power = tuple[Node, int]
"""A factor and how often it is one; negative for a divisor."""


def coefficient(node: Node) -> tuple[Fraction, Node | None]:
    """A node as an exact number times the rest; the rest is None for a pure number."""
    match node:
        case Number(number):
            return Fraction(repr(number)), None
        case Call("eye", (Number(1.0),)) | Call("ones", (Literal(((Number(1.0), Number(1.0)),)),)):
            return Fraction(1), None
        case Negate(operand):
            value, rest = coefficient(operand)
            return -value, rest
        case Binary("*" | "@" | "/"):
            return _of_product(node)
        case Transpose(operand):
            value, rest = coefficient(operand)
            return (value, rest) if rest is None else (value, Transpose(rest)) if value != 1 else (value, node)
        case Call("sum" | "mean" as name, (operand,), keywords):
            value, rest = coefficient(operand)
            if rest is not None and value != 1:
                return value, Call(name, (rest,), keywords)
    return Fraction(1), node


def _of_product(node: Binary) -> tuple[Fraction, Node | None]:
    (left, over), (right, under) = coefficient(node.left), coefficient(node.right)
    if node.operator == "/":
        if right == 0:
            return Fraction(1), node
        if under is None:
            return left / right, over
        return left / right, node if left == right == 1 else Binary("/", over or ONE, under)
    if over is None or under is None:
        return left * right, under if over is None else over
    return left * right, node if left == right == 1 else Binary(node.operator, over, under)


def scaled(value: Fraction | int, rest: Node | None) -> Node:
    """`value * rest`: 1 is left out, a sign or `0.5 *` stands first, and what is no short decimal divides: `/ 3`."""
    value = Fraction(value)
    if abs(value) > LARGEST:  # what is as large as no float may still scale something small
        return Binary("*", Number(float(LARGEST)), scaled(value / LARGEST, rest))
    if rest is None:
        return _constant(value)
    if _is_short(value):
        return _lead(value, rest)
    over, divisor = Fraction(value.numerator), Number(float(value.denominator))
    match rest:
        case Binary("/", numerator, under):
            return Binary("/", _lead(over, numerator), Binary("*", divisor, under))
    return Binary("/", _lead(over, rest), divisor)


def _lead(value: Fraction, node: Node) -> Node:
    """`value` put before the first factor of a product."""
    match node:
        case _ if value == 1:
            return node
        case Number():
            return _constant(value * coefficient(node)[0])
        case Binary("*" | "@" | "/" as operator, left, right):
            return Binary(operator, _lead(value, left), right)
        case Binary("-", left, right) if value == -1:
            return Binary("-", right, left)
    return Negate(node) if value == -1 else Binary("*", _constant(value), node)


def _constant(value: Fraction) -> Node:
    if value < 0:
        return Negate(_constant(-value))
    if _is_short(value):
        return Number(float(value))
    return Binary("/", Number(float(value.numerator)), Number(float(value.denominator)))


def _is_short(value: Fraction) -> bool:
    """Whether a number is written better as a decimal than as a fraction: 2, 0.5, 0.25."""
    return value.denominator in (1, 2, 4) or value.denominator > 1_000_000 or abs(value.numerator) > 10**15


def negate(node: Node) -> Node:
    """-node."""
    value, rest = coefficient(node)
    return scaled(-value, rest)


def powers(node: Node | None) -> list[Power]:
    """The factors and divisors of an entry-by-entry product, in order."""
    match node:
        case None | Number(1.0):
            return []
        case Binary("*", left, right):
            return powers(left) + powers(right)
        case Binary("/", left, right):
            return powers(left) + [(base, -power) for base, power in powers(right)]
        case Binary("**", base, Number(exponent)) if exponent.is_integer() and abs(exponent) < 100:
            return [(base, int(exponent))]
    return [(node, 1)]


def collected(parts: Iterable[Power]) -> list[Power]:
    """The same product with each factor once: `x * y / x` is `y`, and `x * x` is `x**2`."""
    total: dict[Node, int] = {}
    for base, power in parts:
        total[base] = total.get(base, 0) + power
    return [(base, power) for base, power in total.items() if power]


def product(parts: Iterable[Power]) -> Node | None:
    """The formula of a product; None where there is no factor."""
    over: Node | None = None
    under: Node | None = None
    for base, power in parts:
        count = abs(power)
        factor = base if count == 1 else Binary("**", base, Number(float(count)))
        if power > 0:
            over = factor if over is None else Binary("*", over, factor)
        else:
            under = factor if under is None else Binary("*", under, factor)
    return over if under is None else Binary("/", over or ONE, under)
