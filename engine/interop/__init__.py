"""Between the engine and other programs: the weights of trained networks, and what other tools give for a factor."""

from engine.interop.placing import By
from engine.interop.rosetta import Rendition, Rosetta, rosetta
from engine.interop.weights import Loaded, Mapped, load_weights, network_from, read_tensors

__all__ = [
    "By",
    "Loaded",
    "Mapped",
    "Rendition",
    "Rosetta",
    "load_weights",
    "network_from",
    "read_tensors",
    "rosetta",
]
