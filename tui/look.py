"""How numbers are shown: how many decimals, whether coloured by sign and size, and which cells are lit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.calculus.typeset import DECIMALS, spell_cell

PRECISIONS: tuple[int | None, ...] = (DECIMALS, 6, None, 2)
"""Decimals, in the order in which they are gone through; None is all digits."""
LEVELS = "▁▃▅█"
"""The size of a number beside the largest in sight, by quarters, for eyes that see no colours."""
POSITIVE, NEGATIVE = (
    tuple(f"$chain-{name}-text-{level} on $chain-{name}-{level}" for level in (1, 2, 3, 4))
    for name in ("plus", "minus")
)
"""Orange and blue, the stronger the larger: apart for every kind of colour vision. The theme says which."""
MARKS = ("$chain-plus-mark", "$chain-minus-mark")
"""The colours of the bars beside numbers, positive and negative."""
LEGEND = "heat: orange is positive, blue negative; ▁▃▅█ how large, beside the largest number that its panel shows"

Place = tuple[int, ...]
"""An entry, by as many indices as there are dimensions."""
Lit = Callable[[Place], bool]


@dataclass(frozen=True, slots=True)
class Look:
    """What a person has chosen; no part of the session."""

    decimals: int | None = DECIMALS
    heat: bool = False

    @property
    def is_chosen(self) -> bool:
        """Whether decimals are as they were asked for; else there are fewer where more columns then fit."""
        return self.decimals != DECIMALS

    @property
    def next_precision(self) -> Look:
        number = PRECISIONS.index(self.decimals) if self.decimals in PRECISIONS else -1
        return replace(self, decimals=PRECISIONS[(number + 1) % len(PRECISIONS)])

    @property
    def precision(self) -> str:
        """In words."""
        return "all digits" if self.decimals is None else f"{self.decimals} decimals"

    def spell(self, value: float) -> str:
        return spell_cell(value, self.decimals)


@dataclass(frozen=True, slots=True)
class Dress:
    """What is drawn on the cells of one matrix besides their numbers."""

    look: Look = Look()
    cursor: Place | None = None
    lit: Lit | None = None
    """Whether an entry is one that the entry under the cursor of another matrix comes from."""
    is_marked: bool = False
    """Whether what is lit stands in ‹ ›, as what is read and written inside of a step."""


PLAIN = Dress()


def level(value: float, largest: float) -> int:
    """0 to 3 by the quarter of `largest` that a number reaches; -1 for 0, and for what is no number."""
    if not abs(value) > 0 or not largest > 0:
        return -1
    return min(3, int(4 * abs(value) / largest * (1 - 1e-12)))


def heat_style(value: float, largest: float) -> str:
    """The background of a number."""
    number = level(value, largest)
    return "" if number < 0 else (POSITIVE if value > 0 else NEGATIVE)[number]


def heat_mark(value: float, largest: float) -> str:
    """A bar as high as the number is large."""
    number = level(value, largest)
    return " " if number < 0 else LEVELS[number]


def mark_style(value: float) -> str:
    """The colour of the bar."""
    return MARKS[bool(value < 0)]


def read_precision(text: str) -> int | None:
    """`2` to `15`, or `full`; raises a ValueError for anything else."""
    if text.strip() == "full":
        return None
    decimals = int(text)
    if not 0 <= decimals <= 15:
        raise ValueError(text)
    return decimals


def largest_of(values: Sequence[float]) -> float:
    """The largest size among some numbers that are finite."""
    return max((abs(value) for value in values if abs(value) < float("inf")), default=0.0)
