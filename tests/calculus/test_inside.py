"""Inside of a step: every number of every part, against NumPy and against what its name says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest

from engine import Form, Layout, Network, Operation, Order, Program, Side, Step, derive
from engine.calculus.inside import Inside, Part
from engine.formula import evaluate, parse
from tests.helpers import EXAMPLES

QUESTION = Network([2, 3, 4], ["tanh", "sigmoid"], bias=True, first_layer=1).program(seed=7)
COLUMNS = Network([2, 3, 4], ["tanh", "softmax"], bias=True, loss="cross_entropy", batch=5).program(seed=3)
ROWS = Network([2, 3, 4], ["relu", "sigmoid"], bias=True, batch=5, samples="rows").program(seed=4)
NAMED_BACKWARDS = Network([2, 3, 4], ["tanh", "sigmoid"], weight_indices="source_target").program(seed=5)
PATHS = Program(
    ["u = tanh(W @ x)", "v = W @ x * c + u", "s = sum(v * u)", "L = s * sum(W)"],
    {"W": (4, 3), "x": (3, 1), "c": (4, 1)}, seed=6,
)  # fmt: skip
ROW_VECTORS = Program(
    ["z = x @ W", "a = sigmoid(z)", "q = (V.T @ a.T).T", "L = sum(q**3)"],
    {"x": (1, 3), "W": (3, 4), "V": (4, 2)},
    seed=8,
)
TURNED = Program(["Z = X @ W.T", "A = tanh(Z)", "L = sum(A * A)"], {"X": (5, 3), "W": (4, 3)}, seed=9)
PROGRAMS = {
    "one sample": QUESTION, "samples in columns": COLUMNS, "samples in rows": ROWS,
    "w[i,j] from i to j": NAMED_BACKWARDS, "paths": PATHS, "row vectors": ROW_VECTORS, "W transposed": TURNED,
}  # fmt: skip


def steps(program: Program, layout: Layout, form: Form, order: Order = Order.REVERSE, of: str | None = None):
    entry = (1, 2) if form is Form.ENTRY else None
    for target in program.parameters:
        if entry and not all(place < size for place, size in zip(entry, program.plan.shape(target), strict=True)):
            continue
        yield from derive(program, target, of=of, layout=layout, form=form, order=order, entry=entry)


def parts(step: Step, most: int = 60) -> Iterator[Part]:
    """All parts; of very many the first and the last ones."""
    inside = Inside(step)
    numbers = range(inside.count)
    for number in numbers if len(numbers) <= most else [*numbers[: most // 2], *numbers[-most // 2 :]]:
        yield inside.part(number)


def cases(test):
    for name, values in (("program", PROGRAMS), ("layout", Layout), ("form", Form)):
        test = pytest.mark.parametrize(name, list(values))(test)
    return test


@cases
def test_every_entry_is_the_sum_of_its_terms_and_stands_where_it_is_said_to(program, layout, form):
    seen = 0
    for step in steps(PROGRAMS[program], layout, form):
        for part in parts(step):
            if part.value is None:
                continue
            assert part.value == pytest.approx(step.after.value[part.after].item(), abs=1e-12)
            if part.sum is not None and not part.sum.skipped:
                assert sum(term.value for term in part.terms) == pytest.approx(part.value, abs=1e-12)
            seen += 1
    assert seen


@cases
def test_the_lit_lines_of_a_product_give_the_entry(program, layout, form):
    for step in steps(PROGRAMS[program], layout, form):
        if step.operation not in (Operation.MATMUL, Operation.OUTER) and step.symbol != "·":
            continue
        pair = (step.factor, step.before) if step.side is Side.LEFT else (step.before, step.factor)
        for part in parts(step):
            if part.value is None:
                continue
            lines = (part.factor, part.before) if step.side is Side.LEFT else (part.before, part.factor)
            (row, across), (down, column) = lines
            assert (across, down) == (None, None)
            assert (row, column) == part.after
            assert pair[0].value[row] @ pair[1].value[:, column] == pytest.approx(part.value, abs=1e-12)


DERIVATIVE = re.compile(r"∂(\w+)(?:\[([\d,]+)\])?/∂(\w+)(?:\[([\d,]+)\])?")


def numbers(program: Program, text: str) -> float:
    """What a name says, worked out from the program alone: ∂y[k]/∂x[i,j] over vec, or an entry of a formula."""
    match = DERIVATIVE.fullmatch(text)
    if match is None:
        formula, bracket, index = text.rpartition("[")
        if not bracket or "[" in formula:
            return float(np.squeeze(evaluate(parse(text), program.values)))
        value = np.atleast_1d(np.squeeze(evaluate(parse(formula), program.values)))
        return float(value[tuple(int(each) for each in index.rstrip("]").split(","))])
    y, k, x, i = match.groups()
    *_, last = derive(program, x, of=y, layout=Layout.NUMERATOR, form=Form.VEC) if y != x else [None]
    rows, columns = (_position(program, name, index) for name, index in ((y, k), (x, i)))
    return float(last.after.value[rows, columns])


def _position(program: Program, name: str, index: str | None) -> int:
    shape = program.plan.shape(name)
    if index is None:
        return 0
    place = [int(each) for each in index.split(",")]
    if len(place) == 1:
        return place[0]
    if name in program.plan.source_target:
        place.reverse()
    return place[0] + place[1] * shape[0]


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name != "paths"])
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("form", Form)
def test_every_name_has_the_number_that_stands_beside_it(program, layout, form):
    """Without paths, where a name may mean the part of a derivative that comes through one of them."""
    program = PROGRAMS[program]
    cache: dict[str, float] = {}
    for step in steps(program, layout, form):
        for part in islice(parts(step, 12), 12):
            named = [(part.equation.partition(" = ")[0], part.value)] if part.value is not None else []
            named += [pair for term in part.terms for pair in ((term.left, term.first), (term.right, term.second))]
            for text, number in named:
                if text not in cache:
                    cache[text] = numbers(program, text)
                assert cache[text] == pytest.approx(number, abs=1e-9), (text, part.equation)


@cases
def test_slices_samples_and_paths_add_up_to_the_new_product(program, layout, form):
    for step in steps(PROGRAMS[program], layout, form):
        running = [part.running.value for part in parts(step, 10_000) if part.running is not None]
        if running:
            np.testing.assert_allclose(running[-1], step.after.value, atol=1e-12)
            assert len(running) == 1 or not np.allclose(running[0], running[-1])


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_part_is_the_same_derivative_in_both_layouts(program, form, order):
    one, other = (list(steps(PROGRAMS[program], layout, form, order)) for layout in Layout)
    for numerator, denominator in zip(one, other, strict=True):
        assert Inside(numerator).count == Inside(denominator).count
        for left, right in zip(parts(numerator), parts(denominator), strict=True):
            assert left.title.partition("[")[0] == right.title.partition("[")[0]
            if left.value is not None:
                assert left.equation.partition(" = ")[0] == right.equation.partition(" = ")[0]
            assert left.value == (None if right.value is None else pytest.approx(right.value, abs=1e-12))
            if left.after is not None:
                assert left.after == right.after[::-1]


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(("program", "of"), [("one sample", "z3"), ("samples in rows", "z2"), ("row vectors", "q")])
@pytest.mark.parametrize("order", Order)
def test_also_what_is_no_number_is_taken_apart(program, of, form, layout, order):
    seen = 0
    for step in steps(PROGRAMS[program], layout, form, order, of):
        for part in parts(step, 20):
            if part.value is not None:
                assert part.value == pytest.approx(step.after.value[part.after].item(), abs=1e-12)
                seen += 1
                if part.sum is not None and not part.sum.skipped:
                    assert sum(term.value for term in part.terms) == pytest.approx(part.value, abs=1e-12)
    assert seen


def test_the_transpose_of_w3_entry_by_entry():
    step = next(step for step in derive(QUESTION, "W2") if step.factor.name == "dz3/da2")
    part = Inside(step).part(1)
    w3, delta = QUESTION.values["W3"], step.before.value
    assert part.title == "entry [1,0]"
    assert part.equation.startswith("∂L/∂a2[1] = W3ᵀ[1,0]·∂L/∂z3[0] + W3ᵀ[1,1]·∂L/∂z3[1] + ")
    assert [term.first for term in part.terms] == w3[:, 1].tolist()
    assert [term.second for term in part.terms] == delta[:, 0].tolist()
    assert part.value == pytest.approx(w3[:, 1] @ delta[:, 0])
    assert "Row 1 of W3ᵀ is column 1 of W3." in part.words


def test_of_a_diagonal_matrix_one_term_is_left_also_where_it_is_zero():
    program = Program(["a = relu(z)", "L = sum(a**2)"], {"z": (3, 1)}, {"z": [[1.0], [-2.0], [3.0]]}, parameters=["z"])
    *_, step = derive(program, "z")
    for number, value in enumerate((2.0, 0.0, 6.0)):
        part = Inside(step).part(number)
        assert (len(part.terms), part.sum.zeros, part.value) == (1, 2, value)
        assert ("nothing passes" in part.words) is (number == 1)
        assert part.factor_focus == (number, number)


def test_a_tensor_comes_slice_by_slice_and_then_entry_by_entry():
    for layout in Layout:
        *_, step = derive(QUESTION, "W2", layout=layout)
        inside = Inside(step)
        assert inside.count == 3 + 3 * 2
        delta, a1 = step.before.value.ravel(), QUESTION.values["x"].ravel()
        for k in range(3):
            own = np.zeros((3, 2))
            own[: k + 1] = np.outer(delta[: k + 1], a1)
            running = inside.part(k).running.value
            np.testing.assert_allclose(running if layout is Layout.DENOMINATOR else running.T, own)
        last = inside.part(8)
        assert [(term.left, term.right) for term in last.terms] == [
            ("∂L/∂z2[2]", "a1[1]") if layout is Layout.DENOMINATOR else ("a1[1]", "∂L/∂z2[2]")
        ]
        assert last.equation.startswith("∂L/∂W2[2,1] = ")
        assert last.after == ((2, 1) if layout is Layout.DENOMINATOR else (1, 2))
        assert ("stands in row 1 and column 2" in last.words) is (layout is Layout.NUMERATOR)


@pytest.mark.parametrize(("program", "axis"), [("samples in columns", 1), ("samples in rows", 0)])
@pytest.mark.parametrize("layout", Layout)
def test_a_weight_and_a_bias_over_a_batch_come_sample_by_sample(program, axis, layout):
    program = PROGRAMS[program]
    for target in ("W2", "b2"):
        *_, step = derive(program, target, form="hadamard", layout=layout)
        inside = Inside(step)
        assert [inside.part(n).title for n in range(5)] == [f"sample n = {n}" for n in range(5)]
        delta = step.product.before.array
        for n in range(5):
            until = np.take(delta, range(n + 1), axis)
            a1 = np.take(program.values["a1"], range(n + 1), axis)
            outer = until @ a1.T if axis == 1 else a1.T @ until
            expected = until.sum(axis, keepdims=True) if target == "b2" else outer
            running = inside.part(n).running.value
            np.testing.assert_allclose(running if layout is Layout.DENOMINATOR else running.T, expected)


def test_a_sum_over_paths_names_the_ways_it_comes_by():
    step = next(step for step in derive(PATHS, "W") if step.factor.jacobian is None)
    first, second, entry = (Inside(step).part(number) for number in range(3))
    assert {first.title, second.title} <= {f"path through {name}" for name in ("u", "v", "s", "L")}
    assert first.title != second.title
    np.testing.assert_array_equal(first.running.value, step.before.value)
    np.testing.assert_array_equal(second.running.value, step.after.value)
    assert entry.title == "entry [0,0]"
    assert entry.equation.count("through") == 2


def test_a_long_sum_is_cut_and_a_huge_tensor_is_never_built():
    program = Program(["z = W @ x", "a = tanh(z)", "L = sum(V @ a)"],
                      {"W": (3000, 2000), "x": (2000, 1), "V": (2, 3000)}, seed=1)  # fmt: skip
    *_, step = derive(program, "x")
    part = Inside(step).part(7)
    assert part.sum.skipped == 3000 - len(part.terms)
    assert f"… {part.sum.skipped} more …" in part.equation
    assert part.value == pytest.approx(program.values["W"][:, 7] @ step.before.value[:, 0])
    *_, step = derive(program, "W")
    inside = Inside(step)
    assert inside.count == 3000 + 3000 * 2000
    assert inside.part(inside.count - 1).value == pytest.approx(step.before.value[-1, 0] * program.values["x"][-1, 0])
    assert inside.part(2999).running.window(slice(0, 2), slice(0, 2)).shape == (2, 2)
    with pytest.raises(IndexError):
        inside.part(inside.count)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
@pytest.mark.parametrize("of", ["L", "y"])
def test_every_structure_is_taken_apart_in_every_form_layout_and_order(example, of):
    program = Program([example.line, "L = sum(y * y)"], example.shapes, seed=17, parameters=[example.x])
    for layout in Layout:
        for form in Form:
            for order in Order:
                for step in derive(program, example.x, of=of, layout=layout, form=form, order=order):
                    for part in parts(step, 16):
                        assert part.words
                        if part.value is not None:
                            assert part.value == pytest.approx(step.after.value[part.after].item(), abs=1e-12)
                        if part.sum is not None and not part.sum.skipped:
                            total = sum(term.value for term in part.terms)
                            assert total == pytest.approx(part.value, rel=1e-9, abs=1e-9)
