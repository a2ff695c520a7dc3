"""Mistakes across sections: none hides another, and names are checked wherever they can be known from the file."""

from __future__ import annotations

import pytest

from engine import ALL, Diagnostic, Diagnostics
from engine.scenario import load, loads

NETWORK = 'schema = 1\n[network]\nsizes = [2, 4, 3]\nactivations = ["tanh", "sigmoid"]\n'
PROGRAM = 'schema = 1\n[program]\nshapes = { x = [3, 1], W = [4, 3] }\nforward = ["z = W @ x", "L = sum(z)"]\n'


def places(text: str) -> list[tuple[str, int | None, str | None]]:
    """Code, line and key of everything that is wrong with `text`."""
    return [(problem.code, problem.where.line, problem.where.key) for problem in problems(text)]


def problems(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises((Diagnostic, Diagnostics)) as raised:
        loads(text, "lesson.toml")
    return raised.value.problems if isinstance(raised.value, Diagnostics) else (raised.value,)


def test_a_broken_network_hides_neither_values_nor_view_nor_script():
    text = """\
schema = 1
[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmod"]
loss = "hinge"
[values]
weights = "a.npz"
seed = "three"
[view]
layout = "nominator"
[[script]]
do = "expect"
formula = "W2 @"
shap = 3
[[script]]
do = "step"
count = 0
"""
    assert places(text) == [
        ("unknown_name", 4, "network.activations[1]"),
        ("unknown_name", 5, "network.loss"),
        ("bad_path", 7, "values.weights"),
        ("bad_value", 8, "values.seed"),
        ("bad_value", 10, "view.layout"),
        ("unparsable", 13, "script[0].formula"),
        ("unknown_key", 14, "script[0].shap"),
        ("bad_value", 17, "script[1].count"),
    ]


def test_wrong_values_hide_neither_the_view_nor_the_script():
    text = (
        NETWORK + '[values]\nx = [1]\nW9 = 1\n[view]\ntarget = "W7"\n[[script]]\ndo = "edit"\nname = "W8"\nvalue = 1\n'
    )
    assert places(text) == [
        ("wrong_shape", 6, "values.x"),
        ("unknown_name", 7, "values.W9"),
        ("unknown_name", 9, "view.target"),
        ("unknown_name", 12, "script[0].name"),
    ]


def test_all_missing_sizes_and_wrong_parameters_of_a_program_are_found():
    text = (
        'schema = 1\n[program]\nshapes = { x = ["n", 1], W = [4, "m"] }\nforward = ["z = W @ x"]\nparameters = ["V"]\n'
    )
    assert places(text) == [
        ("unknown_name", 3, "program.shapes.x"),
        ("unknown_name", 3, "program.shapes.W"),
        ("unknown_name", 5, "program.parameters[0]"),
    ]


# entry of the script, key, and what the message says
WRONG_NAMES = [
    ('do = "edit"\nname = "W9"\nvalue = 1', "name", "no input called W9"),
    ('do = "edit"\nname = "z1"\nvalue = 1', "name", "z1 is computed"),
    ('do = "target"\ntarget = "W9"', "target", "no value called W9"),
    ('do = "target"\ntarget = "W2"\nof = "a1"', "target", "a1 does not depend on W2"),
    ('do = "target"\ntarget = "W2"\nof = "a9"', "of", "no value called a9"),
    ('do = "jump"\nfactor = "dz9/da1"', "factor", "no value called z9"),
    ('do = "expect"\nfactor = "dz2/dq1"\nshape = [1]', "factor", "no value called q1"),
    ('do = "expect"\nfactor = "z2 by a1"\nshape = [1]', "factor", "a factor is written as dz3/da2"),
    ('do = "expect"\nname = "W9"\ngradient = 1', "name", "no value called W9"),
]


@pytest.mark.parametrize(("entry", "key", "says"), WRONG_NAMES, ids=[row[0].replace("\n", " ") for row in WRONG_NAMES])
def test_a_name_that_cannot_be_right_is_found_before_anything_is_played(entry, key, says):
    (problem,) = problems(f"{NETWORK}[[script]]\n{entry}\n")
    assert problem.where.key == f"script[0].{key}"
    assert says in problem.message


def test_a_target_is_checked_against_what_is_differentiated_by_then():
    of_a1 = '[[script]]\ndo = "target"\ntarget = "W1"\nof = "a1"\n'
    then_w2 = '[[script]]\ndo = "target"\ntarget = "W2"\n'
    assert places(NETWORK + of_a1 + then_w2) == [("no_path", 11, "script[1].target")]
    assert len(loads(NETWORK + of_a1 + '[[script]]\ndo = "reset"\n' + then_w2).script) == 3


def test_a_file_of_another_schema_is_only_told_so():
    text = "schema = 2\n[layers]\nsizes = 3\n"
    (problem,) = problems(text)
    assert (problem.code, problem.where.line) == ("bad_schema", 1)
    assert "schema 2" in problem.message
    assert "reads schema 1" in problem.message


@pytest.mark.parametrize(
    ("sections", "where"),
    [
        ('[view]\ntarget = "z9"', ("unknown_name", "view.target")),
        ('[view]\nof = "L9"', ("unknown_name", "view.of")),
        ('[view]\nof = "z"\ntarget = "L"', ("no_path", "view.target")),
        ('[view]\nentry = [4, 0]\nform = "entry"', ("bad_value", "view.entry")),
        ("[view]\nentry = [1]", ("bad_value", "view.entry")),
        ("[values]\nz = [1, 2, 3, 4]", ("not_an_input", "values.z")),
        ("values = 3", ("bad_value", "values")),
        ("view = 3", ("bad_value", "view")),
        ("[network]\nsizes = [1, 1]\nactivations = ['relu']", ("bad_scenario", "program")),
    ],
    ids=str,
)
def test_what_is_wrong_about_the_view_and_the_values_names_its_key(sections, where):
    top, rest = (sections, "") if sections[0] != "[" else ("", sections)
    text = PROGRAM.replace("schema = 1\n", f"schema = 1\n{top}\n") + rest
    (problem,) = problems(text)
    assert (problem.code, problem.where.key) == where


def test_a_forward_pass_that_overflows_names_its_line():
    lines = 'forward = [\n  "a = 2 * x",\n  "L = sum(exp(1000 * a**2))",\n]\n'
    text = f"schema = 1\n[program]\nshapes = {{ x = [3, 1] }}\n{lines}[values]\nx = [1, 2, 3]\n"
    assert places(text) == [("not_finite", 6, "program.forward[1]")]


def test_an_error_in_a_formula_points_into_the_formula():
    (problem,) = problems(f'{NETWORK}[[script]]\ndo = "expect"\nformula = "W2.T @@ z"\n')
    assert str(problem) == (
        "error[unparsable]: `@` is not expected here: a name, a number or `(` would be right\n"
        "  --> lesson.toml:7, script[0].formula\n"
        "   |\n"
        "   | W2.T @@ z\n"
        "   |       ^"
    )


@pytest.mark.parametrize(
    ("text", "line", "caret"),
    [
        ("[network\nsizes = 1\n", 1, 8),
        ("schema = 1\nschema = 2\n", 2, 10),
        ("schema = 1\ntitle = 'a\n", 2, 10),
        ("schema = 1\n[network]\nsizes = [2,\n\n\n", 3, 11),
    ],
    ids=repr,
)
def test_a_syntax_error_shows_its_line_with_a_caret(text, line, caret):
    (problem,) = problems(text)
    assert (problem.code, problem.where.line) == ("bad_toml", line)
    assert problem.where.text == text.split("\n")[line - 1]
    assert problem.where.span[0] == caret


def test_at_most_twenty_problems_are_listed():
    assert len(problems(NETWORK + '[[script]]\ndo = "dance"\n' * 50)) == 20


# ---- what is chosen where the file does not say ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shapes", "line", "target"),
    [
        ("x = [3, 1], V = [2, 2], W = [4, 3]", "L = sum(W @ x)", "W"),
        ("x = [3, 1]", "L = sum(x**2)", "x"),
        ("y = [3, 1], x = [3, 1]", "L = sum(x**2)", "x"),
    ],
)
def test_the_first_parameter_that_matters_is_the_target_and_else_the_first_input(shapes, line, target):
    scenario = loads(f'schema = 1\n[program]\nshapes = {{ {shapes} }}\nforward = ["{line}"]\n')
    assert scenario.opening.view.target == target


def test_all_can_be_the_target():
    assert loads(NETWORK + '[view]\ntarget = "all"\n').opening.view.target == ALL


# ---- where a scenario comes from -------------------------------------------------------------------------------------


def test_a_folder_is_not_a_scenario(tmp_path):
    with pytest.raises(Diagnostic, match="is a folder"):
        load(tmp_path)


def test_a_scenario_knows_its_file_and_falls_back_to_its_name_for_a_title(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(NETWORK)
    scenario = load(path)
    assert scenario.title == scenario.name == str(path)
    assert str(scenario.where("network.sizes")) == f"{path}:3, network.sizes"


def test_a_file_may_have_a_byte_order_mark_and_the_line_ends_of_windows(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + f'{NETWORK}[view]\ntarget = "W2"\n'.replace("\n", "\r\n").encode())
    scenario = load(path)
    assert (scenario.opening.view.target, scenario.where("view.target").line) == ("W2", 6)
