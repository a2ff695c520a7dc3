"""Forward accumulation: the same factors from the other end, with the same result and at another cost."""

import numpy as np
import pytest

from engine import ALL, Diagnostic, Form, Layout, Network, Program, Side, derive
from engine.calculus.cost import costs

SOFTMAX = Network([2, 3, 4], ["tanh", "softmax"], "cross_entropy", bias=True).program(seed=3)
ROWS = Network([2, 3, 4], ["sigmoid", "identity"], bias=True, batch=5, samples="rows", reduction="mean").program(seed=4)
RESIDUAL = Program(
    ["h = tanh(W @ x)", "r = h + V @ x", "s = r * h", "L = sum(s**2)"], {"x": (2, 1), "W": (3, 2), "V": (3, 2)}, seed=5
)
TARGETS = [
    (SOFTMAX, "W1"),
    (SOFTMAX, "b2"),
    (SOFTMAX, "x"),
    (ROWS, "W1"),
    (ROWS, "b1"),
    (RESIDUAL, "x"),
    (RESIDUAL, "W"),
]


@pytest.mark.parametrize("program, target", TARGETS)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("form", Form)
def test_both_orders_come_to_the_same_derivative(program, target, layout, form):
    *_, reverse = derive(program, target, layout=layout, form=form)
    *_, forward = derive(program, target, layout=layout, form=form, order="forward")
    np.testing.assert_allclose(forward.result.value, reverse.result.value, rtol=1e-12, atol=1e-14)
    assert forward.result.shape == reverse.result.shape
    assert forward.is_last


@pytest.mark.parametrize("program, target", TARGETS)
@pytest.mark.parametrize("layout", Layout)
def test_the_new_product_is_the_factor_times_the_product_so_far(program, target, layout):
    for form in (Form.VEC, Form.ENTRY):
        for step in derive(program, target, layout=layout, form=form, order="forward"):
            if step.before is None or str(step.operation) != "matmul":
                continue
            assert step.side is (Side.RIGHT if layout is Layout.DENOMINATOR else Side.LEFT)
            pair = (step.before.value, step.factor.value)
            left, right = pair if step.side is Side.RIGHT else pair[::-1]
            np.testing.assert_allclose(left @ right, step.after.value, rtol=1e-12, atol=1e-14)


def test_every_completed_product_is_the_derivative_of_that_value_by_the_target():
    completed = {step.product.of: step for step in derive(RESIDUAL, "x", order="forward")}
    assert set(completed) == {"h", "r", "s", "L"}
    for name, step in completed.items():
        *_, alone = derive(RESIDUAL, "x", of=name)
        np.testing.assert_allclose(step.after.value, alone.after.value, rtol=1e-12, atol=1e-14)


def test_all_parameters_are_one_pass_each():
    steps = list(derive(SOFTMAX, ALL, order="forward"))
    assert [step.index for step in steps] == list(range(len(steps)))
    assert {step.target for step in steps if step.is_last} == set(SOFTMAX.parameters)
    gradients = {step.target: step.product.array for step in derive(SOFTMAX, ALL) if step.is_last}
    for step in steps:
        if step.is_last:
            np.testing.assert_allclose(step.product.array, gradients[step.target], rtol=1e-12)


def test_the_sentence_says_how_much_is_carried():
    second = list(derive(SOFTMAX, "W1", order="forward"))[1]
    assert "grows to the right" in second.why
    assert "each of W1: 18" in second.why
    assert str(second).startswith("2.  ∂a1/∂W1 = Σₖ ∂z1[k]/∂W1 · ∂a1/∂z1[k]")


def test_a_loss_by_many_weights_is_why_one_goes_backwards():
    found = costs(Network([20, 30, 5], ["relu", "sigmoid"]).program(), "W1")
    assert found.reverse_total == 5 + 30 * 5 + 30 + 30 * 20
    assert found.forward_total == 600 * (30 + 30 * 5 + 5 + 5)


def test_what_would_be_too_large_is_refused_before_it_is_allocated():
    program = Network([3000, 2000, 10], ["relu", "sigmoid"]).program()
    with pytest.raises(Diagnostic, match="would have"):
        list(derive(program, "W1", order="forward"))


def test_an_order_that_does_not_exist_is_refused():
    with pytest.raises(Diagnostic, match="there is no order called sideways"):
        derive(RESIDUAL, "x", order="sideways")
