"""Every structure against its dense form, and its dense form against central differences."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Layout, Program
from engine.calculus.jacobians import Jacobian, base, structures
from engine.calculus.layouts import derivative_shape, vec
from engine.formula import evaluate, parse, spell
from engine.formula.syntax import Binary, Index, Name, Node
from tests.helpers import EXAMPLES, Example

every = pytest.mark.parametrize("example", EXAMPLES, ids=str)


def matrix_over_vec(jacobian: Jacobian) -> np.ndarray:
    """All of ∂vec(y)/∂vec(x)ᵀ, entry block by entry block."""
    size_y, size_x = jacobian.y[0] * jacobian.y[1], jacobian.x[0] * jacobian.x[1]
    return jacobian.block(np.arange(size_y), np.arange(size_x))


def differences(example: Example) -> np.ndarray:
    program = example.program
    value = np.array(program.inputs[example.x])
    flat, columns = value.reshape(-1, order="F"), []
    for position in range(flat.size):
        sides = []
        for step in (1e-6, -1e-6):
            moved = flat.copy()
            moved[position] += step
            changed = program.with_values({example.x: moved.reshape(value.shape, order="F")})
            sides.append(np.asarray(changed.values["y"]).reshape(-1, order="F"))
        columns.append((sides[0] - sides[1]) / 2e-6)
    return np.stack(columns, axis=1)


@every
def test_it_has_the_structure_that_is_expected(example):
    assert example.jacobian.structure == example.structure


@every
def test_its_matrix_agrees_with_central_differences(example):
    np.testing.assert_allclose(matrix_over_vec(example.jacobian), differences(example), rtol=1e-6, atol=1e-7)


@every
def test_pull_and_push_are_its_matrix_from_the_left_and_from_the_right_with_any_leading_axes(example):
    jacobian, generator = example.jacobian, np.random.default_rng(3)
    matrix = matrix_over_vec(jacobian)
    upstream = generator.normal(size=(2, 6, *jacobian.y))
    np.testing.assert_allclose(vec(jacobian.pull(upstream)), vec(upstream) @ matrix, rtol=1e-9, atol=1e-12)
    tangent = generator.normal(size=(2, 6, *jacobian.x))
    np.testing.assert_allclose(vec(jacobian.push(tangent)), vec(tangent) @ matrix.T, rtol=1e-9, atol=1e-12)


@every
def test_its_formula_has_the_value_of_its_matrix_in_both_layouts(example):
    jacobian, values = example.jacobian, example.program.values
    for layout in Layout:
        laid_out = jacobian.in_layout(layout)
        expected = matrix_over_vec(jacobian) if layout is Layout.NUMERATOR else matrix_over_vec(jacobian).T
        found = evaluate(laid_out.formula_over_vec(), values)
        np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-9, atol=1e-12)
        shown = expected if len(jacobian.shape) == 3 else laid_out.dense()
        found = evaluate(laid_out.formula(), values)
        assert found.shape == shown.shape or found.size == shown.size == 1
        np.testing.assert_allclose(found.reshape(shown.shape), shown, rtol=1e-9, atol=1e-12)


@every
def test_its_pull_formula_computes_what_pull_does(example):
    program = example.program
    upstream = np.random.default_rng(5).normal(size=example.jacobian.y)
    shapes = {**{name: value.shape for name, value in program.inputs.items()}, "G": upstream.shape}
    wider = Program([example.line], shapes, {**program.inputs, "G": upstream})
    jacobian = wider.plan.jacobian("y", example.x).bind(wider.values)
    found = evaluate(jacobian.pull_formula(Name("G")), wider.values)
    np.testing.assert_allclose(np.broadcast_to(found, jacobian.x), jacobian.pull(upstream), rtol=1e-9, atol=1e-12)


@every
def test_its_push_formula_computes_what_push_does(example):
    tangent = np.random.default_rng(5).normal(size=example.jacobian.x)
    program = example.program
    shapes = {**{name: value.shape for name, value in program.inputs.items()}, "T": tangent.shape}
    wider = Program([example.line], shapes, {**program.inputs, "T": tangent})
    jacobian = wider.plan.jacobian("y", example.x).bind(wider.values)
    found = evaluate(jacobian.push_formula(Name("T")), wider.values)
    np.testing.assert_allclose(np.broadcast_to(found, jacobian.y), jacobian.push(tangent), rtol=1e-9, atol=1e-12)


@every
def test_the_other_layout_is_the_transpose_of_all_axes_and_twice_is_nothing(example):
    jacobian = example.jacobian
    turned = jacobian.transpose()
    assert turned.shape == jacobian.shape[::-1]
    np.testing.assert_array_equal(turned.dense(), jacobian.dense().transpose())
    assert turned.transpose().layout is jacobian.layout
    np.testing.assert_array_equal(turned.transpose().dense(), jacobian.dense())


@given(st.sampled_from(EXAMPLES), st.sampled_from(Layout), st.data())
def test_a_window_is_the_same_part_of_the_whole(example, layout, data):
    jacobian = example.jacobian.in_layout(layout)
    cuts = tuple(
        slice(*sorted(data.draw(st.tuples(st.integers(0, size), st.integers(0, size))))) for size in jacobian.shape
    )
    np.testing.assert_array_equal(jacobian.window(*cuts), jacobian.dense()[cuts])


@given(st.sampled_from(EXAMPLES), st.data())
def test_a_window_of_a_gradient_is_the_same_part_of_the_whole(example, data):
    jacobian = example.jacobian
    upstream = np.random.default_rng(5).normal(size=jacobian.y)
    rows, columns = (
        slice(*sorted(data.draw(st.tuples(st.integers(0, size), st.integers(0, size))))) for size in jacobian.x
    )
    window = jacobian.pull_window_at(jacobian.values, upstream, rows, columns)
    np.testing.assert_allclose(window, jacobian.pull(upstream)[rows, columns], rtol=1e-12, atol=1e-15)


def indices(shape: tuple[int, int]) -> list[tuple[str, int]]:
    """How each entry is called in index notation, with its position in vec order."""
    rows, columns = shape
    return [
        (",".join(str(index) for index, size in ((i, rows), (j, columns)) if size > 1), i + j * rows)
        for i in range(rows)
        for j in range(columns)
    ]


def entry_by_index(jacobian: Jacobian, y: str, x: str, values: dict) -> float:
    """What the text in index notation says of one entry: δ decided, the rest evaluated."""
    text = jacobian.index_formula(y, x)
    if through_vec := re.fullmatch(r"\(.*\)\[(.*); (.*)\]", text):
        assert through_vec.groups() == (y, x)
        row, column = dict(indices(jacobian.y))[y], dict(indices(jacobian.x))[x]
        return float(evaluate(jacobian.numerator_formula(), values)[row, column])
    text = re.sub(r"δ\[(.*?),(.*?)\]", lambda delta: "(1)" if position(delta[1]) == position(delta[2]) else "(0)", text)
    return number(parse(text), values)


def number(node: Node, values: dict) -> float:
    """A product or a difference of entries, where one index counts along the length of a column or a row."""
    match node:
        case Binary("·", left, right):
            return number(left, values) * number(right, values)
        case Binary("-", left, right):
            return number(left, values) - number(right, values)
        case Index(operand, (int(place),)):
            vector = evaluate(operand, values)
            assert 1 in vector.shape
            return float(vector.ravel()[place])
    return float(evaluate(node, values).item())


def position(text: str) -> int:
    """`1 + 3 2` is 7."""
    first, _, rest = text.partition("+")
    return int(first) + (int(rest.split()[0]) * int(rest.split()[1]) if rest else 0)


@every
def test_in_index_notation_every_entry_has_the_value_that_the_matrix_has(example, monkeypatch):
    for module in (base, structures):  # on paper there are e₁ and I₃, which are not parsed
        monkeypatch.setattr(module, "spell", lambda node, spelling: spell(node))
    jacobian, values = example.jacobian, example.program.values
    matrix = matrix_over_vec(jacobian)
    for y, row in indices(jacobian.y):
        for x, column in indices(jacobian.x):
            assert entry_by_index(jacobian, y, x, values) == pytest.approx(matrix[row, column], rel=1e-9, abs=1e-12)


def test_binding_leaves_the_programs_own_jacobian_without_numbers():
    example = EXAMPLES[2]
    program = example.program
    unbound = program.plan.jacobian("y", "x")
    unbound.bind(program.values)
    assert unbound.values == {}
    assert str(unbound) == "diag(1 − y²)"


SCALAR, COLUMN, ROW, MATRIX = (1, 1), (3, 1), (1, 4), (2, 5)


@pytest.mark.parametrize(
    ("y", "x", "shape"),
    [
        (SCALAR, SCALAR, (1, 1)),
        (SCALAR, COLUMN, (3, 1)),
        (SCALAR, ROW, (4, 1)),
        (SCALAR, MATRIX, (2, 5)),
        (COLUMN, SCALAR, (1, 3)),
        (COLUMN, ROW, (4, 3)),
        (ROW, COLUMN, (3, 4)),
        (COLUMN, MATRIX, (2, 5, 3)),
        (ROW, MATRIX, (2, 5, 4)),
        (MATRIX, SCALAR, (5, 2)),
        (MATRIX, COLUMN, (3, 10)),
        (MATRIX, (4, 3), (12, 10)),
    ],
)
def test_shapes_in_denominator_layout_and_reversed_in_numerator_layout(y, x, shape):
    assert derivative_shape(y, x, Layout.DENOMINATOR) == shape
    assert derivative_shape(y, x, Layout.NUMERATOR) == shape[::-1]
