"""Over a batch a bias is summed over the samples, and a weight gets one outer product from each."""

from __future__ import annotations

import re

import numpy as np
import pytest

from engine import Form, Layout, Network, Operation, Program, Side, derive
from engine.calculus.typeset import equation

every = pytest.mark.parametrize(
    ("samples", "layout"),
    [(samples, layout) for samples in ("columns", "rows", "rows_transposed") for layout in Layout],
)


def last_step(target, samples, layout, form):
    network = Network([3, 4, 2], ["tanh", "sigmoid"], bias=True, batch=5, samples=samples)
    *_, last = derive(network.program(seed=2), target, layout=layout, form=form)
    return last


@every
@pytest.mark.parametrize("form", Form)
def test_the_factor_of_a_bias_is_explained_as_the_sum_over_the_samples(samples, layout, form):
    step = last_step("b2", samples, layout, form)
    lines = "columns" if samples == "columns" else "rows"
    assert f"b2 stands in each of the 5 {lines} of z2, so its derivative is the sum over the samples" in step.why
    entries = step.product.before.array
    np.testing.assert_allclose(step.product.array, entries.sum(axis=1 if lines == "columns" else 0, keepdims=True))


@every
def test_in_form_hadamard_it_is_a_sum_by_a_product_with_ones(samples, layout):
    step = last_step("b2", samples, layout, Form.HADAMARD)
    axis = 1 if (samples == "columns") is (layout is Layout.DENOMINATOR) else 0
    assert step.operation is Operation.SUM
    assert step.symbol == "·"
    assert step.factor.formula == ("ones((5, 1))" if axis == 1 else "ones((1, 5))")
    assert equation(step).endswith(f"= sum(∂L/∂z2, axis={axis})")
    assert f"{'δ · 1' if axis == 1 else '1 · δ'} = sum(δ, axis={axis})" in step.why
    np.testing.assert_allclose(step.before.value.sum(axis=axis, keepdims=True), step.after.value)
    pair = (step.factor.value, step.before.value)
    left, right = pair if step.side is Side.LEFT else pair[::-1]
    np.testing.assert_allclose(left @ right, step.after.value)


@every
@pytest.mark.parametrize("form", Form)
def test_the_gradient_of_a_weight_is_said_to_sum_one_outer_product_per_sample(samples, layout, form):
    """The formula in the words is read and computed: Σₙ of the one vector of each sample times the other."""
    step = last_step("W2", samples, layout, form)
    match = re.search(
        r"is the sum over the samples \(5 (\w+) of z2\) of one outer product each, Σₙ (\S+) (\S+), with", step.why
    )
    delta, a1 = step.product.before.array, step.product.values["a1"]
    if layout is Layout.NUMERATOR:
        delta = delta.T
    names = {"δ": delta, "a1": a1}

    def vector(text: str, n: int) -> np.ndarray:
        name, index, turned = re.fullmatch(r"(δ|a1)\[(:,n|n,:)\](ᵀ?)", text).groups()
        part = names[name][:, [n]] if index == ":,n" else names[name][[n]]
        return part.T if turned else part

    total = sum(vector(match[2], n) @ vector(match[3], n) for n in range(5))
    np.testing.assert_allclose(total, step.result.value, rtol=1e-12, atol=1e-14)
    assert match[1] == ("columns" if samples == "columns" else "rows")


@pytest.mark.parametrize("layout", Layout)
def test_a_weight_that_is_read_transposed_joins_the_transposed_product(layout):
    step = last_step("W2", "rows_transposed", layout, Form.HADAMARD)
    expected = "(∂L/∂z2)ᵀ · a1" if layout is Layout.DENOMINATOR else "a1ᵀ · (∂L/∂z2)ᵀ"
    assert equation(step).endswith(expected)
    pair = (step.factor.value, step.before.value)
    left, right = pair if step.side is Side.LEFT else pair[::-1]
    np.testing.assert_allclose(left @ right, step.after.value)
    assert "W2 transposed" in step.why


def test_one_sample_and_what_is_no_parameter_are_not_said_to_be_summed():
    single = Network([3, 4, 2], ["tanh", "sigmoid"], bias=True).program(seed=2)
    batch = Network([3, 4, 2], ["tanh", "sigmoid"], batch=5).program(seed=2)
    for program, target in ((single, "b2"), (single, "W2"), (batch, "a1")):
        *_, last = derive(program, target)
        assert "the sum over" not in last.why


def test_without_named_dimensions_the_rows_are_named():
    program = Program(["Z = X @ W + b", "L = sum(tanh(Z))"], {"X": (5, 3), "W": (3, 2), "b": (1, 2)})
    *_, last = derive(program, "b")
    assert "b stands in each of the 5 rows of Z, so its derivative is the sum over the rows" in last.why
