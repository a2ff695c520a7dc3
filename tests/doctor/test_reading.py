"""Expressions are read over values, deltas and gradients, with the shape of every part, and completed."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Network, Program
from engine.calculus.chain import gradients_of
from engine.doctor.reading import completed, known_names, read_expression, reading_lines

NETWORK = Network([2, 3, 4], ["tanh", "sigmoid"], "half_squared_error", first_layer=1).program(seed=5)


def lines(text: str, program: Program = NETWORK, width: int = 80) -> list[str]:
    return list(reading_lines(read_expression(program, text), width))


def test_values_deltas_and_gradients_have_their_numbers() -> None:
    values, gradients = NETWORK.values, gradients_of(NETWORK)
    delta = read_expression(NETWORK, "(a3 - y) * a3 * (1 - a3)").value
    assert delta is not None
    for text, expected in (
        ("W3.T @ delta3", values["W3"].T @ delta), ("W3ᵀ δ3", values["W3"].T @ delta), ("dW2", gradients["W2"]),
        ("dW3 - delta3 @ a2.T", np.zeros((4, 3))), ("W2[2,1]", [[values["W2"][2, 1]]]), ("da2", values["W3"].T @ delta),
    ):  # fmt: skip
        reading = read_expression(NETWORK, text)
        assert reading.value == pytest.approx(np.asarray(expected), abs=1e-12), text


def test_every_part_has_its_shape_below_it_from_the_inside_out() -> None:
    assert lines("W3.T @ (a3 - y)") == [
        "W3.T @ (a3 - y)",
        "4×3     4×1  4×1",
        "3×4    ╰ 4×1 ─╯",
        "╰──── 3×1 ────╯",
    ]


def test_a_mismatch_is_shown_at_its_place_with_both_shapes() -> None:
    shown = lines("a2 * (W3 @ delta3)")
    carets = next(line for line in shown if "^" in line)
    assert carets.index("^") == len("a2 * (")
    assert carets.count("^") == len("W3 @ delta3")
    assert shown[-1] == "4×3 @ 4×1 does not fit: the inner dimensions, 3 and 4, must be the same."
    assert read_expression(NETWORK, "a2 * (W3 @ delta3)").value is None


@pytest.mark.parametrize(
    ("text", "said"),
    [("W3 @", "an operand is missing"), ("W9 + 1", "no value called W9"), ("dy9", "no value called dy9"),
     ("sigmoid", "is a function"), ("a3 +* y", ""), ("inv(W3)", "square matrix"), ("(" * 300, ""), ("", "")],
)  # fmt: skip
def test_what_cannot_be_read_gets_one_message_and_never_an_exception(text: str, said: str) -> None:
    reading = read_expression(NETWORK, text)
    assert reading.value is None
    assert reading.problem is not None
    assert said in " ".join(reading_lines(reading, 80))


def test_what_takes_long_is_not_computed_while_one_types() -> None:
    program = Program(["z = W @ x"], {"W": (3000, 3000), "x": (3000, 1)})
    reading = read_expression(program, "W @ W @ W")
    assert (reading.value, reading.shape, reading.problem) == (None, (3000, 3000), None)
    assert read_expression(program, "ones((7000, 7000))").value is None


def test_a_vector_target_has_no_gradients_by_name() -> None:
    program = Program(["z = W @ x"], {"W": (3, 2), "x": (2, 1)})
    assert "dW" not in known_names(program)
    assert "dW2" in known_names(NETWORK)
    assert "dL" not in known_names(NETWORK)


def test_tab_completes_as_far_as_all_names_agree() -> None:
    assert completed(NETWORK, "W3.T @ del", 10).names == ["delta2", "delta3", "delete"]
    found = completed(NETWORK, "W3.T @ delt", 11)
    assert (found.text, found.cursor) == ("W3.T @ delta", 12)
    assert completed(NETWORK, "sigm * a2", 4).names == ["sigmoid", "sigmoid_cross_entropy"]
    assert completed(NETWORK, "softp * a2", 5).text == "softplus( * a2"
    assert completed(NETWORK, "1 + ", 4).names == ()
