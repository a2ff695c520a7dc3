"""The command line where things go wrong: nothing half-printed, no traceback, and text that any terminal can show."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from engine import Form, Layout
from tui import commands
from tui.cli import main

NO_PARAMETERS = 'schema = 1\n[program]\nshapes = { x = [3, 1] }\nforward = ["L = sum(x**2)"]\n'
INFINITE = (
    'schema = 1\n[program]\nshapes = { w = [3, 1] }\nforward = ["L = sum(w**0.5)"]\n[values]\nw = [0, 1, 2]\n'
    '[[script]]\ndo = "step"\n'
)
LARGE = 'schema = 1\n[network]\nsizes = [90, 300, 2]\nactivations = ["relu", "sigmoid"]\n'
NO_LOSS = 'schema = 1\n[program]\nshapes = { x = [3, 1], W = [2, 3] }\nforward = ["z = W @ x"]\n'


@pytest.fixture
def file(tmp_path):
    def write(text: str, name: str = "mine.toml") -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def lines(out: str) -> list[dict]:
    return [json.loads(line, parse_constant=pytest.fail) for line in out.splitlines()]


# ---- the contract's numbers, from hand-written backpropagation -------------------------------------------------------


def by_hand() -> dict[str, np.ndarray]:
    """Every factor of ∂L/∂W2 of the question in denominator layout, and what they come to."""
    x, y = np.array([[0.5], [-0.25]]), np.array([[1.0], [0.0]])
    W2 = np.array([[0.1, -0.4], [0.7, 0.2], [0.4, -0.6]])
    W3 = np.array([[0.5, -0.2, 0.3], [-0.6, 0.4, 0.1]])
    z2 = W2 @ x
    a2 = np.maximum(z2, 0)
    a3 = 1 / (1 + np.exp(-W3 @ a2))
    delta3 = (a3 - y) * a3 * (1 - a3)
    delta2 = (W3.T @ delta3) * (z2 > 0)
    tensor = np.einsum("ki,j->ijk", np.eye(3), x[:, 0])  # ∂z2[k]/∂W2[i, j] = 1 if k = i, times x[j]
    return {
        "dL/da3": a3 - y, "da3/dz3": np.diag((a3 * (1 - a3))[:, 0]), "dz3/da2": W3.T,
        "da2/dz2": np.diag((z2[:, 0] > 0).astype(float)), "dz2/dW2": tensor, "result": delta2 @ x.T,
        "loss": np.asarray(0.5 * np.sum((a3 - y) ** 2)),
        "after": [a3 - y, delta3, W3.T @ delta3, delta2, delta2 @ x.T],
    }  # fmt: skip


@pytest.mark.parametrize("layout", Layout)
def test_every_number_of_a_trace_is_that_of_backpropagation_by_hand(capsys, layout):
    truth = by_hand()
    _, out, _ = run(capsys, "trace", "question", "--target", "W2", "--layout", layout, "--json")
    *steps, result = lines(out)
    assert [step["factor"] for step in steps] == ["dL/da3", "da3/dz3", "dz3/da2", "da2/dz2", "dz2/dW2"]

    def laid_out(array: np.ndarray) -> np.ndarray:
        return array if layout is Layout.DENOMINATOR else array.transpose()

    for step, after in zip(steps, truth["after"], strict=True):
        np.testing.assert_allclose(step["value"], laid_out(truth[step["factor"]]), atol=1e-15)
        np.testing.assert_allclose(step["after"], laid_out(after), atol=1e-15)
        assert step["shape"] == list(laid_out(truth[step["factor"]]).shape)
    for step in steps[1:4]:
        left, right = ("value", "before") if step["side"] == "left" else ("before", "value")
        np.testing.assert_allclose(np.array(step[left]) @ np.array(step[right]), step["after"], atol=1e-15)
    assert {step["side"] for step in steps[1:]} == {"left" if layout is Layout.DENOMINATOR else "right"}
    np.testing.assert_allclose(result["value"], laid_out(truth["result"]), atol=1e-15)
    assert result["loss"] == pytest.approx(truth["loss"], rel=1e-14)


@pytest.mark.parametrize("layout", Layout)
def test_in_hadamard_form_each_line_is_what_one_writes_in_code(capsys, layout):
    _, out, _ = run(
        capsys, "trace", "question", "--target", "W2", "--layout", layout, "--form", Form.HADAMARD, "--json"
    )
    *steps, result = lines(out)
    assert [step["operation"] for step in steps] == [None, "hadamard", "matmul", "hadamard", "outer"]
    for step in steps[1:]:
        value, before = np.array(step["value"]), np.array(step["before"])
        left, right = (value, before) if step["side"] == "left" else (before, value)
        after = left * right if step["operation"] == "hadamard" else left @ right
        np.testing.assert_allclose(after, step["after"], atol=1e-15)
    truth = by_hand()["result"]
    np.testing.assert_allclose(result["value"], truth if layout is Layout.DENOMINATOR else truth.T, atol=1e-15)


def test_grad_is_backpropagation_by_hand(capsys):
    _, out, _ = run(capsys, "grad", "question", "--json")
    (line,) = lines(out)
    np.testing.assert_allclose(line["gradients"]["W2"], by_hand()["result"], atol=1e-15)
    assert set(line["values"]) == {"a1", "z2", "a2", "z3", "a3", "L"}
    assert np.shape(line["values"]["a2"]) == (3, 1)


# ---- nothing is printed by halves ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["trace", "grad", "replay"])
def test_a_number_that_json_does_not_have_is_refused_before_anything_is_printed(capsys, file, command):
    status, out, err = run(capsys, command, file(INFINITE), "--json")
    assert (status, out) == (2, "")
    assert err.startswith("error[not_finite]: dL/dw has an entry that is not finite")


def test_a_derivative_that_is_not_finite_can_be_read(capsys, file):
    status, out, err = run(capsys, "trace", file(INFINITE))
    assert (status, err) == (0, "")
    assert "inf" in out


def test_a_tensor_is_not_printed_by_the_million(capsys, file):
    path = file(LARGE)
    status, out, err = run(capsys, "trace", path, "--target", "W1", "--json")
    assert (status, out) == (2, "")
    assert "dz1/dW1 has 8,100,000 entries" in err
    assert "--form hadamard" in err
    status, out, _ = run(capsys, "trace", path, "--target", "W1", "--form", "hadamard", "--json")
    assert status == 0
    assert lines(out)[-1]["shape"] == [300, 90]
    status, out, _ = run(capsys, "trace", path, "--target", "W1")
    assert "300×90×300" in out


@pytest.mark.parametrize("command", ["replay", "check"])
def test_of_several_scenarios_all_problems_are_said_before_any_is_run(capsys, file, command):
    bad = file(NO_PARAMETERS.replace("x**2", "x**"), "bad.toml")
    status, out, err = run(capsys, command, "question", bad, "nowhere")
    assert (status, out) == (2, "")
    assert "bad.toml:4, program.forward[0]" in err
    assert "there is no lesson or file called nowhere" in err


# ---- programs that have less than usual ------------------------------------------------------------------------------


def test_without_parameters_there_are_no_gradients_and_all_else_works(capsys, file):
    path = file(NO_PARAMETERS)
    status, out, err = run(capsys, "grad", path, "--json")
    assert (status, err, lines(out)[0]["gradients"]) == (0, "", {})
    assert run(capsys, "grad", path)[1].endswith("L depends on no parameter.\n")
    assert lines(run(capsys, "replay", path, "--json")[1])[-1]["ok"]
    assert lines(run(capsys, "trace", path, "--json")[1])[-1]["target"] == "x"
    assert run(capsys, "check", path)[0] == 0


def test_what_is_no_number_has_no_gradient_but_can_be_traced(capsys, file):
    path = file(NO_LOSS)
    status, out, err = run(capsys, "grad", path, "--json")
    assert (status, out) == (2, "")
    assert "z is not a number" in err
    *_, result = lines(run(capsys, "trace", path, "--json")[1])
    assert (result["of"], result["shape"], result["loss"]) == ("z", [2, 3, 2], None)
    assert lines(run(capsys, "replay", path, "--json")[1])[-1]["gradients"] == {}


# ---- flags -----------------------------------------------------------------------------------------------------------


def test_an_entry_asks_for_form_entry_and_contradicts_any_other(capsys):
    *_, last, _ = lines(run(capsys, "trace", "question", "--target", "W2", "--entry", "2,1", "--json")[1])
    assert (last["form"], last["entry"]) == ("entry", [2, 1])
    status, _, err = run(capsys, "trace", "question", "--entry", "0,0", "--form", "jacobian")
    assert (status, "the form is jacobian" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["trace", "--jso"], "did you mean --json"),
        (["trace", "--js"], "unrecognized arguments: --js"),
        (["--linear", "trace"], "trace … is a command: write it first"),
        (["--linear", "--ascii"], "not allowed with"),
        (["trace", "--json", "--plain"], "not allowed with"),
        (["trace", "question", "question"], "unrecognized arguments: question"),
        (["question", "--linaer"], "did you mean --linear?"),
        (["."], "is a folder"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_refused_with_what_would_be_right(capsys, arguments, says):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert says in err


# ---- what must not happen --------------------------------------------------------------------------------------------


def failing(problem: BaseException):
    def command(parser):
        """Fails."""

        def run(options):
            raise problem

        return run

    return command


def test_an_internal_error_is_one_line_and_has_its_own_status(capsys, monkeypatch):
    monkeypatch.setitem(commands.COMMANDS, "fail", f"{__name__}.fail")
    monkeypatch.setattr(sys.modules[__name__], "fail", failing(ZeroDivisionError("oh")), raising=False)
    monkeypatch.delenv("CHAINSTEP_DEBUG", raising=False)
    status, out, err = run(capsys, "fail")
    assert (status, out, err.count("\n")) == (70, "", 1)
    assert "internal error (ZeroDivisionError: oh)" in err
    monkeypatch.setenv("CHAINSTEP_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["fail"])


def test_an_interrupt_is_quiet(capsys, monkeypatch):
    monkeypatch.setitem(commands.COMMANDS, "fail", f"{__name__}.fail")
    monkeypatch.setattr(sys.modules[__name__], "fail", failing(KeyboardInterrupt()), raising=False)
    assert run(capsys, "fail") == (130, "", "")


# ---- terminals and pipes ---------------------------------------------------------------------------------------------


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "tui.cli", *arguments],
        env={**os.environ, **environment}, input=b"n\n\xff\nq\n", capture_output=True, check=False,
    )  # fmt: skip


def test_where_output_is_ascii_text_is_spelled_in_it_and_json_stays_utf_8():
    done = process("trace", "question", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"dL/da3 = a3 - y" in done.stdout
    done = process("list", "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    summaries = [json.loads(line.decode("utf-8"))["summary"] for line in done.stdout.splitlines()]
    assert any("2×1 · 2×3" in summary for summary in summaries)


def test_bytes_that_are_no_text_are_a_command_that_does_not_exist():
    done = process("--linear")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "There is no command" in done.stdout.decode()


def test_a_reader_who_leaves_before_the_end_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli", "list"], stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("no_color", "plain", "coloured"), [("", [], True), ("1", [], False), ("", ["--plain"], False)]
)
def test_on_a_terminal_a_derivation_is_coloured_unless_colours_are_unwanted(no_color, plain, coloured):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": no_color, "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tui.cli", "trace", "question", *plain], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 65_536):
            written += part
    except OSError:  # which is how the end of a pseudo-terminal is told
        pass
    os.close(ours)
    assert process.wait() == 0
    assert "W3" in written.decode()
    assert (b"\x1b[1;36m" in written) is coloured
