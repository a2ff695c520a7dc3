"""Everything that can happen in a session, as plain data: keys, scripts, logs and teachers all make these."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from engine.calculus import Form, Layout, Operation, Order, Side
from engine.calculus.network import Samples, WeightIndices
from engine.verdict import Verdict

Entries = float | list[Any]
"""A number, a flat list that fills a column or a row, or rows; what it is compared with or put into checks the rest."""
Reply = str | float | list[Any]
"""An answer to a question: a word or a formula, a number, or rows of numbers."""
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
    """Join the factors that are left, up to the next breakpoint."""

    to_end: bool = False
    """All of them, whatever breakpoints there are."""


class Break(Action, frozen=True):
    """Set a breakpoint, or take it away where it is set: on exactly one of these."""

    factor: str | UnsetType = UNSET
    """Where this factor has been joined, such as `dz3/da2`."""
    layer: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    """Where the derivative by this layer's z is complete."""
    shape: Annotated[list[Annotated[int, Meta(ge=1)]], Meta(min_length=2, max_length=3)] | UnsetType = UNSET
    """Where a factor or a new product has this shape."""
    when: Annotated[str, Meta(max_length=1_000)] | UnsetType = UNSET
    """Where this condition becomes true: a formula of the values, and of products such as `delta2`."""


class Watch(Action, frozen=True):
    """Watch a formula's value at each step, or no longer where it is watched."""

    formula: Annotated[str, Meta(max_length=1_000)]


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
    value: Entries | Annotated[str, Meta(max_length=4_000)]
    """Numbers, or a formula over the present values that gives them: `W3 * 0.5`."""
    at: Place | UnsetType = UNSET


class SetValues(Action, frozen=True):
    """Give several inputs other values at once, as from a file of weights; undone as one."""

    values: Annotated[dict[str, Entries], Meta(min_length=1)]


class Update(Action, frozen=True):
    """Gradient steps: every parameter moves against its gradient, `count` times; undone as one."""

    rate: float = 0.1
    count: Count = 1


class Dismiss(Action, frozen=True):
    """Put away what the last edit changed; the numbers stay."""


class SetNetwork(Action, frozen=True):
    """Another network in place of the present program; can be undone."""

    sizes: Annotated[list[Annotated[int, Meta(ge=1, le=10_000)]], Meta(min_length=2, max_length=100)]
    """Units of the input and of every layer."""
    activations: list[Annotated[str, Meta(max_length=4_000)]]
    loss: str = "half_squared_error"
    bias: bool = False
    first_layer: Annotated[int, Meta(ge=0, le=1)] = 0
    batch: Annotated[int, Meta(ge=1, le=10_000)] = 1
    samples: Samples = Samples.COLUMNS
    reduction: Literal["sum", "mean"] = "sum"
    l2: Annotated[float, Meta(ge=0)] = 0.0
    weight_indices: WeightIndices = WeightIndices.ROW_COLUMN
    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 0
    """What the numbers are drawn from that are not kept."""
    keep: bool = True
    """Whether inputs that have the same name and shape in both keep their numbers."""


class Undo(Action, frozen=True):
    """Revoke the last edit or update."""


class Redo(Action, frozen=True):
    """Do again what was undone."""


class Reset(Action, frozen=True):
    """Back to the numbers and the view that the session began with; can be undone."""


class Note(Action, frozen=True):
    """Only say something."""


AnyVerdict = Literal[
    "correct", "correct_transposed", "shape_mismatch", "wrong_shape", "wrong_value", "unparsable",
    "right", "wrong", "shown",
]  # fmt: skip
"""The doctor's words for a formula, and those for an answer: `shown` is one that was given up."""


