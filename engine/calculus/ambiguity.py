"""The ambiguity meter: how many arrangements of a chain's factors fit the target's shape, and how many are wrong.

An **arrangement** uses each factor of the chain in its compact form once, transposed or not. The output delta δ (all
that comes before the first weight) is one factor; the derivative of an activation is joined by ⊙ to something of its
own shape, which says the same as multiplying by its diagonal matrix; all others are joined by matrix products, in any
order, with any brackets; nothing is broadcast. Arrangements are counted as functions of the factors and not as texts:
(AB)C and A(BC) are one. What an activation's derivative and its value are is taken as independent.

For ∂L/∂W2 of 2-3-2 the factors are δ3, W3, relu′(z2) and a1, and two arrangements fit 3×2: the right one,
(W3ᵀδ3 ⊙ relu′(z2)) a1ᵀ, and the one with δ3 and a1 exchanged. For 2-2-2, 24 fit. With a3 − y and σ′(z3) as factors of
their own it would be 4 and 72.

Whether two arrangements are the same function is decided by their values at random matrices over a prime field,
exactly, without rounding and far from anybody's numbers: two polynomials of degree d that differ agree at a random
point with a probability of at most d/p, and three points are tried (Schwartz, 1980; Zippel, 1979). What fits depends
only on which sizes are equal and which are 1, so sizes are made small first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, count, product

from engine.calculus.arrangements import MAX_OPERANDS, Arrangements
from engine.calculus.compact import CompactChain, MatrixShape, compact_chain, dimension_names
from engine.calculus.network import Network
from engine.calculus.program import Program
from engine.diagnostics import Diagnostic
from engine.formula import spell
from engine.formula.dimensions import Dim

EXAMPLES = 3
"""Wrong arrangements that are shown."""

Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """How far shapes alone decide a gradient."""

    of: str
    target: str
    factors: tuple[str, ...]
    """In their compact form, in NumPy spelling: `(a3 - y) * a3 * (1 - a3)`, `W3`, `drelu(z2)`, `a1`."""
    right: str
    """The gradient, without numbers that only scale it."""
    fitting: int
    """How many arrangements have the target's shape, as different functions; the right one is among them."""
    examples: tuple[str, ...]
    """Up to three of the wrong ones."""
    sizes: Sizes
    """The program's named dimensions."""
    smallest: Sizes | None
    """Sizes of the smallest sum, and among those the first in order, for which only the right one fits.

    A dimension of 1 stays 1, and the others are at least 2. None where no sizes will do, as for a square matrix.
    """

    @property
    def wrong(self) -> int:
        """How many of them are other functions than the gradient."""
        return self.fitting - 1


def ambiguity(program: Program | Network, target: str, *, of: str | None = None, whole_delta: bool = True) -> Ambiguity:
    """How many arrangements of the factors of ∂of/∂target fit the target's shape; `of` is the loss unless given.

    With `whole_delta` false, the output delta's factors are arranged one by one. Only dimensions with a name can be
    varied to find the smallest sizes; those of a network all have one. Raises a Diagnostic: whatever `compact_chain`
    refuses, and `too_large` for a chain with too many factors or arrangements.
    """
    if isinstance(program, Network):
        program = program.program()
    chain = compact_chain(program, target, of=of, whole_delta=whole_delta)
    if len(chain.operands) > MAX_OPERANDS:
        message = f"∂{chain.of}/∂{target} has {len(chain.operands)} factors, and at most {MAX_OPERANDS} are arranged"
        raise Diagnostic("too_large", message, hints=("choose a target nearer to the loss",))
    found = Arrangements(chain, chain.pattern({}))
    names = dimension_names(program)
    return Ambiguity(
        chain.of, target, tuple(spell(operand.formula) for operand in chain.operands), spell(chain.formula),
        found.count, tuple(spell(chain.filled_in(wrong)) for wrong in found.wrong(EXAMPLES)),
        {str(size.name): int(size) for size in names}, _smallest(chain, names),
    )  # fmt: skip


def _smallest(chain: CompactChain, names: tuple[Dim, ...]) -> Sizes | None:
    """Sizes in the order of their sum, until only one arrangement fits; what fits is found once for each pattern."""
    varied = [str(size.name) for size in names if size.name in chain.varied()]
    rest = {str(size.name): min(2, int(size)) for size in names if size.name not in varied}
    known: dict[tuple[MatrixShape, ...], int] = {}

    def fitting(chosen: Sizes) -> int:
        """Up to two; none where the program needs two of the sizes to be equal that are not."""
        pattern = chain.pattern(chosen)
        if pattern not in known:
            known[pattern] = Arrangements(chain, pattern, most=2).count
        return known[pattern]

    fixed = chain.fixed()
    apart = dict(zip(varied, (size for size in count(2) if size not in fixed), strict=False))
    if fitting(apart) > 1:
        return None  # what fits where all sizes differ fits always
    clashes = [(one, other) for one, other in combinations(varied, 2) if fitting(apart | {one: apart[other]}) > 1]
    sizes = range(2, 2 + len(varied) + len(fixed))  # enough for all to differ, from the fixed ones too
    for candidate in sorted(product(sizes, repeat=len(varied)), key=lambda sizes: (sum(sizes), sizes)):
        chosen = dict(zip(varied, candidate, strict=True))
        if not any(chosen[one] == chosen[other] for one, other in clashes) and fitting(chosen) == 1:
            return {str(size.name): (chosen | rest)[str(size.name)] for size in names}
    return None
