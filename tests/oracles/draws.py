"""What the generators draw, all from one stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Option = TypeVar("Option")


class Draw:
    """Choices, sizes and numbers."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator

    def one(self, options: Sequence[Option]) -> Option:
        return options[int(self.generator.integers(len(options)))]

    def chance(self, probability: float) -> bool:
        return bool(self.generator.random() < probability)

    def integer(self, low: int, high: int) -> int:
        """Both ends included."""
        return int(self.generator.integers(low, high + 1))

    def distinct(self, count: int, low: int = 2, high: int = 6) -> list[int]:
        return [int(size) for size in self.generator.permutation(np.arange(low, high + 1))[:count]]

    def array(self, shape: Sequence[int]) -> NDArray[np.float64]:
        """Of either sign, and no entry near zero."""
        size = self.generator.uniform(0.1, 1.2, tuple(shape))
        return np.asarray(size * self.generator.choice([-1.0, 1.0], tuple(shape)))
