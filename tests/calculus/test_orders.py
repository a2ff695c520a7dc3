"""Costs in both orders, second derivatives, and fused output deltas."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Network, Program, derive
from engine.calculus.chain import hessian, with_gradient
from engine.calculus.cost import costs


def test_reverse_order_multiplies_vectors_and_forward_order_matrices():
    program = Network([20, 30, 10], ["tanh", "sigmoid"]).program()
    found = costs(program, "W1")
    assert [cost.factor for cost in found.reverse] == ["dL/da2", "da2/dz2", "dz2/da1", "da1/dz1", "dz1/dW1"]
    assert [cost.multiplications for cost in found.reverse] == [0, 10, 10 * 30, 30, 30 * 20]
    assert [cost.memory for cost in found.reverse] == [10, 10, 30, 30, 600]
    assert [cost.factor for cost in found.forward] == ["dz1/dW1", "da1/dz1", "dz2/da1", "da2/dz2", "dL/da2"]
    assert [cost.multiplications for cost in found.forward] == [0, 600 * 30, 600 * 300, 600 * 10, 600 * 10]
    assert found.forward_total > 100 * found.reverse_total


def test_by_the_one_input_of_a_wide_output_forward_order_is_the_cheaper_one():
    lines = ["h = tanh(W1 @ x)", "k = tanh(W2 @ h)", "f = tanh(W3 @ k)"]
    program = Program(lines, {"x": (1, 1), "W1": (5, 1), "W2": (6, 5), "W3": (40, 6)})
    found = costs(program, "x", of="f")
    assert found.forward_total < found.reverse_total


def test_the_structure_of_a_factor_saves_multiplications():
    program = Network([4, 5, 3], ["softmax", "tanh"], bias=True).program()
    for cost in costs(program, "all").reverse:
        assert cost.multiplications <= cost.explicit


CURVED = [
    Network([3, 4, 2], ["tanh", "sigmoid"], bias=True),
    Network([3, 4, 2], ["relu", "softmax"], "cross_entropy"),
    Network([3, 4, 2], ["gelu", "identity"], "huber"),
    Network([3, 4, 2], ["softplus", "tanh"], "squared_error", batch=5, samples="rows"),
]


@pytest.mark.parametrize("network", CURVED, ids=str)
def test_a_block_of_the_hessian_agrees_with_differences_of_the_gradient(network):
    program = network.program(seed=3)
    program = program.with_values({"y": np.abs(program.inputs["y"])})
    for first, second in (("W1", "W1"), ("W1", "W2"), ("W2", "W1")):
        block = hessian(program, first, second)
        value, columns = np.array(program.inputs[second]), []
        for position in range(value.size):
            sides = []
            for sign in (1, -1):
                moved = value.ravel(order="F").copy()
                moved[position] += sign * 1e-5
                changed = program.with_values({second: moved.reshape(value.shape, order="F")})
                *_, last = derive(changed, first)
                sides.append(last.result.value.ravel(order="F"))
            columns.append((sides[0] - sides[1]) / 2e-5)
        np.testing.assert_allclose(block, np.stack(columns, axis=1), rtol=1e-6, atol=1e-7)


def test_the_hessian_is_symmetric_across_its_blocks():
    program = Network([3, 4, 2], ["tanh", "sigmoid"]).program(seed=3)
    np.testing.assert_allclose(hessian(program, "W1", "W2"), hessian(program, "W2", "W1").T, rtol=1e-9, atol=1e-12)


def test_the_gradient_is_a_line_that_can_be_stepped_through_again():
    program = with_gradient(Network([3, 4, 2], ["tanh", "sigmoid"]).program(), "W2")
    assert list(program.plan.lines)[-1] == "g_W2"
    assert [step.factor.denominator for step in derive(program, "W1", of="g_W2")][-1] == "W1"


FUSED = [
    (Network([3, 4, 2], ["tanh", "identity"]), "a2 - y"),
    (Network([3, 4, 2], ["tanh", "sigmoid"], "binary_cross_entropy"), "a2 - y"),
    (Network([3, 4, 2], ["tanh", "softmax"], "cross_entropy"), "a2 * sum(y) - y"),
    (Network([3, 4, 2], ["tanh", "softmax"], "cross_entropy", batch=5, samples="rows", reduction="mean"),
     "(a2 * sum(y, axis=1, keepdims=True) - y) / 5"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "delta"), FUSED, ids=[delta for _, delta in FUSED])
def test_a_fused_delta_is_one_factor_and_the_same_gradient(network, delta):
    program = network.program(seed=5)
    program = program.with_values({"y": np.abs(program.inputs["y"]) / 2})
    first, *others = derive(program, "W1", fused=True)
    assert (first.factor.name, first.factor.formula) == ("dL/dz2", delta)
    assert len(others) == len(list(derive(program, "W1"))) - 2
    *_, reference = derive(program, "W1")
    np.testing.assert_allclose(others[-1].result.value, reference.result.value, rtol=1e-9, atol=1e-12)


def test_what_does_not_fuse_keeps_its_factors():
    program = Network([3, 4, 2], ["tanh", "sigmoid"]).program()
    assert [step.factor.name for step in derive(program, "W2", fused=True)] == ["dL/da2", "da2/dz2", "dz2/dW2"]
    fusing = Network([3, 4, 2], ["tanh", "identity"]).program()
    assert [step.factor.name for step in derive(fusing, "a2", fused=True)] == ["dL/da2"]
