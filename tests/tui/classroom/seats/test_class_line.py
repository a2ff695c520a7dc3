"""The last row: what it says in every state, what is said there for how long, and what can be read again."""

from __future__ import annotations

from itertools import product

import pytest

from engine.diagnostics import display_width
from engine.scenario import loads
from engine.session import actions
from tests.tui.classroom.served import LESSON
from tui.classroom.room import Room
from tui.classroom.room.messages import Answered, AnyMessage, Hand, Join, Lead, Leave, Led, Lock, Look, Mode, Went
from tui.classroom.seats.class_line import SEPARATOR, ClassLine, Said, pages
from tui.classroom.seats.status import how_to_answer, status, teacher_status, who
from tui.glyphs import Glyphs

PLAIN, ASCII = Glyphs(), Glyphs(ascii_only=True)
ASK = next(action for action in loads(LESSON).script if isinstance(action, actions.Ask))
WIDTH = 80


def room_of(*more: AnyMessage, teacher: str = "Teacher") -> Room:
    """A teacher and two students, and what happened then."""
    room = Room(loads(LESSON))
    for name in (teacher, "Ana", "Ben"):
        assert room.apply(Join(by=name.split()[0], name=name, teaches=name == teacher))
    for message in more:
        assert room.apply(message), message
    return room


def line_of(text: str = "the status", glyphs: Glyphs = PLAIN, key: str = "r") -> ClassLine:
    line = ClassLine(glyphs)
    line.status, line.next_key = text, key
    return line


def shown(line: ClassLine, width: int = WIDTH) -> str:
    return line.drawn(width, 24).decode().split("m", 1)[1].removesuffix("\x1b[0m").strip()


def read(line: ClassLine, width: int = WIDTH) -> list[str]:
    """Each piece of the status."""
    found = [shown(line, width)]
    while found[-1].endswith(" more"):
        line.read_on()
        found.append(shown(line, width))
    return [piece.rpartition(" … ")[0] or piece for piece in found]


# ---- every state -----------------------------------------------------------------------------------------------------


FLAGS = ("follows", "asked", "answered", "hand", "looked", "locked")
STATES = [dict(zip(FLAGS, values, strict=True)) for values in product([False, True], repeat=len(FLAGS))]


def student_status(*, follows: bool, asked: bool, answered: bool, hand: bool, looked: bool, locked: bool) -> str:
    room = room_of()
    room.apply(Went(by="Ana", mode=Mode.FOLLOWING if follows else Mode.ALONE))
    if asked:
        room.apply(Led(by="Teacher", action=ASK))
    if answered:
        room.apply(Answered(by="Ana", question=ASK.prompt, answer="diag(W2), on either side", verdict="wrong"))
    room.apply(Hand(by="Ana", up=hand))
    room.apply(Look(by="Teacher", whom="Ana" if looked else ""))
    room.apply(Lock(by="Teacher", locked=locked))
    return status(room, room.people["Ana"], follows=follows)


@pytest.mark.parametrize("width", [20, 40, 80, 132])
def test_in_every_state_no_part_of_a_line_is_cut_and_all_of_them_can_be_read(width):
    for state in STATES:
        text = student_status(**state)
        found = read(line_of(text, key="r" if state["follows"] else "F6"), width)
        assert all(display_width(piece) < width for piece in found), (state, found)
        whole = "".join(text.replace("·", "").split())
        assert "".join("".join(found).replace("·", "").split()) == whole, state
        assert SEPARATOR.join(found) == text or width < WIDTH, state  # narrower, a part can be wider than the line


@pytest.mark.parametrize("flag", [None, "asked", "hand", "looked", "locked"])
@pytest.mark.parametrize("follows", [True, False])
def test_at_80_columns_each_thing_that_can_be_so_is_said_with_all_keys_in_one_line(follows, flag):
    text = student_status(**dict.fromkeys(FLAGS, False) | {"follows": follows} | ({flag: True} if flag else {}))
    assert display_width(text) < WIDTH
    keys = ["h hand", "m note", "w who", "q leave"] if follows else ["F3 hand", "F4 who", "F5 note"]
    assert [key for key in keys if key not in text] == []


def test_what_is_wanted_stands_first_and_is_on_the_first_page_with_what_is_seen_and_the_hand():
    crowded = student_status(**dict.fromkeys(FLAGS, True))
    first = shown(line_of(crowded))
    assert first.startswith("✗ again: press 1, 2, 3 or 4 · the teacher sees this screen")
    assert first.endswith(" … r more")


@pytest.mark.parametrize("hands", [0, 3])
def test_a_line_of_a_teacher_fits_with_many_students_hands_and_answers(hands):
    room = room_of(Led(by="Teacher", action=ASK))
    for number in range(200):
        who = f"s{number}"
        room.apply(Join(by=who, name=who))
        room.apply(Answered(by=who, question=ASK.prompt, answer="W2, 3×4, on the right", verdict="wrong"))
    for number in range(hands):
        room.apply(Hand(by=f"s{number}", up=True))
    text = teacher_status(room, room.people["Teacher"])
    assert text.startswith("you lead · 202 here" + " · 3 hands" * bool(hands) + " · F2 panel · F3 200 answered")
    assert display_width(text) < WIDTH
    assert text.endswith("F5 note")


