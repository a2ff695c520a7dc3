"""`chainstep trace` as LaTeX, Markdown and NumPy: what scripts and people get on standard output."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine import derive
from engine.interop import latex_document, latex_fragment, markdown, numpy_code
from engine.scenario import load
from tui.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_each_export_is_the_librarys(capsys):
    scenario = load("question")
    program = scenario.opening.program

    def steps():
        return derive(program, "W2", layout="numerator", form="hadamard")

    expected = {
        "--latex": latex_document(latex_fragment(program, steps()), title=scenario.title),
        "--markdown": markdown(program, steps(), title=scenario.title),
        "--numpy": numpy_code(program, "W2"),
    }
    for flag, text in expected.items():
        arguments = ("trace", "question", "--target", "W2", "--layout", "numerator", "--form", "hadamard", flag)
        assert run(capsys, *arguments) == (0, text, "")


def test_an_export_is_the_same_whatever_the_terminal_speaks():
    command = [sys.executable, "-m", "tui.cli", "trace", "question", "--markdown"]
    ascii_only = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": "ascii"}, check=True)
    assert "∂L/∂a3" in ascii_only.stdout.decode("utf-8")


def test_two_exports_at_once_are_refused(capsys):
    status, out, err = run(capsys, "trace", "question", "--latex", "--json")
    assert (status, out) == (2, "")
    assert "not allowed with" in err


@pytest.mark.parametrize("arguments, said", [
    (("--numpy", "--order", "forward"), "--numpy writes backpropagation, and the order is forward"),
    (("--numpy", "--of", "a3"), "a3 is not a number"),
    (("--latex", "--cost"), "--cost goes with --json or plain text"),
    (("--markdown", "--target", "W9"), "there is no value called W9"),
])  # fmt: skip
def test_what_cannot_be_exported_is_one_message(capsys, arguments, said):
    status, out, err = run(capsys, "trace", "question", *arguments)
    assert (status, out) == (2, "")
    assert said in err or "no value called" in err
    assert err.count("error[") == 1
