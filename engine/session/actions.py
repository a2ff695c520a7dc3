"""Everything that can happen in a session, as plain data: keys, scripts, logs and teachers all make these."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from engine.calculus import Form, Layout, Operation, Order, Side
from engine.doctor import Verdict

Entries = float | list[Any]
"""A number, a flat list that fills a column or a row, or rows; what it is compared with or put into checks the rest."""
Count = Annotated[int, Meta(ge=1, le=10_000)]
Place = Annotated[list[Annotated[int, Meta(ge=0)]], Meta(min_length=2, max_length=2)]
"""Row and column, counted from 0."""


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


class Action(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag=_snake, forbid_unknown_fields=True,
             omit_defaults=True):  # fmt: skip
    """Something that happens; `say` is what the narrator says with it."""

    say: Annotated[str, Meta(max_length=4_000)] = ""


class Step(Action, frozen=True):
    """Join the next factor, or the next few."""

    count: Count = 1


class Back(Action, frozen=True):
    """Take the last factor away again, or the last few."""

    count: Count = 1


class StepInto(Action, frozen=True):
    """Go into the factor joined last, where Step and Back move from entry to entry."""

    part: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    """Which part to go to, counted from 0; also from inside. The first unless given."""


class StepOut(Action, frozen=True):
    """Come out of the factor again."""


class Jump(Action, frozen=True):
    """Go to where a factor has just been joined, by its name, or to a number of joined factors."""

    factor: str | UnsetType = UNSET
    step: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


class Continue(Action, frozen=True):
    """Join all factors that are left."""


class Target(Action, frozen=True):
    """Choose what is differentiated by, and perhaps what is differentiated."""

    target: str
    of: str | UnsetType = UNSET


class SetLayout(Action, frozen=True):
    """Choose the layout."""

    layout: Layout


class SetForm(Action, frozen=True):
    """Choose the form, and for form `entry` which entry."""

    form: Form
    entry: Place | UnsetType = UNSET


class SetOrder(Action, frozen=True):
    """Choose the order of multiplication: reverse, as backpropagation does, or forward."""

    order: Order


class SetFused(Action, frozen=True):
    """Choose whether the output delta is one factor, a − y, where it simplifies to that, or its two."""

    fused: bool = True


class Edit(Action, frozen=True):
    """Give an input another value: all of it, or the entry `at`."""

    name: str
    value: Entries
    at: Place | UnsetType = UNSET


class Update(Action, frozen=True):
    """A gradient step: every parameter moves against its gradient."""

    rate: float = 0.1


class Undo(Action, frozen=True):
    """Revoke the last edit or update."""


class Redo(Action, frozen=True):
    """Do again what was undone."""


class Reset(Action, frozen=True):
    """Back to the numbers and the view that the session began with; can be undone."""


class Note(Action, frozen=True):
    """Only say something."""


class Expect(Action, frozen=True):
    """Claim something about the factor joined last, or about the one that is named."""

    factor: str | UnsetType = UNSET
    """Which factor of the chain the claims are about, such as `dz3/da2`."""
    shape: list[int] | UnsetType = UNSET
    layout: Layout | UnsetType = UNSET
    side: Side | UnsetType = UNSET
    operation: Operation | UnsetType = UNSET
    structure: str | UnsetType = UNSET
    formula: Annotated[str, Meta(max_length=4_000)] | UnsetType = UNSET
    """Equal to the factor's, not by its letters but by its value, here and for other numbers."""
    value: Entries | UnsetType = UNSET
    """The factor's entries."""
    product: Entries | UnsetType = UNSET
    """The entries of the new product."""
    gradient: Entries | UnsetType = UNSET
    """The entries of ∂of/∂name in the shape of `name`, whatever the layout."""
    name: str | UnsetType = UNSET
    """What `gradient` is by; the target unless given."""
    loss: float | UnsetType = UNSET
    tolerance: Annotated[float, Meta(ge=0, le=1)] = 1e-6
    """Largest difference that is accepted, relative to the largest expected entry where that is above 1."""


class Diagnose(Action, frozen=True):
    """Judge a formula of one's own for the derivative, and perhaps claim what the verdict is."""

    formula: Annotated[str, Meta(max_length=4_000)]
    target: str | UnsetType = UNSET
    """What the formula differentiates by; the view's target unless given."""
    verdict: Verdict | UnsetType = UNSET
    """The verdict that is expected."""


AnyAction = (
    Step
    | Back
    | StepInto
    | StepOut
    | Jump
    | Continue
    | Target
    | SetLayout
    | SetForm
    | SetOrder
    | SetFused
    | Edit
    | Update
    | Undo
    | Redo
    | Reset
    | Note
    | Expect
    | Diagnose
)
ACTIONS: dict[str, type[Action]] = {kind.__struct_config__.tag: kind for kind in Action.__subclasses__()}  # type: ignore[misc]
"""Every action by the word that `do` says."""
