"""A recording of the app, for `export` and `replay`: its flags, and writing it. Textual only when it is drawn."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from engine.diagnostics import Diagnostic, Where
from engine.scenario import Scenario
from tui.progress import Meter

SIZES = ((40, 12), (400, 200))
"""Columns and rows of the smallest and of the largest screen that is drawn."""


def add_recording(parser: argparse.ArgumentParser) -> None:
    """The flags of a recording, and of its size."""
    parser.add_argument("--cast", metavar="FILE", help="a recording of the app in asciicast v2, for asciinema")
    parser.add_argument("--size", default=(100, 30), type=_size, metavar="COLUMNSxROWS",
                        help="of what is drawn (100x30)")  # fmt: skip


def write_cast(options: argparse.Namespace, scenario: Scenario) -> None:
    """Write the recording that `add_recording` lets one ask for. Raises a Diagnostic `unwritable`."""
    from tui.export.frames import asciicast
    from tui.export.slides import slides

    frames = sum(1 + (slide.question is not None) for slide in slides(scenario))
    with Meter(options.cast, frames) as meter:
        recording = asciicast(scenario, options.size, meter)
    write(options.cast, recording)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    (least_columns, least_rows), (most_columns, most_rows) = SIZES
    if not (least_columns <= size[0] <= most_columns and least_rows <= size[1] <= most_rows):
        raise Diagnostic("bad_value", f"a size is columns x rows, from {least_columns}x{least_rows} to "
                         f"{most_columns}x{most_rows}, and not {text[:40]}", Where(key="--size"))  # fmt: skip
    return size


def write(path: str, text: str) -> None:
    """Write a text over what is there. Raises a Diagnostic `unwritable`."""
    attempted(path, lambda: Path(path).write_text(text, encoding="utf-8"))


def attempted(path: str, write: Callable[[], int]) -> int:
    """What writing to `path` answers. Raises a Diagnostic `unwritable` where that fails."""
    try:
        return write()
    except OSError as problem:
        raise Diagnostic("unwritable", f"{path} cannot be written: {problem.strerror or problem}") from problem
