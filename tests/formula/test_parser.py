"""The spellings that the parser reads, what they mean, and which text each part of a formula came from."""

from types import SimpleNamespace

import numpy as np
import pytest

from engine.diagnostics import Diagnostic
from engine.formula import evaluate, parse, parse_assignment
from engine.formula.functions import sigmoid
from engine.formula.syntax import Binary, Name, Negate, Number, names_in, walk

SHAPES = {
    "x": (4, 1), "a1": (4, 1), "W2": (3, 4), "b2": (3, 1), "z2": (3, 1), "a2": (3, 1), "delta2": (3, 1),
    "W3": (2, 3), "z3": (2, 1), "a3": (2, 1), "y": (2, 1), "delta3": (2, 1), "X": (4, 5), "D": (2, 5),
    "N": (), "v": (6,),
}  # fmt: skip
"""A 4-3-2 network with a batch of 5, and a NumPy vector of 6: no two sizes are alike."""

_RANDOM = np.random.default_rng(11)
VALUES = {name: _RANDOM.uniform(-2.0, 2.0, shape) for name, shape in SHAPES.items()}
n = SimpleNamespace(**VALUES)

SPELLINGS = {
    # NumPy
    "np.dot(W3.T, d3)": lambda: n.W3.T @ n.delta3,
    "W3.T @ (a3 - y)": lambda: n.W3.T @ (n.a3 - n.y),
    "numpy.matmul(W2, X)": lambda: n.W2 @ n.X,
    "W3.transpose() @ D": lambda: n.W3.T @ n.D,
    "W3.dot(a2)": lambda: n.W3 @ n.a2,
    "np.multiply(a3 - y, a3) * (1 - a3)": lambda: (n.a3 - n.y) * n.a3 * (1 - n.a3),
    "np.subtract(a3, np.divide(y, 4))": lambda: n.a3 - n.y / 4,
    "np.power(np.add(a2, 1), 2)": lambda: (n.a2 + 1) ** 2,
    "np.sum(D, axis=1, keepdims=True) / N": lambda: n.D.sum(axis=1, keepdims=True) / n.N,
    "X.sum(axis=1)": lambda: n.X.sum(axis=1),
    "X.sum(0)": lambda: n.X.sum(axis=0),
    "X.mean()": lambda: n.X.mean(),
    "X.T.sum(axis=0).mean()": lambda: n.X.T.sum(axis=0).mean(),
    "np.outer(a3, x.ravel())": lambda: np.outer(n.a3, n.x),
    "np.diag(z2.ravel()) @ W3.T": lambda: np.diag(n.z2.ravel()) @ n.W3.T,
    "np.linalg.norm(W2)": lambda: np.linalg.norm(n.W2),
    "W2 @ np.array([[1], [2], [.5], [-1e1]])": lambda: n.W2 @ np.array([[1], [2], [0.5], [-10]]),
    "v * np.array([1, 2, 3, 4, 5, 6])": lambda: n.v * np.arange(1, 7),
    "np.ones((2, 1)) - np.eye(2) @ a3": lambda: 1 - n.a3,
    "D @ np.ones((D.shape[1], 1))": lambda: n.D.sum(axis=1, keepdims=True),
    "a3**2 / 2": lambda: n.a3**2 / 2,
    "relu(W2 @ x + b2)": lambda: np.maximum(n.W2 @ n.x + n.b2, 0),
    "drelu(z2) * (W3.T @ delta3)": lambda: (n.z2 > 0) * (n.W3.T @ n.delta3),
    "(z2 > 0) * b2": lambda: (n.z2 > 0) * n.b2,
    # Indices and slices
    "W2[0, 1]": lambda: n.W2[0, 1],
    "W2[-1]": lambda: n.W2[-1],
    "W2[1:3, 0:1] @ a1[0:1]": lambda: n.W2[1:3, 0:1] @ n.a1[0:1],
    "W2[:, :-1] @ X[1:]": lambda: n.W2[:, :-1] @ n.X[1:],
    "(W3 @ a2)[1, 0]": lambda: (n.W3 @ n.a2)[1, 0],
    # On paper
    "a⁽³⁾ ⊙ (1 − a⁽³⁾) a⁽²⁾ᵀ": lambda: (n.a3 * (1 - n.a3)) @ n.a2.T,
    "(a₃ − y) ∘ σ′(z₃)": lambda: (n.a3 - n.y) * sigmoid(n.z3) * (1 - sigmoid(n.z3)),
    "δ₃ a₂ᵀ": lambda: n.delta3 @ n.a2.T,
    "W^{(3)}ᵀ δ^(3) ⊙ relu'(z^(2))": lambda: (n.W3.T @ n.delta3) * (n.z2 > 0),
    "W3^T·δ3": lambda: n.W3.T @ n.delta3,
    "W3^{T} (a3 – y)": lambda: n.W3.T @ (n.a3 - n.y),
    "W3⊤ ⋅ δ3": lambda: n.W3.T @ n.delta3,
    "½ Σ((a3 − y)²)": lambda: 0.5 * np.sum((n.a3 - n.y) ** 2),
    "½(a3 − y)ᵀ(a3 − y)": lambda: 0.5 * (n.a3 - n.y).T @ (n.a3 - n.y),
    "2(a3 − y)": lambda: 2 * (n.a3 - n.y),
    "2 N a3 − ¼ y": lambda: 2 * n.N * n.a3 - 0.25 * n.y,
    "(a2² + 1)⁻¹": lambda: 1 / (n.a2**2 + 1),
    "W3 (1,1,1)ᵀ": lambda: n.W3.sum(axis=1, keepdims=True),
    "a2 ≥ 0": lambda: n.a2 >= 0,
    "a2 × ReLU(z2) − dReLU(z2)": lambda: n.a2 * np.maximum(n.z2, 0) - (n.z2 > 0),
    "ln(exp(x))": lambda: n.x,
    "diagv(a3) W3": lambda: np.diag(n.a3.ravel()) @ n.W3,
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_spelling_has_the_value_that_numpy_gives_it(text):
    values = VALUES | {"d3": VALUES["delta3"]}
    value, wanted = evaluate(parse(text), values, text), np.asarray(SPELLINGS[text]())
    assert value.shape == wanted.shape
    np.testing.assert_allclose(value, wanted, rtol=1e-12)


WRITTEN_OUT = {
    # NumPy's functions that are formulas of others
    "np.where(z2 > 0, 1, 0) * a2": lambda: np.where(n.z2 > 0, 1, 0) * n.a2,
    "np.where(z2 > 0, 1, 0.01)": lambda: np.where(n.z2 > 0, 1, 0.01),
    "np.where(a2, b2, z2)": lambda: np.where(n.a2, n.b2, n.z2),
    "np.maximum(0, z2) - np.maximum(z2, 0.0)": lambda: n.z2 * 0,
    "np.maximum(0.01 * z2, z2) + np.minimum(b2, z2)": lambda: np.maximum(0.01 * n.z2, n.z2) + np.minimum(n.b2, n.z2),
    "max(0, z2) - relu(z2) + np.max(z2, 0) * np.min(z2, axis=0) + min(z2, b2)": lambda: (
        n.z2.max(0) * n.z2.min(axis=0) + np.minimum(n.z2, n.b2)
    ),
    "np.square(a3 - y)": lambda: np.square(n.a3 - n.y),
    "np.heaviside(z2, 0)": lambda: np.heaviside(n.z2, 0),
    "np.heaviside(z2 - z2, 0.5)": lambda: np.heaviside(n.z2 - n.z2, 0.5),
    "np.negative(a3) + np.reciprocal(y)": lambda: -n.a3 + 1 / n.y,
    "np.transpose(W3) @ d3": lambda: n.W3.T @ n.delta3,
    "np.greater(z2, 0)": lambda: n.z2 > 0,
    "np.ones_like(z2) - np.zeros_like(z2)": lambda: np.ones_like(n.z2),
    "X.reshape(-1, 1)": lambda: n.X.reshape(-1, 1),
    "np.reshape(v, (1, -1))": lambda: n.v.reshape(1, -1),
    "a2.reshape((-1, 1))": lambda: n.a2,
    "W3.t().mm(d3)": lambda: n.W3.T @ n.delta3,
    "torch.sum(D, dim=1, keepdim=True)": lambda: n.D.sum(axis=1, keepdims=True),
    "X.T.dot(W2.T)": lambda: n.X.T @ n.W2.T,
    # which change nothing
    "(z2 > 0).astype(float) * a2": lambda: (n.z2 > 0) * n.a2,
    "(z2 > 0).astype(np.float64)": lambda: n.z2 > 0,
    "(z2 > 0).float() * b2.copy()": lambda: (n.z2 > 0) * n.b2,
    # Derivatives under the names that people give them
    "relu_prime(z2) + relu_derivative(z2) + relu_grad(z2) + d_relu(z2)": lambda: 4.0 * (n.z2 > 0),
    # MATLAB
    "a2.*z2 + a2.^2 ./ b2": lambda: n.a2 * n.z2 + n.a2**2 / n.b2,
    "2.*a2": lambda: 2 * n.a2,
    # On paper
    "W2ᵀδ2": lambda: n.W2.T @ n.delta2,
    "δ⁽³⁾(a⁽²⁾)ᵀ": lambda: n.delta3 @ n.a2.T,
    "(W⁽³⁾)ᵀ ∗ a2": lambda: n.W3.T * n.a2,
    "δ3 ⊗ a2": lambda: np.outer(n.delta3, n.a2),
    "tanh²(z2) + sin^2(z2)": lambda: np.tanh(n.z2) ** 2 + np.sin(n.z2) ** 2,
    "∑(a3 − y)²": lambda: np.sum((n.a3 - n.y) ** 2),
    "𝟙(z2 > 0) + 𝟙[z2>0] + 1{z2>0} + 𝟙{z2>0}": lambda: 4.0 * (n.z2 > 0),
    "b2 ⊙ [z2 > 0]": lambda: n.b2 * (n.z2 > 0),
    "1/(1+np.exp(-z2)) − 1/(1 + e^(−z2))": lambda: n.z2 * 0,
    "W3 𝟙₃": lambda: n.W3.sum(axis=1, keepdims=True),
    "a3 ⊙ (𝟏 − a3)": lambda: n.a3 * (1 - n.a3),
}
"""Spellings in which the text of a part does not always read as that part."""


@pytest.mark.parametrize("text", WRITTEN_OUT)
def test_a_spelling_that_is_written_out_has_the_value_that_numpy_gives_it(text):
    value, wanted = evaluate(parse(text), VALUES | {"d3": VALUES["delta3"]}, text), np.asarray(WRITTEN_OUT[text]())
    assert value.shape == wanted.shape
    np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("text", WRITTEN_OUT)
def test_what_was_written_out_keeps_spans_that_nest_and_cover_the_whole_text(text):
    root = parse(text)
    assert root.span == (0, len(text))
    for part in walk(root):
        for child in part.children:
            assert part.span[0] <= child.span[0] < child.span[1] <= part.span[1]


# ---- spans ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", SPELLINGS)
def test_the_span_of_every_part_slices_out_text_that_reads_as_that_part(text):
    for part in walk(parse(text)):
        piece = text[slice(*part.span)]
        if piece in ("²", "⁻¹"):
            assert isinstance(part, Number)
            continue
        assert parse(piece) == part


@pytest.mark.parametrize("text", SPELLINGS)
def test_the_span_of_a_part_lies_inside_of_the_span_of_what_it_is_part_of(text):
    for part in walk(parse(text)):
        for child in part.children:
            assert part.span[0] <= child.span[0] < child.span[1] <= part.span[1]


@pytest.mark.parametrize("text", SPELLINGS)
def test_the_span_of_a_whole_formula_is_the_whole_text(text):
    assert parse(f"  {text} \n").span == (2, 2 + len(text))


@pytest.mark.parametrize(
    "text, operand",
    [
        ("(a3 − y) ⊙ a3", "(a3 − y)"),
        ("((a3 − y)) a3", "((a3 − y))"),
        ("a⁽³⁾ᵀ @ y", "a⁽³⁾ᵀ"),
        ("σ′(z3) * y", "σ′(z3)"),
        ("W3.sum(axis=1) * y", "W3.sum(axis=1)"),
        ("W3 .transpose() @ y", "W3 .transpose()"),
        ("W3 [0, 1] * y", "W3 [0, 1]"),
        ("(1, 1, 1)ᵀ y", "(1, 1, 1)ᵀ"),
        ("-a3² * y", "-a3²"),
        ("np.sum(a3) * y", "np.sum(a3)"),
        ("np.linalg.norm(a3) * y", "np.linalg.norm(a3)"),
        ("np.dot(W3, a2) * y", "np.dot(W3, a2)"),
        ("np.array([1, 2]) * y", "np.array([1, 2])"),
    ],
)
def test_the_span_of_an_operand_is_all_that_must_be_replaced_to_replace_it(text, operand):
    left = parse(text).left
    assert text[slice(*left.span)] == operand


# ---- what binds how ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, grouped",
    [
        ("a ⊙ b c", "(a ⊙ b) · c"),
        ("a b ⊙ c", "(a · b) * c"),
        ("a @ b * c @ d", "((a @ b) * c) @ d"),
        ("a / b c", "(a / b) · c"),
        ("a b / c", "(a · b) / c"),
        ("a − b − c", "(a - b) - c"),
        ("a - b c + d", "(a - (b · c)) + d"),
        ("-a @ b", "(-a) @ b"),
        ("-a b", "(-a) · b"),
        ("a @ -b", "a @ (-b)"),
        ("a - -b", "a - (-b)"),
        ("+a b", "a · b"),
        ("-a ** 2", "-(a ** 2)"),
        ("-a²", "-(a ** 2)"),
        ("-a.T", "-(a.T)"),
        ("a ** b ** c", "a ** (b ** c)"),
        ("a ** -b", "a ** (-b)"),
        ("a ** -b * c", "(a ** (-b)) * c"),
        ("2 a ** 2", "2 · (a ** 2)"),
        ("a ** 2 b", "(a ** 2) · b"),
        ("a b.T", "a · (b.T)"),
        ("a.T²", "(a.T) ** 2"),
        ("a²ᵀ", "(a ** 2).T"),
        ("relu(a) b", "(relu(a)) · b"),
        ("a (b)", "a · b"),
        ("a[0] b", "(a[0]) · b"),
        ("a + b < c d", "(a + b) < (c · d)"),
    ],
)
def test_a_formula_groups_as(text, grouped):
    assert parse(text) == parse(grouped)


