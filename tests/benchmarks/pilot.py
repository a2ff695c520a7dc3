"""Presses keys in the app through Textual's Pilot, without a terminal: `python pilot.py SCENARIO KEYS`.

Prints as JSON the seconds from the first key to the last, and what there is then: the cursor and the loss.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from engine.scenario import load
from tui.app import app_for


async def press(scenario: str, keys: list[str]) -> None:
    app = app_for(load(scenario))
    async with app.run_test(size=(132, 40)) as pilot:
        start = time.perf_counter()
        await pilot.press(*keys)
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "cursor": app.state.cursor, "loss": app.state.loss}))


if __name__ == "__main__":
    asyncio.run(press(sys.argv[1], sys.argv[2].split(",")))
