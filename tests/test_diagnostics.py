"""Errors as data, and how they read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnostics import Diagnostic, Diagnostics, Where, did_you_mean, display_width, underline

# ---- the rendering, as golden text ---------------------------------------------------------------------------


def test_a_diagnostic_shows_its_place_its_text_with_carets_its_notes_and_its_hints():
    problem = Diagnostic(
        "shape_mismatch",
        "cannot multiply 2×1 by 2×3",
        Where(file="lesson.toml", line=12, key="script[3].formula", text="a3 - (a3 ⊙ W⁽³⁾)", span=(5, 16)),
        notes=("the inner dimensions 1 and 2 differ", "by name: n3×1 times n3×n2"),
        hints=("did you mean W3.T?",),
    )
    assert str(problem) == (
        "error[shape_mismatch]: cannot multiply 2×1 by 2×3\n"
        "  --> lesson.toml:12, script[3].formula\n"
        "   |\n"
        "   | a3 - (a3 ⊙ W⁽³⁾)\n"
        "   |      ^^^^^^^^^^^\n"
        "   = note: the inner dimensions 1 and 2 differ\n"
        "   = note: by name: n3×1 times n3×n2\n"
        "   = help: did you mean W3.T?"
    )


def test_a_diagnostic_of_which_nothing_is_known_is_one_line():
    assert str(Diagnostic("too_large", "the formula has 5,000 characters")) == (
        "error[too_large]: the formula has 5,000 characters"
    )


def test_a_text_without_a_span_is_shown_without_carets():
    assert str(Diagnostic("bad", "this is bad", Where(text="a @ b"))) == "error[bad]: this is bad\n   |\n   | a @ b"


@pytest.mark.parametrize(
    "where, place",
    [
        (Where(), ""),
        (Where(file="a.toml"), "a.toml"),
        (Where(file="a.toml", line=3), "a.toml:3"),
        (Where(line=3), "line 3"),
        (Where(key="view.target"), "view.target"),
        (Where(line=3, key="view.target"), "line 3, view.target"),
        (Where(file="a.toml", key="view.target"), "a.toml, view.target"),
        (Where(text="a @ b", span=(0, 1)), ""),
    ],
)
def test_a_place_is_spelled_from_what_is_known_of_it(where, place):
    assert str(where) == place


def test_several_problems_are_shown_one_after_the_other():
    problems = Diagnostics([Diagnostic("one", "first"), Diagnostic("two", "second")])
    assert str(problems) == "error[one]: first\n\nerror[two]: second"
    assert [problem.code for problem in problems.problems] == ["one", "two"]


def test_a_diagnostic_can_be_raised_and_caught_as_what_it_is():
    problem = Diagnostic("bad", "this is bad")
    with pytest.raises(Diagnostic) as caught:
        raise problem
    assert caught.value is problem


# ---- carets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, span, carets",
    [
        ("W3 @ a3", (0, 7), "^^^^^^^"),
        ("W3 @ a3", (5, 7), "     ^^"),
        ("W3 @", (4, 4), "    ^"),
        ("", (0, 0), "^"),
        ("界 @ a3", (2, 3), "   ^"),
        ("a @ 界界", (4, 6), "    ^^^^"),
        ("y\u0302 @ a3", (3, 4), "  ^"),
        ("y\u0302 - y", (1, 2), " ^"),
        ("a\t@ b", (2, 3), "  ^"),
        ("a\n@ b", (2, 3), "  ^"),
    ],
)
def test_carets_stand_below_the_guilty_text(text, span, carets):
    assert underline(text, span)[1] == carets


@st.composite
def spans(draw) -> tuple[str, tuple[int, int]]:
    """A text, often longer than a line, in which each place reads differently, and a part of it."""
    length = draw(st.integers(0, 100) | st.integers(101, 300))
    text = " ".join(str(number) for number in range(100, 200))[:length]
    start, end = sorted(draw(st.tuples(st.integers(0, length), st.integers(0, length))))
    return text, (start, draw(st.sampled_from([end, min(length, start + 3)])))


@given(spans())
def test_what_stands_above_the_carets_is_the_guilty_text_however_long_the_line(given_span):
    text, (start, end) = given_span
    shown, carets = underline(text, (start, end))
    marked = shown[carets.index("^") : len(carets)]
    guilty = text[start:end]
    assert carets.endswith("^")
    assert not guilty or len(carets) <= len(shown)
    if not guilty:
        assert carets.count("^") == 1
        assert marked in (text[start : start + 1], "…")
    elif marked.endswith("…") and not guilty.endswith("…"):
        assert guilty.startswith(marked[:-1])
    else:
        assert marked == guilty


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_shown_text_is_one_line_that_fits_beside_the_margin(text, start, end):
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    for span in (None, (start, end)):
        shown = underline(text, span)[0]
        assert len(shown) <= 100
        assert len(shown.splitlines()) <= 1


@pytest.mark.parametrize("code_point", [0x00, 0x1B, 0x85, 0x202E, 0x2028, 0x2029, 0xD800, 0xDFFF], ids=hex)
def test_a_character_that_a_terminal_would_act_on_or_cannot_show_is_not_shown(code_point):
    character = chr(code_point)
    problem = Diagnostic("unparsable", "not expected", Where(text=f"a {character} @ b", span=(4, 5)))
    rendered = str(problem)
    assert character not in rendered
    rendered.encode()
    assert rendered.split("\n")[-1] == "   |     ^"


def test_width_counts_columns_of_a_terminal():
    assert display_width("a⁽³⁾ᵀ") == 5
    assert display_width("界") == 2
    assert display_width("y\u0302") == 1


# ---- filling in what is missing ------------------------------------------------------------------------------


def test_a_place_that_is_missing_is_filled_in_and_one_that_is_known_is_kept():
    problem = Diagnostic("bad", "this is bad", Where(text="a @ b", span=(0, 1)), ("note",), ("hint",))
    placed = problem.at(file="a.toml", line=4, text="another text", span=(2, 3))
    assert placed.where == Where(file="a.toml", line=4, text="a @ b", span=(0, 1))
    assert (placed.code, placed.message, placed.notes, placed.hints) == ("bad", "this is bad", ("note",), ("hint",))
    assert problem.where == Where(text="a @ b", span=(0, 1))


def test_filling_in_twice_keeps_the_innermost_place():
    placed = Diagnostic("bad", "this is bad").at(key="script[3]").at(key="script", file="a.toml")
    assert placed.where == Where(file="a.toml", key="script[3]")


def test_the_first_line_of_a_file_and_an_empty_text_count_as_known():
    placed = Diagnostic("bad", "this is bad", Where(text="", span=(0, 0))).at(text="a @ b", span=(1, 2))
    assert placed.where == Where(text="", span=(0, 0))


# ---- did you mean --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word, known, hints",
    [
        ("W22", ["W2", "x"], ("did you mean W2?",)),
        ("sigmiod", ["sigmoid", "softmax"], ("did you mean sigmoid?",)),
        ("W4", ["W2", "W3"], ()),
        ("qqqq", ["W2", "W3"], ()),
        ("W2", [], ()),
        ("delta", ["delta2", "delta3"], ("did you mean delta3 or delta2?",)),
    ],
)
def test_close_words_are_proposed_and_distant_ones_are_not(word, known, hints):
    assert did_you_mean(word, known) == hints


def test_at_most_three_words_are_proposed():
    (hint,) = did_you_mean("weight", [f"weight{number}" for number in range(9)])
    assert hint.count(" or ") == 2


def test_a_word_of_any_length_is_compared_at_once():
    assert did_you_mean("W" * 1_000_000, ["W2"] * 100) == ()
