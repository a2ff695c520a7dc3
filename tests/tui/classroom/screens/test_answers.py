"""A question of the class: how followers answer it, and who sees how the answers are distributed."""

from __future__ import annotations

import re

import pytest

from engine.session.actions import Step
from tests.tui.classroom.served import LESSON, Class, a_class, until
from tests.tui.screens import assert_golden
from tui.classroom.apps.mirror import MirroredAsk
from tui.classroom.room.messages import Answered, Join
from tui.classroom.screens.answers import AnswersScreen

RIGHT = "Rows follow a1, and a new factor joins on the left."


async def test_a_question_with_four_choices_fits_into_a_followers_screen_and_the_line_says_how_to_answer():
    async with a_class("Ana") as here:
        await here.press("teacher", "space")
        await here.sees("Ana", "your answer: 1-4")
        assert_golden(here.app("Ana"), "mirror_question_80x23")
        assert here.line("Ana").startswith("QUESTION: press 1, 2, 3 or 4 · ")


async def test_who_comes_late_sees_the_question_too():
    async with a_class() as here:
        await here.press("teacher", "space")
        await here.come("Ana", (100, 30))
        await here.sees("Ana", "your answer: 1-4")
        await here.sees("Ana", "denominator layout: the product grows to the LEFT")


async def test_a_followers_answer_is_judged_in_their_own_line_and_nobody_elses():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "space")
        await here.press("Ana", "2")
        assert here.line("Ana") == f"✓ {RIGHT}"
        assert "Rows follow" not in here.line("Ben")
        assert here.person("Ana").points == 3
        await here.press("Ana", "x")
        assert here.line("Ana").startswith("you follow: d begins a session of your own · press 1, 2, 3 or 4 to answer")
        await here.press("Ana", "h", "escape")
        here.seats["Ana"].line.over()
        assert here.line("Ana").startswith("✓ answered · d alone")
        await here.press("Ana", "r")
        assert here.line("Ana") == f"✓ {RIGHT}"
        assert here.room.session.state.quiz.is_open, "the class's question is the leader's to close"


async def test_a_reply_that_is_longer_than_the_line_is_read_on_to_its_end():
    async with a_class("Ana") as here:
        await here.press("teacher", "space")
        await here.press("Ana", "1")
        read = [here.line("Ana")]
        while read[-1].endswith(" … r more"):
            await here.press("Ana", "r")
            read.append(here.line("Ana"))
        text = " ".join(page.removesuffix(" … r more") for page in read)
        assert text.startswith("✗ That is numerator layout:")
        assert text.endswith("and the order is turned round. · press 1, 2, 3 or 4 again")
        await here.press("Ana", "r")
        assert here.line("Ana").startswith("✗ again: press 1, 2, 3 or 4 · d alone"), "after the last page"
        await here.press("Ana", "r")
        assert here.line("Ana").startswith("✗ That is")


async def test_an_answer_is_typed_and_counted_as_others_spell_it():
    shapes = LESSON[: LESSON.index("[[script]]")] + LESSON[LESSON.rindex("[[script]]") :]
    async with a_class("Ana", "Ben", text=shapes) as here:
        await here.press("teacher", "space")
        await here.sees("Ana", "your answer: a, then type it")
        assert here.line("Ana").startswith("QUESTION: press a and type · ")
        await here.press("Ana", "a", *"4x1", "enter")
        await here.press("Ben", "a", *"[4, 1]", "enter")
        (share,) = here.room.distribution("Which shape has ∂L/∂a1?")
        assert (share.answer, share.count, share.is_right) == ("4×1", 2, True)


async def test_an_unreadable_answer_says_what_one_looks_like_and_is_not_counted():
    shapes = LESSON[: LESSON.index("[[script]]")] + LESSON[LESSON.rindex("[[script]]") :]
    async with a_class("Ana", text=shapes) as here:
        await here.press("teacher", "space")
        await here.press("Ana", "a", *"big", "enter")
        assert "3x2" in here.line("Ana")
        assert not here.room.questions


async def test_an_answer_in_a_session_of_ones_own_is_counted_by_its_text():
    async with a_class("Ana") as here:
        await here.press("Ana", "d", "space", "2")
        (share,) = here.room.distribution(here.room.question)
        assert (share.answer, share.is_right) == ("W2ᵀ, 4×3, on the left", True)


# ---- the distribution ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (132, 40)], ids=["80x24", "132x40"])
async def test_the_teachers_answers_look_like_the_golden_ones(size):
    async with a_class("Ana", "Ben", "Chloé", "Dmitri", teacher=size) as here:
        await here.press("teacher", "space")
        await here.press("Ana", "1")
        await here.press("Ben", "4", "2")
        await here.press("Chloé", "1")
        await here.press("teacher", "f2", "a")
        await here.sees("teacher", "3 answered, 1 has not: Dmitri")
        await here.sees("teacher", "Ben (✓ since)")
        assert_golden(here.desk, f"answers_{size[0]}x{size[1]}")


async def test_what_is_revealed_followers_see_without_names_until_the_class_goes_on():
    async with a_class("Ana", "Ben", "Chloé") as here:
        await here.press("Chloé", "d")
        await here.press("teacher", "space")
        await here.press("Ana", "1")
        assert not isinstance(here.app("Ana").screen, AnswersScreen)
        await here.press("teacher", "f2", "r")
        text = await here.sees("Ana", "1 answered, 2 have not")
        assert "Ben" not in text
        assert "how the answers are distributed" in here.line("Chloé")
        assert not isinstance(here.app("Chloé").screen, AnswersScreen)
        await here.press("Ben", "2")
        await here.sees("Ana", "2 answered, 1 has not")
        await here.press("teacher", "escape", "escape", "n")
        await until(lambda: here.app("Ana").state.cursor == 1)
        await here.settle()
        assert type(here.app("Ana").screen).__name__ == "DebuggerScreen"
        assert not here.room.revealed


