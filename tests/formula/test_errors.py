"""Bad formulas: which code they get, and exactly which of their text is guilty."""

import numpy as np
import pytest

from engine.diagnostics import Diagnostic
from engine.formula import evaluate, parse

SHAPES = {"W2": (3, 4), "W3": (2, 3), "a2": (3, 1), "z2": (3, 1), "a3": (2, 1), "y": (2, 1), "v": (6,), "N": ()}
VALUES = {name: np.full(shape, 0.5) for name, shape in SHAPES.items()}


def refused(text: str) -> Diagnostic:
    with pytest.raises(Diagnostic) as caught:
        evaluate(parse(text), VALUES, text)
    return caught.value


BAD = {
    # What is missing is marked where it is missing: at the end, by an empty span.
    "": ("unparsable", ""),
    "a3 +": ("unparsable", ""),
    "(a3 - y": ("unparsable", ""),
    "relu(z2": ("unparsable", ""),
    "W2[0": ("unparsable", ""),
    "[[1, 2]": ("unparsable", ""),
    "a3.": ("unparsable", ""),
    # What is there and should not be
    "@ a3": ("unparsable", "@"),
    "a3 @ @ y": ("unparsable", "@"),
    "a3 - y)": ("unparsable", ")"),
    "()": ("unparsable", ")"),
    "a3 ⊕ y": ("unparsable", "⊕"),
    "a3 & y": ("unparsable", "&"),
    "'a3'": ("unparsable", "'"),
    "2 3": ("unparsable", "3"),
    "a3 2": ("unparsable", "2"),
    "z3 = W3 @ a2": ("unparsable", "="),
    "a3; y": ("unparsable", ";"),
    "__import__('os')": ("unparsable", "_"),
    "lambda: a3": ("unparsable", ":"),
    "np.(a3)": ("unparsable", "("),
    "1e999 a3": ("unparsable", "1e999"),
    "W2[]": ("unparsable", "]"),
    "W2[a3]": ("unparsable", "a3"),
    "W2[0.5]": ("unparsable", "0.5"),
    "W2[::2]": ("unparsable", ":"),
    "[]": ("unparsable", "]"),
    "[[1, 2], 3]": ("unparsable", "3"),
    "array(3)": ("unparsable", "3"),
    "z2' a3": ("unparsable", "z2"),
    "a3 * diag'(z2)": ("unparsable", "diag'(z2)"),
    "1 + dot(W3)": ("unparsable", "dot(W3)"),
    "a3.flip() - y": ("unparsable", "flip"),
    # Names
    "a3 - W4 @ a2": ("unknown_name", "W4"),
    "W3 @ act(z2)": ("unknown_name", "act"),
    "relu * a3": ("unknown_name", "relu"),
    "a3 * True": ("unknown_name", "True"),
    # Shapes
    "1 - W3 @ a3": ("shape_mismatch", "W3 @ a3"),
    "1 - (W3 a3)": ("shape_mismatch", "(W3 a3)"),
    "W3 @ (a3 - a2)": ("shape_mismatch", "(a3 - a2)"),
    "2 * (a3 ⊙ a2)": ("shape_mismatch", "(a3 ⊙ a2)"),
    "a3 / a2 + y": ("shape_mismatch", "a3 / a2"),
    "a3 - N @ y": ("shape_mismatch", "N @ y"),
    "a3 < a2": ("shape_mismatch", "a3 < a2"),
    "y - a3 ** a3": ("shape_mismatch", "a3 ** a3"),
    "y - diag(W3)": ("shape_mismatch", "diag(W3)"),
    "y - outer(W3, y)": ("shape_mismatch", "outer(W3, y)"),
    "N * trace(W3)": ("shape_mismatch", "trace(W3)"),
    "N * kron(v, W3)": ("shape_mismatch", "kron(v, W3)"),
    "y - a3.reshape(3, 2)": ("shape_mismatch", "a3.reshape(3, 2)"),
    "y - np.where(z2 > 0, a3, 0)": ("shape_mismatch", "np.where(z2 > 0, a3, 0)"),
    "concat(W3, 1)": ("shape_mismatch", "concat(W3, 1)"),
    "2 * item(W3)": ("shape_mismatch", "item(W3)"),
    "2 * half_squared_error(a2, y)": ("shape_mismatch", "half_squared_error(a2, y)"),
    "N * [[1, 2], [3]]": ("shape_mismatch", "[[1, 2], [3]]"),
    "N * [1, a3]": ("shape_mismatch", "[1, a3]"),
    # Arguments
    "y - sum()": ("bad_argument", "sum()"),
    "y - np.square(x=a3)": ("bad_argument", "np.square(x=a3)"),
    "y - relu(a3, 1)": ("bad_argument", "relu(a3, 1)"),
    "y - relu(a3, axis=0)": ("bad_argument", "relu(a3, axis=0)"),
    "y - sum(a3, axes=1)": ("bad_argument", "sum(a3, axes=1)"),
    "y - sum(a3, axis=2)": ("bad_argument", "sum(a3, axis=2)"),
    "y - sum(a3, axis=True)": ("bad_argument", "sum(a3, axis=True)"),
    "y - sum(a3, axis=N)": ("bad_argument", "sum(a3, axis=N)"),
    "y - sum(a3, keepdims=1)": ("bad_argument", "sum(a3, keepdims=1)"),
    "y - sum(v, axis=1)": ("bad_argument", "sum(v, axis=1)"),
    "y - sum(a3, 0, axis=1)": ("bad_argument", "sum(a3, 0, axis=1)"),
    "y - sum(a3, axis=0, axis=1)": ("bad_argument", "sum(a3, axis=0, axis=1)"),
    "a3 - ones()": ("bad_argument", "ones()"),
    "a3 - zeros()": ("bad_argument", "zeros()"),
    "a3 - ones(2)": ("bad_argument", "ones(2)"),
    "a3 - ones((0, 1))": ("bad_argument", "ones((0, 1))"),
    "a3 - ones((2, 1, 1))": ("bad_argument", "ones((2, 1, 1))"),
    "eye() @ a3": ("bad_argument", "eye()"),
    "eye(2.5) @ a3": ("bad_argument", "eye(2.5)"),
    "eye(-2) @ a3": ("bad_argument", "eye(-2)"),
    "eye(True) @ a3": ("bad_argument", "eye(True)"),
    "commutation(2) @ a3": ("bad_argument", "commutation(2)"),
    "y - W3[7]": ("bad_argument", "W3[7]"),
    "y - W3[0, -4]": ("bad_argument", "W3[0, -4]"),
    "y - a3[0, 0, 0]": ("bad_argument", "a3[0, 0, 0]"),
    "y - N[0]": ("bad_argument", "N[0]"),
    "y - sum(W3[5:9])": ("bad_argument", "W3[5:9]"),
    "y - max(a3[1:1])": ("bad_argument", "a3[1:1]"),
    "y - W3.shape": ("bad_argument", "W3.shape"),
    "y - W3.shape[2]": ("bad_argument", "W3.shape[2]"),
    # Size and value
    "1 + eye(100000)": ("too_large", "eye(100000)"),
    "1 / 0": ("not_finite", "1 / 0"),
    "log(-a3)": ("not_finite", "log(-a3)"),
    "exp(1000) * a3": ("not_finite", "exp(1000) * a3"),
}  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_a_bad_formula_is_refused_with_its_code_at_the_guilty_text(text):
    code, guilty = BAD[text]
    problem = refused(text)
    assert problem.code == code
    assert problem.where.text == text
    assert text[slice(*problem.where.span)] == guilty


