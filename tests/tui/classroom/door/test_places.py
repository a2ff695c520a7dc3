"""Places: new ones under names of their own, and old ones for those alone who held them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnostics import Diagnostic
from tui.classroom.door.places import MAX_PLACES, MAX_WRONG_WORDS, Place, Places, person_of_key, person_of_name
from tui.classroom.room.names import clean, skeleton

KEY, OTHER_KEY = b"ada's key", b"bob's key"
SECRET = b"of one server"


@dataclass
class Person:
    name: str
    teaches: bool = False
    present: bool = True


class Class:
    """Places, and the people who took them."""

    def __init__(self, *, by_name: bool = False) -> None:
        self.places = Places(SECRET, by_name=by_name)
        self.people: dict[str, Person] = {}
        self.kept: set[str] = set()

    def take(self, name: str, *, key: bytes | None = None, word: str = "", teaches: bool = False) -> Place:
        place = self.places.take(name, self.people, self.kept, key=key, word=word, teaches=teaches)
        assert place.is_taken_up or place.person not in self.people
        self.people[place.person] = Person(place.name, teaches)
        return place

    def drop(self, place: Place) -> None:
        self.people[place.person].present = False

    def started_again(self) -> Class:
        again = Class(by_name=self.places.by_name)
        again.kept = set(self.people)
        return again


def wrong_word(them: Class, name: str, word: str) -> str:
    with pytest.raises(Diagnostic) as caught:
        them.take(name, word=word)
    assert caught.value.code == "wrong_word"
    return caught.value.message


def test_two_of_one_name_have_two_places() -> None:
    them = Class()
    ada, other = them.take("Ada"), them.take("\x1b[31mADA")
    assert [ada.name, other.name] == ["Ada", "ADA 2"]
    assert ada.person != other.person
    assert not other.is_taken_up


def test_a_place_is_taken_up_by_its_word_also_while_the_lost_connection_still_has_it() -> None:
    them = Class()
    ada = them.take("Ada")
    assert them.places.holder("ada ", them.people) == ada.person
    back = them.take("ada", word=them.places.word(ada.person).upper().replace("-", " "))
    assert back == Place(ada.person, "Ada", is_taken_up=True)


def test_anothers_word_or_none_takes_up_nothing() -> None:
    them = Class()
    ada, bob = them.take("Ada"), them.take("Bob")
    them.drop(ada)
    assert "not the word" in wrong_word(them, "Ada", them.places.word(bob.person))
    assert them.take("Ada").name == "Ada 2"
    assert "nobody of that name" in wrong_word(them, "Eve", them.places.word(ada.person))


def test_after_too_many_wrong_words_the_right_one_is_no_longer_good() -> None:
    them = Class()
    ada = them.take("Ada")
    for number in range(MAX_WRONG_WORDS):
        wrong_word(them, "Ada", f"kivo-{number}")
    wrong_word(them, "Ada", them.places.word(ada.person))
    bob = them.take("Bob")
    assert them.take("Bob", word=them.places.word(bob.person)).is_taken_up


def test_wrong_words_are_counted_for_people_there_are_and_for_no_other() -> None:
    them = Class()
    them.take("Ada")
    for number in range(50):
        wrong_word(them, f"nobody{number}", "kivo-92")
    wrong_word(them, "Ada", "kivo-92")
    assert len(them.places._wrong) == 1


def test_the_same_key_takes_up_the_place_under_the_name_that_it_had() -> None:
    them = Class()
    ada = them.take("Ada", key=KEY)
    assert them.take("somebody else", key=KEY) == Place(ada.person, "Ada", is_taken_up=True)
    assert them.take("Ada", key=OTHER_KEY).name == "Ada 2"


def test_who_came_by_a_key_may_come_back_by_their_word() -> None:
    them = Class()
    ada = them.take("Ada", key=KEY)
    assert them.take("Ada", word=them.places.word(ada.person)).person == ada.person


def test_by_name_alone_an_empty_place_is_taken_up_and_no_other() -> None:
    them = Class(by_name=True)
    ada, keyed = them.take("Ada"), them.take("Kim", key=KEY)
    assert them.take("Ada").name == "Ada 2"
    them.drop(ada)
    them.drop(keyed)
    assert them.take("ADA") == Place(ada.person, "Ada", is_taken_up=True)
    assert them.take("Kim").name == "Kim 2"
    them.drop(ada)
    assert them.take("Ada", key=OTHER_KEY).name == "Ada 3"


def test_who_only_fetches_what_is_kept_need_not_wait_until_the_place_is_empty_where_a_name_is_enough() -> None:
    for by_name in (True, False):
        them = Class(by_name=by_name)
        ada, keyed = them.take("Ada"), them.take("Kim", key=KEY)
        found = [them.places.take(name, them.people, fetches=True).person for name in ("ADA", "Kim")]
        assert [found[0] == ada.person, found[1] == keyed.person] == [by_name, False]


def test_where_others_can_come_a_name_alone_takes_up_nothing() -> None:
    them = Class()
    ada = them.take("Ada")
    them.drop(ada)
    assert them.take("Ada").name == "Ada 2"


@pytest.mark.parametrize("by_name", [False, True])
def test_nobody_becomes_a_teacher_by_a_name_or_a_word(by_name: bool) -> None:
    them = Class(by_name=by_name)
    teacher = them.take("teacher", key=KEY, teaches=True)
    them.drop(teacher)
    assert teacher.name == "teacher"
    assert them.places.holder("teacher", them.people) is None
    wrong_word(them, "teacher", them.places.word(teacher.person))
    assert them.take("Teacher").name == "Teacher 2"
    assert them.take("teacher", key=KEY, teaches=True) == Place(teacher.person, "teacher", is_taken_up=True)


@pytest.mark.parametrize("name", ["teacher", "TEACHER", "ｔｅａｃｈｅｒ", "Chainstep\u200b"])
def test_a_student_does_not_go_by_the_teachers_name_even_before_there_is_a_teacher(name: str) -> None:
    assert Class().take(name).name.endswith(" 2")


def test_a_teacher_does_not_take_up_a_students_place_of_the_same_name() -> None:
    them = Class(by_name=True)
    them.drop(them.take("Ada"))
    assert them.take("Ada", teaches=True).name == "Ada 2"


def test_after_the_server_is_started_again_the_words_and_keys_are_still_good() -> None:
    before = Class()
    ada, kim = before.take("Ada"), before.take("Kim", key=KEY)
    word = before.places.word(ada.person)
    them = before.started_again()
    stranger = them.take("Ada")
    assert (stranger.name, stranger.is_taken_up) == ("Ada 2", False)
    wrong_word(them, "Ada", "kivo-23")
    assert them.take("ada", word=word) == Place(ada.person, "ada", is_taken_up=True)
    assert them.take("Kim", key=KEY) == Place(kim.person, "Kim", is_taken_up=True)


def test_after_the_server_is_started_again_a_name_is_enough_where_it_was_before() -> None:
    before = Class(by_name=True)
    ada = before.take("Ada")
    them = before.started_again()
    assert them.take("Ada") == Place(ada.person, "Ada", is_taken_up=True)


def test_the_people_of_a_class_are_bounded() -> None:
    them = Class()
    them.people = {f"n{number}": Person(f"student {number}") for number in range(MAX_PLACES)}
    with pytest.raises(Diagnostic, match="the class has its") as caught:
        them.take("Ada")
    assert caught.value.code == "too_many"


def test_ids_are_fit_for_the_names_of_files_and_hide_nothing_that_a_name_or_key_could_smuggle_in() -> None:
    for person in (person_of_name("../../etc/passwd\0"), person_of_key(b"\0/")):
        assert person.isalnum()
        assert person.islower()
        assert person.isascii()


VISITS = st.lists(
    st.tuples(
        st.sampled_from(["Ada", "ADA", "Ada 2", "teacher", "", "\ud800", "Bob\x07"]),
        st.sampled_from([None, KEY, OTHER_KEY]),
        st.sampled_from(["", "kivo-92", "\ud800", "right"]),
        st.booleans(),
    ),
    max_size=25,
)  # fmt: skip


@given(VISITS, st.booleans())
def test_whoever_comes_names_stay_unique_and_places_are_taken_up_by_right_only(
    visits: list[tuple[str, bytes | None, str, bool]], by_name: bool
) -> None:
    them = Class(by_name=by_name)
    for name, key, word, teaches in visits:
        before = {person: known.present for person, known in them.people.items()}
        holder = them.places.holder(name, them.people)
        said = them.places.word(holder or "") if word == "right" else word
        try:
            place = them.take(name, key=key, word=said, teaches=teaches and key is not None)
        except Diagnostic:
            continue
        if place.is_taken_up and not (key and place.person == person_of_key(key)):
            assert place.person == holder
            assert word == "right" or (by_name and not before[place.person])
        assert clean(place.name) == place.name
        if len(visits) % 2:
            them.drop(place)
        shapes = [skeleton(known.name) for known in them.people.values()]
        assert len(shapes) == len(set(shapes))
