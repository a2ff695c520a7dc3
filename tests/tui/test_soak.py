"""A few hundred random keys; `python -m tests.tui.soak` presses ten thousand."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from textual.strip import Strip

from tests.tui.screens import debugging
from tests.tui.soak import soak


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_keys_never_fail_and_leave_nothing_behind(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = await soak(300, seed)
    assert found.sights[-1].ours <= found.sights[1].ours + 40, "what was opened is not let go"


async def test_a_dialog_that_is_closed_leaves_none_of_the_lines_that_were_drawn() -> None:
    async with debugging() as (_, pilot):
        for _ in range(2):
            await pilot.press("v", "escape", "question_mark", "escape")
        counts = []
        for _ in range(2):
            await pilot.press("v", "escape", "question_mark", "escape")
            await pilot.pause()
            gc.collect()
            counts.append(sum(type(found) is Strip for found in gc.get_objects()))
        assert counts[1] <= counts[0] + 20
