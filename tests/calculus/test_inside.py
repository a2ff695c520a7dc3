"""Inside a step: every entry's sum, in names that are looked up anew and in numbers, is the new product's entry."""

from __future__ import annotations

import re

import numpy as np
import pytest

from engine import Network, Program, derive
from engine.calculus.inside import count_inside, look_inside, positions
from engine.calculus.typeset import spell_cell
from engine.diagnostics import Diagnostic
from engine.formula import evaluate, parse

NETWORKS = {
    "question": Network([2, 3, 4], ["relu", "sigmoid"], first_layer=1).program(seed=7),
    "columns": Network([3, 4, 2], ["tanh", "identity"], bias=True, batch=5).program(seed=3),
    "rows": Network([3, 4, 2], ["tanh", "sigmoid"], bias=True, batch=5, samples="rows").program(seed=3),
    "softmax": Network([3, 4, 2], ["tanh", "softmax"], loss="cross_entropy").program(seed=4),
}
EVERY = [
    (name, layout, form)
    for name in NETWORKS
    for layout in ("denominator", "numerator")
    for form in ("jacobian", "hadamard", "vec", "entry")
]
_GRADIENT = re.compile(r"∂L/∂(\w+)((?:\[\d+(?:,\d+)?\])?)")


def looked_up(program: Program, text: str) -> float:
    """A sum of entries, with each ∂L/∂v[i,j] taken from the derivative by v as a whole."""
    gradients: dict[str, np.ndarray] = {}

    def entry(name: str, index: str) -> str:
        if name not in gradients:
            *_, last = derive(program, name, layout="denominator")
            gradients[name] = last.result.value
        return f"g_{name}{_index(index, gradients[name].shape)}"

    text = _GRADIENT.sub(lambda match: entry(match[1], match[2]), text)
    values = {**program.values, **{f"g_{name}": value for name, value in gradients.items()}}
    text = re.sub(r"(\w+|\))((?:\[\d+\]))", lambda match: _vector(match, values), text)
    return float(np.asarray(evaluate(parse(text.replace("·", " * ")), values)).item())


def _index(index: str, shape: tuple[int, ...]) -> str:
    if index.count(",") or not index:
        return index
    number = index.strip("[]")
    return f"[{number},0]" if shape[1] == 1 else f"[0,{number}]"


def _vector(match: re.Match[str], values) -> str:
    """An entry of a column by one index; in these networks every vector is one."""
    name = match[1]
    is_row = name in values and values[name].shape[0] == 1
    number = match[2].strip("[]")
    return f"{name}[0,{number}]" if is_row else f"{name}[{number},0]"


@pytest.mark.parametrize("name, layout, form", EVERY)
def test_every_entry_is_the_sum_that_its_names_and_numbers_say(name, layout, form):
    program = NETWORKS[name]
    compared = 0
    for target in ("W1", "W2", "b1", "x") if name in ("columns", "rows") else (program.parameters[0], "x"):
        for step in derive(program, target, layout=layout, form=form):
            if step.before is None:
                continue
            for part in positions(step):
                value = step.after.value[part.place]
                assert part.equation.endswith(_rounded(value)), part.equation
                said = part.equation.split(" = ")[1].split(" (and ")[0]
                if "more" in said or "∂a2[" in said or "∂z" in said.replace("∂L/∂z", ""):
                    continue
                if "⊗" in said or "diag(" in said:
                    continue
                assert looked_up(program, said) == pytest.approx(float(value), abs=1e-12), part.equation
                compared += 1
    assert compared > 10


def _rounded(value: float) -> str:
    return f"= {spell_cell(float(value))}"


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize("form", ["jacobian", "hadamard", "vec"])
def test_what_is_lit_makes_the_entry(layout, form):
    program = NETWORKS["columns"]
    seen = set()
    for step in derive(program, "W1", layout=layout, form=form):
        if step.before is None or len(step.factor.shape) == 3:
            continue
        factor, before = np.asarray(step.factor.value), np.asarray(step.before.value)
        left, right = (factor, before) if step.side == "left" else (before, factor)
        for part in positions(step):
            chosen = [
                np.array([
                    [value if lit.covers(i, j) else 0.0 for j, value in enumerate(row)] for i, row in enumerate(matrix)
                ])
                for lit, matrix in ((part.left, left), (part.right, right))
            ]  # fmt: skip
            made = chosen[0] * chosen[1] if step.operation == "hadamard" else chosen[0] @ chosen[1]
            assert made[part.place] == pytest.approx(step.after.value[part.place])
            assert np.count_nonzero(made) <= 1
        seen.add(str(step.operation))
    assert "matmul" in seen


def test_a_tensor_is_one_product_an_entry():
    *_, last = derive(NETWORKS["question"], "W2")
    part = look_inside(last, 3)
    assert part.place == (1, 1)
    assert part.equation.startswith("∂L/∂W2[1,1] = ∂z2[1]/∂W2[1,1]·∂L/∂z2[1] (and 2 that are 0) = ")
    assert (part.left.row, part.left.column) == (1, 1)


def test_two_paths_are_added():
    program = Program(["a = tanh(x)", "c = sin(x)", "L = sum(a * c)"], {"x": (3, 1)}, seed=2)
    step = next(step for step in derive(program, "x") if step.operation == "sum" and step.leg.jacobian is None)
    parts = list(positions(step))
    assert len(parts) == 3
    assert "the paths so far + this path" in parts[1].equation


def test_the_first_factor_and_a_wrong_entry_are_refused():
    first, second, *_ = derive(NETWORKS["question"], "W2")
    with pytest.raises(Diagnostic, match="joins nothing"):
        count_inside(first)
    with pytest.raises(Diagnostic, match="no entry 4"):
        look_inside(second, count_inside(second))


def test_a_large_product_is_looked_into_without_being_computed():
    program = Network([700, 900, 800], ["tanh", "identity"]).program(seed=1)
    *_, last = derive(program, "W1", form="hadamard")
    part = look_inside(last, 700 * 450 + 3)
    assert part.place == (450, 3)
    assert last.product._array is None
