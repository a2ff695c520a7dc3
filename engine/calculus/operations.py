"""The table of primitives: for each operator and function, its Jacobian by each of its operands.

An entry is a tuple of rules, one for each operand. A rule gets the `Site` (the operation where it stands in a
formula) and answers the Jacobian in the simplest structure that says it. Pointwise functions need no entry: their
Jacobian is the diagonal of the `slope` in `engine.formula.functions`.

Sources: Petersen and Pedersen, The Matrix Cookbook; Magnus and Neudecker, Matrix Differential Calculus.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.calculus import algebra
from engine.calculus.algebra import Algebra
from engine.calculus.jacobians import (
    Dense,
    Diagonal,
    DiagonalMinusRankOne,
    Gradient,
    Identity,
    Jacobian,
    Kronecker,
    MatrixShape,
    Permutation,
    Zero,
    add,
    compose,
)
from engine.diagnostics import Diagnostic, Where
from engine.formula import FUNCTIONS, Pointwise, parse
from engine.formula.definitions import inlined
from engine.formula.functions import Definition, softmax_axis
from engine.formula.syntax import (
    COMPARISONS,
    Binary,
    Call,
    Index,
    Name,
    Negate,
    Node,
    Number,
    Slice,
    Transpose,
    names_in,
    substitute,
    walk,
)


@dataclass(frozen=True, slots=True)
class Site:
    """An operation in a formula, while its Jacobian by one operand is asked for."""

    node: Node
    operand: Node
    position: int
    """Which operand of the operation this is, counted from 0."""
    algebra: Algebra

    @property
    def y(self) -> MatrixShape:
        return self.algebra.matrix_shape(self.node)

    @property
    def x(self) -> MatrixShape:
        return self.algebra.matrix_shape(self.operand)

    def named(self, node: Node) -> Node:
        return self.algebra.by_name(node)

    def linear(self, left: Node | None, right: Node | None) -> Jacobian:
        """y = L x R: an explicit matrix where x and y are columns or rows, else a Kronecker product."""
        if left is None and right is None:
            return Identity(self.y, self.x, self.algebra)
        if right is None and left is not None and self.x[1] == 1:
            return Dense(self.y, self.x, left, self.algebra)
        if left is None and right is not None and self.x[0] == 1:
            return Dense(self.y, self.x, algebra.transpose(right), self.algebra)
        return Kronecker(self.y, self.x, left, right, self.algebra)

    def stretched(self) -> Jacobian:
        """x repeated to the shape of y, as NumPy's broadcasting does: 1 x 1ᵀ."""
        rows = algebra.ones((self.y[0], 1)) if self.x[0] != self.y[0] else None
        columns = algebra.ones((1, self.y[1])) if self.x[1] != self.y[1] else None
        return self.linear(rows, columns)

    def diagonal(self, vector: Node) -> Jacobian:
        """y = v ⊙ x, entry by entry, x repeated where it is smaller."""
        scale = Diagonal(self.y, vector, self.algebra) if vector != algebra.ONE else None
        return self.stretched() if scale is None else compose(scale, self.stretched())

    def gradient(self, gradient: Node) -> Jacobian:
        return Gradient(self.x, gradient, self.algebra)


Rule = Callable[[Site], Jacobian]


def _other(site: Site, side: str) -> Node:
    assert isinstance(site.node, Binary)
    return site.named(site.node.left if side == "left" else site.node.right)


def _zero(site: Site) -> Jacobian:
    """What moves in steps has the derivative 0."""
    return Zero(site.y, site.x, site.algebra)


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
    **dict.fromkeys(COMPARISONS, (_zero, _zero)),
}
"""y = left operator right: the rule by the left operand, and by the right one."""


def _axis(site: Site) -> int | None:
    assert isinstance(site.node, Call)
    _, static = site.algebra.shapes.arguments(site.node)
    axis = static.get("axis")
    return None if axis is None else int(axis) % 2  # type: ignore[arg-type]


def _sum(site: Site) -> Jacobian:
    rows, columns = site.x
    match _axis(site):
        case 0:
            return site.linear(algebra.ones((1, rows)), None)
        case 1:
            return site.linear(None, algebra.ones((columns, 1)))
    return site.gradient(algebra.ONE)


