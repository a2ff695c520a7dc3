"""How the functions of whole matrices are differentiated: determinants, inverses, powers, Kronecker products.

Sources: Petersen and Pedersen, The Matrix Cookbook; Magnus and Neudecker, Matrix Differential Calculus.
"""

from __future__ import annotations

from functools import reduce

from engine.calculus import algebra
from engine.calculus.jacobians import Diagonal, Jacobian, add, compose
from engine.calculus.site import Site, linear
from engine.formula.syntax import Binary, Call, Node


def det(site: Site) -> Jacobian:
    """Jacobi's formula: a determinant changes by itself times the trace of X⁻¹ ∂X."""
    inverse = algebra.transpose(Call("inv", (site.named(site.operand),)))
    return site.gradient(site.algebra.times(site.named(site.node), inverse))


def inv(site: Site) -> Jacobian:
    """∂X⁻¹ = −X⁻¹ ∂X X⁻¹."""
    inverse = site.named(site.node)
    return site.linear(algebra.negate(inverse), inverse)


def matrix_power(site: Site) -> Jacobian:
    """∂(X X X) = ∂X X X + X ∂X X + X X ∂X."""
    operand, power = site.named(site.operand), site.static["n"]
    assert isinstance(power, int)

    def times(count: int) -> Node | None:
        return reduce(lambda product, one: Binary("@", product, one), [operand] * count) if count else None

    return reduce(add, (site.linear(times(count), times(power - 1 - count)) for count in range(power)))


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
