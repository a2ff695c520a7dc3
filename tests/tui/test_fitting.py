"""The app fits the terminal and the eyes: contrast, no colours, ASCII, small and resized screens, wide characters."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from textual.color import Color

from engine.scenario import load
from tests.tui.screens import NARROW, WIDE, debugging, screen_text
from tui.app import app_for
from tui.config import Config, ThemeName
from tui.keymap import COMMANDS
from tui.screens.debugger import DebuggerScreen
from tui.screens.edit import EditScreen
from tui.screens.too_small import TooSmallScreen
from tui.themes import MEANINGS, THEMES, next_theme

pty = pytest.importorskip("pty")
ENOUGH = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
COLOUR = re.compile(rb"\x1b\[(?:[\d;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[\d;]*)?m")


# ---- colours -------------------------------------------------------------------------------------


def contrast(one: Color, other: Color) -> float:
    """The ratio of WCAG 2.2, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: Color) -> float:
    parts = [part / 255 for part in colour.rgb]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def backgrounds(colours: dict[str, str]) -> Iterator[Color]:
    """What text stands on."""
    for name in ("background", "surface"):
        ground = Color.parse(colours[name])
        yield ground
        yield ground + Color.parse(colours["boost"])


@pytest.mark.parametrize("name", THEMES)
def test_the_colours_that_carry_meaning_are_read_on_every_background(name: ThemeName) -> None:
    colours = {**THEMES[name].to_color_system().generate(), **THEMES[name].variables}
    for ground in backgrounds(colours):
        for meaning in (*MEANINGS, "foreground", "accent", "warning", "error", "success",
                        "chain-plus-mark", "chain-minus-mark"):  # fmt: skip
            ratio = contrast(ground, Color.parse(colours[meaning]))
            assert ratio >= ENOUGH, f"{meaning} on {ground.hex}: {ratio:.2f}"


@pytest.mark.parametrize("name", THEMES)
def test_numbers_are_read_on_the_colours_of_heat(name: ThemeName) -> None:
    colours = THEMES[name].variables
    for sign in ("plus", "minus"):
        grounds = [Color.parse(colours[f"chain-{sign}-{level}"]) for level in (1, 2, 3, 4)]
        for level, ground in enumerate(grounds, start=1):
            text = Color.parse(colours[f"chain-{sign}-text-{level}"])
            assert contrast(ground, text) >= ENOUGH, (sign, level)
        paper = Color.parse(str(THEMES[name].background))
        steps = [contrast(paper, ground) for ground in grounds]
        assert steps == sorted(steps), "the larger, the more it stands out"


@pytest.mark.parametrize("name", THEMES)
def test_numerator_and_denominator_differ_for_every_kind_of_colour_vision(name: ThemeName) -> None:
    one, other = (Color.parse(THEMES[name].variables[f"chain-{part}"]) for part in ("numerator", "denominator"))
    assert one.b - one.r > 50  # blue
    assert other.r - other.b > 50  # orange; blue and yellow are told apart by all but very few
    assert all(THEMES[ThemeName.CONTRAST].variables[key] for key in MEANINGS)


def test_the_themes_follow_each_other_around() -> None:
    assert [next_theme(THEMES[name].name) for name in THEMES] == ["light", "contrast", "dark"]
    assert next_theme("nord") is ThemeName.DARK


async def test_t_changes_the_colours_that_are_painted() -> None:
    async with debugging(["n"]) as (app, pilot):
        seen = []
        for _ in THEMES:
            await pilot.press("T")
            await pilot.pause()
            line = app.screen._compositor.render_strips()[3]
            seen.append({str(segment.style.bgcolor) for segment in line if segment.style})
        assert all(one != other for one, other in pairwise(seen))


# ---- ASCII ---------------------------------------------------------------------------------------

