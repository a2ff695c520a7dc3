"""Codes and words: made strong, typed as heard, and equal to nothing else."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnostics import Diagnostic
from tui.classroom.door import codes
from tui.classroom.door.codes import ClassCode, same, word_for


def bits(pattern: str) -> float:
    return sum(math.log2(len(set(codes._LETTERS[place]))) for place in pattern if place != "-")


def test_a_code_is_strong_and_can_be_said() -> None:
    made = {ClassCode().text for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch("([^aeiou][aeiou]){2}(-([^aeiou][aeiou]){2}){2}-[2-9]{2}", code) for code in made)
    assert not set("".join(made)) & set("01lLIO")
    assert bits(codes._CODE) >= 40
    assert bits(codes._WORD) >= 18


def test_every_place_of_a_code_varies() -> None:
    columns = [set(column) for column in zip(*(ClassCode().text for _ in range(2_000)), strict=True)]
    expected = [set(codes._LETTERS.get(place, place)) for place in codes._CODE]
    assert columns == expected


@pytest.mark.parametrize(
    ("typed", "is_right"),
    [
        ("kivo-tepa-rumi-92", True),
        ("KIVO TEPA RUMI 92", True),
        ("kivoteparumi92", True),
        ("  kivo–tepa—rumi‑92\r\n", True),
        ("kiv0-tepa-rum1-92", True),
        ("ｋｉｖｏ-tepa-rumi-92", True),
        ("kivo-tepa-rumi-9", False),
        ("kivo-tepa-rumi-922", False),
        ("kivo-tepa-rumi-29", False),
        ("", False),
        ("kivo-tepa-rumi-92" + " " * 1_000, False),
    ],
)
def test_what_is_typed_for_a_code(typed: str, is_right: bool) -> None:
    assert ClassCode("kivo-tepa-rumi-92").matches(typed) is is_right


@given(st.one_of(st.text(st.characters(), max_size=200), st.text("kivoteparumi92- \ud800\x1b", max_size=20)))
def test_garbage_is_no_code(typed: str) -> None:
    assert ClassCode("kivo-tepa-rumi-92").matches(typed) is (
        codes._heard(typed) == "kivoteparumi92" and len(typed) <= 64
    )


@pytest.mark.parametrize("text", ["", "kivo-92", "- - - - - - - -", "k" * 65])
def test_a_code_that_is_chosen_has_a_length(text: str) -> None:
    with pytest.raises(Diagnostic, match="a class code has 8 letters and digits or more"):
        ClassCode(text)


def test_a_code_is_not_in_what_python_prints_of_it() -> None:
    code = ClassCode()
    assert code.text not in repr(code)
    assert str(code) == code.text


def test_a_word_follows_from_the_person_and_the_secret() -> None:
    word = word_for("n1", b"secret")
    assert re.fullmatch("[^aeiou][aeiou][^aeiou][aeiou]-[2-9]{2}", word)
    assert word == word_for("n1", b"secret")
    assert len({word_for(f"n{number}", b"secret") for number in range(300)}) > 280
    assert word != word_for("n1", b"another")
    assert same(word, word.upper().replace("-", ""))
