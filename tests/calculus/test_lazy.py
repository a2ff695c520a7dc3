"""`derive` does no work for steps that nobody asks for, and never builds a tensor that nobody looks at."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from engine import Network, derive
from engine.calculus.jacobians import Jacobian


@pytest.fixture
def pulled(monkeypatch) -> list[str]:
    """The structures that have been pulled through, in order."""
    seen: list[str] = []
    for kind in Jacobian.__subclasses__():
        original = kind.pull_at

        def spy(self, values, upstream, original=original):
            seen.append(self.structure)
            return original(self, values, upstream)

        monkeypatch.setattr(kind, "pull_at", spy)
    return seen


def test_steps_know_shapes_and_formulas_before_any_number_is_computed(pulled):
    program = Network([5, 4, 3], ["tanh", "sigmoid"]).program()
    for step in derive(program):
        assert step.factor.shape
        assert step.factor.formula
        assert step.after.shape
        assert step.why
    assert pulled == []


def test_reading_a_product_computes_what_leads_to_it_once(pulled):
    program = Network([5, 4, 3], ["tanh", "sigmoid"]).program()
    steps = list(derive(program, "W1"))
    assert steps[2].product.array.shape == (4, 1)
    assert pulled == ["diagonal", "dense"]
    assert steps[2].after.value.shape == (4, 1)
    assert pulled == ["diagonal", "dense"]


def test_the_forward_pass_runs_at_the_first_next_and_not_before():
    program = Network([5, 4, 3], ["tanh", "sigmoid"]).program()
    steps = derive(program)
    assert "_values" not in vars(program)
    next(steps)
    assert "_values" in vars(program)


def test_a_window_of_a_huge_tensor_costs_what_is_seen():
    program = Network([768, 3072, 10], ["tanh", "sigmoid"]).program()
    *_, last = derive(program, "W1")
    _ = program.values
    shape = last.factor.shape
    assert shape == (3072, 768, 3072)
    tracemalloc.start()
    window = last.factor.shown.window(slice(40, 52), slice(7, 19), slice(45, 57))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000
    expected = np.zeros((12, 12, 12))
    for k in range(45, 52):
        expected[k - 40, :, k - 45] = program.values["a0"][7:19, 0]
    np.testing.assert_array_equal(window, expected)


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
def test_a_window_of_a_gradient_is_that_of_the_whole_and_does_not_compute_it(layout):
    program = Network([768, 3072, 10], ["tanh", "sigmoid"]).program()
    *_, last = derive(program, "W1", layout=layout)
    _ = last.upstream.array
    tracemalloc.start()
    window = last.result.window(slice(5, 17), slice(40, 52))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    np.testing.assert_allclose(window, last.result.value[5:17, 40:52], rtol=1e-12)
