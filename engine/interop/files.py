"""Files of weights: a regular file of bounded size, in a format that cannot run anything."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from engine.calculus.program import MAX_TOTAL
from engine.diagnostics import Diagnostic
from engine.interop.npz import read_npz
from engine.interop.safetensors import read_safetensors
from engine.interop.tensors import Tensor

MAX_BYTES = 8 * MAX_TOTAL + 4_000_000
"""Size of the largest file: the numbers that a program may have, and names for them."""

READERS: Mapping[str, Callable[[bytes], Iterator[Tensor]]] = {".npz": read_npz, ".safetensors": read_safetensors}
"""By the end of a file's name."""

_PICKLE = "safetensors.torch.save_file(model.state_dict(), 'layer.safetensors')"
_KERAS = "np.savez('layer.npz', **{v.path: v.numpy() for v in model.weights})"
INSTEAD: Mapping[str, str] = {
    ".pt": _PICKLE, ".pth": _PICKLE, ".bin": _PICKLE, ".ckpt": _PICKLE, ".pkl": _PICKLE, ".pickle": _PICKLE,
    ".h5": _KERAS, ".hdf5": _KERAS, ".keras": _KERAS, ".npy": "np.savez('layer.npz', W1=array)",
}  # fmt: skip
"""How to save what is not read, by the end of a file's name."""


def read_file(path: str | os.PathLike[str]) -> list[Tensor]:
    """The arrays in a file.

    Raises a Diagnostic, located in the file: `unreadable`, `too_large`, `bad_format`, or what the format's reader
    raises.
    """
    name = os.fspath(path)
    try:
        return list(reader_of(name)(_bytes_of(Path(name))))
    except Diagnostic as problem:
        raise problem.at(file=name) from None


def reader_of(name: str) -> Callable[[bytes], Iterator[Tensor]]:
    """What reads a file of this name. Raises a Diagnostic `bad_format`."""
    suffix = Path(name).suffix.lower()
    if suffix in READERS:
        return READERS[suffix]
    hints = (f"save it with {INSTEAD[suffix]}",) if suffix in INSTEAD else ()
    raise Diagnostic("bad_format", f"weights are read from {' or '.join(READERS)}, not from {suffix or 'this'}",
                     hints=hints)  # fmt: skip


def _bytes_of(path: Path) -> bytes:
    try:
        # Asked before opening, which may do something to a device, and again of what was opened.
        _check_regular(path.stat())
        without_waiting = getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody writes to would keep us for ever
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | without_waiting), "rb") as file:
            status = os.fstat(file.fileno())
            _check_regular(status)
            return file.read(status.st_size)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "its name is no path"
        raise Diagnostic("unreadable", f"the weights cannot be read: {reason}") from None


def _check_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Diagnostic("unreadable", "weights are read from a regular file, and this is none")
    if status.st_size > MAX_BYTES:
        raise Diagnostic("too_large", f"the file has more than the {MAX_BYTES:,} bytes that weights may have")
