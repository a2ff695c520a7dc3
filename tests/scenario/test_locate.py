"""Lines of keys: right where a file is well-formed, and no failure where it is not."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.scenario.locate import endless_key, line_of, locate

TEXT = '''\
schema = 1
title = """
[not a table]
key = 1
"""
[values]       # [[script]]
"quoted" = 2
a.b = 3
matrix = [
    [1, 2],  # [3, 4],
    [5, 6],
]
inline = { x = [1, "]"], y = '}' }

[[script]]
do = "step"
say = \'\'\'
[[script]]
\'\'\'
[[script]]
do = "back"
'''


def test_every_key_has_its_line():
    lines = locate(TEXT)
    expected = {
        "schema": 1, "title": 2, "values": 6, "values.quoted": 7, "values.a.b": 8, "values.matrix": 9,
        "values.matrix[0]": 10, "values.matrix[1]": 11, "values.inline": 13, "script[0]": 15, "script[0].do": 16,
        "script[0].say": 17, "script[1]": 20, "script[1].do": 21,
    }  # fmt: skip
    assert {key: lines.get(key) for key in expected} == expected
    assert not any("not a table" in key for key in lines)


def test_what_has_no_line_gets_that_of_what_is_around_it():
    lines = locate(TEXT)
    assert line_of(lines, "values.matrix[1][0]") == 11
    assert line_of(lines, "values.nobody") == 6
    assert line_of(lines, "script[1].say") == 20
    assert line_of(lines, "nobody") is None


@given(st.text(alphabet="ab=.[]{}\"'#,\n\\ 1", max_size=80))
def test_any_text_can_be_scanned(text):
    lines = locate(text)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


values = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.text("ab[]{}#,", max_size=5),
    lambda part: st.lists(part, max_size=3),
    max_leaves=6,
)


@given(
    st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), values), max_size=4, unique_by=lambda pair: pair[0])
)
def test_keys_stand_where_they_were_written(pairs):
    lines, expected = ["[table]"], {}
    for key, value in pairs:
        expected[f"table.{key}"] = len(lines) + 1
        lines += f"{key} = {_toml(value)}".split("\n")
    text = "\n".join(lines)
    tomllib.loads(text)
    found = locate(text)
    assert {key: line for key, line in found.items() if key in expected} == expected


def _toml(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[\n" + "".join(f"  {_toml(part)}, # ] }}\n" for part in value) + "]"
    return repr(value) if isinstance(value, int) else f'"{value}"'


def test_tables_inside_of_a_script_entry_and_inline_entries_have_their_lines():
    text = """\
script = [
  { do = "step" },  # { do = "back" }
  { do = "expect", value = [
      [1],
      [2],
  ] },
]
[[a.b]]
[a.b.c]
x = 1
[[a.b]]
[a.b.c]
x = 2
["quoted . key".'other']
y = 3
"""
    tomllib.loads(text)
    lines = locate(text)
    expected = {
        "script": 1, "script[0].do": 2, "script[1]": 3, "script[1].value": 3, "a.b[0]": 8, "a.b[0].c": 9,
        "a.b[0].c.x": 10, "a.b[1].c.x": 13, "quoted . key.other": 14, "quoted . key.other.y": 15,
    }  # fmt: skip
    assert {key: lines.get(key) for key in expected} == expected
    assert line_of(lines, "script[1].value[1][0]") == 3


@pytest.mark.parametrize(
    "quotes", ['""""""', '"""a"""', '"""a""""', '"""a"""""', "'''a'''''", r'"""\""""', '"a\\""', "''"]
)
def test_a_string_ends_where_it_ends(quotes):
    text = f"first = [{quotes},\n  2]\nsecond = 3\n"
    tomllib.loads(text)
    assert locate(text) == {"first": 1, "first[0]": 1, "first[1]": 2, "second": 3}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a.b.c = 1\n", None),
        ("a = 1.5\nb = [1.5, 2.5, 3.5, 4.5]\n", None),
        ('say = "a.b.c.d.e.f.g"\n# a.b.c.d.e.f.g\n', None),
        ("x = 1\na.b . 'c'.d.\"e\" = 1\n", 2),
        ("[a.b.c.d.e]\n", 1),
        ("x = { a.b.c.d.e = 1 }\n", 1),
    ],
)
def test_a_key_of_too_many_parts_is_found_before_it_is_parsed(text, line):
    assert endless_key(text, 4) == line
