"""Structured Jacobians: ∂y/∂x as a linear operator that knows what it is made of and never builds what it need not.

A Jacobian is made of formulas (`W3`, `relu'(z2)`), once for a program; `bind` gives it numbers. Internally it maps
matrices to matrices: `push` takes a change of x to the change of y, `pull` takes a gradient by y to the gradient
by x, both in the matrices' own shapes and with any number of leading axes. Rows, columns and layouts come in only
where entries are asked for: `window`, `dense`, `formula`.
"""

from engine.calculus.jacobians.base import Indices, Jacobian, MatrixShape, Term, transposed
from engine.calculus.jacobians.combine import Product, Sum, add, compose
from engine.calculus.jacobians.softmax import DiagonalMinusRankOne
from engine.calculus.jacobians.structures import (
    Dense,
    Diagonal,
    Gradient,
    Identity,
    Kronecker,
    Permutation,
    Zero,
)

__all__ = [
    "Dense",
    "Diagonal",
    "DiagonalMinusRankOne",
    "Gradient",
    "Identity",
    "Indices",
    "Jacobian",
    "Kronecker",
    "MatrixShape",
    "Permutation",
    "Product",
    "Sum",
    "Term",
    "Zero",
    "add",
    "compose",
    "transposed",
]
