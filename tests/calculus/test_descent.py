"""Gradient steps: the same numbers as plain NumPy, and what happens where they diverge."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Diagnostic, Network, Program
from engine.calculus import descent as module
from engine.calculus.chain import gradients_of
from engine.calculus.descent import Descent, descended


@pytest.fixture
def program() -> Program:
    return Network([2, 4, 3], ["tanh", "sigmoid"], bias=True, batch=5).program(seed=3)


@pytest.fixture
def steep() -> Program:
    return Network([2, 4, 3], ["identity", "identity"]).program(seed=3)


def test_steps_are_those_of_plain_gradient_descent(program):
    taken = descended(program, "L", 0.3, 4)
    values = dict(program.inputs)
    for _ in range(4):
        gradients = gradients_of(program.with_values(values))
        values |= {name: values[name] - 0.3 * gradient for name, gradient in gradients.items()}
    for name, value in values.items():
        np.testing.assert_array_equal(taken.inputs[name], value)


def test_losses_and_norms_are_those_of_the_points_that_were_passed(program):
    descent = Descent(program, "L", 0.3)
    assert descent.take(3) is None
    assert descent.count == 3
    assert descent.losses[0] == float(program.values["L"].item())
    assert descent.losses[-1] == float(descent.program.values["L"].item())
    assert set(descent.norms) == {"W1", "b1", "W2", "b2"}
    assert descent.norms["W1"][0] == float(np.linalg.norm(gradients_of(program)["W1"]))
    assert all(len(norms) == 3 for norms in descent.norms.values())


def test_where_it_diverges_the_last_finite_numbers_are_kept(steep):
    descent = Descent(steep, "L", 1e4)
    problem = descent.take(500)
    assert problem is not None
    assert problem.code == "not_finite"
    assert 1 <= descent.count < 500
    assert np.isfinite(descent.losses).all()
    assert all(np.isfinite(value).all() for value in descent.program.values.values())
    assert all(len(norms) == descent.count for norms in descent.norms.values())


def test_a_count_that_cannot_be_taken_is_refused_and_says_how_many_can(steep):
    most = Descent(steep, "L", 1e4)
    most.take(500)
    with pytest.raises(Diagnostic) as problem:
        descended(steep, "L", 1e4, 500)
    assert f"only {most.count} of 500" in problem.value.message
    assert descended(steep, "L", 1e4, most.count).values["L"] == most.program.values["L"]


def test_what_a_descent_has_computed_is_not_computed_again_and_nothing_else_is_taken_for_it(program, monkeypatch):
    descent = Descent(program, "L", 0.3)
    descent.take(2)
    assert descended(program, "L", 0.3, 2) is descent.program
    other = descended(program, "L", 0.2, 2)
    assert not np.array_equal(other.inputs["W1"], descent.program.inputs["W1"])
    assert not np.array_equal(descended(program, "L", 0.3, 1).inputs["W1"], descent.program.inputs["W1"])


def test_it_stops_where_it_is_told_to(program):
    descent = Descent(program, "L", 0.3)
    assert descent.take(100, lambda: descent.count < 7) is None
    assert descent.count == 7


def test_more_work_than_is_done_at_once_is_refused(program, monkeypatch):
    monkeypatch.setattr(module, "MAX_WORK", 1_000)
    with pytest.raises(Diagnostic) as problem:
        descended(program, "L", 0.3, 50)
    assert problem.value.code == "too_large"


def test_what_is_no_number_has_no_gradient_steps(program):
    with pytest.raises(Diagnostic) as problem:
        Descent(program, "z2", 0.1)
    assert problem.value.code == "no_gradient"
