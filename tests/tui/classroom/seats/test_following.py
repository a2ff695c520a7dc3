"""What a follower reads: the class's session on the mirror, and no key that is not theirs."""

from __future__ import annotations

import pytest

from engine.session import actions
from tests.tui.classroom.served import Class, a_class
from tui.classroom.room.messages import Led

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
