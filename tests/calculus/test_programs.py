"""Programs beyond layers are derived right, and bad ones are refused with one message that says what would be right."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Diagnostic, Diagnostics, Form, Layout, Network, Program, derive
from engine.calculus import operations
from engine.calculus.gradcheck import check_factors, check_gradients
from engine.formula import evaluate

ATTENTION = ["Q = X @ P", "K = X @ M", "V = X @ U", "S = Q @ K.T / 2", "A = softmax_rows(S)", "O = A @ V",
             "L = half_squared_error(O, y)"]  # fmt: skip
NORM = ["c = x - mean(x)", "v = mean(c**2)", "n = c / sqrt(v + 0.01)", "z = g * n + b", "L = sum(z * w)"]
PROGRAMS = {
    "residual": (["z1 = W1 @ x", "a1 = tanh(z1)", "a2 = W2 @ a1 + x", "L = half_squared_error(a2, y)"],
                 {"x": (3, 1), "W1": (4, 3), "W2": (3, 4), "y": (3, 1)}),
    "tied weights": (["h = W @ x", "r = W.T @ h - x", "L = 0.5*sum(r**2)"], {"x": (4, 1), "W": (2, 4)}),
    "one weight in two layers": (["a = tanh(W @ x)", "c = tanh(W @ a)", "L = sum(c * y)"],
                                 {"x": (3, 1), "W": (3, 3), "y": (3, 1)}),
    "three paths": (["a = tanh(x)", "c = sin(x)", "L = sum(a * c * x)"], {"x": (4, 1)}),
    "column batch": (["Z = W @ X + b", "A = sigmoid(Z)", "L = mean((A - y)**2)"],
                     {"X": (3, 5), "W": (2, 3), "b": (2, 1), "y": (2, 5)}),
    "framework batch": (["Z = X @ W.T + b", "A = relu(Z)", "L = mean(sum((A - y)**2, axis=1))"],
                        {"X": (5, 3), "W": (2, 3), "b": (1, 2), "y": (5, 2)}),
    "broadcast rows and columns": (["Z = c + r", "L = sum(Z**2 * M)"], {"c": (3, 1), "r": (1, 4), "M": (3, 4)}),
    "scalars": (["z = s * x / t", "L = norm(z) + s**3"], {"s": (), "t": (1, 1), "x": (3, 1)}),
    "powers": (["z = x**2 + x**s", "L = sum(z**0.5) + 2**s"], {"x": (3, 1), "s": ()}),
    "juxtaposition": (["z = 2 (W x)", "L = ½Σ(z − y)²"], {"W": (2, 3), "x": (3, 1), "y": (2, 1)}),
    "quadratic form": (["L = x.T @ A @ x"], {"x": (3, 1), "A": (3, 3)}),
    "layer normalisation": (NORM, {"x": (5, 1), "g": (5, 1), "b": (5, 1), "w": (5, 1)}),
    "attention": (ATTENTION, {"X": (5, 3), "P": (3, 4), "M": (3, 4), "U": (3, 2), "y": (5, 2)}),
    "convolution": (["P = vstack([x[0:3].T, x[1:4].T, x[2:5].T])", "z = P @ k", "L = sum(tanh(z) * w)"],
                    {"x": (5, 1), "k": (3, 1), "w": (3, 1)}),
    "choices": (["z = where(x > 0.3, x**2, 3*x) + maximum(0, W @ x) * minimum(x, c) + square(x) * (x > c)",
                 "L = sum(where(c, z, x) * c)"], {"x": (4, 1), "W": (4, 4), "c": (4, 1)}),
    "by blocks": (["K = kron(A, B) + kron(B, A)", "z = tanh(K) * C", "L = sum(matrix_power(z, 3)) + trace(z)"],
                  {"A": (2, 3), "B": (3, 2), "C": (6, 6)}),
    "extremes": (["z = exp(X - max(X, axis=1, keepdims=True))", "m = max(X)", "r = min(C, axis=0) @ b",
                  "L = sum(z * C) + m * r"],
                 {"X": (3, 4), "C": (3, 4), "b": (4, 1)}),
    "vec and back": (["v = vec(X)", "R = reshape(v * C, (2, 6))", "i = item(X[0:1, 1:2])",
                      "L = sum(R @ unvec(C, 6, 2)) + i"],
                     {"X": (3, 4), "C": (12, 1)}),
    "spread": (["v = var(X, axis=1, keepdims=True)", "s = std(X)", "Z = (X - mean(X, axis=1, keepdims=True)) / sqrt(v)",
                "L = sum(Z * C) * s + sum(logsumexp(X, axis=0) * b)"], {"X": (4, 3), "C": (4, 3), "b": (3,)}),
    "triangles and diagonals": (["z = tril(A) @ triu(B)", "d = diag(z) * v", "c = cross(v, u)",
                                 "L = sum(d * c) + sum(zeros_like(A) + A * ones_like(B))"],
                                {"A": (3, 3), "B": (3, 3), "v": (3,), "u": (3,)}),
    "inverses": (["P = pinv(X)", "s = solve(A, X.T @ b)", "L = sum(P * C) + sum(s * s)"],
                 {"X": (4, 3), "A": (3, 3), "b": (4, 1), "C": (3, 4)}),
    "functions of one number": (["p = x * x + 0.5", "z = tan(x) + arctan(x) + sinh(x) - cosh(x)",
                                 "L = sum(z * expm1(x) + log1p(p) * log2(p) * log10(p))"], {"x": (4, 1)}),
    "a bias in the last column": (["h = vstack([x, ones((1, 1))])", "z = tanh(W @ h)", "v = delete(W, 2, 1).T @ z",
                                   "L = sum(v * x) + sum(delete(W, -1, axis=0)**2)"], {"x": (2, 1), "W": (4, 3)}),
    "determinant": (["L = log(abs(det(A))) + trace(inv(A) @ B)"], {"A": (3, 3), "B": (3, 3)}),
}  # fmt: skip
POSITIVE = {"powers": ("x", "s")}
every = pytest.mark.parametrize("name", PROGRAMS)


def program_called(name: str) -> Program:
    forward, shapes = PROGRAMS[name]
    parameters = [key for key in shapes if key not in ("y", "M")]
    program = Program(forward, shapes, seed=8, parameters=parameters)
    return program.with_values({key: np.abs(program.inputs[key]) for key in POSITIVE.get(name, ())})


@every
def test_every_factor_and_every_gradient_agrees_with_central_differences(name):
    program = program_called(name)
    checks = [*check_factors(program), *check_gradients(program)]
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


@every
def test_the_gradient_as_one_formula_and_every_factors_formula_have_the_right_value(name):
    program = program_called(name)
    for step in derive(program, "all"):
        shape = program.plan.shape(step.factor.denominator)
        found = evaluate(step.product.formula, program.values)
        np.testing.assert_allclose(np.broadcast_to(found, shape), step.product.array, rtol=1e-9, atol=1e-12)
    for step in derive(program, "all", form="hadamard"):
        if step.factor.node is not None and len(step.factor.shape) == 2:
            found = evaluate(step.factor.node, program.values)
            np.testing.assert_allclose(found.reshape(step.factor.shape), step.factor.value, rtol=1e-9, atol=1e-12)


def test_a_value_that_is_read_twice_gets_one_step_a_path_and_then_their_sum():
    steps = list(derive(program_called("residual"), "x"))
    assert [(step.factor.name, step.operation) for step in steps] == [
        ("dL/da2", None), ("da2/da1", "matmul"), ("da1/dz1", "matmul"), ("da2/dx", "matmul"), ("dz1/dx", "matmul"),
        ("dL/dx", "sum"),
    ]  # fmt: skip
    path, other, total = steps[3], steps[4], steps[5]
    np.testing.assert_array_equal(total.after.value, path.after.value + other.after.value)
    assert "read in more than one place" in total.why


@pytest.mark.parametrize("layout, by_queries, by_keys", [
    ("denominator", ("0.5 * K", "right"), ("0.5 * Q", "right")),
    ("numerator", ("0.5 * K.T", "left"), ("0.5 * Q.T", "left")),
])  # fmt: skip
def test_scaled_scores_of_attention_are_matrix_products(layout, by_queries, by_keys):
    program = Program(*PROGRAMS["attention"])
    for name, expected in (("Q", by_queries), ("K", by_keys)):
        *_, last = derive(program, name, layout=layout, form="hadamard")
        assert (last.factor.formula, str(last.side)) == expected


def test_a_derivative_of_a_vector_by_a_matrix_by_way_of_others_is_a_tensor():
    program = Network([2, 3, 4], ["tanh", "identity"]).program()
    for layout, shape in ((Layout.DENOMINATOR, (3, 2, 4)), (Layout.NUMERATOR, (4, 2, 3))):
        *_, last = derive(program, "W1", of="z2", layout=layout)
        assert last.result.shape == last.after.shape == shape
        assert last.result.value.shape == shape
    slopes = 1 - program.values["a1"] ** 2
    expected = np.einsum("ki,i,j->ijk", program.inputs["W2"], slopes[:, 0], program.inputs["x"][:, 0])
    *_, last = derive(program, "W1", of="z2")
    np.testing.assert_allclose(last.result.value, expected, rtol=1e-12)


def test_a_value_by_itself_is_the_identity():
    (step,) = derive(Network([2, 3], ["tanh"]).program(), "z1", of="z1")
    np.testing.assert_array_equal(step.factor.value, np.eye(3))


# ---- what is refused -------------------------------------------------------------------------------------------------

REFUSED = [
    (["z = W @ q"], {"W": (2, 3)}, "unknown_name", "q"),
    (["z = W @ x"], {"W": (2, 3), "x": (2, 1)}, "shape_mismatch", "W @ x"),
    (["a = b + 1", "b = a + 1"], {"x": (2, 1)}, "cyclic", "b"),
    (["a = a + x"], {"x": (2, 1)}, "cyclic", "a"),
    (["a = x", "a = x + 1"], {"x": (2, 1)}, "assigned_twice", "a"),
    (["x = 2"], {"x": (2, 1)}, "assigned_twice", "x"),
    (["z W @ x"], {"W": (2, 3), "x": (3, 1)}, "unparsable", "W"),
    (["z = softmx(x)"], {"x": (3, 1)}, "unknown_name", "softmx"),
    (["z = x"], {"x": (0, 1)}, "bad_shape", None),
    (["z = x"], {"x": (2, 3, 4)}, "bad_shape", None),
    (["z = x"], {"x y": (2, 1)}, "bad_name", None),
    (["z = x"], {"x": (100_000, 100_000)}, "too_large", None),
    (["A = x @ x.T", "B = A @ A"], {"x": (6_000, 1)}, "too_large", None),
    ([], {"x": (2, 1)}, "empty_program", None),
]


@pytest.mark.parametrize(
    ("forward", "shapes", "code", "guilty"), REFUSED, ids=[f"{row[2]} {row[3]}" for row in REFUSED]
)
def test_a_bad_program_is_refused_with_its_guilty_part(forward, shapes, code, guilty):
    with pytest.raises(Diagnostic) as raised:
        Program(forward, shapes)
    problem = raised.value
    assert problem.code == code
    if guilty is not None:
        assert problem.where.text[slice(*problem.where.span)] == guilty


def test_several_bad_lines_are_reported_together():
    with pytest.raises(Diagnostics) as raised:
        Program(["z = W @ q", "a = tanh(z)", "L = sum(x @ x)"], {"W": (2, 3), "x": (3, 1)})
    assert [problem.code for problem in raised.value.problems] == ["unknown_name", "shape_mismatch"]


@pytest.mark.parametrize(
    ("value", "code"),
    [([[1, 2]], "wrong_shape"), ([1, float("nan")], "not_finite"), ([1, "a"], "bad_value"),
     ([[1], [2, 3]], "bad_value"),
     ([True, False], "bad_value"), ({"a": 1}, "bad_value"), (np.array([[np.inf], [1.0]]), "not_finite")],
    ids=str,
)  # fmt: skip
def test_a_bad_value_is_refused(value, code):
    with pytest.raises(Diagnostic) as raised:
        Program(["L = sum(x**2)"], {"x": (2, 1)}, {"x": value})
    assert raised.value.code == code


@pytest.mark.parametrize(
    "line", ["L = sum(exp(1000 * x))", "L = sum(1 / (x - x))", "L = sum(log(-x))", "L = sum(inv(x @ x.T - x @ x.T))"]
)
def test_a_forward_pass_that_is_not_finite_names_its_line(line):
    program = Program([line], {"x": (2, 1)}, {"x": [1, 2]})
    with pytest.raises(Diagnostic) as raised:
        _ = program.values
    assert (raised.value.code, raised.value.where.text) == ("not_finite", line)


def test_a_value_that_was_given_cannot_be_changed_from_outside():
    mine = np.array([[1.0], [2.0]])
    program = Program(["L = sum(x**2)"], {"x": (2, 1)}, {"x": mine})
    mine[0] = 100
    assert program.values["L"] == 5.0
    with pytest.raises(ValueError, match="read-only"):
        program.inputs["x"][0] = 3


ASKED_WRONG = [
    ({"target": "W9"}, "unknown_name"),
    ({"target": "W1", "of": "nobody"}, "unknown_name"),
    ({"target": "W2", "of": "z1"}, "no_path"),
    ({"target": "W1", "layout": "mixed"}, "bad_value"),
    ({"target": "W1", "form": "matrix"}, "bad_value"),
    ({"target": "W1", "form": "entry", "entry": (3, 0)}, "bad_value"),
    ({"target": "W1", "form": "entry", "entry": (-1, 0)}, "bad_value"),
]


@pytest.mark.parametrize(("asked", "code"), ASKED_WRONG, ids=str)
def test_a_derivation_that_makes_no_sense_is_refused_before_its_first_step(asked, code):
    program = Network([2, 3, 4], ["tanh", "sigmoid"]).program()
    with pytest.raises(Diagnostic) as raised:
        derive(program, **asked)
    assert raised.value.code == code


def test_a_numpy_vector_is_taken_as_a_column():
    program = Program(["z = x @ W", "L = sum(z**2)"], {"x": (3,), "W": (3, 2)})
    assert program.values["z"].shape == (2, 1)
    *_, last = derive(program, "W")
    x, weights = program.inputs["x"][:, 0], program.inputs["W"]
    np.testing.assert_allclose(last.result.value, np.outer(x, 2 * (x @ weights)), rtol=1e-12)


def test_a_derivative_of_one_large_matrix_by_another_is_refused_before_anything_is_allocated():
    program = Program(["Z = tanh(W @ X)"], {"W": (200, 300), "X": (300, 400)})
    with pytest.raises(Diagnostic, match="4,800,000,000 entries"):
        derive(program, "W", of="Z")


# ---- the checks themselves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda site: site.diagonal(operations.algebra.scaled(-1, operations.algebra.ONE)), "the sign is wrong"),
        (lambda site: site.diagonal(operations.Number(2.0)), "a factor 2 is wrong"),
    ],
)
def test_a_wrong_rule_is_caught_and_named(monkeypatch, wrong, says):
    monkeypatch.setitem(operations.OPERATORS, "+", (wrong, operations.OPERATORS["+"][1]))
    program = Program(["z = x + b", "L = sum(z * c)"], {"x": (3, 1), "b": (3, 1), "c": (3, 1)}, parameters=["x"])
    messages = [check.message for check in check_gradients(program)]
    assert len(messages) == 1
    assert says in messages[0]


def test_a_transposed_rule_is_caught_and_named(monkeypatch):
    def transposed(site):
        return site.linear(operations.algebra.transpose(site.named(site.node.left)), None)

    monkeypatch.setitem(operations.OPERATORS, "@", (operations.OPERATORS["@"][0], transposed))
    program = Program(["z = W @ x"], {"W": (3, 3), "x": (3, 1)}, parameters=["x"])
    (check,) = check_factors(program)
    assert not check.ok
    assert "as after a transpose" in check.message


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("layout", list(Layout))
def test_factors_that_are_too_large_to_make_are_written_down(layout, form):
    program = Network([300, 400, 200], ["relu", "softmax"], loss="cross_entropy", batch=8).program(seed=1)
    for step in derive(program, "W1", layout=layout, form=form):
        assert str(step.factor)
        assert step.factor.formula
        assert str(step).startswith(f"{step.index + 1}.  ")