EVERYWHERE = [
    [], ["n"],
    ["n", "n", "s"], ["l", "n"], ["f", "n"], ["f", "f", "n"], ["f", "f", "f", "n"], ["f", "f", "f", "f", "n"],
    ["a", "n"], ["n", "tab", "down"], ["e"], ["g"], ["ctrl+p"], ["ctrl+p", "l"], ["d", *"W3.T @", "ctrl+s"], ["ctrl+n"],
    ["ctrl+s"], ["n", "y", "down", "down"], ["g", "q"], ["T"], ["K", "k"], ["colon", *"W3 @"], ["question_mark", "z"],
    ["space", "space", "space", "space"], ["ctrl+l", "a", "enter"], ["G"], ["g", "D"], ["r", "n"], ["x", "n"],
]  # fmt: skip


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
@pytest.mark.parametrize("keys", EVERYWHERE, ids="-".join)
async def test_in_ascii_mode_every_character_is_ascii(keys: list[str], size: tuple[int, int]) -> None:
    async with debugging(keys, size, ascii_only=True) as (app, _):
        text = screen_text(app)
        assert text.isascii(), {character for character in text if not character.isascii()}


async def test_every_screen_that_a_key_opens_is_ascii_in_ascii_mode() -> None:
    for command in COMMANDS:
        if command.make is None and command.name != "quit":
            async with debugging([command.keys.split(",")[0]], NARROW, ascii_only=True) as (app, pilot):
                await pilot.pause()
                assert screen_text(app).isascii(), command.name


async def test_what_is_typed_in_other_letters_is_kept_though_drawn_in_ascii() -> None:
    async with debugging(["colon"], ascii_only=True) as (app, pilot):
        app.screen.query_one("#expression").value = "∂é漢"  # type: ignore[attr-defined]
        await pilot.pause()
        assert screen_text(app).isascii()
        assert "de??" in screen_text(app)  # as wide as it is
        assert app.screen.query_one("#expression").value == "∂é漢"  # type: ignore[attr-defined]


async def test_ascii_frames_leave_the_fields_of_forms_to_be_read() -> None:
    for key, texts in (("ctrl+n", ("2-3-2", "half_squared_error")), ("G", ("rate eta 0.1", "steps 50"))):
        async with debugging([key], NARROW, ascii_only=True) as (app, _):
            assert all(text in screen_text(app) for text in texts)


async def test_the_config_can_ask_for_ascii() -> None:
    app = app_for(load("question"), config=Config(ascii_only=True))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("n")
        assert screen_text(app).isascii()


# ---- sizes ---------------------------------------------------------------------------------------


async def test_resizing_from_tiny_to_huge_while_running() -> None:
    async with debugging(["n", "n"], (60, 15)) as (app, pilot):
        assert isinstance(app.screen, TooSmallScreen)
        assert "80 columns and 24 rows" in screen_text(app)
        assert "60 and 15" in screen_text(app)
        await pilot.resize_terminal(240, 60)
        await pilot.pause()
        assert isinstance(app.screen, DebuggerScreen)
        await pilot.press("n", "n")
        for size in ((240, 60), (80, 24), (60, 15), (132, 40), (81, 23), (79, 60), (240, 60), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert isinstance(app.screen, TooSmallScreen) is (size[0] < 80 or size[1] < 24)
            assert len(screen_text(app).split("\n")) == size[1] + 1
        assert app.state.cursor == 2
        resized = screen_text(app)
    async with debugging(["n", "n"], (80, 24)) as (app, _):
        assert screen_text(app) == resized


async def test_what_is_typed_in_a_dialog_outlives_a_small_screen() -> None:
    async with debugging(["e"]) as (app, pilot):
        await pilot.resize_terminal(60, 15)
        await pilot.pause()
        await pilot.press("n", "g", "x")  # nobody sees it, so nothing happens
        assert not app.session.log.records
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert isinstance(app.screen, EditScreen)


async def test_a_question_over_a_small_screen_leaves_no_cover_behind() -> None:
    async with debugging(["g"]) as (app, pilot):
        await pilot.resize_terminal(60, 15)
        await pilot.pause()
        await pilot.press("q")  # which asks
        await pilot.resize_terminal(80, 24)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, DebuggerScreen)


# ---- in a terminal -------------------------------------------------------------------------------


class Terminal:
    """A pseudo-terminal with chainstep in it, which answers where the cursor is if `column` is given."""

    def __init__(self, fd: int, process: subprocess.Popen[bytes], column: int | None) -> None:
        self.fd, self.process, self.column = fd, process, column
        self.written = b""

    def until(self, text: bytes, patience: float = 60) -> bytes:
        """All that was written, once `text` is among it."""
        end = time.monotonic() + patience
        while text not in self.written and time.monotonic() < end:
            ready, _, _ = select.select([self.fd], [], [], 0.2)
            try:
                part = os.read(self.fd, 65_536) if ready else b""
            except OSError:
                break
            if b"\x1b[6n" in part and self.column is not None:
                os.write(self.fd, f"\x1b[1;{self.column}R".encode())
            self.written += part
        assert text in self.written, self.written[-2_000:]
        return self.written


