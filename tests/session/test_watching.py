"""Where a run stops, and what a watched formula is at a step."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Diagnostic, Program
from engine.scenario import load
from engine.session import State, View, actions, opened, reduce
from engine.session.stops import where
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
    ({"shape": [3, 3]}, 4, "the factor is 3×3"),
    ({"shape": [3, 1]}, 3, "the new product is 3×1"),
    ({"shape": [3, 2, 3]}, 5, "the factor is 3×2×3"),
    ({"when": "norm(delta2) < 1"}, 4, "norm(delta2) < 1: norm(delta2) is 0.1568"),
    ({"when": "norm(dz2) < norm(dz3)"}, 4, "norm(dz2) < norm(dz3): norm(dz2) is 0.1568, norm(dz3) is 0.1742"),
    ({"when": "sum(abs(dW2)) > 0.1"}, 5, "sum(abs(dW2)) > 0.1: sum(abs(dW2)) is 0.1748"),
    ({"when": "any(relu'(z2) == 0)"}, 5, ""),
    ({"when": "all(relu'(z2) == 1)"}, 4, "all(relu'(z2) == 1): in all 3 entries"),
    ({"when": "any(W3 < -0.5)"}, 3, "any(W3 < -0.5): at [1,0]"),
    ({"when": "any(dz2 == 0) + any(z2 > 0)"}, 4, "any(dz2 == 0) + any(z2 > 0)"),
])  # fmt: skip
def test_a_run_stops_where_the_breakpoint_says(start, point, cursor, says):
    state = after(start, actions.Break(**point), actions.Continue())
    assert (state.cursor, state.stopped) == (cursor, says)
    state = after(state, actions.Back(), actions.Continue(to_end=True))
    assert (state.cursor, state.stopped) == (5, "")


DEAD = "any(relu'(z2) == 0)"


@pytest.mark.parametrize("weights, says", [
    ([[0.1, -0.4], [0.7, 0.2], [-0.3, 0.6]], "unit 2 is dead"),
    ([[0.1, -0.4], [-0.7, 0.2], [-0.3, 0.6]], "units 1 and 2 are dead"),
    ([[-1, 1], [-1, 1], [-1, 1]], "units 0, 1 and 2 are dead"),
])  # fmt: skip
def test_a_dead_unit_stops_at_the_factor_that_holds_its_slope_and_is_named(start, weights, says):
    dead = after(start, actions.Break(when=DEAD), actions.Edit(name="W2", value=weights), actions.Continue())
    assert (dead.cursor, dead.stopped) == (4, f"{DEAD}: {says}")
    assert dead.current.factor.name == "da2/dz2"
    assert after(dead, actions.Continue()).cursor == 5


@pytest.mark.parametrize(
    "condition", ["norm(dz2 / (z2 - z2)) < 1", "any(dz2 / (L - L) == 1)", "L / (L - L) < norm(z2)"]
)  # fmt: skip
def test_a_condition_over_what_is_not_finite_stops_and_says_so(start, condition):
    stopped = after(start, actions.Break(when=condition), actions.Continue())
    assert stopped.stopped.startswith(f"{condition} cannot be checked: the value is not finite")


def test_where_a_breakpoint_holds_is_said_before_the_run(start):
    points = [{"when": DEAD}, {"layer": 2}, {"factor": "dz2/dW2"}, {"shape": [3, 1]}, {"shape": [7, 7]}]
    state = after(start, *(actions.Break(**point) for point in points))
    assert [where(state, point) for point in state.breakpoints] == [
        "checked at step 4", "step 4", "step 5", "steps 3, 4", "nowhere on the way to W2",
    ]  # fmt: skip
    state = after(state, actions.Target(target="W3"))
    assert where(state, state.breakpoints[0]) == "z2 is not on the way to W3"
    assert after(state, actions.Continue()).cursor == 3


def test_a_breakpoint_for_another_network_stops_nothing_and_says_why(start):
    state = after(start, actions.Break(when="norm(delta3) < 9"), actions.Break(when="any(W3[1, 2] < 9)"),
                  actions.SetNetwork(sizes=[2, 4], activations=["tanh"], first_layer=1))  # fmt: skip
    assert where(state, state.breakpoints[0]) == "there is no value called delta3"
    assert after(state, actions.Continue()).stopped == ""


def test_two_breakpoints_at_one_factor_are_both_named(start):
    state = after(start, actions.Break(factor="dz3/da2"), actions.Break(shape=[3, 2]), actions.Continue())
    assert state.stopped == "the factor ∂z3/∂a2; the factor is 3×2"


@pytest.mark.parametrize("condition, hint", [
    ("norm(dz2)", "compare it, as in norm(dz2) < 0.1"),
    ("dz2", "compare it, as in norm(dz2) < 0.1"),
    ("relu'(z2) == 0", "write any(relu'(z2) == 0) or all(relu'(z2) == 0)"),
])  # fmt: skip
def test_what_is_no_condition_is_refused_with_one_that_is(start, condition, hint):
    with pytest.raises(Diagnostic) as refused:
        after(start, actions.Break(when=condition))
    assert (refused.value.code, refused.value.hints) == ("bad_condition", (hint,))


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
