"""In a class only so many doctors search at once, also those of plain lines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from engine.scenario import load
from tui.classroom.apps.served import SEARCHES
from tui.classroom.seats.lines import handled
from tui.linear import Linear


@pytest.mark.parametrize(("line", "waits"), [("d W3.T @ (a3 - y)", True), ("n", False)])
def test_a_doctor_waits_for_its_turn_and_other_lines_do_not(line: str, waits: bool) -> None:
    linear = Linear(load("question"))
    with ThreadPoolExecutor(1) as pool:
        with ExitStack() as busy:
            while SEARCHES.acquire(blocking=False):
                busy.callback(SEARCHES.release)
            answer = pool.submit(handled, linear, line)
            if waits:
                with pytest.raises(TimeoutError):
                    answer.result(0.5)
            else:
                assert answer.result(10)
        assert answer.result(60)
