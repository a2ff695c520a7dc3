"""Reading `.npz`: what NumPy saves, without pickles, and without trusting what the file says about its size."""

from __future__ import annotations

import io
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from engine.diagnostics import Diagnostic, Where
from engine.interop.tensors import MAX_ARRAYS, Allowance, Tensor, kind_of, tensor

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, tokenize.TokenError, EOFError, OSError, ValueError, TypeError, LookupError,
    OverflowError, RuntimeError, SyntaxError, MemoryError,
)  # fmt: skip
"""What zipfile and NumPy raise for damaged archives and headers, encrypted members, and headers that nest too deep."""
_DIRECTORY_ENTRY = b"PK\x01\x02"


def read_npz(data: bytes) -> Iterator[Tensor]:
    """The arrays of an archive, in its order.

    Raises a Diagnostic `unreadable` for what is damaged or no archive of arrays, and what `Allowance.take` and
    `tensor` raise.
    """
    if data.count(_DIRECTORY_ENTRY) > MAX_ARRAYS:  # before zipfile makes an object of each
        raise Diagnostic("too_large", f"there are more than {MAX_ARRAYS:,} arrays")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE:
        hint = "an .npz is written by np.savez, and may have been cut off on its way"
        raise Diagnostic("unreadable", "this is not a whole .npz archive", hints=(hint,)) from None
    allowance = Allowance()
    with archive:
        for member in archive.infolist():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # of headers by Python 2, which are right
                found = _read(archive, member, allowance)
            yield found


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowance: Allowance) -> Tensor:
    name = member.filename.removesuffix(".npy")
    if name == member.filename or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        shown = f"{member.filename[:40]!a}"
        message = f"{shown} is not an array: an .npz has members *.npy, stored or deflated, as np.savez writes them"
        raise Diagnostic("unreadable", message)
    try:
        with archive.open(member) as file:
            shape, dtype = _header(file)
            length = member.file_size - file.tell()
    except _DAMAGE:
        raise _damaged(name) from None
    allowance.take(name, shape)
    if dtype.kind not in "iuf":
        hint = "such an array is a pickle, which may run any program, and is never read: save plain numbers"
        raise Diagnostic("bad_value", f"{name} holds {kind_of(dtype)}, and weights are real numbers", Where(key=name),
                         hints=(hint,) if dtype.hasobject else ("save it as float32 or float64",))  # fmt: skip
    if length != int(np.prod(shape, dtype=object)) * dtype.itemsize:
        raise _damaged(name)
    try:
        with archive.open(member) as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except _DAMAGE:
        raise _damaged(name) from None
    return tensor(name, array)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of the array that begins here: format versions 1 and 2; only records are written in 3."""
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, _, dtype = read(file)
    return shape, dtype


def _damaged(name: str) -> Diagnostic:
    shown = name if name.isprintable() else f"{name[:20]!a}"
    return Diagnostic("unreadable", f"{shown[:80]} is damaged or cut off", Where(key=shown[:80]),
                      hints=("save it anew with np.savez",))  # fmt: skip
