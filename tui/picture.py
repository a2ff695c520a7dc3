"""Pictures of the app, made by the app: `python -m tui.picture docs/screen.svg --keys t,up,enter,n,n,n`."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from engine.scenario import load
from tui.app import DebuggerApp, app_for


async def screenshot(app: DebuggerApp, size: tuple[int, int], keys: list[str]) -> str:
    """The SVG of the app's screen after some keys, at a size in columns and rows."""
    async with app.run_test(size=size) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        return app.export_screenshot(title="chainstep", simplify=True)


def main() -> None:
    """Write one picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--scenario", default="question")
    parser.add_argument("--size", default="132x40", help="columns x rows")
    parser.add_argument("--keys", default="n,n,n", help="Textual's names of the keys to press, separated by commas")
    options = parser.parse_args()
    columns, rows = (int(number) for number in options.size.split("x"))
    keys = [key for key in options.keys.split(",") if key]
    svg = asyncio.run(screenshot(app_for(load(options.scenario)), (columns, rows), keys))
    options.output.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
