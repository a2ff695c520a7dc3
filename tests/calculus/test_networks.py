"""Random networks: gradients against central differences and against backpropagation written by hand; laws of forms."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import Diagnostic, Form, Layout, Network, Operation, Program, Side, derive
from engine.calculus.gradcheck import check_factors, check_gradients

ACTIVATIONS = ["identity", "relu", "sigmoid", "tanh"]
LOSSES = ["half_squared_error", "squared_error"]


@st.composite
def networks(draw) -> Program:
    """A network with layers of pairwise distinct sizes, away from the kinks of ReLU."""
    depth = draw(st.integers(1, 4))
    sizes = draw(st.permutations([2, 3, 4, 5, 6]))[: depth + 1]
    network = Network(
        sizes,
        [draw(st.sampled_from(ACTIVATIONS)) for _ in range(depth)],
        draw(st.sampled_from(LOSSES)),
        draw(st.booleans()),
        draw(st.integers(0, 1)),
    )
    program = network.program(seed=draw(st.integers(0, 10_000)))
    kinked = [name for name, line in program.plan.lines.items() if "relu" in line.text]
    assume(all(np.abs(program.values["z" + name[1:]]).min() > 1e-3 for name in kinked))
    return program


def backpropagation(program: Program) -> tuple[float, dict[str, np.ndarray]]:
    """The loss and every gradient by the textbook's loop: no part of chainstep but the numbers and the names."""
    functions = {
        "identity": (lambda z: z, lambda z: np.ones_like(z)),
        "relu": (lambda z: z * (z > 0), lambda z: 1.0 * (z > 0)),
        "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
        "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    }
    inputs = program.inputs
    weights = [name for name in inputs if name.startswith("W")]
    kinds = [line.text.split("= ")[1].split("(")[0] for name, line in program.plan.lines.items() if name[0] == "a"][1:]
    activations, sums = [inputs["x"]], []
    for weight, kind in zip(weights, kinds, strict=True):
        sums.append(inputs[weight] @ activations[-1] + inputs.get("b" + weight[1:], 0.0))
        activations.append(functions[kind][0](sums[-1]))
    error = activations[-1] - inputs["y"]
    scale = 0.5 if "half" in program.plan.lines["L"].text else 1.0
    gradients: dict[str, np.ndarray] = {}
    by_activation = 2 * scale * error
    for layer in reversed(range(len(weights))):
        number = weights[layer][1:]
        gradients["a" + number] = by_activation
        delta = by_activation * functions[kinds[layer]][1](sums[layer])
        gradients["z" + number] = gradients["b" + number] = delta
        gradients["W" + number] = np.outer(delta, activations[layer])
        by_activation = inputs[weights[layer]].T @ delta
    gradients["x"] = by_activation
    return scale * float(np.sum(error**2)), gradients


@given(networks())
def test_gradients_by_everything_are_those_of_backpropagation_written_by_hand(program):
    loss, gradients = backpropagation(program)
    assert program.values["L"] == pytest.approx(loss, rel=1e-12)
    for name in program.targets:
        if name in ("y", "a0", "a1") and name not in gradients:
            continue
        *_, last = derive(program, name)
        np.testing.assert_allclose(last.result.value, gradients[name], rtol=1e-9, atol=1e-12)
        *_, last = derive(program, name, layout="numerator", form="hadamard")
        np.testing.assert_allclose(last.result.value, gradients[name].T, rtol=1e-9, atol=1e-12)


@given(networks())
def test_every_factor_and_every_gradient_agrees_with_central_differences(program):
    checks = [*check_factors(program), *check_gradients(program)]
    assert [check.message for check in checks if not check.ok] == []
    assert len(checks) > len(program.parameters)


def joined(step) -> np.ndarray:
    """The factor joined to the product before it, by the operation and on the side that the step says."""
    factor, before = step.factor.value, step.before.value
    pair = (factor, before) if step.side is Side.LEFT else (before, factor)
    match step.operation:
        case Operation.MATMUL | Operation.OUTER:
            return pair[0] @ pair[1]
        case Operation.HADAMARD:
            return pair[0] * pair[1]
        case Operation.SUM if step.leg.jacobian is not None:  # over samples: a product with ones
            return pair[0] @ pair[1]
        case Operation.SUM:
            return pair[0] + pair[1]
        case Operation.CONTRACT if step.layout is Layout.DENOMINATOR:
            return np.einsum("ijk,kl->ij", factor, before)
        case Operation.CONTRACT:
            return np.einsum("lk,kji->ji", before, factor)
    raise AssertionError(step.operation)


@given(networks(), st.sampled_from(Form), st.sampled_from(Layout), st.data())
def test_the_factors_as_shown_joined_as_said_give_the_gradient(program, form, layout, data):
    target = data.draw(st.sampled_from([name for name in program.targets if name != "y"]))
    steps = list(derive(program, target, form=form, layout=layout))
    np.testing.assert_array_equal(steps[0].after.value, steps[0].factor.value)
    for one, other in pairwise(steps):
        np.testing.assert_array_equal(one.after.value, other.before.value)
        np.testing.assert_allclose(joined(other), other.after.value, rtol=1e-12, atol=1e-15)
    whole = steps[-1].result.value
    *_, reference = derive(program, target, layout=layout)
    np.testing.assert_allclose(whole, reference.result.value, rtol=1e-12, atol=1e-15)
    if form is Form.VEC:
        whole = whole.reshape(steps[-1].after.shape, order="F" if layout is Layout.DENOMINATOR else "C")
    if form is not Form.ENTRY:
        np.testing.assert_allclose(steps[-1].after.value, whole, rtol=1e-12, atol=1e-15)


@given(networks(), st.data())
def test_all_entries_together_are_the_gradient(program, data):
    target = data.draw(st.sampled_from(program.parameters))
    rows, columns = program.plan.shape(target)
    entries = [
        [list(derive(program, target, form="entry", entry=(i, j)))[-1].after.value.item() for j in range(columns)]
        for i in range(rows)
    ]
    *_, last = derive(program, target)
    np.testing.assert_allclose(entries, last.result.value, rtol=1e-12, atol=1e-15)


@given(networks(), st.sampled_from(Form), st.data())
def test_flipping_the_layout_transposes_every_factor_and_changes_its_side(program, form, data):
    target = data.draw(st.sampled_from([name for name in program.targets if name != "y"]))
    one = list(derive(program, target, form=form, layout="denominator"))
    other = list(derive(program, target, form=form, layout="numerator"))
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left.factor.value, right.factor.value.transpose())
        np.testing.assert_array_equal(left.after.value, right.after.value.transpose())
        assert left.side is None or left.side is right.side.flipped
        assert left.operation is right.operation


