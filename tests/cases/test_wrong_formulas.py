"""Gradients that people got wrong: all load as scenarios, and the right ones are what `derive` gives."""

import numpy as np
import pytest

from engine import Diagnostic, Layout, derive
from engine.formula import evaluate, parse
from engine.scenario import loads
from tests.cases import plain
from tests.cases.commands import records, result
from tests.cases.scenarios import cases, derivative_of, program_of, scenario_text, values_of

CASES = cases("wrong_formulas")
wrong_formulas = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])


def gradient(case: dict) -> np.ndarray:
    """What the case's target is: a gradient in the target's own shape, a Jacobian in numerator layout."""
    of, target = derivative_of(case)
    program = program_of(case)
    layout = Layout.DENOMINATOR if program.plan.shape(of) == (1, 1) else Layout.NUMERATOR
    *_, last = derive(program, target, of=of, layout=layout)
    return last.result.value


@wrong_formulas
def test_a_case_loads_as_a_scenario_with_the_numbers_of_its_program(case):
    scenario = loads(scenario_text(case), case["id"])
    ours, theirs = scenario.opening.program.values, program_of(case).values
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value)
    of, target = derivative_of(case)
    assert of in ours
    assert target in ours


@wrong_formulas
def test_the_right_formula_is_the_gradient(case):
    right = evaluate(parse(case["correct"]), program_of(case).values, case["correct"])
    found = gradient(case)
    assert right.shape == found.shape
    np.testing.assert_allclose(right, found, rtol=1e-10, atol=1e-12)


@wrong_formulas
def test_the_command_line_derives_what_plain_numpy_says_is_right(case, tmp_path):
    of, target = derivative_of(case)
    path = tmp_path / "case.toml"
    path.write_text(scenario_text(case), encoding="utf-8")
    values = plain.run(case["forward"], values_of(case))
    right = plain.evaluate(case["correct"], values)
    layout = "denominator" if values[of].size == 1 else "numerator"
    found = result(path, "--of", of, "--target", target, "--layout", layout)
    assert found["shape"] == list(right.shape)
    np.testing.assert_allclose(found["value"], right, rtol=1e-10, atol=1e-12)
    if values[of].size == 1:
        (line,) = records("grad", path)
        np.testing.assert_allclose(line["gradients"][target], right, rtol=1e-10, atol=1e-12)


@wrong_formulas
def test_the_learners_formula_fails_as_its_source_says(case):
    text, values = case["learner"], program_of(case).values
    if case["failure"] == "raises":
        with pytest.raises(Diagnostic) as raised:
            evaluate(parse(text), values, text)
        where = raised.value.where
        assert raised.value.code == "shape_mismatch"
        assert where.text == text
        assert 0 <= where.span[0] < where.span[1] <= len(text)
        return
    found, right = evaluate(parse(text), values, text), gradient(case)
    if case["failure"] == "wrong_shape":
        assert found.shape != right.shape
    else:
        assert found.shape == right.shape
        assert not np.allclose(found, right, rtol=1e-3)


def test_the_cases_are_of_every_kind_and_no_drawn_value_lies_at_a_kink():
    assert {case["failure"] for case in CASES} == {"raises", "wrong_shape", "wrong_value"}
    for case in CASES:
        for name, value in values_of(case).items():
            if name not in {**case.get("drawn", {}), **case.get("given", {})}:
                assert np.abs(value).min() >= 0.05
