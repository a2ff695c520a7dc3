"""A student without a screen is asked, answers, and is told what others read on theirs; in what their terminal has."""

from __future__ import annotations

import pytest

from tests.tui.classroom.served import LESSON, Class, a_class
from tests.tui.classroom.typist import Typist
from tui.classroom.room import messages as m
from tui.classroom.seats.lines.conversation import wrapped


def tell(here: Class, message: m.AnyMessage) -> None:
    here.classroom.send(message)


# ---- questions -------------------------------------------------------------------------------------------------------

SHAPE = """
[[script]]
do = "ask"
prompt = "Which shape has ∂L/∂a1?"
kind = "shape"
answer = [4, 1]
hints = ["It is a column."]
about = "nothing"
"""
A_SHAPE = LESSON.partition("[[script]]")[0] + SHAPE.lstrip()


async def a_question(here: Class, *typists: Typist) -> None:
    """The teacher puts the lesson's question."""
    await here.press("teacher", "space")
    for typist in typists:
        await typist.sees("Question: ")


async def test_a_question_is_put_without_what_a_follower_cannot_ask_for():
    async with a_class(text=A_SHAPE) as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await here.press("teacher", "space")
        said = await ada.sees("Question: Which shape has dL/da1?")
        assert "Answer with a and sizes, as in 3x2 or 3 by 2.\n" in said
        said = await ada.types("alone", "This session is your own.")
        assert "hint for a hint (1), give up to be shown the answer" in said
        await ada.types("hint", "It is a column.")


async def test_all_that_a_poor_terminal_is_told_is_ascii():
    async with a_class(text=A_SHAPE) as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await a_question(here, ada)
        said = [await ada.types(line, answer) for line, answer in [
            ("a foo", "Foo is no shape. An answer is sizes, as in 3x2 or 3 by 2."),
            ("a 3×2", "No, it is not 3x2."),
            ("a 4 by 1", "Right."),
            ("who", "To come back as you: "),
            ("hand", "Your hand is up."),
            ("note is it σ′?", "The teacher reads it."),
            ("follow", "You follow the class."),
            ("?", "Leave"),
        ]]  # fmt: skip
        tell(here, m.Note(by="teacher", text="3×2 · 2×1"))
        said.append(await ada.sees("3x2 . 2x1"))
        assert all(text.isascii() for text in said)


async def test_an_answer_that_nothing_waits_for_is_answered():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await ada.types("a 1", "No question waits for an answer.")


async def test_only_what_has_changed_is_said_and_what_the_teacher_answers_with_the_reply():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("none joined yet")
        await here.press("teacher", "space")
        said = await ada.sees("Question: dz2/da1 joins")
        assert "think of the layout" in said
        assert "none joined yet" not in said
        await here.press("teacher", "2")
        said = await ada.sees("The class answers: W2^T, 4x3, on the left")
        assert "Right. Rows follow a1, and a new factor joins on the left." in said
        assert "none joined yet" not in said
        assert "Question" not in said


async def test_many_actions_at_once_are_told_as_what_has_come_of_them():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await here.press("teacher", "n", "n", "b")
        assert (await ada.sees("step 1 of 5")).count("denominator layout, form jacobian") == 1


async def test_how_answers_are_distributed_is_told_with_the_question():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await a_question(here, ada)
        await ada.types("a 1", "Wrong. That is numerator layout")
        tell(here, m.Reveal(by="teacher"))
        said = await ada.sees("The answers to: dz2/da1 joins the product so far")
        assert "1: W2, 3x4, on the right\n" in said


async def test_where_is_the_class_and_its_question_once_more():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await a_question(here, ada)
        said = await ada.types("where", "none joined yet")
        assert "Answer with a 1 to a 4.\n" in said


# ---- commands --------------------------------------------------------------------------------------------------------


def listed(said: str) -> list[str]:
    """The usages that a help lists."""
    return [line[:16].strip() for line in said.splitlines() if line[16:17] == " "]