@pytest.mark.parametrize("first", ["@", "*", "·", "/"])
@pytest.mark.parametrize("second", ["@", "*", "·", "/"])
def test_all_products_group_from_the_left_alike(first, second):
    a, b, c = Name("a"), Name("b"), Name("c")
    assert parse(f"a {first} b {second} c") == Binary(second, Binary(first, a, b), c)


def test_a_sign_before_a_product_negates_its_first_factor_as_in_python():
    assert parse("-a * b") == Binary("*", Negate(Name("a")), Name("b"))


@pytest.mark.parametrize("spelling", ["a3", "a₃", "a⁽³⁾", "a^(3)", "a^{(3)}"])
def test_a_layer_number_has_many_spellings_and_one_name(spelling):
    assert parse(spelling) == Name("a3")


@pytest.mark.parametrize(
    "spelling, name", [("δ3", "delta3"), ("δ⁽²⁾", "delta2"), ("ŷ", "yhat"), ("θ", "theta"), ("λ", "lam")]
)
def test_a_greek_letter_is_read_as_its_name(spelling, name):
    assert parse(spelling) == Name(name)


def test_a_name_that_has_its_layer_number_takes_a_power_and_not_a_second_number():
    assert parse("1 - a3^(2)") == parse("1 - a3**2")


