from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from engine.calculus import Layout
from engine.scenario import load
from engine.session import Session, actions
from tests.tui.classroom.emulator import Emulator
from tui.classroom.apps.painting import GAP, Painting
from tui.classroom.apps.served import ServedApp
from tui.classroom.ssh.terminal import Terminal

WIDTH, HEIGHT = 23, 7
STYLES = [
    Style(), Style(color="#112233", bgcolor="#445566"), Style(color="#778899", bgcolor="#445566"),
    Style(color="#112233", bgcolor="#445566", bold=True), Style(bgcolor="#445566", underline=True),
    Style(color="#112233", reverse=True), Style(color="red"), Style(bgcolor="blue", dim=True), Style(strike=True),
]  # fmt: skip
WORDS = st.text(st.sampled_from("ab  ∂─漢"), min_size=1, max_size=9)
PIECES = st.lists(
    st.tuples(
        st.integers(0, HEIGHT - 1), st.integers(0, 11), st.builds(Segment, WORDS, st.sampled_from(STYLES))
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def fits(piece: tuple[int, int, Segment]) -> bool:
    return piece[1] + piece[2].cell_length <= WIDTH


def painting(colours: ColorSystem = ColorSystem.TRUECOLOR) -> Painting:
    made = Painting(colours)
    made.fit((WIDTH, HEIGHT))
    return made


def whole_rows(frame):
    """Pieces as whole rows, since Textual never leaves half of a wide character."""
    for row, column, segment in filter(fits, frame):
        rest = WIDTH - column - segment.cell_length
        yield row, 0, [Segment(" " * column), segment, Segment(" " * rest, STYLES[1])]


@given(st.lists(PIECES, min_size=1, max_size=4), st.sampled_from([ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT]))
def test_a_terminal_that_gets_differences_shows_what_one_shows_that_gets_everything(frames, colours):
    by_differences, by_everything = Emulator(WIDTH, HEIGHT), Emulator(WIDTH, HEIGHT)
    kept = painting(colours)
    for row in range(HEIGHT):
        blank = [(row, 0, [Segment(" " * WIDTH)])]
        by_differences.feed(kept.paint(blank))
    for frame in frames:
        pieces = list(whole_rows(frame))
        by_differences.feed(kept.paint(pieces))
        for piece in pieces:
            by_everything.feed(painting(colours).paint([piece]))
        assert by_differences.cells == by_everything.cells


@given(PIECES)
def test_the_whole_picture_is_what_the_differences_have_drawn(pieces):
    kept, drawn, late = painting(), Emulator(WIDTH, HEIGHT), Emulator(WIDTH, HEIGHT, filled="#")
    blank = [(row, 0, [Segment(" " * WIDTH, Style(bgcolor="#010203"))]) for row in range(HEIGHT)]
    for frame in [blank, whole_rows(pieces)]:
        drawn.feed(kept.paint(frame))
    late.feed(kept.whole())
    assert late.cells == drawn.cells


def test_what_stands_there_already_is_not_sent():
    kept = painting()
    piece = (2, 3, [Segment("∂L/∂W", STYLES[1])])
    assert "∂L/∂W" in kept.paint([piece])
    assert kept.paint([piece]) == ""
    assert kept.paint([(2, 3, [Segment("∂L/∂V", STYLES[1])])]).count("∂") == 0


def test_after_clearing_everything_is_sent_again():
    kept = painting()
    piece = (2, 3, [Segment("∂L/∂W", STYLES[1])])
    first = kept.paint([piece])
    kept.forget()
    assert kept.paint([piece]) == first


def test_a_frame_leaves_no_colours_behind():
    assert painting().paint([(0, 0, [Segment("x", STYLES[5])])]).endswith("\x1b[0m")


def test_what_hangs_over_the_edge_is_not_sent():
    assert "yz" not in painting().paint([(0, WIDTH - 1, [Segment("xyz")]), (HEIGHT, 0, [Segment("yz")])])


def test_what_begins_beyond_the_edge_is_not_sent_and_the_rest_of_its_row_stays():
    kept = painting()
    kept.paint([(0, 0, [Segment("a" * WIDTH)])])
    for beyond in (1, 3, WIDTH):
        assert kept.paint([(0, WIDTH + beyond, [Segment("xyzw" * WIDTH)])]) == ""
    assert "b" in kept.paint([(0, WIDTH - 1, [Segment("b")])])


def test_cells_between_two_changes_are_sent_where_going_past_them_takes_as_many_bytes():
    kept = painting()
    kept.paint([(0, 0, [Segment("abcdefghijkl")])])
    near = kept.paint([(0, 0, [Segment("A" + "bcde"[:GAP] + "Fghijkl")])])
    assert len(re.findall("H", near)) == 1
    assert "AbcdeF" in near


def test_each_kind_of_terminal_gets_its_own_codes_for_one_style():
    style = Style(color=Color.parse("#c89600").rich_color)
    sent = {colours: painting(colours).paint([(0, 0, [Segment("x", style)])]) for colours in ColorSystem
            if colours is not ColorSystem.WINDOWS}  # fmt: skip
    assert "38;2;200;150;0" in sent[ColorSystem.TRUECOLOR]
    assert "38;5;" in sent[ColorSystem.EIGHT_BIT]
    assert "38;" not in sent[ColorSystem.STANDARD]


class Nowhere:
    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


@asynccontextmanager
async def drawn(size):
    """An app, its session, the frames that it has sent since they were cleared, and its task."""
    scenario = load("question")
    session = Session(scenario.opening, scenario.title)
    frames: list[bytes] = []
    app = ServedApp(scenario, Terminal(Nowhere(), size=size), frames.append)
    app.adopt(scenario, session)
    task = asyncio.create_task(app.run_async(size=size))
    try:
        await quiet(frames)
        yield app, session, frames
    finally:
        app.exit()
        await task
    assert app.failure is None


def drawn_on(app, frames, shown):
    """How many bytes came; `shown` is what the app has painted, and so is a terminal that gets it as a whole."""
    sent = b"".join(frames)
    frames.clear()
    shown.feed(sent.decode())
    assert shown.text() == [strip.text for strip in app.screen._compositor.render_strips()]
    newcomer = Emulator(len(shown.cells[0]), len(shown.cells), filled="#")
    newcomer.feed(app.full_frame().decode())
    assert newcomer.cells == shown.cells
    return len(sent)


@pytest.mark.parametrize("size", [(120, 35), (80, 23)])
async def test_what_an_app_sends_is_its_screen_and_only_what_changed(size):
    async with drawn(size) as (app, session, frames):
        shown = Emulator(*size)
        first = drawn_on(app, frames, shown)
        sizes = []
        for action in [actions.Step(), actions.Step(), actions.SetLayout(layout=Layout.NUMERATOR), actions.Back()]:
            session.dispatch(action)
            app.call_later(app.led, action)
            await quiet(frames)
            sizes.append(drawn_on(app, frames, shown))
    assert max(sizes[:2]) < 2_500 < first


async def test_a_dialog_comes_and_goes():
    async with drawn((120, 35)) as (app, _, frames):
        shown = Emulator(120, 35)
        drawn_on(app, frames, shown)
        before = shown.text()
        app.call_later(app.do_help)
        await quiet(frames)
        drawn_on(app, frames, shown)
        assert shown.text() != before
        app.call_later(app.pop_screen)
        await quiet(frames)
        drawn_on(app, frames, shown)
        assert shown.text() == before


@pytest.mark.parametrize("size", [(132, 40), (100, 30)])
async def test_a_terminal_that_was_cleared_for_another_size_is_drawn_as_a_whole(size):
    async with drawn((120, 35)) as (app, _, frames):
        frames.clear()
        app.resize(size)
        await quiet(frames)
        drawn_on(app, frames, Emulator(*size))


async def test_a_frame_of_the_former_size_is_not_sent():
    async with drawn((120, 35)) as (app, _, frames):
        frames.clear()
        app.resize((120, 29))
        app._display(app.screen, app.screen._compositor.render_update(full=True))
        assert not frames
        await quiet(frames)
        drawn_on(app, frames, Emulator(120, 29))


async def quiet(frames: list[bytes]) -> None:
    """Until nothing more comes."""
    for _ in range(100):
        count = len(frames)
        await asyncio.sleep(0.25)
        if frames and len(frames) == count:
            return
    raise TimeoutError