async def test_the_help_lists_what_can_be_typed_now_and_nothing_twice():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        follows = listed(await ada.types("?", "Leave"))
        assert follows == ["where", "a ANSWER", "alone", "hand", "note TEXT", "who", "?, ? WORD", "q"]
        await ada.types("alone", "This session is your own.")
        alone = listed(await ada.types("?", "Leave"))
        assert {"n, n COUNT", "a ANSWER", "follow", "note TEXT", "q"} <= {*alone}
        assert not {"alone", "load PATH", "save FILE"} & {*alone}
        assert len({*alone}) == len(alone)
        assert "transposed" in await ada.types("? transposed", "Flip the layout")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("n", "You follow the class. Alone begins a session of your own."),
        ("follow", "You follow the class."),
        ("note", "A note is missing"),
        ("hand up", "Nothing can stand behind hand"),
        ("", "> "),
    ],
)
async def test_what_a_follower_cannot_do_is_said(line: str, answer: str):
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await ada.types(line, answer)


async def test_a_session_of_ones_own_does_not_begin_twice():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await ada.types("alone", "This session is your own.")
        await ada.types("alone", "This session is your own. Follow goes back to the class.")
        said = await ada.types("follow", "You follow teacher.")
        assert "none joined yet" not in said  # they know it
        await ada.types("alone", "This session is your own.")
        await ada.types("n", "step 1 of")
        assert "none joined yet" in await ada.types("follow", "You follow teacher.")


async def test_what_stands_on_others_screens_is_said():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.sees("q leaves")
        await ada.types("hand", "Your hand is up.")
        tell(here, m.Hand(by="teacher", up=False, whose="ada"))
        await ada.sees("the teacher has put your hand down")
        tell(here, m.Lock(by="teacher", locked=True))
        await ada.sees("the teacher keeps everybody together")
        await ada.types("alone", "the teacher keeps everybody together")
        tell(here, m.Lock(by="teacher", locked=False))
        await ada.sees("everybody may leave")
        tell(here, m.Look(by="teacher", whom="ada"))
        await ada.sees("the teacher sees what you do")
        tell(here, m.Look(by="teacher", whom=""))
        await ada.sees("the teacher looks no more")
        await here.come("bea")
        tell(here, m.Lead(by="teacher", whom="bea"))
        await ada.sees("bea leads the class")
        tell(here, m.Mute(by="teacher", whom="ada", muted=True))
        await ada.sees("the teacher has muted you")


# ---- the terminal ----------------------------------------------------------------------------------------------------


async def test_lines_are_broken_between_words_where_the_terminal_would_break_them():
    async with a_class() as here:
        ada, bea = Typist(here, "ada", width=50, has_pty=True), Typist(here, "bea", width=50)
        said, piped = await ada.sees("q leaves"), await bea.sees("q leaves")
        assert max(map(len, said.splitlines())) < 50
        assert " ".join(said.split()) == " ".join(piped.split())
        assert max(map(len, piped.splitlines())) > 50


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        ("", [""]),
        ("twelve times", ["twelve times"]),
        ("twelve times two", ["twelve times", "two"]),
        ("  1: diag(W2), on either side", ["  1:", "  diag(W2),", "  on either", "  side"]),
        ("一二三四五六七八", ["一二三四五六", "七八"]),
        ("wwwwwwwwwwwwwwww", ["wwwwwwwwwwww", "wwww"]),
    ],
)
def test_a_line_is_wrapped_by_what_it_takes_up(line: str, pieces: list[str]):
    assert list(wrapped(line, 12)) == pieces


async def test_what_is_being_typed_stands_below_what_comes_in_between():
    async with a_class() as here:
        ada = Typist(here, "ada", has_pty=True)
        await ada.sees("q leaves")
        ada.seat.received(b"not")
        tell(here, m.Note(by="teacher", text="listen"))
        assert (await ada.sees("teacher: listen")).endswith("teacher: listen\n> not")
        ada.seat.received(b"e why?\r")
        await ada.sees("The teacher reads it.")
        assert [note.text for note in here.room.notes] == ["listen", "why?"]


async def test_a_line_that_ends_as_on_windows_is_one_line():
    async with a_class() as here:
        ada = Typist(here, "ada")
        await ada.types("alone", "This session is your own.")
        ada.seat.received(b"n\r\nwhere\r\n")
        await ada.sees("step 1 of")
        assert ada.seat.session is not None
        assert ada.seat.session.state.cursor == 1
