"""A network as the fields of a form: what is typed there as the action SetNetwork, and the present one as fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.calculus import Network, Program
from engine.calculus.network import Samples, WeightIndices
from engine.calculus.recognise import network_of
from engine.diagnostics import Diagnostic, did_you_mean
from engine.session.actions import SetNetwork

MAX_UNITS = 10_000
"""Units of the largest layer, and samples of the largest batch."""
MAX_LAYERS = 99
YES = ("yes", "no")
FIELDS = (
    "sizes", "activations", "loss", "bias", "batch", "samples", "reduction", "first_layer", "seed", "keep", "l2",
    "weight_indices",
)  # fmt: skip


def fields_of(program: Program) -> dict[str, str]:
    """The fields of the network that the program is; of another program those of a small network."""
    network = network_of(program) or Network([2, 3, 2], ["relu", "sigmoid"])
    return {
        "sizes": "-".join(str(int(size)) for size in network.sizes),
        "activations": ", ".join(network.activations),
        "loss": network.loss,
        "bias": "yes" if network.bias else "no",
        "batch": str(int(network.batch)),
        "samples": str(network.samples),
        "reduction": network.reduction,
        "first_layer": str(network.first_layer),
        "seed": str(program.seed),
        "keep": "yes",
        "l2": repr(network.l2),
        "weight_indices": str(network.weight_indices),
    }


def read_network(fields: Mapping[str, str]) -> SetNetwork:
    """The action that the fields ask for.

    Raises a Diagnostic with the field as its key: `bad_value` for what cannot be read; `Network` refuses the rest.
    """
    for name in fields:
        if name not in FIELDS:
            hints = did_you_mean(name, FIELDS) or (f"there are: {', '.join(FIELDS)}",)
            raise Diagnostic("unknown_name", f"a network has no {name}", hints=hints)
    parts = [part for part in re.split(r"[-–×x,;\s]+", fields["sizes"].strip()) if part]
    sizes = [_whole(part, "a size of a layer", "sizes", 1, MAX_UNITS) for part in parts]
    if not 2 <= len(sizes) <= MAX_LAYERS + 1:
        raise _bad("sizes", "a network needs the size of its input and of at least one layer, such as 2-3-2")
    activations = [part.strip() for part in _split(fields["activations"])]
    first = fields.get("first_layer", "0").strip()
    if first not in ("0", "1"):
        raise _bad("first_layer", "first_layer is 0 (input a0, first weights W1) or 1 (input a1, first weights W2)")
    given: dict[str, Any] = {
        "samples": Samples(_one_of("samples", fields.get("samples", "columns"), [*map(str, Samples)])),
        "weight_indices": WeightIndices(
            _one_of("weight_indices", fields.get("weight_indices", "row_column"), [*map(str, WeightIndices)])
        ),
        "reduction": _one_of("reduction", fields.get("reduction", "sum"), ["sum", "mean"]),
    }
    return SetNetwork(
        sizes=sizes, activations=activations, loss=fields.get("loss", "half_squared_error").strip(),
        bias=_one_of("bias", fields.get("bias", "no"), YES) == "yes", first_layer=int(first),
        batch=_whole(fields.get("batch", "1"), "the batch", "batch", 1, MAX_UNITS),
        seed=_whole(fields.get("seed", "0"), "the seed", "seed", 0, 2**32 - 1),
        keep=_one_of("keep", fields.get("keep", "yes"), YES) == "yes", l2=_number(fields.get("l2", "0")), **given,
    )  # fmt: skip


def _split(text: str) -> list[str]:
    """At the commas that stand in no brackets, as an activation may be a formula."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character in ",;" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]


def _whole(text: str, what: str, key: str, low: int, high: int) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 12 and low <= int(text) <= high):
        raise _bad(key, f"{what} is a whole number from {low} to {high}, and not {text[:20] or 'empty'}")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _bad("l2", f"l2 is a number that is not negative, and not {text.strip()[:20] or 'empty'}") from None


def _one_of(key: str, text: str, known: Any) -> str:
    text = text.strip()
    if text not in known:
        raise _bad(key, f"{key} is one of {', '.join(known)}, and not {text[:20] or 'empty'}")
    return text


def _bad(key: str, message: str) -> Diagnostic:
    return Diagnostic("bad_value", message).at(key=key)