async def test_which_answer_is_right_is_told_once_the_class_has_closed_its_question():
    async with a_class("Ana", "Ben") as here:
        await here.press("teacher", "space")
        await here.press("Ana", "2")
        await here.press("Ben", "1")
        await here.press("teacher", "f2", "r")
        text = await here.sees("Ben", "2 answered, 0 have not")
        assert "first answers so far" in text
        assert "✓" not in text
        await here.press("teacher", "f2", "2")
        text = await here.sees("Ben", "✓  2 W2ᵀ, 4×3, on the left")
        assert "answers so far" not in text


FORMULA = (
    LESSON[: LESSON.index("[[script]]")]
    + """[[script]]
do = "ask"
prompt = "What is 7 + 7?"
kind = "value"
answer = 14
about = "nothing"
"""
)


def many(here: Class, answers: int) -> None:
    """As many answers as that, by one student each."""
    for number in range(1, answers + 1):
        by = f"s{number}"
        here.classroom._tell(Join(by=by, name=by, seat="1"))
        here.classroom._tell(Answered(by=by, question="What is 7 + 7?", answer=f"{number}", verdict="wrong"))


async def test_of_many_answers_followers_see_the_most_frequent_and_how_many_others_there_are():
    async with a_class("Ana", "Ben", text=FORMULA) as here:
        await here.press("teacher", "space")
        many(here, 25)
        await here.press("Ana", "a", *"25", "enter")
        await here.press("teacher", "f3", "r")
        text = await here.sees("Ben", "26 answered, 1 has not")
        rows = re.findall(r"(\d+) +(\d+) +█", text)
        assert rows[:3] == [("25", "2"), ("1", "1"), ("2", "1")]
        assert "… and 10 others" in text
        assert len(rows) == 15
        assert "first answers so far" in text
        await here.press("teacher", "escape", *"14", "enter")
        text = await here.sees("Ben", "✓  14")
        assert "… and 11 others" in text, "the right one is there, who ever gave it"


async def test_the_teachers_window_says_that_there_is_more_and_is_scrolled():
    async with a_class(text=FORMULA) as here:
        await here.press("teacher", "space")
        many(here, 24)
        await here.press("teacher", "f3")
        await here.sees("teacher", "lines more ↓ · question 1 of 1")
        assert "24 answered" not in here.screen("teacher")
        await here.press("teacher", "end")
        await here.sees("teacher", "24 answered, 0 have not")
        await here.sees("teacher", "↑ back")


async def test_a_question_that_nobody_answered_is_among_the_teachers():
    async with a_class("Ana") as here:
        await here.press("teacher", "space")
        await here.press("Ana", "2")
        await here.press("teacher", "2", "space", "space", "space")
        await until(lambda: here.room.question.startswith("Which shape"))
        await here.press("teacher", "f3")
        await here.sees("teacher", "question 2 of 2")
        await here.press("teacher", "escape", *"4x1", "enter", "f3")
        await here.sees("teacher", "✓  4×1")
        await here.press("teacher", "left")
        await here.sees("teacher", "question 1 of 2")
        await here.press("teacher", "right")
        await here.sees("teacher", "0 answered, 1 has not: Ana")


async def test_the_teacher_puts_the_distribution_away_and_the_question_is_there_again():
    async with a_class("Ana") as here:
        await here.press("teacher", "space")
        await here.press("Ana", "1")
        await here.press("teacher", "f3", "r")
        await until(lambda: isinstance(here.app("Ana").screen, AnswersScreen))
        await here.press("teacher", "r")
        await until(lambda: isinstance(here.app("Ana").screen, MirroredAsk))


async def test_who_comes_while_it_is_revealed_sees_it():
    async with a_class("Ana") as here:
        await here.press("teacher", "space")
        await here.press("Ana", "1")
        await here.press("teacher", "f3", "r")
        await here.come("Ben", (100, 30))
        await here.sees("Ben", "1 answered, 1 has not")


async def test_earlier_questions_are_gone_back_to():
    async with a_class("Ana") as here:
        await here.press("teacher", "space")
        await here.press("Ana", "2")
        await here.press("teacher", "2", "space", "space", "space")
        await until(lambda: here.room.question.startswith("Which shape"))
        await here.press("Ana", "a", *"1x4", "enter")
        await here.press("teacher", "f3")
        await here.sees("teacher", "Which shape has ∂L/∂a1?")
        await here.press("teacher", "left")
        text = await here.sees("teacher", "question 1 of 2")
        assert "✓  2 W2ᵀ, 4×3, on the left" in text
        await here.press("teacher", "right")
        await here.sees("teacher", "question 2 of 2")


async def test_the_question_of_a_student_who_leads_does_not_cover_the_panel():
    async with a_class("Ana") as here:
        await here.press("teacher", "f2", "l")
        await here.press("Ana", "space")
        await here.sees("teacher", "Ana leads")
        assert type(here.desk.screen).__name__ == "PanelScreen"
        assert here.desk.state.quiz.is_open
        assert Step() not in [record.action for record in here.room.session.log.records]
