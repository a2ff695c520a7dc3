"""The table of primitives: for each operator and function, its Jacobian by each of its operands.

An entry is a tuple of rules, one for each operand. A rule gets the `Site` (the operation where it stands in a
formula) and answers the Jacobian in the simplest structure that says it. Pointwise functions need no entry: their
Jacobian is the diagonal of the `slope` in `engine.formula.functions`.

Sources: Petersen and Pedersen, The Matrix Cookbook; Magnus and Neudecker, Matrix Differential Calculus.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from engine.calculus import algebra
from engine.calculus.algebra import Algebra
from engine.calculus.arranging import ARRANGING, kept, picked, total, weighted, written_out
from engine.calculus.jacobians import (
    Diagonal,
    DiagonalMinusRankOne,
    Identity,
    Jacobian,
    Permutation,
    add,
    compose,
)
from engine.calculus.matrix_functions import MATRIX_FUNCTIONS
from engine.calculus.site import Rule, Site
from engine.diagnostics import Diagnostic, Where
from engine.formula import FUNCTIONS, Pointwise, parse
from engine.formula.definitions import inlined
from engine.formula.functions import Definition, softmax_axis
from engine.formula.syntax import (
    COMPARISONS,
    Binary,
    Call,
    Index,
    Literal,
    Name,
    Negate,
    Node,
    Number,
    Transpose,
    names_in,
    substitute,
    walk,
)


def _other(site: Site, side: str) -> Node:
    assert isinstance(site.node, Binary)
    return site.named(site.node.left if side == "left" else site.node.right)


def _quotient_by_divisor(site: Site) -> Jacobian:
    left, right = _other(site, "left"), _other(site, "right")
    return site.diagonal(algebra.negate(Binary("/", left, Binary("**", right, Number(2.0)))))


def _power_by_base(site: Site) -> Jacobian:
    base, exponent = _other(site, "left"), _other(site, "right")
    if not isinstance(exponent, Number):
        less = Binary("-", exponent, algebra.ONE)
        return site.diagonal(site.algebra.times(exponent, Binary("**", base, less)))
    power = exponent.value - 1
    rest = algebra.ONE if power == 0 else base if power == 1 else Binary("**", base, Number(power))
    return site.diagonal(site.algebra.times(exponent, rest))


def _power_by_exponent(site: Site) -> Jacobian:
    base = _other(site, "left")
    return site.diagonal(site.algebra.times(site.named(site.node), Call("log", (base,))))


OPERATORS: Mapping[str, tuple[Rule, ...]] = {
    "@": (lambda s: s.linear(None, _other(s, "right")), lambda s: s.linear(_other(s, "left"), None)),
    "*": (lambda s: s.diagonal(_other(s, "right")), lambda s: s.diagonal(_other(s, "left"))),
    "+": (lambda s: s.diagonal(algebra.ONE), lambda s: s.diagonal(algebra.ONE)),
    "-": (lambda s: s.diagonal(algebra.ONE), lambda s: s.diagonal(Negate(algebra.ONE))),
    "/": (lambda s: s.diagonal(Binary("/", algebra.ONE, _other(s, "right"))), _quotient_by_divisor),
    "**": (_power_by_base, _power_by_exponent),
    **dict.fromkeys(COMPARISONS, (Site.zero, Site.zero)),
}
"""y = left operator right: the rule by the left operand, and by the right one."""


def _mean(site: Site) -> Jacobian:
    scale = Diagonal(site.y, Binary("/", algebra.ONE, Number(float(_count(site)))), site.algebra)
    return compose(scale, total(site))


def _deviation(site: Site) -> Node:
    return Binary("-", site.named(site.operand), kept(site, "mean"))


def _count(site: Site) -> int:
    return site.x[0] * site.x[1] if site.axis is None else site.x[site.axis]


def _var(site: Site) -> Jacobian:
    """2 (x − mean(x)) / n: the mean moves too, and Σ (x − mean(x)) = 0 makes that vanish."""
    return weighted(site, algebra.scaled(Fraction(2, _count(site)), _deviation(site)))


def _std(site: Site) -> Jacobian:
    """(x − mean(x)) / (n std(x))."""
    return weighted(site, algebra.scaled(Fraction(1, _count(site)), Binary("/", _deviation(site), kept(site, "std"))))


def _logsumexp(site: Site) -> Jacobian:
    """The softmax: exp(x − log Σ exp(x))."""
    return weighted(site, Call("exp", (Binary("-", site.named(site.operand), kept(site, "logsumexp")),)))


def _norm(site: Site) -> Jacobian:
    assert isinstance(site.node, Call)
    return site.gradient(Binary("/", site.named(site.operand), site.named(site.node)))


def _softmax(site: Site) -> Jacobian:
    node = site.node
    assert isinstance(node, Call)
    is_log = node.function.startswith("log_")
    softmax = Call(node.function.removeprefix("log_"), node.arguments, node.keywords)
    said = {"softmax_cols": 0, "softmax_rows": 1}.get(softmax.function, site.axis)
    axis = softmax_axis(site.algebra.shapes.of(site.operand), said)
    if site.x[axis] == 1:  # of single numbers: 1 whatever they are, and its logarithm 0
        return site.zero()
    return DiagonalMinusRankOne(site.y, site.named(softmax), axis, site.algebra, is_log=is_log)


FUNCTION_RULES: Mapping[str, tuple[Rule, ...]] = {
    "sum": (total,),
    "mean": (_mean,),
    "norm": (_norm,),
    **MATRIX_FUNCTIONS,
    "var": (_var,),
    "std": (_std,),
    "logsumexp": (_logsumexp,),
    **ARRANGING,
    **{f"{log}softmax{way}": (_softmax,) for log in ("", "log_") for way in ("", "_cols", "_rows")},
}
"""y = function(operands): a rule for each operand; the last one is that of all further ones."""


def _pointwise(site: Site) -> Jacobian:
    """diag(f′(z)), spelled over the output's name where that is how one writes it: a3 ⊙ (1 − a3)."""
    node = site.node
    assert isinstance(node, Call)
    function = FUNCTIONS[node.function]
    assert isinstance(function, Pointwise)
    (argument,) = node.arguments
    output = site.named(node)
    prime = Call(node.function, (site.named(argument),), (), True)
    if "a" in names_in(parse(function.formula)) and not isinstance(output, Name) and function.formula != "a":
        return site.diagonal(prime)  # no name for a: σ′(…) reads better than σ(…) ⊙ (1 − σ(…))

    def fill(part: Node) -> Node | None:
        match part:
            case Name("z"):
                return site.named(argument)
            case Name("a"):
                return output
            case Call(derivative=True):
                return prime
        return None

    return site.diagonal(substitute(parse(function.formula), fill))


