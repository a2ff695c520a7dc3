"""Expectations hold where they should, and say both what was expected and what is there where they do not."""

from __future__ import annotations

import pytest

from engine import Diagnostic, Program
from engine.scenario import load
from engine.session import View, actions, opened, reduce


def outcome(*happened: actions.AnyAction, layout: str = "denominator", form: str = "jacobian"):
    program = load("question").opening.program
    state = opened(program, View("W2", "L"))
    state = reduce(state, actions.SetLayout(layout=layout))
    state = reduce(state, actions.SetForm(form=form))
    for action in happened:
        state = reduce(state, action)
    return state.outcome


HOLDING = [
    {"factor": "dz3/da2", "shape": [3, 2]},
    {"factor": "dz3/da2", "layout": "denominator", "side": "left", "operation": "matmul", "structure": "dense"},
    {"factor": "dz3/da2", "formula": "W3.T"},
    {"factor": "dz3/da2", "formula": "(2 * W3 - W3)ᵀ"},
    {"factor": "dz3/da2", "value": [[0.5, -0.6], [-0.2, 0.4], [0.3, 0.1]]},
    {"factor": "da3/dz3", "formula": "diag(σ′(z3))"},
    {"factor": "dL/da3", "formula": "a3 - y"},
    {"factor": "dz2/dW2", "shape": [3, 2, 3], "formula": "kron(a1, eye(3))"},
    {"loss": 0.243720975},
    {"loss": 0.2437, "tolerance": 1e-3},
    {"factor": "dz3/da2", "product": [-0.1358984, 0.0749873, -0.0222336]},
    {"gradient": [[-0.0679492, 0.0339746], [0.0374937, -0.0187468], [-0.0111168, 0.0055584]], "tolerance": 1e-6},
    {"name": "a2", "gradient": [-0.1358984, 0.0749873, -0.0222336], "tolerance": 1e-6},
]
FAILING = [
    ({"factor": "dz3/da2", "shape": [2, 3]}, "dz3/da2: the shape is 3×2, not 2×3"),
    ({"factor": "dz3/da2", "side": "right"}, "dz3/da2: the side is left, not right"),
    ({"factor": "dL/da3", "side": "left"}, "dL/da3: the side is none, as it is the first factor, not left"),
    ({"factor": "dz3/da2", "layout": "numerator"}, "dz3/da2: the layout is denominator, not numerator"),
    ({"factor": "dz3/da2", "operation": "outer"}, "dz3/da2: the operation is matmul, not outer"),
    ({"factor": "dz3/da2", "formula": "W3"}, "dz3/da2: the formula W3 is 2×3, and the factor W3.T 3×2"),
    ({"factor": "da2/dz2", "formula": "eye(3)"},
     "da2/dz2: the formula eye(3) does not equal diag(drelu(z2)) for other numbers, although it does for these"),
    ({"factor": "dz3/da2", "formula": "W3 @ y"},
     "dz3/da2: the formula W3 @ y cannot be applied: cannot multiply 2×3 by 2×1"),
    ({"factor": "dz3/da2", "value": [[0.5, -0.6], [-0.2, 0.5], [0.3, 0.1]]},
     "dz3/da2: the value [1, 1] is 0.4, not 0.5"),
    ({"factor": "dz3/da2", "value": [[1, 2], [3]]},
     "dz3/da2: the value cannot be compared: what is expected must be numbers, in rows of equal length"),
    ({"factor": "dz3/da2", "product": [1, 2, 3]}, "dz3/da2: the new product [2, 0] is -0.0222336058, not 3"),
    ({"factor": "dz3/da2", "structure": "diagonal"}, "dz3/da2: the structure is dense, not diagonal"),
    ({"gradient": [[1, 2, 3], [4, 5, 6]]}, "the gradient by W2 is 3×2, not 2×3"),
    ({"loss": 0.2437, "tolerance": 1e-5}, "the loss is 0.243720975, not 0.2437"),
    ({"factor": "dz3/dW3", "shape": [1, 3]}, "the chain has no factor dz3/dW3"),
    ({"loss": 0.25}, "the loss is 0.243720975, not 0.25"),
    ({"name": "W9", "gradient": 1.0}, "the gradient by W9: the program has no value called W9"),
    ({"shape": [2, 1]}, "no factor has been joined yet"),
]  # fmt: skip


@pytest.mark.parametrize("claim", HOLDING, ids=str)
def test_a_true_claim_holds(claim):
    result = outcome(actions.Expect(**claim))
    assert result.ok, result.failures


@pytest.mark.parametrize(("claim", "failure"), FAILING, ids=str)
def test_a_false_claim_fails_and_says_what_is_there(claim, failure):
    result = outcome(actions.Expect(**claim))
    assert not result.ok
    assert result.failures[0].startswith(failure)


def test_every_claim_that_fails_is_reported_and_not_only_the_first():
    result = outcome(actions.Expect(factor="dz3/da2", shape=[1, 1], side="right", loss=1.0))
    assert len(result.failures) == 3


def test_without_a_name_the_claims_are_about_the_factor_joined_last():
    step = actions.Step(count=3)
    assert outcome(step, actions.Expect(shape=[3, 2], product=[-0.1358984, 0.0749873, -0.0222336], tolerance=1e-6)).ok


def test_in_numerator_layout_the_same_factor_is_the_transpose():
    assert outcome(actions.Expect(factor="dz3/da2", shape=[2, 3], formula="W3", side="right"), layout="numerator").ok
    assert outcome(actions.Expect(factor="dz2/dW2", formula="kron(a1.T, eye(3))"), layout="numerator").ok


def test_a_delta_in_a_formula_is_the_gradient_by_that_pre_activation():
    assert outcome(
        actions.Step(count=2), actions.Expect(name="z3", gradient=[-0.1170870, 0.1289248], tolerance=1e-6)
    ).ok
    result = outcome(actions.SetForm(form="hadamard"), actions.Expect(factor="dz2/dW2", formula="a1.T * delta3[0, 0]"))
    assert "does not equal" in result.failures[0]


def test_a_formula_that_cannot_be_read_is_refused():
    with pytest.raises(Diagnostic) as problem:
        outcome(actions.Expect(factor="dz3/da2", formula="W3 @@ 2"))
    assert problem.value.code == "unparsable"


@pytest.mark.parametrize(("formula", "holds"), [("1 / w", True), ("1 + 0 * w", False)])
def test_a_formula_is_tried_only_where_the_program_is_defined(formula, holds):
    """At w = 1 both agree; a logarithm can be tried on other numbers, but only on positive ones."""
    program = Program(["L = sum(log(w))"], {"w": (3, 1)}, {"w": [1.0, 1.0, 1.0]})
    state = reduce(opened(program, View("w", "L")), actions.Step())
    result = reduce(state, actions.Expect(formula=formula)).outcome
    assert result.ok is holds
    assert holds or "for other numbers" in result.failures[0]
