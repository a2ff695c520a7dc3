"""Where a run stops, and what a watched formula is at a step."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Diagnostic, Program
from engine.scenario import load
from engine.session import State, View, actions, opened, reduce
from engine.session.watching import MOST, value_at


@pytest.fixture
def start() -> State:
    return opened(load("question").opening.program, View("W2", "L"))


def after(state: State, *happened: actions.AnyAction) -> State:
    for action in happened:
        state = reduce(state, action)
    return state


@pytest.mark.parametrize("point, cursor, says", [
    ({"factor": "dz3/da2"}, 3, "the factor ∂z3/∂a2"),
    ({"layer": 3}, 2, "layer 3: ∂L/∂z3 is complete"),
    ({"shape": [3, 3]}, 4, "a factor or a product that is 3×3"),
    ({"shape": [3, 2, 3]}, 5, "a factor or a product that is 3×2×3"),
    ({"when": "norm(delta2) < 1"}, 4, "norm(delta2) < 1"),
    ({"when": "sum(abs(dW2)) > 0"}, 5, "sum(abs(dW2)) > 0"),
    ({"when": "any(relu'(z2) == 0)"}, 5, ""),
    ({"when": "all(relu'(z2) == 1)"}, 1, "all(relu'(z2) == 1)"),
])  # fmt: skip
def test_a_run_stops_where_the_breakpoint_says(start, point, cursor, says):
    state = after(start, actions.Break(**point), actions.Continue())
    assert (state.cursor, state.stopped) == (cursor, says)
    state = after(state, actions.Back(), actions.Continue(to_end=True))
    assert (state.cursor, state.stopped) == (5, "")


def test_a_dead_unit_stops_once_it_is_dead(start):
    dead = after(start, actions.Break(when="any(relu'(z2) == 0)"), actions.Edit(name="W2", at=[2, 0], value=-0.9))
    assert after(dead, actions.Continue()).stopped == "any(relu'(z2) == 0)"


def test_the_same_breakpoint_again_takes_it_away(start):
    assert after(start, *[actions.Break(layer=2)] * 2).breakpoints == ()
    assert after(start, *[actions.Watch(formula=" a3 - y ")] * 2).watches == ()


@pytest.mark.parametrize("point, code", [
    ({}, "bad_action"),
    ({"layer": 2, "factor": "dz3/da2"}, "bad_action"),
    ({"layer": 7}, "bad_value"),
    ({"factor": "W2"}, "bad_value"),
    ({"when": "z2 > 0"}, "bad_condition"),
    ({"when": "W3 @ W3"}, "shape_mismatch"),
    ({"when": "nothing > 0"}, "unknown_name"),
    ({"when": "deltaW > 0"}, "unknown_name"),
    ({"when": "((((("}, "unparsable"),
])  # fmt: skip
def test_a_breakpoint_that_makes_no_sense_is_refused_at_once(start, point, code):
    with pytest.raises(Diagnostic) as refused:
        after(start, actions.Break(**point))
    assert refused.value.code == code


def test_a_watch_has_a_value_when_its_products_are_there(start):
    assert value_at(start, "delta3 + 0") is None
    state = after(start, actions.Step(count=4))
    delta3 = (state.values["a3"] - state.values["y"]) * state.values["a3"] * (1 - state.values["a3"])
    np.testing.assert_allclose(value_at(state, "delta3"), delta3)
    np.testing.assert_allclose(value_at(state, "da2"), state.values["W3"].T @ delta3)
    assert value_at(state, "dW2") is None
    flipped = after(state, actions.SetLayout(layout="numerator"))
    np.testing.assert_allclose(value_at(flipped, "da2"), state.values["W3"].T @ delta3)


def test_there_is_an_end_to_watches(start):
    state = after(start, *(actions.Watch(formula=f"L + {number}") for number in range(MOST)))
    with pytest.raises(Diagnostic, match="100 watches at most"):
        reduce(state, actions.Watch(formula="L"))


def test_breakpoints_outlive_a_reset_and_another_target(start):
    state = after(start, actions.Break(layer=3), actions.Watch(formula="L"), actions.Target(target="W3"),
                  actions.Reset())  # fmt: skip
    assert len(state.breakpoints) == len(state.watches) == 1


def test_of_what_is_read_twice_the_sum_over_the_paths_is_watched():
    program = Program(["h = tanh(x)", "c = sin(h)", "L = sum(c * h)"], {"x": (3, 1)}, seed=2)
    state = opened(program, View("x", "L"))
    h = program.values["h"]
    seen = [value_at(after(state, actions.Jump(step=cursor)), "dh + 0") for cursor in range(len(state.steps) + 1)]
    assert seen[0] is None
    for value in filter(lambda value: value is not None, seen):
        np.testing.assert_allclose(value, np.sin(h) + h * np.cos(h))
    assert seen[-1] is not None
