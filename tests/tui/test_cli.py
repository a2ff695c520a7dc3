"""The command line: the contract that scripts rely on, and messages for people."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from engine import Form, Layout, derive
from engine.scenario import lessons, load
from tui.cli import main

STEP_KEYS = {
    "type", "index", "factor", "layout", "form", "shape", "structure", "formula", "value", "side", "operation",
    "before_shape", "before", "after_shape", "after", "why",
}  # fmt: skip

BATCH = """
schema = 1
title = "A row batch"
[program]
shapes = { X = [5, 3], y = [5, 2], W = [3, 2], b = [1, 2] }
forward = ["Z = X @ W + b", "A = tanh(Z)", "L = mean((A - y)**2)"]
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict]:
    status, out, err = run(capsys, *arguments, "--json")
    assert (status, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def batch(tmp_path):
    path = tmp_path / "batch.toml"
    path.write_text(BATCH)
    return str(path)


# ---- trace -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("form", Form)
def test_trace_says_each_step_as_the_contract_has_it(capsys, layout, form):
    *steps, result = lines(capsys, "trace", "question", "--target", "W2", "--layout", layout, "--form", form)
    program = load("question").opening.program
    expected = list(derive(program, "W2", layout=layout, form=form))
    assert len(steps) == len(expected) == 5
    for line, step in zip(steps, expected, strict=True):
        extra = {"entry"} if form is Form.ENTRY and step.is_last else set()
        assert set(line) == STEP_KEYS | extra
        assert (line["index"], line["factor"], line["formula"]) == (step.index, step.factor.name, step.factor.formula)
        assert np.shape(line["value"]) == tuple(line["shape"]) == step.factor.shape
        np.testing.assert_array_equal(line["value"], step.factor.value)
        assert np.shape(line["after"]) == tuple(line["after_shape"])
    assert steps[0]["side"] is steps[0]["operation"] is steps[0]["before"] is steps[0]["before_shape"] is None
    for one, other in pairwise(steps):
        np.testing.assert_array_equal(one["after"], other["before"])
    assert (result["type"], result["target"], result["layout"]) == ("result", "W2", layout)
    assert result["shape"] == ([3, 2] if layout is Layout.DENOMINATOR else [2, 3])
    np.testing.assert_array_equal(result["value"], expected[-1].result.value)
    assert result["loss"] == pytest.approx(0.24372097518143712, rel=1e-12)


def test_the_third_line_is_the_one_of_the_design(capsys):
    line = lines(capsys, "trace", "question", "--target", "W2")[2]
    expected = {
        "type": "step", "index": 2, "factor": "dz3/da2", "layout": "denominator", "form": "jacobian", "shape": [3, 2],
        "structure": "dense", "formula": "W3.T", "side": "left", "operation": "matmul", "before_shape": [2, 1],
        "after_shape": [3, 1],
    }  # fmt: skip
    assert {key: line[key] for key in expected} == expected
    assert line["value"] == [[0.5, -0.6], [-0.2, 0.4], [0.3, 0.1]]


def test_with_target_all_every_step_has_its_target_and_a_result_follows_each(capsys):
    found = lines(capsys, "trace", "question", "--target", "all")
    assert [line["target"] for line in found] == ["W3", "W3", "W3", "W3", "W2", "W2", "W2", "W2"]
    assert [line["type"] for line in found].count("result") == 2
    gradients = lines(capsys, "grad", "question")[0]["gradients"]
    for line in found:
        if line["type"] == "result":
            np.testing.assert_array_equal(line["value"], gradients[line["target"]])


def test_of_and_target_choose_what_is_differentiated_by_what(capsys):
    *steps, result = lines(capsys, "trace", "question", "--of", "z3", "--target", "W2")
    assert steps[0]["factor"] == "dz3/da2"
    assert (result["of"], result["shape"]) == ("z3", [3, 2, 2])


def test_an_entry_can_be_chosen(capsys):
    *_, last, result = lines(capsys, "trace", "question", "--target", "W2", "--form", "entry", "--entry", "2,1")
    assert last["entry"] == [2, 1]
    assert last["after"] == [[result["value"][2][1]]]


def test_a_derivation_is_plain_text_when_it_is_piped(capsys):
    status, out, _ = run(capsys, "trace", "question", "--target", "W2")
    assert status == 0
    assert "\x1b" not in out
    assert "3.  ∂L/∂a2 = ∂z3/∂a2 · ∂L/∂z3 = W3ᵀ · ∂L/∂z3" in out
    assert "∂L/∂W2 = ((W3.T @ ((a3 - y) * a3 * (1 - a3))) * drelu(z2)) @ a1.T" in out


def test_a_scenario_of_ones_own_is_traced(capsys, batch):
    *_, result = lines(capsys, "trace", batch, "--target", "b")
    assert result["shape"] == [1, 2]
    np.testing.assert_allclose(result["value"], lines(capsys, "grad", batch)[0]["gradients"]["b"])


# ---- rosetta ---------------------------------------------------------------------------------------------------------


def test_rosetta_says_of_each_tool_what_to_type_and_how_to_get_from_there_to_the_factor(capsys):
    found = lines(capsys, "rosetta", "question", "--target", "W2")
    steps = {step["factor"]: step for step in lines(capsys, "trace", "question", "--target", "W2")[:-1]}
    assert list(dict.fromkeys(line["factor"] for line in found)) == list(steps)
    assert {line["tool"] for line in found} == {"PyTorch", "JAX", "SymPy", "MATLAB", "matrixcalculus.org"}
    for line in found:
        assert set(line) == {
            "type", "index", "factor", "line", "layout", "shape", "order", "tool", "call", "code", "tool_shape",
            "tool_vector_shape", "tool_order", "is_run", "to_chainstep", "numpy",
        }  # fmt: skip
        assert (line["type"], line["index"]) == ("rosetta", steps[line["factor"]]["index"])
        assert line["shape"] == steps[line["factor"]]["shape"] == line["to_chainstep"]["then_reshape"]
    (diff,) = (line for line in found if (line["call"], line["factor"]) == ("sympy.diff", "dz2/dW2"))
    array = np.einsum("ki,j->ijk", np.eye(3), [0.5, -0.25])[..., None]  # SymPy's axes: those of W2, then those of z2
    way = diff["to_chainstep"]
    ours = array.reshape(way["reshape"]).transpose(way["transpose"]).reshape(way["then_reshape"])
    np.testing.assert_array_equal(ours, steps["dz2/dW2"]["value"])


@pytest.mark.parametrize("chosen", [["--factor", "dz3/da2"], ["--step", "3"]], ids=" ".join)
def test_rosetta_of_one_factor(capsys, chosen):
    found = lines(capsys, "rosetta", "question", "--target", "W2", "--layout", "numerator", *chosen)
    assert {(line["factor"], *line["shape"]) for line in found} == {("dz3/da2", 2, 3)}
    status, out, _ = run(capsys, "rosetta", "question", "--target", "W2", *chosen)
    assert status == 0
    assert "\x1b" not in out
    assert "3.  ∂z3/∂a2 of z3 = W3 @ a2: z3 is 2×1, a2 is 3×1" in out
    assert "J is 2×1×3×1 (2×3 of vectors with one dimension), ∂z3[k]/∂a2[i] at [k, 0, i, 0]" in out
    assert "chainstep's is J.reshape(2, 3).T" in out


def test_rosetta_of_a_factor_needs_no_target(capsys):
    assert lines(capsys, "rosetta", "--factor", "dz3/da2") == lines(
        capsys, "rosetta", "--factor", "dz3/da2", "--target", "W2"
    )


# ---- grad, list, replay, check ---------------------------------------------------------------------------------------


def test_grad_gives_the_loss_every_value_and_every_gradient_in_its_own_shape(capsys, batch):
    (line,) = lines(capsys, "grad", batch)
    assert set(line) == {"type", "loss", "values", "gradients"}
    assert line["type"] == "gradients"
    assert {name: np.shape(value) for name, value in line["gradients"].items()} == {"W": (3, 2), "b": (1, 2)}
    assert np.shape(line["values"]["A"]) == (5, 2)


def test_list_names_the_lessons(capsys):
    first, *_ = lines(capsys, "list")
    assert set(first) == {"type", "name", "title", "summary"}
    status, out, _ = run(capsys, "list")
    assert status == 0
    assert "question" in out
    rows = [(line, lesson) for lesson in lessons() for line in out.splitlines() if line.startswith(f"{lesson.name}  ")]
    assert len(rows) == len(lessons()), "a title runs into a name"
    assert len({line.index(lesson.title) for line, lesson in rows}) == 1


def test_replay_says_each_entry_and_the_end(capsys):
    *events, end = lines(capsys, "replay", "question")
    script = load("question").script
    assert [event["seq"] for event in events] == list(range(len(script)))
    assert all(event["type"] == "event" and event["ok"] for event in events)
    assert {"type", "ok", "loss", "values", "gradients"} <= set(end)
    assert (end["type"], end["ok"]) == ("end", True)
    assert end["loss"] == pytest.approx(0.2363597055313609)


def test_replay_exits_with_1_when_an_expectation_fails_and_goes_on(capsys, tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(BATCH + '[[script]]\ndo = "expect"\nloss = 7\n[[script]]\ndo = "step"\n')
    status, out, err = run(capsys, "replay", str(path), "question", "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert (status, err) == (1, "")
    assert (found[0]["ok"], found[1]["ok"], found[2]["type"], found[2]["ok"]) == (False, True, "end", False)
    assert found[-1]["ok"]
    status, out, _ = run(capsys, "replay", str(path))
    assert status == 1
    assert f"{path}:7, script[0]: the loss is" in out


def test_check_exits_with_0_for_a_sound_scenario_and_with_1_for_one_that_breaks_its_promise(capsys, tmp_path):
    assert run(capsys, "check", "question")[0] == 0
    path = tmp_path / "wrong.toml"
    path.write_text(BATCH + '[[script]]\ndo = "expect"\nloss = 7\n')
    status, out, _ = run(capsys, "check", str(path), "--json")
    assert status == 1
    assert [json.loads(line)["type"] for line in out.splitlines()] == ["finding", "end"]


# ---- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["trace", "nowhere.toml"], "there is no file called nowhere.toml"),
        (["trace", "question", "--layout", "denominater"], "did you mean denominator?"),
        (["trace", "question", "--form", "matrix"], "there is no form called matrix"),
        (["trace", "question", "--target", "W4"], "no value called W4"),
        (["trace", "question", "--of", "z2", "--target", "W3"], "z2 does not depend on W3"),
        (["trace", "question", "--entry", "one"], "an entry is row,column"),
        (["trace", "question", "--form", "entry", "--entry", "9,9"], "has no entry [9, 9]"),
        (["trace", "question", "--lay", "numerator", "--jsno"], "unrecognized arguments"),
        (["rosetta", "--target", "W2", "--factor", "dz3/da3"], "did you mean"),
        (["rosetta", "--factor", "W3"], "the chain has no factor W3"),
        (["rosetta", "--factor", "dz3/dq"], "no value called q"),
        (["rosetta", "--target", "W2", "--step", "9"], "steps 1 to 5"),
        (["rosetta", "--layout", "numberator"], "did you mean numerator?"),
        (["trce", "question"], "did you mean trace?"),
        (["surgeon"], "no such command"),
        (["replay"], "required"),
        (["check", "question", "nowhere"], "nowhere"),
    ],
    ids=" ".join,
)
def test_unusable_input_exits_with_2_and_one_message_on_standard_error(capsys, arguments, says):
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert says in err
    assert err.startswith("error[")
    assert "Traceback" not in err
    assert out == "" or arguments[0] == "check"


def test_every_problem_of_a_file_is_on_standard_error(capsys, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("schema = 1\n[network]\nsizes = [2]\nactivations = 3\n")
    status, out, err = run(capsys, "grad", str(path), "--json")
    assert (status, out) == (2, "")
    assert "bad.toml:3, network.sizes" in err
    assert "bad.toml:4, network.activations" in err


def test_help_and_version_exit_with_0(capsys):
    for arguments in (["--help"], ["--version"], ["trace", "--help"]):
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        assert leaving.value.code == 0
    assert "trace" in capsys.readouterr().out


# ---- as a process ----------------------------------------------------------------------------------------------------


def test_headless_commands_import_no_textual_and_no_rich():
    code = (
        "import sys; from tui.cli import main; main(['replay', 'question', '--json']); main(['trace']);"
        "loaded = {'textual', 'rich'} & set(sys.modules); assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_goes_away_is_no_error():
    command = f"{sys.executable} -m tui.cli trace question --target all --json | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert json.loads(done.stdout)["index"] == 0


def test_without_a_terminal_the_app_is_linear():
    done = subprocess.run(
        [sys.executable, "-m", "tui"], input="n\nq\n", capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == "chainstep: input is no terminal, so it goes on in plain lines, as with --linear\n"
    assert "step 1 of 3. ∂L/∂a3 = a3 − y." in done.stdout
    assert "\x1b" not in done.stdout
