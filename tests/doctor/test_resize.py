"""The same program with sizes that are all different."""

from __future__ import annotations

import pytest

from engine import Network, Program
from engine.doctor.trials import redrawn, resized


def test_sizes_that_coincide_become_different_and_ones_stay():
    changed = resized(Network([2, 2, 2], ["relu", "sigmoid"]).program())
    assert changed is not None
    sizes = [changed.plan.shape(name) for name in ("x", "W1", "W2", "y")]
    (n0, one), (n1, also_n0), (n2, also_n1), (also_n2, _) = sizes
    assert one == 1
    assert (n0, n1, n2) == (also_n0, also_n1, also_n2)
    assert len({n0, n1, n2}) == 3


def test_a_program_whose_sizes_differ_stays_as_it_is():
    program = Network([3, 4, 5], ["tanh", "identity"]).program()
    assert resized(program) is None


def test_dimensions_that_formulas_force_to_be_equal_stay_equal():
    program = Program(
        ["h = tanh(W @ x)", "r = W.T @ h - x", "s = r + B @ r", "L = 0.5 * sum(s**2) / 4"],
        {"x": (2, 4), "W": (2, 2), "B": (2, 2)},
    )
    changed = resized(program)
    assert changed is not None
    shapes = {name: changed.plan.shape(name) for name in ("x", "W", "B")}
    (n, batch), (h, also_n), square = shapes["x"], shapes["W"], shapes["B"]
    assert also_n == n
    assert square == (n, n)
    assert h != n
    assert batch == 4, "its size is written out in the loss"


@pytest.mark.parametrize("seed", range(4))
def test_on_other_numbers_no_activation_hides_its_derivative(seed):
    program = redrawn(Network([3, 4, 5, 2], ["relu", "leaky_relu", "identity"]).program(), seed)
    for name in ("z1", "z2"):
        assert (program.values[name] > 0).any()
        assert (program.values[name] < 0).any()


def test_labels_remain_probabilities():
    network = Network([3, 4, 5], ["tanh", "softmax"], "cross_entropy", batch=6, samples="rows")
    labels = redrawn(network.program(), 3).values["y"]
    assert labels.sum(axis=1) == pytest.approx(1.0)
    assert (labels > 0).all()
