"""Loading: what is right is loaded whole, and what is wrong is found at once, each with its line and key."""

from __future__ import annotations

import random
import string

import numpy as np
import pytest

from engine import Diagnostic, Diagnostics, Form, Layout
from engine.scenario import load, loads
from engine.scenario.library import lesson_names
from engine.session import actions

GOOD = """\
schema = 1
title = "A lesson"

[network]
sizes = [2, 4, 3]                 # a comment
activations = ["tanh", "sigmoid"]
bias = true

[values]
seed = 3
x = [0.5, -0.25]
W2 = [
    [0.1, 0.2, 0.3, 0.4],
    [1.1, 1.2, 1.3, 1.4],
    [2.1, 2.2, 2.3, 2.4],
]

[view]
target = "W1"
layout = "numerator"
form = "hadamard"

[[script]]
do = "step"
say = "The first."

[[script]]
do = "expect"
factor = "dz2/da1"
shape = [3, 4]
formula = "W2"
"""


def problems(text: str) -> list[Diagnostic]:
    with pytest.raises((Diagnostic, Diagnostics)) as raised:
        loads(text, "lesson.toml")
    return list(raised.value.problems) if isinstance(raised.value, Diagnostics) else [raised.value]


def test_a_network_is_loaded_with_its_numbers_view_and_script():
    scenario = loads(GOOD)
    opening = scenario.opening
    assert opening.program.inputs["x"].tolist() == [[0.5], [-0.25]]
    assert opening.program.inputs["W2"][2, 3] == 2.4
    assert opening.program.inputs["b1"].shape == (4, 1)
    assert (opening.view.target, opening.view.layout, opening.view.form) == ("W1", Layout.NUMERATOR, Form.HADAMARD)
    assert [type(action) for action in scenario.script] == [actions.Step, actions.Expect]
    assert scenario.script[0].say == "The first."
    assert scenario.where("script[1].shape").line == 30


def test_a_program_is_loaded_with_named_dimensions():
    scenario = loads("""
schema = 1
[program]
dims = { h = 4, n = 3 }
shapes = { x = ["n", 1], y = [2, 1], W1 = ["h", "n"], W2 = [2, "h"] }
forward = ["z1 = W1 @ x", "a1 = tanh(z1)", "L = half_squared_error(W2 @ a1, y)"]
""")
    program = scenario.opening.program
    assert program.plan.inputs["W1"] == (4, 3)
    assert [size.name for size in program.plan.inputs["W1"]] == ["h", "n"]
    assert program.parameters == ("W1", "W2")
    assert scenario.opening.view.target == "W1"


def test_a_network_can_have_a_batch_of_rows_a_mean_and_a_regularisation():
    text = GOOD.replace("bias = true", 'bias = true\nbatch = 5\nsamples = "rows"\nreduction = "mean"\nl2 = 0.1')
    text = text[: text.index("[values]")].replace('"sigmoid"', '"softmax"')
    program = loads(text).opening.program
    assert (program.plan.inputs["x"], program.plan.inputs["W1"], program.plan.inputs["b2"]) == ((5, 2), (2, 4), (1, 3))
    assert program.plan.lines["a2"].text == "a2 = softmax_rows(z2)"
    assert set(program.plan.lines) >= {"E", "R", "L"}


def test_what_is_not_given_is_drawn_from_the_seed_and_giving_one_value_leaves_the_others():
    one, same, other = (
        loads(GOOD),
        loads(GOOD.replace("x = [0.5, -0.25]", "")),
        loads(GOOD.replace("seed = 3", "seed = 4")),
    )
    np.testing.assert_array_equal(one.opening.values["W1"], same.opening.values["W1"])
    assert not np.array_equal(one.opening.values["W1"], other.opening.values["W1"])


