"""Whatever is typed: a Node or a Diagnostic, quickly, and never another exception."""

import random
import time

import numpy as np
import pytest

from engine.diagnostics import Diagnostic
from engine.formula import FUNCTIONS, evaluate, parse, parse_assignment
from engine.formula.lexer import MAX_LENGTH
from engine.formula.syntax import Node

VALUES = {
    "x": np.arange(1.0, 4.0).reshape(3, 1), "W": np.arange(1.0, 7.0).reshape(3, 2), "v": np.arange(1.0, 5.0),
    "o": np.full((1, 1), 0.5), "s": np.asarray(2.0),
}  # fmt: skip

SECONDS = 1.0
"""Far more than any formula takes, and far less than anything exponential."""


def outcome(text: str) -> str:
    """The code of the Diagnostic that `text` gets, or `ok`; any other exception escapes and fails the test."""
    start = time.process_time()
    try:
        node = parse(text)
        assert isinstance(node, Node)
        evaluate(node, VALUES, text)
        code = "ok"
    except Diagnostic as problem:
        code = problem.code
        str(problem).encode()
    assert time.process_time() - start < SECONDS, f"slow: {text[:200]!r}"
    return code


FRAGMENTS = [
    "x", "W", "v", "o", "s", "np.", "numpy.linalg.", ".T", "ᵀ", "^T", "^{T}", "@", "*", "⊙", " ", "·", "+", "-", "−",
    "/", "**", "^", "²", "⁻¹", "(", ")", "[", "]", "[[", "]]", ",", ":", ".", "=", "'", "′", "½", "0", "1", "2", "3.5",
    "1e308", "1e999", "9" * 30, "⁹" * 400, "relu", "sum(", "σ", "Σ(", "diag(", "outer(", "vec(", "ones(", "eye(",
    "item(", "shape", ".shape[", "max(", "softmax(", "cross_entropy(", "axis=", "axis=0", "keepdims=True", "True",
    "None", "<", "==", "⁽³⁾", "₃", "^(2)", ".sum(", "array([[", "\x00", "\n", "\t", "\u00a0", "\u2028", "\u202e",
    "\ufeff", "\ud800", "\udfff", "__import__", "e\u0301", "é", "🙂", "٣", "ⅷ", "⅓", "\U000e0041", "\\odot", "{", "}",
    "^{(3)T}", "_{", "^{", "_3", "\\frac", "\\mathbf", "\\hat{", "\\left", "\\sum", "\\{", "\\begin{bmatrix}",
    "\\\\", "&", "\\end{bmatrix}", "𝟙", "∑", "⊗", "^\\top", "\\text{", "where(", "reshape(", ".astype(", "maximum(",
]  # fmt: skip


def test_garbage_made_of_the_languages_own_fragments_is_read_or_refused():
    dice = random.Random(1)
    codes = {outcome("".join(dice.choices(FRAGMENTS, k=dice.randint(1, 9)))) for _ in range(20_000)}
    assert codes >= {"ok", "unparsable", "unknown_name"}


def test_garbage_made_of_any_characters_is_read_or_refused():
    dice = random.Random(2)
    for _ in range(5_000):
        limit = dice.choice([0x80, 0x250, 0x2300, 0x110000])
        outcome("".join(chr(dice.randrange(limit)) for _ in range(dice.randint(1, 12))))


GOOD = [
    "(x − 1) ⊙ relu′(x) (1, 2)",
    "np.sum(W * x, axis=0, keepdims=True) / s",
    "W.T @ np.diag(x.ravel()) @ W[0:3, -1:]",
    "½ Σ((x − 1)²) + kron(W, x)[1, 0] * W.shape[1]",
    "np.array([[1, 2], [3, 4]]) @ W.T - softmax_cols(W.T)",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_good_formula_with_mistakes_in_it_is_read_or_refused(text):
    assert outcome(text) == "ok"
    dice = random.Random(3)
    for _ in range(1_000):
        mutated = list(text)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(mutated) + 1)
            mutated[at : at + dice.randint(0, 3)] = dice.choice(["", "", dice.choice(FRAGMENTS), dice.choice(text)])
        outcome("".join(mutated))