def _mean(site: Site) -> Jacobian:
    axis = _axis(site)
    count = site.x[0] * site.x[1] if axis is None else site.x[axis]
    scale = Diagonal(site.y, Binary("/", algebra.ONE, Number(float(count))), site.algebra)
    return compose(scale, _sum(site))


def _det(site: Site) -> Jacobian:
    """∂ det(X) = det(X) tr(X⁻¹ ∂X): Jacobi's formula."""
    inverse = algebra.transpose(Call("inv", (site.named(site.operand),)))
    return site.gradient(site.algebra.times(site.named(site.node), inverse))


def _inv(site: Site) -> Jacobian:
    """∂X⁻¹ = −X⁻¹ ∂X X⁻¹."""
    inverse = site.named(site.node)
    return site.linear(algebra.negate(inverse), inverse)


def _stacked(site: Site, axis: int) -> Jacobian:
    """The operand's rows (or columns) among those of the whole: a product with a part of the identity."""
    sizes = [site.algebra.matrix_shape(part)[axis] for part in site.node.children]
    start = sum(sizes[: site.position])
    part = Slice(start, start + sizes[site.position])
    if axis == 0:
        return site.linear(Index(algebra.eye(site.y[0]), (Slice(None, None), part)), None)
    return site.linear(None, Index(algebra.eye(site.y[1]), (part,)))


def _slice(site: Site, items: Sequence[int | Slice]) -> Jacobian:
    """X[rows, columns] is E X F with parts of the identity."""
    picks: list[Slice | None] = []
    for size, item in zip(site.x, (*items, Slice(None, None)), strict=False):
        start, stop, _ = slice(item.start, item.stop).indices(size) if isinstance(item, Slice) else (item, item + 1, 1)
        if not isinstance(item, Slice) and item < 0:
            start, stop = item + size, item + size + 1
        picks.append(None if (start, stop) == (0, size) else Slice(start, stop))
    rows, columns = picks[0], picks[1]
    left = None if rows is None else Index(algebra.eye(site.x[0]), (rows,))
    right = None if columns is None else Index(algebra.eye(site.x[1]), (Slice(None, None), columns))
    return site.linear(left, right)


def _diag(site: Site) -> Jacobian:
    """diag(v) is I ⊙ (v 1ᵀ) of a column, and I ⊙ (1 v) of a row."""
    size = site.y[0]
    ones = algebra.ones((1, size) if site.x[1] == 1 else (size, 1))
    spread = (None, ones) if site.x[1] == 1 else (ones, None)
    return compose(Diagonal(site.y, algebra.eye(size), site.algebra), site.linear(*spread))


def _columns(site: Site) -> tuple[Node, Node]:
    """The operands of an outer product, which must be columns: u vᵀ."""
    assert isinstance(site.node, Call)
    left, right = site.node.arguments
    for operand in (left, right):
        if site.algebra.matrix_shape(operand)[1] != 1:
            raise Diagnostic("not_differentiable", "chainstep differentiates outer(u, v) of two columns",
                             Where(span=operand.span), hints=("write u @ v.T",))  # fmt: skip
    return site.named(left), site.named(right)


def _outer_by_left(site: Site) -> Jacobian:
    return site.linear(None, algebra.transpose(_columns(site)[1]))


def _outer_by_right(site: Site) -> Jacobian:
    """(v uᵀ)ᵀ, so that a linear map of v is transposed."""
    left, _ = _columns(site)
    spread = Kronecker((site.y[1], site.y[0]), site.x, None, algebra.transpose(left), site.algebra)
    return compose(Permutation(site.y, (site.y[1], site.y[0]), site.algebra), spread)


def _delete(site: Site) -> Jacobian:
    """The identity without a row, from the left; without a column, from the right."""
    _, static = site.algebra.shapes.arguments(site.node)  # type: ignore[arg-type]
    axis = static["axis"]
    assert isinstance(axis, int)
    keywords = tuple((key, Number(float(static[key]))) for key in ("obj", "axis"))  # type: ignore[arg-type]
    part = Call("delete", (algebra.eye(site.x[axis]),), keywords)
    return site.linear(part, None) if axis == 0 else site.linear(None, part)


