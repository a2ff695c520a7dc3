"""What a 12×12 window costs in a 768→3072→768 block, compared with one of 100→100→100."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from engine import Form, Layout, Network, Program, derive
from engine.calculus.pictures import Shown
from engine.formula import Array
from tests.benchmarks.measure import Contestant, Row, compare, medians

SMALL, LARGE = (100, 100, 100), (768, 3072, 768)
SAMPLES = {"one sample": (1, "columns"), "3 columns": (3, "columns"), "3 rows, Wᵀ": (3, "rows_transposed")}
"""How many there are, and how they lie."""


def block(sizes: tuple[int, ...], samples: str) -> Program:
    """Two layers with biases and GELU between them."""
    batch, way = SAMPLES[samples]
    return Network(sizes, ["gelu", "identity"], bias=True, batch=batch, samples=way).program(seed=3)


def shown(program: Program, layout: Layout, form: Form) -> Iterator[tuple[str, Shown]]:
    """Every factor and every product of a derivation."""
    for step in derive(program, layout=layout, form=form):
        yield f"∂{step.factor.numerator}/∂{step.factor.denominator}", step.factor
        yield f"∂L/∂{step.product.name}", step.after


def corner(matrix: Shown) -> Callable[[object], Array]:
    """Cuts 12 rows and 12 columns (and slices of a tensor) from the end of a matrix that has been looked at before."""
    cuts = [slice(max(0, size - 12), size) for size in matrix.shape]
    matrix.window(*cuts)
    return lambda _: matrix.window(*cuts)


def worst_window(effort: float) -> Row:
    """The window whose cost grows most with the size of what it is cut from."""
    rows: list[Row] = []
    for samples in SAMPLES:
        small, large = block(SMALL, samples), block(LARGE, samples)
        for layout, form in itertools.product(Layout, Form):
            for (name, ours), (_, theirs) in zip(shown(large, layout, form), shown(small, layout, form), strict=True):
                found = medians(
                    {"large": Contestant(corner(ours)), "small": Contestant(corner(theirs))},
                    max(3, int(30 * effort)), 5,
                )  # fmt: skip
                what = f"12×12 window, 768-3072-768 / 100-100-100, the worst: {name}, {samples}, {form}"
                rows.append(compare(what, found["large"], found["small"], "≤ 1.5"))
    return max(rows, key=lambda row: row.ratio)
