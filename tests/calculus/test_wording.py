"""What a derivation says of batches, softmax, attention and normalisation: sentences, indices and names."""

from __future__ import annotations

import pytest

from engine import Program, derive
from engine.calculus.typeset import equation

SHAPES = {"X": (5, 3), "Q": (5, 4), "K": (5, 4), "V": (5, 2), "x": (5, 1), "gamma": (5, 1), "s": (1, 1), "y": (5, 1)}


def step_of(line: str, by: str, **asked):
    (step, *_) = derive(Program([line], SHAPES, {"s": 0.7}, seed=2), by, of=line.split()[0], **asked)
    return step


INDICES = [
    ("A = softmax_rows(X)", "X", "δ[k,i] A[k,l] (δ[l,j] − A[i,j])"),
    ("A = softmax_cols(X)", "X", "δ[l,j] A[k,l] (δ[k,i] − A[i,j])"),
    ("A = log_softmax_rows(X)", "X", "δ[k,i] (δ[l,j] − softmax_rows(X)[i,j])"),
    ("a = softmax(x)", "x", "a[k] (δ[k,i] − a[i])"),
    ("S = Q @ K.T", "K", "Q[k,j] δ[l,i]"),
    ("S = tanh(Q @ K.T)", "Q", "(1 − S²)[k,l] δ[k,i] (Kᵀ)[j,l]"),
    ("n = x / s", "x", "δ[k,i] (1 / s)"),
    ("n = x / s", "s", "(−x / s²)[k]"),
    ("c = x - s", "s", "−1"),
    ("Z = X * x", "X", "δ[k,i] δ[l,j] x[k]"),
    ("r = sqrt(s)", "s", "(0.5 / r)"),
]


@pytest.mark.parametrize(("line", "by", "says"), INDICES, ids=[row[0] + " by " + row[1] for row in INDICES])
def test_a_derivative_in_index_notation(line, by, says):
    assert equation(step_of(line, by, form="index")).split(" = ")[-1].strip("()") == says.strip("()")


def test_a_greek_name_stays_greek_with_an_index():
    assert equation(step_of("z = gamma * x", "gamma", form="index")) == "∂z[k]/∂γ[i] = δ[k,i] x[k]"


SENTENCES = [
    ("a = softmax(x)", "x", {}, "A softmax divides by a sum over all entries, so each a[k] depends on all of them"),
    ("A = softmax_rows(X)", "X", {}, "A and X depend on each other row by row."),
    ("A = softmax_rows(X)", "X", {}, "each A[i,k] depends on all of them: ∂A[i,k]/∂X[i,j] = A[i,k] (δ[k,j] − A[i,j])"),
    ("A = softmax_cols(X)", "X", {}, "each A[k,j] depends on all of them: ∂A[k,j]/∂X[i,j] = A[k,j] (δ[k,i] − A[i,j])"),
    ("S = Q @ K.T", "K", {}, "K₄ₓ₅ is the commutation matrix"),
    ("n = x / s", "s", {}, "∂n[k]/∂s is entry [k] of −x / s²"),
    ("A = tanh(X)", "X", {}, "Each A[k,l] depends on X[k,l] alone, so through vec, ∂A/∂X is the diagonal matrix"),
    ("a = tanh(x)", "x", {}, "Each a[k] depends on x[k] alone, so ∂a/∂x is the diagonal matrix"),
    ("L = sum(X**2)", "X", {"form": "vec"}, "its derivative by X, stacked by vec, is, in denominator layout, a column"),
]


@pytest.mark.parametrize(("line", "by", "asked", "says"), SENTENCES, ids=[row[3][:40] for row in SENTENCES])
def test_a_sentence_says_why(line, by, asked, says):
    assert says in step_of(line, by, **asked).why


def test_a_batch_in_its_own_shapes_needs_no_vec():
    program = Program(["O = X @ W", "L = sum(O**2)"], {"X": (5, 3), "W": (3, 2)}, seed=2)
    *_, last = derive(program, "X", form="hadamard")
    assert last.why == (
        "Through vec, ∂vec(O)/∂vec(X)ᵀ = Wᵀ ⊗ I₅; without vec, that is a matrix product with Wᵀ. With every matrix in "
        "its own shape, the factor joins on the right: 5×2 · 2×3 = 5×3."
    )


def test_an_operand_with_a_sign_or_a_quotient_stands_in_brackets():
    program = Program(["n = x / s", "L = sum(n * y)"], SHAPES, seed=2)
    *_, last = derive(program, "s")
    assert equation(last) == "∂L/∂s = ∂n/∂s · ∂L/∂n = (−xᵀ / s²) · ∂L/∂n"
