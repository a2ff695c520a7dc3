"""What NumPy does where a number overflows or is divided by zero, as contexts that are entered at almost no cost.

`np.errstate` takes a microsecond and a half, more than a product of small matrices; NumPy's error state belongs to a
context, and running a function in one takes a quarter of one. Each use is of a copy, because only one thread at a
time can be in a context.

Where even that is too much, a function runs as it is, and again `quietly` after a `NUMBER_LOST`: with NumPy's defaults
it warns of such a number once, where warnings or NumPy's own errors are raised it is answered all the same, and on the
command line, which tells NumPy to ignore them, nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any, Literal, TypeVar

import numpy as np

Result = TypeVar("Result")

NUMBER_LOST = (FloatingPointError, RuntimeWarning)
"""What NumPy raises for an overflow, a division by zero or a NaN, where it raises at all."""


def _context(on_error: Literal["raise", "ignore"]) -> Context:
    context = Context()
    context.run(np.seterr, over=on_error, divide=on_error, invalid=on_error, under="ignore")
    return context


_FLAGGED, _QUIET = _context("raise"), _context("ignore")


def flagged(function: Callable[..., Result], *arguments: Any) -> Result:
    """What the function answers; raises a FloatingPointError where the processor's flags tell of a number lost."""
    return _FLAGGED.copy().run(function, *arguments)


def quietly(function: Callable[..., Result], *arguments: Any) -> Result:
    """What the function answers, with infinities and NaN in it and no warning: an infinite slope is shown as that."""
    return _QUIET.copy().run(function, *arguments)
