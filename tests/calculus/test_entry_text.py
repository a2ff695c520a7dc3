"""The formula of an entry is that entry, of every matrix of every step: in both layouts, all forms and both orders."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from engine import Form, Layout, Network, Program, derive
from engine.calculus import Order, Step
from engine.calculus.entry_text import after_entry, before_entry, entry_names, factor_entry, summands, value_entry
from engine.calculus.pictures import Shown
from engine.formula import ShapeMap, compile_formula
from engine.formula.entries import spell_entry
from engine.formula.evaluate import Values
from engine.formula.syntax import Node
from tests.helpers import EXAMPLES

NETWORK = Network([2, 3, 4], ["tanh", "sigmoid"], "half_squared_error", first_layer=1).program(seed=5)
BATCH = Program(
    ["Z = W @ X + b", "A = tanh(Z)", "P = V @ A", "L = sum((P - Y)**2)"],
    {"X": (2, 5), "W": (3, 2), "b": (3, 1), "V": (4, 3), "Y": (4, 5)}, seed=3,
)  # fmt: skip
ROWS = Program(
    ["Z = X @ W.T", "A = relu(Z) + Z", "p = A @ v", "L = sum((p - y)**2)"],
    {"X": (5, 2), "W": (3, 2), "v": (3, 1), "y": (5, 1)}, seed=3,
)  # fmt: skip
SOFTMAX = Program(
    ["z = W @ x", "a = softmax(z)", "L = cross_entropy(a, y)"], {"x": (2, 1), "W": (3, 2), "y": (3, 1)},
    {"y": [1.0, 0.0, 0.0]}, seed=4,
)  # fmt: skip
SHARED = Program(
    ["z1 = W @ x", "a1 = tanh(z1)", "z2 = W @ a1 + z1 * a1", "L = sum(z2**2)"], {"x": (3, 1), "W": (3, 3)}, seed=9
)
VECTOR = Program(["z = W @ x", "s = sum(z**2)", "M = s * C", "q = M @ z"], {"x": (2, 1), "W": (3, 2), "C": (4, 3)},
                 seed=2)  # fmt: skip
PROGRAMS = {"network": NETWORK, "batch": BATCH, "rows": ROWS, "softmax": SOFTMAX, "shared": SHARED, "vector": VECTOR}


def evaluated(node: Node, names: object, values: Values, shapes: ShapeMap) -> float:
    """The value of an entry's formula, each name in it read from where it stands for."""
    leaves = names.leaves  # type: ignore[attr-defined]
    numbers = {}
    for text, (leaf, (row, column)) in leaves.items():
        value = np.asarray(compile_formula(leaf, shapes)(values))
        value = value.reshape(value.shape if value.ndim == 2 else (-1, 1))
        numbers[text] = np.asarray(value[row if value.shape[0] > 1 else 0, column if value.shape[1] > 1 else 0])
    scalars = ShapeMap(dict.fromkeys(numbers, ()))
    return float(compile_formula(node, scalars)(numbers))


def places(shown: Shown) -> list[tuple[int, ...]]:
    return list(product(*(range(size) for size in shown.shape)))


def whole(shown: Shown) -> np.ndarray:
    return np.asarray(shown.window(*(slice(None) for _ in shown.shape)))


def check(step: Step) -> None:
    """Every entry that the step shows."""
    values, plan = step.product.values, step.product.route.plan
    for entry_of, shown in ((factor_entry, step.factor.shown), (before_entry, step.before), (after_entry, step.after)):
        if shown is None:
            continue
        array = whole(shown)
        for place in places(shown)[:40]:
            assert entry_of(step, place).value == pytest.approx(array[place], abs=1e-12), (str(step), place)
    jacobian = step.leg.jacobian
    if jacobian is None:
        return
    factor = whole(step.factor.shown)
    for place in places(step.factor.shown)[:60]:
        names = entry_names(plan)
        if len(place) == 3:
            ordered = place if step.layout is Layout.DENOMINATOR else place[::-1]
            node = names.of(jacobian.numerator_formula(), ordered[2], ordered[0] + ordered[1] * jacobian.x[0])
        else:
            assert step.factor.node is not None
            node = names.of(step.factor.node, *place)
        found = evaluated(node, names, values, plan.shapes)
        assert found == pytest.approx(factor[place], abs=1e-12), (str(step), place, spell_entry(node))


def check_sums(step: Step) -> None:
    """The terms of every entry of the new product add up to it."""
    if step.upstream is None or step.leg.jacobian is None:
        return
    product_ = step.product
    of, by = (math.prod(shape) for shape in (product_.of_shape, product_.shape))
    array = product_.array.reshape(of, *product_.shape)
    for of_entry, x_entry in product(range(of), range(by)):
        terms, left_out = summands(product_, of_entry, x_entry)
        if left_out:
            continue
        column, row = divmod(x_entry, product_.shape[0])
        total = sum(term.factor_value * term.before_value for term in terms)
        assert total == pytest.approx(array[of_entry, row, column], abs=1e-12)


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_entry_of_every_matrix_has_its_formula(name: str, layout: Layout, form: Form, order: Order) -> None:
    program = PROGRAMS[name]
    for target in program.targets:
        for step in derive(program, target, layout=layout, form=form, order=order):
            check(step)
            check_sums(step)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_structure_writes_its_entries(example: object) -> None:
    program = Program([example.line, "L = sum(y**2)"], example.shapes, seed=17)  # type: ignore[attr-defined]
    for layout, form in product(Layout, (Form.JACOBIAN, Form.HADAMARD)):
        for step in derive(program, example.x, layout=layout, form=form):  # type: ignore[attr-defined]
            check(step)
            check_sums(step)