class Pause(Action, frozen=True):
    """Let a replay that is watched wait: for some seconds, or until a key is pressed. Nothing else changes."""

    seconds: Annotated[float, Meta(ge=0, le=60)] | UnsetType = UNSET
    until: Literal["key"] | UnsetType = UNSET


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
    verdict: AnyVerdict | UnsetType = UNSET
    """The doctor's on the formula that was judged last, or `right`, `wrong`, `shown` of the last answer."""
    score: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    """The points that the answers have won."""
    tolerance: Annotated[float, Meta(ge=0, le=1)] = 1e-6
    """Largest difference that is accepted, relative to the largest expected entry where that is above 1."""


class Diagnose(Action, frozen=True):
    """Judge a formula of one's own for the derivative, and perhaps claim what the verdict is."""

    formula: Annotated[str, Meta(max_length=4_000)]
    target: str | UnsetType = UNSET
    """What the formula differentiates by; the view's target unless given."""
    verdict: Verdict | UnsetType = UNSET
    """The verdict that is expected."""


class QuestionKind(StrEnum):
    """What an answer is, and so how it is read and judged."""

    SHAPE = "shape"
    """Sizes: `[3, 2]`, typed as 3×2."""
    SIDE = "side"
    LAYOUT = "layout"
    OPERATION = "operation"
    STRUCTURE = "structure"
    VALUE = "value"
    """A number, or rows of numbers; right within `tolerance`."""
    FORMULA = "formula"
    """Right if it has the same value, here and for other numbers, however it is written."""
    CHOICE = "choice"
    """The number of a choice, counted from 0."""


class WrongAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer that learners often give, and what is to be said to it."""

    answer: Reply
    say: Annotated[str, Meta(max_length=4_000)]


class Ask(Action, frozen=True):
    """Put a question, which stays open until it is answered or given up.

    A right answer wins `points`, less one for every hint that was shown and every wrong answer, and never less than 0.
    """

    prompt: Annotated[str, Meta(min_length=1, max_length=1_000)]
    kind: QuestionKind
    answer: Reply
    """The right one; where the question is about a factor, it is checked against the derivation."""
    factor: str | UnsetType = UNSET
    """Which factor of the chain the question is about; the next one unless given."""
    about: Literal["factor", "product", "nothing"] = "factor"
    """Of that step the factor, or the new product; `nothing`: the answer is not checked against the derivation."""
    choices: Annotated[list[Annotated[str, Meta(min_length=1, max_length=400)]], Meta(max_length=9)] = []
    """What can be chosen from; of other kinds than `choice`, suggestions."""
    tolerance: Annotated[float, Meta(ge=0, le=1)] = 1e-3
    """Of kind `value`: the largest difference, relative to the largest entry where that is above 1."""
    hints: Annotated[list[Annotated[str, Meta(min_length=1, max_length=1_000)]], Meta(max_length=9)] = []
    """Shown one by one when they are asked for."""
    wrong: Annotated[list[WrongAnswer], Meta(max_length=20)] = []
    """Answers with a reply of their own."""
    right: Annotated[str, Meta(max_length=4_000)] = ""
    """Said after the right answer, and where it is shown."""
    points: Annotated[int, Meta(ge=0, le=100)] = 1


class Answer(Action, frozen=True):
    """Answer the open question: by a `value`, or ask for a `hint`, or give up and be shown the answer."""

    value: Reply | UnsetType = UNSET
    """As `answer` of the question is written; or as a learner types it, `3×2`."""
    hint: bool = False
    give_up: bool = False


AnyAction = (
    Step
    | Back
    | Jump
    | StepInto
    | StepOut
    | Continue
    | Break
    | Watch
    | Target
    | SetLayout
    | SetForm
    | SetOrder
    | SetFused
    | Edit
    | SetValues
    | Update
    | Dismiss
    | SetNetwork
    | Undo
    | Redo
    | Reset
    | Note
    | Pause
    | Expect
    | Diagnose
    | Ask
    | Answer
)
ACTIONS: dict[str, type[Action]] = {kind.__struct_config__.tag: kind for kind in Action.__subclasses__()}  # type: ignore[misc]
"""Every action by the word that `do` says."""
