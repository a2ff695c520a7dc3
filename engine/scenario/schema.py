"""The sections of a scenario file, as typed data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from engine.calculus import Form, Layout, Order
from engine.calculus.network import Samples, WeightIndices
from engine.session.actions import Entries, Place

SCHEMA = 1
"""The version of the format that this chainstep reads."""
MAX_UNITS = 10_000
"""Units of the largest layer, and samples of the largest batch."""

MAX_TITLE = 200
"""Characters of the longest title."""

Title = Annotated[str, Meta(max_length=MAX_TITLE)]
Formula = Annotated[str, Meta(max_length=4_000)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class NetworkSection(Section, frozen=True):
    """`[network]`: layers z = W a + b, each followed by an activation."""

    sizes: Annotated[list[Annotated[int, Meta(ge=1, le=MAX_UNITS)]], Meta(min_length=2, max_length=100)]
    """Units of the input and of every layer."""
    activations: list[str]
    """One for each layer: a function's name, or a formula of z."""
    loss: str = "half_squared_error"
    bias: bool = False
    first_layer: Annotated[int, Meta(ge=0, le=1)] = 0
    """0: the input is a0 and the first weights are W1; 1: the input is a1 and the first weights are W2."""
    batch: Annotated[int, Meta(ge=1, le=MAX_UNITS)] = 1
    """How many samples x and y hold."""
    samples: Samples = Samples.COLUMNS
    """How the samples of a batch lie."""
    reduction: Literal["sum", "mean"] = "sum"
    """Whether the loss of a batch is divided by the number of samples."""
    l2: Annotated[float, Meta(ge=0)] = 0.0
    """Weight of the regularisation ½ l2 Σ W², which leaves biases alone."""
    weight_indices: WeightIndices = WeightIndices.ROW_COLUMN
    """What the entries of weights are called: W[row,column], or w[i,j] from unit i to unit j."""


class ProgramSection(Section, frozen=True):
    """`[program]`: any formulas."""

    shapes: dict[str, Annotated[list[int | str], Meta(max_length=2)]]
    """Rows and columns of every input: sizes, or names that `dims` gives a size."""
    forward: Annotated[list[Formula], Meta(min_length=1, max_length=1_000)]
    """Assignments, in order."""
    dims: dict[str, Annotated[int, Meta(ge=1)]] = {}
    """Named sizes: `dims = { hidden = 4 }` lets a shape say `["hidden", 1]`."""
    parameters: list[str] | UnsetType = UNSET
    """Which inputs are parameters; all but x, X, y, Y, t, N and m unless given."""


class ViewSection(Section, frozen=True):
    """`[view]`: what is differentiated by what, and how it is shown."""

    target: str | UnsetType = UNSET
    """The first parameter unless given."""
    of: str | UnsetType = UNSET
    """The loss unless given."""
    layout: Layout = Layout.DENOMINATOR
    form: Form = Form.JACOBIAN
    entry: Place | UnsetType = UNSET
    order: Order = Order.REVERSE
    """In which order the factors are multiplied."""
    fused: bool = False
    """Whether the output delta is one factor, a − y, where it simplifies to that."""


class Heading(Section, frozen=True):
    """What stands above the tables."""

    schema: int
    title: Title = ""
    summary: Annotated[str, Meta(max_length=1_000)] = ""


class PartSection(Section, frozen=True):
    """What an included file has above its script and its variables."""

    schema: int = SCHEMA
    title: Title = ""
    summary: Annotated[str, Meta(max_length=1_000)] = ""


class RepeatEntry(Section, frozen=True, tag_field="do", tag="repeat"):
    """`do = "repeat"`: the entries of its `script`, several times."""

    times: Annotated[int, Meta(ge=1, le=1_000)]
    counter: str = ""
    """The name of a variable that counts the times, from 1 on."""


class IncludeEntry(Section, frozen=True, tag_field="do", tag="include"):
    """`do = "include"`: the script of another file of the same folder."""

    file: Annotated[str, Meta(min_length=1, max_length=250)]
    variables: dict[str, Any] = {}
    """Values for variables of that file, over those that it gives itself."""


Values = dict[str, Any]
"""`[values]`: `seed`, `weights` (a file beside the scenario), and numbers for any input."""

__all__ = [
    "SCHEMA", "Entries", "Heading", "IncludeEntry", "NetworkSection", "PartSection", "ProgramSection", "RepeatEntry",
    "Section", "Values", "ViewSection",
]  # fmt: skip
