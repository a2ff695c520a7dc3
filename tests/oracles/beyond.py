"""What is built beyond layers, written as programs: residual connections, attention, convolution and the like."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracles.draws import Draw

Shapes = dict[str, tuple[int, ...]]
Construct = Callable[[Draw], tuple[list[str], Shapes]]

SMOOTH = ["tanh", "sigmoid", "softplus", "silu", "gelu", "elu", "relu", "sin"]


def residual(draw: Draw) -> tuple[list[str], Shapes]:
    n, h, samples = draw.distinct(3)
    batch = draw.one([1, samples])
    return [
        f"h = {draw.one(SMOOTH)}(W1 @ x + b1)",
        "r = x + W2 @ h",
        f"s = r + {draw.one(SMOOTH)}(W3 @ r)",
        "L = half_squared_error(s, y)",
    ], {
        "x": (n, batch), "y": (n, batch), "W1": (h, n), "b1": (h, 1), "W2": (n, h), "W3": (n, n),
    }  # fmt: skip


def shared_weights(draw: Draw) -> tuple[list[str], Shapes]:
    n, h = draw.distinct(2, 2, 4)
    f = draw.one(SMOOTH)
    steps = draw.integer(2, 3)
    lines = [f"h0 = {f}(U @ x0)"]
    lines += [f"h{t} = {f}(W @ h{t - 1} + U @ x{t})" for t in range(1, steps + 1)]
    shapes: Shapes = {f"x{t}": (n, 1) for t in range(steps + 1)}
    return [*lines, f"L = squared_error(V h{steps}, y)"], {**shapes, "U": (h, n), "W": (h, h), "V": (5, h), "y": (5, 1)}


def tied_autoencoder(draw: Draw) -> tuple[list[str], Shapes]:
    n, h, samples = draw.distinct(3)
    return [
        f"code = {draw.one(SMOOTH)}(W @ X + b)",
        "back = W.T @ code + c",
        "L = mean_squared_error(back, X)",
    ], {"X": (n, samples), "W": (h, n), "b": (h, 1), "c": (n, 1)}


def layer_norm(draw: Draw) -> tuple[list[str], Shapes]:
    n, k, samples = draw.distinct(3, 3, 6)
    axis, shape, gain = draw.one([(0, (n, samples), (n, 1)), (1, (samples, n), (1, n))])
    product = "W @ norm1" if axis == 0 else "norm1 @ W"
    return [
        f"mu = mean(x, axis={axis}, keepdims=True)",
        f"var = mean((x - mu)**2, axis={axis}, keepdims=True)",
        draw.one(["norm1 = g * (x - mu) / sqrt(var + 0.01) + b", "norm1 = g * ((x - mu) * (var + 0.01)**-0.5) + b"]),
        f"L = sum(tanh({product}) * c)",
    ], {
        "x": shape, "g": gain, "b": gain, "W": (k, n) if axis == 0 else (n, k),
        "c": (k, samples) if axis == 0 else (samples, k),
    }  # fmt: skip


def batch_norm(draw: Draw) -> tuple[list[str], Shapes]:
    n, m, samples = draw.distinct(3, 3, 6)
    return [
        "Z = X @ W",
        "centred = Z - mean(Z, axis=0, keepdims=True)",
        "scale = sqrt(mean(centred**2, axis=0, keepdims=True) + 0.1)",
        f"A = {draw.one(SMOOTH)}(g * centred / scale + b)",
        "L = huber(A, Y)",
    ], {"X": (samples, n), "W": (n, m), "g": (1, m), "b": (1, m), "Y": (samples, m)}


def attention(draw: Draw) -> tuple[list[str], Shapes]:
    t, n, k, v, s = draw.distinct(5)
    return [
        "Q = X @ Wq",
        "K = M @ Wk",
        "V = M @ Wv",
        f"P = {draw.one(['softmax_rows', 'softmax'])}(Q @ K.T / sqrt({k}), axis=1)".replace("_rows(", "(", 1),
        "O = P @ V",
        draw.one(["L = norm(O)", "L = sum(tanh(O)**2)", "L = half_squared_error(O @ Wo, Y)"]),
    ], {
        "X": (t, n), "M": (s, n), "Wq": (n, k), "Wk": (n, k), "Wv": (n, v), "Wo": (v, n), "Y": (t, n),
    }  # fmt: skip


def convolution(draw: Draw) -> tuple[list[str], Shapes]:
    """Patches of a signal below each other, times the kernels."""
    channels, kernels = draw.distinct(2, 2, 4)
    width = draw.integer(2, 3)
    length = width + 4
    patches = ", ".join(f"x[:, {start}:{start + length - width + 1}]" for start in range(width))
    return [
        f"C = vstack([{patches}])",
        "Z = K @ C + b",
        f"A = {draw.one(SMOOTH)}(Z)",
        "p = mean(A, axis=1, keepdims=True)",
        "L = softmax_cross_entropy(p, y)",
    ], {"x": (channels, length), "K": (kernels, channels * width), "b": (kernels, 1), "y": (kernels, 1)}


def gated(draw: Draw) -> tuple[list[str], Shapes]:
    n, h = draw.distinct(2)
    return [
        "both = vstack([x, h])",
        "u = sigmoid(Wu @ both + bu)",
        "r = sigmoid(Wr @ both)",
        "c = tanh(Wc @ vstack([x, r * h]))",
        "new = (1 - u) * h + u * c",
        "L = half_squared_error(new, y)",
    ], {
        "x": (n, 1), "h": (h, 1), "Wu": (h, n + h), "bu": (h, 1), "Wr": (h, n + h), "Wc": (h, n + h), "y": (h, 1),
    }  # fmt: skip


def quadratic_forms(draw: Draw) -> tuple[list[str], Shapes]:
    n, m, k = draw.distinct(3)
    return [
        "q = u.T @ A @ u",
        "s = u.T @ B @ w",
        "R = outer(u, w)",
        "t = trace(R @ C)",
        draw.one(
            ["L = q * s + t", "L = log(2 + q**2) - s / (1 + t**2)", "L = norm(R) * (q + s)", "L = sum(R * B) + q"]
        ),
    ], {"u": (n, 1), "w": (m, 1), "A": (n, n), "B": (n, m), "C": (m, n), "unused": (k, 1)}


def inverses(draw: Draw) -> tuple[list[str], Shapes]:
    """A regularised least-squares solution, and a Gaussian's log-likelihood."""
    n, k, samples = draw.distinct(3, 2, 4)
    return [
        f"S = X.T @ X + {draw.one(['2', '3.5'])} * eye({n})",
        "P = inv(S)",
        "W = P @ X.T @ Y",
        "D = det(S)",
        draw.one(
            ["L = log(D) + trace(Y.T @ X @ W)", "L = 0.5 * log(D) + squared_error(X @ W, Y)", "L = norm(W) + trace(P)"]
        ),
    ], {"X": (samples, n), "Y": (samples, k)}


