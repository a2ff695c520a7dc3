"""A moved entry: what moves is what the derivative says, however samples lie, against central differences."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Diagnostic, Network, Program
from engine.calculus.perturb import Lever, lever, perturb
from engine.scenario import load

SAMPLES = ("columns", "rows", "rows_transposed")


def network(samples: str, batch: int = 5) -> Program:
    return Network([2, 4, 3], ["tanh", "softmax"], "cross_entropy", bias=True, batch=batch, samples=samples).program(
        seed=4
    )


def run(program: Program, name: str, moved: np.ndarray) -> dict[str, np.ndarray]:
    """The forward pass with another number for any value, written out here."""
    values = {**program.values, name: moved}
    for line in program.plan.lines.values():
        if line.name != name:
            values[line.name] = line.evaluate(values)
    return values


@pytest.mark.parametrize("samples", SAMPLES)
@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2", "x", "z1", "a1", "z2"])
def test_derivatives_of_every_later_value_are_central_differences(samples, name):
    program = network(samples)
    rows, columns = program.plan.shape(name)
    for entry in {(0, 0), (rows - 1, columns // 2), (rows // 2, columns - 1)}:
        found = perturb(program, name, entry, 1e-6)
        sides = []
        for sign in (1, -1):
            moved = np.array(program.values[name])
            moved[entry] += sign * 1e-6
            sides.append(run(program, name, moved))
        assert found.moved[-1].name == "L"
        for value in found.moved:
            central = (sides[0][value.name] - sides[1][value.name]) / 2e-6
            np.testing.assert_allclose(value.derivative, central.reshape(value.old.shape), rtol=1e-6, atol=1e-8)
            assert value.agrees


@pytest.mark.parametrize("samples", SAMPLES)
def test_the_loss_moves_by_the_entry_of_the_gradient(samples):
    program = network(samples)
    for name, gradient in opened_gradients(program).items():
        for entry in np.ndindex(*gradient.shape):
            (*_, loss) = perturb(program, name, entry, 1e-6).moved
            assert float(loss.derivative.item()) == pytest.approx(gradient[entry], rel=1e-10, abs=1e-14)


def opened_gradients(program: Program) -> dict[str, np.ndarray]:
    from engine.calculus.chain import gradients_of

    return gradients_of(program)


@pytest.mark.parametrize("samples", SAMPLES)
@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize(("y", "x"), [("z2", "W2"), ("z1", "W1"), ("z2", "a1"), ("z1", "x")])
def test_a_lever_is_by_what_the_line_moves(samples, batch, y, x):
    program = Network([2, 4, 3], ["tanh", "sigmoid"], batch=batch, samples=samples).program(seed=4)
    rows, columns = program.plan.shape(x)
    for entry in np.ndindex(rows, columns):
        found = lever(program.plan, y, x, entry)
        if found is None:
            assert x in ("a1", "x")  # of a batch by an operand on the side of the weights' transpose
            continue
        moved = next(value for value in perturb(program, x, entry, 1e-6).moved if value.name == y)
        expected = np.zeros(moved.old.shape)
        by = program.matrix(found.other).take(found.other_index, axis=found.other_axis)
        expected[(found.index, slice(None)) if found.axis == 0 else (slice(None), found.index)] = by
        np.testing.assert_allclose(moved.derivative, expected, rtol=1e-12)


def test_in_the_question_an_entry_of_w3_moves_one_entry_of_z3_by_one_of_a2():
    program = load("question").opening.program
    found = perturb(program, "W3", (1, 0), 1e-3)
    z3 = found.moved[0]
    assert z3.places.tolist() == [[1, 0]]
    assert lever(program.plan, "z3", "W3", (1, 0)) == Lever(0, 1, "a2", 0, 0)
    assert z3.derivative[1, 0] == program.matrix("a2")[0, 0]


def test_at_a_kink_the_two_differ_and_the_kink_is_named():
    program = load("question").opening.program.with_values({"x": [0.5, 0.125]})  # z2[0] is 0 there
    assert program.matrix("z2")[0, 0] == 0
    a2 = next(value for value in perturb(program, "W2", (0, 0), 1e-3).moved if value.name == "a2")
    assert not a2.agrees
    assert a2.kinks == ("relu",)


def test_nothing_in_the_program_changes():
    program = network("rows")
    before = {name: value.copy() for name, value in program.values.items()}
    perturb(program, "W1", (0, 1), 0.5)
    for name, value in before.items():
        np.testing.assert_array_equal(program.values[name], value)


@pytest.mark.parametrize(
    ("name", "entry", "epsilon", "code"),
    [
        ("nobody", (0, 0), 0.1, "unknown_name"),
        ("W1", (2, 4), 0.1, "bad_value"),
        ("W1", (-1, 0), 0.1, "bad_value"),
        ("W1", (0, 0), 0.0, "bad_value"),
        ("W1", (0, 0), float("nan"), "bad_value"),
        ("W1", (0, 0), float("inf"), "bad_value"),
        ("W1", (0, 0), 1e-300, "bad_value"),
    ],
)
def test_what_cannot_be_moved_is_refused(name, entry, epsilon, code):
    with pytest.raises(Diagnostic) as problem:
        perturb(network("rows"), name, entry, epsilon)
    assert problem.value.code == code
