"""Sentences about derivations as LaTeX: mathematics in math mode, words as text."""

from __future__ import annotations

import re

import pytest

from engine.calculus.prose import mathematics, prose
from engine.formula.latex import Style
from tests.interop.derivations import DERIVATIONS

NAMES = ["x", "y", "a", "W2", "z2", "a3", "theta", "delta3", "b_hidden"]


@pytest.mark.parametrize("text, latex", [
    ("∂z2/∂W2 is a tensor, 3×2×3.", r"$\partial z^{(2)}/\partial W^{(2)}$ is a tensor, $3\times 2\times 3$."),
    ("so W2ᵀ, not W2²", r"so $W^{(2)\top}$, not $(W^{(2)})^{2}$"),
    ("W2[i, j] reaches only z2[i]", r"$W^{(2)}_{i, j}$ reaches only $z^{(2)}_{i}$"),
    ("the row e₀ᵀ of I₃ or 1₃ₓ₁", r"the row $e_{0}^{\top}$ of $I_{3}$ or $\mathbf{1}_{3\times 1}$"),
    ("a column and a matrix", "a column and a matrix"),
    ("∂a − y", r"$\partial a - y$"),
    ("diag(a3 ⊙ (1 − a3)), 2×2", r"$\operatorname{diag}(a^{(3)} \odot (1 - a^{(3)}))$, $2\times 2$"),
    ("50 % of {x}_1 & $y$ cost #1", r"50 \% of \{$x$\}\_1 \& \$$y$\$ cost \#1"),
    ("θ and δ3 are names", r"$\theta$ and $\delta^{(3)}$ are names"),
    ("sum over the paths", "sum over the paths"),
])  # fmt: skip
def test_what_is_mathematics_goes_to_math_mode(text, latex):
    assert re.sub(" +", " ", prose(text, NAMES)) == latex


def test_a_formula_in_indices_is_mathematics_altogether():
    assert mathematics("δ[k,i] a3[j]", NAMES) == r"\delta_{k,i} a^{(3)}_{j}"
    assert mathematics("(W2ᵀ)[k; i]", NAMES) == r"(W^{(2)\top})_{k; i}"
    bold = Style(bold=frozenset({"W2"}))
    assert mathematics("W2 a3[j]", NAMES, bold) == r"\boldsymbol{W}^{(2)} a^{(3)}_{j}"


@pytest.mark.parametrize("derivation", DERIVATIONS, ids=str)
def test_every_reason_keeps_its_words_and_closes_what_it_opens(derivation):
    names = derivation.program.plan.shapes.names
    for step in derivation.steps():
        text = prose(step.why, names)
        assert text.isascii()
        parts = text.split("$")
        assert len(parts) % 2 == 1
        assert all(part.count("{") == part.count("}") for part in parts)
        assert not any(re.search(r"[\^_]", part.replace(r"\_", "")) for part in parts[::2])
        words = re.findall(r"\b(?:layout|rows|column|factor|joins|path|tensor|entry)\w*", step.why)
        assert words == re.findall(r"\b(?:layout|rows|column|factor|joins|path|tensor|entry)\w*", " ".join(parts[::2]))
