"""Every part of the benchmarks runs, and what it compares agrees; how long anything takes is not asserted."""

from __future__ import annotations

import pytest

from tests.benchmarks.__main__ import NEEDED, PARTS
from tests.benchmarks.measure import Row, table


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_the_benchmarks_runs(name):
    if name in NEEDED:
        pytest.importorskip(NEEDED[name])
    rows = PARTS[name](0.0)
    assert rows
    assert all(row.ratio > 0 for row in rows)


def test_the_table_says_which_targets_are_met():
    rows = [Row("a", 1.5, "3 s", "2 s", "≤ 2"), Row("b", 1.5, "3 s", "2 s", "≥ 2"), Row("c", 1.5, "3 s", "2 s")]
    assert [line.split()[-1] for line in table(rows).splitlines()[2:]] == ["yes", "NO", "s"]