@given(networks())
def test_the_product_of_explicit_matrices_in_one_go_is_the_gradient(program):
    name = program.parameters[0].replace("W", "z").replace("b", "z")
    steps = list(derive(program, name))
    product = reduce(np.matmul, [step.factor.value for step in reversed(steps)])
    np.testing.assert_allclose(product, steps[-1].result.value, rtol=1e-12, atol=1e-15)


@given(networks())
def test_one_backward_pass_gives_every_gradient_and_computes_no_factor_twice(program):
    steps = list(derive(program, "all"))
    assert sorted(step.target for step in steps if step.is_last) == sorted(program.parameters)
    names = [step.factor.name for step in steps]
    assert len(names) == len(set(names))
    for step in steps:
        if step.is_last:
            *_, last = derive(program, step.target)
            np.testing.assert_array_equal(step.result.value, last.result.value)


BATCHES = [
    Network([3, 5, 2], ["tanh", "softmax"], "cross_entropy", True, batch=4, samples="columns", reduction="mean"),
    Network([3, 5, 2], ["gelu", "softmax"], "cross_entropy", True, batch=4, samples="rows"),
    Network([3, 5, 2], ["silu", "identity"], "softmax_cross_entropy", True, batch=4, samples="rows_transposed", l2=0.3),
    Network([3, 5, 2], ["elu", "sigmoid"], "binary_cross_entropy", True, batch=1, samples="rows"),
    Network([3, 5, 2], ["softplus", "tanh"], "huber", True, batch=4, samples="rows", reduction="mean", l2=0.1),
    Network([3, 5, 2], ["leaky_relu", "identity"], "mean_squared_error", False, batch=4),
    Network([3, 5, 2], ["tanh", "log_softmax"], "absolute_error", True, batch=4),
    Network([3, 5, 2], ["tanh", "identity"], "sigmoid_cross_entropy", True, 1, batch=4, samples="rows_transposed"),
]


