"""The two libraries that differentiate: HIPS autograd and PyTorch, each behind the same few primitives."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tests.oracles.interpreter import Library, Tensor

Array = NDArray[np.float64]
Function = Callable[[Mapping[str, Tensor]], Tensor]


class Differentiator(Protocol):
    """A library of arrays that differentiates what is computed with them."""

    library: Library

    def jacobians(self, function: Function, at: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
        """The value, and for each name the matrix (entries of the value)×(entries of what is named), row-major both."""
        ...


class UnavailableLibraryError(Exception):
    """The library is not installed."""


class Autograd:
    """HIPS autograd: reverse mode, one pull for each entry of the value."""

    def __init__(self) -> None:
        try:
            import autograd
            import autograd.numpy as anp
        except ImportError:
            raise UnavailableLibraryError("autograd is not installed: pip install autograd") from None
        self.library: Library = _AutogradLibrary(autograd, anp)
        self._make_vjp = autograd.make_vjp

    def jacobians(self, function: Function, at: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
        names = list(at)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Output seems independent of input", UserWarning)
            pull, value = self._make_vjp(lambda arrays: function(dict(zip(names, arrays, strict=True))))(
                tuple(at.values())
            )
        rows: list[Sequence[Array]] = [pull(unit.reshape(value.shape)) for unit in np.eye(value.size)]
        columns = zip(*rows, strict=True)
        return value, {
            name: np.stack([np.ravel(part) for part in parts]) for name, parts in zip(names, columns, strict=True)
        }


class _AutogradLibrary:
    TERMS = np.arange(70)
    """Of the series of erf, enough for |z| < 4."""

    def __init__(self, autograd: Any, anp: Any) -> None:
        self.anp, self._elementwise = anp, autograd.elementwise_grad
        self.exp, self.log, self.sin, self.cos, self.tanh = anp.exp, anp.log, anp.sin, anp.cos, anp.tanh
        self.arctan = anp.arctan
        self.det, self.inv, self.pinv, self.where = anp.linalg.det, anp.linalg.inv, anp.linalg.pinv, anp.where
        odd = 2.0 * self.TERMS + 1
        self._powers = odd
        self._coefficients = np.cumprod(np.concatenate([[1.0], 2 / odd[1:]])) * 2 / math.sqrt(math.pi)

    def erf(self, z: Tensor) -> Tensor:
        """2/√π exp(−z²) Σ 2ⁿ z²ⁿ⁺¹ / (2n + 1)!!, all terms of one sign. Source: Abramowitz and Stegun, 7.1.6."""
        terms = self._coefficients * self.anp.expand_dims(z, -1) ** self._powers
        return self.anp.exp(-z * z) * self.anp.sum(terms, axis=-1)

    def sum(self, z: Tensor, axis: int | None, keepdims: bool) -> Tensor:
        return self.anp.sum(z, axis=axis, keepdims=keepdims)

    def max(self, z: Tensor, axis: int | None, keepdims: bool) -> Tensor:
        return self.anp.max(z, axis=axis, keepdims=keepdims)

    def min(self, z: Tensor, axis: int | None, keepdims: bool) -> Tensor:
        return self.anp.min(z, axis=axis, keepdims=keepdims)

    def concatenate(self, parts: list[Tensor], axis: int) -> Tensor:
        return self.anp.concatenate(parts, axis=axis)

    def constant(self, value: Any) -> Tensor:
        return np.asarray(value, dtype=np.float64)

    def slope(self, function: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
        return self._elementwise(function)(z)


class Torch:
    """PyTorch on the processor, in float64."""

    def __init__(self) -> None:
        try:
            import torch
        except ImportError:
            raise UnavailableLibraryError("PyTorch is not installed: pip install torch") from None
        torch.set_num_threads(1)
        self._torch = torch
        self.library: Library = _TorchLibrary(torch)

    def jacobians(self, function: Function, at: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
        torch = self._torch
        leaves = {name: torch.tensor(array, dtype=torch.float64, requires_grad=True) for name, array in at.items()}
        value = function(leaves)
        entries = value.reshape(-1)
        rows: dict[str, list[Array]] = {name: [] for name in at}
        for position in range(entries.numel()):
            pulled = (
                torch.autograd.grad(entries[position], list(leaves.values()), retain_graph=True, allow_unused=True)
                if value.requires_grad
                else [None] * len(leaves)
            )
            for (name, array), part in zip(at.items(), pulled, strict=True):
                rows[name].append(np.zeros(array.size) if part is None else part.numpy().ravel())
        return value.detach().numpy(), {name: np.stack(parts) for name, parts in rows.items()}


class _TorchLibrary:
    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.exp, self.log, self.sin, self.cos, self.tanh = torch.exp, torch.log, torch.sin, torch.cos, torch.tanh
        self.det, self.inv, self.where, self.erf = torch.linalg.det, torch.linalg.inv, torch.where, torch.erf
        self.pinv, self.arctan = torch.linalg.pinv, torch.arctan

    def sum(self, z: Tensor, axis: int | None, keepdims: bool) -> Tensor:
        axes = tuple(range(z.dim())) if axis is None else (axis,)
        return self.torch.sum(z, dim=axes, keepdim=keepdims) if axes else z

    def max(self, z: Tensor, axis: int | None, keepdims: bool) -> Tensor:
        return self.torch.amax(z, dim=tuple(range(z.dim())) if axis is None else axis, keepdim=keepdims)

    def min(self, z: Tensor, axis: int | None, keepdims: bool) -> Tensor:
        return self.torch.amin(z, dim=tuple(range(z.dim())) if axis is None else axis, keepdim=keepdims)

    def concatenate(self, parts: list[Tensor], axis: int) -> Tensor:
        return self.torch.cat(parts, dim=axis)

    def constant(self, value: Any) -> Tensor:
        return self.torch.tensor(value, dtype=self.torch.float64)

    def slope(self, function: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
        return self.torch.func.grad(lambda entries: function(entries).sum())(z)


LIBRARIES: Mapping[str, Callable[[], Differentiator]] = {"autograd": Autograd, "torch": Torch}
