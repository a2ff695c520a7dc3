"""Files that a scenario names: only what lies in its own folder, because a scenario may come from anybody."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.calculus import Program
from engine.diagnostics import Diagnostic, Diagnostics

if TYPE_CHECKING:
    from engine.interop import Loaded

MAX_PATH = 250
"""Characters of the longest path."""


def weights_beside(
    folder: Path | None, name: Any, program: Program | None, elsewhere: Collection[str] = ()
) -> Loaded | None:
    """The program with the weights in the file called `name` in the scenario's folder, and what became of them.

    Without a program (because it is wrong) the file is only read, so that its own mistakes are found: None.
    Raises what `beside` and `load_weights` raise; every message of the latter names the file.
    """
    from engine.interop import load_weights, read_tensors  # few scenarios name a file, and the app opens sooner

    path = beside(folder, name)
    try:
        if program is not None:
            return load_weights(program, path, elsewhere=elsewhere)
        read_tensors(path)
    except Diagnostic as problem:
        raise _named(problem, name) from None
    except Diagnostics as raised:
        raise Diagnostics([_named(problem, name) for problem in raised.problems]) from None
    return None


def beside(folder: Path | None, name: Any, example: str = "layer.npz") -> Path:
    """The file called `name` in `folder` or below it. Raises a Diagnostic `bad_path`, or `unreadable` if there is none.

    A link may lead to another place in the folder, and not out of it.
    """
    if not isinstance(name, str):
        raise Diagnostic("bad_path", "weights must be the name of a file beside this one",
                         hints=('for example weights = "layer.npz"',))  # fmt: skip
    if folder is None:
        raise Diagnostic("bad_path", "this scenario is in no folder, so that there is no file beside it")
    parts = name.split("/")
    # A backslash and a colon are plain characters here, and lead out of the folder elsewhere.
    if len(name) > MAX_PATH or not {"", ".", ".."}.isdisjoint(parts) or set(name) & set("\\:\n\t"):
        message = f"{name[:60]!r} is not a plain path inside of the scenario's folder"
        raise Diagnostic("bad_path", message, hints=(f'write it as "{example}" or "more/{example}"',))
    try:
        root = os.path.realpath(folder, strict=True)
        path = os.path.realpath(folder.joinpath(*parts), strict=True)
    except OSError as problem:
        raise Diagnostic("unreadable", f"{name} cannot be read: {problem.strerror}") from None
    if os.path.commonpath([root, path]) != root:
        raise Diagnostic("bad_path", f"{name} is a link that leads out of the scenario's folder")
    if not Path(path).is_file():  # a pipe or a device would be waited for
        raise Diagnostic("unreadable", f"{name} is no file")
    return Path(path)


def _named(problem: Diagnostic, name: str) -> Diagnostic:
    """The scenario is where to look first, so that the file's own name goes into the message."""
    return Diagnostic(problem.code, f"{name}: {problem.message}", problem.where, problem.notes, problem.hints)