def test_primes_and_a_leading_d_both_spell_a_derivative():
    spellings = ["relu'(z2)", "relu′(z2)", "relu’(z2)", "drelu(z2)", "ReLU'(z2)", "dReLU(z2)"]
    assert {parse(spelling) for spelling in spellings} == {parse("drelu(z2)")}
    assert parse("drelu(z2)").derivative
    assert parse("drelu(z2)") != parse("relu(z2)")


@pytest.mark.parametrize(
    "text, guilty, hint",
    [
        ("np.einsum('ij,jk->ik', W3, a2)", "einsum", "@"),
        ('np.einsum("ij,jk->ik", W3, a2)', "einsum", "@"),
        ("np.tensordot(W3, a2)", "tensordot", "@"),
        ("np.sqare(a3)", "sqare", "square"),
        ("a3.squeeze()", "squeeze", "matrices"),
        ("W3' @ y", "W3", "W3.T"),
        ("np.heaviside(z2)", "np.heaviside(z2)", ""),
        ("np.where(z2 > 0)", "np.where(z2 > 0)", ""),
        ("np.negative(x=a3)", "np.negative(x=a3)", ""),
        ("b2 [z2 > 0]", "z2", "dA * [z2 > 0]"),
        ("𝟙(z2)", "(z2)", ""),
        ("W3 𝟙", "𝟙", ""),
    ],
)
def test_what_has_no_such_spelling_is_refused_with_one_that_has(text, guilty, hint):
    with pytest.raises(Diagnostic) as caught:
        parse(text)
    assert caught.value.code == "unparsable"
    assert text[slice(*caught.value.where.span)] == guilty
    assert hint in " ".join(caught.value.hints)


