"""Arrays from elsewhere: each with its name, checked, and as float64; and how many of them are accepted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.calculus.program import MAX_TOTAL
from engine.diagnostics import Diagnostic, Where
from engine.formula import Array, Shape, spell_shape
from engine.formula.shapes import MAX_ENTRIES

MAX_ARRAYS = 10_000
"""Arrays of the largest source."""
MAX_NAME = 200
"""Characters of the longest name of an array."""
MAX_NESTING = 8
"""Levels of mappings inside of mappings."""


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """An array from elsewhere."""

    name: str
    """As its source calls it: `0.weight`, `dense/kernel:0`."""
    dtype: str
    """What its numbers were before they became float64."""
    value: Array
    """Finite, of any number of dimensions."""

    @property
    def shape(self) -> Shape:
        return tuple(self.value.shape)

    def __str__(self) -> str:
        return f"{self.name} {spell_shape(self.shape)} {self.dtype}"


def tensor(name: str, array: Any, dtype: str = "") -> Tensor:
    """A NumPy array as a Tensor; `dtype` is what its numbers were if NumPy has no name for that.

    Raises a Diagnostic `bad_value` unless it holds real numbers, and `not_finite` for NaN and infinity.
    """
    if array.dtype.kind not in "iuf":
        raise Diagnostic("bad_value", f"{name} holds {kind_of(array.dtype)}, and weights are real numbers",
                         Where(key=name), hints=("save it as float32 or float64",))  # fmt: skip
    with np.errstate(all="ignore"):  # a long double may be too large, which is noticed below
        value = np.asarray(array, dtype=np.float64)
    if not np.isfinite(value).all():
        place = ",".join(map(str, np.argwhere(~np.isfinite(value))[0].tolist()))
        what = f"{name}[{place}]" if place else name
        raise Diagnostic("not_finite", f"{what} is {value[~np.isfinite(value)][0]}, not a finite number",
                         Where(key=name))  # fmt: skip
    return Tensor(name, dtype or array.dtype.name, value)


def kind_of(dtype: np.dtype[Any]) -> str:
    """What an array holds that does not hold real numbers."""
    kinds = {"O": "Python objects", "U": "text", "S": "text", "b": "true and false", "c": "complex numbers"}
    return kinds.get(dtype.kind, f"numbers that NumPy does not know ({dtype.name})")


def check_name(name: str) -> None:
    """Refuse a name that a terminal would act on, or that no message could show. Raises a Diagnostic `bad_text`."""
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        message = f"the name of an array must be 1 to {MAX_NAME} printable characters, not {name[:20]!a}"
        raise Diagnostic("bad_text", message)


class Allowance:
    """How much may still be read: arrays are declared before any memory is given to them."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._entries = 0

    def take(self, name: str, shape: Sequence[int]) -> None:
        """Declare an array. Raises a Diagnostic `bad_text`, `bad_shape`, `too_large` or `assigned_twice`."""
        check_name(name)
        if name in self._names:
            raise Diagnostic("assigned_twice", f"{name} is there twice", Where(key=name))
        self._names.add(name)
        if len(self._names) > MAX_ARRAYS:
            raise Diagnostic("too_large", f"there are more than {MAX_ARRAYS:,} arrays")
        if any(size < 1 for size in shape):
            raise Diagnostic("bad_shape", f"{name} has no entries", Where(key=name))
        count = math.prod(shape)
        self._entries += count
        if count > MAX_ENTRIES:
            message = f"{name} has more than the {MAX_ENTRIES:,} entries that a value may have"
            raise Diagnostic("too_large", message, Where(key=name))
        if self._entries > MAX_TOTAL:
            message = f"the arrays have more than {MAX_TOTAL:,} entries together, which is what a program may have"
            raise Diagnostic("too_large", message)


def tensors_of(source: Any) -> list[Tensor]:
    """The arrays of a mapping by name (nested ones as `outer/inner`), or of a sequence, called `[0]`, `[1]`, ….

    An array is whatever NumPy takes for one; a tensor of PyTorch is detached and brought to the processor first.
    Raises a Diagnostic `bad_value`, `bad_text`, `bad_shape`, `too_large`, `assigned_twice` or `not_finite`.
    """
    allowance = Allowance()
    found: list[Tensor] = []
    for name, value in _items(source, "", MAX_NESTING):
        check_name(name)
        array, dtype = _as_array(name, value)
        allowance.take(name, array.shape)
        found.append(tensor(name, array, dtype))
    return found


def _items(source: Any, prefix: str, levels: int) -> Iterator[tuple[str, Any]]:
    """Names and values, those of mappings inside of mappings too."""
    if hasattr(source, "items"):
        pairs: Iterable[tuple[Any, Any]] = _readable(source)
    elif isinstance(source, list | tuple):
        pairs = ((f"[{number}]", value) for number, value in enumerate(source))
    else:
        message = f"weights are a file, a mapping from names to arrays, or a list of arrays, not {_type(source)}"
        raise Diagnostic("bad_value", message, hints=("for example model.state_dict(), or {'W1': array}",))
    for name, value in pairs:
        if not isinstance(name, str):
            raise Diagnostic("bad_value", f"the names of arrays are text, not {_type(name)}")
        if not hasattr(value, "items"):
            yield prefix + name, value
        elif levels > 1:
            yield from _items(value, f"{prefix}{name}/", levels - 1)
        else:
            raise Diagnostic("too_large", f"mappings nest more than {MAX_NESTING} levels deep", Where(key=name[:80]))


def _readable(source: Any) -> Iterator[tuple[Any, Any]]:
    """The items of a mapping, which may be a file that `np.load` has opened and reads only now."""
    try:
        yield from source.items()
    except ValueError:
        message = "an array of this mapping cannot be read: it is a pickle, or damaged"
        raise Diagnostic(
            "unreadable", message, hints=("arrays are saved by np.savez, and tensors by safetensors",)
        ) from None


def _as_array(name: str, value: Any) -> tuple[Any, str]:
    """`value` as a NumPy array, and what its numbers were where NumPy cannot say it."""
    try:
        if not hasattr(value, "detach"):
            return np.asarray(value), ""
        value = value.detach().cpu()
        try:
            return value.numpy(), ""
        except TypeError:  # bfloat16, which NumPy does not have
            return value.double().numpy(), str(value.dtype).removeprefix("torch.")
    except (TypeError, ValueError, RuntimeError):
        raise Diagnostic("bad_value", f"{name} is not an array of numbers with rows of equal length",
                         Where(key=name)) from None  # fmt: skip


def _type(value: Any) -> str:
    return type(value).__name__
