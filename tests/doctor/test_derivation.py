"""Derivations of several lines: one slip is reported once, at its line, however many lines it spoils."""

from __future__ import annotations

import pytest

from engine import Network
from engine.doctor import diagnose_derivation, report_lines
from engine.doctor.derivation import Derivation, Status
from engine.verdict import Verdict

QUESTION = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1).program(seed=7)
MEAN = Network(
    [3, 4, 2], ["tanh", "sigmoid"], loss="binary_cross_entropy", batch=5, bias=True, reduction="mean"
).program(seed=3)
ROWS = Network(
    [3, 4, 2], ["relu", "softmax"], loss="cross_entropy", batch=5, bias=True, reduction="mean", samples="rows"
).program(seed=3)
PATIENCE = 60.0

RIGHT = """\
def backward(x, y):
    delta3 = (a3 - y) * a3 * (1 - a3)
    dW3 = delta3 @ a2.T
    delta2 = (W3.T @ delta3) * (z2 > 0)
    dW2 = delta2 @ x.T
    return dW2, dW3
"""


def judged(program, text):
    return diagnose_derivation(program, text, seconds=PATIENCE)


def statuses(found: Derivation) -> dict[str, Status]:
    return {line.line.name: line.status for line in found.lines}


def fix_of(found: Derivation, name: str) -> str:
    line = next(line for line in found.lines if line.line.name == name)
    assert line.if_right is not None
    return line.if_right.fixes[0].formula


def test_a_right_function_is_right_line_by_line():
    found = judged(QUESTION, RIGHT)
    assert found.is_right
    assert found.first_wrong is None
    assert set(statuses(found).values()) == {Status.RIGHT}
    assert next(report_lines(found)) == "The derivation is right, line by line."


def test_a_line_that_recomputes_a_value_of_the_program_is_that_value_in_a_correction():
    lines = ["a2 = np.maximum(0, W2 @ x)", "delta3 = (a3 - y) * a3 * (1 - a3)", "dW3 = delta3 @ a2"]
    assert fix_of(judged(QUESTION, "\n".join(lines)), "dW3") == "delta3 @ a2.T"
    other = judged(QUESTION, "\n".join(["a2 = np.maximum(0, 2 * W2 @ x)", *lines[1:]]))
    assert fix_of(other, "dW3") != "delta3 @ a2.T"


@pytest.mark.parametrize("was, now, first, spoiled, right", [
    ("(a3 - y) * a3 * (1 - a3)", "(a3 - y) * (1 - a3)", "delta3", {"dW3", "delta2", "dW2"},
     "(a3 - y) * (a3 * (1 - a3))"),
    ("delta3 @ a2.T", "delta3 @ a2", "dW3", set(), "delta3 @ a2.T"),
    ("(z2 > 0)", "relu(z2)", "delta2", {"dW2"}, "(W3.T @ delta3) * drelu(z2)"),
    ("(W3.T @ delta3)", "(W3 @ delta3)", "delta2", {"dW2"}, "(W3.T @ delta3) * (z2 > 0)"),
    ("delta2 @ x.T", "x @ delta2.T", "dW2", set(), "delta2 @ x.T"),
])  # fmt: skip
def test_one_slip_is_found_once_and_the_lines_below_are_right_in_themselves(was, now, first, spoiled, right):
    found = judged(QUESTION, RIGHT.replace(was, now))
    assert found.first_wrong is not None
    assert found.first_wrong.line.name == first
    assert fix_of(found, first) == right
    assert {name for name, status in statuses(found).items() if status is Status.FOLLOWS} == spoiled
    assert list(statuses(found).values()).count(Status.WRONG) == 1


def test_two_slips_are_two_reports():
    text = RIGHT.replace("(1 - a3)", "a3").replace("delta2 @ x.T", "delta2 @ x")
    assert {name for name, status in statuses(judged(QUESTION, text)).items() if status is Status.WRONG} == {
        "delta3", "dW2",
    }  # fmt: skip


NG = """\
dZ2 = A2 - Y
dW2 = 1/m * np.dot(dZ2, A1.T)
db2 = 1/m * np.sum(dZ2, axis=1, keepdims=True)
dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
dW1 = 1/m * np.dot(dZ1, X.T)
db1 = 1/m * np.sum(dZ1, axis=1, keepdims=True)
"""