def test_a_student_who_leads_and_a_teacher_whose_student_leads_have_all_keys():
    room = room_of(Lead(by="Teacher", whom="Ana"))
    ana = status(room, room.people["Ana"], follows=False)
    assert ana == "you lead: everybody sees what you do · F3 hand · F4 who · F5 note"
    assert teacher_status(room, room.people["Teacher"]).startswith("Ana leads · 2 here · F2 panel")


def test_a_class_without_a_teacher_follows_nobody():
    room = room_of(Leave(by="Teacher"))
    assert status(room, room.people["Ana"], follows=True).startswith("no teacher is here · d alone")
    assert status(room_of(), room.people["Ana"], follows=True).startswith("you follow Teacher · d alone")


def test_a_long_name_is_shortened_so_that_the_keys_fit():
    room = room_of(Hand(by="Ana", up=True), teacher="Professor Emeritus Maxim")
    text = status(room, room.people["Ana"], follows=True)
    assert text == "you follow Professor E… · d alone · h hand (up) · m note · w who · q leave"


def test_on_ones_own_the_line_says_that_the_class_has_a_question_until_it_is_answered():
    asked = room_of(Led(by="Teacher", action=ASK), Went(by="Ana", mode=Mode.ALONE))
    assert status(asked, asked.people["Ana"], follows=False).startswith("QUESTION in the class: F2 · F3 hand")
    asked.apply(Answered(by="Ana", question=ASK.prompt, answer="W2, 3×4, on the right", verdict="wrong"))
    assert status(asked, asked.people["Ana"], follows=False).startswith("a session of your own · F2 follow")


@pytest.mark.parametrize(
    ("choices", "said"), [(1, "press 1"), (2, "press 1 or 2"), (3, "press 1, 2 or 3"), (9, "press 1 to 9")]
)
def test_the_keys_that_answer_do_not_read_as_a_count(choices, said):
    question = actions.Ask(
        prompt="Which?", kind=actions.QuestionKind.CHOICE, choices=[str(each) for each in range(choices)], answer=0
    )
    assert how_to_answer(question) == said


def test_who_is_here_stands_in_order_teachers_first():
    room = room_of(*(Join(by=name, name=name) for name in ("zoe", "bo", "Al")))
    assert who(room) == "6 here · Teacher teaches · Al, Ana, Ben, bo, zoe"


# ---- what is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [" ".join(f"word{number}" for number in range(60)), "語" * 100, "x" * 200 + " y"])
def test_a_text_is_cut_into_pages_that_together_are_all_of_it(text):
    found = pages(text, 79, " … r more")
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert max(map(display_width, found)) <= 79 - 9
    assert pages("short", 79, " … r more") == ["short"]


def test_a_remark_stands_until_it_is_over_and_is_not_read_again():
    line = line_of()
    line.say("not so fast")
    assert shown(line) == "not so fast"
    assert line.seconds > 5
    line.over()
    assert shown(line) == "the status"
    line.read_on()
    assert shown(line) == "the status"


def test_a_note_does_not_end_by_itself_and_a_reply_comes_before_it_and_not_in_its_place():
    line = line_of()
    line.ask("your answer:", lambda text: line.say(f"✗ {text} is not it", Said.REPLY))
    line.say("Tia: hi all", Said.NOTE)
    assert shown(line).startswith("your answer:")
    line.typed, entered = "4", line._entered
    line.prompt = None
    entered(line.typed)
    assert shown(line) == "✗ 4 is not it … r more"
    line.over()
    assert shown(line) == "Tia: hi all"
    assert line.seconds is None
    line.over()
    assert shown(line) == "the status"


def test_notes_that_come_together_are_read_in_their_order_and_again_from_the_latest_on():
    line = line_of()
    for number in range(3):
        line.say(f"Tia: {number}", Said.NOTE)
    read = []
    for _ in range(4):
        read.append(shown(line))
        line.read_on()
    assert read == ["Tia: 0 … r more", "Tia: 1 … r more", "Tia: 2", "the status"]
    read = [shown(line)]
    for _ in range(3):
        line.read_on()
        read.append(shown(line))
    assert read == ["Tia: 2", "Tia: 1", "Tia: 0", "the status"]


def test_a_question_comes_before_a_note_which_is_there_after_it():
    line = line_of("QUESTION: press 1")
    line.say("Tia: hi all", Said.NOTE)
    line.interrupt()
    assert shown(line) == "QUESTION: press 1"
    line.say("✓ Yes.", Said.REPLY)
    assert shown(line) == "✓ Yes. … r more"
    line.over()
    assert shown(line) == "Tia: hi all"


def test_what_is_said_of_the_class_ends_when_it_goes_on_and_a_note_does_not():
    line = line_of()
    line.say("✗ The derivative is positive", Said.REPLY)
    line.passed()
    assert shown(line) == "the status"
    line.say("Tia: hi all", Said.NOTE)
    line.passed()
    assert shown(line) == "Tia: hi all"


def test_a_flood_of_notes_is_bounded():
    line = line_of()
    for number in range(1000):
        line.say(f"Tia: {number}", Said.NOTE)
    assert len(line._waiting) + len(line._kept) < 20


@pytest.mark.parametrize("glyphs", [PLAIN, ASCII], ids=["unicode", "ascii"])
def test_a_status_that_is_cut_off_is_read_on_and_begins_again(glyphs):
    line = line_of(student_status(**dict.fromkeys(FLAGS, True)), glyphs)
    found = read(line)
    assert "q leave" in found[-1]
    line.read_on()
    assert shown(line).startswith(glyphs("✗ again"))
