"""A lesson that plays by itself: its pace, who interrupts it, and how it comes back. Time is what the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from engine import Diagnostic
from engine.scenario import load, loads
from engine.session.actions import Answer, Note, Pause
from tests.cases.commands import run
from tests.tui.screens import NARROW, WIDE, assert_golden, screen_text
from tui import scripts
from tui.app import DebuggerApp, app_for
from tui.playback import LEAST, READING, THINKING, read_speed, seconds_at
from tui.screens.ask import AskScreen
from tui.screens.help import HelpScreen
from tui.start import Opening

HEAD = """\
schema = 1
title = "Played"
[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmoid"]
[values]
seed = 3
[view]
target = "W1"
"""
WORDS = "L is a number, and its derivative by a2 is a column."
SCRIPT = f"""\
[[script]]
do = "step"
say = "{WORDS}"
[[script]]
do = "step"
[[script]]
do = "ask"
prompt = "Which shape has the next factor?"
kind = "shape"
answer = [4, 3]
hints = ["Rows follow a1."]
right = "4 rows for a1."
[[script]]
do = "step"
say = "So it is."
"""


class Clock:
    """What is to be called later, and when; nothing is called by itself."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, act: Callable[[], None]) -> Callable[[], object]:
        entry = (seconds, act)
        self.waiting.append(entry)
        return lambda: self.waiting.remove(entry)

    @property
    def seconds(self) -> float:
        """For how long the one thing is waited for that is waited for."""
        ((seconds, _),) = self.waiting
        return seconds

    def strike(self) -> None:
        """Let that time pass."""
        ((_, act),) = self.waiting
        self.waiting.clear()
        act()


@asynccontextmanager
async def played(
    text: str = HEAD + SCRIPT, keys: tuple[str, ...] = ("A",), size: tuple[int, int] = NARROW
) -> AsyncIterator[tuple[DebuggerApp, Clock, Pilot[None]]]:
    app, clock = app_for(loads(text)), Clock()
    app.later = clock.later  # type: ignore[method-assign]
    async with app.run_test(size=size) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        yield app, clock, pilot


async def strike(clock: Clock, pilot: Pilot[None], times: int = 1) -> None:
    for _ in range(times):
        clock.strike()
        await pilot.pause()


async def test_it_plays_to_its_end_and_every_stop_has_its_time():
    async with played() as (app, clock, pilot):
        seconds, positions = [], []
        while app.playback.is_on:
            seconds.append(clock.seconds)
            positions.append((app.lesson.position, app.state.quiz.is_open))
            await strike(clock, pilot)
        reply = app.state.quiz.reply
        prompt = "Which shape has the next factor?"
        assert "4 rows for a1." in reply
        assert positions == [(1, False), (2, False), (3, True), (3, False), (4, False)]
        assert seconds == pytest.approx(
            [READING * len(WORDS), LEAST, THINKING + READING * len(prompt), READING * len(reply), LEAST]
        )
        assert app.state.quiz.verdict == "shown"
        assert app.state.say == "So it is."
        assert app.lesson.is_over
        assert clock.waiting == []
        assert not isinstance(app.screen, AskScreen)


async def test_what_was_played_is_what_was_gone_through_by_hand():
    async with played() as (app, clock, pilot):
        while app.playback.is_on:
            await strike(clock, pilot)
    other = app_for(loads(HEAD + SCRIPT))
    async with other.run_test(size=NARROW) as pilot:
        await pilot.press("space", "space", "space", "ctrl+g", "space")
        await pilot.pause()
    assert [record.action for record in app.session.log.records] == [
        record.action for record in other.session.log.records
    ]


async def test_it_is_as_much_faster_as_its_speed_and_changing_that_counts_at_once():
    async with played() as (app, clock, pilot):
        natural = clock.seconds
        for key, speed in ((">", 1.5), (">", 2), ("<", 1.5), ("<", 1), ("<", 0.75)):
            await pilot.press({"<": "less_than_sign", ">": "greater_than_sign"}[key])
            assert clock.seconds == pytest.approx(natural / speed)
        assert "playing ×0.75 · lesson 1/4" in screen_text(app)
        assert app.last_message == "the lesson plays at speed 0.75"
        for _ in range(9):
            app.playback.faster()
        assert app.playback.speed == 8
        await strike(clock, pilot)
        assert clock.seconds == pytest.approx(LEAST / 8)


async def test_space_pauses_and_goes_on():
    async with played() as (app, clock, pilot):
        await pilot.press("space")
        assert clock.waiting == []
        assert "paused · lesson 1/4" in screen_text(app)
        await pilot.press("greater_than_sign")
        assert clock.waiting == []
        await pilot.press("space")
        assert app.lesson.position == 2
        assert clock.seconds == pytest.approx(LEAST / 1.5)


async def test_steps_by_hand_pause_it_and_it_comes_back_to_where_it_was_left():
    async with played() as (app, clock, pilot):
        await strike(clock, pilot)
        await pilot.press("l", "c", "g")
        assert clock.waiting == []
        assert "the lesson is paused" in app.last_message or app.state.cursor == 5
        await pilot.press("space")
        await pilot.pause()
        assert isinstance(app.screen, AskScreen)
        assert (app.state.cursor, app.state.view.layout) == (2, "denominator")
        assert app.state.program is app.state.opening[0]


async def test_what_is_opened_over_it_is_waited_for():
    async with played() as (app, clock, pilot):
        await pilot.press("question_mark")
        await strike(clock, pilot, 3)
        assert isinstance(app.screen, HelpScreen)
        assert app.lesson.position == 1
        await pilot.press("escape")
        await strike(clock, pilot)
        assert app.lesson.position == 2


@pytest.mark.parametrize("key", ["4", "question_mark", "down"])
async def test_a_question_waits_for_whoever_begins_to_answer(key):
    async with played() as (app, clock, pilot):
        await strike(clock, pilot, 2)
        assert "playing" in screen_text(app)
        await pilot.press(key)
        await pilot.pause()
        if key != "question_mark":  # a hint is read, and then it goes on
            assert clock.waiting == []
            assert "your turn" in screen_text(app)
        await pilot.press(*(["x", "3"] if key == "4" else ["4", "x", "3"]), "enter")
        assert app.state.quiz.verdict == "right"
        await strike(clock, pilot)
        assert app.state.say == "So it is."
        assert not isinstance(app.screen, AskScreen)


async def test_one_looks_around_during_a_question_and_comes_back_to_it():
    async with played() as (app, clock, pilot):
        await strike(clock, pilot, 2)
        await pilot.press("escape", "l")
        assert clock.waiting == []
        await pilot.press("space")
        await pilot.pause()
        assert isinstance(app.screen, AskScreen)
        assert clock.seconds > THINKING
        await strike(clock, pilot)
        assert app.state.quiz.verdict == "shown"
        await pilot.press("space")
        await pilot.pause()
        assert app.state.say == "So it is."
        assert clock.seconds == LEAST


async def test_it_is_left_by_the_key_that_began_it():
    async with played(keys=("A", "A")) as (app, clock, pilot):
        assert clock.waiting == []
        assert not app.playback.is_on
        await pilot.press("space")
        assert app.lesson.position == 2
        assert clock.waiting == []
        assert "space lesson" in screen_text(app)


async def test_a_lesson_that_is_over_or_has_no_script_does_not_play():
    async with played(HEAD, ("A",)) as (app, clock, _):
        assert clock.waiting == []
        assert "no script" in app.last_message
    async with played(HEAD + '[[script]]\ndo = "step"\n', ("space", "A")) as (app, clock, _):
        assert clock.waiting == []
        assert "over" in app.last_message


PAUSES = """\
[[script]]
do = "pause"
seconds = 3
[[script]]
do = "step"
say = "one"
[[script]]
do = "pause"
seconds = 2.5
[[script]]
do = "step"
[[script]]
do = "pause"
until = "key"
[[script]]
do = "step"
"""


async def test_pauses_of_the_script_are_kept():
    async with played(HEAD + PAUSES) as (app, clock, pilot):
        assert (app.state.cursor, clock.seconds) == (0, 3)
        await strike(clock, pilot)
        assert (app.state.cursor, clock.seconds) == (1, LEAST + 2.5)
        await strike(clock, pilot)
        assert (app.state.cursor, clock.waiting) == (2, [])
        assert "paused" in screen_text(app)
        await pilot.press("space")
        assert (app.state.cursor, clock.seconds) == (3, LEAST)


ANSWERED = SCRIPT.replace(
    '[[script]]\ndo = "step"\nsay = "So',
    '[[script]]\ndo = "answer"\nhint = true\n[[script]]\ndo = "answer"\nvalue = [4, 3]\n'
    '[[script]]\ndo = "step"\nsay = "So',
)


async def test_the_answers_of_a_recorded_session_are_given():
    async with played(HEAD + ANSWERED) as (app, clock, pilot):
        while app.playback.is_on:
            await strike(clock, pilot)
        assert app.state.quiz.verdict == "right"
        given = [record.action for record in app.session.log.records if isinstance(record.action, Answer)]
        assert given == [Answer(hint=True), Answer(value=[4, 3])]


async def test_another_scenario_ends_it():
    async with played() as (app, clock, _):
        app.adopt(load("scalar"))
        assert clock.waiting == []
        assert not app.playback.is_on


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["132x40", "80x24"])
async def test_it_looks_like_the_golden_one(size):
    async with played(size=size) as (app, clock, pilot):
        await strike(clock, pilot)
        assert_golden(app, f"playing_{size[0]}x{size[1]}")


