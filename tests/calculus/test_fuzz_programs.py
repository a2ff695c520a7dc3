"""Whatever a program says: its steps, or a Diagnostic that says where and what; in time, and in little memory."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from engine import Form, Layout, Network, Order, Program, derive
from engine.calculus.gradcheck import check_factors
from engine.diagnostics import Diagnostic, Diagnostics
from engine.formula import FUNCTIONS

SECONDS = 2.0
"""Far more than any of these programs takes, and far less than anything exponential."""
MEMORY = 64_000_000
"""Bytes: far less than the size of what is refused."""


@pytest.fixture(autouse=True)
def numpy_as_everybody_has_it(numpy_warnings_are_errors):
    """With NumPy's own defaults, so that a warning that escapes the engine is an error of the test."""
    np.seterr(all="warn", under="ignore")


def outcome(attempt: Callable[[], None]) -> str:
    """`ok`, or the code of what is raised; any other exception escapes, and so does a Diagnostic that says nothing."""
    start = time.process_time()
    try:
        attempt()
        code = "ok"
    except (Diagnostic, Diagnostics) as raised:
        problems = raised.problems if isinstance(raised, Diagnostics) else (raised,)
        for problem in problems:
            assert problem.message
            text, span = problem.where.text, problem.where.span
            assert span is None or (text is not None and 0 <= span[0] <= span[1] <= len(text))
        str(raised).encode()
        code = problems[0].code
    assert time.process_time() - start < SECONDS
    return code


def read_all(program: Program, dice: random.Random) -> None:
    """A derivation of the program, chosen at random, read as a user reads it."""
    names = [*program.values, "all", "nothing"]
    of = dice.choice([None, None, *names])
    steps = derive(
        program, dice.choice(names), of=of, layout=dice.choice(list(Layout)), form=dice.choice(list(Form)),
        fused=dice.random() < 0.3, order=dice.choice([Order.REVERSE, Order.REVERSE, Order.FORWARD]),
        entry=dice.choice([None, None, (0, 0), (1, 2), (-1, 0)]),
    )  # fmt: skip
    for step in list(steps)[:12]:
        assert step.factor.value.shape == tuple(step.factor.shape)
        assert step.after.value.shape == tuple(step.after.shape)
        assert step.why
        assert str(step)
        str(step.product.formula)


PROGRAMS = [
    ["z1 = W1 @ x + b1", "a1 = relu(z1)", "a2 = softmax(W2 @ a1)", "L = cross_entropy(a2, y)"],
    ["z1 = W1 @ x", "n = norm(z1)", "a1 = z1 / n", "m = max(W2 @ a1)", "L = sqrt(m**2) + sum(b1**3)"],
    ["A = W1 @ x @ x.T @ W1.T", "P = inv(A + 2 * eye(4))", "d = log(det(P)**2)", "L = d + trace(P) * abs(sum(y))"],
    ["h = vstack([x, b1])", "k = kron(x, y.T)", "q = vec(k)[0:2] * y", "L = mean(exp(q)) - sum(h[1:3] / y)"],
    ["c = [[sum(x), 2], [x[0, 0], y[1, 0]]]", "p = pinv(W2)", "L = sum(c @ c.T) + max(p) * min(b1) ** 0.5"],
]
SHAPES = {"x": (3, 1), "y": (2, 1), "W1": (4, 3), "b1": (4, 1), "W2": (2, 4)}
FRAGMENTS = [
    *FUNCTIONS, "W1", "x", "y", "L", "z1", " = ", "=", "@", "*", "+", "-", "/", "**", ".T", "(", ")", "[", "]", ",",
    " ", "0", "1", "-1", "1e308", "1e-308", "9" * 12, "0.5", "axis=0", "axis=1", "keepdims=True", "[0]", "[:, 1:]",
    "'", "ᵀ", "⊙", "∂", "\u202e", "\u0000", "\ud800", "é", "e\u0301", "🙂", "٣", "\n", "\u2028", "__class__", "{0}",
    "%s", "≥", "==",
]  # fmt: skip
ENTRIES = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-320, 1e-160, 1e160, -1e160, 1e308, -1e308]


