"""The teacher's panel: what it shows, what each of its keys does, and what students see of that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.classroom.served import Class, a_class, until
from tests.tui.screens import assert_golden
from tui.classroom.keymap import PANEL, STUDENT, TEACHER
from tui.classroom.room.messages import Mode
from tui.classroom.screens.answers import TeachersAnswersScreen
from tui.classroom.screens.panel import PanelScreen
from tui.classroom.screens.roster import Roster
from tui.classroom.screens.shoulder import ShoulderScreen
from tui.screens.ask import AskScreen
from tui.screens.debugger import DebuggerScreen

SIZES = [(80, 24), (132, 40)]


async def busy(here: Class) -> None:
    """Hands, people on their own, answers, notes."""
    await here.press("teacher", "space")
    await here.press("Ben", "1", "h")
    await here.press("Chloé", "2")
    await here.press("Ana", "d", "n", "n", "f3")
    await here.press("Ana", "f5", *"Why?", "enter")
    await here.press("teacher", "f2")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "132x40"])
async def test_the_panel_looks_like_the_golden_one(size):
    async with a_class("Ana", "Ben", "Chloé", "Dmitri", teacher=size) as here:
        await busy(here)
        await here.sees("teacher", "Ana: Why?")
        assert_golden(here.desk, f"panel_{size[0]}x{size[1]}")


async def test_the_panel_keeps_itself_current():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "f2")
        await here.sees("teacher", "2 students here · 2 follow")
        await here.press("Ben", "h")
        await here.sees("teacher", "1   Ben")
        await here.press("Ana", "d", "n")
        await here.sees("teacher", "alone   1/5 ∂L/∂a2 for W1")
        here.classroom.leave(here.seats["Ben"])
        await here.sees("teacher", "gone")


async def test_fifty_messages_at_once_draw_the_panel_twice(monkeypatch):
    async with a_class("Ana") as here:
        await here.press("teacher", "f2")
        panel = here.desk.screen
        await until(lambda: not panel._rests)
        drawn = []
        show = PanelScreen.show_class
        monkeypatch.setattr(PanelScreen, "show_class", lambda self: (drawn.append(1), show(self))[1])
        for _ in range(50):
            here.desk.call_later(here.desk.class_changed)
        await here.settle()
        assert len(drawn) == 1
        await until(lambda: not panel._rests)
        assert len(drawn) == 2, "what came during the rest is drawn after it"


@pytest.mark.parametrize("key", ["f2", "escape"])
async def test_f2_opens_the_panel_from_anywhere_and_it_goes_away_again(key):
    async with a_class("Ana") as here:
        await here.press("teacher", "space")
        assert isinstance(here.desk.screen, AskScreen)
        await here.press("teacher", "f2")
        assert isinstance(here.desk.screen, PanelScreen)
        await here.press("teacher", key)
        assert isinstance(here.desk.screen, AskScreen)


async def test_f2_closes_what_lies_over_the_panel_first():
    async with a_class("Ana") as here:
        await here.press("teacher", "f2", "s")
        assert isinstance(here.desk.screen, ShoulderScreen)
        await here.press("teacher", "f2")
        assert isinstance(here.desk.screen, PanelScreen)
        assert here.room.looking == ""


# ---- every key of the table ------------------------------------------------------------------------------------------


def _screen(here: Class) -> str:
    return type(here.desk.screen).__name__


Prepare = list[tuple[str, list[str]]]
Seen = Callable[[Class], object]
EXERCISES: dict[str, tuple[Prepare, Seen, object]] = {
    "class_call": ([("Ana", ["d"])], lambda here: here.person("Ana").mode, Mode.FOLLOWING),
    "class_together": (
        [("Ana", ["d"])], lambda here: (here.person("Ana").mode, here.room.locked), (Mode.FOLLOWING, True)
    ),
    "class_release": ([("teacher", ["f2", "k", "f2"])], lambda here: here.room.locked, False),
    "class_look": ([], lambda here: here.room.looking, "ana"),
    "class_lead": ([], lambda here: here.room.leader, "ana"),
    "class_lower": ([("Ana", ["h"])], lambda here: here.person("Ana").hand, None),
    "class_mute": ([], lambda here: here.person("Ana").muted, True),
    "class_remove": ([], _screen, "ConfirmScreen"),
    "class_announce": ([], lambda here: here.teacher.line.prompt, "to everybody:"),
    "class_answers": ([], _screen, "TeachersAnswersScreen"),
    "class_reveal": ([("teacher", ["space"]), ("Ana", ["1"])], lambda here: bool(here.room.revealed), True),
    "class_end": ([], _screen, "ConfirmScreen"),
}  # fmt: skip
"""What was done before, what is looked at, and what it is after the command's key, and was not before."""


