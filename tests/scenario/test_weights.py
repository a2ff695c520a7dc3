"""`[values] weights`: a file beside the scenario, and nothing that lies elsewhere."""

from __future__ import annotations

import os

import numpy as np
import pytest

from engine import Diagnostic, Diagnostics
from engine.interop import By
from engine.scenario import Severity, load, loads
from engine.scenario.check import check_scenario
from engine.session.log import digest
from tests.interop.stacks import linear, stack

LAYERS = stack((2, 4, 3))
TEXT = """\
schema = 1

[network]
sizes = [2, 4, 3]
activations = ["tanh", "sigmoid"]
bias = true
samples = "rows"

[values]
b1 = [1, 2, 3, 4]
weights = "layer.npz"
x = [0.5, -0.25]
"""


@pytest.fixture
def lesson(tmp_path):
    """A scenario's file with its weights beside it, in a folder of their own."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    np.savez(folder / "layer.npz", **linear(LAYERS))
    (folder / "lesson.toml").write_text(TEXT, encoding="utf-8")
    return folder / "lesson.toml"


def problems(path) -> list[Diagnostic]:
    with pytest.raises((Diagnostic, Diagnostics)) as raised:
        load(path)
    return list(raised.value.problems) if isinstance(raised.value, Diagnostics) else [raised.value]


def named(lesson, weights: str):
    lesson.write_text(TEXT.replace('"layer.npz"', f"'{weights}'"), encoding="utf-8")
    return lesson


def test_weights_are_read_from_beside_the_file_and_what_stands_in_it_wins(lesson, monkeypatch):
    scenario = load(lesson)
    inputs = scenario.opening.program.inputs
    np.testing.assert_array_equal(inputs["W1"], LAYERS[0][0].T)
    np.testing.assert_array_equal(inputs["W2"], LAYERS[1][0].T)
    assert inputs["b1"].tolist() == [[1, 2, 3, 4]]
    np.testing.assert_array_equal(inputs["b2"][0], LAYERS[1][1])
    assert [(part.source, part.parameter, part.transposed, part.by) for part in scenario.weights] == [
        ("0.weight", "W1", True, By.CONVENTION), ("2.weight", "W2", True, By.CONVENTION),
        ("2.bias", "b2", False, By.CONVENTION),
    ]  # fmt: skip
    monkeypatch.chdir(lesson.parent)
    np.testing.assert_array_equal(load("lesson.toml").opening.program.inputs["W1"], LAYERS[0][0].T)


def test_a_safetensors_file_is_read_too(lesson):
    pytest.importorskip("safetensors.numpy").save_file(linear(LAYERS), lesson.parent / "layer.safetensors")
    inputs = load(named(lesson, "layer.safetensors")).opening.program.inputs
    np.testing.assert_array_equal(inputs["W1"], LAYERS[0][0].T)


def test_a_file_may_have_the_programs_names_and_only_some_of_them(lesson):
    np.savez(lesson.parent / "layer.npz", W2=LAYERS[1][0].T)
    inputs = load(lesson).opening.program.inputs
    np.testing.assert_array_equal(inputs["W2"], LAYERS[1][0].T)
    drawn = loads(TEXT.replace('weights = "layer.npz"', "")).opening.program.inputs
    np.testing.assert_array_equal(inputs["W1"], drawn["W1"])


def test_a_value_that_stands_in_the_scenario_may_be_absent_from_the_file(lesson):
    weights = linear(LAYERS)
    del weights["0.bias"]
    np.savez(lesson.parent / "layer.npz", **weights)
    assert load(lesson).opening.program.inputs["b1"].tolist() == [[1, 2, 3, 4]]
    lesson.write_text(TEXT.replace("b1 = [1, 2, 3, 4]", ""), encoding="utf-8")
    assert problems(lesson)[0].code == "missing_weights"


def test_what_became_of_every_array_is_noted_by_check(lesson):
    notes = [finding for finding in check_scenario(load(lesson)) if finding.code == "weights"]
    assert [note.severity for note in notes] == [Severity.NOTE] * 3
    assert notes[0].message == "0.weight 4×2 float64 → W1 2×4, transposed, by convention"
    assert (notes[0].where.line, notes[0].where.key) == (11, "values.weights")


def test_a_recording_belongs_to_the_numbers_of_the_file(lesson):
    before = digest(load(lesson).opening)
    assert digest(load(lesson).opening) == before
    changed = linear(LAYERS)
    changed["2.weight"] = changed["2.weight"].copy()
    changed["2.weight"][2, 3] += 1e-9
    np.savez(lesson.parent / "layer.npz", **changed)
    assert digest(load(lesson).opening) != before


def test_a_mistake_in_the_file_is_located_in_the_scenario_and_names_both(lesson):
    np.savez(lesson.parent / "layer.npz", **linear(LAYERS) | {"2.weight": np.ones((4, 5))})
    (problem,) = problems(lesson)
    assert (problem.code, problem.where.file, problem.where.line, problem.where.key) == (
        "wrong_shape", str(lesson), 11, "values.weights",
    )  # fmt: skip
    assert problem.message == "layer.npz: 2.weight is 4×5, transposed 5×4, and the program's W2 is 4×3"


def test_a_mistake_in_the_file_hides_no_other(lesson):
    (lesson.parent / "layer.npz").write_bytes(b"no archive")
    lesson.write_text(TEXT.replace("x = [0.5, -0.25]", "x = [1, 2, 3]"), encoding="utf-8")
    assert [problem.where.key for problem in problems(lesson)] == ["values.weights", "values.x"]


def test_a_wrong_network_does_not_hide_a_mistake_in_the_file(lesson):
    np.savez(lesson.parent / "layer.npz", W2=np.full((4, 3), np.nan))
    lesson.write_text(TEXT.replace('"tanh"', '"tahn"'), encoding="utf-8")
    assert [(problem.code, problem.where.key) for problem in problems(lesson)] == [
        ("unknown_name", "network.activations[0]"), ("not_finite", "values.weights"),
    ]  # fmt: skip


def test_every_wrong_array_is_said(lesson):
    np.savez(lesson.parent / "layer.npz", **linear([(matrix.T, bias) for matrix, bias in LAYERS]))
    assert [problem.message.split(" is")[0] for problem in problems(lesson)] == [
        "layer.npz: 0.weight", "layer.npz: 2.weight",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "weights",
    ["../secret.npz", "/etc/passwd", "a/../../secret.npz", "./layer.npz", "", ".", "..", "a//layer.npz", "layer.npz/",
     "C:layer.npz", "..\\secret.npz", "\\\\server\\share.npz", "a" * 251, "file:layer.npz"],
)  # fmt: skip
def test_only_a_plain_path_is_followed(weights, lesson):
    np.savez(lesson.parent.parent / "secret.npz", **linear(LAYERS))
    (problem,) = problems(named(lesson, weights))
    assert (problem.code, problem.where.line, problem.where.key) == ("bad_path", 11, "values.weights")


def test_a_link_may_not_lead_out_of_the_folder(lesson):
    folder = lesson.parent
    np.savez(folder.parent / "secret.npz", **linear(LAYERS))
    (folder / "link.npz").symlink_to(folder.parent / "secret.npz")
    (folder / "out").symlink_to(folder.parent)
    (folder / "device.npz").symlink_to("/dev/zero")
    (folder / "ring.npz").symlink_to(folder / "ring.npz")
    for weights in ("link.npz", "out/secret.npz", "device.npz"):
        assert [problem.code for problem in problems(named(lesson, weights))] == ["bad_path"]
    assert [problem.code for problem in problems(named(lesson, "ring.npz"))] == ["unreadable"]
    (folder / "inside").mkdir()
    (folder / "layer.npz").rename(folder / "inside" / "layer.npz")
    (folder / "near.npz").symlink_to(folder / "inside" / "layer.npz")
    for weights in ("inside/layer.npz", "near.npz"):
        assert load(named(lesson, weights)).weights
    # and the scenario itself may be reached through a link: its folder is where the link leads from
    (folder.parent / "linked").symlink_to(folder)
    assert load(folder.parent / "linked" / "lesson.toml").weights


def test_a_folder_that_only_begins_alike_is_outside(lesson):
    twin = lesson.parent.with_name("lessons2")
    twin.mkdir()
    np.savez(twin / "layer.npz", **linear(LAYERS))
    (lesson.parent / "twin.npz").symlink_to(twin / "layer.npz")
    assert problems(named(lesson, "twin.npz"))[0].code == "bad_path"


def test_what_is_absent_or_no_regular_file_is_refused_without_waiting(lesson):
    os.mkfifo(lesson.parent / "pipe.npz")
    (lesson.parent / "folder.npz").mkdir()
    for weights in ("absent.npz", "pipe.npz", "folder.npz", "layer.npz/x.npz"):
        (problem,) = problems(named(lesson, weights))
        assert (problem.code, problem.where.key) == ("unreadable", "values.weights")
        assert weights in problem.message


def test_a_format_that_could_run_something_is_refused_unread(lesson):
    (lesson.parent / "layer.pt").write_bytes(b"")
    (problem,) = problems(named(lesson, "layer.pt"))
    assert problem.code == "bad_format"
    assert "safetensors.torch.save_file" in problem.hints[0]


@pytest.mark.parametrize("weights", ["3", "true", "[1, 2]", '["layer.npz"]', "{ file = 'layer.npz' }"])
def test_what_is_no_name_of_a_file_is_refused(weights, lesson):
    lesson.write_text(TEXT.replace('"layer.npz"', weights), encoding="utf-8")
    (problem,) = problems(lesson)
    assert (problem.code, problem.where.line) == ("bad_path", 11)


def test_a_text_that_is_in_no_folder_has_no_file_beside_it():
    with pytest.raises(Diagnostic, match="no folder") as raised:
        loads(TEXT)
    assert raised.value.where.key == "values.weights"


def test_a_program_may_call_an_input_weights():
    text = 'schema = 1\n[program]\nshapes = { weights = [1, 2], x = [2, 1] }\nforward = ["L = weights @ x"]\n'
    assert loads(text + "[values]\nweights = [3, 4]\n").opening.program.inputs["weights"].tolist() == [[3, 4]]
