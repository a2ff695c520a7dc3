"""LaTeX, as people type it into a question, and as SymPy prints it: what it means, and where it is wrong."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import sympy

from engine.diagnostics import Diagnostic
from engine.formula import evaluate, parse
from engine.formula.functions import sigmoid
from engine.formula.latex import spell_latex
from engine.formula.syntax import Name, Transpose, walk

SHAPES = {
    "x": (4, 1), "W2": (3, 4), "z2": (3, 1), "a2": (3, 1), "delta2": (3, 1), "W3": (2, 3), "z3": (2, 1), "a3": (2, 1),
    "y": (2, 1), "yhat": (2, 1), "y_true": (2, 1), "delta3": (2, 1), "W_hh": (3, 3), "N": (), "lam": (), "eta": (),
}  # fmt: skip
"""A 4-3-2 network; no two layers are alike, and every drawn matrix is asymmetric."""

_RANDOM = np.random.default_rng(23)
VALUES = {name: _RANDOM.uniform(0.2, 2.0, shape) * _RANDOM.choice([-1, 1], shape) for name, shape in SHAPES.items()}
n = SimpleNamespace(**VALUES)


def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


FORMULAS = {
    r"W^{(3)T} \odot W^{(3)\top}": lambda: n.W3.T * n.W3.T,
    r"{W^{(3)}}^T \delta^{(3)} \odot \sigma'(z^{(2)})": lambda: (n.W3.T @ n.delta3) * slope(n.z2),
    r"(W_3^\top (a_3 - y))": lambda: n.W3.T @ (n.a3 - n.y),
    r"W^T_3 \delta_{3} a^{(2)T} a^{[2]} a^{[2]\top}": lambda: n.W3.T @ n.delta3 @ n.a2.T @ n.a2 @ n.a2.T,
    r"\left( a^{(3)} - y \right) \odot a^{(3)}": lambda: (n.a3 - n.y) * n.a3,
    r"\bigl(a^{(3)} - y\bigr)\,{a^{(2)}}^{T}": lambda: (n.a3 - n.y) @ n.a2.T,
    r"\delta_3 \otimes a_2": lambda: np.outer(n.delta3, n.a2),
    r"\delta_3 \cdot a_2^T \times W_3": lambda: (n.delta3 @ n.a2.T) * n.W3,
    r"\frac{1}{N}\delta_3 + \tfrac12 y - \frac1N a_3": lambda: n.delta3 / n.N + n.y / 2 - n.a3 / n.N,
    r"\frac{a^{(3)} - y}{a^{(3)} \odot (1 - a^{(3)})}": lambda: (n.a3 - n.y) / (n.a3 * (1 - n.a3)),
    r"\frac12 \sum (\hat{y} - y)^2": lambda: 0.5 * np.sum((n.yhat - n.y) ** 2),
    r"\dfrac{1}{2}\left(\hat y - y_{\text{true}}\right)^{2}": lambda: 0.5 * (n.yhat - n.y_true) ** 2,
    r"\mathbf{W}_3^{\top} \boldsymbol{\delta}^{(3)} \odot \mathbf{a_2}": lambda: (n.W3.T @ n.delta3) * n.a2,
    r"\mathbf{W}^{(3)}{}^\top \bm\delta_3": lambda: n.W3.T @ n.delta3,
    r"\mathbf{a}^{(2)^T} \mathbf{W}^{\mathsf{T}}_{3}": lambda: n.a2.T @ n.W3.T,
    r"\mathrm{diag}(z_2) W_3^T": lambda: np.diag(n.z2.ravel()) @ n.W3.T,
    r"\operatorname{diag}\left(\sigma'(z^{(3)})\right) W_3": lambda: np.diag(slope(n.z3).ravel()) @ n.W3,
    r"\text{relu}'(z_2) + \mathrm{ReLU}'\left(z^{(2)}\right)": lambda: 2.0 * (n.z2 > 0),
    r"\relu(z_2) - \ReLU(z_2) + \sigmoid(z_2)": lambda: sigmoid(n.z2),
    r"\sigma^{\prime}(z_2) \odot {\sigma}'(z_2) \odot \sigma^\prime(z_2)": lambda: slope(n.z2) ** 3,
    r"\tanh^2(z_2) - \tanh^{2}{z_2} + \sin²(z_2)": lambda: np.sin(n.z2) ** 2,
    r"\tanh'\left(z_2\right) + \tanh{z_2}": lambda: 1 - np.tanh(n.z2) ** 2 + np.tanh(n.z2),
    r"\exp(-z_2) + \log{\left(a_2^2\right)} + \sqrt{a_2^2}": lambda: np.exp(-n.z2) + np.log(n.a2**2) + np.abs(n.a2),
    r"\frac{1}{1 + e^{-z_2}}": lambda: sigmoid(n.z2),
    r"\mathbb{1}[z_2 > 0] + \mathbb{1}_{z_2 > 0} + \mathbf{1}\{z_2>0\} + 1\{z_2 \gt 0\}": lambda: 4.0 * (n.z2 > 0),
    r"\mathbb{I}\left(z_2 \geq 0\right) \odot \mathbb 1\left\{z_2 \le 1\right\}": lambda: (n.z2 >= 0) * (n.z2 <= 1),
    r"W_3 \mathbf{1}_3 + W_3 \mathbb{1}_{3}": lambda: 2 * n.W3.sum(axis=1, keepdims=True),
    r"\mathbf{1}_{2 \times 3} a_2": lambda: np.full((2, 1), n.a2.sum()),
    r"a_3 \odot (\mathbf{1} - a_3)": lambda: n.a3 * (1 - n.a3),
    r"W_3 \begin{bmatrix}1\\1\\1\end{bmatrix}": lambda: n.W3.sum(axis=1, keepdims=True),
    r"W_3 \begin{pmatrix} 1 & 0 & -1 \end{pmatrix}^T": lambda: n.W3 @ [[1], [0], [-1]],
    r"W_2 + \begin{matrix} 1 & 2 & 3 & 4 \\ 5 & 6 & 7 & 8 \\ 9 & 1 & 2 & 3 \\ \end{matrix}": lambda: (
        n.W2 + np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3]])
    ),
    r"\lambda W_2 - \eta \, W_2 \; - \quad ~ & W_2": lambda: (n.lam - n.eta - 1) * n.W2,
    r"W_{hh}^T \delta_2": lambda: n.W_hh.T @ n.delta2,
    r"a_2^{-1} + a_2^{2} + a_2^2": lambda: 1 / n.a2 + 2 * n.a2**2,
    r"$\delta^{(3)}$ $\left(a^{(2)}\right)^T$": lambda: n.delta3 @ n.a2.T,
    r"\[ \delta_3 \ast a_3 \]": lambda: n.delta3 * n.a3,
    "a^{2} - a_{2}": lambda: VALUES["a2"] ** 2 - n.a2,
}


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_in_latex_has_the_value_that_numpy_gives_it(text):
    value, wanted = evaluate(parse(text), VALUES | {"a": VALUES["a2"]}, text), np.asarray(FORMULAS[text]())
    assert value.shape == wanted.shape
    np.testing.assert_allclose(value, wanted, rtol=1e-12)


@pytest.mark.parametrize("text", FORMULAS)
def test_spans_point_into_what_was_typed_and_nest(text):
    for part in walk(parse(text)):
        for child in part.children:
            assert part.span[0] <= child.span[0] <= child.span[1] <= part.span[1] <= len(text)
        if isinstance(part, Name):
            assert part.name[-1] in text[slice(*part.span)]


@pytest.mark.parametrize(
    "text, name, its_text",
    [
        (r"y - W^{(3)T} \delta_3", "W3", "W^{(3)T}"),
        (r"y - \mathbf{W}_{3}^\top y", "W3", r"\mathbf{W}_{3}"),
        (r"y - {W^{(3)}}^T y", "W3", "{W^{(3)}}"),
        (r"y \odot \hat{y}^{(2)}", "yhat2", r"\hat{y}^{(2)}"),
        (r"y \odot \boldsymbol{\delta}^{[3]}", "delta3", r"\boldsymbol{\delta}^{[3]}"),
        (r"2\,y_{\text{true}} y", "y_true", r"y_{\text{true}}"),
    ],
)
def test_the_span_of_a_name_is_all_that_spells_it(text, name, its_text):
    (part,) = [part for part in walk(parse(text)) if part == Name(name)]
    assert text[slice(*part.span)] == its_text


@pytest.mark.parametrize(
    "text, whole",
    [
        (r"y - W^{(3)T}", "W^{(3)T}"),
        (r"y - {W^{(3)}}^T", "{W^{(3)}}^T"),
        (r"y - \left(W_3\right)^{\top}", r"(W_3\right)^{\top}"),
    ],
)
def test_the_span_of_a_transpose_reads_as_that_transpose(text, whole):
    right = parse(text).right
    assert right == Transpose(Name("W3"))
    assert text[slice(*right.span)] == whole


@pytest.mark.parametrize(
    "text",
    [
        "np.multiply(W3.T @ (a3 - y), drelu(z2)) @ x.T / 4",
        "W3 @ np.ones((3, 1))",
        "np.diag(np.tanh(z2)) @ W3.T * 0.5",
        "(a2**2 + 1)**-1 * np.where(z2 > 0, 1, 0.01)",
        "0.5 * np.sum((yhat - y)**2) + lam * np.sum(W2**2)",
        "-eta * W_hh.T @ delta2 / np.exp(-z2) - np.sqrt(a2**2)",
        "W2 @ np.array([[1], [2], [.5], [-1e1]]) >= 0",
    ],
)
def test_what_chainstep_writes_in_latex_reads_back_to_the_same_value(text):
    node = parse(text)
    latex = spell_latex(node)
    np.testing.assert_allclose(evaluate(parse(latex), VALUES, latex), evaluate(node, VALUES, text), rtol=1e-12)


# ---- what SymPy writes ---------------------------------------------------------------------------------------

_SCALARS = {name: sympy.Symbol(name) for name in ("z_2", "a_2", "y", "lambda")}
_MATRICES = {
    "W_2": sympy.MatrixSymbol("W_2", 3, 4), "W_3": sympy.MatrixSymbol("W_3", 2, 3), "x": sympy.MatrixSymbol("x", 4, 1),
    "a_2": sympy.MatrixSymbol("a_2", 3, 1), "a_3": sympy.MatrixSymbol("a_3", 2, 1), "y": sympy.MatrixSymbol("y", 2, 1),
}  # fmt: skip
z2, a2, y, lam = _SCALARS.values()
W_2, W_3, x, a_2, a_3, y_ = _MATRICES.values()
OURS = {"W_2": "W2", "W_3": "W3", "a_2": "a2", "a_3": "a3", "z_2": "z2", "lambda": "lam"}

ENTRYWISE = [
    sympy.tanh(z2) ** 2 - y / a2,
    (1 - sympy.exp(-z2)) / (1 + sympy.exp(-z2)) ** 2,
    sympy.log(a2**2) * sympy.sqrt(y**2 + 1) - lam,
    sympy.cos(z2) / 3 + sympy.sin(z2) * sympy.Rational(2, 7),
    (a2 - y) / (a2 * (1 - a2)),
    -lam * (z2 - y) * (a2 + 2) ** 3,
]
MATRIX = [
    W_3.T * (a_3 - y_) * a_2.T,
    sympy.HadamardProduct(W_3.T * (a_3 - y_), a_2) * x.T,
    sympy.Rational(1, 2) * (a_3 - y_).T * (a_3 - y_),
    (W_3 * W_2).T * (a_3 - 3 * y_) - x,
    sympy.HadamardProduct(W_3, a_3 * a_2.T, y_ * a_2.T),
]


@pytest.mark.parametrize("expression", ENTRYWISE, ids=str)
def test_an_expression_that_sympy_prints_has_the_value_that_sympy_gives_it(expression):
    numbers = {name: np.asarray(value) for name, value in zip(_SCALARS, (0.7, -1.3, 0.4, 2.5), strict=True)}
    wanted = float(expression.subs(dict(zip(_SCALARS.values(), numbers.values(), strict=True))))
    text = sympy.latex(expression)
    value = evaluate(parse(text), {OURS.get(name, name): value for name, value in numbers.items()}, text)
    np.testing.assert_allclose(value, wanted, rtol=1e-12)


@pytest.mark.parametrize("expression", MATRIX, ids=str)
def test_a_matrix_expression_that_sympy_prints_has_the_value_that_sympy_gives_it(expression):
    arrays = {name: VALUES[OURS.get(name, name)] for name in _MATRICES}
    substituted = expression.subs({_MATRICES[name]: sympy.Matrix(array) for name, array in arrays.items()})
    wanted = np.array(substituted.doit().tolist(), dtype=float)
    text = sympy.latex(expression)
    np.testing.assert_allclose(evaluate(parse(text), VALUES, text), wanted, rtol=1e-12)


# ---- mistakes ------------------------------------------------------------------------------------------------

BAD = {
    r"\sigmod(z_2)": (r"\sigmod", r"did you mean \sigmoid"),
    r"W_3 \odto y": (r"\odto", r"\odot"),
    r"\frac{1}{N": ("", ""),
    r"\frac{1}": ("", ""),
    r"\frac \odot 2": (r"\odot", ""),
    r"(W_3^T \delta_3": ("", ""),
    r"W^{(3)T y": ("^{(", ""),
    r"{W_3^T": ("", ""),
    r"W_3}^T": ("}", ""),
    r"y + {}": ("", ""),
    r"W^{(l)} \delta_3": ("W^{(", ""),
    r"y - W^{(l+1)T}": ("W^{(", ""),
    r"a_1^{(2)} - y": ("a_1^{(", "a2[0, 0]"),
    r"w_{ij}^{(2)}": ("w_{ij}^{(", "a2[0, 0]"),
    r"y - W_{i,j}": ("W_", ""),
    r"\sum_i z_2": (r"\sum", "axis=1"),
    r"\sum_{i=1}^{N} z_2": (r"\sum", "axis=1"),
    r"\sum\limits_k z_2": (r"\sum", "axis=1"),
    r"\mathbf{1}^T \delta_3": (r"\mathbf{1}", ""),
    r"\mathbb{1}(z_2) y": ("(z_2)", ""),
    r"1\{z_2\}": (r"\{z_2\}", ""),
    r"\frac{\partial L}{\partial W_3}": (r"\partial", "written out"),
    r"y + \cdots": (r"\cdots", "all the factors"),
    r"\begin{align} y \end{align}": (r"\begin{align}", "bmatrix"),
    r"y + \end{bmatrix}": (r"\end{bmatrix}", ""),
    r"\begin{bmatrix}1": ("", ""),
    r"\mathbf + y": (r"\mathbf", ""),
    r"\hat{y + 1}": (r"\hat", ""),
    r"\|y\| + y": (r"\|", "norm(W)"),
    r"y - \langle y, y \rangle": (r"\langle", "sum(a * b)"),
    r"W_3^{-\top} y": (r"\top", ""),
    "y \\": ("\\", ""),
    r"y_{\text{a b}}": ("y_", ""),
}


@pytest.mark.parametrize("text", BAD)
def test_a_mistake_in_latex_is_marked_where_it_is(text):
    guilty, hint = BAD[text]
    with pytest.raises(Diagnostic) as caught:
        parse(text)
    problem = caught.value
    assert problem.code == "unparsable"
    assert problem.where.text == text
    assert text[slice(*problem.where.span)] == guilty
    assert hint in " ".join(problem.hints)


def test_a_kronecker_product_is_not_what_the_circled_times_means():
    with pytest.raises(Diagnostic) as caught:
        evaluate(parse(r"W_2 \otimes W_3"), VALUES, r"W_2 \otimes W_3")
    assert caught.value.code == "shape_mismatch"
    assert "kron(A, B)" in caught.value.hints[0]


def test_an_underscore_belongs_to_a_name_in_python_and_to_a_layers_number_in_latex():
    assert parse("W_3 @ x") != parse(r"W_3 \, x")
    assert {part.name for part in walk(parse(r"W_3 \, x")) if isinstance(part, Name)} == {"W3", "x"}


HOSTILE = [
    r"\hat" * 900 + "y", "{" * 3_000 + "W" + "}" * 900, r"\mathbf{" * 400 + "W" + "}" * 399, r"\frac" * 700,
    r"\begin{bmatrix}" * 200, "W" + "^{T}" * 900, "W^{(3)" + "T" * 3_000 + "}", r"\left" * 700,
    "W^{(3)" + r"\," * 1_900, "x_{" * 1_300, "$" * 4_000, r"\exp{" * 700, r"{\exp}'" * 500, "^{" * 1_900,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_latex_is_refused_at_once(text):
    start = time.perf_counter()
    with pytest.raises(Diagnostic):
        parse(text)
    assert time.perf_counter() - start < 1.0