def steps_of(program: Program, target: str, layout: Layout, form: Form = Form.JACOBIAN) -> dict[str, Step]:
    return {step.factor.name: step for step in derive(program, target, layout=layout, form=form)}


def test_the_transposed_weights_say_where_their_entry_comes_from() -> None:
    step = steps_of(NETWORK, "W2", Layout.DENOMINATOR)["dz3/da2"]
    text = factor_entry(step, (1, 0))
    assert (text.name, text.formula) == ("∂z3[0]/∂a2[1] = W3ᵀ[1,0]", "W3[0,1]")
    step = steps_of(NETWORK, "W2", Layout.NUMERATOR)["dz3/da2"]
    assert factor_entry(step, (0, 1)).name == "∂z3[0]/∂a2[1]"
    assert factor_entry(step, (0, 1)).formula == "W3[0,1]"


def test_an_entry_of_a_product_is_a_sum_with_names_and_with_numbers() -> None:
    program = Program(
        ["z2 = W2 @ x", "z3 = W3 @ z2", "L = 0.5 * sum(z3**2)"], {"x": (4, 1), "W2": (3, 4), "W3": (2, 3)},
        {"x": [1, 0, 0, 0], "W2": [[1, 0, 0, 0], [2, 0, 0, 0], [-1, 0, 0, 0]], "W3": [[1, 2, 3], [-4, 5, 6]]},
    )  # fmt: skip
    for layout, formula, numbers in (
        (Layout.DENOMINATOR, "W3[0,1]·δ3[0] + W3[1,1]·δ3[1]", "2·2 + 5·0"),
        (Layout.NUMERATOR, "δ3[0]·W3[0,1] + δ3[1]·W3[1,1]", "2·2 + 0·5"),
    ):
        step = steps_of(program, "W2", layout)["dz3/dz2"]
        text = after_entry(step, (1, 0) if layout is Layout.DENOMINATOR else (0, 1))
        assert (text.name, text.formula, text.numbers, text.value) == ("∂L/∂z2[1] = δ2[1]", formula, numbers, 4.0)
        assert str(text) == f"∂L/∂z2[1] = δ2[1] = {formula} = {numbers} = 4"


def test_a_tensor_is_zero_where_another_unit_is_read() -> None:
    for layout, here, elsewhere in (
        (Layout.DENOMINATOR, (1, 0, 1), (1, 0, 2)),
        (Layout.NUMERATOR, (1, 0, 1), (2, 0, 1)),
    ):
        step = steps_of(NETWORK, "W2", layout)["dz2/dW2"]
        assert str(factor_entry(step, here)).startswith("∂z2[1]/∂W2[1,0] = a1[0] = ")
        text = factor_entry(step, elsewhere)
        assert (text.value, text.note) == (0.0, "z2[2] does not depend on W2[1,0]")
        place = (1, 0) if layout is Layout.DENOMINATOR else (0, 1)
        pair = "a1[0]·δ2[1]" if layout is Layout.DENOMINATOR else "δ2[1]·a1[0]"
        assert after_entry(step, place).formula == pair
        assert after_entry(step, place).name == "∂L/∂W2[1,0]"


def test_a_diagonal_is_zero_off_it_and_a_slope_on_it() -> None:
    step = steps_of(NETWORK, "W2", Layout.DENOMINATOR)["da3/dz3"]
    assert factor_entry(step, (0, 2)).note == "off the diagonal: a3[2] does not depend on z3[0]"
    assert factor_entry(step, (2, 2)).note == ""
    assert "a3[2]" in factor_entry(step, (2, 2)).formula


def test_weights_from_source_to_target_are_called_by_their_own_indices() -> None:
    program = Program(["z = W @ x", "L = sum(z**2)"], {"x": (2, 1), "W": (3, 2)}, source_target=["W"])
    step = steps_of(program, "x", Layout.NUMERATOR)["dz/dx"]
    assert factor_entry(step, (2, 1)).formula == "W[1,2]"
    step = steps_of(program, "W", Layout.DENOMINATOR)["dz/dW"]
    assert after_entry(step, (2, 1)).name == "∂L/∂W[1,2]"


def test_a_value_of_the_forward_pass_says_what_it_is_computed_from() -> None:
    assert value_entry(NETWORK, "z3", (3, 0)).formula == "W3[3,0]·a2[0] + W3[3,1]·a2[1] + W3[3,2]·a2[2]"
    assert value_entry(NETWORK, "W2", (2, 1)).name == "W2[2,1]"
    assert value_entry(BATCH, "Z", (2, 4)).formula == "W[2,0]·X[0,4] + W[2,1]·X[1,4] + b[2]"


def test_an_entry_of_a_thousand_by_a_thousand_reads_three_terms_and_builds_nothing() -> None:
    program = Program(
        ["z2 = W2 @ x", "a2 = tanh(z2)", "z3 = W3 @ a2", "L = 0.5 * sum(z3**2)"],
        {"x": (1000, 1), "W2": (1001, 1000), "W3": (999, 1001)},
    )
    steps = steps_of(program, "W2", Layout.DENOMINATOR)
    text = after_entry(steps["dz3/da2"], (7, 0)).formula
    assert text == "W3[0,7]·δ3[0] + W3[1,7]·δ3[1] + … 996 more … + W3[998,7]·δ3[998]"
    assert after_entry(steps["da2/dz2"], (500, 0)).formula.endswith("·∂L/∂a2[500]")
    assert after_entry(steps["dz2/dW2"], (1000, 999)).formula == "a1[999]·δ2[1000]".replace("a1", "x")
    assert factor_entry(steps["dz2/dW2"], (1000, 999, 1000)).formula == "x[999]"
    assert factor_entry(steps["dz2/dW2"], (1000, 999, 0)).value == 0
