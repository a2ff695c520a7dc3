"""What the doctor says, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.diagnostics import Diagnostic, Span
from engine.formula import Shape
from engine.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first operator that cannot be applied."""

    span: Span
    """Of both operands and the operator between them."""
    left_shape: Shape
    right_shape: Shape
    operator: str
    message: str


@dataclass(frozen=True, slots=True)
class Term:
    """A part of the formula, and what it is in the derivation."""

    span: Span
    text: str
    shape: Shape
    layout: str | None = None
    """In which layout it is a factor of the chain; None where both or neither."""
    factor: str | None = None
    """The factor of the chain that it is, as `dz3/da2`; None where it is none."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a formula."""

    kind: str
    """A key of `edits.KINDS`."""
    span: Span
    """The part of the user's text that is changed."""
    text: str
    """What stands there afterwards, in NumPy spelling."""
    why: str
    """One sentence: what is wrong there, and what is right."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A formula that is right, and how one comes to it."""

    formula: str
    """In NumPy spelling, over the program's names."""
    distance: int
    """How many edits."""
    verified: bool
    """Whether it equals the derivative on every network that was tried; no other is ever shown."""
    edits: tuple[Edit, ...]
    cost: int = 0
    """By how usual its mistakes are: four is an ordinary one."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A factor of the reference chain, and the part of the user's formula that it corresponds to."""

    factor: str
    """`dz3/da2`."""
    formula: str
    """`W3.T`."""
    span: Span | None
    """None where the user's formula has no such part."""
    text: str = ""
    note: str = ""
    """How the user's part differs: `transposed`."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is to be said of a formula for ∂of/∂target."""

    formula: str
    """As the user wrote it."""
    of: str
    target: str
    target_shape: Shape
    verdict: Verdict
    summary: str
    """One sentence."""
    shape: Shape | None = None
    """Of the formula, where it can be applied."""
    chain: str = ""
    """The shapes along its products: `2×1 · 2×3 · 3×1 · 1×2`."""
    mismatch: Mismatch | None = None
    terms: tuple[Term, ...] = ()
    notes: tuple[str, ...] = ()
    """Further facts: `layouts are mixed`, `it equals −1 times the derivative`."""
    fixes: tuple[Fix, ...] = ()
    """The cheapest first."""
    reference: str = ""
    """A right formula, as the derivation gives it."""
    alignment: tuple[Aligned, ...] = ()
    """The reference chain beside the user's parts; filled where no small change was found."""
    problem: Diagnostic | None = field(default=None, compare=False)
    """What could not be read, or what cannot be applied."""
    entry_check: str = ""
    """Of a right formula: what happens to the loss when one entry is moved."""
    seconds: float = field(default=0.0, compare=False)