def test_every_key_of_the_panel_has_an_exercise():
    assert {command.name for command in PANEL} == set(EXERCISES)


@pytest.mark.parametrize("command", PANEL, ids=lambda command: command.name)
async def test_a_panels_key_does_what_it_says(command):
    before, seen, expected = EXERCISES[command.name]
    for key in command.keys.split(","):
        async with a_class("Ana") as here:
            for who, keys in before:
                await here.press(who, *keys)
            await here.press("teacher", "f2")
            assert seen(here) != expected, "this shows nothing"
            await here.press("teacher", key)
            assert seen(here) == expected, key


async def test_everybody_reads_the_teachers_note_and_the_teacher_a_students():
    async with a_class("Ana", "Ben") as here:
        await here.press("Ben", "d")
        await here.press("teacher", "f2", "n", *"Look!", "enter")
        assert here.line("Ana") == here.line("Ben") == "teacher: Look!"
        await here.press("Ben", "f5", *"Where?", "enter")
        assert here.line("teacher") == "Ben: Where?"
        assert "Where?" not in here.line("Ana")
        await here.press("teacher", "down", "m")
        await here.press("Ben", "f5", *"There?", "enter")
        assert "There?" not in here.line("teacher")


async def test_who_is_sent_out_is_out_and_only_after_a_question():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "f2", "x", "escape")
        assert not here.person("Ana").removed
        await here.press("teacher", "x", "x")
        assert here.person("Ana").removed
        assert "sent you out" in here.said("Ana")
        await here.sees("teacher", "1 student here")


async def test_who_was_sent_out_stands_last_and_is_let_in_again_by_the_same_key():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "f2", "x", "x", "end")
        roster = here.desk.screen.query_one(Roster)
        await until(lambda: [row.id for row in roster.rows] == ["ben", "ana"])
        assert roster.chosen == "ana"
        await here.press("teacher", "l")
        assert here.line("teacher").startswith("Ana was sent out")
        await here.press("teacher", "x")
        assert not here.person("Ana").removed
        await here.come("Ana")
        assert here.person("Ana").present


async def test_the_end_is_told_to_everybody_and_the_teacher_learns_where_the_summary_is(tmp_path):
    async with a_class("Ana") as here:
        here.classroom.summary_path = tmp_path / "summary.md"
        await here.press("teacher", "f2", "e", "escape")
        assert not here.room.ended
        await here.press("teacher", "e", "e")
        assert here.room.ended
        assert "The class is over." in here.said("Ana")
        assert str(tmp_path / "summary.md") in here.said("teacher")
        assert str(tmp_path) not in here.said("Ana")


# ---- the cursor ------------------------------------------------------------------------------------------------------


async def test_the_cursor_stays_on_its_person_when_hands_go_up():
    async with a_class("Ana", "Ben", "Chloé") as here:
        await here.press("teacher", "f2", "down")
        roster = here.desk.screen.query_one(Roster)
        assert roster.chosen == "ben"
        await here.press("Chloé", "h")
        await until(lambda: [row.id for row in roster.rows] == ["chlo", "ana", "ben"])
        assert roster.chosen == "ben"
        await here.press("teacher", "down")
        assert roster.chosen == "ben"
        await here.press("teacher", "home")
        assert roster.chosen == "chlo"


async def test_the_cursor_begins_on_somebody_who_is_here_and_stays_in_sight_of_its_person():
    async with a_class("Ana", "Ben", *(f"S{number:02}" for number in range(4))) as here:
        here.classroom.leave(here.seats["Ana"])
        await here.press("teacher", "f2")
        roster = here.desk.screen.query_one(Roster)
        assert roster.chosen == "ben"
        assert roster.rows[-1].id == "ana"
        roster.styles.height = 2
        await until(lambda: roster.content_size.height == 2)
        for who in ("S00", "S01", "S02"):
            await here.press(who, "h")
        await until(lambda: [row.id for row in roster.rows][3] == "ben")
        assert roster.chosen == "ben"
        await until(lambda: any("▸" in line.plain and "Ben" in line.plain for line in roster._painted))


