"""What comes in and goes out: weights of trained networks in; derivations as LaTeX, Markdown, NumPy and JSON out."""

from engine.interop.latex import latex_document, latex_fragment
from engine.interop.placing import By
from engine.interop.weights import Loaded, Mapped, load_weights, network_from

__all__ = [
    "By",
    "Loaded",
    "Mapped",
    "latex_document",
    "latex_fragment",
    "load_weights",
    "network_from",
]
