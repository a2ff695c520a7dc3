"""JSON Lines for users of the library: what the command line prints."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine import Diagnostic, Program, derive
from engine.interop import json_lines
from engine.interop.json_lines import gradients_json, loss_of, step_json, values_json
from tests.interop.derivations import QUESTION
from tui.cli import main


def test_the_command_line_prints_the_librarys_lines(capsys):
    from engine.scenario import load

    assert main(["trace", "question", "--target", "all", "--layout", "numerator", "--json"]) == 0
    program = load("question").opening.program
    lines = json_lines(program, derive(program, layout="numerator"), with_target=True)
    assert capsys.readouterr().out.splitlines() == list(lines)


def test_steps_and_a_result_for_each_target():
    lines = [json.loads(line) for line in json_lines(QUESTION, derive(QUESTION))]
    assert [line["type"] for line in lines] == ["step", "step", "step", "result", "step", "step", "step", "result"]
    for line in lines:
        assert np.shape(line["value"]) == tuple(line["shape"])
    assert lines[3]["target"] == "W3"
    assert "target" not in lines[0]


def test_numbers_that_json_has_not_are_refused():
    program = Program(
        ["z = w * x", "L = sum(z * z)"], {"w": (2, 1), "x": (2, 1)}, {"w": [1e200, 1.0], "x": [1e100, 2.0]}
    )
    with np.errstate(all="ignore"), pytest.raises(Diagnostic, match="not finite"):
        list(json_lines(program, derive(program, "w")))


def test_a_tensor_of_millions_is_refused_before_it_is_built():
    program = Program(["z = W @ x", "L = sum(z)"], {"W": (300, 300), "x": (300, 1)})
    *_, last = derive(program, "W")
    with pytest.raises(Diagnostic, match="dz/dW has 27,000,000 entries") as problem:
        step_json(last)
    assert problem.value.code == "too_large"


def test_values_gradients_and_the_loss():
    assert values_json(QUESTION)["a3"] == QUESTION.values["a3"].tolist()
    assert loss_of(QUESTION) == QUESTION.values["L"].item()
    assert {name: np.shape(rows) for name, rows in gradients_json(QUESTION).items()} == {"W3": (2, 3), "W2": (3, 2)}
    vector = Program(["z = W @ x"], {"W": (3, 2), "x": (2, 1)})
    assert loss_of(vector) is None
    assert gradients_json(vector) == {}