@pytest.mark.parametrize("network", BATCHES, ids=str)
def test_batches_in_columns_and_rows_with_every_loss_agree_with_central_differences(network):
    program = network.program(seed=4)
    targets = np.abs(program.inputs["y"])
    program = program.with_values({"y": targets / (1 + targets.max())})
    checks = [*check_factors(program), *check_gradients(program)]
    assert [check.message for check in checks if not check.ok] == []
    for name in program.parameters:
        for layout in Layout:
            for form in Form:
                *_, last = derive(program, name, layout=layout, form=form)
                shape = program.inputs[name].shape
                assert last.result.shape == (shape if layout is Layout.DENOMINATOR else shape[::-1])


def test_a_kink_that_is_hit_is_said_with_its_convention():
    program = Network([2, 3, 2], ["relu", "sigmoid"]).program({"x": [0, 0]})
    (step,) = [step for step in derive(program, "W1") if step.factor.name == "da1/dz1"]
    assert "3 of its arguments are exactly 0, where relu has a kink" in step.why
    assert "relu′(0) = 0" in step.why


def test_an_activation_can_be_a_formula_of_z():
    written = Network([3, 4, 2], ["z * sigmoid(z)", "tanh"], bias=True).program(seed=5)
    named = Network([3, 4, 2], ["silu", "tanh"], bias=True).program(seed=5)
    for ours, theirs in zip(derive(written, "W1"), derive(named, "W1"), strict=True):
        np.testing.assert_allclose(ours.factor.value, theirs.factor.value, rtol=1e-12)
        assert ours.factor.structure == theirs.factor.structure
    assert all(check.ok for check in (*check_factors(written), *check_gradients(written)))


@pytest.mark.parametrize("formula, message", [
    ("z * q", "reads q"),
    ("exp(1)", "does not read z"),
    ("z / sum(z)", "does not treat each entry of z alone"),
    ("z.T", "does not treat each entry of z alone"),
    ("z *", "ends"),
])  # fmt: skip
def test_an_activation_that_is_none_is_refused(formula, message):
    with pytest.raises(Diagnostic, match=message):
        Network([3, 2], [formula])


def test_weights_can_be_named_from_source_to_target():
    sizes, activations = [2, 3, 2], ["relu", "sigmoid"]
    usual = Network(sizes, activations, first_layer=1).program(seed=7)
    asked = Network(sizes, activations, first_layer=1, weight_indices="source_target").program(seed=7)
    for program, name, reach in (
        (usual, "W2[2,1]", "W2[i, j] reaches only z2[i], with factor a1[j]"),
        (asked, "W2[1,2]", "W2[i, j], from unit i to unit j and so in row j, reaches only z2[j], with factor a1[i]"),
    ):
        *_, last = derive(program, "W2", form="entry", entry=(2, 1))
        assert str(last).startswith(f"5.  ∂L/∂{name} = ")
        assert f"By the one entry {name} there is no tensor: it reaches only z2[2], with factor a1[1]" in last.why
        *_, last = derive(program, "W2")
        assert reach in last.why
        np.testing.assert_array_equal(last.result.value, list(derive(usual, "W2"))[-1].result.value)
    *_, last = derive(asked, "W2", form="index")
    assert "∂z2[k]/∂W2[i,j] = Σk ∂L/∂z2[k] δ[k,j] a1[i]" in str(last)


def test_in_rows_of_samples_source_and_target_are_row_and_column_already():
    program = Network([2, 3], ["relu"], samples="rows", weight_indices="source_target").program()
    assert program.plan.entry_name("W1", (1, 2)) == "W1[1,2]"
