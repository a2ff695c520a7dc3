"""Fused output deltas: the two factors that the words name multiply to the one that is shown."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Layout, Network, derive
from engine.calculus.fused import derivation, fused_delta
from engine.formula import evaluate, parse, spell

PAIRS = [("half_squared_error", "identity"), ("binary_cross_entropy", "sigmoid"), ("cross_entropy", "softmax")]
BATCHES = [(1, "columns"), (1, "rows"), (5, "columns"), (5, "rows"), (5, "rows_transposed")]

pairs = pytest.mark.parametrize(("loss", "activation"), PAIRS)
batches = pytest.mark.parametrize(("batch", "samples"), BATCHES)
layouts = pytest.mark.parametrize("layout", Layout)


def program_of(loss, activation, batch=1, samples="columns", reduction="sum"):
    target = np.random.default_rng(7).dirichlet(np.ones(2), batch)  # each row adds up to 1
    network = Network([3, 4, 2], ["tanh", activation], loss, batch=batch, samples=samples, reduction=reduction)
    return network.program({"y": target.T if samples == "columns" else target}, seed=5)


def first(program, layout=Layout.DENOMINATOR):
    return next(derive(program, "W2", layout=layout, fused=True))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pairs
@batches
@layouts
def test_the_two_factors_in_the_words_multiply_to_the_delta(loss, activation, batch, samples, reduction, layout):
    program = program_of(loss, activation, batch, samples, reduction)
    fused = fused_delta(program.plan, "L")
    steps = derivation(fused, program.plan.shape("z2"), layout)
    shown = first(program, layout).factor.value
    numbers = [program.values]
    expected = [shown]
    if fused.pair.axis is not None:  # one sample after the other, as columns
        columns = samples == "columns"
        cut = [program.values[name] if columns else program.values[name].T for name in ("a2", "y")]
        numbers = [{"a": cut[0][:, [n]], "y": cut[1][:, [n]]} for n in range(batch)]
        own = shown if columns is (layout is Layout.DENOMINATOR) else shown.T
        expected = [own[:, [n]] if layout is Layout.DENOMINATOR else own[:, [n]].T for n in range(batch)]
    for values, delta in zip(numbers, expected, strict=True):
        left, right = (evaluate(parse(spell(factor)), values) for factor in steps.factors)
        product = left @ right if steps.operator == "@" else left * right
        np.testing.assert_allclose(product, delta, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(evaluate(parse(spell(steps.delta)), values), delta, rtol=1e-12, atol=1e-14)


@pairs
@batches
def test_the_fused_factor_is_the_product_of_the_two_that_it_stands_for(loss, activation, batch, samples):
    program = program_of(loss, activation, batch, samples, "mean")
    _, second, *_ = derive(program, "W2", form="hadamard")
    whole = first(program).product.array
    np.testing.assert_allclose(whole, second.product.array, rtol=1e-12, atol=1e-14)
    a, y = program.values["a2"], program.values["y"]
    np.testing.assert_allclose(whole, (a - y) / batch, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("pair", "batch", "samples", "reduction", "said"), [
    (PAIRS[0], 1, "columns", "sum", "∂L/∂z2 = ∂a2/∂z2 · ∂L/∂a2 = I₂ · (a2 − y) = a2 − y"),
    (PAIRS[1], 1, "columns", "sum", "diag(a2 ⊙ (1 − a2)) · ((a2 − y) / (a2 ⊙ (1 − a2))) = a2 − y"),
    (PAIRS[2], 1, "columns", "sum", "(diag(a2) − a2 a2ᵀ) · (−(y / a2)) = a2 ⊙ sum(y) − y"),
    (PAIRS[1], 5, "columns", "sum", "(a2 ⊙ (1 − a2)) ⊙ ((a2 − y) / (a2 ⊙ (1 − a2))) = a2 − y"),
    (PAIRS[1], 5, "rows", "mean", "((a2 − y) / (5 (a2 ⊙ (1 − a2)))) = (a2 − y) / 5"),
    (PAIRS[2], 5, "columns", "sum", "for each sample by itself: with a and y for its column of a2 and of y"),
    (PAIRS[2], 5, "rows", "mean", "(diag(a) − a aᵀ) · (−(y / a) / 5) = (a ⊙ sum(y) − y) / 5"),
    (PAIRS[2], 1, "columns", "sum", "where Σy = 1 if y is a distribution: then it is a − y"),
])  # fmt: skip
def test_the_words_say_how_the_two_become_one(pair, batch, samples, reduction, said):
    assert said in first(program_of(*pair, batch, samples, reduction)).why


def test_in_numerator_layout_the_factors_are_transposed_and_change_sides():
    why = first(program_of(*PAIRS[2]), Layout.NUMERATOR).why
    assert "∂L/∂z2 = ∂L/∂a2 · ∂a2/∂z2 = (−(y / a2)ᵀ) · (diag(a2) − a2 a2ᵀ) = (a2 ⊙ sum(y) − y)ᵀ" in why


def test_without_fusing_nothing_is_said_of_it():
    for step in derive(program_of(*PAIRS[1]), "W2"):
        assert "in one" not in step.why
