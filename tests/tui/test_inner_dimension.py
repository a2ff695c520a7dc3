"""The dimension that is lit in both neighbours is the one that is summed over: both layouts, all forms and orders."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Form, Layout, derive
from engine.calculus import Operation, Order
from tests.calculus.test_entry_text import PROGRAMS
from tui.render import inner_axes


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("name", PROGRAMS)
def test_summing_over_the_lit_dimension_gives_the_new_product(name: str, layout: Layout, order: Order) -> None:
    seen = set()
    for target in PROGRAMS[name].targets:
        for form in Form:
            for step in derive(PROGRAMS[name], target, layout=layout, form=form, order=order):
                factor_axis, before_axis = inner_axes(step)
                assert (factor_axis is None) == (before_axis is None)
                if factor_axis is None or before_axis is None:
                    assert step.operation in (None, Operation.HADAMARD, Operation.SUM, Operation.CONTRACT)
                    continue
                assert step.before is not None
                factor, before, after = (np.asarray(shown.value) for shown in (step.factor, step.before, step.after))
                assert step.factor.shape[factor_axis] == step.before.shape[before_axis]
                summed = np.tensordot(factor, before, (factor_axis, before_axis))
                if step.side == "right":
                    summed = np.tensordot(before, factor, (before_axis, factor_axis))
                assert summed.reshape(after.shape) == pytest.approx(after, abs=1e-12)
                seen.add(step.operation)
    assert Operation.MATMUL in seen
    if name in ("network", "softmax") and order is Order.REVERSE:
        assert {Operation.MATMUL, Operation.CONTRACT, Operation.OUTER} <= seen
