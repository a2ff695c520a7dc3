"""What the class's screens and lines say, made from a Room alone."""

from __future__ import annotations

import pytest

from engine.doctor import diagnose
from engine.scenario import loads
from engine.session import actions
from tests.tui.classroom.served import LESSON
from tui.classroom.room import Room
from tui.classroom.room.messages import Answered, Hand, Join, Judged, Leave, Led, Lock, Message, Mode, Mute, Went
from tui.classroom.screens.answers import answers_text
from tui.classroom.words import Columns, broken_part, class_rules, counts, hand_number, place, verdict_of
from tui.glyphs import Glyphs

PLAIN, ASCII = Glyphs(), Glyphs(ascii_only=True)


def room_of(*more: Message) -> Room:
    """A teacher and four students, and what happened then."""
    room = Room(loads(LESSON))
    for who in ("Teacher", "Ana", "Ben", "Chloé", "Dmitri"):
        assert room.apply(Join(by=who, name=who, teaches=who == "Teacher"))
    for message in more:
        assert room.apply(message), message
    return room


def test_the_counts_are_of_students_and_name_only_what_there_is():
    assert counts(room_of()) == "4 students here · 4 follow"
    room = room_of(
        Hand(by="Ana", up=True), Went(by="Ben", mode=Mode.ALONE), Went(by="Ana", mode=Mode.ALONE),
        Went(by="Chloé", mode=Mode.ALONE), Leave(by="Dmitri"),
    )  # fmt: skip
    assert counts(room) == "3 students here · 1 hand · 3 on their own · 1 gone"


def test_hands_are_numbered_by_who_waits_longest_now():
    room = room_of(*(Hand(by=who, up=True) for who in ("Chloé", "Ana", "Dmitri")), Hand(by="Chloé", up=False))
    assert [(person.name, hand_number(room, person)) for person in room.roster()[:2]] == [("Ana", 1), ("Dmitri", 2)]


@pytest.mark.parametrize(
    ("factor", "said"), [("dz3/da2", "2/5 ∂z3/∂a2 for W2"), ("", "2/5 for W2"), ("sum", "2/5 sum for W2")]
)
def test_a_place_is_said_in_a_few_words(factor, said):
    assert place(2, 5, factor, "W2") == said


@pytest.mark.parametrize("width", [75, 90, 127])
@pytest.mark.parametrize("glyphs", [PLAIN, ASCII], ids=["unicode", "ascii"])
def test_every_row_of_the_roster_is_as_wide_as_the_roster(width, glyphs):
    room = room_of(
        Hand(by="Ana", up=True), Went(by="Ana", mode=Mode.ALONE, step=2, steps=5, target="W1", factor="dz2/da1"),
        Answered(by="Ana", question="?", answer="W2ᵀ, 4×3, on the left, because rows follow a1", verdict="right"),
        Judged(by="Ana", target="W1", formula="W2 @ (a2 - y)", verdict="shape_mismatch", where="W2 @ (a2 - y)"),
        Join(by="Long", name="A name that is rather lo"), Mute(by="Teacher", whom="Ben", muted=True),
    )  # fmt: skip
    columns = Columns.of(width)
    rows = [columns.person(person, room, glyphs) for person in room.roster()]
    assert {row.cell_length for row in (columns.heading(glyphs), *rows)} == {width}
    assert rows[0].plain.startswith(" 1   Ana")
    assert [("muted" in row.plain, "Ben" in row.plain) for row in rows].count((True, True)) == 1
    assert glyphs("✗ W2 @ (a") in rows[0].plain


def test_the_part_of_a_formula_that_is_wrong_is_what_is_shown_of_it():
    program = loads(LESSON).opening.program
    found = diagnose(program, "W1", "W2 @ (a2 - y) @ x.T")
    assert broken_part(found)
    assert broken_part(found) in "W2 @ (a2 - y) @ x.T"
    judged = Judged(by="Ana", target="W1", formula=found.formula, verdict=str(found.verdict), where=broken_part(found))
    assert verdict_of(judged) == f"✗ {broken_part(found)}: shape mismatch"
    assert broken_part(diagnose(program, "W2", "((a2 - y) * a2 * (1 - a2)) @ a1.T")) == ""


def test_what_is_told_of_the_class_is_who_leads_and_what_holds():
    room = room_of(Lock(by="Teacher", locked=True))
    assert class_rules(room, "Teacher") == "you lead · kept together"
    assert class_rules(room, "Ana") == "Teacher leads · kept together"


# ---- the answers -----------------------------------------------------------------------------------------------------


def asked_room(*more: Message) -> Room:
    question = next(action for action in loads(LESSON).script if isinstance(action, actions.Ask))
    return room_of(Led(by="Teacher", action=question), *more)


def answered(who: str, answer: str, verdict: str = "wrong") -> Answered:
    room = asked_room()
    return Answered(by=who, question=room.question, answer=answer, verdict=verdict)


def test_choices_stand_in_their_order_with_those_that_nobody_took():
    room = asked_room(answered("Ana", "W2ᵀ, 4×3, on the left", "right"), answered("Ben", "diag(W2), on either side"))
    lines = [line.plain.rstrip() for line in answers_text(room, room.question, 60, PLAIN, with_names=False)]
    bars = [line for line in lines if line[30:].strip(" █").isdecimal() and len(line) > 30]
    assert [line.split("  ")[-1].strip().count("█") for line in bars] == [0, 24, 0, 24]
    assert [line.startswith("✓") for line in bars] == [False, True, False, False]
    assert lines[-1] == "2 answered, 2 have not"


def test_names_are_for_the_teacher():
    room = asked_room(answered("Ana", "diag(W2), on either side"), answered("Ana", "W2ᵀ, 4×3, on the left", "right"))
    with_names, without = (
        "\n".join(line.plain for line in answers_text(room, room.question, 72, PLAIN, with_names=names))
        for names in (True, False)
    )
    assert "Ana (✓ since)" in with_names
    assert "3 have not: Ben, Chloé, Dmitri" in with_names
    assert not any(name in without for name in ("Ana", "Ben", "Chloé", "Dmitri"))