@pytest.mark.parametrize("text", BAD)
def test_a_message_is_one_sentence_and_its_rendering_shows_the_formula(text):
    problem = refused(text)
    assert problem.message
    assert "\n" not in problem.message
    assert text in str(problem)


def test_of_two_same_signs_the_one_that_is_wrong_is_marked():
    assert refused("a3 @ @ y").where.span == (5, 6)


@pytest.mark.parametrize(
    "text, hint",
    [
        ("a3 - W33", "did you mean W3?"),
        ("sigmiod(z2)", "did you mean sigmoid?"),
        ("sum(a3, axs=0)", "did you mean axis?"),
        ("a3.smu()", "did you mean sum?"),
        ("N @ y", "scale with * instead of @"),
        ("qqqq + 1", "known names: W2, W3, a2, z2, a3, y, v, N"),
    ],
)
def test_a_refusal_says_what_to_try_instead(text, hint):
    assert any(hint.rstrip("?") in given for given in refused(text).hints)


def test_shapes_of_both_sides_are_in_the_message():
    assert refused("W3 @ a3").message == "cannot multiply 2×3 by 2×1"
    assert refused("a2 - a3").message == "cannot subtract: 3×1 and 2×1 do not have the same shape"


def test_without_its_text_a_refusal_claims_no_place():
    with pytest.raises(Diagnostic) as caught:
        evaluate(parse("W3 @ a3"), VALUES)
    assert caught.value.where.text is None
    assert caught.value.where.span is None


def test_no_value_that_overflows_on_the_way_is_an_error_where_the_result_is_finite():
    assert evaluate(parse("1 / exp(1000)"), VALUES).item() == 0.0
