"""What the doctor says that a formula is; a session knows the words without the doctor, who takes time to come."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a formula is."""

    CORRECT = "correct"
    CORRECT_TRANSPOSED = "correct_transposed"
    """Right, in the other layout."""
    SHAPE_MISMATCH = "shape_mismatch"
    """An operator cannot be applied."""
    WRONG_SHAPE = "wrong_shape"
    """It evaluates, to a shape that is not the target's."""
    WRONG_VALUE = "wrong_value"
    UNPARSABLE = "unparsable"

    @property
    def is_right(self) -> bool:
        return self in (Verdict.CORRECT, Verdict.CORRECT_TRANSPOSED)