def test_the_number_of_samples_may_wait_until_the_parameters_gradients():
    found = judged(MEAN, NG)
    assert found.is_right
    assert statuses(found)["dZ2"] is statuses(found)["dZ1"] is Status.SCALED
    assert statuses(found)["dW1"] is Status.RIGHT


def test_a_slip_beside_that_convention_is_corrected_within_it():
    found = judged(MEAN, NG.replace("(1 - np.power(A1, 2))", "(1 - A1)"))
    assert statuses(found)["dZ1"] is Status.WRONG
    assert fix_of(found, "dZ1") == "(W2.T @ dZ2) * (1 - a1**2)"
    assert statuses(found)["dW1"] is statuses(found)["db1"] is Status.FOLLOWS
    assert any("1/N is left out here" in line for line in report_lines(found))


def test_a_number_that_no_line_makes_up_for_is_missed():
    found = judged(MEAN, NG.replace("dW1 = 1/m * ", "dW1 = "))
    assert {name for name, status in statuses(found).items() if status is Status.WRONG} == {"dW1"}


def test_a_weight_that_was_updated_in_between_is_found():
    text = RIGHT.replace("    delta2", "    W3 = W3 - 0.1 * dW3\n    delta2")
    found = judged(QUESTION, text)
    assert found.first_wrong is not None
    assert found.first_wrong.line.name == "delta2"
    assert found.first_wrong.if_right is not None
    assert {edit.kind for edit in found.first_wrong.if_right.fixes[0].edits} == {"stale"}


BLOCK = r"""
\begin{align}
\delta^{(3)} &= (a^{(3)} - y) \odot a^{(3)} \odot (1 - a^{(3)}) \\
\delta^{(2)} &= W^{(3)} \delta^{(3)} \odot \mathrm{relu}'(z^{(2)}) \\
\frac{\partial L}{\partial W^{(2)}} &= \delta^{(2)} a^{(1)T}
\end{align}
"""


def test_a_block_of_latex_is_judged_row_by_row():
    found = judged(QUESTION, BLOCK)
    assert statuses(found) == {"delta3": Status.RIGHT, "delta2": Status.WRONG, "dW2": Status.FOLLOWS}
    assert found.lines[1].if_right is not None
    assert found.lines[1].if_right.verdict is Verdict.SHAPE_MISMATCH
    assert judged(QUESTION, BLOCK.replace("W^{(3)} ", r"W^{(3)\top} ")).is_right


def test_a_line_may_be_a_chain_without_numbers():
    chain = "dW2 = dL/da3 · da3/dz3 · dz3/da2 · da2/dz2 · dz2/dW2"
    assert judged(QUESTION, f"dW3 = ((a3 - y) * a3 * (1 - a3)) @ a2.T\n{chain}").is_right
    found = judged(QUESTION, f"dW3 = ((a3 - y) * a3 * (1 - a3)) @ a2.T\n{chain.replace('· dz3/da2 ', '')}")
    assert statuses(found)["dW2"] is Status.WRONG


ROW_CODE = """\
N = y.shape[0]
grad = (a2 - y) / N
dW2 = a1.T @ grad
db2 = grad.sum(axis=0, keepdims=True)
dh = grad @ W2.T
dh[z1 <= 0] = 0
dW1 = X.T @ dh
db1 = dh.sum(axis=0, keepdims=True)
W1 -= lr * dW1
"""


def test_values_that_claim_nothing_and_updates_at_the_end_are_no_mistakes():
    found = judged(ROWS, ROW_CODE)
    assert found.is_right
    assert statuses(found)["grad"] is Status.HELPER
    assert statuses(found)["W1"] is Status.UNUSED


def test_what_reads_a_line_that_cannot_be_judged_is_no_further_mistake():
    found = judged(ROWS, ROW_CODE.replace("grad @ W2.T", "grad @ W2"))
    assert found.first_wrong is not None
    assert found.first_wrong.line.name == "dh"
    assert statuses(found)["dW1"] is statuses(found)["db1"] is Status.UNREAD
    assert statuses(found)["dW2"] is Status.RIGHT
    lines = list(report_lines(found))
    assert sum("Cannot multiply" in line for line in lines) == 1
    assert any(line.endswith("cannot be judged: it reads dh") for line in lines)
