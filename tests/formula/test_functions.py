"""The table of functions: each derivative against central differences, and each name's other spellings."""

import numpy as np
import pytest

from engine.diagnostics import Diagnostic
from engine.formula import FUNCTIONS, Pointwise, evaluate, parse
from engine.formula.functions import ALIASES, DEFINED, POINTWISE, sigmoid

POSITIVE_ONLY = ("log", "log1p", "log2", "log10", "sqrt")

pointwise = pytest.mark.parametrize("function", POINTWISE, ids=lambda function: function.name)


def points(function: Pointwise) -> np.ndarray:
    """A column on both sides of every kink, and nowhere near one."""
    right = np.array([[0.05], [0.4], [1.3], [3.1]])
    return right if function.name in POSITIVE_ONLY else np.vstack([-right[::-1], right])


@pointwise
def test_the_slope_is_what_central_differences_measure(function):
    z, h = points(function), 1e-6
    measured = (function.value(z + h) - function.value(z - h)) / (2 * h)
    np.testing.assert_allclose(function.slope(z, function.value(z)), measured, rtol=1e-6, atol=1e-8)


@pointwise
def test_the_formula_of_the_slope_says_what_the_slope_computes(function):
    z = points(function)
    a = function.value(z)
    said = evaluate(parse(function.formula), {"z": z, "a": a}, function.formula)
    np.testing.assert_allclose(np.broadcast_to(said, z.shape), function.slope(z, a), rtol=1e-12)


@pointwise
def test_a_call_and_its_derivative_evaluate_to_value_and_slope(function):
    z = points(function)
    np.testing.assert_array_equal(evaluate(parse(f"{function.name}(z)"), {"z": z}), function.value(z))
    slope = function.slope(z, function.value(z))
    for spelling in (f"{function.name}'(z)", f"{function.name}′(z)", f"d{function.name}(z)"):
        np.testing.assert_array_equal(evaluate(parse(spelling), {"z": z}), slope)


@pointwise
def test_a_pointwise_function_keeps_the_shape(function):
    for shape in ((), (3,), (2, 3)):
        z = np.full(shape, 0.7)
        assert evaluate(parse(f"{function.name}(z)"), {"z": z}).shape == shape
        assert evaluate(parse(f"{function.name}'(z)"), {"z": z}).shape == shape


@pointwise
def test_the_derivative_at_a_kink_is_a_number_by_convention(function):
    for kink in function.kinks:
        z = np.array([[kink]])
        assert np.isfinite(function.slope(z, function.value(z))).all()


def test_the_derivative_of_relu_at_zero_is_zero():
    assert evaluate(parse("relu'(z)"), {"z": np.array([[-1.0], [0.0], [1.0]])}).tolist() == [[0], [0], [1]]


def test_sigmoid_and_its_derivative_are_finite_however_large_the_argument():
    z = np.array([[-1e4], [1e4]])
    np.testing.assert_allclose(evaluate(parse("σ(z)"), {"z": z}), [[0.0], [1.0]], rtol=0, atol=1e-300)
    np.testing.assert_allclose(evaluate(parse("σ′(z)"), {"z": z}), [[0.0], [0.0]], rtol=0, atol=1e-300)


