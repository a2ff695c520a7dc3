"""Rules for functions that arrange entries or choose among them: stacking, slices, `delete`, `where`, `max`, `kron`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.calculus import algebra
from engine.calculus.jacobians import Dense, Diagonal, Jacobian, compose
from engine.calculus.site import Rule, Site
from engine.formula.syntax import COMPARISONS, Binary, Call, Index, Literal, Name, Negate, Node, Number, Slice

_ALL = Slice(None, None)


def stacked(site: Site, axis: int) -> Jacobian:
    """The operand's rows (or columns) among those of the whole: a product with a part of the identity."""
    sizes = [site.algebra.matrix_shape(part)[axis] for part in site.node.children]
    start = sum(sizes[: site.position])
    part = Slice(start, start + sizes[site.position])
    if axis == 0:
        return site.linear(Index(algebra.eye(site.y[0]), (_ALL, part)), None)
    return site.linear(None, Index(algebra.eye(site.y[1]), (part,)))


def picked(site: Site, items: Sequence[int | Slice]) -> Jacobian:
    """X[rows, columns] is E X F with parts of the identity."""
    picks: list[Slice | None] = []
    for size, item in zip(site.x, (*items, _ALL), strict=False):
        start, stop, _ = slice(item.start, item.stop).indices(size) if isinstance(item, Slice) else (item, item + 1, 1)
        if not isinstance(item, Slice) and item < 0:
            start, stop = item + size, item + size + 1
        picks.append(None if (start, stop) == (0, size) else Slice(start, stop))
    rows, columns = picks[0], picks[1]
    left = None if rows is None else Index(algebra.eye(site.x[0]), (rows,))
    right = None if columns is None else Index(algebra.eye(site.x[1]), (_ALL, columns))
    return site.linear(left, right)


def _diag(site: Site) -> Jacobian:
    """diag(v) is I ⊙ (v 1ᵀ) of a column, and I ⊙ (1 v) of a row."""
    size = site.y[0]
    ones = algebra.ones((1, size) if site.x[1] == 1 else (size, 1))
    spread = (None, ones) if site.x[1] == 1 else (ones, None)
    return compose(Diagonal(site.y, algebra.eye(size), site.algebra), site.linear(*spread))


def written_out(site: Site, columns: int) -> Jacobian:
    """An entry of `[[a, b], [c, d]]`: one entry of the matrix moves with it."""
    row, column = divmod(site.position, columns)
    left = Index(algebra.eye(site.y[0]), (_ALL, Slice(row, row + 1)))
    right = Index(algebra.eye(site.y[1]), (Slice(column, column + 1),))
    return site.linear(left if site.y[0] > 1 else None, right if site.y[1] > 1 else None)


def _delete(site: Site) -> Jacobian:
    """The identity without a row, from the left; without a column, from the right."""
    axis, obj = site.static["axis"], site.static["obj"]
    assert isinstance(axis, int)
    assert isinstance(obj, int)
    keywords = (("obj", Number(float(obj))), ("axis", Number(float(axis))))
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


def _extreme(site: Site) -> Jacobian:
    """The largest (or smallest) entry moves the result alone. Where several are equal, there is no derivative."""
    assert isinstance(site.node, Call)
    return weighted(site, Binary("==", site.named(site.operand), kept(site, site.node.function)))


def kept(site: Site, function: str) -> Node:
    """The function of the operand over the site's axis, as a matrix that is stretched beside the operand."""
    axes = () if site.axis is None else (("axis", Number(float(site.axis))), ("keepdims", Name("True")))
    return Call(function, (site.named(site.operand),), axes)


def weighted(site: Site, weights: Node) -> Jacobian:
    """A sum over the axis, each entry with its weight."""
    return compose(total(site), Diagonal(site.x, weights, site.algebra))


def total(site: Site) -> Jacobian:
    """The sum over an axis, or over everything."""
    rows, columns = site.x
    match site.axis:
        case 0:
            return site.linear(algebra.ones((1, rows)), None)
        case 1:
            return site.linear(None, algebra.ones((columns, 1)))
    return site.gradient(algebra.ONE)


def _triangle(site: Site) -> Jacobian:
    """The entries of a triangle stay, all others are zero."""
    assert isinstance(site.node, Call)
    return site.diagonal(Call(site.node.function, (algebra.ones(site.x),)))


def _cross(site: Site) -> Jacobian:
    """u × v is [u]× v, with a skew-symmetric matrix, and −[v]× u."""
    assert isinstance(site.node, Call)
    other = site.named(site.node.arguments[1 - site.position])
    x, y, z = (Index(other, (entry, 0) if site.x[1] == 1 else (0, entry)) for entry in range(3))
    zero = Number(0.0)
    skew = ((zero, Negate(z), y), (z, zero, Negate(x)), (Negate(y), x, zero))
    rows = skew if site.position == 1 else tuple(zip(*skew, strict=True))
    return Dense(site.y, site.x, Literal(rows, 2), site.algebra)


def _kron(site: Site) -> Jacobian:
    """A ⊗ B is (A spread out) ⊙ (B repeated): each entry of A becomes a block, and B stands in each block.

    A spread out is (I ⊗ 1) A (I ⊗ 1ᵀ) with ones in the shape of B, and B repeated is (1 ⊗ I) B (1ᵀ ⊗ I).
    """
    assert isinstance(site.node, Call)
    first, second = map(site.named, site.node.arguments)
    m, n = site.algebra.matrix_shape(site.node.arguments[0])
    p, q = site.algebra.matrix_shape(site.node.arguments[1])
    if site.position == 0:
        left = algebra.kron(algebra.eye(m), algebra.ones((p, 1)))
        right = algebra.kron(algebra.eye(n), algebra.ones((1, q)))
        held = algebra.kron(algebra.ones((m, n)), second)
    else:
        left = algebra.kron(algebra.ones((m, 1)), algebra.eye(p))
        right = algebra.kron(algebra.ones((1, n)), algebra.eye(q))
        held = algebra.kron(first, algebra.ones((p, q)))
    return compose(Diagonal(site.y, held, site.algebra), site.linear(left, right))


ARRANGING: Mapping[str, tuple[Rule, ...]] = {
    "vstack": (lambda s: stacked(s, 0),),
    "hstack": (lambda s: stacked(s, 1),),
    "diag": (_diag,),
    "delete": (_delete,),
    **dict.fromkeys(("item", "vec", "unvec"), (lambda s: s.linear(None, None),)),
    "where": (Site.zero, _where, _where),
    "maximum": (lambda s: _taken(s, ">=", ">"),),
    "minimum": (lambda s: _taken(s, "<=", "<"),),
    "max": (_extreme,),
    "min": (_extreme,),
    "any": (Site.zero,),
    "all": (Site.zero,),
    "kron": (_kron,),
    "cross": (_cross,),
    "tril": (_triangle,),
    "triu": (_triangle,),
    "zeros_like": (Site.zero,),
    "ones_like": (Site.zero,),
}
"""As in `operations.FUNCTION_RULES`."""
