"""Random programs: values, gradients, factors and products are those of HIPS autograd, which is not ours."""

from __future__ import annotations

import numpy as np
import pytest

from engine.calculus.jacobians import Dense, Kronecker
from engine.calculus.operations import OPERATORS
from engine.formula import FUNCTIONS, parse_assignment
from engine.formula.syntax import Binary, Call, Index, Literal, Name, Negate, Number, Transpose, walk
from tests.oracles.compare import DisagreementError, Tally, compare, compare_seed
from tests.oracles.draws import Draw
from tests.oracles.libraries import Autograd
from tests.oracles.programs import random_program

pytest.importorskip("autograd")

BATCHES, SIZE = 44, 50


@pytest.mark.parametrize("batch", range(BATCHES))
def test_values_gradients_factors_and_formulas_of_random_programs_are_those_of_autograd(batch):
    autograd, tally = Autograd(), Tally()
    for seed in range(batch * SIZE, (batch + 1) * SIZE):
        compare_seed(seed, autograd, tally)
    assert tally.programs == SIZE
    assert tally.gradients > 5 * SIZE
    assert tally.factors > SIZE
    assert tally.formulas > SIZE
    assert tally.worst < 1e-9


def test_a_program_of_a_seed_is_always_the_same():
    for seed in range(20):
        (one, _), (other, _) = random_program(seed), random_program(seed)
        assert str(one) == str(other)
        for name, value in one.inputs.items():
            np.testing.assert_array_equal(value, other.inputs[name])


def test_random_programs_are_of_every_kind():
    text = "\n".join(str(random_program(seed)[0]) for seed in range(500))
    for part in (
        "softmax_rows", "log_softmax", "vstack", "hstack", "inv(", "det(", "trace(", "norm(", "outer(", "diag(", ".T",
        "keepdims", "gelu", "exp", "sqrt", "**", "_cross_entropy", "huber(", "mean_squared_error", "[", "/ 3", "0.15",
    ):  # fmt: skip
        assert part in text


UNDIFFERENTIATED = {"any", "all", "shape", "arange", "concat", "commutation", "ones", "zeros", "eye"}
"""What gives whole numbers, numbers that are fixed, or a NumPy vector without orientation."""


def test_every_function_that_has_a_derivative_is_in_some_random_program():
    parts = [
        part
        for seed in range(BATCHES * SIZE)
        for line in random_program(seed)[0].plan.lines.values()
        for part in walk(parse_assignment(line.text).expression)
    ]
    called = {part.function for part in parts if isinstance(part, Call)}
    assert set(FUNCTIONS) - UNDIFFERENTIATED <= called
    assert {part.operator for part in parts if isinstance(part, Binary)} >= {*OPERATORS} - {"==", "!="}
    assert {type(part) for part in parts} == {Binary, Call, Index, Literal, Name, Negate, Number, Transpose}


def compare_first(count: int) -> None:
    for seed in range(count):
        compare_seed(seed, Autograd(), Tally())


@pytest.mark.parametrize("wrong", [
    lambda gradient: gradient.swapaxes(-1, -2),
    lambda gradient: -gradient,
    lambda gradient: gradient * (1 + 1e-7),
], ids=["transposed", "negated", "scaled"])  # fmt: skip
def test_a_wrong_gradient_is_noticed(wrong, monkeypatch):
    right = Kronecker.pull_at
    monkeypatch.setattr(Kronecker, "pull_at", lambda *arguments: wrong(right(*arguments)))
    with pytest.raises(DisagreementError):
        compare_first(20)


def test_a_wrong_factor_is_noticed_where_the_gradient_is_right(monkeypatch):
    right = Dense.block
    monkeypatch.setattr(Dense, "block", lambda *arguments: right(*arguments)[:, ::-1])
    with pytest.raises(DisagreementError, match="step"):
        compare_first(20)


def test_a_wrong_formula_is_noticed_where_the_numbers_are_right(monkeypatch):
    right = Dense.numerator_formula
    monkeypatch.setattr(Dense, "numerator_formula", lambda jacobian: Negate(right(jacobian)))
    with pytest.raises(DisagreementError, match="its formula"):
        compare_first(20)


def test_a_wrong_value_is_noticed():
    program, _ = random_program(3)
    program._values = {name: value + 1e-6 for name, value in program.values.items()}
    with pytest.raises(DisagreementError, match="differs"):
        compare(program, Autograd(), Draw(np.random.default_rng(3)), Tally())