def _taken(site: Site, by_left: str, by_right: str) -> Jacobian:
    """The larger or the smaller of two: 1 where it is the operand; where both are equal, the left one."""
    assert isinstance(site.node, Call)
    other = site.node.arguments[1 - site.position]
    comparison = (by_left, by_right)[site.position]
    return site.diagonal(Binary(comparison, site.named(site.operand), site.named(other)))


_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


def _where(site: Site) -> Jacobian:
    """1 where the operand is the one that the mask chooses."""
    assert isinstance(site.node, Call)
    match site.node.arguments[0]:
        case Binary(comparison, left, right) if comparison in COMPARISONS:
            pass
        case mask:
            comparison, left, right = "!=", mask, Number(0.0)
    chosen = comparison if site.position == 1 else _OPPOSITE[comparison]
    return site.diagonal(Binary(chosen, site.named(left), site.named(right)))


def _norm(site: Site) -> Jacobian:
    assert isinstance(site.node, Call)
    return site.gradient(Binary("/", site.named(site.operand), site.named(site.node)))


def _softmax(site: Site) -> Jacobian:
    node = site.node
    assert isinstance(node, Call)
    is_log = node.function.startswith("log_")
    softmax = Call(node.function.removeprefix("log_"), node.arguments, node.keywords)
    said = {"softmax_cols": 0, "softmax_rows": 1}.get(softmax.function, _axis(site))
    axis = softmax_axis(site.algebra.shapes.of(site.operand), said)
    if site.x[axis] == 1:  # of single numbers: 1 whatever they are, and its logarithm 0
        return Zero(site.y, site.x, site.algebra)
    return DiagonalMinusRankOne(site.y, site.named(softmax), axis, site.algebra, is_log=is_log)


FUNCTION_RULES: Mapping[str, tuple[Rule, ...]] = {
    "sum": (_sum,),
    "mean": (_mean,),
    "norm": (_norm,),
    "trace": (lambda s: s.gradient(algebra.eye(s.x[0])),),
    "det": (_det,),
    "inv": (_inv,),
    "vstack": (lambda s: _stacked(s, 0),),
    "hstack": (lambda s: _stacked(s, 1),),
    "diag": (_diag,),
    "outer": (_outer_by_left, _outer_by_right),
    "delete": (_delete,),
    "where": (_zero, _where, _where),
    "maximum": (lambda s: _taken(s, ">=", ">"),),
    "minimum": (lambda s: _taken(s, "<=", "<"),),
    "any": (_zero,),
    "all": (_zero,),
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
    if "a" in names_in(parse(function.formula)) and not isinstance(output, Name):
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
            return _slice(site, items)
        case Call(function):
            name = f"{function}'" if getattr(node, "derivative", False) else function
        case Binary(operator):
            name = operator
        case _:
            name = "a written-out matrix"
    raise Diagnostic(
        "not_differentiable", f"chainstep has no derivative rule for {name}", Where(span=node.span),
        hints=("give this part a name and differentiate by that name",),
    )  # fmt: skip


def differentiate(node: Node, name: str, rules: Algebra) -> Jacobian | None:
    """∂node/∂name inside of one formula, or None where the formula does not read the name.

    Several places that read the name are added up. Raises a Diagnostic `not_differentiable` with the span of the
    operation that has no rule, and `rank_one` where a NumPy vector without orientation is met.
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
        for part in (node, operand):
            _refuse_rank_one(part, rules)
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


def _refuse_rank_one(node: Node, rules: Algebra) -> None:
    shape = rules.shapes.of(node)
    if len(shape) == 1:
        raise Diagnostic(
            "rank_one", f"this is a NumPy vector of {shape[0]:d}, which is neither a column nor a row",
            Where(span=node.span),
            hints=(f"declare it as [{shape[0]:d}, 1] or [1, {shape[0]:d}]", "write keepdims=True in sum and mean"),
        )  # fmt: skip
