"""The characters that chainstep draws with: mathematical ones, or plain ASCII where there are no others."""

from __future__ import annotations

ASCII = {
    "∂": "d", "×": "x", "·": ".", "⊙": "(*)", "⊗": "(x)", "Σ": "Sum", "ᵀ": "^T", "−": "-", "′": "'", "½": "1/2",
    "←": "<-", "²": "^2", "σ": "sigmoid", "δ": "delta", "→": "->",
    "⎡": "[", "⎢": "[", "⎣": "[", "⎤": "]", "⎥": "]", "⎦": "]",
    "─": "-", "│": "|", "▲": "^", "╰": "\\", "╯": "/", "…": "..", "⋮": ":", "ŷ": "yhat", "’": "'", "“": '"', "”": '"',
    "≤": "<=", "≥": ">=", "✓": "ok", "✗": "no", "–": "-", "ₖ": "_k", "ᵢ": "_i", "ⱼ": "_j", "₀": "0", "₁": "1",
    "₂": "2", "₃": "3", "₄": "4", "₅": "5", "₆": "6", "₇": "7", "₈": "8", "₉": "9", "ₓ": "x", "η": "eta", "ε": "eps",
    "‹": "<", "›": ">", "■": "#", "≠": "!=", "▸": ">", "°": "", "▁": ".", "▃": ":", "▅": "+", "█": "#",
    "↑": "up", "↓": "down", "√": "sqrt", "∇": "grad ", "∘": "(*)", "≈": "~", "±": "+-", "∞": "inf", "—": "-", "•": "*",
    "●": "*", "‖": "||", "∈": "in", "ℝ": "R", "𝟙": "1", "𝟏": "1", "¼": "1/4", "∑": "Sum", "↦": "->", "‘": "'", "„": '"',
    "⁰": "^0", "¹": "^1", "³": "^3", "⁴": "^4", "ⁿ": "^n", "ᵐ": "^m", "⁻": "^-", "⁽": "^(", "⁾": ")", "ₗ": "_l",
    "ₙ": "_n", "α": "alpha", "β": "beta", "γ": "gamma", "Γ": "Gamma", "Δ": "Delta", "θ": "theta", "Θ": "Theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "π": "pi", "ρ": "rho", "τ": "tau", "φ": "phi", "Φ": "Phi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Ω": "Omega", "ℓ": "l", "ℒ": "L",
}  # fmt: skip


class Glyphs:
    """How text is spelled for the terminal at hand; `glyphs("∂L/∂a3")` is called before anything is measured."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        self.ascii_only = ascii_only

    def __call__(self, text: str) -> str:
        if not self.ascii_only or text.isascii():
            return text
        return "".join(ASCII.get(character, character) for character in text).encode("ascii", "replace").decode()
