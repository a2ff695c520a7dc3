"""Pictures of the app at three sizes: their text line by line, and which colours the words have that mean something."""

from __future__ import annotations

import html
import os
import re

import pytest

from engine.scenario import load
from tests.tui.screens import GOLDENS
from tui.app import app_for
from tui.picture import screenshot

SIZES = ((80, 24), (132, 40), (200, 50))
_TEXT = re.compile(r'<text class="[\w-]*?-(r\d+)" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', re.DOTALL)
_RULE = re.compile(r"\.[\w-]*?-(r\d+) \{ ([^}]*) \}")


def runs(svg: str) -> list[tuple[float, float, str, str]]:
    """Every piece of text with its y, its x, and its style, whatever the picture's classes are called."""
    rules = dict(_RULE.findall(svg))
    found = [
        (float(y), float(x), html.unescape(text).replace("\xa0", " "), rules.get(kind, ""))
        for kind, x, y, text in _TEXT.findall(svg)
        if text.strip()
    ]
    return sorted(found, key=lambda run: run[:2])


def as_text(svg: str) -> str:
    """The picture's lines, without blanks: how a line is cut into pieces is nobody's business."""
    lines: dict[float, list[str]] = {}
    for y, _, text, _ in runs(svg):
        lines.setdefault(y, []).append(text)
    return "".join("".join("".join(pieces).split()) + "\n" for _, pieces in sorted(lines.items()))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_picture_says_what_the_screen_does(size: tuple[int, int]) -> None:
    svg = await screenshot(app_for(load("question")), size, ["t", "up", "enter", "n", "n", "n"])
    path = GOLDENS / f"svg_{size[0]}x{size[1]}.txt"
    text = as_text(svg)
    if os.environ.get("CHAINSTEP_UPDATE_GOLDENS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    fills = {run.strip(): style for _, _, run, style in runs(svg) if "bold" in style and run.strip() in ("∂z3", "∂a2")}
    assert "#56b4e9" in fills["∂z3"], "the numerator of the factor that is joined now"
    assert "#e69f00" in fills["∂a2"], "and its denominator"
