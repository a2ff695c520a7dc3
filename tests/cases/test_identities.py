"""Published identities through the command line: every layout, form and order, against plain NumPy."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.cases import plain
from tests.cases.commands import records, result
from tests.cases.scenarios import cases, scenario_text, values_of

IDENTITIES = cases("layout_identities")
LAYOUTS = ("numerator", "denominator")
identities = pytest.mark.parametrize("identity", IDENTITIES, ids=[identity["id"] for identity in IDENTITIES])


@pytest.fixture
def scenario(identity, tmp_path):
    path = tmp_path / f"{identity['id']}.toml"
    path.write_text(scenario_text(identity), encoding="utf-8")
    return path


def expected(identity: dict, layout: str) -> np.ndarray:
    """What the source says; for the layout that it does not give, the transpose of the other."""
    values = values_of(identity)
    other = LAYOUTS[1 - LAYOUTS.index(layout)]
    return plain.evaluate(identity[layout], values) if layout in identity else plain.evaluate(identity[other], values).T


@pytest.mark.parametrize("layout", LAYOUTS)
@identities
def test_trace_gives_what_the_source_says(identity, scenario, layout):
    wanted = expected(identity, layout)
    for order in ("reverse", "forward"):
        for form in ("jacobian", "hadamard", "vec", "index"):
            found = result(scenario, "--of", "f", "--target", identity["by"], "--layout", layout, "--form", form,
                           "--order", order)  # fmt: skip
            assert (found["of"], found["target"], found["layout"]) == ("f", identity["by"], layout)
            assert found["shape"] == list(wanted.shape)
            np.testing.assert_allclose(found["value"], wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
@identities
def test_the_product_of_the_factors_is_the_result_and_each_has_the_shape_it_says(identity, scenario, layout):
    *steps, found = records("trace", scenario, "--of", "f", "--target", identity["by"], "--layout", layout)
    for step in steps:
        assert list(np.shape(step["value"])) == step["shape"]
        assert list(np.shape(step["after"])) == step["after_shape"]
    assert steps[-1]["after"] == found["value"]


@identities
def test_the_forward_value_is_that_of_plain_numpy(identity, scenario):
    (line,) = [line for line in records("replay", scenario) if line["type"] == "end"]
    wanted = plain.evaluate(identity["expression"], values_of(identity))
    np.testing.assert_allclose(line["values"]["f"], wanted, rtol=1e-12)


@identities
def test_grad_gives_the_gradients_of_a_number_in_their_own_shapes(identity, scenario):
    wanted = plain.evaluate(identity["expression"], values_of(identity))
    if wanted.size > 1:
        pytest.skip("not a number, so it has no gradient")
    (line,) = records("grad", scenario)
    np.testing.assert_allclose(line["loss"], wanted.item(), rtol=1e-12)
    found = line["gradients"][identity["by"]]
    np.testing.assert_allclose(found, expected(identity, "denominator"), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "identity", [one for one in IDENTITIES if one["id"] in ("LI23", "LI43")], ids=lambda i: i["id"]
)
def test_a_process_of_its_own_says_the_same(identity, scenario):
    command = [
        sys.executable,
        "-m",
        "tui.cli",
        "trace",
        str(scenario),
        "--of",
        "f",
        "--target",
        identity["by"],
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    found = json.loads(done.stdout.splitlines()[-1])
    np.testing.assert_allclose(found["value"], expected(identity, "denominator"), rtol=1e-9)