@pytest.mark.parametrize("typed, speed", [("2", 2.0), ("0.5", 0.5), (" 1.5x ", 1.5), ("3×", 3.0)])
def test_a_speed_is_read(typed, speed):
    assert read_speed(typed) == speed


@pytest.mark.parametrize("typed", ["", "0", "-1", "nan", "inf", "1e9", "fast", "2xx"])
def test_what_is_no_speed_is_refused(typed):
    with pytest.raises(Diagnostic) as problem:
        read_speed(typed)
    assert problem.value.code == "bad_value"


def test_longer_words_stand_longer():
    from engine.session import Session

    session = Session(load("question").opening)
    seconds = [seconds_at(session.dispatch(Note(say="x" * count))) for count in (0, 100, 450)]
    assert seconds == [LEAST, 100 * READING, 450 * READING]
    assert seconds_at(session.state, [Pause(seconds=1.0), Pause(seconds=2.0)]) == 450 * READING + 3


@pytest.fixture
def opened(monkeypatch) -> list[Opening]:
    """What was to be shown, on a screen that there is."""
    found: list[Opening] = []
    monkeypatch.setattr(scripts, "why_not_drawn", lambda: "")
    monkeypatch.setattr(scripts, "start", found.append)
    return found


def test_watching_opens_the_app_and_then_says_what_held(opened, tmp_path):
    status, out, _ = run("replay", "scalar", "--watch", "--speed", "1.5")
    assert (status, [(opening.scenario.name, opening.speed) for opening in opened]) == (0, [("scalar", 1.5)])
    assert "✓" in out
    path = tmp_path / "bad.toml"
    path.write_text(HEAD + '[[script]]\ndo = "expect"\nloss = 7\n', encoding="utf-8")
    assert run("replay", path, "--watch")[0] == 1
    assert opened[1].speed == 1


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["scalar", "neuron", "--watch"], "one scenario"),
        (["scalar", "neuron", "--cast", "x.cast"], "one scenario"),
        (["scalar", "--speed", "2"], "--watch"),
        (["scalar", "--watch", "--speed", "0"], "a speed is a number"),
    ],
)
def test_flags_that_make_no_sense_are_refused(opened, arguments, says):
    status, out, err = run("replay", *arguments)
    assert (status, out, opened) == (2, "", [])
    assert says in err


def test_without_a_screen_nothing_can_be_watched():
    status, out, err = run("replay", "scalar", "--watch")
    assert (status, out) == (2, "")
    assert "--cast FILE" in err


async def test_an_app_that_is_to_play_plays_from_its_start():
    app, clock = app_for(load("scalar")), Clock()
    app.later, app.plays_at = clock.later, 4.0  # type: ignore[method-assign]
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        assert app.lesson.position == 1
        assert clock.seconds == pytest.approx(seconds_at(app.state) / 4)
