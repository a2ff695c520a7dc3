"""Derivations of several lines, in three hands: which name each line is for, and where its expression stands."""

import ast
import contextlib
import random
import time

import numpy as np
import pytest

from engine import Network
from engine.diagnostics import Diagnostic
from engine.doctor.chain.diagnose import is_derivative_chain
from engine.doctor.notes.derivatives import Names
from engine.doctor.notes.read import MAX_LENGTH, MAX_LINES, ZERO_WHERE, read_notes
from engine.doctor.notes.statements import blanked
from engine.formula import evaluate, parse

PROGRAM = Network([4, 3, 2], ["relu", "sigmoid"], bias=True, first_layer=1, batch=5).program(seed=12)
NAMES = tuple(PROGRAM.values)


def read(text, names=NAMES, loss="L"):
    return read_notes(text, names, loss)


def found(text, **given):
    """The name, the meaning's target and the expression of every line, blanks collapsed."""
    lines = read(text, **given).lines
    return [(line.name, line.meaning and line.meaning[1], " ".join(line.expression_text.split())) for line in lines]


# ---- NumPy ---------------------------------------------------------------------------------------------------

BACKWARD = '''
import numpy as np

def backward(self, X, Y, cache):
    """The backward pass:

    dW3 = something
    """
    m = X.shape[1]
    Z2, A2 = cache["Z2"], cache["A2"]   # from the forward pass
    W3 = self.params["W3"]
    assert W3.shape[0] == 2
    dZ3 = A3 - Y  # the output's error

    grads["dW3"] = np.dot(dZ3, \\
                          cache['A2'].T) / m
    grads["db3"] = np.sum(dZ3, axis=1,
                          keepdims=True)
    dA2 = self.params["W3"].T @ dZ3
    dA2[cache["Z2"] <= 0] = 0
    self.dW2: np.ndarray = dA2 @ X.T
    self.dW2 += lam * self.W2; self.dW2 /= m
    print("loss %f (so far)" % loss)
    return grads["dW2"], grads["dW3"]
'''


def test_a_pasted_function_is_read_line_by_line():
    notes = read(BACKWARD)
    assert not notes.problems
    assert [(line.name, line.meaning, line.operator) for line in notes.lines] == [
        ("m", None, ""),
        ("dZ3", ("L", "z3"), ""),
        ("dW3", ("L", "W3"), ""),
        ("db3", ("L", "b3"), ""),
        ("dA2", ("L", "a2"), ""),
        ("dA2", ("L", "a2"), ZERO_WHERE),
        ("dW2", ("L", "W2"), ""),
        ("dW2", ("L", "W2"), "+"),
        ("dW2", ("L", "W2"), "/"),
    ]


def test_spans_point_at_the_expression_as_it_was_pasted():
    pieces = [BACKWARD[slice(*line.span)] for line in read(BACKWARD).lines]
    assert pieces == [
        "X.shape[1]",
        "A3 - Y",
        "np.dot(dZ3, \\\n                          cache['A2'].T) / m",
        "np.sum(dZ3, axis=1,\n                          keepdims=True)",
        'self.params["W3"].T @ dZ3',
        'cache["Z2"] <= 0',
        "dA2 @ X.T",
        "lam * self.W2",
        "m",
    ]


def test_lines_are_numbered_as_the_user_sees_them():
    source = BACKWARD.split("\n")
    for line in read(BACKWARD).lines:
        assert BACKWARD[slice(*line.span)].split("\n")[0] in source[line.line_number - 1]


def test_what_is_skipped_is_said_with_its_reason():
    skipped = {BACKWARD[slice(*skip.span)].split("\n")[0]: skip.reason for skip in read(BACKWARD).skipped}
    assert skipped == {
        "import numpy as np": "an import",
        "def backward(self, X, Y, cache):": "the head of a function",
        'Z2, A2 = cache["Z2"], cache["A2"]': "several names at once",
        'W3 = self.params["W3"]': "gives a value the name that it has",
        "assert W3.shape[0] == 2": "an assertion",
        'print("loss %f (so far)"': "a printed message",
        'return grads["dW2"], grads["dW3"]': "what a function answers",
    }