async def test_a_click_chooses_and_a_second_one_looks():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "f2")
        roster = here.desk.screen.query_one(Roster)
        x, y = roster.region.x + 4, roster.region.y + 2
        click = f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"
        await here.press("teacher", click)
        assert roster.chosen == "ben"
        await here.press("teacher", click)
        await until(lambda: here.room.looking == "ben")


async def test_more_people_than_rows_are_scrolled_through():
    async with a_class(*(f"S{number:02}" for number in range(6)), teacher=(80, 24)) as here:
        await here.press("teacher", "f2")
        roster = here.desk.screen.query_one(Roster)
        roster.styles.height = 3
        await until(lambda: roster.content_size.height == 3)
        await here.press("teacher", "end")
        assert roster.chosen == "s05"
        assert roster.first == 3
        assert [line.plain[-1] for line in roster._painted] == ["▲", " ", " "]
        await here.press("teacher", "home")
        assert roster.first == 0
        assert [line.plain[-1] for line in roster._painted] == [" ", " ", "▼"]


# ---- the help and the palette ----------------------------------------------------------------------------------------


async def test_the_help_lists_the_classs_keys_for_the_teacher_and_for_a_student():
    async with a_class("Ana") as here:
        await here.press("Ana", "d", "f1", *"hand")
        assert "Raise your hand" in await here.sees("Ana", "Raise your hand")
        await here.press("teacher", "f1", *"class")
        text = await here.sees("teacher", "In the class's panel")
        assert "Call everybody back" in text


async def test_the_palette_does_what_the_panels_keys_do():
    async with a_class("Ana") as here:
        await here.press("Ana", "d")
        commands = list(here.desk.get_system_commands(here.desk.screen))
        call = next(
            command
            for command in commands
            if command.title == "class: call everybody back to the class's session (F2 c)"
        )
        call.callback()
        await here.settle()
        assert here.person("Ana").mode is Mode.FOLLOWING
        look = next(
            command for command in commands if command.title == "class: look over the chosen student's shoulder (F2 s)"
        )
        look.callback()
        await here.settle()
        assert "F2" in here.line("teacher")
        assert isinstance(here.desk.screen, DebuggerScreen)


async def test_the_palette_finds_the_classs_commands_by_that_word():
    async with a_class("Ana") as here:
        await here.press("Ana", "d", "ctrl+p", *"class")
        await here.sees("Ana", "class: raise your hand (f3)")
        await here.press("teacher", "ctrl+p", *"class line")
        await here.sees("teacher", "class: write a line to everybody (f5)")
        await here.sees("teacher", "class: write a line to everybody (F2 n)")


async def test_the_palette_is_not_opened_over_itself():
    async with a_class() as here:
        await here.press("teacher", "ctrl+p", "f2", "ctrl+p")
        assert isinstance(here.desk.screen, PanelScreen)
        await here.press("teacher", "f2", "escape", "ctrl+p")
        assert type(here.desk.screen).__name__ == "CommandPalette"


async def test_f3_opens_the_answers_and_closes_them():
    async with a_class("Ana") as here:
        await here.press("teacher", "f3")
        assert isinstance(here.desk.screen, TeachersAnswersScreen)
        await here.sees("teacher", "No question has been put yet")
        await here.press("teacher", "f3")
        assert isinstance(here.desk.screen, DebuggerScreen)


def test_the_manual_says_of_every_key_what_the_help_says():
    text = (Path(__file__).parents[4] / "docs" / "teaching.md").read_text(encoding="utf-8")
    lines = [
        f"| {' '.join(f'`{key}`' for key in command.keys.split(','))} | {command.help} |"
        for table in (TEACHER, PANEL, STUDENT) for command in table
    ]  # fmt: skip
    keys = text.partition("## Without a screen")[0]
    assert [line for line in keys.splitlines() if line.startswith("| `")] == lines