ARGUMENTS = [
    "x", "W", "v", "o", "s", "x.T", "x[0:0]", "v[9:]", "W[:, 2:]", "0", "1", "2", "-1", "1.5", "True", "None", "(2, 3)",
    "(2,)", "[2, 3]", "x.shape", "W.shape[1]", "axis=0", "axis=1", "axis=-1", "axis=None", "axis=True", "axis=(0, 1)",
    "keepdims=True", "keepdims=0", "shape=(2, 3)", "shape=3", "n=2", "m=2", "q=1",
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_call_with_any_arguments_is_evaluated_or_refused(function):
    dice = random.Random(function)
    codes = {outcome(f"{function}()")}
    codes |= {outcome(f"{function}({argument})") for argument in ARGUMENTS}
    codes |= {outcome(f"{function}({', '.join(dice.choices(ARGUMENTS, k=dice.randint(2, 4)))})") for _ in range(150)}
    assert "bad_argument" in codes


HOSTILE = {
    "open brackets": "(" * MAX_LENGTH,
    "open square brackets": "[" * MAX_LENGTH,
    "open indices": "x[" * (MAX_LENGTH // 2),
    "brackets": "(" * 1999 + "x" + ")" * 1999,
    "calls": "relu(" * (MAX_LENGTH // 5),
    "modules": "np." * (MAX_LENGTH // 3),
    "signs": "-" * (MAX_LENGTH - 1) + "x",
    "powers": "**".join("x" * (MAX_LENGTH // 3)),
    "sums": "+".join("x" * (MAX_LENGTH // 2)),
    "juxtaposed": "x " * (MAX_LENGTH // 2),
    "transposes": "x" + ".T" * (MAX_LENGTH // 2 - 1),
    "superscripts": "x" + "²" * (MAX_LENGTH - 1),
    "a long power": "x" + "⁹" * (MAX_LENGTH - 1),
    "methods": "x" + ".sum()" * 600,
    "primes": "x" + "'" * (MAX_LENGTH - 1),
    "layers": "x" + "₃" * (MAX_LENGTH - 1),
    "a long number": "9" * MAX_LENGTH,
    "a long fraction": "1." + "9" * (MAX_LENGTH - 2),
    "a long name": "x" * MAX_LENGTH,
    "a long index": f"x[{'9' * 3000}]",
    "a long list": "[" + "1," * 1990 + "1]",
    "carets": "x" + "^ " * 1990,
    "wide": "界" * MAX_LENGTH,
    "combining": "x" + "\u0301" * (MAX_LENGTH - 1),
    "too long by far": "x" * 1_000_000,
    "losses of losses": "binary_cross_entropy(" * 11 + "0.5" + ", 0.5)" * 11,
    "entropies of entropies": "sigmoid_cross_entropy(" * 11 + "0.5" + ", 0.5)" * 11,
    "maxima of maxima": "np.maximum(" * 90 + "x" + ", x)" * 90,
    "choices of choices": "np.where(" * 90 + "x" + ", x, x)" * 90,
    "ones of ones": "np.ones_like(" * 90 + "x" + ")" * 90,
    "python": "().__class__.__bases__[0].__subclasses__()",
    "format": "{x.__init__.__globals__}%s%n",
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_formula_is_refused_or_read_at_once(kind):
    outcome(HOSTILE[kind])


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_line_of_a_program_is_refused_or_read(kind):
    for line in (HOSTILE[kind], f"{HOSTILE[kind]} = x", f"z = {HOSTILE[kind]}"):
        try:
            parse_assignment(line)
        except Diagnostic as problem:
            str(problem).encode()
