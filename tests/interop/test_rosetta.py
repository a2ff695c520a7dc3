"""The code that `rosetta` writes is typed into PyTorch, JAX and SymPy; what comes out leads to the step's factor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine import Diagnostic, Form, Layout, Network, Program, Step, derive
from engine.formula import parse_assignment
from engine.interop.axes import chainstep_axes, rearrangement, shape_of, sizes_of
from engine.interop.rosetta import Rendition, Rosetta, rosetta, value_in_layout
from tests.helpers import EXAMPLES
from tests.oracles.interpreter import Interpreter
from tests.oracles.libraries import Torch
from tests.oracles.programs import random_program

Namespace = dict[str, Any]

OWN = re.compile(r"\bf\b")
"""Where the tool has no spelling for a line, and `f` stands for a function of one's own."""

PROGRAMS = {
    "question": Network([2, 3, 4], ["relu", "sigmoid"], first_layer=1).program(seed=7),
    "columns": Network([2, 3, 4], ["tanh", "softmax"], "cross_entropy", batch=5, bias=True).program(seed=3),
    "rows": Network([2, 3, 4], ["relu", "softmax"], "cross_entropy", batch=5, samples="rows").program(seed=3),
    "rows, transposed": Network([2, 3, 4], ["silu", "sigmoid"], batch=5, samples="rows_transposed").program(seed=3),
    "row": Network([2, 3, 4], ["softplus", "identity"], samples="rows").program(seed=3),
    "softmax": Network([2, 3, 4], ["gelu", "softmax"], "cross_entropy").program(seed=4),
    "matrix by matrix": Program(["Z = A @ X @ B", "L = sum(Z**2)"], {"A": (2, 3), "X": (3, 4), "B": (4, 5)}, seed=5),
    "matrix by scalar": Program(["Y = s * C", "L = sum(tanh(Y))"], {"s": (), "C": (4, 3)}, seed=6),
    "quadratic form": Program(["L = x.T @ A @ x"], {"x": (3, 1), "A": (3, 3)}, seed=7),
}


def steps_of(program: Program, **view: Any) -> Iterator[Step]:
    """Every factor of the program once, by whatever target it is met."""
    met: set[str] = set()
    for target in program.targets:
        try:
            steps = list(derive(program, target, **view))
        except Diagnostic:  # the loss does not depend on it
            continue
        for step in steps:
            if step.leg.jacobian is not None and step.factor.name not in met:
                met.add(step.factor.name)
                yield step


def type_in(code: str, names: Namespace) -> Any:
    """What the last line comes to, after the lines before it."""
    *before, last = code.split("\n")
    exec("\n".join(before), names)
    return eval(last, names)


def agrees(step: Step, rendition: Rendition, array: Any) -> None:
    array = np.asarray(array, dtype=np.float64)
    assert array.shape == rendition.shape, rendition.code
    ours = value_in_layout(step)
    np.testing.assert_allclose(rendition.to_chainstep(array), ours, rtol=1e-8, atol=1e-12, err_msg=rendition.code)
    np.testing.assert_allclose(eval(rendition.numpy, {"J": array}), ours, rtol=1e-8, atol=1e-12)


# ---- PyTorch ---------------------------------------------------------------------------------------------------------


def in_torch(step: Step, found: Rosetta) -> Namespace:
    """The program's values as tensors, and `f` as the line of the factor, read by an interpreter that is not ours."""
    torch = pytest.importorskip("torch")
    values = {name: torch.tensor(value) for name, value in step.product.values.items()}
    formula, run = parse_assignment(found.line).expression, Interpreter(Torch().library)
    return {"torch": torch, **values, "f": lambda x: run.value(formula, {**values, found.by: x})}