def test_every_assignment_that_python_finds_is_read_or_skipped():
    tree = ast.parse(BACKWARD)
    assigned = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)]
    notes = read(BACKWARD)
    assert sorted(assigned) == sorted(
        [line.line_number for line in notes.lines]
        + [skip.line_number for skip in notes.skipped if "name" in skip.reason]
    )


def test_a_pasted_backward_pass_evaluates_to_what_numpy_gives():
    v = {name: np.array(value) for name, value in PROGRAM.values.items()}
    text = """
    dZ3 = (A3 - Y) * A3 * (1 - A3)
    dW3 = dZ3 @ cache["A2"].T
    dA2 = self.W_3.T @ dZ3
    dA2[Z2 <= 0] = 0
    dW2 = dA2 @ X.T
    """
    d3 = (v["a3"] - v["y"]) * v["a3"] * (1 - v["a3"])
    d2 = v["W3"].T @ d3
    d2[v["z2"] <= 0] = 0
    wanted = {"dZ3": d3, "dW3": d3 @ v["a2"].T, "dA2": d2, "dW2": d2 @ v["x"].T}
    names, values = Names(NAMES, "L"), dict(v)
    for line in read(text).lines:
        value = evaluate(names.settled(parse(line.expression_text)), values)
        values[line.name] = values[line.name] * (1 - value) if line.operator == ZERO_WHERE else value
    for name, value in wanted.items():
        np.testing.assert_allclose(values[name], value)


# ---- on paper ------------------------------------------------------------------------------------------------

PAPER = """Output layer: δ3 = (a3 − y) ⊙ a3 ⊙ (1 − a3).
1. ∂L/∂W⁽³⁾ = ∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂W3 = δ3 a2ᵀ
=> δ⁽²⁾ = (W3ᵀ δ3)
     ⊙ relu′(z2)
(2) ∇_W2 L = δ2 xᵀ
so the bias gets dL/db2 = δ2,
and this is prose without any formula
= sum(δ2)
- d2 =
   W3ᵀ d3 ∘ relu'(z2)
Step 3: grad_W2 := d2 xᵀ
∂z3/∂a2 ← W3ᵀ
"""


def test_notes_on_paper_are_read_line_by_line():
    assert found(PAPER) == [
        ("delta3", "z3", "(a3 − y) ⊙ a3 ⊙ (1 − a3)"),
        ("dW3", "W3", "∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂W3"),
        ("dW3", "W3", "δ3 a2ᵀ"),
        ("delta2", "z2", "(W3ᵀ δ3) ⊙ relu′(z2)"),
        ("dW2", "W2", "δ2 xᵀ"),
        ("db2", "b2", "δ2"),
        ("db2", "b2", "sum(δ2)"),
        ("d2", "z2", "W3ᵀ d3 ∘ relu'(z2)"),
        ("grad_W2", "W2", "d2 xᵀ"),
        ("dz3_da2", "a2", "W3ᵀ"),
    ]
    assert [skip.reason for skip in read(PAPER).skipped] == ["nothing is assigned here"]


def test_formulas_in_a_text_are_read_and_the_text_is_skipped():
    text = "I wrote just $(1,1,1)$ assuming that the $z = (z_2, z_3)$ are above 0, so $\\delta_2 = W_3^T \\delta_3$."
    assert found(text) == [("delta2", "z2", r"W_3^T \delta_3")]
    assert not read(text).problems


