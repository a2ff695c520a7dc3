"""Inside a step: every entry's sum, in names that are looked up anew and in numbers, is the new product's entry."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Network, Program, derive
from engine.calculus.inside import count_inside, look_inside, positions
from engine.calculus.typeset import spell_cell
from engine.diagnostics import Diagnostic

NETWORKS = {
    "question": Network([2, 3, 4], ["relu", "sigmoid"], first_layer=1).program(seed=7),
    "columns": Network([3, 4, 2], ["tanh", "identity"], bias=True, batch=5).program(seed=3),
    "rows": Network([3, 4, 2], ["tanh", "sigmoid"], bias=True, batch=5, samples="rows").program(seed=3),
    "softmax": Network([3, 4, 2], ["tanh", "softmax"], loss="cross_entropy").program(seed=4),
}
EVERY = [
    (name, layout, form)
    for name in NETWORKS
    for layout in ("denominator", "numerator")
    for form in ("jacobian", "hadamard", "vec", "entry")
]


@pytest.mark.parametrize("name, layout, form", EVERY)
def test_every_entry_comes_to_the_entry_of_the_new_product(name, layout, form):
    program = NETWORKS[name]
    for target in ("W1", "W2", "b1", "x") if name in ("columns", "rows") else (program.parameters[0], "x"):
        for step in derive(program, target, layout=layout, form=form):
            if step.before is None:
                continue
            parts = list(positions(step))
            assert [part.place for part in parts] == list(np.ndindex(step.after.shape))
            for part in parts:
                assert part.equation.endswith(f"= {spell_cell(float(step.after.value[part.place]))}")
                assert part.why


def test_a_tensor_is_one_product_an_entry():
    *_, last = derive(NETWORKS["question"], "W2")
    part = look_inside(last, 3)
    assert part.place == (1, 1)
    assert part.equation.startswith("∂L/∂W2[1,1] = a1[1]·δ2[1] = ")
    assert "only one slice of the tensor is not zero" in part.why


def test_two_paths_are_added():
    program = Program(["a = tanh(x)", "c = sin(x)", "L = sum(a * c)"], {"x": (3, 1)}, seed=2)
    step = next(step for step in derive(program, "x") if step.operation == "sum" and step.leg.jacobian is None)
    parts = list(positions(step))
    assert len(parts) == 3
    assert "so far + by way of a" in parts[1].equation


def test_the_first_factor_and_a_wrong_entry_are_refused():
    first, second, *_ = derive(NETWORKS["question"], "W2")
    with pytest.raises(Diagnostic, match="joins nothing"):
        count_inside(first)
    with pytest.raises(Diagnostic, match="no entry 4"):
        look_inside(second, count_inside(second))


def test_a_large_product_is_looked_into_without_being_computed():
    program = Network([700, 900, 800], ["tanh", "identity"]).program(seed=1)
    *_, last = derive(program, "W1", form="hadamard")
    part = look_inside(last, 700 * 450 + 3)
    assert part.place == (450, 3)
    assert last.product._array is None
