"""The functions of the language in plain NumPy: one entry for each, an expression or a short definition of its own.

An expression has #1, #2 for its operands; `#*` is the list of all of them, and `#vector` the first one, a column or a
row as one dimension. A name that it calls and that DEFINITIONS
has is written into the program. A pointwise function's slope is its `formula` in `engine.formula.functions`; only a
slope that has no formula stands in SLOPES.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

EXPRESSIONS: Mapping[str, str] = {
    "identity": "#1",
    "abs": "np.abs(#1)",
    "clip": "np.clip(#1, -1.0, 1.0)",
    "cos": "np.cos(#1)",
    "exp": "np.exp(#1)",
    "log": "np.log(#1)",
    "sign": "np.sign(#1)",
    "sin": "np.sin(#1)",
    "sqrt": "np.sqrt(#1)",
    **{
        name: f"np.{name}(#1)"
        for name in ("tanh", "tan", "arctan", "sinh", "cosh", "expm1", "log1p", "log2", "log10", "square")
    },
    "where": "np.where(#1, #2, #3)",
    "maximum": "np.maximum(#1, #2)",
    "minimum": "np.minimum(#1, #2)",
    "unvec": 'np.reshape(#1, (#static), order="F")',
    "sum": "np.sum(#1#axes)",
    "mean": "np.mean(#1#axes)",
    "max": "np.max(#1#axes)",
    "min": "np.min(#1#axes)",
    "any": "1.0 * np.any(#1#axes)",
    "all": "1.0 * np.all(#1#axes)",
    "var": "np.var(#1#axes)",
    "std": "np.std(#1#axes)",
    "logsumexp": "logsumexp(#1#axes)",
    "norm": "np.linalg.norm(#1#axes)",
    "trace": "np.trace(#1)",
    "det": "np.linalg.det(#1)",
    "inv": "np.linalg.inv(#1)",
    "pinv": "np.linalg.pinv(#1)",
    "matrix_power": "np.linalg.matrix_power(#1, #static)",
    "vstack": "np.vstack([#*])",
    "hstack": "np.hstack([#*])",
    "concatenate": "np.concatenate([#*]#axes)",
    "delete": "np.delete(#1#axes)",
    "concat": "np.hstack([np.ravel(part) for part in [#*]])",
    "diag": "np.diag(#vector)",
    "tril": "np.tril(#1)",
    "triu": "np.triu(#1)",
    "cross": "np.reshape(np.cross(np.ravel(#1), np.ravel(#2)), np.shape(#1))",
    "outer": "np.outer(#1, #2)",
    "kron": "np.kron(#1, #2)",
    "commutation": "commutation(#static)",
    "vec": 'np.reshape(#1, (-1, 1), order="F")',
    "ravel": "np.ravel(#1)",
    "reshape": "np.reshape(#1, (#static))",
    "item": "np.reshape(#1, ())",
    "zeros_like": "np.zeros_like(#1)",
    "ones_like": "np.ones_like(#1)",
    "arange": "1.0 * np.arange(#static)",
    "ones": "np.ones(#static)",
    "zeros": "np.zeros(#static)",
    "eye": "np.eye(#static)",
    "softmax": "softmax(#1, axis=#softmax)",
    "softmax_cols": "softmax(#1, axis=0)",
    "softmax_rows": "softmax(#1, axis=1)",
    "log_softmax": "log_softmax(#1, axis=#softmax)",
    "log_softmax_cols": "log_softmax(#1, axis=0)",
    "log_softmax_rows": "log_softmax(#1, axis=1)",
    **{
        name: f"{name}(#1)"
        for name in ("relu", "leaky_relu", "elu", "sigmoid", "softplus", "silu", "gelu", "Phi", "phi", "huber_penalty")
    },
}

DEFINITIONS: Mapping[str, str] = {
    "relu": """
def relu(z):
    return np.maximum(z, 0.0)
""",
    "leaky_relu": """
def leaky_relu(z):
    return np.where(z > 0, z, 0.01 * z)
""",
    "elu": """
def elu(z):
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0.0)))
""",
    "sigmoid": """
def sigmoid(z):
    return 1.0 / (1.0 + np.exp(np.minimum(-z, 709.0)))  # above 709, exp overflows
""",
    "softplus": """
def softplus(z):
    return np.logaddexp(0.0, z)  # log(1 + exp(z))
""",
    "silu": """
def silu(z):
    return z * sigmoid(z)
""",
    "gelu": """
def gelu(z):
    return z * Phi(z)
""",
    "Phi": """
def Phi(z):
    erf = np.vectorize(math.erf, otypes=[float])
    return 0.5 * (1.0 + erf(z / math.sqrt(2.0)))
""",
    "phi": """
def phi(z):
    return np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
""",
    "huber_penalty": """
def huber_penalty(z):
    return np.where(np.abs(z) <= 1, 0.5 * z * z, np.abs(z) - 0.5)
""",
    "softmax": """
def softmax(z, axis):
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)
""",
    "log_softmax": """
def log_softmax(z, axis):
    shifted = z - z.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
""",
    "logsumexp": """
def logsumexp(z, axis=None, keepdims=False):
    most = z.max(axis=axis, keepdims=True)
    total = np.log(np.exp(z - most).sum(axis=axis, keepdims=True)) + most
    return total if keepdims else total.squeeze(axis)
""",
    "commutation": """
def commutation(m, n):
    \"\"\"K with vec(X.T) = K vec(X) for an m×n matrix X.\"\"\"
    i, j = np.divmod(np.arange(m * n), n)
    return np.eye(m * n)[i + j * m]
""",
}

SLOPES: Mapping[str, str] = {
    "relu": "1.0 * (z > 0)",
    "leaky_relu": "np.where(z > 0, 1.0, 0.01)",
    "elu": "np.where(z > 0, 1.0, np.exp(np.minimum(z, 0.0)))",
    "clip": "1.0 * (np.abs(z) < 1)",
}


def with_dependencies(source: str, definitions: Mapping[str, str]) -> list[str]:
    """The definitions that `source` calls, and those that they call, each before what calls it."""
    found: list[str] = []
    _collect(source, definitions, found, set())
    return found


def _collect(source: str, definitions: Mapping[str, str], found: list[str], seen: set[str]) -> None:
    for name in _called(source):
        if name in definitions and name not in seen:
            seen.add(name)
            _collect(definitions[name], definitions, found, seen)
            found.append(definitions[name].strip("\n"))


def _called(source: str) -> Iterable[str]:
    return re.findall(r"(?<![\w.])(\w+)(?=\()", source)
