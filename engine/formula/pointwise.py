"""Functions that are applied to each entry, with their derivatives: a new activation is stepped by one entry here."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.formula.signature import Array, Pointwise


def _pointwise(
    name: str,
    value: Callable[[Array], Array],
    slope: Callable[[Array, Array], Array],
    formula: str,
    symbol: str | None = None,
    kinks: tuple[float, ...] = (),
) -> Pointwise:
    return Pointwise(name, lambda shape: shape, value, slope=slope, formula=formula, symbol=symbol, kinks=kinks)


ZERO, ONE, LARGEST_EXPONENT = np.asarray(0.0), np.asarray(1.0), np.asarray(709.0)
"""As arrays, because NumPy would convert a Python number anew each time that it is used."""


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), with the exponent kept below the one that overflows: there the value is 1e-308 and not 0."""
    a: Array = ONE / (ONE + np.exp(np.minimum(-z, LARGEST_EXPONENT)))
    return a


def logistic_slope(z: Array, _: Array) -> Array:
    """The derivative of softplus: the sigmoid."""
    return sigmoid(z)


_erf = np.frompyfunc(math.erf, 1, 1)


def gaussian_cdf(z: Array) -> Array:
    """Φ(z) = ½ (1 + erf(z / √2)), exact to rounding."""
    return np.asarray(0.5 * (1.0 + np.asarray(_erf(z / math.sqrt(2.0)), dtype=np.float64)))


def gaussian_pdf(z: Array) -> Array:
    """φ(z) = exp(−z²/2) / √(2π)."""
    return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))


def _huber_penalty(z: Array) -> Array:
    """½z² up to |z| = 1, and |z| − ½ beyond."""
    return np.where(np.abs(z) <= 1, 0.5 * z * z, np.abs(z) - 0.5)


def _softplus(z: Array) -> Array:
    return np.asarray(np.logaddexp(0.0, z))


def _silu_slope(z: Array, a: Array) -> Array:
    s = sigmoid(z)
    return s + a * (1.0 - s)


def relu(z: Array) -> Array:
    """max(0, z), entry by entry."""
    a: Array = np.maximum(z, ZERO)
    return a


def _step(z: Array, _: Array) -> Array:
    slope: Array = np.heaviside(z, ZERO)
    return slope


POINTWISE: tuple[Pointwise, ...] = (
    _pointwise("identity", lambda z: z, lambda z, a: np.ones_like(z), "1"),
    _pointwise("relu", relu, _step, "relu'(z)", kinks=(0.0,)),
    _pointwise(
        "leaky_relu",
        lambda z: np.where(z > 0, z, 0.01 * z),
        lambda z, a: np.where(z > 0, 1.0, 0.01),
        "leaky_relu'(z)",
        kinks=(0.0,),
    ),
    _pointwise(
        "elu",
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))),
        lambda z, a: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0.0))),
        "elu'(z)",
    ),
    _pointwise("sigmoid", sigmoid, lambda z, a: a * (1.0 - a), "a * (1 - a)", symbol="σ"),
    _pointwise("tanh", np.tanh, lambda z, a: 1.0 - a * a, "1 - a**2"),
    _pointwise("softplus", _softplus, logistic_slope, "sigmoid(z)"),
    _pointwise("silu", lambda z: z * sigmoid(z), _silu_slope, "sigmoid(z) + a * (1 - sigmoid(z))"),
    _pointwise(
        "gelu", lambda z: z * gaussian_cdf(z), lambda z, a: gaussian_cdf(z) + z * gaussian_pdf(z), "Phi(z) + z * phi(z)"
    ),
    _pointwise("Phi", gaussian_cdf, lambda z, a: gaussian_pdf(z), "phi(z)", symbol="Φ"),
    _pointwise("phi", gaussian_pdf, lambda z, a: -z * a, "-z * a", symbol="φ"),
    _pointwise("exp", np.exp, lambda z, a: a, "a"),
    _pointwise("log", np.log, lambda z, a: 1.0 / z, "1 / z"),
    _pointwise("square", np.square, lambda z, a: 2.0 * z, "2 * z"),
    _pointwise("sqrt", np.sqrt, lambda z, a: 0.5 / a, "0.5 / a"),
    _pointwise("sin", np.sin, lambda z, a: np.cos(z), "cos(z)"),
    _pointwise("cos", np.cos, lambda z, a: -np.sin(z), "-sin(z)"),
    _pointwise(
        "clip",
        lambda z: np.clip(z, -1.0, 1.0),
        lambda z, a: np.asarray(np.abs(z) < 1, dtype=np.float64),
        "clip'(z)",
        kinks=(-1.0, 1.0),
    ),
    _pointwise("huber_penalty", _huber_penalty, lambda z, a: np.clip(z, -1.0, 1.0), "clip(z)"),
    _pointwise("tan", np.tan, lambda z, a: 1.0 + a * a, "1 + a**2"),
    _pointwise("arctan", np.arctan, lambda z, a: 1.0 / (1.0 + z * z), "1 / (1 + z**2)"),
    _pointwise("sinh", np.sinh, lambda z, a: np.cosh(z), "cosh(z)"),
    _pointwise("cosh", np.cosh, lambda z, a: np.sinh(z), "sinh(z)"),
    _pointwise("expm1", np.expm1, lambda z, a: a + 1.0, "a + 1"),
    _pointwise("log1p", np.log1p, lambda z, a: 1.0 / (1.0 + z), "1 / (1 + z)"),
    _pointwise("log2", np.log2, lambda z, a: 1.0 / (z * math.log(2.0)), "1 / (z * log(2))"),
    _pointwise("log10", np.log10, lambda z, a: 1.0 / (z * math.log(10.0)), "1 / (z * log(10))"),
    _pointwise("abs", np.abs, lambda z, a: np.sign(z), "sign(z)", kinks=(0.0,)),
    _pointwise("sign", np.sign, lambda z, a: np.zeros_like(z), "0", kinks=(0.0,)),
)
