"""How much it is to compute a formula."""

from __future__ import annotations

import math

from engine.diagnostics import Diagnostic
from engine.doctor.terms import fits
from engine.formula import ShapeMap
from engine.formula.syntax import Binary, Call, Node, walk

MOST_JUDGED = 20_000_000
"""Of a formula that is judged, which is computed on a few networks; as `work_of` counts."""
_CUBIC = {"inv": 3, "det": 3, "solve": 3, "pinv": 60}
"""Functions that take the cube of a matrix's size, and how many times a product's."""


def work_of(node: Node, shapes: ShapeMap) -> float:
    """How much is computed: entries of all parts that can be applied, and a thousandth of the multiplications."""
    entries = 0.0
    for part in walk(node):
        if not fits(part, shapes):
            continue
        shape = shapes.of(part)
        entries += math.prod(shape)
        if isinstance(part, Binary) and part.operator in ("@", "·") and shapes.of(part.left):
            entries += math.prod(shape) * shapes.of(part.left)[-1] / 1000
        elif isinstance(part, Call) and part.function in _CUBIC:
            entries += _CUBIC[part.function] * math.prod(shapes.of(part.arguments[0])) ** 1.5 / 1000
    return entries


def check_work(node: Node, shapes: ShapeMap) -> None:
    """Raise a Diagnostic `too_large` for a formula that would take long to be judged."""
    if work_of(node, shapes) > MOST_JUDGED:
        raise Diagnostic("too_large", "this formula is too much to be computed",
                         hints=("leave out what is large and not in the network",))  # fmt: skip
