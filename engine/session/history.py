"""What Undo and Redo go back to: programs by their inputs, as many as fit into some memory."""

from __future__ import annotations

from itertools import pairwise

from engine.calculus import Program

MAX_UNDO = 1_000
"""Edits that can be undone; older ones are forgotten."""
MAX_BYTES = 256_000_000
"""Memory of the arrays of them; the last edit can be undone however large it is."""


def pushed(history: tuple[Program, ...], program: Program) -> tuple[Program, ...]:
    """The history with one more program, the latest last, without the oldest where they are too many or too large.

    Forward passes are kept of the latest alone, which is what an edit is compared with; those before it run again.
    """
    for former in history[-1:]:
        former.forget()
    longer = (*history, program)[-MAX_UNDO:]
    if len(longer) * _size(program) <= MAX_BYTES:
        return longer
    left = MAX_BYTES
    for number, (newer, older) in enumerate(pairwise(reversed(longer)), start=1):
        left -= _size(older, newer)
        if left < 0:
            return longer[-number:]
    return longer


def _size(program: Program, newer: Program | None = None) -> int:
    """Bytes of the inputs of a program that it does not share with a newer one."""
    shared = {} if newer is None else newer.inputs
    return sum(value.nbytes for name, value in program.inputs.items() if shared.get(name) is not value)
