"""How the functions of whole matrices are differentiated: inverses, Kronecker products, stacking, parts, diagonals.

Sources: Petersen and Pedersen, The Matrix Cookbook; Magnus and Neudecker, Matrix Differential Calculus.
"""

from __future__ import annotations

from engine.calculus import algebra
from engine.calculus.jacobians import Diagonal, Identity, Jacobian, add, compose
from engine.calculus.site import Site, linear, transposition
from engine.formula.syntax import Binary, Call, Index, Literal, Node, Slice


def same_entries(site: Site) -> Jacobian:
    """Of what only rearranges: vec, unvec, item."""
    return Identity(site.y, site.x, site.algebra)


def det(site: Site) -> Jacobian:
    """Jacobi's formula: a determinant changes by itself times the trace of X⁻¹ ∂X."""
    inverse = algebra.transpose(Call("inv", (site.named(site.operand),)))
    return site.gradient(site.algebra.times(site.named(site.node), inverse))


def inv(site: Site) -> Jacobian:
    """∂X⁻¹ = −X⁻¹ ∂X X⁻¹."""
    inverse = site.named(site.node)
    return site.linear(algebra.negate(inverse), inverse)


def pinv(site: Site) -> Jacobian:
    """∂X⁺ = −X⁺ ∂X X⁺ + X⁺X⁺ᵀ ∂Xᵀ (I − X X⁺) + (I − X⁺X) ∂Xᵀ X⁺ᵀX⁺, as long as the rank of X does not change.

    Source: Golub and Pereyra, The differentiation of pseudo-inverses, SIAM Journal on Numerical Analysis 10, 1973.
    """
    x, inverse, rules = site.named(site.operand), site.named(site.node), site.algebra
    turned = algebra.transpose(inverse)
    outside = Binary("-", algebra.eye(site.x[0]), rules.matmul(x, inverse))
    inside = Binary("-", algebra.eye(site.x[1]), rules.matmul(inverse, x))
    result = site.linear(algebra.negate(inverse), inverse)
    for left, right in ((rules.matmul(inverse, turned), outside), (inside, rules.matmul(turned, inverse))):
        result = add(result, compose(linear(site.y, site.y, left, right, rules), site.transposed()))
    return result


def _blocks(site: Site) -> tuple[Node, Node]:
    """The operands of a Kronecker product A ⊗ B."""
    assert isinstance(site.node, Call)
    left, right = site.node.arguments
    return site.named(left), site.named(right)


def kron_by_left(site: Site) -> Jacobian:
    """A ⊗ B = (A ⊗ 1) ⊙ (1 ⊗ B), and A ⊗ 1, which repeats each entry, is (I ⊗ 1) A (I ⊗ 1ᵀ)."""
    rows, columns = site.x
    _, right = _blocks(site)
    down, across = site.y[0] // rows, site.y[1] // columns
    repeated = site.linear(
        algebra.kron(algebra.eye(rows), algebra.ones((down, 1))),
        algebra.kron(algebra.eye(columns), algebra.ones((1, across))),
    )
    return compose(Diagonal(site.y, algebra.kron(algebra.ones((rows, columns)), right), site.algebra), repeated)


def kron_by_right(site: Site) -> Jacobian:
    """A ⊗ B = (A ⊗ 1) ⊙ (1 ⊗ B), and 1 ⊗ B, which repeats the whole, is (1 ⊗ I) B (1ᵀ ⊗ I)."""
    rows, columns = site.x
    left, _ = _blocks(site)
    down, across = site.y[0] // rows, site.y[1] // columns
    repeated = site.linear(
        algebra.kron(algebra.ones((down, 1)), algebra.eye(rows)),
        algebra.kron(algebra.ones((1, across)), algebra.eye(columns)),
    )
    return compose(Diagonal(site.y, algebra.kron(left, algebra.ones((rows, columns))), site.algebra), repeated)


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


def _columns(site: Site) -> tuple[Node, Node]:
    """The operands of an outer product u vᵀ, as columns."""
    assert isinstance(site.node, Call)
    rules = site.algebra
    left, right = (
        site.named(operand) if rules.matrix_shape(operand)[1] == 1 else algebra.transpose(site.named(operand))
        for operand in site.node.arguments
    )
    return left, right


def _as_column(site: Site) -> Jacobian:
    """The operand laid down as a column."""
    return Identity((site.x[0] * site.x[1], 1), site.x, site.algebra)


def outer_by_left(site: Site) -> Jacobian:
    spread = linear(site.y, (site.y[0], 1), None, algebra.transpose(_columns(site)[1]), site.algebra)
    return compose(spread, _as_column(site))


def outer_by_right(site: Site) -> Jacobian:
    """(v uᵀ)ᵀ, so that a linear map of v is transposed."""
    turned = (site.y[1], site.y[0])
    spread = linear(turned, (site.y[1], 1), None, algebra.transpose(_columns(site)[0]), site.algebra)
    return compose(compose(transposition(turned, site.algebra), spread), _as_column(site))
