"""The scenario that a new one begins as."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from engine.diagnostics import Diagnostic


def starter() -> str:
    """A commented scenario that loads, checks and replays."""
    return resources.files("engine.scenario").joinpath("starter.toml").read_text(encoding="utf-8")


def write_starter(name: str) -> Path:
    """Write the starter to a new file; `.toml` is added where the name has no ending.

    Raises a Diagnostic `exists` where there is such a file, and `unwritable` where none can be written.
    """
    if Path(name).name in ("", ".."):
        raise Diagnostic("unwritable", f"{name!r} is no name for a file", hints=("chainstep new my.toml",))
    return write_new(name if Path(name).suffix else f"{name}.toml", starter())


def write_new(name: str, text: str) -> Path:
    """Write a file that must not be there yet. Raises as `write_starter` does."""
    path = Path(name)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise Diagnostic("exists", f"{name} is there already, and nothing is overwritten",
                         hints=("take another name",)) from None  # fmt: skip
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Diagnostic("unwritable", f"{name} cannot be written: {reason}") from None
    return path
