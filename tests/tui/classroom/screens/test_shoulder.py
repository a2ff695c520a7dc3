"""Over a student's shoulder, and the lead: one class's session, whoever goes through it."""

from __future__ import annotations

from tests.tui.classroom.served import a_class, until
from tui.classroom.screens.panel import PanelScreen
from tui.classroom.screens.shoulder import ShoulderScreen


async def test_the_teacher_sees_a_students_own_session_step_by_step_and_the_student_sees_that():
    async with a_class("Ana", "Ben") as here:
        await here.press("Ana", "d", "n", "l")
        await here.press("teacher", "f2", "s")
        await here.sees("teacher", "over the shoulder of Ana, in a session of their own")
        await here.sees("teacher", "numerator layout")
        assert here.line("Ana").startswith("the teacher sees this screen")
        assert "the teacher sees" not in here.line("Ben")
        await here.press("Ana", "n")
        await here.sees("teacher", "step 2/5")
        await here.press("teacher", "escape")
        assert isinstance(here.desk.screen, PanelScreen)
        assert here.room.looking == ""
        assert "the teacher sees" not in here.line("Ana")
        assert here.room.session.state.cursor == 0


async def test_keys_that_do_nothing_over_a_shoulder_are_not_named_there():
    async with a_class("Ana") as here:
        named = "press space for the lesson"
        assert named in await here.sees("teacher", "The forward pass is done.")
        await here.press("Ana", "d")
        await here.press("teacher", "f2", "s")
        seen = await here.sees("teacher", "in a session of their own")
        assert "press" not in seen
        assert "e edit" not in seen
        await here.press("teacher", "escape", "escape")
        assert named in await here.sees("teacher", "The forward pass is done.")


async def test_the_shoulder_is_read_only():
    async with a_class("Ana") as here:
        await here.press("Ana", "d", "n")
        await here.press("teacher", "f2", "s")
        await here.sees("teacher", "step 1/5")
        await here.press("teacher", "n", "e", "d", "space")
        assert isinstance(here.desk.screen, ShoulderScreen)
        assert here.room.session.state.cursor == here.desk.state.cursor == 0
        assert here.seats["Ana"].session.state.cursor == 1


async def test_the_shoulder_goes_along_from_the_class_to_their_own_session_and_back():
    async with a_class("Ana") as here:
        await here.press("teacher", "f2", "s")
        await here.sees("teacher", "over the shoulder of Ana, who follows the class")
        await here.press("Ana", "d", "n", "n")
        await here.sees("teacher", "step 2/5")
        await here.sees("teacher", "in a session of their own")
        await here.press("Ana", "f2")
        await here.sees("teacher", "who follows the class")
        await here.sees("teacher", "step 0/5")
        here.classroom.leave(here.seats["Ana"])
        await here.sees("teacher", "over the shoulder of Ana, who is gone")


async def test_who_looks_hands_over_the_lead_and_takes_it_back():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "n", "f2", "s", "l")
        await here.sees("teacher", "who leads the class")
        await until(lambda: here.seats["Ana"].app is not None)
        assert here.line("Ana").startswith("you lead")
        await here.press("Ana", "n", "n")
        await here.sees("Ben", "step 3/5")
        await here.sees("teacher", "step 3/5")
        assert "you follow Ana" in here.line("Ben")
        await here.press("teacher", "l")
        await until(lambda: here.seats["Ana"].mirror is not None)
        await here.press("teacher", "escape", "escape", "n")
        await here.sees("Ana", "step 4/5")
        assert here.desk.state.cursor == here.room.session.state.cursor == 4


async def test_while_a_student_leads_the_teachers_keys_do_nothing_and_say_why():
    async with a_class("Ana") as here:
        await here.press("teacher", "f2", "l", "escape", "n")
        assert "F2 l takes the lead back" in here.screen("teacher")
        assert here.desk.state.cursor == 0
        await here.press("Ana", "n")
        await here.sees("teacher", "step 1/5")
        assert len(here.room.session.log.records) == len(here.desk.session.log.records) == 1


async def test_the_lead_comes_back_to_the_teacher_when_the_student_who_leads_is_gone():
    async with a_class("Ana") as here:
        await here.press("teacher", "f2", "l")
        await here.press("Ana", "n")
        here.classroom.leave(here.seats["Ana"])
        await here.settle()
        await here.press("teacher", "escape", "n")
        assert here.room.session.state.cursor == here.desk.state.cursor == 2
