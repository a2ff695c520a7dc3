"""A layered network, which is sugar: it writes a Program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from engine.calculus.program import Program
from engine.diagnostics import Diagnostic, did_you_mean
from engine.formula import FUNCTIONS, Dim, Pointwise

LOSSES: Mapping[str, str] = {
    "half_squared_error": "½Σ({a} − y)²",
    "squared_error": "Σ({a} − y)²",
}
"""The losses that a network may end in, and how each is written on paper."""


@dataclass(frozen=True, slots=True)
class Network:
    """Layers z = W a + b, each followed by an activation, for one sample as a column.

    >>> program = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1).program(seed=7)

    With `first_layer = 1` the input counts as a1 and the first weights are W2, as in the question; with 0 the input is
    a0 and the first weights are W1. The input is always called x.
    """

    sizes: Sequence[int]
    """Units of the input and of every layer."""
    activations: Sequence[str]
    """One for each layer."""
    loss: str = "half_squared_error"
    bias: bool = False
    first_layer: int = 0

    def __post_init__(self) -> None:
        if len(self.sizes) < 2:
            raise Diagnostic("bad_network", "a network needs the size of its input and of at least one layer")
        if len(self.activations) != len(self.sizes) - 1:
            raise Diagnostic(
                "bad_network", f"{len(self.sizes) - 1} layers need as many activations, not {len(self.activations)}",
                hints=('identity is the activation that does nothing',),
            )  # fmt: skip
        for name in self.activations:
            if not isinstance(FUNCTIONS.get(name), Pointwise):
                known = [function for function, entry in FUNCTIONS.items() if isinstance(entry, Pointwise)]
                raise Diagnostic("unknown_name", f"there is no activation called {name}",
                                 hints=did_you_mean(name, known) or (f"there are: {', '.join(known)}",))  # fmt: skip
        if self.loss not in LOSSES:
            raise Diagnostic("unknown_name", f"there is no loss called {self.loss}",
                             hints=did_you_mean(self.loss, LOSSES) or (f"there are: {', '.join(LOSSES)}",))  # fmt: skip
        if self.first_layer not in (0, 1):
            raise Diagnostic("bad_network", "first_layer is 0 (input a0, first weights W1) or 1 (input a1, first W2)")

    @property
    def layers(self) -> range:
        """The numbers of the layers that have weights."""
        return range(self.first_layer + 1, self.first_layer + len(self.sizes))

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of x, y and every parameter; dimensions are named n0, n1, … after their layer."""
        units = [Dim(size, f"n{self.first_layer + layer}") for layer, size in enumerate(self.sizes)]
        shapes: dict[str, tuple[int, ...]] = {"x": (units[0], 1), "y": (units[-1], 1)}
        for position, layer in enumerate(self.layers, start=1):
            shapes[f"W{layer}"] = (units[position], units[position - 1])
            if self.bias:
                shapes[f"b{layer}"] = (units[position], 1)
        return shapes

    def forward(self) -> list[str]:
        """The lines of the program, in NumPy spelling. With `first_layer = 1` the input is also called a1."""
        before = f"a{self.first_layer}"
        lines = [f"{before} = x"]
        for layer, activation in zip(self.layers, self.activations, strict=True):
            lines.append(f"z{layer} = W{layer} @ {before}" + (f" + b{layer}" if self.bias else ""))
            lines.append(f"a{layer} = {activation}(z{layer})")
            before = f"a{layer}"
        return [*lines, f"L = {self.loss}({before}, y)"]

    def program(self, values: Mapping[str, ArrayLike] | None = None, *, seed: int = 0) -> Program:
        """The program of this network; whatever is not in `values` is drawn from `seed`."""
        parameters = [name for name in self.shapes() if name not in ("x", "y")]
        return Program(self.forward(), self.shapes(), values, seed=seed, parameters=parameters, title=str(self))

    def __str__(self) -> str:
        """`2-3-2 · relu, sigmoid · ½Σ(a3 − y)²`."""
        sizes = "-".join(map(str, self.sizes))
        loss = LOSSES[self.loss].format(a=f"a{self.layers[-1]}")
        return f"{sizes} · {', '.join(self.activations)} · {loss}"
