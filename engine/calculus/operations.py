"""The table of primitives: for each operator and function, its Jacobian by each of its operands.

An entry is a tuple of rules, one for each operand. A rule gets the `Site` (the operation where it stands in a
formula) and answers the Jacobian in the simplest structure that says it. Pointwise functions need no entry: their
Jacobian is the diagonal of the `slope` in `engine.formula.functions`.

Where an operation has a kink, its rule says by which convention the slope is chosen there; `kinks` finds the kinks.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.calculus import algebra, arranging, matrix_rules, reductions
from engine.calculus.algebra import Algebra
from engine.calculus.jacobians import Identity, Jacobian, add, compose
from engine.calculus.site import Rule, Site
from engine.diagnostics import Diagnostic, Where
from engine.formula import FUNCTIONS, Pointwise, parse
from engine.formula.definitions import inlined
from engine.formula.functions import Definition
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
    if exponent.value == 0:
        return site.zero()
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


def _larger(sign: int) -> tuple[Rule, Rule]:
    """Of maximum (1) and minimum (-1): 1 for the operand that is taken, and ½ for each where both are equal."""

    def rule(site: Site) -> Jacobian:
        assert isinstance(site.node, Call)
        own, other = (site.named(operand) for operand in (site.operand, site.node.arguments[1 - site.position]))
        ahead = Call("sign", (Binary("-", own, other) if sign > 0 else Binary("-", other, own),))
        return site.diagonal(Binary("/", Binary("+", algebra.ONE, ahead), Number(2.0)))

    return rule, rule


FUNCTION_RULES: Mapping[str, tuple[Rule, ...]] = {
    "sum": (reductions.sum_,),
    "mean": (reductions.mean,),
    "max": (reductions.extreme,),
    "min": (reductions.extreme,),
    "norm": (reductions.norm,),
    "var": (reductions.var,),
    "std": (reductions.std,),
    "logsumexp": (reductions.logsumexp,),
    "maximum": _larger(1),
    "minimum": _larger(-1),
    "trace": (lambda s: s.gradient(algebra.eye(s.x[0])),),
    "det": (matrix_rules.det,),
    "inv": (matrix_rules.inv,),
    "pinv": (matrix_rules.pinv,),
    "matrix_power": (matrix_rules.matrix_power,),
    "kron": (matrix_rules.kron_by_left, matrix_rules.kron_by_right),
    "vstack": (lambda s: arranging.stacked(s, 0),),
    "hstack": (lambda s: arranging.stacked(s, 1),),
    "delete": (arranging.delete,),
    "where": (Site.zero, arranging.where, arranging.where),
    "diag": (arranging.diag,),
    "cross": (arranging.cross,),
    **dict.fromkeys(("tril", "triu"), (arranging.triangle,)),
    **dict.fromkeys(("vec", "unvec", "item"), (arranging.same_entries,)),
    **dict.fromkeys(("any", "all", "zeros_like", "ones_like"), (Site.zero,)),
    **{f"{log}softmax{way}": (reductions.softmax,) for log in ("", "log_") for way in ("", "_cols", "_rows")},
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
            return site.transposed()
        case Binary(operator) if operator in OPERATORS:
            return OPERATORS[operator][position](site)
        case Call(function, derivative=False) if isinstance(FUNCTIONS[function], Pointwise):
            return _pointwise(site)
        case Call(function, derivative=False) if function in FUNCTION_RULES:
            rules = FUNCTION_RULES[function]
            return rules[min(position, len(rules) - 1)](site)
        case Index():
            return arranging.part(site)
        case Literal():
            return arranging.written_out(site)
    name = getattr(node, "function", None) or getattr(node, "operator", "this")
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
