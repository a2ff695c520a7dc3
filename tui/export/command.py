"""`chainstep export`: a lesson as files."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from engine.diagnostics import Diagnostic, Where
from engine.scenario import Scenario, load
from tui.console import say
from tui.export.html import lesson_html
from tui.export.markdown import lesson_markdown
from tui.export.slides import Slide, failed, slides
from tui.export.worksheet import answer_key, worksheet
from tui.progress import Meter

SIZES = ((40, 12), (400, 200))
"""Columns and rows of the smallest and of the largest screen that is drawn."""


def export(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """A lesson as a page of HTML, as Markdown, as pictures of the app, or as a recording of it."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a file, or a lesson's name")
    parser.add_argument(
        "--html", metavar="FILE", help="one page that is stepped with the arrow keys, without a network"
    )
    parser.add_argument("--markdown", metavar="FILE", help="Markdown with LaTeX, as GitHub sets it")
    parser.add_argument("--worksheet", metavar="FILE", help="the lesson's questions on paper, in Markdown")
    parser.add_argument("--key", metavar="FILE", help="the answers to the worksheet")
    parser.add_argument("--svg", metavar="FOLDER", help="a picture of the app for each entry of the script")
    add_recording(parser)

    def run(options: argparse.Namespace) -> int:
        ways = (options.html, options.markdown, options.worksheet, options.key, options.svg, options.cast)
        if not any(ways):
            hint = "--html, --markdown, --worksheet, --key, --svg or --cast"
            raise Diagnostic("usage", "say what to export to", hints=(hint,))
        scenario = load(options.scenario)
        shown = list(slides(scenario))
        _export(options, scenario, shown)
        for slide in shown:
            for problem in slide.problems:
                say(f"  ✗ slide {slide.number}: {problem}")
        return 1 if failed(shown) else 0

    return run


def add_recording(parser: argparse.ArgumentParser) -> None:
    """The flags of a recording, and of its size."""
    parser.add_argument("--cast", metavar="FILE", help="a recording of the app in asciicast v2, for asciinema")
    parser.add_argument("--size", default=(100, 30), type=_size, metavar="COLUMNSxROWS",
                        help="of what is drawn (100x30)")  # fmt: skip


def write_cast(options: argparse.Namespace, scenario: Scenario) -> None:
    """Write the recording that `add_recording` lets one ask for. Raises a Diagnostic `unwritable`."""
    from tui.export.frames import asciicast  # only what draws imports Textual

    frames = sum(1 + (slide.question is not None) for slide in slides(scenario))
    with Meter(options.cast, frames) as meter:
        recording = asciicast(scenario, options.size, meter)
    _write(options.cast, recording)


def _export(options: argparse.Namespace, scenario: Scenario, shown: list[Slide]) -> None:
    for path, make in (
        (options.html, lesson_html), (options.markdown, lesson_markdown), (options.worksheet, worksheet),
        (options.key, answer_key),
    ):  # fmt: skip
        if path:
            _write(path, make(scenario, shown))
            say(f"{path}: {len(shown)} slides")
    if options.svg:
        from tui.export.frames import write_svgs

        with Meter(options.svg, len(shown)) as meter:
            count = _attempted(options.svg, lambda: write_svgs(scenario, Path(options.svg), options.size, meter))
        say(f"{options.svg}: {count} pictures")
    if options.cast:
        write_cast(options, scenario)
        say(f"{options.cast}: a recording")


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    (least_columns, least_rows), (most_columns, most_rows) = SIZES
    if not (least_columns <= size[0] <= most_columns and least_rows <= size[1] <= most_rows):
        raise Diagnostic("bad_value", f"a size is columns x rows, from {least_columns}x{least_rows} to "
                         f"{most_columns}x{most_rows}, and not {text[:40]}", Where(key="--size"))  # fmt: skip
    return size


def _write(path: str, text: str) -> None:
    _attempted(path, lambda: Path(path).write_text(text, encoding="utf-8"))


def _attempted(path: str, write: Callable[[], int]) -> int:
    try:
        return write()
    except OSError as problem:
        raise Diagnostic("unwritable", f"{path} cannot be written: {problem.strerror or problem}") from problem
