"""Wrong formulas that people have published: the verdict, and whether the first correction undoes the mistake."""

from __future__ import annotations

import pytest

from engine.doctor import Verdict, diagnose
from engine.doctor.judge import Judge
from engine.formula import parse
from engine.formula.syntax import names_in
from tests.cases.scenarios import cases, derivative_of, program_of

CASES = cases("wrong_formulas")
VERDICTS = {
    "raises": {Verdict.SHAPE_MISMATCH},
    "wrong_shape": {Verdict.WRONG_SHAPE, Verdict.CORRECT_TRANSPOSED},
    "wrong_value": {Verdict.WRONG_VALUE, Verdict.CORRECT_TRANSPOSED},
}
"""What a source calls wrong may be the transpose of what is right."""
FAR = {"WF02"}
"""Four mistakes and more in one line: the chain is shown beside it instead."""
PATIENCE = 60.0


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_published_wrong_formula_gets_its_verdict_and_a_verified_correction(case):
    of, target = derivative_of(case)
    program = program_of(case)
    found = diagnose(program, target, case["learner"], of=of, seconds=PATIENCE)
    assert found.verdict in VERDICTS[case["failure"]]
    if case["id"] in FAR:
        assert found.alignment
        return
    first = parse(found.fixes[0].formula)
    assert found.fixes[0].verified
    assert Judge(program, target, of, names_in(first), seed=500).verdict(first) is Verdict.CORRECT


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_a_source_gives_as_right_is_right(case):
    of, target = derivative_of(case)
    assert diagnose(program_of(case), target, case["correct"], of=of).verdict is Verdict.CORRECT


@pytest.mark.parametrize("name, kinds", [
    ("WF01", {"layouts", "ones", "hadamard"}),
    ("WF03", {"swap"}),
    ("WF07", {"hadamard"}),
    ("WF09", {"gradient"}),
    ("WF14", {"transpose"}),
    ("WF20", {"argument"}),
    ("WF29", {"unwrap", "insert"}),
    ("WF44", {"stale"}),
    ("WF46", {"stale", "number"}),
    ("WF57", {"mean"}),
    ("WF59", {"softmax", "matmul_swapped"}),
    ("WF76", {"axis"}),
    ("WF79", {"insert"}),
])  # fmt: skip
def test_the_first_correction_undoes_what_the_source_says_was_wrong(name, kinds):
    case = next(case for case in CASES if case["id"] == name)
    of, target = derivative_of(case)
    found = diagnose(program_of(case), target, case["learner"], of=of, seconds=PATIENCE)
    assert {edit.kind for edit in found.fixes[0].edits} == kinds
