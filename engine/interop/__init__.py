"""What comes in and goes out: weights of trained networks; a factor in other tools; derivations written out."""

from engine.interop.json_lines import json_lines
from engine.interop.latex import latex_document, latex_fragment, latex_step
from engine.interop.markdown import markdown
from engine.interop.numpy_code import numpy_code, numpy_literal
from engine.interop.placing import By
from engine.interop.rosetta import Rendition, Rosetta, rosetta
from engine.interop.weights import Loaded, Mapped, load_weights, network_from, read_tensors

__all__ = [
    "By",
    "Loaded",
    "Mapped",
    "Rendition",
    "Rosetta",
    "json_lines",
    "latex_document",
    "latex_fragment",
    "latex_step",
    "load_weights",
    "markdown",
    "network_from",
    "numpy_code",
    "numpy_literal",
    "read_tensors",
    "rosetta",
]
