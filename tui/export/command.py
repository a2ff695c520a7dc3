"""`chainstep export`: a lesson as files."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from engine.diagnostics import Diagnostic
from engine.scenario import Scenario, load
from tui.console import say
from tui.export.html import lesson_html
from tui.export.markdown import lesson_markdown
from tui.export.recording import add_recording, attempted, write, write_cast
from tui.export.slides import Slide, failed, slides
from tui.export.worksheet import answer_key, worksheet
from tui.progress import Meter


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


def _export(options: argparse.Namespace, scenario: Scenario, shown: list[Slide]) -> None:
    for path, make in (
        (options.html, lesson_html), (options.markdown, lesson_markdown), (options.worksheet, worksheet),
        (options.key, answer_key),
    ):  # fmt: skip
        if path:
            write(path, make(scenario, shown))
            say(f"{path}: {len(shown)} slides")
    if options.svg:
        from tui.export.frames import write_svgs

        with Meter(options.svg, len(shown)) as meter:
            count = attempted(options.svg, lambda: write_svgs(scenario, Path(options.svg), options.size, meter))
        say(f"{options.svg}: {count} pictures")
    if options.cast:
        write_cast(options, scenario)
        say(f"{options.cast}: a recording")
