"""What a teacher sees of thirty students at once, in a small terminal: who wants something, who answered what."""

from __future__ import annotations

from tests.tui.classroom.served import Class, a_class
from tests.tui.screens import assert_golden
from tui.classroom.room.messages import Answered, AnyMessage, Hand, Join, Judged, Leave, Mode, Note, Went
from tui.classroom.screens.roster import Roster
from tui.classroom.words import answer_of, verdict_of

NAMES = [
    *"Ada Ben Chloé Dmitri Elif Farid Grace Hiro Ines Jonas Katarzyna Liam Mei Noor Olga".split(),  # noqa: SIM905
    *"Pedro Quentin Rosa Samir Tove Umar Vera Wanda Xavier Yuki Zoe Anna-Lena Bartholomäus".split(),  # noqa: SIM905
    "Celia", "Konstantinos-Alexandros",
]  # fmt: skip
CHAIN = {"step": 2, "steps": 5, "target": "W1", "factor": "dz2/da1"}


def happen(here: Class) -> None:
    """Thirty come; twenty answer, three raise a hand, two are on their own and err, two leave."""

    def tell(*messages: AnyMessage) -> None:
        for message in messages:
            here.classroom._tell(message)

    question = here.room.session.state.quiz.question
    assert question is not None
    for number, name in enumerate(NAMES):
        tell(Join(by=f"p{number}", name=name, seat="1"))
        if number < 20:
            verdict = "right" if number % 4 == question.answer else "wrong"
            answer = question.choices[number % 4]
            tell(Answered(by=f"p{number}", question=question.prompt, answer=answer, verdict=verdict))
    tell(*(Hand(by=by, up=True) for by in ("p11", "p4", "p29")))
    for by in ("p14", "p15"):
        tell(
            Went(by=by, mode=Mode.ALONE, **CHAIN),
            Judged(by=by, target="W1", formula="W2 @ (a2 - y)", verdict="shape_mismatch", where="W2 @ (a2 - y)"),
        )
    tell(Leave(by="p0", seat="1"), Leave(by="p7", seat="1"), Note(by="p4", text="Why does it join on the left? " * 5))


async def test_hands_come_first_and_nothing_is_cut_without_a_mark():
    async with a_class() as here:
        await here.press("teacher", "space")
        happen(here)
        await here.press("teacher", "f2")
        seen = await here.sees("teacher", "28 students here · 3 hands · 26 follow · 2 on their own · 2 gone")
        assert "20 answered, 5 right" in seen
        assert here.room.people[here.desk.screen.query_one(Roster).chosen].name == "Liam"
        await here.sees("teacher", "Mei")  # once it is laid out for so few rows
        assert_golden(here.desk, "panel_thirty_80x24")
        for _ in range(3):
            await here.press("teacher", "pagedown")
            seen += here.screen("teacher")
        for person in (person for person in here.room.people.values() if not person.teaches):
            for text in (person.name, answer_of(person.answered, here.room), verdict_of(person.judged)):
                assert text in seen or any(f"{text[:end]}…" in seen for end in range(9, len(text))), text
        assert seen.index("Zoe") < seen.index("Ada") < seen.index("Hiro"), "who is gone stands last"


async def test_the_answers_of_thirty_fit_with_their_names():
    async with a_class() as here:
        await here.press("teacher", "space")
        happen(here)
        await here.press("teacher", "f3")
        seen = await here.sees("teacher", "20 answered, 10 have not: ")
        assert "more" not in seen.splitlines()[-2]
        assert_golden(here.desk, "answers_thirty_80x24")
