"""The chain before and after an edit: which factors differ, and where most, in every form and both layouts."""

from __future__ import annotations

import numpy as np
import pytest

from engine import ALL, Diagnostic, Form, Layout
from engine.calculus.pictures import Shown
from engine.scenario import load
from engine.session import State, View, actions, opened, reduce
from engine.session.differences import CORNER, before, difference, pairs


def edited(view: View) -> State:
    state = opened(load("question").opening.program, view)
    return reduce(state, actions.Edit(name="W3", at=[1, 2], value=0.75))


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("target", ["W2", "W3", ALL])
def test_what_differs_is_what_differs_in_the_two_derivations(layout, form, target):
    state = edited(View(target, "L", layout, form))
    olds = list(state.view.derive(state.compared))
    for pair, old, new in zip(pairs(state), olds, state.steps, strict=True):
        for found, one, other in (
            (pair.factor, old.factor.value, new.factor.value),
            (pair.product, old.after.value, new.after.value),
        ):
            assert found.count == np.count_nonzero(one != other)
            assert found.largest == np.abs(one - other).max()
            if found.count:
                place, was, is_now = found.listed[0]
                assert abs(is_now - was) == found.largest
                assert (one[place], other[place]) == (was, is_now)


def test_an_edit_of_w3_changes_its_factor_and_leaves_those_that_do_not_read_it():
    counts = {pair.new.factor.name: pair.factor.count for pair in pairs(edited(View("W2", "L")))}
    assert counts["dz3/da2"] == 1
    assert counts["da2/dz2"] == 0
    assert counts["dz2/dW2"] == 0


def test_of_a_large_matrix_the_first_rows_and_columns_are_compared():
    old, new = np.zeros((300, 200)), np.zeros((300, 200))
    new[3, 5], new[250, 150] = 2.0, 9.0
    found = difference(Shown.of(old), Shown.of(new))
    assert (found.is_whole, found.count, found.listed) == (False, 1, (((3, 5), 0.0, 2.0),))
    assert found.old_entries.shape == (CORNER, CORNER)


def test_after_it_was_put_away_the_last_edit_is_still_compared():
    state = edited(View("W2", "L"))
    assert before(reduce(state, actions.Dismiss())) is state.past[-1]


def test_without_an_edit_or_after_another_network_there_is_nothing_to_compare():
    start = load("question").opening
    with pytest.raises(Diagnostic, match="nothing has been edited"):
        before(start)
    state = reduce(start, actions.SetNetwork(sizes=[2, 5, 2], activations=["tanh", "sigmoid"]))
    with pytest.raises(Diagnostic, match="another one"):
        before(state)