QUESTION = r"""The loss is MSE: $ L = \frac {1}{2} \sum (y_{hat} - y_{true})^2$

$\frac {\partial L}{\partial W^{(3)}} = \frac {\partial L}{\partial a^{(3)}} \frac {\partial a^{(3)}}{\partial z^{(3)}}
\frac {\partial z^{(3)}}{\partial W^{(3)}} = (a^{(3)} - y) \odot a^{(3)} \odot (1 - a^{(3)}) a^{(2)T}$

I get 2x1 2x3 3x1 1x2...
"""


CHAIN = (
    r"\frac {\partial L}{\partial a^{(3)}} \frac {\partial a^{(3)}}{\partial z^{(3)}} "
    r"\frac {\partial z^{(3)}}{\partial W^{(3)}}"
)


def test_the_text_of_the_question_is_read_as_it_was_posted():
    assert found(QUESTION) == [
        ("L", None, r"\frac {1}{2} \sum (y_{hat} - y_{true})^2"),
        ("dW3", "W3", CHAIN),
        ("dW3", "W3", r"(a^{(3)} - y) \odot a^{(3)} \odot (1 - a^{(3)}) a^{(2)T}"),
    ]  # fmt: skip
    assert not read(QUESTION).problems


def test_several_statements_may_stand_on_one_line():
    assert found("δ3 = a3 − y; dW3 = δ3 a2ᵀ => db3 = δ3 ⇒ dW3 = δ3") == [
        ("delta3", "z3", "a3 − y"), ("dW3", "W3", "δ3 a2ᵀ"), ("db3", "b3", "δ3"), ("dW3", "W3", "δ3"),
    ]  # fmt: skip


# ---- LaTeX ---------------------------------------------------------------------------------------------------

LATEX = r"""
\begin{align*}
\delta^{(3)} &= \left(a^{(3)} - y\right) \; \odot \sigma'(z^{(3)}) && \text{for the output layer} \label{eq:1} \\
\frac{\partial L}{\partial W^{(3)}} &= \frac{\partial L}{\partial z^{(3)}}
   \frac{\partial z^{(3)}}{\partial W^{(3)}} \nonumber \\
 &= \delta^{(3)} a^{(2)T}, \\[2pt]
\nabla_{W_2} L &= \underbrace{\delta_2}_{3\times 1} x^T  % as before
\\
&= \begin{bmatrix} 1 \\ 2 \\ 3 \end{bmatrix} x^T
  + \lambda W_2 \tag{1a} \\
\frac{\mathrm{d} J}{\mathrm{d} b^{(2)}} &= \text{relu}'(z_2)
\end{align*}
Then $$ \delta_2 = W_3^T \delta_3 $$ and $\hat{y} = a_3$.
\[ \nabla_{\mathbf{b}_3} \mathcal{L} = \delta_3 \]
"""


def test_a_block_of_latex_is_read_row_by_row():
    assert found(LATEX) == [
        ("delta3", "z3", r"\left(a^{(3)} - y\right) \; \odot \sigma'(z^{(3)})"),
        ("dW3", "W3", r"\frac{\partial L}{\partial z^{(3)}} \frac{\partial z^{(3)}}{\partial W^{(3)}}"),
        ("dW3", "W3", r"\delta^{(3)} a^{(2)T}"),
        ("dW2", "W2", r"{\delta_2} x^T"),
        ("dW2", "W2", r"\begin{bmatrix} 1 \\ 2 \\ 3 \end{bmatrix} x^T + \lambda W_2"),
        ("db2", "b2", r"\text{relu}'(z_2)"),
        ("delta2", "z2", r"W_3^T \delta_3"),
        ("yhat", None, "a_3"),
        ("db3", "b3", r"\delta_3"),
    ]
    assert not read(LATEX).problems


