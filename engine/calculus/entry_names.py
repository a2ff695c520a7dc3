"""What one entry of a value is called, and how a sum over entries is written: the same wherever a screen says it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.calculus.program import Plan
from engine.formula import Shape


def entry_name(plan: Plan, name: str, shape: Shape, position: int) -> str:
    """The entry at a position of vec: `a2[1]`, `W2[0,1]` in the order of the weights' indices, `L` for a number."""
    if 1 not in shape:
        rows = int(shape[0])
        return plan.entry_name(name, (position % rows, position // rows))
    index = index_text(position, shape)
    return f"{name}[{index}]" if index else name


def entry_at(plan: Plan, name: str, row: int, column: int) -> str:
    """The entry of a value of the program at a row and a column, which are counted from 0."""
    shape = plan.shape(name)
    return entry_name(plan, name, shape, row + column * shape[0])


def index_text(position: int, shape: Shape) -> str:
    """The index of the entry at a position of vec: nothing for a number, `k` in a vector, `k,l` in a matrix."""
    rows, columns = int(shape[0]), int(shape[1])
    if rows > 1 and columns > 1:
        return f"{position % rows},{position // rows}"
    return str(position) if rows * columns > 1 else ""


def sum_text(terms: Sequence[str], skipped: int = 0) -> str:
    """A sum, with the signs of its terms between them; where many are left out, how many, before the last one."""
    terms = list(terms)
    if skipped:
        terms.insert(-1, f"… {skipped} more …")
    first, *others = terms or ["0"]
    return first + "".join(f" − {text[1:]}" if text[:1] in ("-", "−") else f" + {text}" for text in others)
