"""A teacher without a screen does in words what the panel's keys do, and is told what a teacher on a screen is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.classroom.served import a_class, until
from tests.tui.classroom.typist import Typist, a_teacher_on_lines
from tui.classroom.keymap import PANEL
from tui.classroom.room import messages as m
from tui.classroom.seats.lines import looking
from tui.classroom.seats.lines.commands import EVERYBODY
from tui.classroom.seats.lines.teaching import TEACHING


async def test_hands_and_notes_reach_a_teacher_who_has_no_screen():
    async with a_class("ada") as here:
        tea = await a_teacher_on_lines(here)
        await here.press("ada", "h")
        await tea.sees("ada raises a hand")
        await here.press("ada", "m", *"help me", "enter")
        await tea.sees("ada: help me")
        await here.press("ada", "h")  # down again
        await tea.types("who", "2 here, tea teaches, ada.")
        await tea.types("mute ada", "ada is muted")
        assert "help me" not in await tea.types("roster", "ada: muted")


async def test_the_roster_says_what_the_panel_shows():
    async with a_class("ada", "bea") as here:
        tea, cyd = await a_teacher_on_lines(here), Typist(here, "cyd")
        await cyd.types("alone", "This session is your own.")
        await cyd.types("n 2", "step 2 of")
        await cyd.types("d W2.T", "hint gives a hint")
        await until(lambda: here.person("cyd").step == 2 and here.person("cyd").judged is not None)
        await tea.types("", "Question: ")
        await here.press("ada", "1")
        await here.press("bea", "h")
        await tea.sees("bea raises a hand")
        await cyd.types("note where am I?", "The teacher reads it.")
        said = await tea.types("roster", "Note from cyd: where am I?")
        rows = [line for line in said.splitlines() if line.startswith(("ada:", "bea:", "cyd:"))]
        assert rows[0] == "bea: follows, hand 1"
        assert rows[1] == "ada: follows; answered W2, 3x4, on the right: wrong"
        assert rows[2].startswith("cyd: alone, at 2/5 da2/dz2 for W1; formula ")
        assert "3 students here, 1 hand, 2 follow, 1 on their own" in said
        assert "you lead, free to go" in said


async def test_answers_are_told_with_names_and_shown_to_everybody_without():
    async with a_class("ada", "bea", "cyd") as here:
        tea, dan = await a_teacher_on_lines(here), Typist(here, "dan")
        await tea.types("answers", "No question has been put yet.")
        await tea.types("", "Question: ")
        await dan.sees("Question: ")
        await tea.types("reveal", "Nobody has answered a question yet.")
        for who, answer in (("ada", "1"), ("bea", "2"), ("cyd", "1"), ("cyd", "2")):
            await here.press(who, answer)
        said = await tea.types("answers", "Question 1 of 1: dz2/da1 joins")
        assert "2: W2, 3x4, on the right: ada, cyd (right since)\n" in said
        assert "1: W2^T, 4x3, on the left (right): bea\n" in said
        assert "3 answered, 1 has not: dan.\n" in said
        await tea.types("answers 2", "Questions are numbered from 1 to 1.")
        await tea.types("hide", "No answers are shown.")
        await tea.types("reveal", "without names, and which is right once you answer")
        said = await dan.sees("2: W2, 3x4, on the right")
        assert "ada" not in said
        assert "(right)" not in said
        await here.sees("ada", "everybody's first answers")
        await tea.types("hide", "The answers are put away.")
        await until(lambda: not here.room.revealed)


async def test_answers_that_were_shown_are_put_away_as_the_class_goes_on():
    async with a_class("ada") as here:
        tea = await a_teacher_on_lines(here)
        await tea.types("", "Question: ")
        await here.press("ada", "1")
        await tea.types("reveal", "Everybody sees")
        await until(lambda: bool(here.room.revealed))
        await tea.types("a 2", "Rows follow a1")  # which they still talk about
        assert here.room.revealed
        await tea.types("n", "step 1 of")
        await until(lambda: not here.room.revealed)


async def test_a_student_is_called_back_kept_muted_and_sent_out():
    async with a_class() as here:
        tea, ada = await a_teacher_on_lines(here), Typist(here, "ada")
        await ada.types("alone", "This session is your own.")
        await tea.types("call", "Everybody is called back.")
        await ada.sees("the teacher has called everybody back")
        await tea.types("lock", "nobody can leave: unlock lets them go.")
        await ada.sees("the teacher keeps everybody together")
        await tea.types("unlock", "Everybody may leave for a session of their own.")
        await ada.sees("everybody may leave")
        await tea.types("mute ADA", "ada is muted")
        await ada.types("note hello", "The teacher has muted you.")
        await tea.types("unmute ada", "ada is heard again.")
        await ada.types("hand", "Your hand is up.")
        await tea.sees("ada raises a hand")
        await tea.types("hand ada down", "The hand of ada is down.")
        await ada.sees("the teacher has put your hand down")
        await tea.types("hand ada", "No hand of ada is up.")
        await tea.types("note all of you", "Everybody reads it.")
        await ada.sees("tea: all of you")
        await tea.types("remove ada", "ada is sent out")
        await ada.hears_last("The teacher has sent you out of the class.")
        await tea.types("roster", "ada: out")
        await tea.types("remove ada", "Ada was sent out.")
        await tea.types("admit ada", "ada may come in again.")
        await until(lambda: not here.person("ada").removed)


async def test_the_lead_goes_to_a_student_and_comes_back():
    async with a_class() as here:
        tea, ada = await a_teacher_on_lines(here), Typist(here, "ada")
        await ada.sees("q leaves")
        await tea.types("lead", "You lead already.")
        await tea.types("lead ada", "ada leads the class.")
        await ada.sees("The class sees what you do.")
        await ada.types("follow", "You lead: the class sees what you do.")
        await ada.types("n", "step 1 of")
        await tea.sees("step 1 of")
        await tea.types("where", "step 1 of")
        await tea.types("n", "The class is led by ada. Lead takes the lead back.")
        await tea.types("lead", "The class sees what you do.")
        await ada.sees("You follow tea.")


async def test_a_look_says_where_a_student_is_and_is_told_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking, "LOOK_SECONDS", 0.5)
    async with a_class("bea") as here:
        tea, ada = await a_teacher_on_lines(here), Typist(here, "ada")
        await ada.sees("q leaves")
        said = await tea.types("look ada", "ada follows the class, and sees:")
        assert "none joined yet" in said
        await ada.sees("the teacher sees what you do")
        await ada.sees("the teacher looks no more")
        await ada.types("alone", "This session is your own.")
        await ada.types("n 3", "step 3 of")
        said = await tea.types("look ada", "ada is in a session of their own, and sees:")
        assert "step 3 of 5" in said
        await ada.sees("the teacher sees what you do")
        await ada.sees("the teacher looks no more")
        assert here.room.looking == ""
        await tea.types("look bea", "bea follows the class")
        await until(lambda: "the teacher sees this screen" in here.line("bea"))
        await until(lambda: "the teacher sees this screen" not in here.line("bea"))


async def test_who_leaves_looks_no_more():
    async with a_class("ada") as here:
        tea = Typist(here, "tea", teaches=True)
        await tea.types("look ada", "ada follows the class")
        await until(lambda: here.room.looking == "ada")
        here.classroom.leave(tea.seat)
        await until(lambda: here.room.looking == "")


async def test_the_class_ends_and_its_summary_is_named(tmp_path):
    async with a_class() as here:
        tea, ada = await a_teacher_on_lines(here), Typist(here, "ada")
        await ada.sees("q leaves")
        here.classroom.summary_path = tmp_path / "class.md"
        await tea.types("end", "step 5 of 5")  # which is the session's command
        tea.seat.received(b"end class\n")
        await tea.hears_last(f"The class is over. Its summary: {tmp_path / 'class.md'}")
        await ada.hears_last("The class is over.")
        assert "summary" not in ada.text


async def test_who_is_meant_is_asked_where_nobody_is_called_so():
    async with a_class("ada", "jörg") as here:
        tea = await a_teacher_on_lines(here)
        await tea.types("mute", "A name is missing. Roster says who is here.")
        await tea.types("mute adda", "No student is called adda. Did you mean ada?")
        await tea.types("mute tea", "No student is called tea.")
        await tea.types("mute j?rg", "j?rg is muted")  # as it stands in the roster here


async def test_all_that_the_panel_does_can_be_typed():
    typed = {
        "call": "call", "together": "lock", "release": "unlock", "look": "look NAME", "lead": "lead NAME, lead",
        "lower": "hand NAME", "mute": "mute NAME", "remove": "remove NAME", "announce": "note TEXT",
        "answers": "answers NUMBER", "reveal": "reveal", "end": "end class",
    }  # fmt: skip
    assert {command.name.removeprefix("class_") for command in PANEL} == {*typed}
    async with a_class() as here:
        tea = await a_teacher_on_lines(here)
        said = await tea.types("?", "Leave")
        listed = [line[:16].strip() for line in said.splitlines()]
        assert {*typed.values(), "roster", "admit NAME", "n, n COUNT", "a ANSWER"} <= {*listed}
        assert len({*listed}) == len(listed)


def test_the_manual_says_of_every_line_what_the_help_says():
    text = (Path(__file__).parents[4] / "docs" / "teaching.md").read_text(encoding="utf-8")
    lines = [f"| `{command.usage}` | {command.help} |" for command in TEACHING if command not in EVERYBODY]
    typed = text.partition("## Without a screen")[2]
    assert [line for line in typed.splitlines() if line.startswith("| `")] == lines


async def test_two_teachers_hear_each_other():
    async with a_class() as here:
        tea = await a_teacher_on_lines(here)
        lin = Typist(here, "lin", teaches=True)
        await lin.sees("tea leads the class.")
        await tea.types("n", "step 1 of")
        await lin.sees("step 1 of")
        await lin.types("note a word", "Everybody reads it.")
        await tea.sees("lin: a word")
        assert not [message for message in here.room.notes if message != m.Note(by="lin", text="a word")]


async def test_another_teacher_who_hands_the_lead_on_is_said_with_the_word_that_takes_it_back():
    async with a_class() as here:
        lin, ada = Typist(here, "lin", teaches=True), Typist(here, "ada")
        await ada.sees("q leaves")
        here.classroom.send(m.Lead(by="teacher", whom="lin"))
        await lin.sees("The class sees what you do.")
        here.classroom.send(m.Lead(by="teacher", whom="ada"))
        await lin.sees("ada leads now: lead takes the lead back")
