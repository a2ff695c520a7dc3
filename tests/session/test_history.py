"""How much of the past is kept."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Program
from engine.session import State, View, actions, history, opened, reduce


@pytest.fixture
def start() -> State:
    program = Program(["z = W @ x", "L = sum(z**2)"], {"x": (2, 1), "W": (3, 2)}, seed=1)
    return opened(program, View("W", "L"))


def edited(state: State, count: int) -> State:
    for number in range(count):
        state = reduce(state, actions.Edit(name="W", at=[2, 1], value=number + 1))
    return state


def test_forward_passes_of_the_past_are_let_go_and_run_again(start: State) -> None:
    first = dict(start.values)
    state = edited(start, 4)
    assert [program._values is None for program in state.past] == [True, True, True, False]
    for _ in range(4):
        state = reduce(state, actions.Undo())
    assert [program._values is None for program in state.future] == [True, True, True, False]
    for name, value in first.items():
        np.testing.assert_array_equal(state.values[name], value)
    for _ in range(4):
        state = reduce(state, actions.Redo())
    assert state.values["W"][2, 1] == 4


def test_the_oldest_are_forgotten_where_the_arrays_are_too_large(start: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_BYTES", 3 * 6 * 8)  # W is 3×2 of 8 bytes, x is shared by all
    state = edited(start, 6)
    assert [program.inputs["W"][2, 1] for program in state.past] == [2, 3, 4, 5]
    monkeypatch.setattr(history, "MAX_BYTES", 1)
    assert [program.inputs["W"][2, 1] for program in edited(state, 3).past] == [2]


def test_the_oldest_are_forgotten_where_they_are_too_many(start: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_UNDO", 3)
    assert [program.inputs["W"][2, 1] for program in edited(start, 6).past] == [3, 4, 5]
