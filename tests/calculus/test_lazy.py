"""`derive` does no work for steps that nobody asks for, and never builds a tensor that nobody looks at."""

from __future__ import annotations

import dataclasses
import gc
import itertools
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engine import Form, Layout, Network, Program, derive
from engine.calculus.jacobians import Jacobian
from engine.formula import FUNCTIONS


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


PROGRAMS = {
    "column": Network([4, 3, 2], ["relu", "softmax"], "cross_entropy", bias=True).program(),
    "columns": Network([4, 3, 2], ["gelu", "softmax"], "cross_entropy", bias=True, batch=5).program(),
    "rows": Network([4, 3, 2], ["tanh", "sigmoid"], bias=True, batch=5, samples="rows_transposed").program(),
    "residual, weights shared": Program(
        ["a = relu(W @ x)", "b = a + W @ a", "V = W.T", "L = sum(log_softmax(V @ b)) + sum(W**2)"],
        {"x": (3, 1), "W": (3, 3)},
    ),
    "a vector by a matrix": Program(["z = W @ x", "L = tanh(z)"], {"x": (4, 1), "W": (3, 4)}),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("form", Form)
def test_a_window_of_any_factor_or_product_is_that_part_of_the_whole(name, layout, form):
    program = PROGRAMS[name]
    # In the one derivation nothing is read but windows, in the other nothing but wholes.
    pairs = zip(derive(program, layout=layout, form=form), derive(program, layout=layout, form=form), strict=True)
    for windowed, whole in pairs:
        for cut, matrix in (
            (windowed.factor, whole.factor),
            (windowed.after, whole.after),
            (windowed.before, whole.before),
            (windowed.result, whole.result),
        ):
            if cut is None or matrix is None:
                continue
            starts = itertools.product(*(range(size) for size in matrix.shape))
            for corner in itertools.islice(starts, 0, None, 5):
                cuts = tuple(slice(start, start + 4) for start in corner)
                np.testing.assert_allclose(cut.window(*cuts), matrix.value[cuts], rtol=1e-12, atol=1e-15)


def test_a_formula_that_a_factor_and_its_product_share_is_evaluated_once_for_any_layout_and_form(monkeypatch):
    calls = []

    def slope(z, a):
        calls.append(z)
        return (z > 0).astype(float)

    monkeypatch.setitem(FUNCTIONS, "relu", dataclasses.replace(FUNCTIONS["relu"], slope=slope))
    program = Network([5, 4, 3], ["relu", "sigmoid"]).program()
    for layout in Layout:
        for form in Form:
            for step in derive(program, layout=layout, form=form):
                assert step.factor.value.size
                assert step.product.array.size
    assert len(calls) == 1


def test_what_a_program_keeps_of_its_derivations_holds_no_numbers():
    program = Network([5, 4, 3], ["tanh", "sigmoid"]).program()
    other = program.redrawn(seed=4)
    steps = list(derive(other, form=Form.HADAMARD))
    kept = [weakref.ref(other.values["z1"]), *(weakref.ref(step.product.array) for step in steps[1:])]
    assert all(step.factor.value.size for step in steps)
    del other, steps
    gc.collect()
    assert [reference() for reference in kept] == [None] * len(kept)


def test_the_values_of_a_program_are_read_only():
    program = Network([5, 4, 3], ["tanh", "sigmoid"]).program()
    with pytest.raises(TypeError, match="read-only"):
        program.values["z1"] = np.zeros((4, 1))
    with pytest.raises(TypeError, match="read-only"):
        program.values.update(z1=np.zeros((4, 1)))


def test_the_forward_pass_leaves_numpys_error_state_alone_in_every_thread():
    programs = [Network([5, 4, 3], ["tanh", "sigmoid"]).program(seed=seed) for seed in range(16)]

    def run(program):
        before = np.geterr()
        loss = program.values["L"]
        return loss, np.geterr() == before

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(run, programs))
    assert [loss for loss, _ in found] == [program.redrawn(program.seed).values["L"] for program in programs]
    assert all(same for _, same in found)
