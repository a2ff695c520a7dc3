"""The place in the lesson is the class's: through lost connections, other leaders, new servers, and with who leaves.

What is pressed in the class is pressed at home, too: the session that comes of it, and its log, are the same.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.scenario import load
from engine.session import Record, Session, State
from engine.session.actions import Ask
from tests.tui.classroom.redis_server import RedisServer, broker
from tests.tui.classroom.served import Class, a_class, until
from tests.tui.screens import WIDE, debugging
from tui.classroom.classroom import Classroom
from tui.classroom.door.places import Places
from tui.classroom.keeping import StudentLogs
from tui.classroom.redis_bus import RedisBus
from tui.classroom.room import messages as m

__all__ = ["broker"]
QUESTION = load("question")
LESSON = (Path(__file__).parents[3] / "scenarios" / "question.toml").read_text(encoding="utf-8")
TO_THE_QUESTION = ("space",) * 7
ANSWERED = (*TO_THE_QUESTION, "2")
BY_HAND = ("n", "l", "b")


@dataclass(frozen=True)
class Home:
    """What the same keys lead to in the app at home."""

    records: list[Record]
    state: State
    place: str


async def at_home(*keys: str) -> Home:
    async with debugging(keys) as (app, _):
        return Home(app.session.log.records, app.state, f"{app.lesson.position}/{len(app.lesson.script)}")


def place(screen: str) -> str:
    """Where a screen says that the lesson is."""
    found = re.search(r"lesson (\d+/\d+)", screen)
    return found[1] if found else ""


def is_the_same(state: State, home: State) -> bool:
    """Whether two sessions are in the same state, as far as it can be seen."""
    return (state.view, state.cursor, state.loss, state.say, state.quiz) == (
        home.view, home.cursor, home.loss, home.say, home.quiz,
    )  # fmt: skip


def the_class(*students: str) -> AbstractAsyncContextManager[Class]:
    return a_class(*students, text=LESSON, size=WIDE, teacher=WIDE)


async def is_as(here: Class, home: Home) -> None:
    """The class is where that is, and everybody who follows or leads sees how far that is."""
    await here.settle()
    assert here.room.session.log.records == home.records
    assert is_the_same(here.room.session.state, home.state)
    for who in here.seats:
        await here.sees(who, f"lesson {home.place}")


async def hand_over(here: Class, whom: str) -> None:
    """Give the lead to somebody, or take it back."""
    here.classroom.send(m.Lead(by=here.room.teacher, whom=here.seats[whom].person))
    await until(lambda: here.seats[whom].is_leading and bool(here.screen(whom).strip()))
    await here.settle()


async def drop(here: Class, who: str) -> None:
    """End somebody's connection."""
    here.classroom.leave(here.seats[who])
    await here.settle()


# ---- the teacher -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [TO_THE_QUESTION[:4], ANSWERED, (*TO_THE_QUESTION[:4], *BY_HAND)],
                         ids=["lesson", "answered", "by hand"])  # fmt: skip
async def test_a_teacher_who_comes_back_goes_on_where_the_class_is(before):
    async with the_class("Ana") as here:
        await here.press("teacher", *before)
        await drop(here, "teacher")
        await here.come("teacher", WIDE)
        await here.press("teacher", "space")
        await is_as(here, await at_home(*before, "space"))


async def test_everybody_sees_how_far_the_lesson_is_also_who_comes_late():
    async with the_class("Ana") as here:
        await here.press("teacher", "space", "space")
        await here.come("Ben", WIDE)
        await here.come("Chloé")
        await here.press("Ana", "d")
        assert place(here.screen("Ana")) == "3/41"
        await here.press("teacher", "space")
        await here.sees("Ben", "lesson 5/41")
        await here.sees("Chloé", "lesson 5/41")
        assert place(here.screen("Ana")) == "3/41"


# ---- the lead --------------------------------------------------------------------------------------------------------


HANDS = {
    "lesson": (TO_THE_QUESTION[:3], ("space",), ("space", "space")),
    "answered": (ANSWERED, ("space",), ("space",)),
    "open question": (TO_THE_QUESTION, ("space", "2", "space"), ("space",)),
    "student by hand": (TO_THE_QUESTION[:3], (*BY_HAND, "space"), ("space",)),
    "left by hand": (TO_THE_QUESTION[:3], BY_HAND, ("space", "space")),
    "teacher by hand": ((*TO_THE_QUESTION[:3], *BY_HAND), ("space",), ("space",)),
    "undone": ((*ANSWERED, "space"), ("u",), ("space",)),
    "undone twice": ((*ANSWERED, "space"), ("u", "space"), ("u", "space")),
}
"""What the teacher presses, then the student who leads, then the teacher again."""


