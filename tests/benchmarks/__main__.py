"""Measures everything and prints the table."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from tests.benchmarks import walks
from tests.benchmarks.measure import Contestant, Row, compare, medians, table
from tests.benchmarks.models import Model

SMALL, MIDDLE, LARGE = Model((2, 3, 2)), Model((784, 128, 10)), Model((784, 512, 512, 10))
SCHEDULE = {SMALL: (300, 20, "≤ 2.2"), MIDDLE: (300, 2, "≤ 1.3"), LARGE: (100, 1, "≤ 1.05")}
"""Rounds, calls a round, and the target."""


def against_hand_written(model: Model, effort: float) -> list[Row]:
    rounds, calls, target = SCHEDULE[model]
    _agree(model)
    found = medians(
        {
            "hand": Contestant(model.by_hand, model.fresh_values),
            "gradients": Contestant(walks.gradients, model.fresh_programs),
            "factors": Contestant(walks.factors_and_gradients, model.fresh_programs),
            "windows": Contestant(walks.windows_and_gradients, model.fresh_programs),
            "with_values": Contestant(
                lambda sample: walks.gradients(model.program.with_values(sample)),
                lambda count: model.samples[:count],
            ),
        },
        max(5, int(rounds * effort)), calls,
    )  # fmt: skip
    hand = found["hand"]
    return [
        compare(f"{model}: all gradients / hand-written NumPy", found["gradients"], hand, target),
        compare(f"{model}: … and every factor's value", found["factors"], hand),
        compare(f"{model}: … and a 12×12 window of every factor", found["windows"], hand),
        compare(f"{model}: all gradients, with_values included", found["with_values"], hand),
    ]


def _agree(model: Model) -> None:
    """What is compared must be the same."""
    expected = model.by_hand(model.fresh_values(1)[0])
    for walk in (walks.gradients, walks.factors_and_gradients, walks.windows_and_gradients):
        found = walk(model.fresh_programs(1)[0])
        for name, array in found.items():
            np.testing.assert_allclose(array, expected[name], rtol=1e-12, atol=1e-15)
        assert len(found) == model.depth


def _versions() -> str:
    parts = [f"{os.cpu_count()} cores, BLAS on one", f"Python {platform.python_version()}"]
    for package in ("numpy", "torch", "micrograd"):
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            parts.append(f"no {package}")
    return ", ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--effort", type=float, default=1.0, help="a factor on the number of rounds")
    parser.add_argument("--only", default="", help="only the parts whose names contain this")
    chosen = parser.parse_args()
    parts = {f"hand {model}": (lambda effort, model=model: against_hand_written(model, effort)) for model in SCHEDULE}
    print(_versions())
    rows = [row for name, part in parts.items() if chosen.only in name for row in part(chosen.effort)]
    print(table(rows))


if __name__ == "__main__":
    main()
