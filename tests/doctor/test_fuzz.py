"""Whatever is typed gets a diagnosis: garbage, what is huge or deep, hostile Unicode."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Network
from engine.doctor import Verdict, diagnose, plain, report_lines

PROGRAM = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1).program(seed=7)
PIECES = [
    "a3", "y", "W3", "z2", "a1", "(", ")", "[", "]", ".T", "ᵀ", "@", "*", "⊙", "-", "+", "/", "**", "^", "2", "1e308",
    "0", "sigmoid(", "drelu(", "sum(", "axis=1", ",", "=", "'", "′", "ones((3,1))", "eye(", "σ", "δ3", "N", "np.", ":",
    " ", "\n", "\t", "𝟙", "\u202e", "\x00", "\ud800", "é", "ﷺ", "½", "inv(", "outer(", "vstack([", "…", "softmax(", "<",
]  # fmt: skip


def _diagnosed(text: str) -> None:
    found = diagnose(PROGRAM, "W2", text, seconds=0.05)
    assert found.verdict in Verdict
    assert all(isinstance(line, str) for line in report_lines(found))
    assert plain(found)["verdict"] == found.verdict


def test_random_pieces_are_diagnosed():
    generator = np.random.default_rng(17)
    for _ in range(1_500):
        count = int(generator.integers(1, 14))
        _diagnosed("".join(PIECES[int(index)] for index in generator.integers(len(PIECES), size=count)))


def test_mutated_formulas_are_diagnosed():
    generator = np.random.default_rng(18)
    text = "((W3.T @ ((a3 - y) * a3 * (1 - a3))) * drelu(z2)) @ a1.T"
    for _ in range(400):
        letters = list(text)
        for _ in range(int(generator.integers(1, 4))):
            place = int(generator.integers(len(letters)))
            match int(generator.integers(3)):
                case 0:
                    del letters[place]
                case 1:
                    letters.insert(place, PIECES[int(generator.integers(len(PIECES)))])
                case _:
                    letters[place] = PIECES[int(generator.integers(len(PIECES)))]
        _diagnosed("".join(letters))


@pytest.mark.parametrize("text", [
    "",
    " ",
    "(" * 5_000,
    "a3" + " @ a3" * 3_000,
    "((((a3))))" * 60,
    "-" * 200 + "a3",
    "a3" + "ᵀ" * 2_000,
    "a3 * " * 90 + "a3",
    "ones((100000, 100000)) @ a3",
    "ones((7000, 7000)) @ ones((7000, 7000))",
    "9" * 5_000,
    "1e308 * 1e308 * a3",
    "a3 / 0",
    "log(-a3**2)",
    "inv(zeros((3, 3)))",
    "W2 = W3",
    "__import__('os')",
    "\u202e" * 100,
    "\x1b[2J a3",
])  # fmt: skip
def test_what_is_huge_deep_or_hostile_is_diagnosed(text):
    _diagnosed(text)
