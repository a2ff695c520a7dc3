"""Sound scenarios, and the accidents that befall them."""

from __future__ import annotations

import copy
import random
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from engine.scenario.library import read_source
from engine.scenario.record import toml_value
from tests.cases.scenarios import cases, scenario_text

ATTENTION = """\
schema = 1
[program]
dims = { tokens = 5 }
shapes = { X = ["tokens", 3], Y = ["tokens", 2], Wq = [3, 4], Wk = [3, 4], Wv = [3, 2] }
forward = ["Q = X @ Wq", "K = X @ Wk", "S = Q @ K.T / 2", "A = softmax_rows(S)", "O = A @ (X @ Wv)",
           "L = half_squared_error(O, Y)"]
[view]
form = "hadamard"
[[script]]
do = "step"
"""
NETWORK = """\
schema = 1
[network]
sizes = [3, 4, 2]
activations = ["tanh", "softmax"]
loss = "cross_entropy"
bias = true
batch = 5
samples = "rows"
reduction = "mean"
"""
TEXTS = [
    read_source("question").text, ATTENTION, NETWORK,
    *(scenario_text(case) for name in ("wrong_formulas", "layout_identities", "worked_examples")
      for case in cases(name)[::6]),
]  # fmt: skip
JUNK = ["", "0", "-1", "1e308", "1e400", "nan", "inf", "9" * 400, "\x00", "\u202e", '"', "'''", "[[", "]]", "{", "}",
        "=", "true", "2024-01-01", "[1,2]", "{a=1}", "σ", "𝒲", "W2", "L", "all", "@", ".T", "**", "(", ")", "-1e308",
        "0x7f", "\r\n", "[[[1]]]", "5e-324", "softmax", "10000000000", "[3]", "[]"]  # fmt: skip


def damaged(text: str, dice: random.Random) -> str:
    """The text with one to three accidents: lines lost, doubled and swapped, tokens replaced, characters added."""
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        lines = text.split("\n")
        one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        tokens = list(re.finditer(r"[A-Za-z_]\w*|\d+\.?\d*|[^\s\w]", text))
        match dice.randrange(6):
            case 0:
                del lines[one]
            case 1:
                lines.insert(one, lines[other])
            case 2:
                lines[one], lines[other] = lines[other], lines[one]
            case 3 if tokens:
                token, by = dice.choice(tokens), dice.choice([dice.choice(tokens).group(), dice.choice(JUNK)])
                lines = [text[: token.start()] + by + text[token.end() :]]
            case 4:
                place = dice.randrange(len(text) + 1)
                lines = [text[:place] + dice.choice(JUNK) + text[place:]]
            case _:
                place = dice.randrange(len(text) + 1)
                lines = [text[:place] + text[place + dice.randrange(1, 9) :]]
        text = "\n".join(lines)
    return text


ODD = [
    0, -1, 1, 2, 3, 1e308, 5e-324, -0.0, 2**63, 10**6, True, "", "$rate", "{rate}", "W1", "W9", "L", "all", "x", "left",
    "3x2", "shape", "entry", "dz2/da1", "W1.T", "a2 - y", "part.toml", "more/part.toml", "../secret.toml", [], [1],
    [[1, 2], [3]], [2, 3], {}, {"a": 1}, "σ" * 300, "include", "repeat", "ask", "answer", "reset", "undo",
    [{"do": "step"}], [{"do": "repeat", "times": 1000, "script": [{"do": "step"}]}], float("inf"), "text\n" * 50,
]  # fmt: skip
"""Values that are right in some place, and wrong in most."""


def misvalued(text: str, dice: random.Random) -> str:
    """The text as TOML, one to three of its values or keys others, lost, doubled, or in the place of another."""
    tables = tomllib.loads(text)
    for _ in range(dice.choice([1, 1, 2, 3])):
        places = list(_places(tables))
        if not places:
            break
        holder, key = dice.choice(places)
        if key not in range(len(holder)) if isinstance(holder, list) else key not in holder:
            continue
        match dice.randrange(9):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case 2 if isinstance(holder, dict):
                holder[dice.choice([str(key) + "s", "repeat", "say", "do", "times", "script", "answer"])] = holder.pop(
                    key
                )
            case 3:
                other, at = dice.choice(places)
                holder[key] = copy.deepcopy(other[at]) if other is not holder else dice.choice(ODD)
            case 4 | 5 | 6:  # another of its kind is right more often
                alike = [value for value in ODD if type(value) is type(holder[key])]
                holder[key] = copy.deepcopy(dice.choice(alike or ODD))
            case _:
                holder[key] = copy.deepcopy(dice.choice(ODD))
    return "".join(f"{toml_value(key)} = {toml_value(value)}\n" for key, value in tables.items())


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every list and table with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