def torch_agrees(step: Step) -> int:
    found = rosetta(step)
    renditions = [rendition for rendition in found.renditions if rendition.tool == "PyTorch"]
    for rendition in renditions:
        agrees(step, rendition, type_in(rendition.code, in_torch(step, found)))
    calls = [rendition.call for rendition in found.renditions]
    assert len(set(calls)) == len(calls)
    assert [rendition.call for rendition in renditions][:2] == [
        "torch.autograd.functional.jacobian", "torch.func.jacrev"]  # fmt: skip
    return len(renditions)


@pytest.mark.parametrize("form", [Form.JACOBIAN, Form.VEC])
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("name", PROGRAMS)
def test_pytorch_gives_every_factor(name, layout, form):
    assert sum(torch_agrees(step) for step in steps_of(PROGRAMS[name], layout=layout, form=form)) >= 3


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_pytorch_gives_every_structure(example):
    for layout in Layout:
        (step,) = derive(example.program, example.x, of="y", layout=layout)
        torch_agrees(step)


@pytest.mark.parametrize("batch", range(6))
def test_pytorch_gives_the_factors_of_random_programs(batch):
    count = 0
    for seed in range(batch * 20, (batch + 1) * 20):
        program, _ = random_program(seed)
        view = {"layout": list(Layout)[seed % 2], "form": Form.VEC if seed % 5 == 0 else Form.JACOBIAN}
        count += sum(torch_agrees(step) for step in steps_of(program, **view))
    assert count > 150


def test_pytorch_gives_a_fused_output_delta():
    program = PROGRAMS["softmax"]
    first, *_ = derive(program, "z2", fused=True)
    assert first.factor.name == "dL/dz2"
    assert rosetta(first).line == "L = cross_entropy(softmax(z2), y)"
    torch_agrees(first)


def test_vectors_of_one_dimension_lead_the_same_way():
    torch = pytest.importorskip("torch")
    for step in steps_of(PROGRAMS["question"]):
        rendition = rosetta(step)["torch.autograd.functional.jacobian"]
        flat = {
            name: torch.tensor(value.ravel() if 1 in value.shape else value)
            for name, value in step.product.values.items()
        }
        array = np.asarray(type_in(rendition.code, {"torch": torch, **flat}))
        assert array.shape == rendition.vector_shape
        np.testing.assert_allclose(rendition.to_chainstep(array), step.factor.value)


# ---- JAX -------------------------------------------------------------------------------------------------------------


def jax_agrees(step: Step) -> list[str]:
    jax = pytest.importorskip("jax")
    found = rosetta(step)
    with jax.enable_x64(True):
        values = {name: jax.numpy.asarray(value) for name, value in step.product.values.items()}
        typed = [rendition for rendition in found.renditions
                 if rendition.tool == "JAX" and not OWN.search(rendition.code)]  # fmt: skip
        for rendition in typed:
            agrees(step, rendition, type_in(rendition.code, {"jax": jax, "jnp": jax.numpy, **values}))
    return [rendition.call for rendition in typed]


@pytest.mark.parametrize("name", ["question", "columns", "matrix by matrix", "matrix by scalar", "quadratic form"])
def test_jax_gives_every_factor(name):
    found = {
        step.factor.name: jax_agrees(step) for layout in Layout for step in steps_of(PROGRAMS[name], layout=layout)
    }
    assert all({"jax.jacobian", "jax.jacfwd"} <= set(calls) for calls in found.values())
    assert name == "quadratic form" or any("jax.grad" in calls for calls in found.values())


# ---- SymPy -----------------------------------------------------------------------------------------------------------


