"""Which way the weights of a program lie is read from its formulas."""

from __future__ import annotations

import pytest

from engine import Network, Program
from engine.interop.layers import Layer, layers_of


@pytest.mark.parametrize(
    ("samples", "is_out_by_in"), [("columns", True), ("rows", False), ("rows_transposed", True)]
)  # fmt: skip
def test_a_network_has_the_layers_that_it_was_made_of(samples, is_out_by_in):
    program = Network([2, 4, 3], ["relu", "softmax"], bias=True, samples=samples, batch=5, l2=0.1).program()
    assert layers_of(program) == [Layer("W1", "b1", is_out_by_in), Layer("W2", "b2", is_out_by_in)]


SHAPES = {"x": (3, 1), "r": (1, 3), "W": (4, 3), "V": (3, 4), "U": (2, 4), "b": (4, 1), "c": (1, 4), "s": (3, 3)}


@pytest.mark.parametrize(
    ("lines", "layers"),
    [
        (["L = sum(tanh(W @ x + b))"], [Layer("W", "b", True)]),
        (["L = sum(b + W @ x)"], [Layer("W", "b", True)]),
        (["L = sum((W @ x + b).T)"], [Layer("W", "b", True)]),
        (["L = sum(r @ V + c)"], [Layer("V", "c", False)]),
        (["L = sum(r @ W.T + c)"], [Layer("W", "c", True)]),
        (["L = sum(V.T @ x)"], [Layer("V", None, False)]),
        (["L = sum(W @ x - b)"], [Layer("W", None, True)]),
        (["L = sum(U @ (W @ x + b))"], [Layer("W", "b", True), Layer("U", None, True)]),
        (["L = sum(W @ x + V.T @ x + b)"], [Layer("W", "b", True), Layer("V", None, False)]),
        (["L = sum(U @ W @ x)"], [Layer("U", None, True), Layer("W", None, True)]),
        (["L = sum(x * 2 + s @ x) + sum(W**2)"], [Layer("s", None, True)]),
        (["h = W @ x", "L = sum(W.T @ h)"], [Layer("W", None, None)]),
        (["L = sum(r @ s @ x)"], [Layer("s", None, None)]),
        (["M = U @ W", "L = sum(M @ x)"], [Layer("U", None, None), Layer("W", None, None)]),
        (["L = sum(x * x)"], []),
    ],
    ids=lambda lines: "; ".join(map(str, lines)),
)
def test_a_weight_lies_as_the_side_of_its_data_says(lines, layers):
    program = Program(lines, SHAPES, parameters=["W", "V", "U", "b", "c", "s"])
    assert layers_of(program) == layers
