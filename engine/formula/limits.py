"""How large things may get in this process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Limits:
    """Where a server lets in people who are not its owner, it sets lower ones before the first of them comes."""

    entries: int = 50_000_000
    """Of the largest value that a formula may have (400 MB of float64)."""
    total: int = 60_000_000
    """Entries of all the values of a program together (480 MB of float64)."""
    work: int = 2_000_000_000
    """Of one action: gradient steps times the entries of all values, with some for each line of the program."""


LIMITS = Limits()