# change in the good file, code, line, key, and what the message says
WRONG = [
    ('do = "step"', 'do = "stepp"', "bad_value", 24, "script[0].do", "no action called stepp"),
    ('do = "step"', "", "missing_key", 23, "script[0]", "no `do`"),
    ("shape = [3, 4]", 'shape = "3×4"', "bad_value", 30, "script[1].shape", "must be a list"),
    ("shape = [3, 4]", "shape = [3, 4.5]", "bad_value", 30, "script[1].shape[1]", "a whole number, not a number"),
    ("shape = [3, 4]", "shap = [3, 4]", "unknown_key", 30, "script[1].shap", "no key shap"),
    ('formula = "W2"', 'formula = "W2 @"', "unparsable", 31, "script[1].formula", "an operand is missing"),
    ('layout = "numerator"', 'layout = "nominator"', "bad_value", 20, "view.layout", "no layout called nominator"),
    ('target = "W1"', 'target = "W9"', "unknown_name", 19, "view.target", "no value called W9"),
    ("schema = 1", "schema = 2", "bad_schema", 1, "schema", "schema 2"),
    ("schema = 1", "", "missing_key", None, None, "schema is missing"),
    ('title = "A lesson"', 'titel = "A lesson"', "unknown_key", 2, "titel", "no key titel"),
    ("[network]", "[netwrok]", "unknown_key", 4, "netwrok", "no key netwrok"),
    ("sizes = [2, 4, 3]", "sizes = [2, 4]", "bad_network", 6, "network.activations", "1 layers need as many"),
    ("sizes = [2, 4, 3]", "sizes = [2, 0, 3]", "bad_value", 5, "network.sizes[1]", "must be at least 1, not 0"),
    ("sizes = [2, 4, 3]", "sizes = [2, 400000, 3]", "bad_value", 5, "network.sizes[1]", "at most 10,000, not"),
    ('"tanh"', '"tahn"', "unknown_name", 6, "network.activations[0]", "no activation called tahn"),
    ("x = [0.5, -0.25]", "x = [0.5, -0.25, 1]", "wrong_shape", 11, "values.x", "x is 2×1"),
    ("x = [0.5, -0.25]", "x = [nan, 1]", "not_finite", 11, "values.x[0]", "nan is not a finite number"),
    ("x = [0.5, -0.25]", 'x = ["a", "b"]', "bad_value", 11, "values.x", "must be numbers"),
    ("x = [0.5, -0.25]", "q = 3", "unknown_name", 11, "values.q", "no input called q"),
    ("[1.1, 1.2, 1.3, 1.4]", "[1.1, 1.2]", "bad_value", 12, "values.W2", "rows of equal length"),
    ("seed = 3", "seed = -1", "bad_value", 10, "values.seed", "whole number from 0"),
    ("bias = true", 'samples = "row"', "bad_value", 7, "network.samples", "no samples called row"),
    ("bias = true", 'reduction = "max"', "bad_value", 7, "network.reduction", "no reduction called max"),
    ("bias = true", "l2 = -1.5", "bad_value", 7, "network.l2", "l2 must be at least 0, not -1.5"),
    ("bias = true", "batch = 0", "bad_value", 7, "network.batch", "batch must be at least 1, not 0"),
    ("bias = true", "bias = tru", "bad_toml", 7, None, "not TOML"),
    ("[view]", "[view", "bad_toml", 18, None, "not TOML"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("good", "wrong", "code", "line", "key", "says"), WRONG, ids=[row[1] or row[0] for row in WRONG]
)
def test_a_mistake_is_named_with_its_line_and_key(good, wrong, code, line, key, says):
    found = problems(GOOD.replace(good, wrong, 1))
    assert (found[0].code, found[0].where.line, found[0].where.key) == (code, line, key)
    assert says in found[0].message
    assert found[0].where.file == "lesson.toml"


def test_every_mistake_is_found_at_once():
    text = GOOD
    for good, wrong in (
        ('"tanh"', '"tahn"'),
        ('do = "step"', 'do = "stepp"'),
        ("shape = [3, 4]", "shap = 1"),
        ("form =", "from ="),
    ):
        text = text.replace(good, wrong)
    assert [problem.where.key for problem in problems(text)] == [
        "network.activations[0]", "view.from", "script[0].do", "script[1].shap",
    ]  # fmt: skip


def test_a_mistake_in_a_formula_keeps_its_place_in_the_formula_and_its_line_in_the_file():
    shapes = "shapes = { x = [3, 1], W = [4, 3] }"
    text = f'schema = 1\n[program]\n{shapes}\nforward = [\n  "z = W @ x",\n  "L = sum(z * q)",\n]\n'
    (problem,) = problems(text)
    assert (problem.code, problem.where.line, problem.where.key) == ("unknown_name", 6, "program.forward[1]")
    assert problem.where.text[slice(*problem.where.span)] == "q"


def test_a_line_that_reads_a_bad_line_is_not_reported_again():
    text = 'schema = 1\n[program]\nshapes = { x = [3, 1] }\nforward = ["z = W @ x", "a = tanh(z)", "L = sum(a)"]\n'
    assert [problem.message for problem in problems(text)] == ["there is no value called W"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("no-such-lesson", "unknown_scenario"),
        ("questoin", "unknown_scenario"),
        ("a/b.toml", "unknown_scenario"),
        ("\0", "unknown_scenario"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(name, code):
    with pytest.raises(Diagnostic) as problem:
        load(name)
    assert problem.value.code == code
    if name == "questoin":
        assert problem.value.hints == ("did you mean question?",)


def test_a_file_that_is_too_large_or_not_text_is_refused(tmp_path):
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(Diagnostic, match="1,000,000 bytes"):
        load(path)
    path.write_bytes(b'schema = 1\ntitle = "\xff"\n')
    with pytest.raises(Diagnostic, match="line 2"):
        load(path)


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 5000, "a = 1" + "0" * 5000, "[" + "a." * 3000 + "a]",
     "schema = 1\nnetwork = 3", "schema = 1\nscript = 7",
     "schema = 1\n[network]\nsizes = [5000, 5000, 5000, 5000]\nactivations = ['relu', 'relu', 'relu']",
     "schema = 1\nvalues = 1\n[program]\nshapes = { x = [99999, 99999] }\nforward = ['L = sum(x)']"],
    ids=range(7),
)  # fmt: skip
def test_a_hostile_file_is_refused_at_once(text):
    assert problems(text)


def test_thousands_of_damaged_files_are_loaded_or_refused():
    source = random.Random(5)
    refused: list[str] = []
    texts = [GOOD, *(load_text(name) for name in lesson_names())]
    for _ in range(1_500):
        text = source.choice(texts)
        for _ in range(source.randint(1, 6)):
            place = source.randrange(len(text))
            piece = source.choice(
                [
                    "",
                    source.choice(string.printable),
                    "[[",
                    '"""',
                    "= ",
                    "nan",
                    "-1",
                    "\n[view]\n",
                    text[place : place + 30],
                ]
            )
            text = text[:place] + piece + text[place + source.choice([0, 1, 10]) :]
        try:
            loads(text)
        except (Diagnostic, Diagnostics) as problem:
            refused.append(str(problem))
    assert 100 < len(refused) < 1_500
    assert all(message.startswith("error[") for message in refused)


def load_text(name: str) -> str:
    from engine.scenario.library import read_source

    return read_source(name)[1]
