"""The check can fail: a wrong derivative, one that is not finite, a promise that is not kept."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.formula.functions import FUNCTIONS
from engine.scenario import Finding, Severity, loads
from engine.scenario.check import check_scenario

NETWORK = 'schema = 1\n[network]\nsizes = [2, 4, 3]\nactivations = ["tanh", "sigmoid"]\n'


def program(forward: str, shapes: str, rest: str = "") -> str:
    return f"schema = 1\n[program]\nshapes = {{ {shapes} }}\nforward = [{forward}]\n{rest}"


def findings(text: str) -> list[Finding]:
    return list(check_scenario(loads(text, "lesson.toml")))


def codes(text: str) -> set[tuple[Severity, str]]:
    return {(finding.severity, finding.code) for finding in findings(text)}


def test_a_sound_scenario_has_no_findings():
    assert findings(NETWORK) == []


TANH = program('"a = tanh(W @ x)", "L = sum(a)"', "x = [2, 1], W = [3, 2]")


def set_slope(monkeypatch, slope):
    """Give tanh another derivative; as its formula, `tanh'(z)` makes the Jacobian ask for it."""
    wrong = dataclasses.replace(FUNCTIONS["tanh"], slope=slope, formula="tanh'(z)")
    monkeypatch.setitem(FUNCTIONS, "tanh", wrong)


@pytest.mark.parametrize(
    ("slope", "says"),
    [
        (lambda z, a: 2 * (1 - np.tanh(z) ** 2), "a factor 2 is wrong"),
        (lambda z, a: np.tanh(z) ** 2 - 1, "the sign is wrong"),
        (lambda z, a: np.ones_like(z), "central differences give"),
    ],
)
def test_a_wrong_derivative_is_found_and_said_to_be_what_it_looks_like(monkeypatch, slope, says):
    assert findings(TANH) == []
    set_slope(monkeypatch, slope)
    wrong = findings(TANH)
    assert [(finding.severity, finding.code, finding.where.line) for finding in wrong] == [
        (Severity.ERROR, "gradient", 2)
    ] * len(wrong)
    assert wrong
    assert all(says in finding.message for finding in wrong)


def test_a_derivative_that_is_not_finite_is_an_error_without_a_warning_of_numpys():
    text = program('"L = sum(w**0.5)"', "w = [3, 1]", "[values]\nw = [0, 1, 2]\n")
    assert {severity for severity, _ in codes(text)} == {Severity.ERROR}


def test_a_program_without_parameters_is_checked_by_its_inputs(monkeypatch):
    text = program('"L = sum(tanh(x))"', "x = [3, 1]")
    assert findings(text) == []
    set_slope(monkeypatch, lambda z, a: np.ones_like(z))
    assert codes(text) == {(Severity.ERROR, "gradient")}


def test_what_the_script_differentiates_is_checked_too(monkeypatch):
    set_slope(monkeypatch, lambda z, a: np.ones_like(z))
    text = program('"h = tanh(U @ x)", "L = sum(W @ x)"', "x = [2, 1], U = [3, 2], W = [4, 2]")
    assert findings(text) == []
    assert codes(text + '[[script]]\ndo = "target"\ntarget = "U"\nof = "h"\n') == {(Severity.ERROR, "gradient")}


def test_dimensions_that_coincide_by_name_are_noted():
    text = program('"z = W @ x"', 'x = ["n", 1], W = ["h", "n"]', "dims = { n = 3, h = 3 }\n")
    (finding,) = findings(text)
    assert str(finding) == (
        "note[equal_sizes]: n and h are both 3, so that a wrong order of factors may fit\n"
        "  --> lesson.toml:5, program.dims"
    )


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        (
            "[2, 2, 2]",
            "on 2-2-2, 24 arrangements of the factors of ∂L/∂W1 fit its shape and 23 of them are wrong, such as",
        ),
        (
            "[2, 3, 2]",
            "on 2-3-2, 2 arrangements of the factors of ∂L/∂W1 fit its shape and 1 of them is wrong, such as",
        ),
    ],
)
def test_shapes_that_leave_a_gradient_open_are_noted(sizes, says):
    *_, finding = findings(NETWORK.replace("[2, 4, 3]", sizes))
    assert (finding.severity, finding.code, finding.where.line) == (Severity.NOTE, "ambiguous", 3)
    assert finding.message.startswith(says)
    assert finding.message.endswith("; 2-3-4 would leave only the right one")


def test_the_shapes_of_a_program_and_of_a_batch_are_noted_too():
    dims = "dims = { n = 3, h = 3 }\n"
    text = program('"z = W @ x"\n, "L = half_squared_error(z, y)"', 'x = ["n", 1], W = ["h", "n"], y = ["h", 1]', dims)
    assert findings(text)[-1].message == (
        "on n = 3, h = 3, 2 arrangements of the factors of ∂L/∂W fit its shape and 1 of them is wrong, such as "
        "x @ (z - y).T; n = 2, h = 3 would leave only the right one"
    )
    *_, finding = findings(NETWORK.replace("[2, 4, 3]", "[2, 3, 2]") + "batch = 5\n")
    assert finding.message.startswith("on 2-3-2 with N = 5, 2 arrangements")
    assert finding.message.endswith("; 2-3-4 with N = 5 would leave only the right one")


def test_a_refused_action_says_what_would_be_right():
    (finding,) = findings(NETWORK + '[[script]]\ndo = "jump"\nfactor = "dz1/dx"\n')
    assert (finding.severity, finding.code, finding.where.line) == (Severity.ERROR, "refused", 5)
    assert finding.message.startswith("the chain has no factor dz1/dx (")
