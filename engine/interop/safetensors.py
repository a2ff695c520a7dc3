"""Reading `.safetensors`, with the package of those who made the format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.diagnostics import Diagnostic, Where
from engine.interop.tensors import Allowance, Tensor, tensor

MAX_HEADER = 2_000_000
"""Bytes of the longest header, which is JSON: 10,000 arrays with names of a hundred characters."""

_TYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "I64": "int64", "I32": "int32", "I16": "int16",
    "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8",
}  # fmt: skip
"""What the format calls a type, and what NumPy calls it. Source: the `Dtype` of the safetensors package."""


def read_safetensors(data: bytes) -> Iterator[Tensor]:
    """The arrays of a file, in no order.

    Raises a Diagnostic `not_installed` without the package, `unreadable` for what is damaged, `bad_value` for types
    that are not real numbers, and what `Allowance.take` and `tensor` raise.
    """
    try:
        from safetensors import SafetensorError, deserialize
    except ImportError:
        message = "a .safetensors file is read by the package safetensors, which is not installed"
        hints = ("pip install 'chainstep[safetensors]'", "or save an .npz with np.savez, which needs nothing")
        raise Diagnostic("not_installed", message, hints=hints) from None
    length = int.from_bytes(data[:8], "little")
    if MAX_HEADER < length <= len(data):
        raise Diagnostic("too_large", f"its header is longer than the {MAX_HEADER:,} bytes that it may have")
    try:
        parts: list[tuple[str, dict[str, Any]]] = deserialize(data)  # type: ignore[no-untyped-call]
    except SafetensorError as problem:
        reason = str(problem).removeprefix("Error while deserializing: ")
        reason = "".join(character if character.isprintable() else " " for character in reason)[:200]
        raise Diagnostic("unreadable", f"this is not a whole .safetensors file: {reason}") from None
    allowance = Allowance()
    for name, part in parts:
        allowance.take(name, part["shape"])
        yield _tensor(name, part["dtype"], part["data"], part["shape"])


def _tensor(name: str, kind: str, data: bytes, shape: list[int]) -> Tensor:
    if kind == "BF16":  # the upper half of a float32
        upper = np.frombuffer(data, dtype="<u2").astype("<u4")
        return tensor(name, (upper << 16).view("<f4").reshape(shape), "bfloat16")
    if kind not in _TYPES:
        raise Diagnostic("bad_value", f"{name} holds {kind}, and weights are real numbers of 16 to 64 bits, or whole",
                         Where(key=name), hints=("save it as float32",))  # fmt: skip
    dtype = np.dtype(_TYPES[kind]).newbyteorder("<")
    return tensor(name, np.frombuffer(data, dtype=dtype).reshape(shape), _TYPES[kind])
