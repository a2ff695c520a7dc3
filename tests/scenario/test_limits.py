"""Files from anywhere: whatever is in them, they are refused at once, and nothing of them acts on a terminal."""

from __future__ import annotations

import time

import pytest

from engine import Diagnostic, Diagnostics
from engine.scenario import loads
from engine.scenario.limits import is_printable

NETWORK = 'schema = 1\n[network]\nsizes = [2, 4, 3]\nactivations = ["tanh", "sigmoid"]\n'
LONG = 250_000
SECONDS = 5
"""Anything quadratic takes minutes."""


def refusals(text: str) -> list[Diagnostic]:
    start = time.perf_counter()
    with pytest.raises((Diagnostic, Diagnostics)) as raised:
        loads(text, "lesson.toml")
    assert time.perf_counter() - start < SECONDS
    assert is_printable(str(raised.value)), "the message would act on a terminal"
    return list(raised.value.problems) if isinstance(raised.value, Diagnostics) else [raised.value]


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        (NETWORK + "[values]\nx = " + "[" * 9 + "]" * 9, "too_large", "values.x[0][0][0][0][0][0]"),
        (NETWORK + "[[script]]\ndo = 'expect'\nvalue = " + "[" * 200 + "]" * 200, "too_large", None),
        (NETWORK + "[values]\nx = " + "[" * 100_000 + "]" * 100_000, "bad_toml", None),
        (NETWORK + "x = " + "{ a = " * 50_000 + "1" + "}" * 50_000, "bad_toml", None),
        (NETWORK + ".".join("a" * 100_000) + " = 1", "too_large", None),
        (NETWORK + "[" + ".".join("a" * 100_000) + "]", "too_large", None),
        (NETWORK + f"{'a' * 101} = 1", "bad_text", "network"),
        (NETWORK + "[values]\nx = [1" + "0" * 400 + ", 1]", "too_large", "values.x[0]"),
        (NETWORK + "[values]\nx = 1" + "0" * 5_000, "bad_toml", None),
        (NETWORK.replace("tanh", "t" * 4_001), "too_large", "network.activations[0]"),
        (NETWORK + "[[script]]\ndo = 'step'\n" * 10_001, "too_large", "script"),
        (NETWORK.replace("[2, 4, 3]", "[10000, 10000, 3]"), "too_large", "network.sizes"),
        (NETWORK + "[[script]]\ndo = 'expect'\nloss = inf", "not_finite", "script[0].loss"),
        (NETWORK + "[[script]]\ndo = 'expect'\ntolerance = nan\nloss = 1", "not_finite", "script[0].tolerance"),
        (NETWORK + "[values]\nx = [[1], [-inf]]", "not_finite", "values.x[1][0]"),
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_beyond_a_limit_is_refused_at_once(text, code, key):
    found = refusals(text)
    assert found[0].code == code
    assert key is None or found[0].where.key == key


def test_numbers_that_are_not_finite_hide_nothing_and_are_named_once():
    text = NETWORK + "[values]\nx = [nan, 1]\nW9 = 3\n[[script]]\ndo = 'expect'\nloss = inf\nshap = 3\n"
    assert [problem.where.key for problem in refusals(text)] == [
        "values.x[0]", "values.W9", "script[0].loss", "script[0].shap",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "character", ["\\u001b", "\\u0007", "\\r", "\\u0000", "\\u009b", "\\u202e", "\\u2066", "\\u2028"]
)
@pytest.mark.parametrize(
    "text",
    ['title = "a{}b"\n', '[values]\n"a{}b" = 1\n', '[view]\ntarget = "a{}b"\n', '[[script]]\ndo = "a{}b"\n',
     '[[script]]\ndo = "note"\nsay = "a{}b"\n'],
)  # fmt: skip
def test_text_that_would_act_on_a_terminal_is_refused_and_not_quoted(text, character):
    text = text.format(character)
    text = NETWORK.replace("schema = 1\n", f"schema = 1\n{text}") if text.startswith("title") else NETWORK + text
    assert {problem.code for problem in refusals(text)} == {"bad_text"}


@pytest.mark.parametrize(
    "text", ["½Σ(a³ − y)²", "δ ⊙ σ′(z⁽²⁾)", "שלום", "مرحبا", "👩‍🏫", "two\n\tlines", "é", "y\u0302"]
)
def test_any_language_may_be_written(text):
    assert is_printable(text)


@pytest.mark.parametrize(
    "piece",
    ["[", "[[a]]\n", "{", "]", '"', '"""', "'''", "'", '\\"', '"\\"', "a.", "a = [", "a = {", "=", ",", "#", " ", "\n",
     "1,", "\\", '"a".', "[a.", "é", "\t=", "[ "],
)  # fmt: skip
def test_a_long_text_of_anything_is_refused_in_linear_time(piece):
    refusals("schema = 1\n" + piece * (LONG // len(piece)))


@pytest.mark.parametrize("text", ["x = [{}]", "x = '''{}'''", "{}x = 1", "[{}x]"], ids=str)
@pytest.mark.parametrize("piece", [" ", "1, ", "{}, ", "[], "])
def test_a_long_text_of_a_good_thing_is_read_in_linear_time(text, piece):
    refusals(NETWORK + text.replace("{}", piece * (LONG // len(piece))))
