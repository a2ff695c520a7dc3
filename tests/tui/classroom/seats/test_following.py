"""What a follower reads: the class's session on the mirror, and no key that is not theirs."""

from __future__ import annotations

import pytest

from engine.session import actions
from tests.tui.classroom.emulator import Emulator
from tests.tui.classroom.served import Class, a_class, until
from tui.classroom.room.messages import Led
from tui.classroom.ssh.terminal import MOUSE

WRONG = actions.Diagnose(formula="W2 @ (a2 - y)")
EDIT = actions.Edit(name="W1", value=0.75, at=(0, 0))
FOREIGN = ("space", " d ", " d:", "(d", "esc", "e edit", "compare", "undo", "doctor", "press n", "i and j", "answer)")


async def lead(here: Class, *done: actions.AnyAction) -> None:
    """Let the teacher do something that every screen shows."""
    for action in done:
        here.classroom.send(Led(by="teacher", action=action))
        await here.settle()


@pytest.mark.parametrize(
    ("done", "seen"),
    [
        ([], "none has been joined yet."),
        ([EDIT], "L 0.395742 →"),
        ([WRONG], "Cannot multiply"),
        ([actions.SetForm(form=actions.Form.ENTRY), actions.Continue(to_end=True)], "This is ∂L/∂W1[0,0]."),
    ],
    ids=["opening", "edit", "formula", "entry"],
)
async def test_what_followers_see_names_no_key_that_they_do_not_have(done, seen):
    async with a_class("Ana", size=(132, 40)) as here:
        await lead(here, *done)
        text = " ".join((await here.sees("Ana", seen.split()[0])).replace("│", "").split())
        assert seen in text
        assert [key for key in FOREIGN if key in text] == []


async def test_the_question_behind_its_box_names_no_key_of_the_debugger():
    async with a_class("Ana", size=(132, 40)) as here:
        await here.press("teacher", "space")
        text = await here.sees("Ana", "The lesson asks:")
        assert [key for key in FOREIGN if key in text] == []


WORDS = " ".join(f"word{number}" for number in range(400))


def cells(here: Class, who: str) -> str:
    """What somebody's terminal shows."""
    screen = Emulator(*here.seats[who].terminal.size)
    screen.feed(here.said(who).rpartition(MOUSE)[2])
    return "\n".join(screen.text())


async def test_a_follower_reads_all_of_what_the_class_is_told_and_moves_nobody_elses_screen():
    async with a_class("Ana", "Ben") as here:
        await lead(here, actions.Note(say=WORDS))
        await here.sees("Ana", "pagedown more")
        bens = cells(here, "Ben")
        await here.press("Ana", "pagedown")
        read = []
        for number in (1, 2):
            page, line = cells(here, "Ana").split("\n")[:-1], here.line("Ana")
            assert line.startswith(f"page {number} of 2"), line
            read += " ".join(page).split()
            await here.press("Ana", "pagedown")
        assert [word for word in read if word.startswith("word")] == WORDS.split()
        assert cells(here, "Ben") == bens
        await here.press("Ana", "pageup")
        assert here.line("Ana").startswith("page 1 of 2")
        await here.press("Ana", "escape")
        assert cells(here, "Ana").split("\n")[:-1] == bens.split("\n")[:-1]
        assert here.line("Ana").startswith("you follow teacher")


async def test_while_somebody_reads_the_class_goes_on_and_a_question_puts_the_pages_away():
    async with a_class("Ana") as here:
        await here.press("Ana", "pagedown")
        before = cells(here, "Ana").split("\n")[:-1]
        await lead(here, actions.Step())
        assert cells(here, "Ana").split("\n")[:-1] == before
        assert here.line("Ana").startswith("the class has gone on")
        await here.press("teacher", "space")
        assert here.line("Ana").startswith("QUESTION: press 1, 2, 3 or 4")
        await until(lambda: "your answer: 1-4" in cells(here, "Ana"))
        assert "diag(W2), on either side" in cells(here, "Ana")


async def test_a_key_of_the_class_works_while_one_reads():
    async with a_class("Ana") as here:
        await here.press("Ana", "pagedown", "h")
        assert here.person("Ana").hand is not None
        assert here.seats["Ana"].reading is None
