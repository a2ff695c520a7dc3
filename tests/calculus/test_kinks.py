"""What stands exactly at a kink is said to, with the convention, wherever in a formula it stands."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Program, derive

CASES = [
    ("relu(x)", [0, -1, 2], "1 of its arguments is exactly 0, where relu has a kink", "relu′(0) = 0", [0, 0, 1]),
    ("leaky_relu(x)", [0, 0, 2], "2 of its arguments are exactly 0", "leaky_relu′(0) = 0.01", [0.01, 0.01, 1]),
    ("abs(x)", [0, -1, 2], "1 of its arguments is exactly 0, where abs has a kink", "abs′(0) = 0", [0, -1, 1]),
    ("clip(x)", [1, -1, 0.5], "1 of its arguments is exactly -1, where clip", "clip′(-1) = 0", [0, 0, 1]),
    ("2 * relu(x - 1) + x", [1, 0, 3], "1 of its arguments is exactly 0, where relu", "relu′(0) = 0", [1, 1, 3]),
    ("absolute_error(x, c)", [1, 2, 0], "2 of its arguments are exactly 0, where abs", "abs′(0) = 0", [0, 0, -1]),
    ("huber_penalty'(x)", [1, 2, 0.5], "1 of its arguments is exactly 1, where clip", "clip′(1) = 0", [0, 0, 1]),
    ("max(x)", [2, 1, 2], "1 of its maxima is reached by several entries", "share the slope equally", [0.5, 0, 0.5]),
    ("min(x, axis=0, keepdims=True)", [2, 1, 1], "reached by several", "share the slope equally", [0, 0.5, 0.5]),
    (
        "maximum(c - c, x)",
        [0, 1, -2],
        "1 of its pairs of operands is equal",
        "each gets half of the slope",
        [0.5, 1, 0],
    ),
    ("x * (x > 0)", [0, 1, -2], "where `>` has a jump and no derivative", "the slope is 0", [0, 1, 0]),
]


@pytest.mark.parametrize(("line", "x", "what", "convention", "slopes"), CASES, ids=[case[0] for case in CASES])
def test_a_kink_is_said_with_its_convention_which_is_what_is_computed(line, x, what, convention, slopes):
    program = Program([f"v = {line}", "L = sum(v)"], {"x": (3, 1), "c": (3, 1)}, {"x": x, "c": [1, 2, 3]})
    *_, last = derive(program, "x")
    assert what in last.why
    assert f"by convention {convention}" in last.why or convention in last.why.split("by convention")[1]
    np.testing.assert_allclose(last.result.value[:, 0], slopes)


@pytest.mark.parametrize("line", [case[0] for case in CASES])
def test_nothing_is_said_away_from_it(line):
    program = Program([f"v = {line}", "L = sum(v)"], {"x": (3, 1), "c": (3, 1)}, {"x": [0.3, -0.7, 2], "c": [1, 2, 3]})
    *_, last = derive(program, "x")
    assert "convention" not in last.why


def test_a_kink_belongs_to_the_factor_by_what_the_bent_function_reads():
    program = Program(["v = relu(x) + c", "L = sum(v)"], {"x": (3, 1), "c": (3, 1)}, {"x": [0, 1, 2]})
    by_c, by_x = ([*derive(program, name)][-1] for name in "cx")
    assert "convention" not in by_c.why
    assert "convention" in by_x.why


@pytest.mark.parametrize(("line", "said"), [
    ("sqrt(x)", "1 of its arguments is exactly 0, where sqrt has an infinite slope"),
    ("x**0.5", "1 of its bases is exactly 0, where `**` has an infinite slope"),
])  # fmt: skip
def test_an_infinite_slope_is_shown_as_that_and_said(line, said):
    program = Program([f"v = {line}", "L = sum(v)"], {"x": (3, 1)}, {"x": [0, 1, 4]})
    *_, last = derive(program, "x")
    assert said in last.why
    np.testing.assert_array_equal(last.result.value[:, 0], [np.inf, 0.5, 0.25])