def test_sigmoid_of_minus_z_is_one_minus_sigmoid_of_z():
    z = np.linspace(-30, 30, 61)
    np.testing.assert_allclose(sigmoid(-z), 1 - sigmoid(z), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("alias, name", ALIASES.items())
def test_an_alias_calls_the_function_that_it_stands_for(alias, name):
    assert name in FUNCTIONS
    assert parse(f"{alias}(z)") == parse(f"{name}(z)")


def test_an_entry_of_the_table_is_filed_under_its_own_name():
    assert all(name == function.name for name, function in FUNCTIONS.items())


# ---- structural functions ------------------------------------------------------------------------------------

W = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def value(text: str) -> list:
    x, v = np.array([[1.0], [-2.0], [3.0]]), np.array([1.0, -1.0, 0.5, 2.0])
    return evaluate(parse(text), {"W": W, "x": x, "v": v}, text).tolist()


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("vec(W)", [[1], [4], [2], [5], [3], [6]]),
        ("ravel(W)", [1, 2, 3, 4, 5, 6]),
        ("diag(x)", [[1, 0, 0], [0, -2, 0], [0, 0, 3]]),
        ("outer((1, 2), x)", [[1, -2, 3], [2, -4, 6]]),
        ("concat(9, v)", [9, 1, -1, 0.5, 2]),
        ("trace(W @ W.T)", 14 + 77),
        ("norm((3, 4))", 5),
        ("half_squared_error(x, 1)", 0.5 * (0 + 9 + 4)),
        ("squared_error(x, 1)", 13),
        ("max(W, axis=1)", [3, 6]),
        ("min(W, axis=0, keepdims=True)", [[1, 2, 3]]),
        ("any(x < 0)", 1),
        ("all(x < 0)", 0),
        ("item(x[1])", -2),
        ("delete(W, 1, 1)", [[1, 3], [4, 6]]),
        ("delete(W, -1, axis=0)", [[1, 2, 3]]),
        ("where(x > 0, x, 7)", [[1], [7], [3]]),
        ("where(arange(4) == 3, v, 0)", [0, 0, 0, 2]),
        ("maximum(0, x)", [[1], [0], [3]]),
        ("minimum(W, (2, 9, 5))", [[1, 2, 3], [2, 5, 5]]),
        ("arange(3)", [0, 1, 2]),
        ("W.shape[0] + W.shape[-1]", 5),
        ("zeros((1, 2))", [[0, 0]]),
        ("[[1, 2], [x[2, 0], -1]]", [[1, 2], [3, -1]]),
        ("(1, 2)", [[1, 2]]),
        ("x ** 2 >= 4", [[0], [1], [1]]),
        ("W != W", [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_a_structural_function_computes(text, wanted):
    assert value(text) == wanted


def test_the_commutation_matrix_turns_vec_of_a_matrix_into_vec_of_its_transpose():
    assert value("commutation(2, 3) @ vec(W)") == value("vec(W.T)")


def test_the_kronecker_product_multiplies_through_vec():
    left = evaluate(parse("vec(A X B)"), MATRICES)
    right = evaluate(parse("kron(B.T, A) @ vec(X)"), MATRICES)
    np.testing.assert_allclose(left, right)


MATRICES = {
    name: np.random.default_rng(2).uniform(-1, 1, shape)
    for name, shape in {"A": (2, 3), "X": (3, 4), "B": (4, 5)}.items()
}

# ---- functions that are formulas of others -------------------------------------------------------------------

P = np.array([[0.2], [0.7], [0.1]])
Y = np.array([[1.0], [0.0], [0.5]])

LOSSES = {
    "half_squared_error": lambda a, y: 0.5 * np.sum((a - y) ** 2),
    "squared_error": lambda a, y: np.sum((a - y) ** 2),
    "mean_squared_error": lambda a, y: np.mean((a - y) ** 2),
    "absolute_error": lambda a, y: np.sum(np.abs(a - y)),
    "huber": lambda a, y: sum(0.5 * d * d if abs(d) <= 1 else abs(d) - 0.5 for d in (a - y).ravel()),
    "cross_entropy": lambda a, y: -np.sum(y * np.log(a)),
    "binary_cross_entropy": lambda a, y: -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a)),
    "softmax_cross_entropy": lambda a, y: -np.sum(y * np.log(np.exp(a) / np.exp(a).sum())),
    "softmax_cross_entropy_cols": lambda a, y: -np.sum(y * np.log(np.exp(a) / np.exp(a).sum(axis=0))),
    "softmax_cross_entropy_rows": lambda a, y: -np.sum(y * np.log(np.exp(a) / np.exp(a).sum(axis=1, keepdims=True))),
    "sigmoid_cross_entropy": lambda a, y: -np.sum(y * np.log(sigmoid(a)) + (1 - y) * np.log(sigmoid(-a))),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_what_its_name_says(loss):
    formula = parse(f"{loss}(3 * a ** 2, y)")
    np.testing.assert_allclose(evaluate(formula, {"a": P**0.5 / 3**0.5, "y": Y}), LOSSES[loss](P, Y), rtol=1e-12)


def test_huber_grows_like_the_absolute_value_beyond_one():
    assert evaluate(parse("huber(3 * a, y)"), {"a": np.array([[1.0]]), "y": np.array([[0.0]])}).item() == 2.5


def test_every_loss_of_the_table_is_tested_here():
    assert {function.name for function in DEFINED} == set(LOSSES)


def test_a_loss_whose_parameters_names_are_values_too_reads_its_arguments():
    values = {"a": np.array([[5.0]]), "y": np.array([[2.0]])}
    assert evaluate(parse("squared_error(y, a + y)"), values).item() == 25.0


@pytest.mark.parametrize("function", [function for function in POINTWISE if function.symbol], ids=lambda one: one.name)
def test_a_function_can_be_called_by_the_symbol_that_it_is_drawn_with(function):
    assert parse(f"{function.symbol}′(z)") == parse(f"d{function.name}(z)")


Z = np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 700.0]])


@pytest.mark.parametrize("spelling, axis", [("softmax_cols(Z)", 0), ("softmax_rows(Z)", 1), ("softmax(Z, axis=1)", 1),
                                            ("softmax(Z, 0)", 0), ("softmax(Z, axis=-1)", 1)])  # fmt: skip
def test_a_softmax_is_positive_and_sums_to_one_along_its_axis(spelling, axis):
    value = evaluate(parse(spelling), {"Z": Z})
    assert (value >= 0).all()
    np.testing.assert_allclose(value.sum(axis=axis), 1.0)
    log_value = evaluate(parse("log_" + spelling), {"Z": Z})
    np.testing.assert_allclose(np.exp(np.maximum(log_value, -600)), np.maximum(value, np.exp(-600)), rtol=1e-9)


@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (3,)])
def test_the_softmax_of_a_vector_is_taken_along_it(shape):
    z = np.array([0.5, -1.0, 2.0])
    value = evaluate(parse("softmax(z)"), {"z": z.reshape(shape)})
    np.testing.assert_allclose(value, (np.exp(z) / np.exp(z).sum()).reshape(shape))


def test_the_softmax_of_a_matrix_must_say_along_which_axis():
    with pytest.raises(Diagnostic) as caught:
        evaluate(parse("softmax(Z)"), {"Z": Z})
    assert caught.value.code == "shape_mismatch"
    assert "softmax_cols(Z)" in caught.value.hints[0]
