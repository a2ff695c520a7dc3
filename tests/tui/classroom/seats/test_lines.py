"""Plain lines are a seat like any other: who has one is called back, looked at, and led."""

from __future__ import annotations

from engine.diagnostics import Diagnostic
from tests.tui.classroom.served import Class, a_class, until
from tests.tui.classroom.typist import Typist, a_teacher_on_lines
from tui.classroom.room import messages as m


def tell(here: Class, message: m.AnyMessage) -> None:
    here.classroom.send(message)


async def test_who_is_called_back_follows_again():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("You follow teacher.")
        await ada.types("alone", "This session is your own.")
        await ada.types("n", "step 1 of")
        tell(here, m.Call(by="teacher"))
        await ada.sees("the teacher has called everybody back")
        assert ada.seat.session is None
        assert here.room.people["ada"].mode is m.Mode.FOLLOWING


async def test_the_teacher_who_looks_sees_what_is_done_in_plain_lines():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.types("alone", "This session is your own.")
        tell(here, m.Look(by="teacher", whom="ada"))
        await until(lambda: here.room.shoulder is not None)
        await ada.types("n", "step 1 of")
        await until(lambda: here.room.shoulder.state.cursor == 1)


async def test_looked_at_before_a_session_of_their_own_begins_it_is_shown_from_its_beginning():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("You follow teacher.")
        tell(here, m.Look(by="teacher", whom="ada"))
        await ada.types("alone", "This session is your own.")
        await until(lambda: here.room.shoulder is not None)


async def test_who_leads_steps_the_class_and_keeps_the_log_of_their_own_session():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.types("alone", "This session is your own.")
        await ada.types("l", "numerator")
        own = here.classroom.logs.read("ada")
        tell(here, m.Lead(by="teacher", whom="ada"))
        await ada.sees("The class sees what you do.")
        await ada.types("n", "step 1 of")
        await until(lambda: here.room.session.state.cursor == 1)
        assert here.classroom.logs.read("ada").records == own.records
        tell(here, m.Lead(by="teacher", whom="teacher"))
        await ada.sees("You follow teacher.")


async def test_a_teacher_in_plain_lines_leads_again_when_the_student_who_led_is_gone():
    async with a_class() as here:
        tea, ada = await a_teacher_on_lines(here), Typist(here, "ada")
        await ada.sees("You follow")
        tell(here, m.Lead(by="tea", whom="ada"))
        await tea.sees("ada leads the class.")
        await tea.types("n", "The class is led by ada. Lead takes the lead back.")
        here.classroom.leave(ada.seat)
        await tea.sees("The class sees what you do.")
        await tea.types("n", "step 1 of")


async def test_what_was_left_out_while_nobody_read_is_said():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        ada.seat.terminal.fill_up()
        ada.seat.notice("lost")
        ada.seat.terminal.drain()
        await ada.sees("what was said while you did not read is left out")


async def test_while_the_class_stands_still_plain_lines_say_so_and_whoever_leads_does_nothing_in_it():
    async with a_class() as here:
        tom, ada = Typist(here, "tom", teaches=True), Typist(here, "ada")
        await ada.types("alone", "This session is your own.")
        tell(here, m.Lead(by="teacher", whom="tom"))
        await until(lambda: here.room.leader == "tom")
        here.classroom.trouble(Diagnostic("no_broker", "the class stands still", hints=("wait",)))
        await ada.sees("the class stands still\r\n")
        await tom.sees("the class stands still: wait")
        await tom.types("n", "The class stands still. Wait.")
        await ada.types("n", "step 1 of")
        here.classroom.trouble(None)
        for typist in (ada, tom):
            await typist.sees("the class goes on")
        await tom.types("n", "step 1 of")


# ---- the lesson ----------------------------------------------------------------------------------------------------


async def test_the_lesson_goes_on_in_plain_lines_where_the_class_is():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await here.press("teacher", "space", "2", "space")  # a question, and the step behind it
        await ada.sees("step 1 of")
        await ada.types("alone", "This session is your own.")
        await ada.types("", "Which shape has")
        await ada.types("a 4x1", "of 4 points")
        assert ada.seat.session is not None
        assert [record.actor for record in ada.seat.session.log.records] == [
            "script",
            "user",
            "script",
            "script",
            "user",
        ]


async def test_the_lesson_goes_on_where_it_is_from_a_screen_to_plain_lines_and_back():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await here.press("teacher", "space", "2")
        tell(here, m.Lead(by="teacher", whom="ada"))
        await ada.sees("The class sees what you do.")
        await ada.types("", "step 1 of")
        await ada.types("n", "step 2 of")
        await until(lambda: here.room.session.state.cursor == 2)
        tell(here, m.Lead(by="teacher", whom="teacher"))
        await ada.sees("You follow teacher.")
        await here.press("teacher", "space")
        await ada.sees("Which shape has")
        assert here.room.session.state.cursor == 1


async def test_a_teacher_in_plain_lines_who_comes_back_goes_on_with_the_lesson():
    async with a_class() as here:
        here.classroom.leave(here.seats.pop("teacher"))
        tea = Typist(here, "tea", teaches=True)
        await tea.types("", "Which matrix is it")
        await tea.types("a 2", "3 of 3 points")
        here.classroom.leave(tea.seat)
        again = Typist(here, "tea", teaches=True)
        await again.types("", "step 1 of")
