"""Derivations of every kind, for what writes them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine import Form, Layout, Network, Order, Program, Step, derive

QUESTION = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1).program(seed=7)
SOFTMAX = Network([4, 3, 2], ["tanh", "softmax"], loss="cross_entropy", bias=True).program(seed=3)
ROWS = Network([3, 2, 4], ["gelu", "identity"], batch=5, samples="rows", bias=True, l2=0.1).program(seed=5)
LARGE = Network([40, 30, 20], ["softplus", "leaky_relu"]).program(seed=2)
SOURCES = Network([2, 3, 5], ["elu", "sigmoid"], weight_indices="source_target").program(seed=4)
ATTENTION = Program(
    [
        "Q = X @ Wq", "K = X @ Wk", "V = X @ Wv", "P = softmax_rows(Q @ K.T / sqrt(2))", "O = P @ V",
        "L = mean((O - Y)**2)",
    ],
    {"X": (4, 3), "Y": (4, 5), "Wq": (3, 2), "Wk": (3, 2), "Wv": (3, 5)},
)  # fmt: skip
RESIDUAL = Program(
    ["h1 = tanh(W1 @ x + b1)", "r = x + W2 @ h1", "s = r * scale", "L = half_squared_error(s, y) + 1.2e-5 * norm(W2)"],
    {"x": (3, 1), "y": (3, 1), "W1": (4, 3), "b1": (4, 1), "W2": (3, 4), "scale": ()},
)  # fmt: skip
ODD = Program(
    [
        "lam = 0.01 * sum(theta**2, axis=0, keepdims=True)", "M = inv(A @ A.T + 3 * eye(2)) @ vstack([B, C])",
        "größe_1 = log_softmax_cols(hstack([M, M[:, 0:1]]))[0:1, 1:]",
        "L = det(A @ A.T) * sum(größe_1) / 3 + lam[0, 0]",
    ],
    {"theta": (5, 1), "A": (2, 3), "B": (1, 4), "C": (1, 4)},
)  # fmt: skip
VECTORS = Program(
    [
        "z = x @ W", "a = sigmoid(z)", "r = sum(outer(a, x), axis=0)", "v = concatenate([r, a])",
        "s = where(v > 0.1, v, 0.01 * v) @ u",
        "L = (s - 0.3)**2 + var(x) * std(a) + logsumexp(a) + norm(M + x, axis=1)[2]",
    ],
    {"x": (3,), "W": (3, 2), "u": (5,), "M": (4, 3)},
)  # fmt: skip
PROGRAMS = [QUESTION, SOFTMAX, ROWS, LARGE, SOURCES, ATTENTION, RESIDUAL, ODD, VECTORS]


@dataclass(frozen=True)
class Derivation:
    """One way to derive a program."""

    name: str
    program: Program
    target: str = "all"
    layout: Layout = Layout.DENOMINATOR
    form: Form = Form.JACOBIAN
    order: Order = Order.REVERSE
    of: str | None = None
    fused: bool = False

    def steps(self) -> Iterator[Step]:
        return derive(self.program, self.target, of=self.of, layout=self.layout, form=self.form, order=self.order,
                      fused=self.fused)  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name}, {self.layout}, {self.form}, {self.order}"


def _derivations() -> Iterator[Derivation]:
    for layout in Layout:
        for form in Form:
            for order in Order:
                yield Derivation("question", QUESTION, "W2", layout, form, order)
            for name, program in (("softmax", SOFTMAX), ("attention", ATTENTION), ("residual", RESIDUAL)):
                yield Derivation(name, program, layout=layout, form=form)
        for form in (Form.HADAMARD, Form.JACOBIAN):
            yield Derivation("rows", ROWS, layout=layout, form=form)
            yield Derivation("odd", ODD, layout=layout, form=form)
        yield Derivation("sources", SOURCES, "W1", layout, Form.INDEX)
        yield Derivation("fused", SOFTMAX, layout=layout, form=Form.HADAMARD, fused=True)
        yield Derivation("vector", QUESTION, "W2", layout, of="a3")
        yield Derivation("forward", ROWS, "W2", layout, order=Order.FORWARD)
        yield Derivation("large", LARGE, layout=layout, form=Form.HADAMARD)
    yield Derivation("itself", QUESTION, "L")


DERIVATIONS = list(_derivations())
