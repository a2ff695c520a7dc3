"""Published worked examples through the command line: every figure that they quote, to the digits that they quote.

A figure is checked as a value of the forward pass, and where it is a derivative, as what `trace` derives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import numpy as np
import pytest

from tests.cases import plain
from tests.cases.commands import records, result
from tests.cases.scenarios import cases, forward_of, scenario_text, values_of

EXAMPLES = {example["id"]: example for example in cases("worked_examples")}
LOOPS = ("gd2", "grokking6")
"""Functions that stand for whole training loops of a source."""


def assert_quoted(quoted: dict, found: np.ndarray) -> None:
    """`found` rounds to the figures as they are printed; some sources truncate, or multiply rounded factors."""
    numbers = np.ravel(found)
    assert len(numbers) == len(quoted["value"]), quoted["name"]
    for number, text in zip(numbers, quoted["value"], strict=True):
        digits = quoted.get("decimals", -Decimal(text).as_tuple().exponent)
        allowed = (0.5 + quoted.get("units", 0.0)) * 10.0**-digits * (1 + 1e-6) + 1e-15
        assert abs(number - float(text)) <= allowed, f"{quoted['name']}: {number} is not {text}"


def figure(example: str, name: str) -> dict:
    """The quoted figure of that name."""
    return next(quoted for quoted in EXAMPLES[example]["quoted"] if quoted["name"] == name)


def write(path, forward: list[str], given: Mapping[str, object]) -> str:
    case = {"source": path.stem, "program": forward, "given": given}
    path.write_text(scenario_text(case), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_quoted_value_comes_out_of_the_command_line(name, tmp_path):
    example = EXAMPLES[name]
    quoted = {f"quoted{number}": quoted for number, quoted in enumerate(example["quoted"])}
    loops = [key for key, one in quoted.items() if any(loop in one["formula"] for loop in LOOPS)]
    lines = [f"{key} = {one['formula']}" for key, one in quoted.items() if key not in loops]
    loss = [] if any(line.startswith("L =") for line in forward_of(example)) else ["L = sum(quoted0)"]
    scenario = write(tmp_path / f"{name}.toml", [*forward_of(example), *lines, *loss], example["given"])
    (line,) = records("grad", scenario)
    values = plain.run([*forward_of(example), *lines], values_of(example))
    for key, one in quoted.items():
        assert_quoted(one, line["values"][key])
        np.testing.assert_allclose(np.ravel(line["values"][key]), np.ravel(values[key]), rtol=1e-12)


def test_no_figure_of_these_needs_a_training_loop():
    formulas = [one["formula"] for example in EXAMPLES.values() for one in example["quoted"]]
    assert sum(any(loop in formula for loop in LOOPS) for formula in formulas) == 0
    assert len(formulas) > 50


Pick = Callable[[np.ndarray], np.ndarray]


def whole(found: np.ndarray) -> np.ndarray:
    return found


MAZUR = [*EXAMPLES["WE01"]["program"][:5], "L = sum(E)"]
CS231N = EXAMPLES["WE03"]["program"][:5]
UDACITY = [*EXAMPLES["WE05"]["program"][:5], "L = 0.5 * err**2"]
GROKKING = ["p1 = w @ x", "L = 0.5 * (p1 - t)**2"]
THREE = ["d3 = win*w3 - t3", "L = 0.5 * sum(d3**2)"]
ERRATA = ["s = w @ o", "f = sigmoid(s)", "L = -e * f"]
PARR = ["f = vstack([3*v[0]**2*v[1], 2*v[0] + v[1]**8])"]
DERIVED: dict[str, list[tuple[list[str], str, str, str, dict[str, Pick]]]] = {
    # its forward pass, what is differentiated by what in which layout, and the figures that the result holds
    "WE01": [
        (MAZUR, "L", "a2", "denominator", {"dE/dout_o1": lambda d: d[0]}),
        (MAZUR, "a2", "z2", "numerator", {"dout_o1/dnet_o1": lambda d: d[0, 0]}),
        (MAZUR, "L", "z2", "denominator", {"delta_o1": lambda d: d[0], "delta_o2 (truncated)": lambda d: d[1],
                                           "output bias gradients (neuralToy)": whole}),
        (MAZUR, "L", "W2", "denominator", {"dE/dw5": lambda d: d[0, 0],
                                           "all layer-2 weight gradients (neuralToy, truncated)": whole,
                                           "w5+..w8+": lambda d: np.array([[0.4, 0.45], [0.5, 0.55]]) - 0.5 * d}),
        (MAZUR, "E", "a1", "numerator", {"dE_o1/dout_h1": lambda d: d[0, 0],
                                         "dE_o2/dout_h1 (product of rounded factors)": lambda d: d[1, 0]}),
        (MAZUR, "L", "a1", "denominator", {"dE/dout_h1": lambda d: d[0]}),
        (MAZUR, "a1", "z1", "denominator", {"dout_h1/dnet_h1": lambda d: d[0, 0]}),
        (MAZUR, "L", "z1", "denominator",
         {"hidden deltas (neuralToy unit test of the same network, truncated)": whole}),
        (MAZUR, "L", "W1", "denominator", {"dE/dw1": lambda d: d[0, 0],
                                           "all layer-1 weight gradients (neuralToy, truncated)": whole,
                                           "w1+..w4+": lambda d: np.array([[0.15, 0.2], [0.25, 0.3]]) - 0.5 * d}),
    ],
    "WE03": [
        (CS231N, "L", "z2", "denominator", {"dscores = db2": whole}),
        (CS231N, "L", "b2", "denominator", {"dscores = db2": whole}),
        (CS231N, "L", "W2", "denominator", {"dW2": whole}),
        (CS231N, "L", "a1", "denominator", {"dh1": whole}),
        (CS231N, "L", "z1", "denominator", {"dM after relu = db1": whole}),
        (CS231N, "L", "b1", "denominator", {"dM after relu = db1": whole}),
        (CS231N, "L", "W1", "denominator", {"dW1": whole}),
    ],
    "WE05": [  # the source's error terms are target minus output, the negative gradient
        (UDACITY, "L", "a2", "denominator", {"error": lambda d: -d}),
        (UDACITY, "L", "z2", "denominator", {"output error term": lambda d: -d}),
        (UDACITY, "L", "z1", "denominator", {"hidden error term": lambda d: -d}),
        (UDACITY, "L", "W1", "denominator", {"hidden error term outer x": lambda d: -d}),
    ],
    "WE10": [
        (GROKKING, "L", "w", "denominator", {"weight deltas 1": whole,
                                             "weights after 1": lambda d: np.array([0.1, 0.2, -0.1]) - 0.01 * d[:, 0]}),
        (["delta = W @ x - y", "L = 0.5 * sum(delta**2)"], "L", "W", "denominator",
         {"3x3 new weights, corrected outer_prod(delta,input)":
              lambda d: np.array(EXAMPLES["WE10"]["given"]["W"]) - 0.01 * d}),
        (THREE, "L", "w3", "denominator", {"multiple outputs: weight deltas": whole,
                                           "multiple outputs: new weights":
                                               lambda d: np.array([0.3, 0.2, 0.9]) - 0.1 * d[:, 0]}),
    ],
    "WE14": [
        (ERRATA, "f", "s", "numerator", {"f(1-f)": whole}),
        (ERRATA, "L", "w", "denominator", {"error slope": lambda d: d[0], "change": lambda d: -0.1 * d[0],
                                           "new w11": lambda d: 2.0 - 0.1 * d[0]}),
    ],
    "WE19": [
        (PARR, "f", "v", "numerator",
         {"Jacobian of (3x^2 y, 2x+y^8) at (2,1), numerator layout [[6yx,3x^2],[2,8y^7]]": whole}),
        (PARR, "f", "v", "denominator",
         {"its denominator layout [[6yx,2],[3x^2,8y^7]]": whole}),
        (["u = one**2", "f = one + u"], "f", "one", "numerator", {"d(x+x^2)/dx at 1 = 1+2x": whole}),
    ],
}  # fmt: skip
ROWS = [(name, *row) for name, rows in DERIVED.items() for row in rows]


@pytest.mark.parametrize(
    ("name", "forward", "of", "target", "layout", "figures"),
    ROWS,
    ids=[f"{name}: d{of}/d{target} {layout}" for name, _, of, target, layout, _ in ROWS],
)
def test_every_quoted_derivative_comes_out_of_a_derivation(name, forward, of, target, layout, figures, tmp_path):
    given = {**EXAMPLES[name]["given"], **({"v": [2.0, 1.0]} if name == "WE19" else {})}
    scenario = write(tmp_path / "example.toml", forward, given)
    found = result(scenario, "--of", of, "--target", target, "--layout", layout)
    for figure_name, pick in figures.items():
        assert_quoted(figure(name, figure_name), pick(np.array(found["value"])))


@pytest.mark.parametrize("name", ["WE01", "WE03"])
def test_the_factors_on_the_way_hold_the_figures_that_the_source_quotes_for_them(name, tmp_path):
    forward, target, factors = {
        "WE01": (MAZUR, "W1", {"da2/dz2": "dout_o1/dnet_o1", "da1/dz1": "dout_h1/dnet_h1"}),
        "WE03": (CS231N, "W1", {}),
    }[name]
    scenario = write(tmp_path / "example.toml", forward, EXAMPLES[name]["given"])
    steps = {line["factor"]: line for line in records("trace", scenario, "--target", target) if line["type"] == "step"}
    for factor, quoted in factors.items():
        assert_quoted(figure(name, quoted), np.array(steps[factor]["value"])[0, 0])
    if name == "WE03":
        assert_quoted(figure(name, "dscores = db2"), steps["dp/dz2"]["after"])
        assert_quoted(figure(name, "dh1"), steps["dz2/da1"]["after"])
