"""NumPy vectors as columns: the numbers stay NumPy's, and every derivative is that of the matrix formula."""

import numpy as np
import pytest

from engine import Form, Layout, Program, derive
from engine.calculus.chain import gradients_of, hessian
from engine.calculus.gradcheck import check_factors, check_gradients
from engine.formula import ShapeMap, oriented, parse, resolve, spell
from tests.cases import plain

SHAPES = {"x": (3,), "w": (2,), "M": (4, 3), "W": (3, 2), "C": (4, 1), "K": (3, 3), "s": ()}

WRITTEN = [
    # as in NumPy, and as a formula of matrices in which x and w are columns
    ("x @ W", "W.T @ x"),
    ("M @ x", "M @ x"),
    ("x @ M.T", "M @ x"),
    ("x @ x", "x.T @ x"),
    ("x.T", "x"),
    ("M + x", "M + x.T"),
    ("C * w", "C * w.T"),
    ("x * x - s", "x * x - s"),
    ("M[1]", "M[1:2].T"),
    ("M[-1]", "M[-1:].T"),
    ("M[:, 2]", "M[:, 2:3]"),
    ("M[1, 0:2]", "M[1:2, 0:2].T"),
    ("M[1, 2]", "M[1, 2]"),
    ("x[2]", "x[2, 0]"),
    ("x[1:]", "x[1:]"),
    ("sum(M, axis=0)", "sum(M, axis=0, keepdims=True).T"),
    ("mean(M, axis=1)", "mean(M, axis=1, keepdims=True)"),
    ("norm(M, axis=1)", "norm(M, axis=1, keepdims=True)"),
    ("sum(x, axis=0)", "sum(x)"),
    ("sum(M)", "sum(M)"),
    ("outer(x, w)", "x @ w.T"),
    ("outer(C, w)", "C @ w.T"),
    ("outer(w, C.T)", "w @ C.T"),
    ("ravel(C)", "C"),
    ("ravel(M)", "vec(M.T)"),
    ("reshape(M, 2, 6)", "unvec(vec(M.T), 6, 2).T"),
    ("reshape(x, (-1, 1))", "x"),
    ("reshape(x, (1, 3))", "x.T"),
    ("concat(x, s, w)", "vstack([x, s, w])"),
    ("concatenate([x, w])", "vstack([x, w])"),
    ("concatenate((M, C), axis=1)", "hstack([M, C])"),
    ("hstack([x, w])", "vstack([x, w])"),
    ("vstack([M, x])", "vstack([M, x.T])"),
    ("where(M > 0, x, s)", "where(M > 0, x.T, s)"),
    ("maximum(x, M)", "maximum(x.T, M)"),
    ("softmax(x, axis=-1)", "softmax(x)"),
    ("solve(K, x)", "solve(K, x)"),
    ("cross(x, x, axis=0)", "cross(x, x)"),
    ("diag(K)", "sum(eye(3) * K, axis=1, keepdims=True)"),
    ("diag(x)", "diag(x)"),
    ("array([1, 2, 3]) * x", "[[1], [2], [3]] * x"),
    ("ones((3,)) + x", "ones((3, 1)) + x"),
    ("x * arange(3)", "x * vec(arange(3))"),
]


@pytest.mark.parametrize(("written", "as_matrices"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_a_vector_becomes_a_column_and_is_transposed_where_numpy_takes_it_as_a_row(written, as_matrices):
    shapes = ShapeMap(SHAPES)
    node = parse(written)
    shapes.of(node, written)
    assert spell(oriented(resolve(node, shapes), shapes)) == as_matrices


def test_a_formula_without_vectors_is_left_as_it_is():
    shapes = ShapeMap(SHAPES)
    node = parse("tanh(M @ W + C * s) - sum(M, axis=1, keepdims=True)")
    assert oriented(node, shapes) is node


PROGRAMS = {
    "a network of NumPy vectors": (["z = x @ W", "a = sigmoid(z)", "s = a @ w", "L = (s - 0.3)**2"],
                                   {"x": (3,), "W": (3, 2), "w": (2,)}),
    "a vector beside a matrix": (["Z = M + x", "r = sum(Z**2, axis=0)", "c = sum(M, axis=1)",
                                  "L = sum(r * x) + sum(c) * mean(x) + dot(c, c)"], {"x": (3,), "M": (4, 3)}),
    "stacking and picking": (["Z = M * x - sin(x) / (2 + M**2)", "c = concatenate([x, w])", "v = vstack([x, M])",
                              "h = hstack((w, x))",
                              "L = sum(c * h) + sum(v[0] * x) + sum(v[:, 1]**2) + sum(Z[1, 0:2] * w) + sum(Z[-1]**2)"],
                             {"x": (3,), "M": (4, 3), "w": (2,)}),
    "outer, ravel, reshape": (["D = outer(x, w)", "r = ravel(D)", "R = reshape(M, (2, 6))",
                               "L = sum(r * r) + sum((x * arange(3))**2) + sum(R[0] * R[1] * r)"],
                              {"x": (3,), "w": (2,), "M": (4, 3)}),
    "a written-out matrix": (["J = array([[6*x*y, 3*x**2], [y, 8*y**7]])", "L = sum(J * J.T * W)"],
                             {"x": (), "y": (), "W": (2, 2)}),
}  # fmt: skip
every = pytest.mark.parametrize("name", PROGRAMS)


def program_called(name: str) -> Program:
    forward, shapes = PROGRAMS[name]
    return Program(forward, shapes, seed=5, parameters=list(shapes))


@every
def test_the_forward_pass_computes_what_numpy_computes(name):
    forward, shapes = PROGRAMS[name]
    program = program_called(name)
    given = {key: np.reshape(value, shapes[key]) for key, value in program.inputs.items()}
    for key, value in plain.run(forward, given).items():
        np.testing.assert_allclose(program.values[key].reshape(value.shape), value, rtol=1e-12, atol=1e-15)


@every
def test_every_derivative_agrees_with_central_differences(name):
    program = program_called(name)
    checks = [*check_factors(program), *check_gradients(program)]
    assert len(checks) > len(program.parameters)
    assert [check.message for check in checks if not check.ok] == []


@every
def test_every_form_and_layout_gives_the_same_gradient(name):
    program = program_called(name)
    for target in program.parameters:
        *_, reference = derive(program, target)
        for form in Form:
            for layout in Layout:
                *_, last = derive(program, target, form=form, layout=layout)
                expected = reference.result.value if layout is Layout.DENOMINATOR else reference.result.value.T
                np.testing.assert_allclose(last.result.value, expected, rtol=1e-12, atol=1e-15)


def test_a_program_says_which_of_its_inputs_are_vectors():
    assert str(program_called("a network of NumPy vectors")).startswith("x (3,) as a column 3×1, W 3×2, w (2,)")


@every
def test_a_gradient_can_be_derived_again(name):
    program = program_called(name)
    first, *_ = program.parameters
    block = hessian(program, first, first)
    np.testing.assert_allclose(block, block.T, rtol=1e-9, atol=1e-12)
    step = 1e-6 * np.ones(program.inputs[first].shape)
    ends = [gradients_of(program.with_values({first: program.inputs[first] + sign * step}))[first] for sign in (1, -1)]
    change = (ends[0] - ends[1]).ravel(order="F") / 2e-6
    np.testing.assert_allclose(block.sum(axis=1), change, rtol=1e-5, atol=1e-6)
