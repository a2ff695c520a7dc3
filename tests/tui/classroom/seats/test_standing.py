"""What those concerned are told when the class lets them do something else, and when that is over."""

from __future__ import annotations

import pytest

from engine.session.actions import Diagnose
from tests.tui.classroom.served import Class, Kept, a_class, until
from tui.classroom.room.messages import AnyMessage, Hand, Join, Lead, Led, Mute, Note
from tui.classroom.seats import class_line
from tui.classroom.seats.student import StudentSeat
from tui.classroom.ssh.terminal import Terminal
from tui.screens.doctor import FormulaBox


async def tell(here: Class, message: AnyMessage) -> None:
    here.classroom.send(message)
    await here.settle()


async def test_the_teacher_learns_that_who_led_has_gone_and_that_the_lead_is_theirs():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "f2", "l")
        assert here.line("teacher").startswith("Ana leads: everybody sees")
        here.classroom.leave(here.seats["Ana"])
        await here.settle()
        assert here.line("teacher").startswith("Ana has gone: you lead again")
        assert here.line("Ben").startswith("you follow teacher")


async def test_a_student_is_told_when_the_lead_comes_and_goes():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "f2", "l")
        assert here.line("Ana").startswith("you lead: everybody sees what you do")
        await here.press("teacher", "l")
        assert here.line("Ana").startswith("teacher leads now, and you follow")
        assert here.line("Ben").startswith("you follow teacher")


async def test_a_teacher_is_told_that_another_one_took_the_lead():
    async with a_class("Ana") as here:
        await tell(here, Join(by="tom", name="Tom", teaches=True))
        await tell(here, Lead(by="tom", whom="tom"))
        assert here.line("teacher").startswith("Tom leads now: F2 l takes the lead back")


async def test_the_class_learns_that_its_teacher_has_gone_and_is_back():
    async with a_class("Ana") as here:
        here.classroom.leave(here.seats.pop("teacher"))
        await here.settle()
        assert here.line("Ana") == "the teacher has gone: the class waits for them"
        here.seats["Ana"]._over()
        assert here.line("Ana").startswith("no teacher is here · d alone")
        await here.come("teacher")
        assert here.line("Ana") == "the teacher is back"


async def test_what_the_panel_does_to_a_student_is_told_them_and_when_it_is_over():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "f2")
        for key, said in (
            ("m", "the teacher has muted you: your answers still count"),
            ("m", "the teacher hears you again"),
            ("k", "the teacher keeps everybody together"),
            ("g", "everybody may leave for a session of their own"),
        ):
            await here.press("teacher", key)
            assert here.line("Ana") == said
        assert "mute" not in here.line("Ben")


async def test_who_put_a_hand_down_is_said_unless_it_was_oneself():
    async with a_class("Ana") as here:
        await here.press("Ana", "h")
        await tell(here, Hand(by="teacher", up=False, whose="ana"))
        assert here.line("Ana") == "the teacher has put your hand down"
        await here.press("Ana", "h", "h")
        assert here.line("Ana") == "your hand is down"


async def test_a_remark_ends_by_itself_and_a_note_does_not(monkeypatch):
    monkeypatch.setattr(class_line, "LEAST_SECONDS", 0.02)
    monkeypatch.setattr(class_line, "COLUMNS_A_SECOND", 1e6)
    async with a_class("Ana") as here:
        await tell(here, Mute(by="teacher", whom="ana", muted=True))
        await until(lambda: here.line("Ana").startswith("you follow teacher"))
        await tell(here, Note(by="teacher", text="hi all"))
        await tell(here, Mute(by="teacher", whom="ana", muted=False))
        await until(lambda: here.line("Ana") == "teacher: hi all")
        await tell(here, Note(by="teacher", text="more"))
        assert here.line("Ana").startswith("teacher: hi all")


async def test_a_question_comes_before_a_note_that_stands_there():
    async with a_class("Ana") as here:
        await tell(here, Note(by="teacher", text="look at the layout"))
        assert here.line("Ana") == "teacher: look at the layout"
        await here.press("teacher", "space")
        assert here.line("Ana").startswith("QUESTION: press 1, 2, 3 or 4")
        await here.press("Ana", "2", "escape")
        here.seats["Ana"]._over()
        assert here.line("Ana") == "teacher: look at the layout"


