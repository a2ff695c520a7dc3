"""Inside a step: every entry of the new product as its own sum, `W3[0,1]·∂L/∂z3[0] + W3[1,1]·∂L/∂z3[1] = 0.0842`.

Nothing is computed but the row and the column that one entry needs, and of these no more than can be read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from engine.calculus.entry_text import after_entry
from engine.calculus.layouts import Operation
from engine.calculus.steps import Step
from engine.calculus.typeset import spell_cell
from engine.diagnostics import Diagnostic

Place = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of the new product, and how it comes about."""

    position: int
    """Row by row from 0."""
    place: Place
    """In the new product as it is shown."""
    name: str
    """`∂L/∂a2[1]`."""
    equation: str
    """The sum in names, in numbers, and what it comes to."""
    why: str


def count_inside(step: Step) -> int:
    """How many entries the new product of a step has.

    Raises a Diagnostic `nothing_inside` for the first factor, which joins nothing, and for a contraction that is not
    that of a tensor with a vector.
    """
    if step.before is None or step.operation is None:
        raise Diagnostic("nothing_inside", "the first factor joins nothing: there is no product to look into",
                         hints=("step forward, and then into",))  # fmt: skip
    if step.operation is Operation.CONTRACT and not (
        len(step.factor.shape) == 3 and len(step.before.shape) == len(step.after.shape) == 2 and 1 in step.before.shape
    ):
        raise Diagnostic("nothing_inside", "this contraction has more than one sum for each entry",
                         hints=("form vec shows the step as a product of matrices",))  # fmt: skip
    return math.prod(step.after.shape)


def look_inside(step: Step, position: int) -> Part:
    """Entry `position`, counted row by row, of the new product. Raises what `count_inside` raises, and `bad_value`."""
    count = count_inside(step)
    if not 0 <= position < count:
        raise Diagnostic("bad_value", f"the new product has {count} entries, and no entry {position}")
    place = divmod(position, step.after.shape[1])
    text = after_entry(step, place)
    equation = " = ".join(part for part in (text.name, text.formula, text.numbers, spell_cell(text.value)) if part)
    return Part(position, place, text.name, equation, _why(step))


def _why(step: Step) -> str:
    """What an entry of the new product is made of, in words."""
    match step.operation:
        case Operation.HADAMARD:
            return "Entry by entry: nothing but what stands at the same place is multiplied, and nothing is added."
        case Operation.OUTER:
            return ("An outer product adds nothing up: the entry in row i and column j is entry i of the column "
                    "times entry j of the row, all pairs.")  # fmt: skip
        case Operation.CONTRACT:
            return ("At this place only one slice of the tensor is not zero: the entry reaches one entry of "
                    f"{step.factor.numerator} and no other. So the sum over k is one product, and all of them "
                    "together are an outer product.")  # fmt: skip
        case Operation.SUM if step.leg.jacobian is None:
            return "What is read twice is changed on both ways at once, so what both ways do to it is added."
        case Operation.SUM:
            return "A product with ones is a sum: one term for each sample."
    words = "The row of the left matrix times the column of the right one, along the dimension that they share"
    if step.factor.structure == "diagonal":
        return f"{words}. Off its diagonal the factor is 0, so one term is left: that is why diag(v) p is v ⊙ p."
    return f"{words}; it is gone in the result."


def positions(step: Step) -> Iterator[Part]:
    """All entries, one after the other. Raises what `count_inside` raises."""
    return (look_inside(step, position) for position in range(count_inside(step)))
