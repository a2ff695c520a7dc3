"""Mistakes made on purpose, in the right formulas of twenty networks."""

from __future__ import annotations

import pytest

from engine.doctor import diagnose
from engine.doctor.edits import KINDS
from engine.formula import parse, spell
from tests.doctor.study import Study, cases, wrong_formulas, wrongly_judged


@pytest.mark.parametrize("mistakes, count, least", [(1, 150, 1.0), (2, 60, 0.97), (3, 40, 0.9)])
def test_mistakes_are_mended_and_no_correction_is_wrong(mistakes, count, least):
    study = Study(patience=60.0)
    for case, kinds, wrong in wrong_formulas(count, mistakes, seed=21):
        study.add(case, kinds, wrong)
    assert study.diagnoses > 0.8 * count
    assert study.rate >= least, study.missed
    assert study.unverified == 0


def test_right_formulas_in_unusual_forms_are_right():
    assert list(wrongly_judged(240, seed=3)) == []


def test_every_mistake_has_words():
    for case, _, wrong in wrong_formulas(30, 2, seed=5):
        for fix in diagnose(case.program, case.target, spell(wrong), seconds=60.0).fixes:
            for edit in fix.edits:
                assert edit.kind in KINDS
                assert edit.why
                parse(edit.text)


def test_there_are_twenty_networks_of_every_way_for_samples_to_lie():
    titles = {case.program.title for case in cases()}
    assert len(titles) >= 18
    assert any("in columns" in title for title in titles)
    assert any("in rows" in title for title in titles)
    assert any("softmax" in title for title in titles)
