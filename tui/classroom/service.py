"""A class being served: what `chainstep serve` sets up, keeps going, and leaves behind."""

from __future__ import annotations
