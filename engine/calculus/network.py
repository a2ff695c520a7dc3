"""A layered network, which is sugar: it writes a Program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from numpy.typing import ArrayLike

from engine.calculus.program import Program
from engine.diagnostics import Diagnostic, did_you_mean
from engine.formula import FUNCTIONS, Dim, Pointwise

LOSSES: Mapping[str, str] = {
    "half_squared_error": "½Σ({a} − y)²",
    "squared_error": "Σ({a} − y)²",
    "mean_squared_error": "mean ({a} − y)²",
    "absolute_error": "Σ|{a} − y|",
    "huber": "Σ huber({a} − y)",
    "cross_entropy": "−Σ y log {a}",
    "binary_cross_entropy": "−Σ (y log {a} + (1 − y) log(1 − {a}))",
    "softmax_cross_entropy": "−Σ y log softmax({a})",
    "sigmoid_cross_entropy": "Σ (softplus({a}) − y {a})",
}
"""The losses that a network may end in, and how each is written on paper."""

BY_VECTOR = ("softmax", "log_softmax", "softmax_cross_entropy")
"""Functions of whole vectors, which in a batch must be told where a vector lies: `softmax_cols`, `softmax_rows`."""


class Samples(StrEnum):
    """How the samples of a batch lie; one sample is a column or a row."""

    COLUMNS = "columns"
    """Z = W A + b, weights out×in."""
    ROWS = "rows"
    """Z = A W + b, weights in×out."""
    ROWS_TRANSPOSED = "rows_transposed"
    """Z = A Wᵀ + b, weights out×in, as the frameworks keep them."""


@dataclass(frozen=True, slots=True)
class Network:
    """Layers z = W a + b, each followed by an activation.

    >>> program = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1).program(seed=7)

    With `first_layer = 1` the input counts as a1 and the first weights are W2, as in the question; with 0 the input is
    a0 and the first weights are W1. The input is always called x. Raises a Diagnostic `bad_network` or `unknown_name`.
    """

    sizes: Sequence[int]
    """Units of the input and of every layer."""
    activations: Sequence[str]
    """One for each layer."""
    loss: str = "half_squared_error"
    bias: bool = False
    first_layer: int = 0
    batch: int = 1
    """How many samples."""
    samples: Samples | str = Samples.COLUMNS
    reduction: str = "sum"
    """`sum` or `mean`: whether the loss of a batch is divided by the number of samples."""
    l2: float = 0.0
    """Weight of the regularisation ½ l2 Σ W², which leaves biases alone."""

    def __post_init__(self) -> None:
        if len(self.sizes) < 2:
            raise Diagnostic("bad_network", "a network needs the size of its input and of at least one layer")
        if len(self.activations) != len(self.sizes) - 1:
            raise Diagnostic(
                "bad_network", f"{len(self.sizes) - 1} layers need as many activations, not {len(self.activations)}",
                hints=("identity is the activation that does nothing",),
            )  # fmt: skip
        pointwise = [name for name, function in FUNCTIONS.items() if isinstance(function, Pointwise)]
        for name in self.activations:
            _require(name, [*pointwise, "softmax", "log_softmax"], "activation")
        _require(self.loss, LOSSES, "loss")
        _require(self.samples, [str(member) for member in Samples], "way for samples to lie")
        _require(self.reduction, ("sum", "mean"), "reduction")
        if self.first_layer not in (0, 1):
            raise Diagnostic("bad_network", "first_layer is 0 (input a0, first weights W1) or 1 (input a1, first W2)")
        if self.batch < 1:
            raise Diagnostic("bad_network", "a batch has at least one sample")
        if not 0 <= self.l2 < float("inf"):
            raise Diagnostic("bad_network", "l2 must be a number that is not negative")

    @property
    def layers(self) -> range:
        """The numbers of the layers that have weights."""
        return range(self.first_layer + 1, self.first_layer + len(self.sizes))

    @property
    def _in_columns(self) -> bool:
        return self.samples == Samples.COLUMNS

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of x, y and every parameter; dimensions are named n0, n1, … after their layer, and N."""
        units = [Dim(size, f"n{self.first_layer + layer}") for layer, size in enumerate(self.sizes)]
        count = Dim(self.batch, "N") if self.batch > 1 else 1
        shapes: dict[str, tuple[int, ...]] = {"x": (units[0], count), "y": (units[-1], count)}
        for position, layer in enumerate(self.layers, start=1):
            shapes[f"W{layer}"] = (units[position], units[position - 1])
            if self.bias:
                shapes[f"b{layer}"] = (units[position], 1)
        if self.samples == Samples.ROWS:
            return {name: shape[::-1] for name, shape in shapes.items()}
        if self.samples == Samples.ROWS_TRANSPOSED:
            return {name: shape if name.startswith("W") else shape[::-1] for name, shape in shapes.items()}
        return shapes

    def forward(self) -> list[str]:
        """The lines of the program, in NumPy spelling."""
        before = f"a{self.first_layer}"
        lines = [f"{before} = x"]
        for layer, activation in zip(self.layers, self.activations, strict=True):
            products = {
                Samples.COLUMNS: f"W{layer} @ {before}",
                Samples.ROWS: f"{before} @ W{layer}",
                Samples.ROWS_TRANSPOSED: f"{before} @ W{layer}.T",
            }
            lines.append(f"z{layer} = {products[Samples(self.samples)]}" + (f" + b{layer}" if self.bias else ""))
            lines.append(f"a{layer} = {self._by_vector(activation)}(z{layer})")
            before = f"a{layer}"
        loss = f"{self._by_vector(self.loss)}({before}, y)" + (f" / {self.batch}" if self._divides else "")
        if not self.l2:
            return [*lines, f"L = {loss}"]
        squares = " + ".join(f"sum(W{layer}**2)" for layer in self.layers)
        return [*lines, f"E = {loss}", f"R = {0.5 * self.l2!r} * ({squares})", "L = E + R"]

    @property
    def _divides(self) -> bool:
        return self.reduction == "mean" and self.batch > 1

    def _by_vector(self, function: str) -> str:
        """`softmax_cols` in a batch of columns; one sample alone needs no telling."""
        if function not in BY_VECTOR or self.batch == 1:
            return function
        return f"{function}_{'cols' if self._in_columns else 'rows'}"

    def program(self, values: Mapping[str, ArrayLike] | None = None, *, seed: int = 0) -> Program:
        """The program of this network; whatever is not in `values` is drawn from `seed`."""
        parameters = [name for name in self.shapes() if name not in ("x", "y")]
        return Program(self.forward(), self.shapes(), values, seed=seed, parameters=parameters, title=str(self))

    def __str__(self) -> str:
        """`2-3-2 · relu, sigmoid · ½Σ(a3 − y)²`."""
        sizes = "-".join(map(str, self.sizes))
        loss = LOSSES[self.loss].format(a=f"a{self.layers[-1]}")
        loss = f"1/{self.batch} {loss}" if self._divides else loss
        parts = [sizes, ", ".join(self.activations), loss]
        if self.batch > 1 or not self._in_columns:
            parts.insert(1, f"{self.batch} in {'columns' if self._in_columns else 'rows'}")
        if self.l2:
            parts[-1] += f" + ½ {self.l2:g} Σ W²"
        return " · ".join(parts)


def _require(name: str, known: Iterable[str], what: str) -> None:
    known = list(known)
    if name not in known:
        hints = did_you_mean(name, known) or (f"there are: {', '.join(known)}",)
        raise Diagnostic("unknown_name", f"there is no {what} called {name}", hints=hints)
