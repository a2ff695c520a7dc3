"""Measures everything and prints the table."""

from __future__ import annotations

import argparse
import os
import platform
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np

from engine.formula import Array
from tests.benchmarks import walks
from tests.benchmarks.measure import Contestant, Row, compare, medians, spell_size, table
from tests.benchmarks.models import Model
from tests.benchmarks.replays import replays
from tests.benchmarks.screen import screen
from tests.benchmarks.windows import worst_window

SMALL, MIDDLE, LARGE = Model((2, 3, 2)), Model((784, 128, 10)), Model((784, 512, 512, 10))
SCHEDULE = {SMALL: (300, 20, "≤ 2.2"), MIDDLE: (300, 2, "≤ 1.3"), LARGE: (100, 1, "≤ 1.05")}
"""Rounds, calls a round, and the target."""
HAND = "hand-written NumPy"


def against_hand_written(model: Model, effort: float) -> list[Row]:
    rounds, calls, target = SCHEDULE[model]
    _agree(model, walks.gradients, walks.factors_and_gradients, walks.windows_and_gradients)
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
        compare(f"{model}: all gradients / {HAND}", found["gradients"], hand, target),
        compare(f"{model}: … and every factor, with its numbers", found["factors"], hand, target),
        compare(f"{model}: … and a 12×12 window of every factor", found["windows"], hand),
        compare(f"{model}: all gradients, with_values included", found["with_values"], hand),
    ]


def _agree(model: Model, *ways: Callable[[Any], Mapping[str, Array]]) -> None:
    """What is compared must be the same."""
    expected = model.by_hand(model.fresh_values(1)[0])
    for way in ways:
        _same(way(model.fresh_programs(1)[0]), expected)


def _same(found: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    assert set(found) == set(expected) - {"L"}
    for name, array in found.items():
        np.testing.assert_allclose(array, expected[name], rtol=1e-12, atol=1e-15)


def lazily(model: Model, effort: float) -> list[Row]:
    """A walk that looks at a window of everything, and computes no gradient as a whole."""
    expected = model.by_hand(model.fresh_values(1)[0])
    program = model.fresh_programs(1)[0]
    for name, (delta, factor, window) in walks.lazily(program).items():
        np.testing.assert_allclose(delta @ factor, expected[name], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(window, expected[name][walks.CORNER, walks.CORNER], rtol=1e-12, atol=1e-15)
    hand = Contestant(model.by_hand, model.fresh_values)
    own = Contestant(walks.lazily, model.fresh_programs)
    found = medians({"hand": hand, "lazily": own}, max(5, int(300 * effort)), 2)
    program = model.fresh_programs(1)[0]
    tracemalloc.start()
    kept = walks.lazily(program)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    weights = sum(program.inputs[name].nbytes for name in kept)
    return [
        compare(f"{model}: a lazy walk, gradients as windows / {HAND}", found["lazily"], found["hand"], "≤ 0.6"),
        Row(f"{model}: … its peak memory / the weights", peak / weights, spell_size(peak), spell_size(weights),
            "≤ 0.05"),
    ]  # fmt: skip


def windows(effort: float) -> list[Row]:
    return [worst_window(effort)]


def against_torch_backward(effort: float) -> list[Row]:
    from tests.benchmarks import others

    _agree_with(others.torch_backward, others.tensors, SMALL)
    found = medians(
        {
            "torch": Contestant(others.torch_backward, _converted(SMALL, others.tensors), calls=8),
            "gradients": Contestant(walks.gradients, SMALL.fresh_programs),
            "factors": Contestant(walks.factors_and_gradients, SMALL.fresh_programs),
        },
        max(5, int(300 * effort)), 30,
    )  # fmt: skip
    torch = found["torch"]
    return [
        compare(f"{SMALL}: torch .backward() / all gradients", found["gradients"], torch, "≥ 4", faster=True),
        compare(f"{SMALL}: torch .backward() / … and every factor", found["factors"], torch, faster=True),
    ]


def against_torch_jacobians(effort: float) -> list[Row]:
    from tests.benchmarks import others

    chains = {
        "torch.func.jacrev": others.jacobian_chain(others.by_jacrev),
        "torch.autograd.functional.jacobian": others.jacobian_chain(others.by_functional),
    }
    for chain in chains.values():
        _agree_with(chain, others.tensors, MIDDLE)
    contestants = {name: Contestant(chain, _converted(MIDDLE, others.tensors)) for name, chain in chains.items()}
    contestants["factors"] = Contestant(walks.factors_and_gradients, MIDDLE.fresh_programs, calls=8)
    found = medians(contestants, max(3, int(15 * effort)))
    return [
        compare(f"{MIDDLE}: {name}, a chain / every factor and all gradients", found["factors"], found[name],
                "≥ 1000", faster=True)
        for name in chains
    ]  # fmt: skip


def against_micrograd(effort: float) -> list[Row]:
    from tests.benchmarks import others

    _agree_with(others.micrograd_backward, others.numbers, SMALL)
    found = medians(
        {
            "micrograd": Contestant(others.micrograd_backward, _converted(SMALL, others.numbers)),
            "factors": Contestant(walks.factors_and_gradients, SMALL.fresh_programs),
        },
        max(5, int(100 * effort)), 10,
    )  # fmt: skip
    what = f"{SMALL}: micrograd / every factor and all gradients"
    return [compare(what, found["factors"], found["micrograd"], faster=True)]


def classroom(effort: float) -> list[Row]:
    from tests.benchmarks.classroom import loads

    return loads.classroom(effort)


def _converted(model: Model, convert: Callable[[Any], Any]) -> Callable[[int], Sequence[Any]]:
    return lambda count: [convert(values) for values in model.fresh_values(count)]


def _agree_with(run: Callable[[Any], Any], convert: Callable[[Any], Any], model: Model) -> None:
    found = run(convert(model.fresh_values(1)[0]))
    _same({name: np.asarray(gradient) for name, gradient in found.items()}, model.by_hand(model.fresh_values(1)[0]))


PARTS: Mapping[str, Callable[[float], list[Row]]] = {
    **{f"hand {model}": partial(against_hand_written, model) for model in SCHEDULE},
    "lazy": partial(lazily, MIDDLE),
    "windows": windows,
    "replays": replays,
    "screen": screen,
    "torch backward": against_torch_backward,
    "torch jacobians": against_torch_jacobians,
    "micrograd": against_micrograd,
    "classroom": classroom,
}
NEEDED = {"classroom": "asyncssh", "torch backward": "torch", "torch jacobians": "torch", "micrograd": "micrograd"}


def measured(chosen: str, effort: float) -> list[Row]:
    """The rows of the parts whose names contain `chosen`, but for those whose packages are missing."""
    rows: list[Row] = []
    for name, part in PARTS.items():
        if chosen in name and not (name in NEEDED and find_spec(NEEDED[name]) is None):
            rows += part(effort)
    return rows


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
    print(_versions())
    print(table(measured(chosen.only, chosen.effort)))


if __name__ == "__main__":
    main()
