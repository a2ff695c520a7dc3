"""The words that the screen and the sentences use, and what they mean."""

from __future__ import annotations

WORDS = (
    ("factor", "one ∂u/∂v of the chain rule."),
    ("numerator layout", "∂y/∂x of m values by n values is m×n: rows follow y. A new factor joins on the right."),
    ("denominator layout", "the transpose, n×m: rows follow x. A new factor joins on the left, as (AB)ᵀ = BᵀAᵀ."),
    ("", "∂L/∂W has the shape of W in denominator layout only."),
    ("transpose, ᵀ", "rows become columns. Of z = W a, ∂z/∂a is W in numerator layout, and Wᵀ in denominator layout."),
    ("δ3, delta3", "∂L/∂z3, the product when the derivative by a pre-activation is complete; dW3 is ∂L/∂W3."),
    ("tensor", "∂z/∂W has a matrix for each z[k]: of three sizes. Contracted with δ, they are added up to one matrix."),
    ("jacobian", "the form with explicit matrices: ∂a/∂z is diagonal, ∂z/∂W is a tensor."),
    ("hadamard", "the form that one writes in code: a diagonal becomes ⊙, the tensor an outer product."),
    ("entry", "the form for a single W[i,j]: ∂z/∂W[i,j] is a vector. Rows and columns count from 0."),
    ("vec", "the form that stacks matrices to columns: ∂z/∂W is the matrix of a Kronecker product."),
    ("index", "the form that spells each factor by its entries, with sums over indices."),
    ("· ⊙ ⊗ Σ +", "matrix product, entry-by-entry product, outer product, contraction of a tensor, sum over paths."),
)  # fmt: skip
"""A word, and a sentence about it; without a word it goes on."""