@pytest.mark.parametrize("text", ["drelu'(z2)", "relu''(z2)"])
def test_a_second_derivative_is_refused_and_not_read_as_a_first(text):
    with pytest.raises(Diagnostic) as caught:
        parse(text)
    assert caught.value.code == "unparsable"


def test_a_second_comparison_is_refused_because_python_would_read_it_otherwise():
    text = "0 < z2 < 1"
    with pytest.raises(Diagnostic) as caught:
        parse(text)
    assert caught.value.code == "unparsable"
    assert caught.value.where.span == (7, 8)


def test_the_number_e_is_raised_on_paper_and_a_value_e_in_python():
    assert parse("e^(-z)") == parse("e^{-z}") == parse("exp(-z)")
    assert parse("e**p") == Binary("**", Name("e"), Name("p"))
    assert parse("e^2") == parse("e²") == parse("e**2")


def test_comparisons_in_brackets_can_be_compared():
    assert parse("(z2 > 0) == (a2 > 0)").operator == "=="


def test_equality_of_formulas_ignores_where_they_were_written():
    assert parse("W3 @ a2") == parse("  ( W₃@( a⁽²⁾ ) )")


def test_the_names_in_a_formula_are_the_values_that_it_reads():
    assert names_in(parse("np.sum(W3 @ a2 - W3[0, 1], axis=1, keepdims=True)")) == ("W3", "a2")


