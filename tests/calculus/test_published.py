"""Published numbers and tables: worked examples to their quoted rounding, identities in both layouts."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from engine import Program, derive
from engine.formula import evaluate, parse, parse_assignment

CASES = Path(__file__).parent.parent / "cases"
EXAMPLES = tomllib.loads((CASES / "worked_examples.toml").read_text(encoding="utf-8"))["example"]
IDENTITIES = tomllib.loads((CASES / "layout_identities.toml").read_text(encoding="utf-8"))["identity"]


def values_of(example: dict) -> dict[str, np.ndarray]:
    """Everything that an example's program computes, evaluated line by line."""
    values = {name: np.asarray(value, dtype=float) for name, value in example["given"].items()}
    for line in example["program"]:
        assignment = parse_assignment(line)
        values[assignment.name] = evaluate(assignment.expression, values, line)
    return values


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["id"] for example in EXAMPLES])
def test_a_published_example_evaluates_to_its_quoted_digits(example):
    values = values_of(example)
    for quoted in example["quoted"]:
        found = evaluate(parse(quoted["formula"]), values).ravel()
        assert len(found) == len(quoted["value"]), quoted["name"]
        for number, text in zip(found, quoted["value"], strict=True):
            digits = quoted.get("decimals", -Decimal(text).as_tuple().exponent)
            unit = 10.0**-digits
            allowed = (0.5 + quoted.get("units", 0.0)) * unit * (1 + 1e-6) + 1e-15
            assert abs(number - float(text)) <= allowed, f"{quoted['name']}: {number} is not {text}"


DERIVED = [
    # example, lines of its program that are the forward pass, shapes, loss, what the source calls each gradient
    ("WE01", 5, {"x": (2, 1), "t": (2, 1), "W1": (2, 2), "b1": (), "W2": (2, 2), "b2": ()}, "sum(E)",
     {"W1": "dW1", "W2": "dW2", "z1": "d1", "z2": "d2"}),
    ("WE03", 5, {"x": (1, 2), "y": (1, 3), "W1": (2, 2), "b1": (1, 2), "W2": (2, 3), "b2": (1, 3)}, "",
     {"W1": "dW1", "W2": "dW2", "z2": "dz2", "a1": "da1", "z1": "dz1"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "lines", "shapes", "loss", "gradients"), DERIVED, ids=[row[0] for row in DERIVED])
def test_the_gradients_of_a_published_example_are_those_that_derive_gives(name, lines, shapes, loss, gradients):
    example = next(example for example in EXAMPLES if example["id"] == name)
    values = values_of(example)
    forward = [*example["program"][:lines], *([f"L = {loss}"] if loss else [])]
    program = Program(forward, shapes, {key: example["given"][key] for key in shapes})
    for target, theirs in gradients.items():
        *_, last = derive(program, target)
        np.testing.assert_allclose(last.result.value, values[theirs], rtol=1e-12, atol=1e-15)


def drawn(kind: str | None, shape: list[int], generator: np.random.Generator) -> np.ndarray:
    array = generator.normal(size=shape)
    match kind:
        case "positive":
            return np.abs(array) + 0.5
        case "nonsing":
            return array + 3 * np.eye(shape[0])
    return array


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
@pytest.mark.parametrize("identity", IDENTITIES, ids=[identity["id"] for identity in IDENTITIES])
def test_a_published_identity_holds_in_both_layouts(identity, layout):
    if layout not in identity:
        pytest.skip("the source gives the other layout only")
    generator = np.random.default_rng(11)
    kinds = identity.get("drawn", {})
    values = {name: drawn(kinds.get(name), shape, generator) for name, shape in identity["shapes"].items()}
    program = Program([f"f = {identity['expression']}"], identity["shapes"], values)
    *_, last = derive(program, identity["by"], of="f", layout=layout)
    expected = evaluate(parse(identity[layout]), program.values)
    assert last.result.value.shape == expected.shape
    np.testing.assert_allclose(last.result.value, expected, rtol=1e-9, atol=1e-12)
