"""Names and notes: nothing of them acts on a terminal, paints over other lines, or passes for another's."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.classroom.room.names import MAX_MARKS, clean, skeleton, unique

CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ZERO_WIDTH = "\u00ad\u034f\u200b\u200c\u200d\u2060\ufeff\ufe0f\u180e\u115f\u3164"
HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(CONTROLS + BIDI + ZERO_WIDTH),
        st.sampled_from("a\u0301e\u0308\u20dd[]0;m~\\Pé漢👍\ud800\ue000 "),
    ),
    max_size=80,
)


@given(HOSTILE, st.integers(1, 40))
@example("\x1b" * 20, 5)
@example("a\u200b b", 3)
@example("a \u200b b", 3)
@example("漢漢漢", 5)
@example("e\u0301" * 20, 20)
def test_what_is_left_is_printable_narrow_enough_and_clean_already(text: str, limit: int) -> None:
    name = clean(text, limit)
    assert name
    assert name.isprintable()
    assert not set(name) & set(CONTROLS + BIDI + ZERO_WIDTH)
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in name)
    assert cell_len(name) <= limit
    assert len(name) <= limit
    assert name == name.strip()
    assert "  " not in name
    assert clean(name, limit) == name
    marks = "".join("m" if unicodedata.category(character).startswith("M") else " " for character in name)
    assert "m" * (MAX_MARKS + 1) not in marks
    assert not marks.startswith("m")


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd", "P"], max_codepoint=0x24F), min_size=1, max_size=20))
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert clean(name, 20) == name


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Ada", "Ada"),
        ("  Ada \t\n\x85 Lovelace\u2028", "Ada Lovelace"),
        ("\x1b[31mAda\x1b[0m", "Ada"),
        ("\x9b31mAda", "Ada"),
        ("\x1b]0;owned\x07Ada", "Ada"),
        ("\x1b]8;;http://x\x1b\\Ada\x1b]8;;\x1b\\", "Ada"),
        ("\x9d0;owned\x9cAda", "Ada"),
        ("\x1bP1$r0m\x1b\\Ada", "Ada"),
        ("\x90payload", "somebody"),
        ("\x1b(0Ada\x1b(B", "Ada"),
        ("\x1b\x1b[A[31mAda", "[31mAda"),
        ("\u202eadA", "adA"),
        ("A\u200bd\u200da\ufeff", "Ada"),
        ("\u0301Ada", "Ada"),
        ("A" + "\u0301" * 50 + "da", "A\u0301\u0301da"),
        ("Thị Ngọc", "Thị Ngọc"),
        (unicodedata.normalize("NFD", "Nguyễn"), unicodedata.normalize("NFD", "Nguyễn")),
        ("ที่รัก", "ที่รัก"),
        ("\ud800Ada\ue000\U000f0000", "Ada"),
        ("[red]Ada[/]", "[red]Ada[/]"),
        ("", "somebody"),
        ("\u3164\u2800\u200b \x07", "somebody"),
        ("漢" * 30, "漢" * 12),
        ("Ada " * 1_000_000, "Ada Ada Ada Ada Ada Ada"),
    ],
)
def test_what_is_typed_and_what_others_see(typed: str, shown: str) -> None:
    assert clean(typed, 24) == shown


def test_a_note_with_nothing_in_it_is_nobodys_name() -> None:
    assert clean("\x07", 200, otherwise="") == ""


@pytest.mark.parametrize("other", ["ADA", "ada", "Ａｄａ", "𝐀𝐝𝐚", "ⓐⓓⓐ", "Aᵈa", "\u200bAda"])
def test_a_name_that_passes_for_another_gets_a_number(other: str) -> None:
    assert unique(other, {skeleton("Ada")}.__contains__).endswith(" 2")


def test_names_differ_by_their_letters_and_the_first_free_number_is_taken() -> None:
    taken: set[str] = set()
    names = []
    for name in ("Ada", "ada", "Adá", "ADA", "Ada 2", "Straße", "STRASSE"):
        names.append(unique(name, taken.__contains__))
        taken.add(skeleton(names[-1]))
    assert names == ["Ada", "ada 2", "Adá", "ADA 3", "Ada 2 2", "Straße", "STRASSE 2"]


@given(st.lists(HOSTILE, max_size=12), st.integers(4, 12))
def test_numbered_names_are_clean_unique_and_fit(typed: list[str], limit: int) -> None:
    taken: set[str] = set()
    for each in typed:
        name = unique(each, taken.__contains__, limit)
        assert skeleton(name) not in taken
        assert clean(name, limit) == name
        taken.add(skeleton(name))


@given(HOSTILE)
def test_a_skeletons_skeleton_is_itself(text: str) -> None:
    assert skeleton(skeleton(clean(text))) == skeleton(clean(text))