# ---- programs ------------------------------------------------------------------------------------------------


def test_an_assignment_keeps_the_line_that_its_spans_point_into():
    assignment = parse_assignment("z⁽²⁾ = W2 @ x + b2")
    assert assignment.name == "z2"
    assert assignment.expression == parse("W2 @ x + b2")
    assert assignment.text[slice(*assignment.expression.left.span)] == "W2 @ x"


@pytest.mark.parametrize(
    "line, guilty",
    [("W2 @ x", "@"), ("2 = x", "2"), ("z2 = ", ""), ("z2 = x = y", "="), ("z2 = x)", ")"), ("", ""), ("z2", "")],
)
def test_a_line_that_is_no_assignment_is_refused_at_the_guilty_text(line, guilty):
    with pytest.raises(Diagnostic) as caught:
        parse_assignment(line)
    assert caught.value.code == "unparsable"
    assert line[slice(*caught.value.where.span)] == guilty


# ---- the two formulas of the 2-3-2 question ------------------------------------------------------------------

QUESTION = {
    name: np.random.default_rng(5).uniform(0.1, 0.9, shape)
    for name, shape in {"a1": (2, 1), "W2": (3, 2), "a2": (3, 1), "W3": (2, 3), "a3": (2, 1), "y": (2, 1)}.items()
}


def test_the_gradient_of_the_last_layer_as_written_by_hand_is_a_2x3_outer_product():
    text = "(a⁽³⁾ − y) ⊙ a⁽³⁾ ⊙ (1 − a⁽³⁾) a⁽²⁾ᵀ"
    a3, y = QUESTION["a3"], QUESTION["y"]
    value = evaluate(parse(text), QUESTION, text)
    assert value.shape == (2, 3)
    np.testing.assert_allclose(value, ((a3 - y) * a3 * (1 - a3)) @ QUESTION["a2"].T)


def test_the_gradient_of_the_hidden_layer_as_written_by_hand_is_refused_where_2x1_meets_2x3():
    text = "(a⁽³⁾ − y) ⊙ a⁽³⁾ ⊙ (1 − a⁽³⁾) W⁽³⁾ (1,1,1)ᵀ a⁽¹⁾ᵀ"
    with pytest.raises(Diagnostic) as caught:
        evaluate(parse(text), QUESTION, text)
    assert caught.value.code == "shape_mismatch"
    assert text[slice(*caught.value.where.span)] == "(a⁽³⁾ − y) ⊙ a⁽³⁾ ⊙ (1 − a⁽³⁾) W⁽³⁾"
    assert "2×1" in caught.value.message
    assert "2×3" in caught.value.message


@pytest.mark.parametrize(
    ("on_paper", "in_numpy"),
    [
        ("½Σ(a−y)²", "0.5 · sum((a - y)**2)"),
        ("Σ a ⊙ y", "sum(a * y)"),
        ("Σ(a − y)² / N + 1", "sum((a - y)**2 / N) + 1"),
        ("sum(a)²", "sum(a)**2"),
    ],
)
def test_a_sum_sign_reaches_over_powers_and_products_and_a_function_only_over_its_brackets(on_paper, in_numpy):
    assert parse(on_paper) == parse(in_numpy)