def concatenation(draw: Draw) -> tuple[list[str], Shapes]:
    n, m, k = draw.distinct(3, 2, 5)
    return [
        "top = hstack([A, B.T])",
        "all1 = vstack([top, tanh(top[0:1]), C])",
        f"part = all1[1:, {draw.integer(0, 1)}:{m + 1}]",
        "col = sum(part, axis=1, keepdims=True)",
        "L = mean(exp(0.3 * col)) + all1[0, -1]",
    ], {"A": (n, m), "B": (k, n), "C": (2, m + k)}


def broadcasting(draw: Draw) -> tuple[list[str], Shapes]:
    n, m = draw.distinct(2)
    return [
        "D = c - r",
        "K = exp(-s * D**2)",
        "rows = sum(K, axis=1, keepdims=True)",
        "P = K / rows",
        "H = t * P + c * r",
        "L = -mean(log(P)) + sum(H * M)",
    ], {"c": (n, 1), "r": (1, m), "s": (), "t": (1, 1), "M": (n, m)}


def diagonals(draw: Draw) -> tuple[list[str], Shapes]:
    n, m = draw.distinct(2)
    return [
        f"F = U @ diag({draw.one(['d', 'd.T', 'tanh(d)'])}) @ V",
        f"G = {draw.one(['F', 'F.T', '-F'])}",
        "q = norm(G)",
        draw.one(["L = q**2 + sum(d**3)", "L = trace(F @ N) / q", "L = sum(softmax_cols(F) * N.T) * q"]),
    ], {"U": (m, n), "d": (n, 1), "V": (n, n + 1), "N": (n + 1, m)}


def second_names(draw: Draw) -> tuple[list[str], Shapes]:
    """Values under two names, of which both are read."""
    n, m = draw.distinct(2)
    return [
        "a0 = x",
        "z1 = W @ a0",
        f"a1 = {draw.one(SMOOTH)}(z1)",
        "again = a1",
        draw.one(["L = sum(a1 * again) + sum(a0**2)", "L = sum(again**3) - sum(x * a0)", "L = sum(again**2)"]),
    ], {"x": (n, 1), "W": (m, n)}


CONSTRUCTS: tuple[Construct, ...] = (
    residual, shared_weights, tied_autoencoder, layer_norm, batch_norm, attention, convolution, gated, quadratic_forms,
    inverses, concatenation, broadcasting, diagonals, second_names,
)  # fmt: skip