def sympy_agrees(step: Step) -> list[str]:
    """What SymPy derives with symbols for x and numbers for all else, at the numbers of x."""
    sympy = pytest.importorskip("sympy")
    found = rosetta(step)
    typed = [
        rendition for rendition in found.renditions if rendition.tool == "SymPy" and not OWN.search(rendition.code)
    ]
    values = {name: exact(sympy, value) for name, value in step.product.values.items()}
    at = values[found.by]
    symbols: Any = sympy.Symbol("x", real=True)
    numbers = {symbols: at}
    if found.x_shape:
        symbols = sympy.Matrix(*found.x_shape, lambda i, j: sympy.Symbol(f"x{i}_{j}", real=True))
        numbers = dict(zip(symbols, at, strict=True))
    for rendition in typed:
        names = {**vars(sympy), "sum": sum, **values, found.by: symbols}
        derivative = type_in(rendition.code, names)
        entries = np.array(derivative.tolist() if hasattr(derivative, "tolist") else derivative, dtype=object)
        array = [sympy.sympify(entry).subs(numbers).evalf(20) for entry in entries.ravel()]
        agrees(step, rendition, np.array(array, dtype=np.float64).reshape(entries.shape))
    return [rendition.call for rendition in typed]


def exact(sympy: Any, value: np.ndarray) -> Any:
    return sympy.Matrix(value.tolist()) if value.ndim else sympy.Float(float(value))


@pytest.mark.parametrize(
    "name", ["question", "row", "softmax", "matrix by matrix", "matrix by scalar", "quadratic form"]
)
def test_sympy_gives_every_factor(name):
    found = [sympy_agrees(step) for layout in Layout for step in steps_of(PROGRAMS[name], layout=layout)]
    assert all("sympy.diff" in calls for calls in found)
    assert name.startswith("matrix") or any("Matrix.jacobian" in calls for calls in found)


UNSPELLED_IN_SYMPY = {
    "y = -sigmoid(x) * c", "y = s * c", "y = x + C", "y = softmax_cols(x)", "y = softmax_rows(x)",
    "y = log_softmax_rows(x)", "y = relu'(x)", "y = tanh(s * C) * s", "y = unvec(x, 3, 2)[1:]", "y = unvec(x, 3, 2)",
    "y = unvec(x.T, 3, 2)", "y = vec(x)", "y = vec(x).T", "y = item(x)", "y = [[1, x], [x * c, 2], [c, 3]]",
    "y = [[x], [2], [3 * x]]", "y = kron(x, B)", "y = kron(A, x)", "y = pinv(x)",
    "y = max(x)", "y = min(x, axis=1, keepdims=True)", "y = norm(x, axis=0, keepdims=True)", "y = maximum(x, c)",
    "y = x * (x > 0)", "y = (x > 0) * c", "y = C * s", "y = var(x)", "y = std(x, axis=0, keepdims=True)",
    "y = logsumexp(x, axis=1, keepdims=True)", "y = matrix_power(x, 3)", "y = delete(x, 1, axis=0)", "y = cross(c, x)",
    "y = reshape(x, (2, 6))", "y = diag(x)", "y = tril(x)", "y = where(x > 0.2, x, c)",
}  # fmt: skip
"""Lines that repeat a smaller array, or call what SymPy's matrices do not have."""


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_sympy_gives_the_structures_that_it_can_spell(example):
    (step,) = derive(example.program, example.x, of="y")
    calls = sympy_agrees(step)
    assert bool(calls) is (example.line not in UNSPELLED_IN_SYMPY)


# ---- MATLAB and matrixcalculus.org, which are not run ----------------------------------------------------------------


