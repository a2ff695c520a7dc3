"""A layered network, which is sugar: it writes a Program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from numpy.typing import ArrayLike

from engine.calculus.program import Plan, Program
from engine.diagnostics import Diagnostic, Where, did_you_mean
from engine.formula import FUNCTIONS, Dim, Pointwise, parse, spell
from engine.formula.syntax import Name, Node, names_in, substitute

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


class WeightIndices(StrEnum):
    """What the entries of a weight matrix are called; the matrix is the same."""

    ROW_COLUMN = "row_column"
    """W[i,j] stands in row i and column j: in a matrix out×in, to unit i from unit j."""
    SOURCE_TARGET = "source_target"
    """W[i,j] leads from unit i to unit j, wherever it stands."""


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
    """One for each layer: the name of a function, or a formula of z such as `z * sigmoid(1.7 * z)`."""
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
    weight_indices: WeightIndices | str = WeightIndices.ROW_COLUMN

    def __post_init__(self) -> None:
        if len(self.sizes) < 2:
            raise Diagnostic("bad_network", "a network needs the size of its input and of at least one layer")
        if not all(_is_count(size) for size in self.sizes):
            raise Diagnostic("bad_network", f"the sizes of layers are positive whole numbers, not {self.sizes!r:.200}")
        if len(self.activations) != len(self.sizes) - 1:
            raise Diagnostic(
                "bad_network", f"{len(self.sizes) - 1} layers need as many activations, not {len(self.activations)}",
                hints=("identity is the activation that does nothing",),
            )  # fmt: skip
        pointwise = [name for name, function in FUNCTIONS.items() if isinstance(function, Pointwise)]
        for name in self.activations:
            if is_formula(name):
                _check_activation(name)
            else:
                _require(name, [*pointwise, "softmax", "log_softmax"], "activation")
        _require(self.loss, LOSSES, "loss")
        _require(self.samples, [str(member) for member in Samples], "way for samples to lie")
        _require(self.reduction, ("sum", "mean"), "reduction")
        _require(self.weight_indices, [str(member) for member in WeightIndices], "way to name weights")
        if self.first_layer not in (0, 1):
            raise Diagnostic("bad_network", "first_layer is 0 (input a0, first weights W1) or 1 (input a1, first W2)")
        if not _is_count(self.batch):
            raise Diagnostic("bad_network", "a batch has at least one sample, and a whole number of them")
        if not (isinstance(self.l2, int | float) and 0 <= self.l2 < float("inf")):
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
            if is_formula(activation):
                lines.append(f"a{layer} = {spell(_applied(activation, f'z{layer}'))}")
            else:
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
        # Where samples lie in rows the weights are in×out, so that row and column are source and target already.
        swapped = self.weight_indices == WeightIndices.SOURCE_TARGET and self.samples != Samples.ROWS
        return Program(
            self.forward(), self.shapes(), values, seed=seed, parameters=parameters, title=str(self),
            source_target=[f"W{layer}" for layer in self.layers] if swapped else (),
        )  # fmt: skip

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


def _is_count(value: object) -> bool:
    return type(value) in (int, Dim) and isinstance(value, int) and value >= 1


def is_formula(activation: str) -> bool:
    """Whether an activation is written out, rather than called by its name."""
    return isinstance(activation, str) and not activation.isidentifier()


def _applied(formula: str, argument: str) -> Node:
    """The formula of z with another name for z."""
    return substitute(parse(formula), lambda part: Name(argument) if part == Name("z") else None)


def _check_activation(formula: str) -> None:
    """Refuse what is not a function of z that treats each entry alone."""
    names = names_in(parse(formula))
    if names != ("z",):
        others = [name for name in names if name != "z"]
        message = f"the activation {formula} reads {', '.join(others)}" if others else f"{formula} does not read z"
        raise Diagnostic("bad_network", message, Where(text=formula), hints=("write it as a formula of z alone",))
    for shape in ((2, 1), (2, 3)):
        plan = Plan([f"a = {formula}"], {"z": shape})
        if plan.shape("a") != shape or plan.jacobian("a", "z").structure not in ("diagonal", "identity"):
            raise Diagnostic("bad_network", f"{formula} is not an activation: it does not treat each entry of z alone",
                             Where(text=formula), hints=("for example z * sigmoid(1.7 * z)",))  # fmt: skip


def _require(name: str, known: Iterable[str], what: str) -> None:
    known = list(known)
    if name not in known:
        hints = did_you_mean(str(name), known) or (f"there are: {', '.join(known)}",)
        raise Diagnostic("unknown_name", f"there is no {what} called {name}", hints=hints)
