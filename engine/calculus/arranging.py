"""How functions that arrange entries or choose among them are differentiated: stacking, parts, `delete`, `where`."""

from __future__ import annotations

from engine.calculus import algebra
from engine.calculus.jacobians import Dense, Diagonal, Identity, Jacobian, compose
from engine.calculus.site import Site
from engine.formula.syntax import COMPARISONS, Binary, Call, Index, Literal, Negate, Number, Slice


def same_entries(site: Site) -> Jacobian:
    """Of what only rearranges: vec, unvec, item."""
    return Identity(site.y, site.x, site.algebra)


def written_out(site: Site) -> Jacobian:
    """[[s, …], …] has the number s at its place, eᵢ s eⱼᵀ, and so its derivative by it is a one there."""
    assert isinstance(site.node, Literal)
    row, column = divmod(site.position, site.y[1])
    left = None if site.y[0] == 1 else Index(algebra.eye(site.y[0]), (Slice(None, None), Slice(row, row + 1)))
    right = None if site.y[1] == 1 else Index(algebra.eye(site.y[1]), (Slice(column, column + 1),))
    return site.linear(left, right)


def stacked(site: Site, axis: int) -> Jacobian:
    """The operand's rows (or columns) among those of the whole: a product with a part of the identity."""
    sizes = [site.algebra.matrix_shape(part)[axis] for part in site.node.children]
    start = sum(sizes[: site.position])
    part = Slice(start, start + sizes[site.position])
    if axis == 0:
        return site.linear(Index(algebra.eye(site.y[0]), (Slice(None, None), part)), None)
    return site.linear(None, Index(algebra.eye(site.y[1]), (part,)))


def part(site: Site) -> Jacobian:
    """X[rows, columns] is E X F with parts of the identity."""
    assert isinstance(site.node, Index)
    items = site.node.items
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


def diag(site: Site) -> Jacobian:
    """I ⊙ (v 1ᵀ) of a column v, and I ⊙ (1 v) of a row."""
    size = site.y[0]
    ones = algebra.ones((1, size) if site.x[1] == 1 else (size, 1))
    spread = (None, ones) if site.x[1] == 1 else (ones, None)
    return compose(Diagonal(site.y, algebra.eye(size), site.algebra), site.linear(*spread))


def delete(site: Site) -> Jacobian:
    """The identity without a row, from the left; without a column, from the right."""
    axis, obj = site.static["axis"], site.static["obj"]
    assert isinstance(axis, int)
    assert isinstance(obj, int)
    keywords = (("obj", Number(float(obj))), ("axis", Number(float(axis))))
    part = Call("delete", (algebra.eye(site.x[axis]),), keywords)
    return site.linear(part, None) if axis == 0 else site.linear(None, part)


_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


def where(site: Site) -> Jacobian:
    """1 where the operand is the one that the mask chooses."""
    assert isinstance(site.node, Call)
    match site.node.arguments[0]:
        case Binary(comparison, left, right) if comparison in COMPARISONS:
            pass
        case mask:
            comparison, left, right = "!=", mask, Number(0.0)
    chosen = comparison if site.position == 1 else _OPPOSITE[comparison]
    return site.diagonal(Binary(chosen, site.named(left), site.named(right)))


def triangle(site: Site) -> Jacobian:
    """The entries of a triangle stay, all others are zero."""
    assert isinstance(site.node, Call)
    return site.diagonal(Call(site.node.function, (algebra.ones(site.x),)))


def cross(site: Site) -> Jacobian:
    """u × v is [u]× v, with a skew-symmetric matrix, and −[v]× u."""
    assert isinstance(site.node, Call)
    other = site.named(site.node.arguments[1 - site.position])
    x, y, z = (Index(other, (entry, 0) if site.x[1] == 1 else (0, entry)) for entry in range(3))
    zero = Number(0.0)
    skew = ((zero, Negate(z), y), (z, zero, Negate(x)), (Negate(y), x, zero))
    rows = skew if site.position == 1 else tuple(zip(*skew, strict=True))
    return Dense(site.y, site.x, Literal(rows, 2), site.algebra)
