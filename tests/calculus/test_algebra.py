"""Formulas of derivatives read as in a textbook, and every rewrite keeps the value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Diagnostic, Program, derive
from engine.calculus.algebra import Algebra, coefficient, negate, scaled, transpose
from engine.formula import ShapeMap, Spelling, evaluate, parse, spell
from engine.formula.syntax import Binary

SHAPES = {"s": (1, 1), "t": (), "x": (3, 1), "u": (3, 1), "r": (1, 4), "M": (3, 4), "P": (3, 4), "A": (3, 3)}
VALUES = {name: np.random.default_rng([3, *name.encode()]).uniform(0.5, 2, shape) for name, shape in SHAPES.items()}
ALGEBRA = Algebra(ShapeMap(SHAPES), {})


def value(node) -> np.ndarray:
    return evaluate(node, VALUES)


# ---- what reads well -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "product"),
    [
        ("0.5", "2 * x", "x"),
        ("-1", "x / u", "-x / u"),
        ("-1", "x - u", "u - x"),
        ("x / 5", "u", "x * u / 5"),
        ("1 / u", "x", "x / u"),
        ("x * u", "1 / u", "x"),
        ("x", "x", "x**2"),
        ("x**2", "2 * u / x", "2 * x * u"),
        ("x", "ones((3, 1))", "x"),
        ("M", "x @ ones((1, 4))", "M * x"),
        ("M", "ones((3, 1)) @ r", "M * r"),
        ("x", "ones((3, 4))", "x * ones((3, 4))"),
        ("u / (3 * s)", "2 * x", "2 * u * x / (3 * s)"),
        ("x * r / r", "x", "x * r * x / r"),  # without r it would be a column
        ("0", "x", "zeros((3, 1))"),
    ],
)
def test_an_entry_by_entry_product_is_written_with_each_factor_once(left, right, product):
    node = ALGEBRA.times(parse(left), parse(right))
    np.testing.assert_allclose(value(node), value(parse(left)) * value(parse(right)), rtol=1e-12)
    assert spell(node) == product


@pytest.mark.parametrize(
    ("left", "right", "total"),
    [
        ("x", "x", "2 * x"),
        ("A @ A @ A", "A @ (A @ A)", "2 * A @ A @ A"),
        ("-x", "u", "u - x"),
        ("-x / 5", "u / 5", "(u - x) / 5"),
        ("2 * x", "-2 * u", "2 * (x - u)"),
        ("x", "-sum(x) / 3", "x - mean(x)"),
        ("M", "-sum(M, axis=1, keepdims=True) / 4", "M - mean(M, axis=1, keepdims=True)"),
        ("x", "s * ones((3, 1))", "x + s"),
        ("x", "zeros((3, 1))", "x"),
        ("x", "-x", "zeros((3, 1))"),
    ],
)
def test_a_sum_is_written_with_its_terms_counted(left, right, total):
    node = ALGEBRA.plus(parse(left), parse(right))
    np.testing.assert_allclose(value(node), value(parse(left)) + value(parse(right)), rtol=1e-12, atol=1e-12)
    assert spell(node) == total


@pytest.mark.parametrize(
    ("formula", "transposed"),
    [
        ("x", "x.T"),
        ("x.T", "x"),
        ("A @ x", "x.T @ A.T"),
        ("x @ (x * u).T", "(x * u) @ x.T"),
        ("-x / u", "-(x / u).T"),
        ("x / s**2", "x.T / s**2"),
        ("eye(3) / s - x @ x.T / s", "eye(3) / s - x @ x.T / s"),
        ("0.5 * A.T @ x", "0.5 * x.T @ A"),
        ("0.5 / s", "0.5 / s"),
        ("kron(A, x) @ commutation(3, 1)", "commutation(1, 3) @ kron(A.T, x.T)"),
        ("[[1, 2], [3, 4]]", "[[1, 3], [2, 4]]"),
    ],
)
def test_a_transpose_goes_where_it_costs_least(formula, transposed):
    node = ALGEBRA.transpose(parse(formula))
    assert spell(node) == transposed
    np.testing.assert_allclose(value(node), value(parse(formula)).T, rtol=1e-12)


@pytest.mark.parametrize(
    ("formula", "on_paper"),
    [
        ("(x / s) @ r", "(x / s) r"),
        ("2 * A @ x / 3", "2 A x / 3"),
        ("-2 * A @ x", "−2 A x"),
        ("commutation(4, 3)", "K₄ₓ₃"),
        ("zeros((2, 1))", "0₂ₓ₁"),
        ("sum(M, axis=1, keepdims=True)", "sum(M, axis=1)"),
        ("gamma * omega", "γ ⊙ ω"),
    ],
)
def test_a_formula_on_paper(formula, on_paper):
    assert spell(parse(formula), Spelling.PAPER) == on_paper
    assert parse(spell(parse(formula))) == parse(formula)


ATTENTION = ["Q = X @ U", "K = X @ V", "S = Q @ K.T / 2", "A = softmax_rows(S)", "O = A @ X", "L = sum(O * y)"]
GRADIENTS = [
    (["z = W @ x", "a = softmax(z)", "L = cross_entropy(a, y)"], {"x": (3, 1), "W": (2, 3), "y": (2, 1)}, "W",
     "(a * sum(y) - y) @ x.T"),
    (["Z = X @ W + b", "P = softmax_rows(Z)", "L = -sum(y * log(P)) / 5"],
     {"X": (5, 3), "W": (3, 2), "b": (1, 2), "y": (5, 2)}, "b",
     "sum(P * sum(y, axis=1, keepdims=True) - y, axis=0, keepdims=True) / 5"),
    (["m = mean(x)", "c = x - m", "L = sum(c * y)"], {"x": (5, 1), "y": (5, 1)}, "x", "y - mean(y)"),
    (["h = W @ relu(x) + x", "L = half_squared_error(h, y)"], {"x": (3, 1), "W": (3, 3), "y": (3, 1)}, "x",
     "(W.T @ (h - y)) * drelu(x) + h - y"),
    (["L = norm(x - y)**2"], {"x": (3, 1), "y": (3, 1)}, "x", "2 * (x - y)"),
    (["L = log(det(X)**2)"], {"X": (3, 3)}, "X", "2 * inv(X).T"),
    (["L = trace(X @ X @ X)"], {"X": (3, 3)}, "X", "3 * X.T @ X.T"),
    (["Z = M + x @ ones((1, 4))", "L = sum(Z * M)"], {"M": (3, 4), "x": (3, 1)}, "x",
     "sum(M, axis=1, keepdims=True)"),
    (ATTENTION, {"X": (5, 3), "U": (3, 4), "V": (3, 4), "y": (5, 3)}, "V",
     "0.5 * X.T @ ((A * (y @ X.T - sum(A * (y @ X.T), axis=1, keepdims=True))).T @ Q)"),
]  # fmt: skip


@pytest.mark.parametrize(("forward", "shapes", "target", "formula"), GRADIENTS, ids=[row[3] for row in GRADIENTS])
def test_a_gradient_reads_as_in_a_textbook(forward, shapes, target, formula):
    program = Program(forward, shapes, seed=4)
    *_, last = derive(program, target)
    assert spell(last.product.formula) == formula
    found = np.broadcast_to(evaluate(last.product.formula, program.values), shapes[target])
    np.testing.assert_allclose(found, last.result.value, rtol=1e-10)


# ---- and stays what it was -------------------------------------------------------------------------------------------

columns = st.recursive(
    st.sampled_from(["x", "u", "2", "-3", "s", "t", "ones((3, 1))", "0.5"]),
    lambda inner: st.tuples(inner, st.sampled_from(["*", "/", "+", "-"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=6,
)
matrices = columns.map(lambda column: f"({column}) * ones((3, 4))") | st.sampled_from(["M", "M * P", "x @ r", "-M / s"])


def is_defined(text: str) -> bool:
    with np.errstate(all="ignore"):
        found = np.asarray(np.abs(evaluate_or_nan(text)))
    return bool(np.isfinite(found).all() and (found < 1e6).all())


def evaluate_or_nan(text: str) -> np.ndarray:
    try:
        return evaluate(parse(text), VALUES)
    except Diagnostic:
        return np.array(np.nan)


@given(matrices, matrices)
def test_products_and_sums_keep_their_value(left, right):
    if not (is_defined(left) and is_defined(right)):
        return
    first, second = parse(left), parse(right)
    for node, wanted in (
        (ALGEBRA.times(first, second), value(first) * value(second)),
        (ALGEBRA.plus(first, second), value(first) + value(second)),
        (ALGEBRA.matmul(first, Binary("*", parse("1"), transpose(second))), value(first) @ value(second).T),
        (ALGEBRA.transpose(first), value(first).T),
        (negate(first), -value(first)),
        (scaled(*coefficient(first)), value(first)),
    ):
        np.testing.assert_allclose(value(node), wanted, rtol=1e-9, atol=1e-9)
        assert ALGEBRA.matrix_shape(node) == wanted.shape or coefficient(node)[1] is None
        assert parse(spell(node)) == node
