"""Weights from a file that a person names, as the action that puts them in. No log and no scenario reads by this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.calculus import Program
from engine.diagnostics import Diagnostic, Diagnostics
from engine.interop import Mapped, load_weights
from engine.session.actions import SetValues

MAX_ENTRIES = 200_000
"""Numbers that are put into a session, and so into its log, at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What a file has for a program."""

    action: SetValues
    """Every parameter with its numbers in full."""
    mapped: tuple[Mapped, ...]
    """Which array became which parameter, and what decided it."""


def read_weights(program: Program, typed: str) -> Weights:
    """The weights in the file at the path that was typed; `~` is the home folder.

    Raises a Diagnostic: what `load_weights` raises (of several problems the first, with how many there are),
    `not_finite` where the forward pass overflows, and `too_large` for more numbers than a session's log is made for.
    """
    typed = typed.strip()
    if not typed:
        raise Diagnostic("bad_value", "the path of a file is missing", hints=("for example ~/layer.npz",))
    try:
        path = Path(typed).expanduser()
    except RuntimeError:
        raise Diagnostic("unreadable", f"the home folder in {typed} is not known") from None
    try:
        loaded = load_weights(program, path)
    except Diagnostics as several:
        first, *rest = several.problems
        raise Diagnostic(first.code, f"{first.message} (and {len(rest)} more problems)", first.where, first.notes,
                         first.hints) from None  # fmt: skip
    _ = loaded.program.values
    names = [each.parameter for each in loaded.mapped]
    entries = sum(loaded.program.inputs[name].size for name in names)
    if entries > MAX_ENTRIES:
        raise Diagnostic(
            "too_large", f"the file has {entries:,} numbers, and {MAX_ENTRIES:,} are put into a session at once",
            hints=('a scenario reads more: [values] weights = "layer.npz"',),
        )  # fmt: skip
    return Weights(SetValues(values={name: loaded.program.inputs[name].tolist() for name in names}), loaded.mapped)