def local_jacobian(site: Site) -> Jacobian:
    """The Jacobian of the operation at `site` by its operand."""
    node, position = site.node, site.position
    match node:
        case Negate():
            return site.diagonal(Negate(algebra.ONE))
        case Transpose():
            return Permutation(site.y, site.x, site.algebra) if 1 not in site.x else site.linear(None, None)
        case Binary(operator) if operator in OPERATORS:
            return OPERATORS[operator][position](site)
        case Call(function, derivative=False) if isinstance(FUNCTIONS[function], Pointwise):
            return _pointwise(site)
        case Call(function, derivative=False) if function in FUNCTION_RULES:
            rules = FUNCTION_RULES[function]
            return rules[min(position, len(rules) - 1)](site)
        case Index(_, items):
            return picked(site, items)
        case Call(function):
            name = f"{function}'" if getattr(node, "derivative", False) else function
        case Binary(operator):
            name = operator
        case Literal(rows):
            return written_out(site, len(rows[0]))
        case _:
            raise AssertionError(node)
    raise Diagnostic(
        "not_differentiable", f"chainstep has no derivative rule for {name}", Where(span=node.span),
        hints=("give this part a name and differentiate by that name",),
    )  # fmt: skip


def differentiate(node: Node, name: str, rules: Algebra) -> Jacobian | None:
    """∂node/∂name inside of one formula, or None where the formula does not read the name.

    Several places that read the name are added up. Raises a Diagnostic `not_differentiable` with the span of the
    operation that has no rule.
    """
    if isinstance(node, Name):
        if node.name != name:
            return None
        shape = rules.matrix_shape(node)
        return Identity(shape, shape, rules)
    if isinstance(node, Call) and isinstance(FUNCTIONS[node.function], Definition):
        return differentiate(inlined(node), name, rules)
    if isinstance(node, Call) and node.derivative:
        return _differentiate_slope(node, name, rules)
    total: Jacobian | None = None
    for position, operand in enumerate(node.children):
        inner = differentiate(operand, name, rules)
        if inner is None:
            continue
        jacobian = compose(local_jacobian(Site(node, operand, position, rules)), inner)
        total = jacobian if total is None else add(total, jacobian)
    return total


def _differentiate_slope(node: Call, name: str, rules: Algebra) -> Jacobian | None:
    """The derivative of f′(z), for second derivatives: that of its formula; none where f is made of straight lines."""
    function = FUNCTIONS[node.function]
    assert isinstance(function, Pointwise)
    (argument,) = node.arguments
    formula = parse(function.formula)
    is_opaque = any(isinstance(part, Call) and part.derivative for part in walk(formula))
    if is_opaque and function.kinks:
        return None
    if is_opaque:
        raise Diagnostic("not_differentiable", f"chainstep has no second derivative of {function.name}",
                         Where(span=node.span))  # fmt: skip
    filled = {"z": argument, "a": Call(node.function, (argument,))}
    spelled = substitute(formula, lambda part: filled.get(part.name) if isinstance(part, Name) else None)
    return differentiate(spelled, name, rules)