@contextmanager
def terminal(tmp_path: Path, *arguments: str, column: int | None = None, **variables: str) -> Iterator[Terminal]:
    import fcntl
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 132, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    folders = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tui.cli", *arguments], stdin=theirs, stdout=theirs, stderr=theirs,
        env=kept | folders | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | variables, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Terminal(ours, process, column)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.parametrize(("no_color", "has_colours"), [("1", False), ("", True)])
def test_no_color_paints_no_colour(tmp_path: Path, no_color: str, has_colours: bool) -> None:
    with terminal(tmp_path, "question", NO_COLOR=no_color) as screen:
        screen.until(b"quit")
        for key, answer in ((b"n", b"step 1"), (b"a", b"heat"), (b"?", b"Stepping")):
            os.write(screen.fd, key)
            screen.until(answer)
        assert bool(COLOUR.search(screen.written)) is has_colours
        assert b"\x1b[1m" in screen.written or b";1m" in screen.written or b"\x1b[1;" in screen.written


@pytest.mark.parametrize(
    "keys", [["t"], ["n", "y"], ["ctrl+n", "tab", "tab", "enter"], ["ctrl+p", "down"]], ids="-".join
)
async def test_what_is_chosen_is_seen_without_colours(keys: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with debugging(keys) as (app, _):
        segments = [segment for line in app.screen._compositor.render_strips() for segment in line]
        assert not any(segment.style and (segment.style.color or segment.style.bgcolor) for segment in segments)
        assert any(segment.style and segment.style.bold and segment.style.underline for segment in segments)


def test_a_dumb_terminal_gets_plain_lines_and_is_told_so(tmp_path: Path) -> None:
    with terminal(tmp_path, "question", TERM="dumb") as screen:
        written = screen.until(b"> ")
        assert b"TERM is dumb" in written
        assert b"--linear" in written
        assert b"\x1b" not in written


@pytest.mark.parametrize(
    ("language", "column", "is_ascii"),
    [("ja_JP.UTF-8", 3, True), ("ja_JP.UTF-8", 2, False), ("zh_CN.UTF-8", None, False), ("de_DE.UTF-8", 3, False)],
)
def test_a_terminal_that_draws_frames_wide_gets_ascii(
    tmp_path: Path, language: str, column: int | None, is_ascii: bool
) -> None:
    variables = {"LC_ALL": "", "LC_CTYPE": "", "LANG": language, "PYTHONUTF8": "1"}
    with terminal(tmp_path, "question", column=column, **variables) as screen:
        written = screen.until(b"two columns wide" if is_ascii else b"quit")
        assert (b"\x1b[6n" in written) is not language.startswith("de")
        painted = written[written.index(b"\x1b[?1049h") :]
        assert painted.isascii() is is_ascii


def test_a_session_that_is_killed_is_offered_and_gone_on_from(tmp_path: Path) -> None:
    with terminal(tmp_path, "question") as screen:
        screen.until(b"quit")
        os.write(screen.fd, b"g")
        screen.until(b"smaller by")
        os.killpg(screen.process.pid, signal.SIGKILL)
        screen.process.wait()
    with terminal(tmp_path, "neuron") as screen:  # another lesson is left in peace
        assert b"go on from" not in screen.until(b"quit")
    with terminal(tmp_path) as screen:
        screen.until(b"go on from")
        os.write(screen.fd, b"\r")
        screen.until(b"are done again")


def test_the_first_start_offers_the_tour_once(tmp_path: Path) -> None:
    with terminal(tmp_path) as screen:
        screen.until(b"first time")
        os.write(screen.fd, b"\r")
        screen.until(b"space begins the tour")
    assert (tmp_path / "config/chainstep/config.toml").read_text() == "tour_seen = true\n"
    with terminal(tmp_path) as screen:
        assert b"first time" not in screen.until(b"quit")
