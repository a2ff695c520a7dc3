"""The two formulas of the question, as it writes them and as others would."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine import Network
from engine.doctor import Verdict, diagnose, report_lines

PROGRAM = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1).program(seed=7)
PATIENCE = 60.0
"""Seconds, so that a busy machine decides nothing."""

RIGHT = [
    "(a⁽³⁾ − y) ⊙ a⁽³⁾ ⊙ (1 − a⁽³⁾) a⁽²⁾ᵀ",
    "(a3 - y) * a3 * (1 - a3) @ a2.T",
    "np.dot((a3 - y) * a3 * (1 - a3), a2.T)",
    "np.outer((a3 - y) * dsigmoid(z3), a2)",
    "δ₃ a₂ᵀ",
    "(a2 @ ((a3 - y) * σ′(z3)).T).T",
]
WRONG = [
    "(a⁽³⁾ − y) ⊙ a⁽³⁾ ⊙ (1 − a⁽³⁾) W⁽³⁾ (1,1,1)ᵀ a⁽¹⁾ᵀ",
    "(a3-y)*a3*(1-a3) @ W3 @ ones((3,1)) @ a1.T",
    "(a3 - y) * sigmoid'(z3) @ W3 @ np.array([[1], [1], [1]]) @ a1.T",
]


@pytest.mark.parametrize("formula", RIGHT)
def test_the_first_formula_is_right_and_its_transpose_is_shown_to_be(formula):
    found = diagnose(PROGRAM, "W3", formula)
    assert found.verdict is Verdict.CORRECT
    assert "alone by ε moves L by" in found.entry_check
    assert "where a transposed one would have it" in found.entry_check
    assert found.fixes == ()


@pytest.mark.parametrize("formula", WRONG)
def test_the_second_formula_fails_at_its_first_matrix_product_because_layouts_are_mixed(formula):
    found = diagnose(PROGRAM, "W2", formula, seconds=PATIENCE)
    assert found.verdict is Verdict.SHAPE_MISMATCH
    assert found.chain == "2×1 · 2×3 · 3×1 · 1×2"
    assert found.mismatch is not None
    assert (found.mismatch.left_shape, found.mismatch.right_shape) == ((2, 1), (2, 3))
    start, end = found.mismatch.span
    assert formula[start:end].endswith(("W⁽³⁾", "W3"))
    assert any(note.startswith("layouts are mixed") for note in found.notes)
    first, *_ = found.fixes
    assert first.formula == "((W3.T @ ((a3 - y) * a3 * (1 - a3))) * drelu(z2)) @ a1.T".replace(
        "a3 * (1 - a3)", "dsigmoid(z3)" if "sigmoid'" in formula else "a3 * (1 - a3)"
    )
    assert [edit.kind for edit in first.edits] == ["layouts", "ones", "hadamard"]
    assert first.distance == 3
    assert all(edit.why.endswith(".") for edit in first.edits)


def test_each_term_says_what_it_is_in_the_chain():
    terms = diagnose(PROGRAM, "W2", WRONG[1], seconds=0).terms
    assert [(term.text, term.shape, term.layout, term.factor) for term in terms] == [
        ("(a3-y)*a3*(1-a3)", (2, 1), "denominator", "dL/dz3"),
        ("W3", (2, 3), "numerator", "dz3/da2"),
        ("ones((3,1))", (3, 1), None, None),
        ("a1.T", (1, 2), "denominator", "dz2/dW2"),
    ]


def test_hints_come_one_by_one_and_the_formula_comes_last():
    found = diagnose(PROGRAM, "W2", WRONG[1], seconds=PATIENCE)
    stages = ["\n".join(report_lines(found, stage)) for stage in range(5)]
    assert all(shorter in longer for shorter, longer in pairwise(stages))
    assert "Where: look at" in stages[1]
    assert "What kind: layouts are mixed" in stages[2]
    assert "drelu" not in stages[2]
    assert "1. Layouts are mixed in" in stages[3]
    assert "Right: ((W3.T" in stages[4]


def test_carets_and_shapes_stand_below_the_formula():
    lines = list(report_lines(diagnose(PROGRAM, "W2", WRONG[1], seconds=0), 0))
    start = lines.index("  " + WRONG[1])
    assert lines[start + 1].startswith("  ╰──── 2×1 ─────╯   2×3")
    carets = next(line for line in lines if "^" in line)
    assert carets == "  " + "^" * len("(a3-y)*a3*(1-a3) @ W3")


def test_a_missing_relu_passes_at_the_users_numbers_and_is_found_nevertheless():
    values = {"x": [0.5, 0.5], "W2": [[0.4, 0.2], [0.3, 0.7], [0.1, 0.9]]}
    program = PROGRAM.with_values(values)
    assert (program.values["z2"] > 0).all()
    found = diagnose(program, "W2", "(W3.T @ ((a3 - y) * a3 * (1 - a3))) @ a1.T", seconds=PATIENCE)
    assert found.verdict is Verdict.WRONG_VALUE
    assert [edit.kind for edit in found.fixes[0].edits] == ["insert"]
    assert "drelu(z2)" in found.fixes[0].formula


@pytest.mark.parametrize("formula, words", [
    ("(y - a3) * a3 * (1 - a3) @ a2.T", "has the wrong sign"),
    ("2 * (a3 - y) * a3 * (1 - a3) @ a2.T", "is twice the derivative"),
    ("0.5 * (a3 - y) * a3 * (1 - a3) @ a2.T", "is half of the derivative"),
    ("-a2 @ ((a3 - y) * a3 * (1 - a3)).T", "has the wrong sign, transposed"),
])  # fmt: skip
def test_what_is_right_but_for_a_factor_is_said_in_words(formula, words):
    found = diagnose(PROGRAM, "W3", formula, seconds=PATIENCE)
    assert any(words in note for note in found.notes)
    assert found.fixes


def test_the_other_layout_is_right_and_said_to_be_the_other_one():
    found = diagnose(PROGRAM, "W3", "a2 @ ((a3 - y) * a3 * (1 - a3)).T")
    assert found.verdict is Verdict.CORRECT_TRANSPOSED
    assert "transpose of 2×3" in found.summary
    assert found.fixes[0].formula == "((a3 - y) * a3 * (1 - a3)) @ a2.T"


def test_the_sum_and_the_number_of_a_batch_are_missed():
    program = Network([2, 4, 3], ["tanh", "identity"], bias=True, batch=5, reduction="mean").program(seed=1)
    found = diagnose(program, "W2", "(a2 - y) @ a1.T", seconds=PATIENCE)
    assert any("N = 5 times the derivative" in note for note in found.notes)
    assert diagnose(program, "W2", "(a2 - y) @ a1.T / N").verdict is Verdict.CORRECT
    found = diagnose(program, "b2", "(a2 - y) / N", seconds=PATIENCE)
    assert [edit.kind for edit in found.fixes[0].edits] == ["sum"]


def test_silent_stretching_is_pointed_out():
    found = diagnose(PROGRAM, "W3", "(a3 - y) * a2.T", seconds=0)
    assert found.verdict is Verdict.WRONG_VALUE
    assert any("NumPy stretches both sides" in note and "2×3" in note for note in found.notes)


def test_a_numpy_vector_loses_the_shape_and_keepdims_is_the_correction():
    program = Network([2, 4, 3], ["tanh", "identity"], bias=True, batch=5).program(seed=1)
    found = diagnose(program, "b2", "np.sum(a2 - y, axis=1)", seconds=PATIENCE)
    assert found.verdict is Verdict.WRONG_SHAPE
    assert [edit.kind for edit in found.fixes[0].edits] == ["keepdims"]


def test_without_time_the_verdict_is_there_and_no_correction_is():
    found = diagnose(PROGRAM, "W2", WRONG[0], seconds=0)
    assert found.verdict is Verdict.SHAPE_MISMATCH
    assert found.fixes == ()
    assert [row.factor for row in found.alignment] == ["dL/da3", "da3/dz3", "dz3/da2", "da2/dz2", "dz2/dW2"]
    assert {row.factor: row.note for row in found.alignment}["dz3/da2"] == "transposed"


def test_a_search_that_nobody_waits_for_ends():
    asked = iter([False] * 3)
    found = diagnose(PROGRAM, "W2", WRONG[0], seconds=PATIENCE, is_cancelled=lambda: next(asked, True))
    assert found.fixes == ()


def test_a_diagnosis_is_the_same_every_time():
    one, other = (diagnose(PROGRAM, "W2", WRONG[0], seconds=PATIENCE) for _ in range(2))
    assert one == other
    assert np.isfinite(one.seconds)


@pytest.mark.parametrize("formula", ["W2", "a3 - y", "W2 @ W2 @ W2", "1 / 0 * W2"])
def test_what_has_nothing_of_the_right_formula_is_not_corrected_into_it(formula):
    found = diagnose(PROGRAM, "W2", formula, seconds=PATIENCE)
    assert not found.fixes
    assert [row.factor for row in found.alignment] == ["dL/da3", "da3/dz3", "dz3/da2", "da2/dz2", "dz2/dW2"]
    assert any(row.text == formula for row in found.alignment) == (formula == "a3 - y")


@pytest.mark.parametrize("formula", ["W3 @ (a3 - y) @ x.T", "W3.T @ (a3 - y) @ ones((1, 1)) @ x.T"])
def test_a_correction_keeps_what_is_right_and_has_no_derivative_twice(formula):
    """Twice the derivative of a ReLU is once that, so that values alone would allow it."""
    fix = diagnose(PROGRAM, "W2", formula, seconds=PATIENCE).fixes[0]
    assert fix.formula.count("drelu(z2)") == 1
    assert "derivative" not in {edit.kind for edit in fix.edits}
