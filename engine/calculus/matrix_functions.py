"""Rules for functions of a whole matrix: trace, determinant, inverses, powers.

Source: Petersen and Pedersen, The Matrix Cookbook, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from engine.calculus import algebra
from engine.calculus.jacobians import Jacobian, Kronecker, Permutation, add, compose
from engine.calculus.site import Rule, Site
from engine.formula.syntax import Binary, Call, Node, Transpose


def _det(site: Site) -> Jacobian:
    """∂ det(X) = det(X) tr(X⁻¹ ∂X): Jacobi's formula."""
    inverse = algebra.transpose(Call("inv", (site.named(site.operand),)))
    return site.gradient(site.algebra.times(site.named(site.node), inverse))


def _inv(site: Site) -> Jacobian:
    """∂X⁻¹ = −X⁻¹ ∂X X⁻¹."""
    inverse = site.named(site.node)
    return site.linear(algebra.negate(inverse), inverse)


def _pinv(site: Site) -> Jacobian:
    """∂X⁺ = −X⁺ ∂X X⁺ + X⁺X⁺ᵀ ∂Xᵀ (I − XX⁺) + (I − X⁺X) ∂Xᵀ X⁺ᵀX⁺, where the rank does not change.

    Source: Golub and Pereyra, The Differentiation of Pseudo-Inverses, 1973.
    """
    x, p = site.named(site.operand), site.named(site.node)
    rows, columns = site.x
    turned = Permutation(site.x[::-1], site.x, site.algebra)

    def linear(left: Node, right: Node) -> Jacobian:
        return compose(Kronecker(site.y, site.x[::-1], left, right, site.algebra), turned)

    def product(left: Node, right: Node) -> Node:
        return Binary("@", left, right)

    total = site.linear(algebra.negate(p), p)
    rest = Binary("-", algebra.eye(rows), product(x, p))
    total = add(total, linear(product(p, Transpose(p)), rest))
    return add(total, linear(Binary("-", algebra.eye(columns), product(p, x)), product(Transpose(p), p)))


def _matrix_power(site: Site) -> Jacobian:
    """∂(X X X) = ∂X X X + X ∂X X + X X ∂X."""
    operand, power = site.named(site.operand), site.static["n"]
    assert isinstance(power, int)

    def times(count: int) -> Node | None:
        return reduce(lambda product, one: Binary("@", product, one), [operand] * count) if count else None

    return reduce(add, (site.linear(times(count), times(power - 1 - count)) for count in range(power)))


MATRIX_FUNCTIONS: Mapping[str, tuple[Rule, ...]] = {
    "trace": (lambda s: s.gradient(algebra.eye(s.x[0])),),
    "det": (_det,),
    "inv": (_inv,),
    "pinv": (_pinv,),
    "matrix_power": (_matrix_power,),
}
"""As in `operations.FUNCTION_RULES`."""
