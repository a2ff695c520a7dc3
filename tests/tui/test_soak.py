"""A few hundred random keys; `python -m tests.tui.soak` presses ten thousand."""

from __future__ import annotations

import pytest

from tests.tui.soak import soak


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_keys_never_fail_and_leave_nothing_behind(seed: int) -> None:
    found = await soak(300, seed)
    middle, end = found.objects
    assert end <= middle + 40, "what was opened is not let go"
