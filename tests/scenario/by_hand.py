"""The lessons' gradients in plain NumPy, written down by hand: what the lessons' numbers are checked against.

`BY_HAND[lesson](values)` takes the numbers of a lesson as arrays, and gives its loss as "L" and gradients by name, each
in the shape of what it is by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Array = np.ndarray
Values = Mapping[str, Array]
Numbers = dict[str, Array]


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def softmax(z: Array, axis: int) -> Array:
    powers = np.exp(z)
    return powers / powers.sum(axis=axis, keepdims=True)


def half(error: Array) -> Array:
    return 0.5 * (error**2).sum()


def scalar(v: Values) -> Numbers:
    a1 = np.tanh(v["w1"] * v["x"])
    error = v["w2"] * a1 - v["y"]
    return {"L": half(error), "w2": error * a1, "w1": error * v["w2"] * (1 - a1**2) * v["x"]}


def neuron(v: Values) -> Numbers:
    a = sigmoid((v["w"] * v["x"]).sum() + v["b"])
    delta = (a - v["y"]) * a * (1 - a)
    return {"L": half(a - v["y"]), "w": delta * v["x"], "b": delta}


def layouts(v: Values) -> Numbers:
    h = np.tanh(v["A"] @ v["x"])
    error = v["B"] @ h - v["y"]
    return {"L": half(error), "x": v["A"].T @ ((v["B"].T @ error) * (1 - h**2))}


def outer(v: Values) -> Numbers:
    error = v["W"] @ v["x"] - v["y"]
    return {"L": half(error), "W": np.array([[d * x for x in v["x"][:, 0]] for d in error[:, 0]])}


def hadamard(v: Values) -> Numbers:
    a1 = np.tanh(v["W1"] @ v["x"])
    a2 = sigmoid(v["W2"] @ a1)
    delta2 = (a2 - v["y"]) * a2 * (1 - a2)
    return {"L": half(a2 - v["y"]), "z1": (v["W2"].T @ delta2) * (1 - a1**2)}


def batches(v: Values) -> Numbers:
    a1 = np.tanh(v["W1"] @ v["x"] + v["b1"])
    delta = (a1 - v["y"]) * (1 - a1**2)
    pairs = [np.outer(delta[:, n], v["x"][:, n]) for n in range(delta.shape[1])]
    return {"L": half(a1 - v["y"]), "W1": np.sum(pairs, axis=0), "b1": delta.sum(axis=1, keepdims=True)}


def rows(v: Values) -> Numbers:
    a1 = np.tanh(v["X"] @ v["W1"] + v["b1"])
    error = a1 @ v["W2"] - v["y"]
    delta1 = ((error / 4) @ v["W2"].T) * (1 - a1**2)
    return {
        "L": half(error) / 4, "W2": a1.T @ error / 4, "W1": v["X"].T @ delta1, "b1": delta1.sum(axis=0, keepdims=True),
    }  # fmt: skip


def softmax_lesson(v: Values) -> Numbers:
    a = softmax(v["W1"] @ v["x"], axis=0)
    jacobian = np.diag(a[:, 0]) - a @ a.T
    delta = jacobian.T @ (-v["y"] / a)
    return {"L": -(v["y"] * np.log(a)).sum(), "z1": delta, "W1": delta @ v["x"].T}


def depth(v: Values) -> Numbers:
    a = [v["x"]]
    for layer in range(1, 5):
        a.append(sigmoid(v[f"W{layer}"] * a[-1]))
    found, product = {"L": half(a[4] - v["y"])}, a[4] - v["y"]
    for layer in range(4, 0, -1):
        product = product * a[layer] * (1 - a[layer])
        found[f"W{layer}"] = product * a[layer - 1]
        product = product * v[f"W{layer}"]
    return found


def general(v: Values) -> Numbers:
    a1 = np.tanh(v["W1"] @ v["x"] + v["b1"])
    a2 = np.tanh(v["W2"] @ a1 + v["b2"])
    delta3 = v["W3"] @ a2 + v["b3"] - v["y"]
    delta2 = np.array([[sum(v["W3"][k, j] * delta3[k, 0] for k in range(5))] for j in range(3)]) * (1 - a2**2)
    delta1 = np.array([[sum(v["W2"][k, j] * delta2[k, 0] for k in range(3))] for j in range(4)]) * (1 - a1**2)
    return {
        "L": half(delta3), "W3": delta3 * a2.T, "z2": delta2, "W2": delta2 * a1.T, "W1": delta1 * v["x"].T,
        "b3": delta3, "b2": delta2, "b1": delta1,
    }  # fmt: skip


def published(v: Values) -> Numbers:
    (i1, i2), (y1, y2) = v["x"][:, 0], v["y"][:, 0]
    (w1, w2), (w3, w4) = v["W1"]
    (w5, w6), (w7, w8) = v["W2"]
    b1, b2 = v["b1"].item(), v["b2"].item()
    h1, h2 = sigmoid(w1 * i1 + w2 * i2 + b1), sigmoid(w3 * i1 + w4 * i2 + b1)
    o1, o2 = sigmoid(w5 * h1 + w6 * h2 + b2), sigmoid(w7 * h1 + w8 * h2 + b2)
    d1, d2 = (o1 - y1) * o1 * (1 - o1), (o2 - y2) * o2 * (1 - o2)
    e1, e2 = (d1 * w5 + d2 * w7) * h1 * (1 - h1), (d1 * w6 + d2 * w8) * h2 * (1 - h2)
    return {
        "L": 0.5 * (o1 - y1) ** 2 + 0.5 * (o2 - y2) ** 2,
        "W2": np.array([[d1 * h1, d1 * h2], [d2 * h1, d2 * h2]]),
        "W1": np.array([[e1 * i1, e1 * i2], [e2 * i1, e2 * i2]]),
    }


def residual(v: Values) -> Numbers:
    a1 = np.tanh(v["W1"] @ v["x"])
    error = v["x"] + v["W2"] @ a1 - v["y"]
    jacobian = np.eye(3) + v["W2"] @ np.diag(1 - a1[:, 0] ** 2) @ v["W1"]
    return {"L": half(error), "x": jacobian.T @ error}


def layernorm(v: Values) -> Numbers:
    c = v["x"] - v["x"].mean()
    s = np.sqrt((c**2).mean() + 0.00001)
    n = c / s
    error = v["g"] * n - v["y"]
    p = v["g"] * error
    return {"L": half(error), "x": (p - p.mean() - n * (p * n).mean()) / s, "g": error * n}


def attention(v: Values) -> Numbers:
    q, k, values = v["X"] @ v["WQ"], v["X"] @ v["WK"], v["X"] @ v["WV"]
    a = softmax(q @ k.T / np.sqrt(2), axis=1)
    error = a @ values - v["Y"]
    by_a, by_values = error @ values.T, a.T @ error
    by_s = np.array([(np.diag(row) - np.outer(row, row)) @ by for row, by in zip(a, by_a, strict=True)]) / np.sqrt(2)
    by_q, by_k = by_s @ k, by_s.T @ q
    return {
        "L": half(error), "WV": v["X"].T @ by_values, "WQ": v["X"].T @ by_q, "WK": v["X"].T @ by_k,
        "X": by_values @ v["WV"].T + by_q @ v["WQ"].T + by_k @ v["WK"].T,
    }  # fmt: skip


def question(v: Values) -> Numbers:
    z2 = v["W2"] @ v["x"]
    a2 = np.maximum(z2, 0)
    a3 = sigmoid(v["W3"] @ a2)
    delta3 = (a3 - v["y"]) * a3 * (1 - a3)
    return {"L": half(a3 - v["y"]), "W3": delta3 @ a2.T, "W2": ((v["W3"].T @ delta3) * (z2 > 0)) @ v["x"].T}


def cross_entropy(y: Array, a: Array) -> Array:
    return -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean()


def mistakes_products(v: Values) -> Numbers:
    a1 = np.tanh(v["W1"] @ v["X"] + v["b1"])
    a2 = sigmoid(v["W2"] @ a1 + v["b2"])
    delta1 = (v["W2"].T @ (a2 - v["y"]) / 3) * (1 - a1**2)
    return {"L": cross_entropy(v["y"], a2), "W1": delta1 @ v["X"].T}


def mistakes_factors(v: Values) -> Numbers:
    a1 = sigmoid(v["W1"] @ v["x"])
    a2 = sigmoid(v["W2"] @ a1)
    delta2 = (a2 - v["y"]) * a2 * (1 - a2)
    return {"L": half(a2 - v["y"]), "W2": delta2 * a1.T, "W1": (v["W2"].T * delta2 * a1 * (1 - a1)) @ v["x"].T}


def mistakes_batches(v: Values) -> Numbers:
    a1 = sigmoid(v["X"] @ v["W1"] + v["b1"])
    a2 = sigmoid(a1 @ v["W2"] + v["b2"])
    delta2 = (a2 - v["y"]) / 5
    delta1 = (delta2 @ v["W2"].T) * a1 * (1 - a1)
    return {"L": cross_entropy(v["y"], a2), "W2": a1.T @ delta2, "b1": delta1.sum(axis=0, keepdims=True)}


def mistakes_softmax(v: Values) -> Numbers:
    z1 = v["X"] @ v["W1"]
    a1 = np.maximum(z1, 0)
    a2 = softmax(a1 @ v["W2"], axis=1)
    delta2 = (a2 - v["y"]) / 4
    found = {"L": -(v["y"] * np.log(a2)).sum() / 4, "z2": delta2, "W2": a1.T @ delta2}
    return found | {"W1": v["X"].T @ ((delta2 @ v["W2"].T) * (z1 > 0))}


def mistakes_layouts(v: Values) -> Numbers:
    a1 = sigmoid(v["W1"].T @ v["x"])
    a2 = sigmoid(v["W2"].T @ a1)
    delta2 = (a2 - v["y"]) * a2 * (1 - a2)
    return {"L": half(a2 - v["y"]), "W2": a1 @ delta2.T, "W1": v["x"] @ ((v["W2"] @ delta2) * a1 * (1 - a1)).T}


def mistakes_shared(v: Values) -> Numbers:
    h = v["W"] @ v["x"]
    r = v["W"].T @ h - v["x"]
    return {"L": half(r), "W": np.outer(v["W"] @ r, v["x"]) + np.outer(h, r)}


BY_HAND: dict[str, Callable[[Values], Numbers]] = {
    "scalar": scalar, "neuron": neuron, "layouts": layouts, "outer": outer, "hadamard": hadamard, "batches": batches,
    "rows": rows, "softmax": softmax_lesson, "depth": depth, "general": general,
    "published": published, "residual": residual, "layernorm": layernorm, "attention": attention,
    "question": question,
    "mistakes-products": mistakes_products, "mistakes-factors": mistakes_factors, "mistakes-batches": mistakes_batches,
    "mistakes-softmax": mistakes_softmax, "mistakes-layouts": mistakes_layouts, "mistakes-shared": mistakes_shared,
}  # fmt: skip