def matlab(local: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """`jacobian(y(:), x(:))` as its documentation says, by differences: (i, j) is ∂y(i)/∂x(j), columns stacked."""
    columns = []
    for place in range(x.size):
        step = np.zeros(x.size)
        step[place] = 1e-6
        change = step.reshape(x.shape, order="F")
        columns.append((local(x + change) - local(x - change)).ravel(order="F") / 2e-6)
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("name", PROGRAMS)
def test_matlabs_jacobian_as_documented_is_every_factor(name):
    pytest.importorskip("torch")
    for step in steps_of(PROGRAMS[name], layout=Layout.NUMERATOR):
        found = rosetta(step)
        names = in_torch(step, found)
        at = np.asarray(step.product.values[found.by])
        array = matlab(lambda x, names=names: np.asarray(names["f"](names["torch"].tensor(x))), at)
        rendition = found["jacobian"]
        assert array.shape == rendition.shape
        np.testing.assert_allclose(rendition.to_chainstep(array), value_in_layout(step), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("line", "shapes", "x", "documented"),
    [
        ("y = v.T @ x", {"v": (3, 1), "x": (3, 1)}, "x", lambda values: values["v"][:, 0]),
        ("y = A @ x", {"A": (4, 3), "x": (3, 1)}, "x", lambda values: values["A"]),
        ("y = trace(A @ X)", {"A": (4, 3), "X": (3, 4)}, "X", lambda values: values["A"].T),
    ],
)
def test_the_examples_of_matrixcalculus_org_lead_to_our_factors(line, shapes, x, documented):
    program = Program([line], shapes, seed=8)
    for layout in Layout:
        (step,) = derive(program, x, of="y", layout=layout)
        (rendition,) = (one for one in rosetta(step).renditions if one.tool == "matrixcalculus.org")
        array = documented(program.values)
        assert array.shape == rendition.shape
        np.testing.assert_allclose(rendition.to_chainstep(array), step.factor.value)
        assert not rendition.is_run


def test_the_documented_shapes_of_gradients():
    first, *_ = derive(PROGRAMS["matrix by matrix"], "X")
    found = rosetta(first)
    shapes = {one.call: one.shape for one in found.renditions if one.tool == "MATLAB"}
    assert shapes == {"jacobian": (1, 10), "gradient": (10, 1), "dlgradient": (2, 5)}
    assert found["gradient"].code == "gradient(sum(sum(Z.^2)), Z(:))"
    assert found["gradient"].order == "∂L/∂Z[i,j] at [i + 2*(j - 1), 1]"
    gradient = np.asarray(first.factor.value)
    np.testing.assert_array_equal(found["gradient"].to_chainstep(gradient.reshape(-1, 1, order="F")), gradient)


# ---- what it says ----------------------------------------------------------------------------------------------------


def test_the_order_of_the_indices_is_said_of_each_tool():
    *_, last = derive(PROGRAMS["question"], "W2")
    found = rosetta(last)
    said = {rendition.call: (rendition.shape, rendition.order, rendition.numpy) for rendition in found.renditions}
    assert (found.line, found.shape, found.order) == ("z2 = W2 @ a1", (3, 2, 3), "∂z2[k]/∂W2[i,j] at [i, j, k]")
    assert said == {
        "torch.autograd.functional.jacobian": ((3, 1, 3, 2), "∂z2[k]/∂W2[i,j] at [k, 0, i, j]",
                                               "J.reshape(3, 3, 2).transpose(1, 2, 0)"),
        "torch.func.jacrev": said["torch.autograd.functional.jacobian"],
        "jax.jacobian": said["torch.autograd.functional.jacobian"],
        "jax.jacfwd": said["torch.autograd.functional.jacobian"],
        "sympy.diff": ((3, 2, 3, 1), "∂z2[k]/∂W2[i,j] at [i, j, k, 0]", "J.reshape(3, 2, 3)"),
        "jacobian": ((3, 6), "∂z2[k]/∂W2[i,j] at [k, i + 3*(j - 1)]", "J.reshape(3, 2, 3).transpose(2, 1, 0)"),
        "d/dx": ((3, 3, 2), "∂z2[k]/∂W2[i,j] at [k, i, j]", "J.transpose(1, 2, 0)"),
    }  # fmt: skip


def test_the_order_that_is_said_is_where_the_entry_stands():
    """∂y[k,l]/∂x[i,j] of y = A x B is A[k,i] B[j,l]: looked up in each tool's array at the place that is said."""
    program = Program(["y = A @ x @ B"], {"A": (2, 3), "x": (3, 4), "B": (4, 5)}, seed=5)
    A, B = program.values["A"], program.values["B"]
    for layout in Layout:
        (step,) = derive(program, "x", layout=layout)
        found = rosetta(step)
        arrays = [(found.order, step.factor.value, 0)] + [
            (one.order, from_chainstep(one, found, step), int(one.tool in ("MATLAB", "matrixcalculus.org")))
            for one in found.renditions
        ]
        for k, l, i, j in np.ndindex(2, 5, 3, 4):  # noqa: E741
            for order, array, first in arrays:
                place = order.split(" at ")[1]
                at = eval(place, {"k": k + first, "l": l + first, "i": i + first, "j": j + first})
                assert array[tuple(index - first for index in at)] == pytest.approx(A[k, i] * B[j, l])


def from_chainstep(rendition: Rendition, found: Rosetta, step: Step) -> np.ndarray:
    """The tool's array, made from ours by following the rearrangement backwards."""
    way = rendition.to_chainstep
    permuted = step.factor.value.reshape([way.split[axis] for axis in way.permutation])
    return permuted.transpose(np.argsort(way.permutation)).reshape(rendition.shape)


def test_a_tools_array_is_not_ours_unless_it_is_rearranged():
    """The factor's dimensions differ pairwise, so that any wrong order of axes has the wrong shape or other entries."""
    step = next(derive(PROGRAMS["matrix by matrix"], "X", of="Z"))
    ours, sizes = chainstep_axes((2, 5), (3, 4), Layout.DENOMINATOR), sizes_of((2, 5), (3, 4))
    right = rearrangement(("k", "l", "i", "j"), ours, sizes)
    torch_array = from_chainstep(rosetta(step)["torch.func.jacrev"], rosetta(step), step)
    np.testing.assert_array_equal(right(torch_array), step.factor.value)
    for wrong in (("i", "j", "lk"), ("ij", "lk"), ("ji", "kl"), ("lk", "ji")):
        other = rearrangement(("k", "l", "i", "j"), wrong, sizes)
        assert shape_of(wrong, sizes) == other(torch_array).shape
        assert other(torch_array).shape != step.factor.value.shape or not np.allclose(
            other(torch_array), step.factor.value
        )


def test_an_array_of_the_wrong_size_is_refused():
    step = next(derive(PROGRAMS["question"], "a3"))
    with pytest.raises(ValueError, match="reshape"):
        rosetta(step)["jax.grad"].to_chainstep(np.zeros(5))


def test_a_sum_of_paths_has_no_factor():
    program = Program(["u = tanh(x)", "y = u + x", "L = sum(y**2)"], {"x": (3, 1)}, seed=1)
    (sum_of_paths,) = (step for step in derive(program, "x") if step.leg.jacobian is None)
    with pytest.raises(Diagnostic, match="adds two paths to x"):
        rosetta(sum_of_paths)


def test_a_line_that_a_tool_cannot_spell_is_a_function_of_ones_own():
    program = Program(["y = diag(x) @ [[1, 2], [3, 4]]"], {"x": (2, 1)}, seed=1)
    (step,) = derive(program, "x")
    found = rosetta(step)
    assert found["torch.func.jacrev"].code == "torch.func.jacrev(f)(x)"
    assert found["sympy.diff"].code == "diff(f(x), x)"
    assert all(one.tool != "matrixcalculus.org" for one in found.renditions)


@pytest.mark.parametrize(("change", "is_noticed"), [({}, False), ({"permutation": (0, 1)}, True)])
def test_a_wrong_way_is_noticed(change: Mapping[str, Any], is_noticed: bool):
    torch = pytest.importorskip("torch")
    (step,) = (step for step in derive(PROGRAMS["question"], "a2") if step.factor.name == "dz3/da2")
    rendition = rosetta(step)["torch.func.jacrev"]
    wrong = replace(rendition, to_chainstep=replace(rendition.to_chainstep, **change))
    values = {name: torch.tensor(value) for name, value in step.product.values.items()}
    array = type_in(rendition.code, {"torch": torch, **values})
    if not is_noticed:
        agrees(step, wrong, array)
        return
    with pytest.raises(AssertionError):
        agrees(step, wrong, array)
