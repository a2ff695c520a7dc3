"""What several test modules need: one example of every structure of a Jacobian, made by a program."""

from __future__ import annotations

from dataclasses import dataclass

from engine import Program
from engine.calculus.jacobians import Jacobian


@dataclass(frozen=True)
class Example:
    """∂y/∂x of a one-line program, whose structure is known."""

    structure: str
    line: str
    shapes: dict[str, tuple[int, ...]]
    x: str

    @property
    def program(self) -> Program:
        return Program([self.line], self.shapes, seed=17)

    @property
    def jacobian(self) -> Jacobian:
        """∂y/∂x with numbers, in numerator layout."""
        program = self.program
        return program.plan.jacobian("y", self.x).bind(program.values)

    def __str__(self) -> str:
        return f"{self.structure}: d({self.line.removeprefix('y = ')})/d{self.x}"


EXAMPLES = [
    Example("identity", "y = x + b", {"x": (4, 1), "b": (4, 1)}, "x"),
    Example("identity", "y = x.T", {"x": (4, 1)}, "x"),
    Example("diagonal", "y = tanh(x)", {"x": (4, 1)}, "x"),
    Example("diagonal", "y = c * x", {"x": (1, 5), "c": (1, 5)}, "x"),
    Example("diagonal", "y = 3 * x - x", {"x": (3, 5)}, "x"),
    Example("diagonal", "y = -sigmoid(x) * c", {"x": (3, 5), "c": (3, 1)}, "x"),
    Example("dense", "y = W @ x", {"x": (3, 1), "W": (4, 3)}, "x"),
    Example("dense", "y = x @ W", {"x": (1, 3), "W": (3, 4)}, "x"),
    Example("dense", "y = x.T @ W", {"x": (3, 1), "W": (3, 4)}, "x"),
    Example("dense", "y = W @ x.T", {"x": (1, 3), "W": (4, 3)}, "x"),
    Example("dense", "y = W @ x + V @ x", {"x": (3, 1), "W": (4, 3), "V": (4, 3)}, "x"),
    Example("dense", "y = sum(x**2)", {"x": (4, 1)}, "x"),
    Example("dense", "y = sum(x * c)", {"x": (1, 5), "c": (1, 5)}, "x"),
    Example("dense", "y = sum((x @ W)**2)", {"x": (5, 3), "W": (3, 2)}, "x"),
    Example("dense", "y = trace(x @ W)", {"x": (3, 5), "W": (5, 3)}, "x"),
    Example("dense", "y = tanh(W @ x)", {"x": (3, 1), "W": (4, 3)}, "x"),
    Example("dense", "y = tanh(W @ x) + W @ x * 2", {"x": (3, 1), "W": (4, 3)}, "x"),
    Example("dense", "y = tanh(A @ x)", {"x": (3, 5), "A": (4, 3)}, "x"),
    Example("dense", "y = A @ x.T", {"x": (3, 5), "A": (4, 5)}, "x"),
    Example("dense", "y = tanh(x).T", {"x": (3, 5)}, "x"),
    Example("dense", "y = A @ x + B @ x.T @ C", {"x": (3, 5), "A": (4, 3), "B": (4, 5), "C": (3, 5)}, "x"),
    Example("dense", "y = s * c", {"s": (1, 1), "c": (4, 1)}, "s"),
    Example("dense", "y = s * C", {"s": (), "C": (4, 3)}, "s"),
    Example("kronecker", "y = x @ a", {"x": (3, 4), "a": (4, 1)}, "x"),
    Example("kronecker", "y = a.T @ x", {"x": (4, 3), "a": (4, 1)}, "x"),
    Example("kronecker", "y = A @ x", {"x": (3, 5), "A": (4, 3)}, "x"),
    Example("kronecker", "y = A @ x @ B", {"x": (3, 5), "A": (4, 3), "B": (5, 2)}, "x"),
    Example("kronecker", "y = x + C", {"x": (4, 1), "C": (4, 3)}, "x"),
    Example("kronecker", "y = sum(x, axis=1, keepdims=True)", {"x": (4, 3)}, "x"),
    Example("kronecker", "y = x[1:3, 2:]", {"x": (4, 5)}, "x"),
    Example("kronecker", "y = inv(x)", {"x": (3, 3)}, "x"),
    Example("dense", "y = unvec(x, 3, 2)[1:]", {"x": (6, 1)}, "x"),
    Example("dense", "y = [[1, x], [x * c, 2], [c, 3]]", {"x": (), "c": ()}, "c"),
    Example("dense", "y = [[x], [2], [3 * x]]", {"x": (1, 1)}, "x"),
    Example("dense", "y = C * s", {"s": (1, 1), "C": (4, 3)}, "s"),
    Example("dense", "y = tanh(s * C) * s", {"s": (1, 1), "C": (4, 3)}, "s"),
    Example("dense", "y = kron(x, B)", {"x": (3, 2), "B": (2, 4)}, "x"),
    Example("dense", "y = kron(A, x)", {"x": (3, 2), "A": (2, 4)}, "x"),
    Example("dense", "y = pinv(x)", {"x": (4, 3)}, "x"),
    Example("dense", "y = pinv(x)", {"x": (2, 3)}, "x"),
    Example("dense", "y = outer(x, c)", {"x": (1, 3), "c": (1, 2)}, "x"),
    Example("kronecker", "y = outer(c, x)", {"x": (1, 3), "c": (2, 1)}, "x"),
    Example("dense", "y = max(x)", {"x": (3, 4)}, "x"),
    Example("dense", "y = min(x, axis=1, keepdims=True)", {"x": (3, 4)}, "x"),
    Example("dense", "y = norm(x, axis=0, keepdims=True)", {"x": (3, 4)}, "x"),
    Example("dense", "y = norm(ravel(x))", {"x": (3, 4)}, "x"),
    Example("dense", "y = var(x)", {"x": (3, 4)}, "x"),
    Example("dense", "y = std(x, axis=0, keepdims=True)", {"x": (3, 4)}, "x"),
    Example("dense", "y = logsumexp(x, axis=1, keepdims=True)", {"x": (3, 4)}, "x"),
    Example("dense", "y = matrix_power(x, 3)", {"x": (3, 3)}, "x"),
    Example("kronecker", "y = solve(A, x)", {"A": (3, 3), "x": (3, 2)}, "x"),
    Example("kronecker", "y = delete(x, 1, axis=0)", {"x": (3, 4)}, "x"),
    Example("kronecker", "y = concatenate([x, C], axis=1)", {"x": (3, 4), "C": (3, 2)}, "x"),
    Example("dense", "y = cross(c, x)", {"x": (3, 1), "c": (3, 1)}, "x"),
    Example("dense", "y = reshape(x, (2, 6))", {"x": (3, 4)}, "x"),
    Example("dense", "y = diag(x)", {"x": (3, 3)}, "x"),
    Example("diagonal", "y = tril(x)", {"x": (3, 4)}, "x"),
    Example("diagonal", "y = where(x > 0.2, x, c)", {"x": (3, 4), "c": (3, 1)}, "x"),
    Example("diagonal", "y = maximum(x, c)", {"x": (3, 4), "c": (3, 1)}, "x"),
    Example("diagonal", "y = x * (x > 0)", {"x": (3, 4)}, "x"),
    Example("identity", "y = vec(x)", {"x": (3, 4)}, "x"),
    Example("identity", "y = unvec(x, 3, 2)", {"x": (6, 1)}, "x"),
    Example("identity", "y = unvec(x.T, 3, 2)", {"x": (1, 6)}, "x"),
    Example("identity", "y = vec(x).T", {"x": (3, 4)}, "x"),
    Example("identity", "y = item(x)", {"x": (1, 1)}, "x"),
    Example("permutation", "y = x.T", {"x": (3, 4)}, "x"),
    Example("diagonal minus rank one", "y = softmax(x)", {"x": (4, 1)}, "x"),
    Example("diagonal minus rank one", "y = softmax_cols(x)", {"x": (4, 3)}, "x"),
    Example("diagonal minus rank one", "y = softmax_rows(x)", {"x": (4, 3)}, "x"),
    Example("diagonal minus rank one", "y = log_softmax_rows(x)", {"x": (4, 3)}, "x"),
    Example("zero", "y = relu'(x)", {"x": (4, 3)}, "x"),
    Example("zero", "y = softmax_cols(x)", {"x": (1, 3)}, "x"),
    Example("zero", "y = (x > 0) * c", {"x": (4, 3), "c": (4, 1)}, "x"),
]  # fmt: skip
"""Sizes are pairwise distinct, and matrices are not symmetric."""
