"""Index notation: Kronecker's delta, and an entry of a formula's value."""

from __future__ import annotations

from engine.calculus import algebra
from engine.calculus.jacobians.base import Term
from engine.formula import Spelling, spell
from engine.formula.syntax import Name


def delta(one: str, other: str, spelling: Spelling) -> str:
    """Kronecker's delta: `δ[k,i]`, or 1 where both are the same fixed index."""
    pairs = zip(one.split(","), other.split(","), strict=True)
    sign = r"\delta_{{{},{}}}" if spelling is Spelling.LATEX else "δ[{},{}]"
    return " ".join("1" if left == right else sign.format(left, right) for left, right in pairs)


def entry_of(term: Term, index: str, spelling: Spelling) -> str:
    """`W3[k,j]`, `(a3 − y)[i]`: an entry of a formula's value."""
    if algebra.is_ones(term.node):
        return "1"
    text = spell(term.node, spelling)
    rank = ",".join(part for part in index.split(",") if part != "0") or "0"
    if not isinstance(term.node, Name) or (spelling is Spelling.LATEX and "_" in text):
        text = f"({text})"
    return f"{text}_{{{rank}}}" if spelling is Spelling.LATEX else f"{text}[{rank}]"
