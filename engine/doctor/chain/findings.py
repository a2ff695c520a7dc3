"""What a diagnosis of a written chain says, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.calculus.layouts import Layout, spell_size
from engine.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a chain has wrong, or that is worth knowing of it."""

    code: str
    """`unknown_name`, `upside_down`, `no_such_factor`, `off_route`, `duplicated`, `redundant`, `missing`, `misplaced`,
    `mixed_transposes`, `left_side`, `wrong_target` and `missing_path`; and, which is no mistake, `skips`."""
    message: str
    span: Span
    """Of the factor; for what is missing, the empty span where it belongs in the layout that the chain is in."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The first product of a chain, from left to right, that cannot be taken."""

    span: Span
    """From the left factor to the right one."""
    left: tuple[int, int]
    """Rows and columns, everything stacked by vec."""
    right: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ShapedFactor:
    """A factor as it was written, and its shape in both layouts."""

    numerator: str
    denominator: str
    span: Span
    shapes: Mapping[Layout, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ChainDiagnosis:
    """What there is to say of a written chain."""

    text: str
    of: str
    target: str
    verdict: str
    """`correct`; `part`, right along its paths while others are missing; or `wrong`."""
    layout: Layout | None
    """The layout whose order the chain is in, or nearest to; None where the order does not tell."""
    factors: tuple[ShapedFactor, ...]
    """Those that are derivatives of the program's values, in the order of the text."""
    findings: tuple[Finding, ...]
    corrected: Mapping[Layout, str]
    """The whole chain as it should be, in both layouts, over all paths; what the chain skips stays skipped."""
    fails: Mapping[Layout, Failure | None]
    """The first product that cannot be taken as written, in both layouts."""


def spell_failure(failure: Failure) -> str:
    """`2×1 · 2×2: the inner sizes 1 and 2 differ`."""
    left, right = failure.left, failure.right
    return f"{spell_size(left)} · {spell_size(right)}: the inner sizes {left[1]} and {right[0]} differ"
