"""Formulas to LaTeX: what is written, that brackets say what is meant, and that every function can be spelled."""

from __future__ import annotations

import re

import numpy as np
import pytest

from engine.formula import FUNCTIONS, Pointwise, Spelling, evaluate, parse, resolve, spell
from engine.formula.functions import ANY, Definition
from engine.formula.latex import Style, latex_name, latex_number, spell_latex
from engine.formula.latex_text import escape_text
from engine.formula.shapes import ShapeMap
from tests.formula.reading import evaluate_latex
from tests.oracles.draws import Draw
from tests.oracles.trees import Tree


@pytest.mark.parametrize("formula, latex", [
    ("W3.T @ (a3 - y) * drelu(z2)", r"(W^{(3)\top} (a^{(3)} - y)) \odot \operatorname{relu}'(z^{(2)})"),
    ("half_squared_error(a3, y)", r"\tfrac{1}{2} \sum (a^{(3)} - y)^{2}"),
    ("cross_entropy(a3, y) / 4", r"\frac{-\sum(y \odot \log(a^{(3)}))}{4}"),
    ("softmax_rows(Q @ K.T / sqrt(3))", r"\operatorname{softmax}_{j}\left(\frac{Q K^{\top}}{\sqrt{3}}\right)"),
    ("sum(d2, axis=1, keepdims=True)", r"\sum_{j} d^{(2)}"),
    ("mean(Z, 0)", r"\operatorname{mean}_{i}(Z)"),
    ("kron(a1.T, eye(3))", r"a^{(1)\top} \otimes I_{3}"),
    ("a1[1, 0] * eye(3)[0:1]", r"a^{(1)}_{1,0} e_{0}^{\top}"),
    ("a3**2", r"(a^{(3)})^{2}"),
    ("x**2", r"x^{2}"),
    ("(x / 2).T", r"\left(\frac{x}{2}\right)^{\top}"),
    ("inv(W2).T", r"((W^{(2)})^{-1})^{\top}"),
    ("1.2e-5 * x", r"1.2 \times 10^{-5} x"),
    ("2 * 3", r"2 \cdot 3"),
    ("sum(x**2) * y", r"\left(\sum x^{2}\right) \odot y"),
    ("-x - -y", r"-x - (-y)"),
    ("abs(x) + norm(y)", r"\lvert x \rvert + \lVert y \rVert"),
    ("ones((3, 1)) @ zeros((1, 2))", r"\mathbf{1}_{3 \times 1} \mathbf{0}_{1 \times 2}"),
    ("vstack([A, B])", r"\begin{bmatrix} A \\ B \end{bmatrix}"),
    ("[[1, 2], [3, 4]]", r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"),
    ("δ3 ⊙ σ′(z3)", r"\delta^{(3)} \odot \sigma'(z^{(3)})"),
    ("Wq.T @ leaky_relu(b_hidden)", r"W^{\top}_{q} \operatorname{leaky\_relu}(b_{\text{hidden}})"),
])  # fmt: skip
def test_formulas_are_written_as_in_a_paper(formula, latex):
    assert spell(parse(formula), Spelling.LATEX) == latex


def test_vectors_and_matrices_are_bold_where_that_is_asked_for_and_their_entries_are_not():
    style = Style(bold=frozenset({"W2", "x"}))
    assert spell_latex(parse("W2 @ x + s"), style) == r"\boldsymbol{W}^{(2)} \boldsymbol{x} + s"
    assert latex_name("W2[0,1]", style) == "W^{(2)}_{0,1}"


@pytest.mark.parametrize("text, latex", [
    ("1.2e-05", r"1.2 \times 10^{-5}"), ("-3e+12", r"-3 \times 10^{12}"), ("0.25", "0.25"), ("-inf", r"-\infty"),
])  # fmt: skip
def test_a_number_with_an_exponent_is_a_power_of_ten(text, latex):
    assert latex_number(text) == latex


def test_every_character_of_a_text_becomes_ascii_that_latex_takes():
    assert escape_text("50 % of W_1 & {x} ~^\\") == (
        r"50 \% of W\_1 \& \{x\} \textasciitilde{}\textasciicircum{}\textbackslash{}"
    )
    assert escape_text("naïve Erdős, ∂ ≤ ß") == r"na\"{\i}ve Erd\H {o}s, $\partial $ $\le $ \ss{}"
    assert escape_text("中") == "[U+4E2D]"
    everything = "".join(chr(code) for code in range(0x20, 0x2FFF) if not 0xD800 <= code < 0xE000)
    assert escape_text(everything).isascii()


def calls(name: str) -> list[str]:
    """Calls of a function as one may write them."""
    function = FUNCTIONS[name]
    if "m" in function.static:
        return [f"{name}({', '.join(['A'] * function.operands + ['3', '2'])})"]
    if "shape" in function.static:
        return [f"{name}((3, 2))"]
    if "n" in function.static and not function.operands:
        return [f"{name}(3)"]
    if function.operands == ANY:
        return [f"{name}([A, B])"]
    power = ", 3" if "n" in function.static else ""
    plain = f"{name}({', '.join('ABA'[: function.operands])}{power})"
    found = [plain, f"{plain}.T", f"({plain})**2", f"{plain} @ C", f"{plain}[0, 1]", f"2 * {plain}", f"-{plain}"]
    found += [f"{name}(A, axis={axis}, keepdims=True)" for axis in (0, 1) if "keepdims" in function.static]
    return found + ([f"d{name}(A)", f"d{name}(A).T"] if isinstance(function, Pointwise) else [])


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_can_be_spelled(name):
    for call in calls(name) if name != "shape" else ["A.shape[0]"]:
        text = spell(parse(call), Spelling.LATEX)
        assert is_balanced(text), text
        assert text.isascii()
        if not isinstance(FUNCTIONS[name], Definition) and FUNCTIONS[name].operands == 1:
            assert "A" in text


def is_balanced(text: str) -> bool:
    """Whether braces close, and no superscript or subscript follows another, which TeX refuses."""
    depth = 0
    for character in re.sub(r"\\[{}]", "", text):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    flat = re.sub(r"\\[a-z]+", "", text)
    while flat != (inner := re.sub(r"\{[^{}]*\}", "§", flat)):
        flat = inner
    return depth == 0 and not re.search(r"\^§'*\^|_§_|\^§_§[\^_]|_§\^§[\^_]", flat)


@pytest.mark.parametrize("seed", range(200))
def test_a_reader_of_the_latex_computes_the_formula(seed):
    # GIVEN a random formula, WHEN its LaTeX is read by a reader that knows only LaTeX, THEN the value is the same.
    draw = Draw(np.random.default_rng([seed, 3]))
    tree = Tree(draw)
    text = tree.matrix(tuple(draw.distinct(2, 2, 5)), 3)
    values = {name: draw.array(shape) for name, shape in tree.inputs.items()}
    node = resolve(parse(text), ShapeMap({name: value.shape for name, value in values.items()}))
    latex = spell(node, Spelling.LATEX)
    expected = evaluate(node, values)
    for spelled in (latex, spell_latex(node, Style(breakable=True))):
        found = evaluate_latex(spelled, values)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=f"{text}\n{spelled}")