@pytest.mark.parametrize("text", [BACKWARD, PAPER, LATEX], ids=["NumPy", "paper", "LaTeX"])
def test_every_expression_is_a_formula_or_a_chain_and_as_long_as_what_stands_there(text):
    for line in read(text).lines:
        assert len(line.expression_text) == line.span[1] - line.span[0]
        assert text.count("\n", 0, line.span[0]) == line.line_number - 1
        if not is_derivative_chain(line.expression_text):
            parse(line.expression_text)
        for blank, original in zip(line.expression_text, text[slice(*line.span)], strict=True):
            assert blank in (original, " ", "$")


# ---- what a name means ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "left, name, meaning",
    [
        ("∂L/∂W2", "dW2", ("L", "W2")),
        ("∂L/∂W⁽²⁾", "dW2", ("L", "W2")),
        ("∂L / ∂W_2", "dW2", ("L", "W2")),
        ("dL/dW2", "dW2", ("L", "W2")),
        ("dL_dW2", "dL_dW2", ("L", "W2")),
        ("dJ_dW2", "dJ_dW2", ("L", "W2")),
        ("dLdW2", "dLdW2", ("L", "W2")),
        (r"\frac{\partial L}{\partial W^{(2)}}", "dW2", ("L", "W2")),
        (r"\dfrac{\partial \mathcal{L}}{\partial \mathbf{W}_2}", "dW2", ("L", "W2")),
        (r"\frac{\partial L}{\partial W_{ij}^{(2)}}", "dW2", ("L", "W2")),
        (r"\nabla_{W_2} L", "dW2", ("L", "W2")),
        (r"\nabla_{W^{(2)}}", "dW2", ("L", "W2")),
        ("∇_W2 L", "dW2", ("L", "W2")),
        ("∇W₂", "dW2", ("L", "W2")),
        ("grad_W2", "grad_W2", ("L", "W2")),
        ("W2_grad", "W2_grad", ("L", "W2")),
        ("W2.grad", "dW2", ("L", "W2")),
        ("self.W2.grad", "dW2", ("L", "W2")),
        ("dW2", "dW2", ("L", "W2")),
        ("dW_2", "dW_2", ("L", "W2")),
        ("d_W2", "d_W2", ("L", "W2")),
        ('grads["dW2"]', "dW2", ("L", "W2")),
        ("self.dW2", "dW2", ("L", "W2")),
        ("dZ2", "dZ2", ("L", "z2")),
        ("dz2", "dz2", ("L", "z2")),
        ("delta2", "delta2", ("L", "z2")),
        ("δ⁽²⁾", "delta2", ("L", "z2")),
        (r"\boldsymbol{\delta}^{(2)}", "delta2", ("L", "z2")),
        ("delta_2", "delta_2", ("L", "z2")),
        ("d2", "d2", ("L", "z2")),
        ("∂z3/∂a2", "dz3_da2", ("z3", "a2")),
        ("dz3_da2", "dz3_da2", ("z3", "a2")),
        # which say nothing, or nothing that the program has
        ("W2", "W2", None),
        ("z2", "z2", None),
        ("A2", "A2", None),
        ("tmp", "tmp", None),
        ("dQ", "dQ", None),
        ("delta9", "delta9", None),
        ("∂L/∂Q", "dQ", None),
        ("data", "data", None),
        ("denominator", "denominator", None),
    ],
)
def test_a_left_side_claims_what_its_spelling_says(left, name, meaning):
    notes = read(f"{left} = a3 − y")
    assert not notes.problems
    (line,) = notes.lines
    assert (line.name, line.meaning) == (name, meaning)


def test_case_decides_only_where_it_must():
    assert read("dZ = 1", names=("z", "Z"), loss="L").lines[0].meaning == ("L", "Z")
    assert read("dz = 1", names=("z", "Z"), loss="L").lines[0].meaning == ("L", "z")
    assert read("dW1 = 1", names=("w1", "w_1"), loss="L").lines[0].meaning is None
    assert read("dJ_dQ = 1", names=("Q", "cost"), loss="cost").lines[0].meaning == ("cost", "Q")


