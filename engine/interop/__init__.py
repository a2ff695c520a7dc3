"""What comes in from other programs: the weights of trained networks."""

from engine.interop.placing import By
from engine.interop.weights import Loaded, Mapped, load_weights, network_from, read_tensors

__all__ = ["By", "Loaded", "Mapped", "load_weights", "network_from", "read_tensors"]
