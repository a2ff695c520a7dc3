"""NumPy programs: they run where there is no engine, and their gradients are the engine's and those of autograd."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine import Diagnostic, Layout, Network, Program, derive
from engine.calculus.chain import gradients_of
from engine.formula import FUNCTIONS, Pointwise, evaluate, parse, shapes_of
from engine.formula.functions import ANY
from engine.formula.shapes import ShapeMap
from engine.interop import numpy_code
from engine.interop.numpy_functions import DEFINITIONS, EXPRESSIONS, with_dependencies
from engine.interop.numpy_spelling import NumpySpeller
from tests.interop.derivations import ATTENTION, ODD, PROGRAMS, QUESTION, RESIDUAL, SOFTMAX
from tests.oracles.libraries import Autograd
from tests.oracles.oracle import Oracle, in_own_shape
from tests.oracles.programs import random_program

RUNNER = """
import json, runpy, sys
import numpy as np

found = []
for path in sys.argv[1:]:
    module = runpy.run_path(path, run_name="__main__")
    answer = module["gradient"]
    answer = answer if isinstance(answer, dict) else {"": answer}
    gradients = {name: [np.shape(array), np.asarray(array).tolist()] for name, array in answer.items()}
    found.append([np.asarray(module["value"]).item(), gradients])
