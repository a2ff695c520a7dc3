"""What the class's screens and lines say, made from a Room alone."""

from __future__ import annotations

import pytest
from textual.content import Content

from engine.doctor import diagnose
from engine.scenario import loads
from engine.session import actions
from tests.tui.classroom.served import LESSON
from tui.classroom.room import Room
from tui.classroom.room.answers import is_over, questions
from tui.classroom.room.messages import Answered, Hand, Join, Judged, Leave, Led, Lock, Message, Mode, Mute, Went
from tui.classroom.screens.distribution import answers_text
from tui.classroom.words import RIGHT, Columns, broken_part, class_rules, counts, hand_number, place, verdict_of
from tui.glyphs import Glyphs
from tui.render import DIM

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
    assert [line.split("  ")[-1].strip().count("█") for line in bars] == [0, 16, 0, 16]
    assert [line.strip()[0] for line in bars] == ["1", "2", "3", "4"]
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


def test_a_question_that_is_open_tells_everybody_but_the_teacher_nothing_of_what_is_right():
    room = asked_room(answered("Ana", "W2ᵀ, 4×3, on the left", "right"))
    texts = {
        names: Content("\n").join(answers_text(room, room.question, 72, PLAIN, with_names=names))
        for names in (True, False)
    }
    assert ["✓" in text.plain for text in texts.values()] == [True, False]
    assert [any(span.style == RIGHT for span in text.spans) for text in texts.values()] == [True, False]
    assert room.apply(Led(by="Teacher", action=actions.Answer(give_up=True)))
    after = "\n".join(line.plain for line in answers_text(room, room.question, 72, PLAIN, with_names=False))
    assert "✓  2 W2ᵀ, 4×3, on the left" in after


def test_a_question_that_the_class_has_gone_on_from_is_over_and_one_that_it_was_never_put_is_not():
    room = asked_room(answered("Ana", "W2ᵀ, 4×3, on the left", "right"))
    first, other = (action for action in room.scenario.script if isinstance(action, actions.Ask))
    assert not is_over(room, first.prompt)
    for action in (actions.Answer(give_up=True), actions.Step(), other):
        assert room.apply(Led(by="Teacher", action=action))
    assert [is_over(room, prompt) for prompt in (first.prompt, other.prompt, "never put")] == [True, False, False]
    assert questions(room) == [first.prompt, other.prompt]


@pytest.mark.parametrize("height", [8, 12, 20])
@pytest.mark.parametrize("glyphs", [PLAIN, ASCII], ids=["unicode", "ascii"])
def test_what_does_not_fit_into_a_followers_window_is_cut_and_marked(height, glyphs):
    prompt = "What is it? " * 80
    room = room_of(
        Led(by="Teacher", action=actions.Ask(prompt=prompt, kind="value", answer=99, about="nothing")),
        *(Join(by=f"s{number}", name=f"s{number}") for number in range(1, 31)),
        *(Answered(by=f"s{number}", question=prompt, answer=f"{number}", verdict="wrong") for number in range(1, 31)),
        Led(by="Teacher", action=actions.Answer(give_up=True)),
    )
    lines = [line.plain for line in answers_text(room, prompt, 60, glyphs, with_names=False, height=height)]
    assert len(lines) == height
    assert max(map(len, lines)) <= 60
    cut = lines.index("") - 1
    assert lines[cut].endswith(glyphs(" …"))
    assert lines[cut + 2].split()[0] == "1" or height == 8
    assert sum(line.startswith(glyphs("✓")) for line in lines) == 1, "the right one is there, though nobody gave it"
    shown = len(lines) - cut - 5
    assert lines[-3].strip() == glyphs(f"… and {31 - shown} others")


def test_the_number_of_a_choice_tells_answers_apart_that_begin_alike():
    room = asked_room(answered("Ana", "W2ᵀ, 4×3, on the right"), answered("Ben", "W2ᵀ, 4×3, on the left", "right"))
    rows = [Columns.of(75).person(person, room, PLAIN).plain for person in room.roster()[:2]]
    assert ["✗ 3 W2ᵀ" in rows[0], "✓ 2 W2ᵀ" in rows[1]] == [True, True]


def test_hands_stand_first_then_who_is_here_then_who_is_gone_dimmed():
    room = room_of(
        Join(by="s10", name="s10"), Join(by="s9", name="s9"), Hand(by="Dmitri", up=True), Leave(by="Ana"),
        Answered(by="Chloé", question="an earlier one", answer="4", verdict="right"),
        Answered(by="Ben", question="a later one", answer="4", verdict="right"),
    )  # fmt: skip
    students = [person for person in room.roster() if not person.teaches]
    assert [person.name for person in students] == ["Dmitri", "Ben", "Chloé", "s9", "s10", "Ana"]
    styles = [{str(span.style) for span in Columns.of(75).person(person, room, PLAIN).spans} for person in students]
    assert styles[-1] == {DIM}
    assert [RIGHT in each for each in styles[1:3]] == [True, False], (
        "what was answered to another question is not what is asked now"
    )