async def test_a_reply_is_gone_when_the_class_has_gone_on():
    async with a_class("Ana") as here:
        await here.press("teacher", "space")
        await here.press("Ana", "1")
        assert here.line("Ana").startswith("✗ That is")
        await here.press("teacher", "2")
        assert here.line("Ana").startswith("you follow teacher")


async def test_a_note_that_comes_while_an_answer_is_typed_is_read_after_the_reply():
    async with a_class("Ana") as here:
        await here.press("teacher", "space")
        await here.press("Ana", "a", "2")
        await tell(here, Note(by="teacher", text="hi all"))
        await here.press("Ana", "enter")
        assert here.line("Ana").startswith("✓ Rows follow a1")
        await here.press("Ana", "r")
        assert here.line("Ana") == "teacher: hi all"


async def test_a_key_that_is_nobodys_while_following_says_which_ones_are_ones_own():
    async with a_class("Ana") as here:
        for key in ("?", "n", "space", "up", "escape", "7"):
            await here.press("Ana", key)
            assert here.line("Ana").startswith("you follow: d begins a session of your own"), key
            here.seats["Ana"]._over()
        await here.press("teacher", "space")
        await here.press("Ana", "9")
        assert here.line("Ana").endswith("press 1, 2, 3 or 4 to answer")


async def test_who_is_on_their_own_sees_that_the_class_has_a_question():
    async with a_class("Ana") as here:
        await here.press("Ana", "d")
        await here.press("teacher", "space")
        assert here.line("Ana").startswith("QUESTION in the class: F2 · F3 hand")


async def test_a_teacher_is_told_no_word_for_coming_back_and_a_student_is():
    async with a_class("Ana") as here:
        await here.press("teacher", "f4")
        assert here.line("teacher") == "2 here · teacher teaches · Ana"
        await here.press("Ana", "w")
        assert "· 2 here · teacher teaches · Ana" in here.line("Ana")


async def test_who_comes_in_by_another_name_than_they_gave_is_told():
    async with a_class("Ana") as here:
        terminal = Terminal(Kept(), environment={"COLORTERM": "truecolor"})
        seat = here.seats["ana 2"] = StudentSeat(here.classroom, terminal, "ana2")
        seat.came_as = "Ana"
        here.classroom.join(seat, "Ana")
        await here.settle()
        assert here.line("ana 2") == "you are Ana 2 here"


@pytest.mark.parametrize("key", ["q", "\x03"])
async def test_a_key_that_leaves_nothing_in_the_panel_says_which_one_does(key):
    async with a_class() as here:
        await here.press("teacher", "f2", key)
        assert here.line("teacher") == "esc closes the panel, and q leaves after that"
        await here.press("teacher", "escape", "\x03")
        assert here.line("teacher") == "q leaves the class"


async def test_a_terminal_that_is_too_small_says_its_own_size_and_no_question_lies_over_that():
    async with a_class("Ana", size=(80, 23)) as here:
        text = await here.sees("Ana", "needs 80 columns and 24 rows")
        assert "This terminal has 80 and 23" in text
        assert "ssh -T needs no screen" in text
        await here.press("teacher", "space")
        await until(lambda: [type(each).__name__ for each in here.app("Ana").screen_stack].count("TooSmallScreen") == 2)
        await here.sees("Ana", "needs 80 columns and 24 rows")


async def test_anothers_formula_is_not_put_into_ones_doctor_and_ones_own_is_selected():
    async with a_class("Ana", "Ben") as here:
        await tell(here, Lead(by="teacher", whom="ana"))
        await until(lambda: here.seats["Ana"].app is not None)
        await tell(here, Led(by="ana", action=Diagnose(formula="W2 @ (a2 - y)")))
        await here.press("Ben", "f2")
        await here.press("Ben", "d")
        box = here.app("Ben").screen.query_one(FormulaBox)
        assert box.text == ""
        await here.press("Ben", *"x", "enter", "escape", "escape", "d")
        box = here.app("Ben").screen.query_one(FormulaBox)
        assert (box.text, box.selected_text) == ("x", "x")