assert not {"engine", "tui", "msgspec"} & set(sys.modules)
print(json.dumps(found), file=sys.stderr)
"""
Found = list[tuple[float, dict[str, np.ndarray]]]


def run(folder: Path, sources: list[str]) -> Found:
    """Value and gradients of several programs, run in a Python that cannot import from here."""
    paths = []
    for number, source in enumerate(sources):
        path = folder / f"program{number}.py"
        path.write_text(source, encoding="utf-8")
        paths.append(str(path))
    command = [sys.executable, "-I", "-W", "error", "-c", RUNNER, *paths]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    return [
        (value, {name: np.array(entries).reshape(shape) for name, (shape, entries) in gradients.items()})
        for value, gradients in json.loads(result.stderr)
    ]


def agree(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * max(1.0, float(np.abs(expected).max())))


def test_every_programs_gradients_are_the_engines(tmp_path):
    results = run(tmp_path, [numpy_code(program) for program in PROGRAMS])
    for program, (value, gradients) in zip(PROGRAMS, results, strict=True):
        expected = gradients_of(program)
        assert list(gradients) == list(expected)
        assert value == pytest.approx(program.values["L"].item(), rel=1e-12)
        for name, gradient in expected.items():
            agree(gradients[name], gradient)


def test_gradients_of_random_programs_are_those_of_autograd(tmp_path):
    pytest.importorskip("autograd")
    programs = [program for program in (random_program(seed)[0] for seed in range(130)) if is_writable(program)]
    assert len(programs) > 120
    for program, (_, gradients) in zip(programs, run(tmp_path, list(map(numpy_code, programs))), strict=True):
        oracle = Oracle(program, Autograd())
        assert set(gradients) <= set(program.parameters)
        for name, gradient in gradients.items():
            of, by = oracle.shapes["L"], oracle.shapes[name]
            theirs = in_own_shape(oracle.totals("L")[name], of, by, Layout.DENOMINATOR)
            assert gradient.shape == program.inputs[name].shape
            np.testing.assert_allclose(gradient.reshape(theirs.shape), theirs, rtol=1e-9, atol=1e-11)
            agree(gradient, gradients_of(program)[name])


def is_writable(program: Program) -> bool:
    """Whether there is a gradient, and a formula of it."""
    try:
        numpy_code(program)
    except Diagnostic as problem:
        return problem.code != "no_path" and "one side is a scalar" not in problem.message
    return True


@pytest.mark.parametrize("program, target", [
    (QUESTION, "W2"), (QUESTION, "x"), (QUESTION, "z2"), (ATTENTION, "Q"), (RESIDUAL, "scale"), (ODD, "A"),
    (QUESTION, "L"),
])  # fmt: skip
def test_one_target_is_answered_alone_in_its_own_shape(tmp_path, program, target):
    ((_, gradients),) = run(tmp_path, [numpy_code(program, target)])
    *_, last = derive(program, target)
    agree(gradients[""], last.result.value.reshape(program.values[target].shape))


def test_a_fused_delta_is_one_line(tmp_path):
    source = numpy_code(SOFTMAX, "W1", fused=True)
    assert "dL_dz2 = a2 * np.sum(y) - y  # (2, 1)" in source
    ((_, gradients),) = run(tmp_path, [source])
    agree(gradients[""], gradients_of(SOFTMAX)["W1"])


def test_a_program_reads_like_the_derivation():
    source = numpy_code(QUESTION, "W2")
    body = source[source.index("def value_and_gradient") : source.index("if __name__")].splitlines()
    assert [line.strip() for line in body if line.strip()] == [
        "def value_and_gradient(x, y, W2, W3):",
        '"""L, and its gradient by W2, in the shape of W2."""',
        "a1 = x  # (2, 1)",
        "z2 = W2 @ a1  # (3, 1) = (3, 2) @ (2, 1)",
        "a2 = relu(z2)  # (3, 1)",
        "z3 = W3 @ a2  # (2, 1) = (2, 3) @ (3, 1)",
        "a3 = sigmoid(z3)  # (2, 1)",
        "L = 0.5 * np.sum((a3 - y)**2)  # ()",
        "dL_da3 = a3 - y  # (2, 1)",
        "dL_dz3 = dL_da3 * a3 * (1 - a3)  # (2, 1)",
        "dL_da2 = W3.T @ dL_dz3  # (3, 1) = (3, 2) @ (2, 1)",
        "dL_dz2 = dL_da2 * relu_slope(z2)  # (3, 1)",
        "dL_dW2 = dL_dz2 @ a1.T  # (3, 2) = (3, 1) @ (1, 2)",
        "return L, dL_dW2",
    ]
    assert "def softmax" not in source
    assert "def relu_slope(z):\n    return 1.0 * (z > 0)" in source


def test_names_that_mean_something_to_python_are_changed(tmp_path):
    shapes = {"lambda": (2, 1), "np": (3, 2), "relu": (3, 1), "dL_dnp": (), "größe": (1, 3)}
    lines = ["print = relu(np @ lambda + relu)", "L = sum(größe @ print) * dL_dnp"]
    program = Program(lines, shapes, parameters=list(shapes))
    ((_, gradients),) = run(tmp_path, [numpy_code(program)])
    for name, gradient in gradients_of(program).items():
        agree(gradients[name], gradient)


def test_what_has_no_gradient_or_is_too_large_is_refused():
    with pytest.raises(Diagnostic, match="a3 is not a number") as problem:
        numpy_code(QUESTION, "W2", of="a3")
    assert problem.value.code == "no_gradient"
    with pytest.raises(Diagnostic, match="has no value called W9"):
        numpy_code(QUESTION, "W9")
    large = Network([300, 200], ["tanh"]).program()
    with pytest.raises(Diagnostic, match="the inputs have 60,500 entries") as problem:
        numpy_code(large)
    assert problem.value.code == "too_large"


A = np.array([[0.3, 0.9], [0.7, 0.2]])
B = np.array([[0.4, 0.8], [0.5, 0.6]])
v = np.array([[0.3], [2.0]])
VALUES = {"A": A, "B": B, "v": v, "w": v - 1.1}
STATIC = {"shape": "(3, 2)", "n": "3", "axis": "axis=1"}
CALLS = {
    "diag": ["diag(v)", "diag(w.T)", "diag(A)", "diag(v[0:1])", "diag(ravel(v))"],
    "outer": ["outer(v, w)"], "item": ["item(v[0:1])"], "concat": ["concat([v[0], w[1]])"],
    "softmax": ["softmax(A, axis=0)", "softmax(v)", "softmax(w.T)", "softmax(v[0, 0])"],
    "log_softmax": ["log_softmax(A, axis=1)", "log_softmax(v)", "log_softmax(v[1, 0])"],
    "softmax_cross_entropy": ["softmax_cross_entropy(v, w)"], "shape": ["A.shape[1]"],
    "commutation": ["commutation(2, 3)"], "unvec": ["unvec(vec(A), 2, 2)", "unvec(v, 1, 2)"],
    "matrix_power": ["matrix_power(A, 3)", "matrix_power(A, n=1)"],
    "where": ["where(A > B, A, B)", "where(A, 1, 0.01)", "where(w > 0, w.T, A)"],
    "delete": ["delete(A, 0, 1)", "delete(A, axis=0, obj=-1)"],
    "concatenate": ["concatenate([A, B])", "concatenate((A, v), axis=1)", "concatenate([ravel(v), ravel(w)])"],
    "reshape": ["reshape(A, (1, -1))", "reshape(A, -1, 1)", "reshape(A, 4)"],
    "cross": ["cross(vstack([v, w[0:1]]), vstack([w, v[0:1]]))", "cross(ravel(A)[1:], ravel(B)[1:])"],
    **{name: [f"{name}(A)", f"d{name}(A)"] for name in ("log", "log1p", "log2", "log10")},
    "sqrt": ["sqrt(A)", "dsqrt(v)"],
}  # fmt: skip
"""Calls of functions that do not take two matrices of any numbers."""


def calls(name: str) -> list[str]:
    function = FUNCTIONS[name]
    if name in CALLS:
        return CALLS[name]
    if function.operands == ANY:
        return [f"{name}([A, B])"]
    static = [text for key, text in STATIC.items() if key in function.static]
    found = [f"{name}({', '.join([*'AB'[: function.operands], *static])})"]
    if isinstance(function, Pointwise):
        found += [f"{name}(w)", f"d{name}(A)", f"{name}'(w)"]
    if "keepdims" in function.static:
        found += [f"{name}(A)", f"{name}(A, 0, True)"]
    return found


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_and_slope_has_a_numpy_spelling_with_the_same_value(name):
    lines = [f"result{number} = {call}" for number, call in enumerate(calls(name))]
    namespace: dict[str, object] = dict(VALUES)
    exec(compile(source_of(lines), name, "exec"), namespace)
    for number, call in enumerate(calls(name)):
        found = np.asarray(namespace[f"result{number}"])
        np.testing.assert_allclose(found, evaluate(parse(call), VALUES), rtol=1e-12, atol=1e-15, err_msg=call)


def source_of(lines: list[str]) -> str:
    """Assignments with the definitions that they need."""
    speller = NumpySpeller(ShapeMap(shapes_of(VALUES)), {})
    parts = [line.split(" = ", 1) for line in lines]
    body = "\n".join(f"{name} = {speller.spell(parse(formula))}" for name, formula in parts)
    definitions = with_dependencies(body, {**DEFINITIONS, **speller.slopes})
    return "\n\n".join(["import math\nimport numpy as np", *definitions, body])


def test_the_table_has_no_function_that_is_not_there():
    assert set(EXPRESSIONS) <= set(FUNCTIONS)
