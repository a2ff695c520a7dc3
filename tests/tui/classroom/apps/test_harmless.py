"""What one person types moves nobody else's cursor, changes no title, and turns no line round."""

from __future__ import annotations

import pytest
from rich.color import ColorSystem
from rich.segment import Segment

from tests.tui.classroom.served import a_class, until
from tui.classroom.apps.painting import Painting
from tui.classroom.room.messages import MAX_TEXT, Answered, Hand, Judged, Note
from tui.classroom.room.names import cleaned

EVIL = "3×\x1b]0;pwned\x07\x9b31m4\u202e\x1b[2J" + "\u0301" * 50


@pytest.mark.parametrize(
    "message",
    [
        Note(by="a", text=EVIL),
        Answered(by="a", question="Which?", answer=EVIL, verdict="wrong"),
        Judged(by="a", target="W2", formula=EVIL, verdict="wrong_value", where=EVIL),
    ],
)
def test_what_was_typed_loses_what_draws_nothing(message: Note | Answered | Judged) -> None:
    made = cleaned(message)
    typed = {getattr(made, name) for name in ("text", "answer", "formula", "where") if hasattr(made, name)}
    assert typed == {"3×4\u0301\u0301"}


def test_what_was_typed_is_cut_and_all_else_stays() -> None:
    assert cleaned(Note(by="a", text="w" * 5_000)) == Note(by="a", text="w" * MAX_TEXT)
    assert cleaned(Note(by="a", text="why W3ᵀ · δ3?")) == Note(by="a", text="why W3ᵀ · δ3?")
    assert cleaned(Hand(by="a", up=True)) == Hand(by="a", up=True)


def test_no_frame_carries_controls_that_a_text_had() -> None:
    painting = Painting(ColorSystem.STANDARD)
    painting.fit((20, 1))
    frame = painting.paint([(0, 0, [Segment("a\x1b]0;b\x07\x9b31mc"), Segment("∂L·é漢")])])
    assert frame == "\x1b[1;1H\x1b[0ma]0;b31mc∂L·é漢\x1b[0m"
    assert painting.whole() == frame


async def test_a_formula_with_controls_in_it_reaches_the_teacher_without_them() -> None:
    async with a_class("Ana") as here:
        await here.press("Ana", "f2", "d")
        await here.sees("Ana", "enter judge")
        here.seats["Ana"].received(b"\x1b[200~W1 + \xc2\x9d0;pwned\xc2\x9cW2\x1b[201~\r")  # a title
        await until(lambda: here.person("Ana").judged is not None)
        await here.press("teacher", "f2")
        await here.sees("teacher", "✗ W1 + W2")
        for who in ("teacher", "Ana"):
            assert "\x9d" not in here.said(who)
