"""What a derivation costs, in the order of backpropagation and in the other: why one goes backwards.

Reverse accumulation carries ∂of/∂v, which has as many entries as `of` times v; forward accumulation carries
∂v/∂target. Of a scalar loss by a million weights the one is a vector, and the other a matrix a million columns wide.
Source: Griewank and Walther, Evaluating Derivatives, chapter 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.calculus.program import Program
from engine.calculus.route import Leg, Route, find_route


@dataclass(frozen=True, slots=True)
class Cost:
    """One factor's share."""

    factor: str
    """`dz3/da2`; for a sum over paths, what is added."""
    multiplications: int
    """Of numbers, with the factor's structure made use of."""
    explicit: int
    """The same if the factor were multiplied as an explicit matrix."""
    memory: int
    """Entries of the product after it."""


@dataclass(frozen=True, slots=True)
class Costs:
    """A derivation's costs in both orders."""

    reverse: tuple[Cost, ...]
    """From what is differentiated back to the target."""
    forward: tuple[Cost, ...]
    """From the target on to what is differentiated."""

    @property
    def reverse_total(self) -> int:
        return sum(cost.multiplications for cost in self.reverse)

    @property
    def forward_total(self) -> int:
        return sum(cost.multiplications for cost in self.forward)


def costs(program: Program, target: str, of: str | None = None) -> Costs:
    """What ∂of/∂target costs in both orders of multiplication. Raises what `find_route` raises."""
    route = find_route(program, of or program.loss, target)
    size_of = math.prod(route.of_shape)
    size_target = sum(math.prod(program.plan.shape(name)) for name in route.labels)
    reverse = tuple(_cost(program, route, leg, size_of, leg.denominator, starts=leg.upstream is None)
                    for leg in route.legs)  # fmt: skip
    forward = tuple(_cost(program, route, leg, size_target, leg.numerator, starts=leg.denominator in route.labels)
                    for leg in reversed(route.legs))  # fmt: skip
    return Costs(reverse, forward)


def _cost(program: Program, route: Route, leg: Leg, width: int, reached: str, *, starts: bool) -> Cost:
    """The cost of one leg for `width` rows (or columns); where the chain starts the factor is the product itself."""
    memory = width * math.prod(program.plan.shape(reached))
    jacobian = leg.jacobian
    if jacobian is None:
        return Cost(f"d{route.of}/d{leg.denominator}", 0, 0, memory)
    explicit = math.prod(jacobian.y) * math.prod(jacobian.x)
    times = 0 if starts else width
    return Cost(f"d{leg.numerator}/d{leg.denominator}", times * jacobian.multiplications, times * explicit, memory)