def test_a_value_of_the_program_is_not_a_gradient_because_its_name_begins_with_d():
    assert read("d2 = 1", names=("d2", "z2"), loss="L").lines[0].meaning is None


# ---- what cannot be read -------------------------------------------------------------------------------------

BAD = r"""dW3 = (dZ3 @ A2.T
dW2 = dZ2 @@ X.T
db2 = dZ2 *
dZ2 = W3.T @ dZ3
dW2[0] = 1
dA2[Z2 <= 0] = 5
dW2 = \delt_2 x^T
2 + x = dW2
dW2 = grads["d" + name]
db3 = np.einsum("ij->i", dZ3)
dW3 = dZ3 @ A2.T
"""


def test_one_bad_line_hides_none_of_the_next():
    notes = read(BAD)
    assert [line.expression_text for line in notes.lines] == ["W3.T @ dZ3", "dZ3 @ A2.T"]
    lines = BAD.split("\n")
    marked = [(p.where.line, p.where.text[slice(*p.where.span)]) for p in notes.problems]
    assert marked == [
        (1, ""), (2, "@"), (3, ""), (5, "dW2[0]"), (6, "5"), (7, r"\delt"), (8, "2 + x"), (9, '"'), (10, "einsum"),
    ]  # fmt: skip
    for problem in notes.problems:
        assert problem.where.text == lines[problem.where.line - 1].strip()
        assert "\n" not in problem.message


def test_a_line_that_continues_nothing_is_refused():
    (problem,) = read("= δ2").problems
    assert problem.code == "bad_name"
    assert problem.where.line == 1


@pytest.mark.parametrize("text", ["x" * (MAX_LENGTH + 1), "a = b\n" * (MAX_LINES + 1)])
def test_notes_without_end_are_refused(text):
    with pytest.raises(Diagnostic) as caught:
        read(text)
    assert caught.value.code == "too_large"


FRAGMENTS = [
    "dW2", " = ", "=", "\n", "\\\\", "&", "δ3", "(", ")", "[", "]", "{", "}", '"', "'", '"""', "#", "%", "self.",
    "def ", "return ", "\\begin{align}", "\\end{align}", "\\begin{bmatrix}", "\\end{bmatrix}",
    "\\frac{\\partial L}{\\partial W}", "\\text{", "\\label{", "\\underbrace{", "_{", "∇_",
    "params['W2']", ";", "=>", "+=", "1. ", "(1) ", "$",
    "$$", "a3 - y", ".T", "@", "*", ",", ":", "if ", "\\", "\t", "\r", "\u2028", "∂L/∂W2", "W3ᵀ", "−", "\ud800",
]  # fmt: skip


def test_garbage_is_read_or_refused_with_spans_inside_of_it():
    dice = random.Random(4)
    for _ in range(4_000):
        text = "".join(dice.choices(FRAGMENTS, k=dice.randint(1, 14)))
        assert len(blanked(text)) == len(text)
        notes = read(text)
        for part in (*notes.lines, *notes.skipped):
            assert 0 <= part.span[0] <= part.span[1] <= len(text)
        for problem in notes.problems:
            str(problem).encode(errors="replace")


HOSTILE = [
    "(\n" * 9_000, '"""' * 6_000, "a." * 9_000, "\\begin{bmatrix}" * 1_200, "+\n" * 9_000, "\\underbrace{" * 1_400,
    "=" * 19_000, "$" * 19_000, "%" * 19_000, "x" * 19_000, "a\\text{" * 2_000, "{" * 19_000,
    " " * 19_999, "∇_" * 9_000, "1. " * 6_000, ";" * 19_000, "d" * 19_000 + " = 1", "_" * 19_000,
    "self." * 3_900, ("a" * 60 + " ") * 300 + "= 1",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_notes_are_read_or_refused_at_once(text):
    start = time.perf_counter()
    with contextlib.suppress(Diagnostic):
        read(text)
    assert time.perf_counter() - start < 2.0