def mutated(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice([*FRAGMENTS, ""]) + text[at + dice.randint(0, 6) :]


def test_lines_with_mistakes_in_them_are_stepped_or_refused():
    dice = random.Random(1)
    codes = set()
    for number in range(2_500):
        lines = list(dice.choice(PROGRAMS))
        for _ in range(dice.randint(1, 3)):
            position = dice.randrange(len(lines))
            match dice.randrange(6):
                case 0:
                    lines[position] = dice.choice(lines)
                case 1:
                    dice.shuffle(lines)
                case 2:
                    lines[position] = "".join(dice.choices(FRAGMENTS, k=dice.randint(1, 9)))
                case _:
                    lines[position] = mutated(lines[position], dice)
        codes.add(outcome(lambda lines=lines, number=number: read_all(Program(lines, SHAPES, seed=number), dice)))
    assert codes >= {"ok", "unparsable", "unknown_name", "shape_mismatch", "assigned_twice", "cyclic"}


def test_a_random_program_of_calls_is_stepped_or_refused():
    """Every function of numbers, vectors and matrices, each by what it reads."""
    dice = random.Random(2)
    operands = ["x", "y.T", "W1", "W2.T", "x[0, 0]", "2", "W1 @ W1.T", "ravel(x)", "x == x", "0 * x", "sum(x)"]
    options = ["", "", ", axis=0", ", axis=1, keepdims=True", ", 2", ", 3, 1", f", {operands[0]}", ", W1"]
    codes = set()
    for name in FUNCTIONS:
        for _ in range(25):
            call = f"{name}({dice.choice(operands)}{dice.choice(options)})"
            if name in ("vstack", "hstack"):
                call = f"{name}([{dice.choice(operands)}, {dice.choice(operands)}])"
            line = dice.choice(["{}", "tanh({})", "({}) * x", "W1 @ ({})", "sum({})", "({}).T @ ({})"]).format(
                call, call
            )
            codes.add(outcome(lambda line=line: read_all(Program([f"L = {line}"], SHAPES, seed=3), dice)))
    assert codes >= {"ok", "shape_mismatch", "bad_argument"}


def test_numbers_at_the_edge_are_stepped_or_refused_and_warn_of_nothing():
    dice = random.Random(3)
    codes = set()
    for _ in range(1_000):
        values = {
            name: np.array(dice.choices(ENTRIES if dice.random() < 0.7 else [0.0, 1.0], k=int(np.prod(shape)))).reshape(
                shape
            )
            for name, shape in SHAPES.items()
            if dice.random() < 0.6
        }
        codes.add(outcome(lambda values=values: read_all(Program(dice.choice(PROGRAMS), SHAPES, values, seed=1), dice)))
    assert codes >= {"ok", "not_finite"}


def test_a_gradient_check_of_numbers_at_the_edge_says_something():
    dice = random.Random(4)

    def check(values):
        for checked in check_factors(Program(dice.choice(PROGRAMS), SHAPES, values, seed=1)):
            assert checked.ok or checked.message

    for _ in range(25):
        values = {"x": dice.choices(ENTRIES, k=3), "y": dice.choices(ENTRIES, k=2)}
        outcome(lambda values=values: check(values))


GIVEN = [
    float("nan"), float("inf"), None, "1", "x", [], [[]], [1, [2]], [[1, 2], [3]], 10**400, -(10**19), 1 + 2j, True,
    b"1", {}, {"a": 1}, object, [None], np.array(["1"]), np.zeros((3, 1, 1)), np.zeros((1, 3)),
    np.zeros(3, dtype=np.float32), np.full((3, 1), np.nan), [[1], [2], [float("inf")]],
    np.array([1, 2, 3], dtype=object), np.ma.masked, range(3),
    np.zeros((0, 1)), [1e400, 0, 0], np.array([[1], [2], [3]], dtype=bool), np.datetime64("2020-01-01"),
]  # fmt: skip


@pytest.mark.parametrize("given", GIVEN, ids=repr)
def test_a_value_of_any_kind_is_taken_or_refused(given):
    dice = random.Random(5)
    outcome(lambda: read_all(Program(PROGRAMS[0], SHAPES, {"x": given}), dice))
    outcome(lambda: read_all(Program(PROGRAMS[0], SHAPES).with_values({"x": given}), dice))


SIZES = [
    0,
    -1,
    1,
    2,
    3,
    10**5,
    10**9,
    10**30,
    -(10**30),
    1.0,
    2.5,
    float("nan"),
    float("inf"),
    True,
    None,
    "3",
    "x",
    [3],
    (),
]


def test_declared_sizes_of_any_kind_are_taken_or_refused():
    dice = random.Random(6)
    codes = set()
    for _ in range(400):
        shapes = dict(SHAPES)
        for name in dice.sample([*SHAPES, "v", "2", "", "a b", "é", "\u202e", "True", "all"], 2):
            shapes[name] = dice.choice([
                tuple(dice.choices(SIZES, k=dice.randint(0, 4))), dice.choice(SIZES), {3: 1}, "31", b"31"
            ])  # fmt: skip
        codes.add(outcome(lambda shapes=shapes: read_all(Program(PROGRAMS[0], shapes), dice)))
    assert codes >= {"bad_shape", "bad_name", "too_large"}


LARGE = {
    "outer products": (["A = x @ x.T", "L = sum(A @ A)"], {"x": (50_000, 1)}),
    "a Kronecker product": (["L = sum(kron(A, A))"], {"A": (200, 200)}),
    "a commutation": (["L = sum(commutation(9000, 9000))"], {"x": (2, 1)}),
    "an identity": (["L = sum(eye(100000))"], {"x": (2, 1)}),
    "ones": (["L = sum(ones((99999, 99999)) * x)"], {"x": ()}),
    "broadcasting": (["L = sum(x + y)"], {"x": (40_000, 1), "y": (1, 40_000)}),
    "a diagonal": (["L = sum(diag(x))"], {"x": (40_000, 1)}),
    "a matrix by a matrix": (["A = x * 2", "B = A * 3"], {"x": (300, 300)}),
    "a declaration": (["L = sum(x)"], {"x": (10**9, 10**9)}),
    "many declarations": (["L = sum(x0)"], {f"x{number}": (7_000, 7_000) for number in range(20)}),
    "many lines": (["z0 = x", *(f"z{n + 1} = z{n} @ x" for n in range(2_000))], {"x": (2, 2)}),
}


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_too_large_is_refused_before_it_is_computed(kind):
    lines, shapes = LARGE[kind]
    target, of = next(iter(shapes)), lines[-1].split()[0]
    tracemalloc.start()
    try:
        code = outcome(lambda: [step.after.value for step in derive(Program(lines, shapes), target, of=of)])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert code == "too_large"
    assert peak < MEMORY


DEEP = {
    "a chain of lines": ["z0 = x", *(f"z{n + 1} = tanh(z{n} * z{n})" for n in range(300)), "L = sum(z300)"],
    "doubling": ["z0 = x", *(f"z{n + 1} = z{n} + z{n}" for n in range(60)), "L = sum(z60)"],
    "two paths each": ["z0 = x", *(f"z{n + 1} = sin(z{n}) + cos(z{n}) * z{n}" for n in range(60)), "L = sum(z60)"],
    "nested calls": ["L = " + "sin(" * 90 + "x[0, 0]" + ")" * 90],
    "nested products": ["L = sum(" + "(x * " * 45 + "x" + ")" * 45 + ")"],
    "nested softmaxes": ["L = norm(" + "softmax(" * 40 + "x" + ")" * 40 + ")"],
    "nested maxima": ["L = " + "maximum(0, " * 40 + "sum(x)" + ")" * 40],
    "nested slopes": ["L = sum(" + "silu'(" * 30 + "x" + ")" * 30 + ")"],
    "a long sum": ["L = " + " + ".join(["x[0, 0]"] * 95)],
    "a long product": ["L = sum(" + " * ".join(["x"] * 95) + ")"],
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_is_deep_is_stepped_or_refused_in_time(kind):
    dice = random.Random(8)
    for _ in range(3):
        outcome(lambda: read_all(Program(DEEP[kind], {"x": (3, 1)}, {"x": [0.5, -0.25, 0.125]}), dice))


CYCLES = [
    ["a = a", "L = sum(a)"], ["a = b", "b = a", "L = sum(a)"], ["L = sum(L)"],
    ["a = x + c", "b = a", "c = b", "L = sum(c)"], ["x = x + 1", "L = sum(x)"], ["L = sum(x)", "x = L * y"],
]  # fmt: skip


@pytest.mark.parametrize("lines", CYCLES, ids=str)
def test_a_cycle_is_refused(lines):
    assert outcome(lambda: read_all(Program(lines, {"x": (3, 1), "y": (3, 1)}), random.Random(9))) in (
        "cyclic", "assigned_twice"
    )  # fmt: skip


def test_a_network_of_anything_is_stepped_or_refused():
    dice = random.Random(10)
    anything = [0, 1, 2, -3, 10**9, 2.5, None, "relu", "softmax", "z**2", "z @ z", "y", "1/0", "(", "", float("nan")]
    keys = ["loss", "bias", "first_layer", "batch", "samples", "reduction", "l2", "weight_indices"]
    codes = set()
    for _ in range(600):
        arguments = {"sizes": [2, 3, 2], "activations": ["relu", "sigmoid"]}
        if dice.random() < 0.5:
            arguments[dice.choice([*arguments])] = dice.choices(anything, k=dice.randint(0, 4))
        if dice.random() < 0.5:
            arguments[dice.choice(keys)] = dice.choice(anything)
        codes.add(outcome(lambda arguments=arguments: read_all(Network(**arguments).program(), dice)))
    assert codes >= {"ok", "bad_network", "unknown_name"}


@pytest.mark.parametrize(
    "line", ["1e300 * (1e300 * x)", "1e300 * x / 1e-300", "1e308 * (3 * x) / 7", "-(1e200 * x * 1e200)"]
)
def test_numbers_whose_product_is_no_float_are_not_multiplied_out(line):
    program = Program([f"v = {line}", "L = sum(v)"], {"x": (3, 1)}, {"x": [1e-310, 2e-310, 0]})
    assert outcome(lambda: read_all(program, random.Random(11))) in ("ok", "no_path", "unknown_name", "bad_value")
    *_, last = derive(program, "x", order="forward")
    assert last.factor.formula
