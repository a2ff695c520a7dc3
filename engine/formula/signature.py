"""What an entry of the table of functions says: its arguments, its shape and value, and if pointwise its slope."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formula.dimensions import Shape

Array = NDArray[np.float64]
StaticValue = int | bool | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Static:
    """An argument that is part of the formula and not of the data."""

    description: str
    accepts: Callable[[StaticValue], bool]
    required: bool = False


ANY = -1
AXIS = Static(
    "0 (down the rows) or 1 (along the columns)",
    lambda value: type(value) is not bool and value in (None, 0, 1, -1),
)
FLAG = Static("True or False", lambda value: isinstance(value, bool))
SIZE = Static(
    "a positive whole number",
    lambda value: type(value) is not bool and isinstance(value, int) and value > 0,
    required=True,
)
SHAPE = Static(
    "a shape such as (3, 1)",
    lambda value: isinstance(value, tuple) and 1 <= len(value) <= 2 and all(size > 0 for size in value),
    required=True,
)
SIZES = Static(
    "a number of rows, or a shape such as (3, 1)",
    lambda value: type(value) is int or (isinstance(value, tuple) and 1 <= len(value) <= 2),
    required=True,
)
LENGTH = Static("a number of columns", lambda value: type(value) is int)
POWER = Static("a whole number from 1 to 20", lambda value: type(value) is int and 1 <= value <= 20, required=True)
WHOLE = Static("a whole number", lambda value: type(value) is int, required=True)
ONE_AXIS = Static("0 (rows) or 1 (columns)", lambda value: type(value) is int and value in (0, 1), required=True)
AXES: Mapping[str, Static] = {"axis": AXIS, "keepdims": FLAG}


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language."""

    name: str
    shape: Callable[..., Shape]
    """From the operands' shapes and the static arguments; raises ShapeError."""
    value: Callable[..., Any]
    """An array or a number from the operands' arrays and the static arguments."""
    operands: int = 1
    """How many; ANY for a function of a list, such as `vstack([a, b])`."""
    static: Mapping[str, Static] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pointwise(Function):
    """A function applied to each entry, so its Jacobian is the diagonal of `slope`."""

    slope: Callable[[Array, Array], Array] = field(kw_only=True)
    """The derivative at `z`, given also `a = value(z)`, which is often what makes it cheap."""
    formula: str = field(kw_only=True)
    """The same derivative in the language, over `z` and `a`; `name'(z)` where no simpler spelling exists."""
    symbol: str | None = field(kw_only=True, default=None)
    """How the function is drawn on paper: `σ`."""
    kinks: tuple[float, ...] = field(kw_only=True, default=())
    """Where the function has no derivative and a convention decides."""

    @property
    def reads_value(self) -> bool:
        """Whether `slope` makes use of `a`."""
        return re.search(r"\ba\b", self.formula) is not None


@dataclass(frozen=True, slots=True)
class Definition(Function):
    """A function that is a formula of others: it is evaluated and differentiated as that formula."""

    parameters: tuple[str, ...] = field(kw_only=True)
    body: str = field(kw_only=True)
    """Over the parameters; `value` is not used."""
