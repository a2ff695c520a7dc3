"""The 2-3-2 network of the question: every factor, in both layouts and in every form, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Layout, Network, derive

PROGRAM = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1).program(
    {
        "x": [0.5, -0.25],
        "y": [1.0, 0.0],
        "W2": [[0.1, -0.4], [0.7, 0.2], [0.4, -0.6]],
        "W3": [[0.5, -0.2, 0.3], [-0.6, 0.4, 0.1]],
    }
)

# factor, structure, and in denominator layout: formula, on paper, shape, product after it
DENOMINATOR = [
    ("dL/da3", "dense", "a3 - y", "a3 − y", (2, 1), (2, 1)),
    ("da3/dz3", "diagonal", "diag(a3 * (1 - a3))", "diag(a3 ⊙ (1 − a3))", (2, 2), (2, 1)),
    ("dz3/da2", "dense", "W3.T", "W3ᵀ", (3, 2), (3, 1)),
    ("da2/dz2", "diagonal", "diag(drelu(z2))", "diag(relu′(z2))", (3, 3), (3, 1)),
    ("dz2/dW2", "kronecker", "kron(a1, eye(3))", "a1 ⊗ I₃", (3, 2, 3), (3, 2)),
]
NUMERATOR = [
    ("dL/da3", "dense", "(a3 - y).T", "(a3 − y)ᵀ", (1, 2), (1, 2)),
    ("da3/dz3", "diagonal", "diag(a3 * (1 - a3))", "diag(a3 ⊙ (1 − a3))", (2, 2), (1, 2)),
    ("dz3/da2", "dense", "W3", "W3", (2, 3), (1, 3)),
    ("da2/dz2", "diagonal", "diag(drelu(z2))", "diag(relu′(z2))", (3, 3), (1, 3)),
    ("dz2/dW2", "kronecker", "kron(a1.T, eye(3))", "a1ᵀ ⊗ I₃", (3, 2, 3), (2, 3)),
]
HADAMARD = [
    ("dL/da3", None, None, "a3 - y", (2, 1)),
    ("da3/dz3", "hadamard", "left", "a3 * (1 - a3)", (2, 1)),
    ("dz3/da2", "matmul", "left", "W3.T", (3, 2)),
    ("da2/dz2", "hadamard", "left", "drelu(z2)", (3, 1)),
    ("dz2/dW2", "outer", "right", "a1.T", (1, 2)),
]


@pytest.mark.parametrize(("layout", "table"), [("denominator", DENOMINATOR), ("numerator", NUMERATOR)])
def test_every_factor_is_the_one_of_the_table(layout, table):
    steps = list(derive(PROGRAM, "W2", layout=layout))
    found = [
        (
            step.factor.name,
            step.factor.structure,
            step.factor.formula,
            str(step.factor),
            step.factor.shape,
            step.after.shape,
        )
        for step in steps
    ]
    assert found == table


@pytest.mark.parametrize("layout", Layout)
def test_a_new_factor_joins_on_the_left_in_denominator_and_on_the_right_in_numerator_layout(layout):
    first, *others = derive(PROGRAM, "W2", layout=layout)
    assert first.side is first.operation is first.before is None
    side = "left" if layout is Layout.DENOMINATOR else "right"
    assert [(step.side, step.operation) for step in others] == [(side, "matmul")] * 3 + [(side, "contract")]


def test_in_hadamard_form_diagonals_collapse_and_the_tensor_becomes_an_outer_product():
    found = [
        (step.factor.name, step.operation, step.side, step.factor.formula, step.factor.shape)
        for step in derive(PROGRAM, "W2", form="hadamard")
    ]
    assert found == HADAMARD


def test_in_numerator_layout_the_outer_product_has_its_column_on_the_left():
    *_, last = derive(PROGRAM, "W2", form="hadamard", layout="numerator")
    assert (last.operation, last.side, last.factor.formula, last.factor.shape) == ("outer", "left", "a1", (2, 1))
    assert (last.before.shape, last.after.shape) == ((1, 3), (2, 3))


@pytest.mark.parametrize("i", range(3))
@pytest.mark.parametrize("j", range(2))
@pytest.mark.parametrize("layout", Layout)
def test_by_one_entry_the_tensor_is_a_vector_with_one_entry_a1_j_in_place_i(i, j, layout):
    *_, last = derive(PROGRAM, "W2", form="entry", entry=(i, j), layout=layout)
    row = np.zeros((1, 3))
    row[0, i] = PROGRAM.values["a1"][j, 0]
    np.testing.assert_array_equal(last.factor.value, row if layout is Layout.DENOMINATOR else row.T)
    assert last.factor.shape == ((1, 3) if layout is Layout.DENOMINATOR else (3, 1))
    whole = last.result.value if layout is Layout.DENOMINATOR else last.result.value.T
    assert last.after.value.item() == pytest.approx(whole[i, j], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("layout", Layout)
def test_the_tensor_is_delta_ki_times_a_j(layout):
    *_, last = derive(PROGRAM, "W2", layout=layout)
    a1 = PROGRAM.values["a1"]
    expected = np.zeros((3, 2, 3))
    for i in range(3):
        expected[i, :, i] = a1[:, 0]
    if layout is Layout.NUMERATOR:
        expected = expected.transpose()
    np.testing.assert_array_equal(last.factor.value, expected)


def test_the_whole_gradient_is_one_formula_as_one_writes_it_in_code():
    from engine.formula import spell

    *_, last = derive(PROGRAM, "W2")
    assert spell(last.product.formula) == "((W3.T @ ((a3 - y) * a3 * (1 - a3))) * drelu(z2)) @ a1.T"


def test_the_input_under_its_two_names_has_one_derivative():
    by_x, by_a1 = list(derive(PROGRAM, "x")), list(derive(PROGRAM, "a1"))
    assert [step.factor.name for step in by_x] == [step.factor.name for step in by_a1]
    assert (by_x[-1].target, by_a1[-1].target) == ("x", "a1")


def test_first_layer_numbers_the_weights():
    zero = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=0).program()
    assert zero.parameters == ("W1", "W2")
    assert [step.factor.name for step in derive(zero, "W1")][-1] == "dz1/dW1"


@pytest.mark.parametrize("layout", Layout)
def test_a_step_prints_as_a_derivation_is_written(layout):
    text = str(list(derive(PROGRAM, "W2", layout=layout))[2])
    if layout is Layout.DENOMINATOR:
        assert text.startswith("3.  ∂L/∂a2 = ∂z3/∂a2 · ∂L/∂z3 = W3ᵀ · ∂L/∂z3\n")
        assert "⎡  0.5000  -0.6000 ⎤" in text
        assert "3×2" in text
    else:
        assert text.startswith("3.  ∂L/∂a2 = ∂L/∂z3 · ∂z3/∂a2 = ∂L/∂z3 · W3\n")


def test_in_index_form_the_chain_is_sums_over_entries():
    from engine.calculus.typeset import equation

    assert [equation(step).split(" = ")[-1] for step in derive(PROGRAM, "W2", form="index")] == [
        "(a3 − y)[i]",
        "Σk ∂L/∂a3[k] δ[k,i] (a3 ⊙ (1 − a3))[k]",
        "Σk ∂L/∂z3[k] W3[k,i]",
        "Σk ∂L/∂a2[k] δ[k,i] relu′(z2)[k]",
        "Σk ∂L/∂z2[k] δ[k,i] a1[j]",
    ]


@pytest.mark.parametrize(
    ("layout", "shape", "formula"), [("denominator", (6, 3), "a1 ⊗ I₃"), ("numerator", (3, 6), "a1ᵀ ⊗ I₃")]
)
def test_in_vec_form_the_tensor_is_the_matrix_of_a_kronecker_product(layout, shape, formula):
    *_, last = derive(PROGRAM, "W2", form="vec", layout=layout)
    assert (last.factor.shape, str(last.factor), last.operation) == (shape, formula, "matmul")
    a1 = PROGRAM.values["a1"]
    expected = np.kron(a1.T, np.eye(3))
    np.testing.assert_array_equal(last.factor.value, expected if layout == "numerator" else expected.T)
    assert last.result.shape == ((3, 2) if layout == "denominator" else (2, 3))