@pytest.mark.parametrize("hands", HANDS)
async def test_whoever_leads_goes_on_where_the_class_is_as_one_person_would_at_home(hands):
    first, second, third = HANDS[hands]
    async with the_class("Ana", "Ben") as here:
        await here.press("teacher", *first)
        await hand_over(here, "Ana")
        await here.press("Ana", *second)
        await is_as(here, await at_home(*first, *second))
        await hand_over(here, "teacher")
        await here.press("teacher", *third)
        await is_as(here, await at_home(*first, *second, *third))


async def test_a_question_that_was_answered_is_not_put_again_when_the_lead_changes():
    async with the_class("Ana") as here:
        await here.press("teacher", *ANSWERED)
        await hand_over(here, "Ana")
        await here.press("Ana", *BY_HAND, "space")
        assert sum(isinstance(record.action, Ask) for record in here.room.session.log.records) == 1
        assert not here.room.session.state.quiz.is_open


# ---- a session of one's own ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "alone"), [
    (TO_THE_QUESTION[:4], ("space", "space")),
    ((*TO_THE_QUESTION[:4], *BY_HAND), ("space",)),
    (TO_THE_QUESTION[:4], (*BY_HAND, "space")),
    (TO_THE_QUESTION, ("space", "1", "2", "space", "space")),
], ids=["lesson", "teacher by hand", "by hand", "open question"])  # fmt: skip
async def test_the_lesson_goes_on_as_at_home_in_a_session_of_ones_own(before, alone):
    async with the_class("Ana") as here:
        await here.press("teacher", *before)
        await here.press("Ana", "d", *alone)
        home = await at_home(*before, *alone)
        session = here.seats["Ana"].session
        assert session is not None
        assert session.log.records == home.records
        assert is_the_same(session.state, home.state)
        await here.sees("Ana", f"lesson {home.place}")
        assert here.room.session.log.records == (await at_home(*before)).records


@pytest.mark.parametrize("is_restarted", [False, True], ids=["connection", "server"])
async def test_a_session_of_ones_own_goes_on_after_a_lost_connection(is_restarted):
    async with the_class("Ana") as here:
        await here.press("teacher", "space", "space")
        await here.press("Ana", "d", "space")
        await drop(here, "Ana")
        if is_restarted:
            here.classroom.kept.clear()
        await here.come("Ana", WIDE)
        assert here.seats["Ana"].is_alone
        await here.sees("Ana", "lesson 5/41")
        await here.press("Ana", "space")
        await here.sees("Ana", "lesson 7/41")


async def test_a_log_that_is_taken_home_goes_on_where_it_was_and_names_nobody():
    async with the_class("Ana", "Ben") as here:
        await here.press("teacher", "space", "n")
        await hand_over(here, "Ben")
        await here.press("Ben", "b", "space")
        await here.press("Ana", "d", "n", "space")
        log = here.classroom.logs.read(here.seats["Ana"].person)
        assert log is not None
        assert {record.actor for record in log.records} == {"user", "script"}
    async with debugging() as (app, pilot):
        app.adopt(QUESTION, Session.replayed(QUESTION.opening, log))
        await pilot.press("space")
        home = await at_home("space", "n", "b", "space", "n", "space", "space")
        assert app.session.log.records == home.records
        assert f"{app.lesson.position}/41" == home.place


# ---- servers ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def at_a_broker(broker: RedisServer, folder: Path) -> AsyncIterator[Class]:
    """A process of the class, as it is after a start."""
    classroom = Classroom(
        QUESTION, RedisBus(broker.url, "7b", QUESTION), StudentLogs(folder), Places(b"", by_name=True)
    )
    await classroom.open()
    here = Class(classroom, {})
    try:
        yield here
    finally:
        for who in list(here.seats):
            await drop(here, who)
        await classroom.close()


async def test_a_class_whose_server_was_started_again_goes_on_where_it_was(broker: RedisServer, tmp_path):
    for keys in (("space", "n", "space"), ("space",)):
        async with at_a_broker(broker, tmp_path) as here:
            await here.come("teacher", WIDE)
            await here.press("teacher", *keys)
    home = await at_home("space", "n", "space", "space")
    async with at_a_broker(broker, tmp_path) as here:
        await here.come("teacher", WIDE)
        await here.come("Ana", WIDE)
        await is_as(here, home)


async def test_who_was_taken_for_gone_goes_on_where_the_class_is():
    async with the_class("Ana") as here:
        await here.press("teacher", "space", "space")
        seat = here.teacher
        here.classroom._tell(m.Leave(by=seat.person, seat=seat.id))  # as another process would say
        await here.settle()
        await until(lambda: here.person("teacher").present)
        await here.press("teacher", "space")
        await is_as(here, await at_home("space", "space", "space"))
